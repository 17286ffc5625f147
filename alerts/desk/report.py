"""What the desk keeps of an article version: enough to show it, not its body."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from alerts.alert import Candidate, Dedup, Identity, Reading, Region, Timing, Why
from alerts.desk.publishers import publisher_of
from alerts.desk.reading import MAX_SUMMARY, lead, reading_of, shortened
from alerts.fingerprint import content_hash
from alerts.instant import believable, in_our_era
from alerts.made import maker
from alerts.notices import Word
from alerts.verdict import Outcome, Priority

MAX_HEADLINE, MAX_URL = 500, 2048
MAX_REGIONS, MAX_RULES = 30, 100
MAX_WHY, MAX_WHY_EACH = 24, 3
_TEXT = ("headline", "summary", "language", "url")
_VERDICT = ("matched", "priority", "rules", "topics", "regions", "why", "ruleset")
_MAINLY = 0.5  # the weight from which on a text is about a place in the main
_STATUS: dict[str, Literal["withheld", "canceled"]] = {"kill": "canceled", "hold": "withheld"}


class Report(BaseModel):
    """What one publisher said in one version of one item, with the classifier's verdict."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    source: str
    uri: str
    version: str | None = None
    published: datetime | None = None
    received: int | None = None
    """Epoch milliseconds."""
    content: str
    headline: str
    summary: str = ""
    language: str = "und"
    url: str | None = None
    pubstatus: Literal["usable", "withheld", "canceled"] = "usable"
    embargoed: datetime | None = None
    corrects: bool = False
    """Its publisher marks it as a correction, or it takes back what was reported."""
    denies: bool = False
    """It says that what was reported is not so: no publisher's correction of its own words."""
    matched: bool = False
    priority: Priority | None = None
    rules: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    why: tuple[Why, ...] = ()
    ruleset: str = ""
    cooldown: float | None = None
    """Seconds; the shortest that its rules ask for."""
    copy_of: Identity | None = None
    notice: Word | None = None
    """What its publisher says of an earlier text of its own, in an agency's word at the head of the text."""
    wire: str | None = None
    """The agency whose text it prints."""
    toll: int | None = None
    leaders: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    """The countries that it is mainly about."""
    dedup: Dedup = "ok"
    timing: Timing = Timing()

    @property
    def origin(self) -> str:
        """Who found it out: the agency whose text it prints, else its publisher. One word, for comparing."""
        return self.wire or publisher_of(self.source)

    @property
    def identity(self) -> tuple[str, str]:
        """(`source`, `uri`)."""
        return self.source, self.uri

    def waits(self, now: datetime) -> bool:
        """Whether it is under embargo."""
        return self.embargoed is not None and self.embargoed > now

    def after(self, earlier: "Report") -> "Report":
        """This version as it replaces an earlier one that was shown.

        A version that no rule matches has no reasons of its own: the story keeps those of the version that did.
        """
        if self.matched:
            return self
        return self.model_copy(update=earlier.only(_VERDICT) | {"regions": self.regions or earlier.regions})

    def silenced(self, notice: "Report") -> "Report":
        """This text under the version of the notice that withdrew or withheld it.

        A kill often says no more than "story withdrawn"; people must see which story.
        """
        return notice.model_copy(update=self.only(_TEXT + _VERDICT))

    def only(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Some fields."""
        return {name: getattr(self, name) for name in names}

    def listed(self) -> "Report":
        """What a line in the list of sources needs, and no more."""
        return self.model_copy(update={"summary": "", "why": ()})


_report, _region = maker(Report), maker(Region)


def content_of(candidate: Candidate) -> str:
    """The hash of the candidate's content; made here if the sender left it out."""
    return candidate.content or content_hash(candidate.article)


def report_of(candidate: Candidate, reading: Reading | None = None) -> Report:
    """What the desk keeps of a candidate; `reading`: what `reading_of` makes of it, where that is known already."""
    article, read = candidate.article, reading or reading_of(candidate)
    word = read.notice
    corrected = article.signal == "correction" or word == "corrected"
    # Where more rules fire than an alert can name, the most urgent ones are named.
    matches = candidate.matches
    if len(matches) > 1:
        matches = tuple(sorted(matches, key=lambda match: -match.priority.rank)[:MAX_RULES])
    return _report(
        source=article.source,
        uri=article.uri,
        version=article.version,
        published=published_of(candidate),
        received=candidate.received,
        content=content_of(candidate),
        headline=shortened(article.headline.strip() or lead(article) or article.uri, MAX_HEADLINE),
        summary=shortened(read.summary, MAX_SUMMARY),
        language=article.language,
        url=article.url if article.url and len(article.url) <= MAX_URL else None,
        pubstatus=_STATUS.get(word or "", article.pubstatus) if article.pubstatus == "usable" else article.pubstatus,
        embargoed=article.embargoed,
        corrects=corrected or candidate.outcome is Outcome.RETRACTION,
        denies=candidate.outcome is Outcome.RETRACTION and not corrected,
        matched=candidate.matched,
        priority=matches[0].priority if matches else None,
        rules=_distinct([m.rule for m in matches]),
        topics=_distinct([m.topic for m in matches if m.topic]),
        regions=tuple([_region(code=r.code, name=r.name) for r in candidate.regions[:MAX_REGIONS]]),
        why=_telling(candidate.why),
        ruleset=candidate.ruleset,
        cooldown=min([m.cooldown for m in matches if m.cooldown is not None], default=None),
        copy_of=candidate.copy_of,
        notice=word,
        wire=read.wire,
        toll=read.toll,
        leaders=read.leaders,
        countries=_distinct([r.code.partition("-")[0] for r in candidate.regions if r.weight >= _MAINLY]),
        dedup=candidate.dedup,
        timing=candidate.timing,
    )


def published_of(candidate: Candidate) -> datetime | None:
    """When the version came out, as far as that can be believed."""
    published, received = candidate.article.published, candidate.received
    if published is None or received is None:
        return published
    found = believable(published, datetime.fromtimestamp(received / 1000, UTC))
    return found if found is published or found is None else in_our_era(found)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _telling(reasons: tuple[Why, ...]) -> tuple[Why, ...]:
    """A few reasons for each rule and region: the tenth "earthquake" tells nobody more."""
    if len(reasons) <= MAX_WHY_EACH:
        return reasons
    count: dict[tuple[str | None, str | None], int] = {}
    kept = []
    for why in reasons:
        about = why.rule, why.region
        count[about] = count.get(about, 0) + 1
        if count[about] <= MAX_WHY_EACH:
            kept.append(why)
    return tuple(kept[:MAX_WHY])
