"""One story's turn: what one event, or the clock, does to one story."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from alerts.alert import Audit, AuditArticle, Identity, Op, Timing
from alerts.desk import words
from alerts.desk.floods import Floods
from alerts.desk.outputs import Outputs
from alerts.desk.report import Report
from alerts.desk.revision import compose
from alerts.desk.story import Announced, Story
from alerts.fingerprint import letters
from alerts.made import maker

DESK = "desk"
_announced, _audit, _article = maker(Announced), maker(Audit), maker(AuditArticle)
_UNTOUCHED = Timing()


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a story, and the stories of a rule, may be heard of.

    Attributes:
        quiet: at most one quiet update of a story in this time.
        cooldown: at most one interruption by news of a story in this time, where its rules say nothing else.
        floods: the cap of each rule.
    """

    quiet: timedelta
    cooldown: timedelta
    floods: Floods


class Turn:
    """Collects the effects in `outputs`; the decisions are those of `life` and `actions`."""

    def __init__(self, story: Story, now: datetime, outputs: Outputs, pace: Pace) -> None:
        self.story = story
        self.now = now
        self.pace = pace
        self._quiet = pace.quiet
        self._outputs = outputs

    def issue(self, op: Op, *, interrupt: bool, reason: str | None = None) -> None:
        """Issue the next revision. It carries everything that is pending."""
        story = self.story
        self._revive(op)
        story.revision += 1
        alert = compose(story, op, interrupt=interrupt, reason=reason, now=self.now)
        self._outputs.alerts.append(alert)
        listed = {(source.source, source.uri) for source in alert.sources}
        for item in story.items:
            if not item.issued and item.shown is not None:
                item.issue()
                if item.identity not in listed:
                    self.suppress(item.shown, words.UNLISTED)
        story.reach = alert.reach
        story.timing = _UNTOUCHED
        story.news_at = self.now
        story.quiet_due = None
        if interrupt:
            story.interrupted_at = self.now
            story.pending = story.pending_by = story.pending_due = None
            story.capped = False
        if not interrupt and op == "update":
            story.last_quiet = self.now

    def announce(self, report: Report) -> None:
        """Issue the first revision; it interrupts unless all of its rules have done so too often of late."""
        story, floods = self.story, self.pace.floods
        full = floods.full(report.rules, story.priority, self.now)
        if full is None:
            story.announced = _announced(at=self.now, rank=story.priority.rank, rules=report.rules)
            floods.note(story.id, story.announced)
            self.issue("new", interrupt=True)
        else:
            story.capped = True
            self.issue("new", interrupt=False)
            self.suppress(report, words.flooded(full, floods.cap))

    def interrupt(self, reason: str, by: Report) -> None:
        """Interrupt with news of a story that a report has: now, or when its cooldown ends."""
        story = self.story
        due = self.now if story.interrupted_at is None else story.interrupted_at + self.cooldown
        if due <= self.now:
            self.issue("update", interrupt=True, reason=reason)
            return
        story.pending, story.pending_due = reason, due
        story.pending_by = Identity(source=by.source, uri=by.uri)
        self.later(prompt=True)

    @property
    def cooldown(self) -> timedelta:
        """The story's: what the rule that fired on its first report says, else the desk's."""
        first = next((item.shown for item in self.story.items if item.role == "first"), None)
        asked = first.cooldown if first is not None else None
        return self.pace.cooldown if asked is None else timedelta(seconds=asked)

    def later(self, *, prompt: bool) -> None:
        """Let a quiet update follow, at most one in the quiet time.

        Args:
            prompt: it changes what the alert itself says, so it goes out as soon as that allows; otherwise it waits
                for others of its kind.
        """
        story = self.story
        self._revive("update")
        story.news_at = self.now
        due = self.now if prompt else self.now + self._quiet
        if story.last_quiet is not None:
            due = max(due, story.last_quiet + self._quiet)
        story.quiet_due = min(due, story.quiet_due or due)
        if story.quiet_due <= self.now:
            self.issue("update", interrupt=False)

    def suppress(self, report: Report, reason: str) -> None:
        """Put on record that this version is kept out of `alerts`."""
        self._outputs.audit.append(
            _audit(
                action=_suppression_id(report),
                by=DESK,
                at=self.now,
                alert=self.story.id,
                revision=self.story.revision,
                do="suppress",
                outcome="applied",
                reason=reason,
                article=_article(source=report.source, uri=report.uri, version=report.version),
            )
        )

    def _revive(self, op: Op) -> None:
        """A story that had ended lives again when there is something to tell those who were shown it."""
        self.story.closed_at = None
        if self.story.status == "expired" and op != "expiry":
            self.story.status = "live"


def _suppression_id(report: Report) -> str:
    text = f"{report.source}\0{report.uri}\0{report.version}\0{report.content}"
    return "suppress-" + letters(blake2b(text.encode(), digest_size=10).digest())
