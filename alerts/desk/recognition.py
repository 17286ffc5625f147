"""Which open story an article is about that nothing names: what it can be recognised by, and who recognises it."""

from dataclasses import dataclass
from datetime import datetime

from alerts.alert import Reading
from alerts.desk.events import Events, Features, Found
from alerts.desk.item import Item
from alerts.desk.publishers import publisher_of
from alerts.desk.reading import features_in
from alerts.desk.report import Report
from alerts.desk.story import Story


@dataclass(frozen=True, slots=True)
class Sight:
    """What an article can be recognised by, when it was published, and the story that it was recognised in."""

    features: Features
    weights: dict[str, int]
    at: datetime
    found: Found | None


class Recognition:
    """The open stories, as further reports of their events find them."""

    def __init__(self) -> None:
        self._events = Events()

    def __len__(self) -> int:
        return len(self._events)

    def look(self, reading: Reading, report: Report, now: datetime) -> Sight | None:
        """What the article can be recognised by, and the open story of its event.

        A kill of an unknown uri is compared only where a word in its text says that it is one: other kills name theirs.
        """
        if report.pubstatus != "usable" and report.notice is None:
            return None
        features = features_in(reading)
        weights = self._events.weigh(features)
        at = _time(report, now)
        return Sight(features, weights, at, self._events.find(features, weights, at))

    def learn(self, story: Story) -> None:
        """Let further reports of the event find an open story, but not one that was withdrawn.

        Who reports what another publisher (or the editors) took back has found something: that is a new alert.
        """
        if story.open and story.signature is not None and story.began is not None and story.status != "withdrawn":
            self._events.put(story.id, story.signature, story.began)
        else:
            self._events.drop(story.id)

    def drop(self, story: str) -> None:
        """Forget a story."""
        self._events.drop(story)


def own_item(story: Story, report: Report) -> Item | None:
    """The item of the report's own publisher that a story shows or, under embargo, will show, the oldest first."""
    publisher = publisher_of(report.source)
    told = (item for item in story.items if item.shown is not None or item.waiting is not None)
    return next((item for item in told if publisher_of(item.source) == publisher), None)


def _time(report: Report, now: datetime) -> datetime:
    """When a report came out, as far as that can be believed."""
    return now if report.published is None else min(report.published, now)
