"""What in a further report is news enough to interrupt again, in the words that say so.

Tolls go down as well as up, and publishers differ by a few: only half as many or twice as many is news, and fewer only
from whoever gave the higher number, for others' may just be old. A second
country is news once, and only from another publisher, for one publisher's words may be misread. A leader is news when
his name first stands in a report of a death, a fall, an arrest or an attack.
"""

from alerts.desk import words
from alerts.desk.item import Item
from alerts.desk.report import Report
from alerts.desk.story import Story, Told
from alerts.made import maker

_told = maker(Told)
_TIMES = 2
_FEWEST = 5
"""A toll that changes by less is no news, whatever the ratio."""
_BIG = 3
"""So many independent publishers make a story that the cap kept quiet a big one."""


def learn(story: Story, report: Report) -> None:
    """Count what a report says as told: people hear of it with the revision at hand."""
    told = story.told
    story.told = _told(
        toll=told.toll if report.toll is None else report.toll,
        toll_by=told.toll_by if report.toll is None else report.origin,
        countries=tuple(dict.fromkeys([*told.countries, *report.countries])),
        leaders=tuple(dict.fromkeys([*told.leaders, *report.leaders])),
    )


def news(story: Story, item: Item, report: Report, *, rewritten: bool) -> str | None:
    """Why this report should interrupt, None if it should not; what it says counts as told then.

    Called when the item shows the report. One that is `rewritten`, a new version of what was shown, has other words for
    the same all day: only its toll can be news.
    """
    told = story.told
    reason = None
    if report.toll is not None and _differs(told, report.toll, report.origin):
        reason = words.toll(item.source, report.toll, told.toll)
    elif not rewritten and (leader := _stranger(told, report)) is not None:
        reason = words.named(leader, item.source, report.headline)
    elif not rewritten and (country := _second_country(story, item, report)) is not None:
        reason = words.spread(country, item.source, report.headline)
    if reason is not None:
        learn(story, report)
    elif story.capped and len(story.origins) >= _BIG:
        reason = words.many(len(story.origins))
    return reason


def _differs(told: Told, now: int, origin: str) -> bool:
    before = told.toll or 0
    if now >= before:
        return now - before >= _FEWEST and now >= _TIMES * before
    return before - now >= _FEWEST and before >= _TIMES * now and told.toll_by == origin


def _stranger(told: Told, report: Report) -> str | None:
    """A leader whom no report named so far."""
    known = {name.casefold() for name in told.leaders}
    return next((name for name in report.leaders if name.casefold() not in known), None)


def _second_country(story: Story, item: Item, report: Report) -> str | None:
    if len(story.told.countries) != 1 or item is story.items[0] or len(story.origins) < _TIMES:
        return None
    other = next((code for code in report.countries if code not in story.told.countries), None)
    names = {region.code: region.name for region in report.regions}
    return names.get(other, other) if other else None
