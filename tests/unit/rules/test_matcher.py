"""The fast matcher agrees with a naive one, and every span points at its words."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.article import Article
from alerts.rules import Rule, RuleSet, load, parse_query
from alerts.rules.expression import Anything, Expression, Term
from alerts.rules.operators import And, AtLeast, In, Near, Not, Or
from alerts.rules.query import Query
from alerts.text import ZONES, Prepared, fold, prepare

NOW = datetime(2025, 5, 1, 12, tzinfo=UTC)
WORDS = ("a", "b", "ab", "abc", "ça", "東", "дом", "x")

terms = st.builds(
    lambda words, prefix, exact: Term(
        fold(" ".join(words)).data.decode().strip(), " ".join(words), prefix, " ".join(words) if exact else None
    ),
    st.lists(st.sampled_from((*WORDS, "AB")), min_size=1, max_size=2),
    st.booleans(),
    st.integers(0, 4).map(lambda n: n == 0),
)
placed = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.builds(Near, inner, inner, st.integers(1, 3), st.booleans()),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
expressions = st.recursive(
    st.one_of(placed, st.builds(In, st.sampled_from(("headline", "body")), placed)),
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Not, inner),
        st.lists(inner, min_size=1, max_size=3).flatmap(
            lambda parts: st.builds(AtLeast, st.integers(1, len(parts)), st.just(tuple(parts)))
        ),
    ),
    max_leaves=6,
)
rules = st.lists(
    st.tuples(st.one_of(expressions, st.just(Anything())), st.sets(st.sampled_from(ZONES[:3]), min_size=1)), max_size=6
).map(
    lambda drawn: [
        Rule(f"r{number}", Query("", expression), zones=tuple(zone for zone in ZONES[:3] if zone in zones))  # type: ignore[misc]
        for number, (expression, zones) in enumerate(drawn)
    ]
)
texts = st.lists(st.sampled_from(("a", "b", "a", "b", *WORDS, "AB", "A", "ÇA", "东京", "-", "abcd")), max_size=9).map(
    " ".join
)
articles = st.builds(
    lambda headline, lead, body: Article(
        uri="u", source="s", headline=f"{headline} z", description=lead or None, body_text=body
    ),
    texts,
    texts,
    texts,
)


class Naive:
    """The language, word by word: slow, and plain to see that it is right."""

    def __init__(self, prepared: Prepared) -> None:
        self.pieces = []
        for zone in prepared.zones:
            folded = prepared.folded(zone)
            places = [(m, m + len(w)) for m, w in _words(folded.data)]
            original = [prepared.text(zone)[slice(*folded.original(*place))] for place in places]
            self.pieces.append((zone.name, folded.data.decode().split(), original))

    def holds(self, node: Expression, zones: tuple[str, ...]) -> bool:
        match node:
            case And() | Or() | AtLeast():
                needed = node.number if isinstance(node, AtLeast) else 1 if isinstance(node, Or) else len(node.members)
                return sum(self.holds(part, zones) for part in node.members) >= needed
            case Not():
                return not self.holds(node.part, zones)
            case In():
                return self.holds(node.part, (node.zone,))
            case _:
                return isinstance(node, Anything) or bool(list(self.places(node, zones)))

    def places(self, node: Expression, zones: tuple[str, ...]) -> Iterator[tuple[int, int, int]]:
        """(piece, first word, last word) of each occurrence."""
        match node:
            case Or():
                for part in node.members:
                    yield from self.places(part, zones)
            case In():
                yield from self.places(node.part, (node.zone,))
            case Near():
                yield from self.near(node, zones)
            case Term():
                yield from self.term(node, zones)

    def near(self, node: Near, zones: tuple[str, ...]) -> Iterator[tuple[int, int, int]]:
        for piece, first, last in self.places(node.left, zones):
            for other, other_first, other_last in self.places(node.right, zones):
                behind = 1 <= other_first - last <= node.distance
                before = not node.ordered and 1 <= first - other_last <= node.distance
                if piece == other and (behind or before):
                    yield piece, min(first, other_first), max(last, other_last)

    def term(self, node: Term, zones: tuple[str, ...]) -> Iterator[tuple[int, int, int]]:
        wanted = node.words.split()
        for number, (zone, words, original) in enumerate(self.pieces):
            for at in range(len(words) - len(wanted) + 1):
                here = slice(at, at + len(wanted))
                if zone in zones and _same(node, wanted, words[here], original[here]):
                    yield number, at, at + len(wanted) - 1


def _words(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 1
    for word in data.split():
        yield at, word
        at += len(word) + 1


def _same(term: Term, wanted: list[str], words: list[str], original: list[str]) -> bool:
    *front, last = wanted
    ends = words[-1].startswith(last) if term.prefix else words[-1] == last
    if words[:-1] != front or not ends:
        return False
    if term.exact is None:
        return True
    written = " ".join(original)
    return written.startswith(term.exact) if term.prefix else written == term.exact


@pytest.mark.usefixtures("about")
@given(rules, articles)
@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_fast_matcher_agrees_with_a_naive_one(drawn: list[Rule], article: Article) -> None:
    """Whatever the rules and the text: the same rules fire, and every span is a piece of the article."""
    verdict = RuleSet(drawn).judge(article, NOW)
    naive = Naive(prepare(article))
    assert [match.rule for match in verdict.matches] == [
        rule.id for rule in drawn if naive.holds(rule.match.expression, rule.zones)
    ]
    for match in verdict.matches:
        assert len(match.spans) <= 8
        for span in match.spans:
            assert getattr(article, span.field)[span.start : span.end] == span.text != ""
            assert len(span.context) <= 160


one_of_three = st.sets(st.sampled_from(WORDS[1:]), min_size=3, max_size=3).map(
    lambda words: Or(tuple(Term(fold(word).data.decode().strip(), word) for word in sorted(words)))
)


@pytest.mark.usefixtures("about")
@given(st.lists(st.lists(one_of_three, min_size=1, max_size=3), min_size=12, max_size=30), articles)
@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_many_rules_that_one_word_wakes_the_right_ones_fire(drawn: list[list[Or]], article: Article) -> None:
    """All ask for the word that is rarest among them, and for others besides: the same fire as by the naive matcher."""
    rules = [Rule(f"r{n}", Query("", And((Term("a", "a"), *parts)))) for n, parts in enumerate(drawn)]
    rules.append(Rule("alone", Query("", Term("a", "a"))))
    naive = Naive(prepare(article))
    assert [match.rule for match in RuleSet(rules).judge(article, NOW).matches] == [
        rule.id for rule in rules if naive.holds(rule.match.expression, rule.zones)
    ]


@pytest.mark.parametrize("missing", [None, "two", "four", "six", "eight"])
def test_every_one_of_many_needs_must_be_met(about: Callable[..., None], missing: str | None) -> None:
    """Words that all must be there: a rule is found by the rarest, and asked only if the others are there too."""
    about()
    wanted = ["two", "four", "six", "eight"]
    rules = load(f"version: 1\nrules: [{{id: r, match: {' AND '.join(wanted)}}}, {{id: s, match: six OR two}}]")
    article = Article(uri="u", source="s", headline=" ".join(word for word in wanted if word != missing))
    fired = [match.rule for match in rules.judge(article, NOW).matches]
    assert fired == (["s"] if missing else ["r", "s"])


@pytest.mark.parametrize("filler", ["x", "word" * 10, "word" * 100])
@pytest.mark.parametrize("distance", [1, 8, 100])
def test_distances_are_counted_in_words_however_long(filler: str, distance: int) -> None:
    """Up to the very number that NEAR allows, in either order, and past words that are nearer to neither."""
    near, ordered = (parse_query(f"left {operator}/{distance} right") for operator in ("NEAR", "ONEAR"))
    for between in (distance - 1, distance):
        words = ["left", *[filler] * between, "right"]
        holds = between < distance
        far = [filler] * 200
        for text in (words, [*far, *words, *far, "right"], ["left", *far, *words]):
            assert near.matches({"body": " ".join(text)}) is holds
            assert ordered.matches({"body": " ".join(text)}) is holds
            assert near.matches({"body": " ".join(reversed(text))}) is holds
            assert not ordered.matches({"body": " ".join(reversed(text))})


def test_spans_show_the_words_behind_a_rule(about: Callable[..., None]) -> None:
    """Both sides of NEAR and every word of AND, in reading order; nothing for what is absent."""
    about()
    rules = load("version: 1\nrules: [{id: r, match: '(troop* NEAR/3 sent) AND mali AND NOT film'}]")
    article = Article(uri="u", source="s", headline="Troops were sent", body_text="To Mali, troops went.")
    (match,) = rules.judge(article, NOW).matches
    assert [(span.field, span.text) for span in match.spans] == [
        ("headline", "Troops"),
        ("headline", "sent"),
        ("body_text", "Mali"),
    ]


@settings(max_examples=examples(60))
@given(
    words=st.lists(
        st.sampled_from(
            ["quake", "Quake's", "no-fly", "fly", "zone", "地震", "землетрясение\n", "\n\n", "café", "cafe"]
        )
    ),
    expression=st.sampled_from(
        ["quake", '"no fly" AND zone', "地震", "землетр*", "=Quake", "NOT quake AND zone", "café"]
    ),
)
def test_passing_over_articles_without_any_word_changes_no_verdict(words: list[str], expression: str) -> None:
    """The short cut of the live matcher says what the whole way says."""
    rules = load(f"version: 1\nrules:\n  - {{id: r, name: R, priority: urgent, match: '{expression}'}}\n")
    article = Article(
        uri="u", source="s", headline=" ".join(words[:3]) or "x", body_text=" ".join(words[3:]), published=NOW
    )
    whole = rules.judge(article, NOW, thorough=True)
    short = rules.judge(article, NOW)
    assert (short.outcome, short.matches) == (whole.outcome, whole.matches)
