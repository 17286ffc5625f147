"""The next revision of an alert, exactly as topic `alerts` will hold it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar

from pydantic_core import to_json

from alerts.alert import MAX_ALERT_BYTES, MAX_SOURCES, Alert, Op, Reach, Region, Source, Timing
from alerts.desk.item import Item
from alerts.desk.report import Report
from alerts.desk.story import Story
from alerts.made import maker
from alerts.verdict import Priority, highest

_T = TypeVar("_T")
_alert, _reach, _source_, _timing = maker(Alert), maker(Reach), maker(Source), maker(Timing)

# A handful of absurdly long names must not push an alert over its limit: 5 * 5 + 3 * 3 KiB, texts and one source fit.
_REACH_BYTES = 5 * 1024
_LIST_BYTES = 3 * 1024
_ALL_LISTS = 5 * _REACH_BYTES + 4 * _LIST_BYTES
_WIDEST = 6  # bytes of a character in JSON: \u0001
_ENTRY = 512  # bytes of a source or a reason, or of all else in an alert, besides its texts

_UNISSUED, _COPY = 1, 4
_SELECTED = {"first": 0, "correction": 2, "independent": 3, "copy": _COPY}
_DISPLAYED = {"first": 0, "independent": 1, "correction": 2, "copy": 3}


def compose(story: Story, op: Op, *, interrupt: bool, reason: str | None, now: datetime) -> Alert:
    """The alert for the story's present `revision`, at most 64 KiB.

    Raises:
        LookupError: the story shows nothing.
    """
    face = _shown(story.primary)
    shown = [item for item in story.items if item.shown]
    # What the alert is about is what its primary says, and what others add to it.
    live = [_shown(item) for item in shown if item.pubstatus != "canceled"]
    reports = [face, *[report for report in live if report is not face]]
    regions = _regions(reports)
    topics = _union([report.topics for report in reports])
    rules = _union([report.rules for report in reports])
    past, timing = story.reach, story.timing
    alert = _alert(
        id=story.id,
        revision=story.revision,
        op=op,
        status=story.status,
        interrupt=interrupt,
        priority=story.priority,
        delivery=delivery(story.priority, op),
        # What earlier revisions reached comes first, so that the limit can only keep out what is new.
        reach=_reach(
            regions=_joined(past.regions, [region.code for region in regions]),
            topics=_joined(past.topics, topics),
            rules=_joined(past.rules, rules),
            languages=_joined(past.languages, (face.language,)),
            sources=_joined(past.sources, [item.source for item in shown]),
            priority=highest(past.priority, story.priority),
        ),
        reason=reason,
        headline=_headline(story, face),
        summary=face.summary,
        language=face.language,
        url=face.url,
        regions=regions,
        topics=topics,
        rules=rules,
        ruleset=face.ruleset,
        why=face.why,
        sources=_sources(shown, MAX_SOURCES),
        sources_total=len(shown),
        independent_sources=_within(_distinct(story.origins.values()), _LIST_BYTES)[:MAX_SOURCES],
        published=story.published,
        updated=story.updated,
        issued=now,
        timing=_timing(received=timing.received, classified=timing.classified, issued=int(now.timestamp() * 1000)),
        dedup=story.dedup,
    )
    return alert if _is_small(alert) or len(alert.to_json()) <= MAX_ALERT_BYTES else _fitting(alert, shown)


def headline(story: Story) -> str:
    """The headline in force: an editor's until the publisher's own becomes another one than the editor corrected."""
    return _headline(story, _shown(story.primary))


def _headline(story: Story, face: Report) -> str:
    own = face.headline
    return story.headline if story.headline is not None and own == story.headline_over else own


def delivery(priority: Priority, op: Op) -> Priority:
    """How urgently it is delivered.

    A kill travels as a bulletin at least and a correction as urgent at least, whatever the story's own priority
    (AP wire filing codes; findings, 2.1).
    """
    least = {"withdrawal": Priority.BULLETIN, "correction": Priority.URGENT}.get(op)
    return highest(priority, least) if least else priority


def _shown(item: Item) -> Report:
    if item.shown is None:
        raise LookupError(f"{item.uri} is not shown")
    return item.shown


def _joined(past: Iterable[str], present: Iterable[str]) -> tuple[str, ...]:
    return _within(_distinct([*past, *present]), _REACH_BYTES)


def _role(item: Item) -> str:
    return "correction" if item.role != "first" and _shown(item).corrects else item.role


def _sources(items: Sequence[Item], most: int) -> tuple[Source, ...]:
    """The first, what no revision has listed yet, independents, and the newest copies: as many as there is room for."""
    if len(items) == 1:
        return (_source(items[0]),)
    shown = [(number, item, _role(item)) for number, item in enumerate(items)]
    shown.sort(key=lambda one: (min(_SELECTED[one[2]], _COPY if one[1].issued else _UNISSUED), -one[0]))
    kept = shown[:most]
    kept.sort(key=lambda one: (_DISPLAYED[one[2]], -one[0] if one[2] == "copy" else one[0]))
    return tuple(_source(item) for _, item, _ in kept)


def _source(item: Item) -> Source:
    report = _shown(item)
    return _source_(
        uri=item.uri,
        version=report.version,
        source=item.source,
        headline=report.headline,
        url=report.url,
        published=report.published,
        role=_role(item),
        wire=report.wire,
        shared=item.shared,
    )


def _is_small(alert: Alert) -> bool:
    """Whether it is certain to be within the limit; most are, and need not be written out to see."""
    texts = [alert.headline, alert.summary, alert.url, alert.reason, alert.language, alert.ruleset]
    for why in alert.why:
        texts += why.uri, why.version, why.rule, why.region, why.field, why.text, why.context
    for source in alert.sources:
        texts += source.uri, source.version, source.source, source.headline, source.url, source.wire, *source.shared
    many = 1 + len(alert.sources) + len(alert.why)
    return _ALL_LISTS + _ENTRY * many + _WIDEST * sum([len(text) for text in texts if text]) <= MAX_ALERT_BYTES


def _fitting(alert: Alert, items: Sequence[Item]) -> Alert:
    """The alert with as much left out as its size asks for: contexts, reasons, sources, in this order."""
    bare = tuple(why.model_copy(update={"context": ""}) for why in alert.why)
    cuts: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: {"why": bare},
        lambda: {"why": bare[:6]},
        lambda: {"sources": _sources(items, 20)},
        lambda: {"why": (), "sources": _sources(items, 8)},
        lambda: {"sources": _sources(items, 1), "independent_sources": alert.independent_sources[:1]},
    )
    for cut in cuts:
        alert = alert.model_copy(update=cut())
        if len(alert.to_json()) <= MAX_ALERT_BYTES:
            return alert
    raise AssertionError(f"alert {alert.id} cannot be made to fit {MAX_ALERT_BYTES} bytes")


def _union(names: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return _within(_distinct(chain.from_iterable(names)), _LIST_BYTES)


def _distinct(values: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))


def _within(values: tuple[str, ...], most: int) -> tuple[str, ...]:
    """The first values whose JSON takes at most this many bytes."""
    # Nearly always there is room: a character takes at most six bytes, a value two quotes and a comma besides.
    if _WIDEST * sum(map(len, values)) + 3 * len(values) <= most:
        return values
    return _first(values, most)


def _regions(reports: Sequence[Report]) -> tuple[Region, ...]:
    """Each place once, as the first report to name it does."""
    found = {region.code: region for report in reversed(reports) for region in report.regions}
    codes = _distinct([region.code for report in reports for region in report.regions])
    return _first(tuple([found[code] for code in codes]), _LIST_BYTES)


def _first(values: tuple[_T, ...], most: int) -> tuple[_T, ...]:
    if len(to_json(values)) <= most:  # brackets and commas make up for the commas counted below
        return values
    room = most
    for number, value in enumerate(values):
        room -= len(to_json(value)) + 1
        if room < 0:
            return values[:number]
    return values
