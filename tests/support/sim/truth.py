"""What must hold at the end of every schedule, whatever went wrong in it."""

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from aiokafka.structs import TopicPartition

from alerts.alert import Alert, Audit, Candidate, desk_record
from alerts.article import Article
from alerts.desk import Desk
from alerts.fingerprint import content_hash
from consumers.office import POSITION_KEY, Position
from support.sim.clock import BEGINNING
from support.sim.plan import POISON

if TYPE_CHECKING:
    from support.sim.world import World

Identity = tuple[str, str]
Version = tuple[str, str, str | None]


class Broken(AssertionError):
    """An invariant that does not hold."""


def check(world: "World") -> None:
    """Hold what was written against what must be true.

    Raises:
        Broken: something is not.
    """
    truth = _Truth(world)
    for law in (
        truth.nobody_failed,
        truth.each_revision_once_in_order,
        truth.one_incarnation,
        truth.positions_only_grow,
        truth.every_match_is_accounted_for,
        truth.every_text_reaches_the_desk,
        truth.one_event_one_alert,
        truth.what_was_canceled_is_withdrawn,
        truth.nothing_before_its_time,
        truth.poison_is_kept,
        truth.replay_changes_nothing,
    ):
        law()


class _Truth:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.records = list(world.log.committed(TopicPartition("alerts", 0)))
        self.alerts = [Alert.from_json(record.value or b"") for record in self.records]
        audit = world.log.committed(TopicPartition("desk.audit", 0))
        self.audit = [Audit.from_json(record.value or b"") for record in audit]

    def nobody_failed(self) -> None:
        for name, failure in self.world.failures:
            raise Broken(f"{name} failed: {failure!r}") from failure

    def each_revision_once_in_order(self) -> None:
        last: defaultdict[str, int] = defaultdict(int)
        for alert in self.alerts:
            if alert.revision != last[alert.id] + 1:
                raise Broken(f"{alert.id}: revision {alert.revision} after {last[alert.id]}")
            last[alert.id] = alert.revision

    def one_incarnation(self) -> None:
        epochs = {dict(record.headers)["epoch"] for record in self.records}
        if len(epochs) > 1:
            raise Broken(f"epochs {epochs}: the desk lost its memory")

    def positions_only_grow(self) -> None:
        last = 0
        for record in self.world.log.committed(TopicPartition("desk.state", 0)):
            if record.key == POSITION_KEY:
                position = Position.model_validate_json(record.value or b"{}").offset
                if position < last:
                    raise Broken(f"the desk's position went back from {last} to {position}: two desks wrote")
                last = position

    def every_match_is_accounted_for(self) -> None:
        for identity in self._matching():
            if not self._alerts_of(identity) and identity not in self._suppressed():
                raise Broken(f"{identity} is in no alert and in no audit record: lost")

    def every_text_reaches_the_desk(self) -> None:
        """In its place: of usable, withheld, usable again under one version number also the last."""
        said: defaultdict[Version, list[str]] = defaultdict(list)
        for record in self.world.log.committed(TopicPartition("desk", 0)):
            candidate = Candidate.from_json(record.value or b"")
            said[_version(candidate.article)].append(candidate.content)
        for version, texts in self._by_version().items():
            heard = iter(said[version])
            if not all(text in heard for text in texts):
                raise Broken(f"{version} was {_short(texts)}, the desk heard {_short(said[version])}")

    def one_event_one_alert(self) -> None:
        by_event: defaultdict[int, set[str]] = defaultdict(set)
        for arrival in self.world.plan.arrivals:
            if arrival.article is not None and arrival.event is not None:
                identity = (arrival.article.source, arrival.article.uri)
                own = self._alerts_of(identity)
                if len(own) > 1:
                    raise Broken(f"{identity} is in alerts {sorted(own)}")
                by_event[arrival.event] |= own
        unlabelled = self.world.store.faulty or self.world.plan.lost_replies
        # A story that ended before anybody saw it leaves its copy to stand alone.
        hidden = {a.event for a in self.world.plan.arrivals if a.article and _may_end_unseen(a.article)}
        for event, ids in by_event.items():
            if len(ids) > 1 and not unlabelled and event not in hidden:
                raise Broken(f"event {event} is in alerts {sorted(ids)} though its copy was labelled")

    def what_was_canceled_is_withdrawn(self) -> None:
        last = {alert.id: alert for alert in self.alerts}
        for identity, articles in self._by_identity().items():
            newest = max(articles, key=lambda article: int(article.version or 0))
            for alert in self._alerts_of(identity):
                alone = {(s.source, s.uri) for s in last[alert].sources} == {identity}
                if newest.pubstatus == "canceled" and alone and last[alert].status != "withdrawn":
                    raise Broken(f"{identity} was canceled, {alert} is {last[alert].status}")

    def nothing_before_its_time(self) -> None:
        embargoes = {
            (a.source, a.uri, a.version): a.embargoed for articles in self._by_identity().values() for a in articles
        }
        for record, alert in zip(self.records, self.alerts, strict=True):
            for source in alert.sources:
                until = embargoes.get((source.source, source.uri, source.version))
                if until is not None and record.timestamp / 1000 < until.timestamp():
                    raise Broken(f"{source.uri} left before its embargo ended")

    def poison_is_kept(self) -> None:
        sent = any(arrival.article is None for arrival in self.world.plan.arrivals)
        dead = {record.value for record in self.world.log.committed(TopicPartition("articles.dead", 0))}
        if dead != ({POISON} if sent else set()):
            raise Broken(f"articles.dead holds {dead}")

    def replay_changes_nothing(self) -> None:
        """A desk restored from the state that was written has heard everything before."""
        log, desk = self.world.log, Desk()
        for record in log.committed(TopicPartition("desk.state", 0)):
            if record.key != POSITION_KEY:
                desk.restore((record.key or b"").decode(), record.value)
        late = BEGINNING + timedelta(minutes=30)
        for record in log.committed(TopicPartition("desk", 0)):
            if outputs := desk.handle(desk_record(record.value or b""), late).alerts:
                raise Broken(f"a replay made {outputs[0].id} revision {outputs[0].revision}")

    def _by_identity(self) -> dict[Identity, list[Article]]:
        found: defaultdict[Identity, list[Article]] = defaultdict(list)
        for arrival in self.world.plan.arrivals:
            if arrival.article is not None and arrival.event is not None:
                found[arrival.article.source, arrival.article.uri].append(arrival.article)
        return found

    def _by_version(self) -> dict[Version, list[str]]:
        """The texts of each version in the order they came; one that was sent again at once is there once."""
        found: defaultdict[Version, list[str]] = defaultdict(list)
        for articles in self._by_identity().values():
            for article in articles:
                texts, text = found[_version(article)], content_hash(article)
                if texts[-1:] != [text]:
                    texts.append(text)
        return found

    def _matching(self) -> list[Identity]:
        """Items whose first version, which always matches, was published before any end of it."""
        return [identity for identity, articles in self._by_identity().items() if articles[0].version == "1"]

    def _alerts_of(self, identity: Identity) -> set[str]:
        return {
            alert.id for alert in self.alerts for source in alert.sources if (source.source, source.uri) == identity
        }

    def _suppressed(self) -> set[Identity]:
        return {(a.article.source, a.article.uri) for a in self.audit if a.do == "suppress" and a.article is not None}


def _version(article: Article) -> Version:
    return article.source, article.uri, article.version


def _short(texts: list[str]) -> list[str]:
    return [text[:4] for text in texts]


def _may_end_unseen(article: Article) -> bool:
    return article.pubstatus == "canceled" or article.embargoed is not None
