"""The verdict on one article, told to a person: the text with its marks, which rules fired, which nearly, and why.

What a mark looks like is the caller's: colours on a terminal, brackets in a file (`brackets`).
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from alerts.article import Article
from alerts.marks import RANK, Role, excerpts, marks
from alerts.rules.nearly import NearMiss
from alerts.text import Zone, prepare
from alerts.verdict import Match, Outcome, RegionHit, Signal, Span, Verdict

Paint = Callable[[str, Role], str]
"""How a piece of text of a role is shown."""

MARKS: dict[Role, tuple[str, str]] = {
    "rule": ("[", "]"),
    "signal": ("<", ">"),
    "region": ("{", "}"),
    "near": ("~", "~"),
}
LEGEND = "[words of a rule]  {places}  <words of a signal or of unless>  ~words of a rule that nearly fired~"
_LABEL = 14
_EXCERPTS = 4
_WHERE = {"headline": "the headline", "description": "the lead", "body_text": "the text", "url": "the address"}
_WHOLE = {"headline", "lead"}
_GOOD = {Outcome.BREAKING, Outcome.EMBARGOED}


def brackets(text: str, role: Role) -> str:
    """Marks that need no terminal."""
    before, after = MARKS.get(role, ("", ""))
    return f"{before}{text}{after}"


def narrative(
    article: Article, verdict: Verdict, nearly: Sequence[NearMiss], now: datetime, *, paint: Paint, width: int = 100
) -> str:
    """The whole story of one verdict, in lines of about `width` columns.

    Args:
        article: as it was judged.
        verdict: made with `thorough`.
        nearly: see `near_misses`.
        now: the moment it was judged as of.
        paint: how roles are shown.
        width: columns.
    """
    page = _Page(paint, width)
    page.heading(article, verdict, now)
    page.text(article, marks(verdict, nearly))
    if verdict.fires or verdict.outcome is Outcome.RETRACTION:
        page.rows("fired" if verdict.fires else "matched", [_fired(match) for match in verdict.matches])
    page.rows("held back", [line for miss in nearly if miss.whole for line in _missed(miss)])
    page.rows("nearly fired", [line for miss in nearly if not miss.whole for line in _missed(miss)])
    page.rows("about", [_place(hit) for hit in verdict.regions] or ["no place we know"])
    about = {hit.code for hit in verdict.regions}
    page.rows("mentioned", [_place(hit) for hit in verdict.mentioned if hit.code not in about])
    page.rows("signals", [_signal(signal) for signal in verdict.signals])
    return "\n".join(page.lines)


def refusal(place: str, reason: str, *, paint: Paint) -> str:
    """What is said of input that is no article."""
    return f"{paint('INVALID', 'bad')}  {_plain(place)}\n  {_plain(reason)}"


def _fired(match: Match) -> str:
    topic = f", {match.topic}" if match.topic else ""
    return f"{match.rule} ({match.priority}{topic}): {_quoted(match.spans) or 'whatever the text'}"


def _missed(miss: NearMiss) -> Iterator[str]:
    found = f"has {_quoted(miss.found)}" if miss.found else "asks for no words"
    yield f"{miss.rule.id} ({miss.rule.priority}): {found}"
    for obstacle in miss.obstacles:
        evidence = f": {_quoted(obstacle.spans)}" if obstacle.spans else ""
        yield f"  - {obstacle.text}{evidence}"


def _place(hit: RegionHit) -> str:
    return f"{hit.name} ({hit.code}) {hit.weight:.2f}: {_quoted(hit.spans) or 'as the article says itself'}"


def _signal(signal: Signal) -> str:
    return f"{signal.name}: {_quoted(signal.spans)}" if signal.spans else signal.name


def _quoted(spans: Iterable[Span]) -> str:
    """The words, each once, with where they stand."""
    places: dict[str, list[str]] = {}
    for span in spans:
        words = places.setdefault(_WHERE.get(span.field, f"the {span.field}"), [])
        quoted = f"'{_plain(span.text)}'"
        if quoted not in words:
            words.append(quoted)
    return "; ".join(f"{', '.join(words)} in {place}" for place, words in places.items())


class _Page:
    """Lines of output, wrapped."""

    def __init__(self, paint: Paint, width: int) -> None:
        self.lines: list[str] = []
        self._paint = paint
        self._width = max(width, 40)

    def heading(self, article: Article, verdict: Verdict, now: datetime) -> None:
        role: Role = "good" if verdict.outcome in _GOOD else "bad"
        if verdict.outcome is Outcome.NONE:
            role = "faint"
        word = verdict.outcome.value.replace("_", " ").upper()
        priority = f" {verdict.priority}" if verdict.priority else ""
        version = f" v{article.version}" if article.version else ""
        about = f"{article.source}  {article.uri}{version}  {article.language}  judged as of {now:%Y-%m-%d %H:%M %Z}"
        self.lines.append(f"{self._paint(word + priority, role)}  {self._paint(_plain(about), 'faint')}")

    def text(self, article: Article, marks: Sequence[tuple[Span, Role]]) -> None:
        """Headline and lead as they are, and those parts of the rest that hold a mark."""
        shown = 0
        for zone in prepare(article).zones:
            inside = [(s, r) for s, r in marks if s.field == zone.field and zone.start <= s.start < zone.end]
            whole: str = getattr(article, zone.field)
            if zone.name in _WHOLE:
                self._passage(whole, zone, inside, "title" if zone.name == "headline" else None)
            elif inside and shown < _EXCERPTS:
                for start, end in excerpts(whole, zone, [span for span, _ in inside])[: _EXCERPTS - shown]:
                    shown += 1
                    self._passage(whole, Zone(zone.name, zone.field, start, end), inside, None)
        self.lines.append("")

    def _passage(self, whole: str, zone: Zone, marks: Sequence[tuple[Span, Role]], role: Role | None) -> None:
        roles: list[Role | None] = [role] * (zone.end - zone.start)
        for span, mark in sorted(marks, key=lambda pair: RANK.get(pair[1], 0)):
            for at in range(max(span.start, zone.start), min(span.end, zone.end)):
                roles[at - zone.start] = mark
        text = _plain(whole[zone.start : zone.end])
        # Blanks in a row are one: text wrapped by hand, and tables, would be torn apart.
        kept = [at for at, char in enumerate(text) if char != " " or text[at - 1 : at] != " "]
        text, roles = "".join(text[at] for at in kept), [roles[at] for at in kept]
        before = "  ... " if zone.name not in _WHOLE else "  "
        for start, end in _wrapped(text, self._width - len(before)):
            self.lines.append(before + "".join(self._runs(text, roles, start, end)))
            before = " " * len(before)

    def _runs(self, text: str, roles: Sequence[Role | None], start: int, end: int) -> Iterator[str]:
        at = start
        while at < end:
            to = at
            while to < end and roles[to] == roles[at]:
                to += 1
            role = roles[at]
            yield self._paint(text[at:to], role) if role else text[at:to]
            at = to

    def rows(self, label: str, rows: Sequence[str]) -> None:
        """A label, and beside it the rows, each with a hanging indent."""
        for number, row in enumerate(rows):
            hang = "    " if row.startswith(" ") else "  "
            for part, (start, end) in enumerate(_wrapped(row, self._width - _LABEL - 2)):
                name = label if number == part == 0 else ""
                indent = hang if part else ""
                painted = self._paint(f"{name:{_LABEL}}", "faint") if name else " " * _LABEL
                self.lines.append(f"  {painted}{indent}{row[start:end]}".rstrip())


def _wrapped(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Ranges of a text that fit into so many columns, cut at blanks where there are any."""
    start = at = columns = 0
    blank = -1
    while at < len(text):
        columns += 2 if unicodedata.east_asian_width(text[at]) in "WF" else 1
        if text[at] == " ":
            blank = at
        at += 1
        if columns > width and at - start > 1:
            end = blank if blank > start else at - 1
            yield start, end
            start = end + (blank > start)
            at, columns, blank = start, 0, -1
    if start < len(text):
        yield start, len(text)


def _plain(text: str) -> str:
    """Others' text on a terminal: what could steer it is a blank, one for one, so that places stay right."""
    return "".join(char if char.isprintable() else " " for char in text)
