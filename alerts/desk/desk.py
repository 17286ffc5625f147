"""The desk itself: finds the story an event is about, gives it its turn, and notes what is due next."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerts.alert import Action, Candidate
from alerts.desk import actions, life, words
from alerts.desk.agenda import Agenda
from alerts.desk.events import Signature
from alerts.desk.floods import Floods
from alerts.desk.item import Item
from alerts.desk.outputs import Outputs
from alerts.desk.reading import reading_of
from alerts.desk.recognition import Recognition, Sight, own_item
from alerts.desk.report import Report, content_of, published_of, report_of
from alerts.desk.shelf import Shelf
from alerts.desk.story import SCHEMA, Story
from alerts.desk.threads import Threads
from alerts.desk.turn import Pace, Turn
from alerts.fingerprint import story_id
from alerts.made import maker
from alerts.notices import notice_of
from alerts.verdict import Outcome

QUIET = timedelta(seconds=30)
LIFE = timedelta(hours=24)
MEMORY = timedelta(days=8)
COOLDOWN = timedelta(minutes=10)
CAP = 60

_item, _story = maker(Item), maker(Story)


class Desk:
    """Turns candidates and editors' actions into alert revisions.

    Whatever it answers follows from its state, the event and `now`; all its state is in the `state` it puts out.
    """

    def __init__(
        self,
        *,
        quiet: timedelta = QUIET,
        life: timedelta = LIFE,
        memory: timedelta = MEMORY,
        cooldown: timedelta = COOLDOWN,
        cap: int = CAP,
    ) -> None:
        """Start with nothing.

        Args:
            quiet: at most one quiet update of a story in this time.
            cooldown: at most one interruption by news of a story in this time, where its rule says nothing else.
            cap: so many new stories of one rule may interrupt within an hour; 0: any number.
            life: a story without news for so long expires.
            memory: ids and articles of ended stories are remembered for so long.
        """
        self._life, self._memory = life, memory
        self._floods = Floods(cap)
        self._pace = Pace(quiet, cooldown, self._floods)
        self._shelf = Shelf()
        self._threads = Threads(self._shelf.is_open)
        self._recognition = Recognition()
        self._agenda = Agenda()
        self._unread: dict[str, bytes | None] = {}

    @property
    def stories(self) -> int:
        """How many stories it remembers."""
        self._read()
        return len(self._shelf)

    @property
    def patience(self) -> timedelta:
        """The longest that an update or its interruption waits, where no rule says another cooldown."""
        return max(self._pace.quiet, self._pace.cooldown)

    def restore(self, key: str, value: bytes | None) -> None:
        """Take a record of `desk.state`, in the topic's order; None is a tombstone.

        It is read when the desk is first asked something, which raises BrokenState if it cannot be: of the many
        records a key may have, only the last is worth reading.
        """
        self._unread[key] = value

    def handle(self, event: Candidate | Action, now: datetime) -> Outputs:
        """What follows from one record of topic `desk`."""
        self._read()
        outputs = Outputs()
        if isinstance(event, Action):
            self._action(event, now, outputs)
        else:
            self._candidate(event, now, outputs)
        return outputs

    def tick(self, now: datetime) -> Outputs:
        """Everything that is due by now, in order of time."""
        self._read()
        outputs = Outputs()
        while (due := self._agenda.pop(now)) is not None:
            story = self._shelf.get(due) if self._shelf.is_open(due) else None
            if story is not None:
                life.attend(self._turn(story, now, outputs))
                self._settle(story, outputs)
            else:
                self._forget(due)
                outputs.state[due] = None
        return outputs

    def next_due(self) -> datetime | None:
        """When `tick` next has something to do."""
        self._read()
        return self._agenda.next()

    def _action(self, action: Action, now: datetime, outputs: Outputs) -> None:
        story = self._shelf.get(action.alert)
        turn = self._turn(story, now, outputs) if story else None
        audit, changed = actions.answer(turn, action)
        outputs.audit.append(audit)
        if story is not None and changed:
            self._settle(story, outputs)

    def _candidate(self, candidate: Candidate, now: datetime, outputs: Outputs) -> None:
        owner = self._threads.own(candidate.article.identity)
        if owner is None and not candidate.matched and _is_plain(candidate):
            return  # by far the most: the desk ignores what it does not know
        story = self._shelf.get(owner) if owner else None
        item = story.item(candidate.article.identity) if story else None
        if story is None or item is None:
            self._unknown(candidate, now, outputs)
        elif not item.knows(
            candidate.article.version, content_of(candidate), published_of(candidate), candidate.received
        ):
            self._known(story, item, candidate, now, outputs)

    def _known(self, story: Story, item: Item, candidate: Candidate, now: datetime, outputs: Outputs) -> None:
        """A version not heard of before, of an item of a story, open or ended."""
        report = report_of(candidate)
        turn = self._turn(story, now, outputs)
        if item.is_newer_than(report):
            item.hear(report)
            turn.suppress(report, words.OLDER)
        elif story.open or story.unshown or report.pubstatus != "usable" or report.corrects:
            item.advance(report)
            target = own_item(story, report) if item.is_notice and report.pubstatus != "usable" else None
            if target is None:
                life.receive(turn, item, report)
            else:
                item.pubstatus = report.pubstatus
                life.take_back(turn, target, report)
        elif not report.matched:
            item.advance(report)
        elif report.content == item.content:
            item.advance(report)
            turn.suppress(report, words.TEXT_OF_ENDED)
        else:
            item.moved = True
            self._unknown(candidate, now, outputs, seen=item.seen)
        self._settle(story, outputs)

    def _unknown(self, candidate: Candidate, now: datetime, outputs: Outputs, seen: Iterable[str] = ()) -> None:
        """An article that is an item of no story: it joins one, begins one, or is none of our business."""
        reading = reading_of(candidate)
        report = report_of(candidate, reading)
        usable = report.pubstatus == "usable"
        copied = self._threads.find(report) if usable else None
        sight = self._recognition.look(reading, report, now) if copied is None else None
        found = copied or (sight.found.story if sight and sight.found else None)
        story = self._shelf.get(found) if found else None
        if usable and not report.matched and not (story and _is_about(report, story)):
            return
        if story is None and usable and (withdrawn := self._withdrawn(report)) is not None:
            self._turn(withdrawn, now, outputs).suppress(report, words.COPY_OF_WITHDRAWN)
            return
        if story is not None and not story.has_room(report):
            turn = self._turn(story, now, outputs)
            turn.suppress(report, words.CROWDED)
            if copied is None:
                life.overhear(turn, report)
                self._settle(story, outputs)
            return
        if not usable:
            target = own_item(story, report) if story else None
            if story is None or target is None:
                self._remember(report, now, outputs, seen)
            else:
                self._take_back(story, target, report, now, outputs)
            return
        if story is None:
            self._begin(report, sight, now, outputs, seen)
        else:
            self._join(story, report, None if copied else sight, now, outputs, seen)

    def _withdrawn(self, report: Report) -> Story | None:
        """The story of what the report copies, if that was withdrawn, however long ago: the text is as wrong now."""
        of = report.copy_of
        owner = self._threads.own((of.source, of.uri)) if of is not None else None
        story = self._shelf.get(owner) if owner is not None else None
        return story if story is not None and story.status == "withdrawn" else None

    def _begin(self, report: Report, sight: Sight | None, now: datetime, outputs: Outputs, seen: Iterable[str]) -> None:
        """The first report of an event."""
        item = _item(source=report.source, uri=report.uri, role="first", seen=list(seen))
        story = _story(schema_=SCHEMA, id=self._new_id(report), items=[item], alias=report.copy_of, news_at=now)
        if sight is not None:
            story.signature, story.began = Signature.of(sight.features, sight.weights), sight.at
        self._threads.alias(story.id, report.copy_of)
        self._receive(story, item, report, now, outputs)

    def _join(
        self,
        story: Story,
        report: Report,
        sight: Sight | None,
        now: datetime,
        outputs: Outputs,
        seen: Iterable[str],
    ) -> None:
        """A copy, or (in `sight`) a further report of the event."""
        own = sight is not None and not (report.notice == "repeat" and own_item(story, report))
        item = _item(source=report.source, uri=report.uri, role="independent" if own else "copy", seen=list(seen))
        alias = story.alias if report.copy_of is None else None
        if alias is not None and (alias.source, alias.uri) == report.identity and not report.waits(now):
            _lead(story, item)
        if sight is not None and sight.found is not None:
            item.shared = () if story.unshown else sight.found.shared
            if own and story.signature is not None and report.matched:
                story.signature = story.signature.joined(sight.features, sight.weights)
        story.items.append(item)
        self._receive(story, item, report, now, outputs)

    def _remember(self, report: Report, now: datetime, outputs: Outputs, seen: Iterable[str]) -> None:
        """A kill or hold of what we never heard of: the version it takes back may still be on its way."""
        item = _item(source=report.source, uri=report.uri, role="first", seen=list(seen))
        story = _story(schema_=SCHEMA, id=self._new_id(report), items=[item], news_at=now)
        self._receive(story, item, report, now, outputs)

    def _take_back(self, story: Story, target: Item, report: Report, now: datetime, outputs: Outputs) -> None:
        """A kill or hold under a uri of its own, of a report that the same publisher sent before."""
        notice = _item(source=report.source, uri=report.uri, role="correction", pubstatus=report.pubstatus)
        story.items.append(notice)
        notice.advance(report)
        self._threads.add(story.id, (notice.identity,))
        life.take_back(self._turn(story, now, outputs), target, report)
        self._settle(story, outputs)

    def _receive(self, story: Story, item: Item, report: Report, now: datetime, outputs: Outputs) -> None:
        self._threads.add(story.id, (item.identity,))
        item.advance(report)
        life.receive(self._turn(story, now, outputs), item, report)
        self._settle(story, outputs)

    def _new_id(self, report: Report) -> str:
        """The id made from the first article; if a story we remember has it, the next generation."""
        base, generation = story_id(report.source, report.uri), 1
        if (last := self._threads.own(report.identity)) and last.startswith(f"{base}-"):
            generation = int(last.removeprefix(f"{base}-")) + 1
        while (made := base if generation == 1 else f"{base}-{generation}") in self._shelf:
            generation += 1
        return made

    def _turn(self, story: Story, now: datetime, outputs: Outputs) -> Turn:
        return Turn(story, now, outputs, self._pace)

    def _settle(self, story: Story, outputs: Outputs) -> None:
        """After a turn: what the story has become goes out, and its next turn onto the agenda."""
        record = outputs.state[story.id] = story.record()
        self._shelf.put(story, record)
        self._agenda.put(story.id, story.due(self._life, self._memory))
        if not story.open:
            self._threads.alias(story.id, None)
        self._recognition.learn(story)

    def _forget(self, story: str) -> None:
        heading = self._shelf.heading(story)
        self._threads.drop(story, heading.identities)
        self._recognition.drop(story)
        self._floods.drop(story, heading.announced)
        self._shelf.drop(story)
        self._agenda.put(story, None)

    def _read(self) -> None:
        if not self._unread:
            return
        unread, self._unread = self._unread, {}
        for key, record in unread.items():
            if key in self._shelf:
                self._forget(key)
            if record is not None:
                self._restore(key, record)

    def _restore(self, key: str, record: bytes) -> None:
        heading = self._shelf.restore(key, record)
        self._threads.add(key, heading.identities)
        self._floods.note(key, heading.announced)
        if heading.closed_at is not None:
            self._agenda.put(key, heading.closed_at + self._memory)
        elif (story := self._shelf.get(key)) is not None:
            self._threads.alias(key, story.alias)
            self._recognition.learn(story)
            self._agenda.put(key, story.due(self._life, self._memory))


def _lead(story: Story, original: Item) -> None:
    """The original of what a story began with is its first report, though it came later: its kill is the story's."""
    for item in story.items:
        if item.role == "first":
            item.role = "copy"
    original.role = "first"


def _is_plain(candidate: Candidate) -> bool:
    """Whether it takes nothing back and corrects nothing."""
    article = candidate.article
    return (
        article.pubstatus == "usable"
        and article.signal != "correction"
        and candidate.outcome is not Outcome.RETRACTION
        and candidate.copy_of is None
        and notice_of(article) is None
    )


def _is_about(report: Report, story: Story) -> bool:
    """Whether what matches no rule says something of a story it joins: it corrects, and did not come before it."""
    return report.corrects and not story.items[0].came_after(report)
