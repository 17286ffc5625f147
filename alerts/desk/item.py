"""One publisher's item in a story: its newest version, what is shown of it, and which versions were heard of."""

import binascii
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerts.article import Article, VersionOrder
from alerts.desk.report import Report

MAX_SEEN = 64
# Ingests on several machines stamp arrivals by their own clocks; nearer than this, the later record is the later one.
ARRIVAL_SLACK_MS = 5_000

Role = Literal["first", "independent", "copy", "correction"]


class Item(BaseModel):
    """One publisher's item in a story, with its newest version.

    Attributes:
        version: with `published`, `received` and `content`: of the newest version heard of, shown or not.
        seen: a short digest of each version heard of, newest last, so that a replay is known as one.
        shown: what the alert shows of it, or will in its next revision; None as long as that is nothing.
        issued: whether `shown` has been in a revision; if not, `before` is what people were shown last, if anything.
        waiting: a newer version under embargo.
        shared: what it has in common with the story's first reports, where that is why it is here.
        moved: it now belongs to a later story; here it only stands for what was shown.
    """

    model_config = ConfigDict(extra="ignore")

    if not TYPE_CHECKING:
        # A desk sets two dozen fields for each candidate; pydantic's way takes four times as long, for nothing.
        __setattr__ = object.__setattr__

    source: str
    uri: str
    role: Role = "independent"
    version: str | None = None
    published: datetime | None = None
    received: int | None = None
    content: str = ""
    seen: list[str] = Field(default_factory=list)
    pubstatus: Literal["usable", "withheld", "canceled"] = "usable"
    shown: Report | None = None
    issued: bool = True
    before: Report | None = None
    waiting: Report | None = None
    shared: tuple[str, ...] = ()
    moved: bool = False

    @property
    def identity(self) -> tuple[str, str]:
        """(`source`, `uri`)."""
        return self.source, self.uri

    @property
    def is_notice(self) -> bool:
        """Whether it is nothing but a kill or hold of another item of its publisher."""
        return self.role == "correction" and self.shown is None

    @property
    def vouches(self) -> bool:
        """Whether it is a report of its own that its publisher stands by, and shown."""
        return self.shown is not None and self.pubstatus == "usable" and self.role in {"first", "independent"}

    @property
    def stands(self) -> bool:
        """Whether its publisher stands by the story: a denial by another than the first to report it does not."""
        return self.vouches and (self.role == "first" or self.shown is None or not self.shown.denies)

    @property
    def told(self) -> Report | None:
        """What people were shown last; of an original that came late that is its text, in a copy."""
        return self.shown if self.issued or (self.before is None and self.role == "first") else self.before

    @property
    def shown_corrects(self) -> bool:
        """Whether what is shown of it corrects or takes back a report."""
        return self.shown is not None and self.shown.corrects

    def knows(self, version: str | None, content: str, published: datetime | None, received: int | None) -> bool:
        """Whether this very version was heard of before.

        What was heard of, and has been replaced since, may be sent again: held and then usable under one number. That
        arrives clearly later than what replaced it, while a record that is read again arrived when it did.
        """
        if (version, content) == (self.version, self.content):
            return True
        return _digest(version, content, published) in self.seen and not self._came_before(received)

    def _came_before(self, received: int | None) -> bool:
        if self.received is None or received is None:
            return False
        return received > self.received + ARRIVAL_SLACK_MS

    def is_newer_than(self, report: Report) -> bool:
        """Whether the report is an older version than the newest known."""
        mine, theirs = _order(self.version, self.published), _order(report.version, report.published)
        if mine != theirs:
            return theirs < mine
        return self.came_after(report)

    def came_after(self, report: Report) -> bool:
        """Whether it arrived clearly later than the report."""
        if self.received is None or report.received is None:
            return False
        return report.received < self.received - ARRIVAL_SLACK_MS

    def hear(self, report: Report) -> None:
        """Remember a version, whatever becomes of it."""
        self.seen = [*self.seen, _digest(report.version, report.content, report.published)][-MAX_SEEN:]

    def advance(self, report: Report) -> None:
        """Remember a version as the newest."""
        self.hear(report)
        self.version, self.published, self.content = report.version, report.published, report.content
        self.received = report.received

    def show(self, report: Report) -> None:
        """Let the next revision show this version."""
        full = report.after(self.shown) if self.shown else report
        if self.issued:
            self.before = self.shown
        self.shown = full.listed() if self.role == "copy" else full
        self.pubstatus = report.pubstatus
        self.issued = False

    def issue(self) -> None:
        """What is shown of it has been in a revision."""
        self.issued, self.before = True, None

    def unshow(self) -> None:
        """Show nothing of it; nobody was shown anything."""
        self.shown, self.issued = None, True


def _digest(version: str | None, content: str, published: datetime | None) -> str:
    """Eleven characters; `published` counts, so that text set back to an earlier wording is a version of its own."""
    text = f"{version}\0{content}\0{published.isoformat() if published else ''}"
    digest = blake2b(text.encode(), digest_size=8).digest()
    return binascii.b2a_base64(digest, newline=False)[:11].decode()


def _order(version: str | None, published: datetime | None) -> VersionOrder:
    return VersionOrder(Article.model_construct(uri="", source="", headline="", version=version, published=published))
