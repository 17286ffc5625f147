"""Laws of rules, over random rules and texts: what is said points at its words; all who ask get one answer."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.alert import Why
from alerts.article import Article
from alerts.classify import candidate, reasons
from alerts.explain import explanation
from alerts.rules import SIGNALS, Query, RuleSet, load, parse_query
from alerts.rules.expression import Term
from alerts.rules.judgement import Stage
from alerts.rules.nearly import near_misses
from alerts.text import ZONES, fold
from alerts.verdict import Outcome, Span

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)  # a Sunday

RULES = load(
    """
version: 1
rules:
  - {id: plain, priority: urgent, match: 'earthquake* OR 地震 OR землетряс* OR ระเบิด OR "x y"'}
  - {id: near, priority: flash, match: 'earthquake NEAR/4 (athens OR تهران OR İzmir OR résumé)', max_age: 6h}
  - {id: held, match: 'earthquake OR blast', unless: 'film OR =WHO', unless_signals: all}
  - {id: doubted, match: 'blast NEAR/4 athens', unless_signals: [hypothetical]}
  - {id: there, match: 'headline:(blast OR earthquake)', regions: [GR, central-asia], languages: [en]}
  - {id: unknown, match: blast, regions: [JP], when_region_unknown: fire, hours: 22:00-13:00 UTC sun}
  - {id: denial, kind: retraction, match: hoax AND (blast OR earthquake)}
  - {id: absent, match: 'NOT earthquake AND 2 OF (blast, film, athens)', in: [body, byline]}
"""
)
TERMS = {
    rule.id: [Query("", node) for node in rule.match.expression.walk() if isinstance(node, Term)]
    for rule in RULES.rules
}
ASKED = [
    *("earthquake", "Earthquake’s", "EARTHQUAKE in", "blast", "Blast", "hoax", "film", "WHO", "who", "x y", "Athens"),
    *("تِهران", "İzmir", "I\u0307zmir", "re\u0301sume\u0301", "東京で地震", "землетрясение", "เกิดระเบิด", "𝐛𝐥𝐚𝐬𝐭", "ﬁlm"),
]
AROUND = [
    *(
        "no",
        "could",
        "Opinion:",
        "whether",
        "z",
        "Ἀθῆναι",
        "ﬃ",
        "co\u00adast",
        "ß",
        "İ",
        "e\u0301",
        "Kazakhstan",
        "Россия",
    ),
    *("…", "-", "\n\n", "\u200b", "Breaking News", "anniversary", "한국", "テロ"),
]
texts = st.just("") | st.lists(st.one_of(st.sampled_from(AROUND), st.sampled_from(ASKED)), max_size=8).map(" ".join)
articles = st.builds(
    lambda headline, lead, first, body, **rest: Article(
        uri="u",
        source="s.example",
        headline=f"{headline} .z",
        description=lead or None,
        body_text=f"{first}\n\n{body}",
        **rest,
    ),
    texts,
    texts,
    st.sampled_from(["", "It began.", "Es begann in Ἀθῆναι."]),
    texts,
    byline=st.sampled_from([None, None, "film blast"]),
    language=st.sampled_from(["en", "und", "es"]),
    published=st.sampled_from([None, NOON, NOON - timedelta(hours=9), NOON + timedelta(hours=1)]),
    embargoed=st.sampled_from([None, None, NOON + timedelta(hours=2)]),
    pubstatus=st.sampled_from(["usable", "usable", "usable", "canceled"]),
    signal=st.sampled_from([None, None, "update", "correction"]),
)


@given(articles)
@settings(max_examples=examples(250))
def test_every_reason_points_at_its_words(article: Article) -> None:
    """Of rules, regions and signals alike, whatever was folded: `field[start:end] == text`; a rule's are its terms."""
    verdict = RULES.judge(article, NOON, thorough=True)
    said = reasons(article, verdict)
    spans = [span for match in verdict.matches for span in match.spans]
    spans += [span for hit in (*verdict.regions, *verdict.mentioned) for span in hit.spans]
    spans += [span for signal in verdict.signals for span in signal.spans]
    assert not verdict.matches or spans
    places: list[Why | Span] = [*said, *spans]
    for place in places:
        text = getattr(article, place.field)
        assert text[place.start : place.end] == place.text != ""
        assert len(place.context) <= 160
    for match in verdict.matches:
        for span in match.spans:
            assert any(term.matches(dict.fromkeys(ZONES, span.text)) for term in TERMS[match.rule])


@given(articles)
@settings(max_examples=examples(250))
def test_explain_equals_the_live_decision(article: Article) -> None:
    """What `alerts explain` prints is what the classifier sends on: outcome, rules, priority, regions, reasons."""
    live, thorough = RULES.judge(article, NOON), RULES.judge(article, NOON, thorough=True)
    assert (live.outcome, live.matches, live.priority) == (thorough.outcome, thorough.matches, thorough.priority)
    line = explanation(article, thorough)
    sent = candidate(article, live, ruleset=RULES.hash, received=NOON, classified=NOON)
    assert line["outcome"] == sent.outcome
    assert line["rules"] == [match.rule for match in sent.matches]
    assert line["priority"] == (live.priority if live.outcome is Outcome.BREAKING else None)
    if live.fires:
        assert line["regions"] == [hit.model_dump() for hit in sent.regions]
        assert line["why"] == [why.model_dump(exclude_none=True) for why in sent.why]
    held_by = {signal.name for signal in live.signals}
    assert held_by <= {signal["name"] for signal in line["signals"]}


@given(articles)
@settings(max_examples=examples(250))
def test_explain_names_what_kept_each_rule_from_firing(article: Article) -> None:
    """A rule whose words are all there fires, or is listed with what is in its way: never neither, never both."""
    seen = RULES.look(article, NOON)
    whole = [RULES.rules[number] for number in RULES.matching(seen)]
    firing = {rule.id for rule in whole if rule.speaks(article.language) and seen.stage(rule) is Stage.FIRES}
    named = {miss.rule.id for miss in near_misses(RULES, article, NOON, at_most=len(RULES.rules)) if miss.whole}
    assert firing | named == {rule.id for rule in whole}
    assert not firing & named


ASCII_WORDS = ("ab", "aB1", "b", "c4i")
SEPARATORS = (" ", "  ", "-", "'", "_", "_", ".", "\n", "/", "&", "")
near_words = st.builds(
    lambda before, word, case, after: before + (word, word.upper(), word.title(), word.swapcase())[case] + after,
    st.sampled_from(["", "", "", "x", "9"]),
    st.sampled_from(ASCII_WORDS),
    st.integers(0, 3),
    st.sampled_from(["", "", "", "x", "9"]),
)
ascii_texts = st.lists(st.tuples(near_words, st.sampled_from(SEPARATORS)), max_size=4).map(
    lambda pairs: "".join(part for pair in pairs for part in pair)
)


@given(
    st.lists(st.sampled_from(ASCII_WORDS), min_size=1, max_size=2),
    st.booleans(),
    st.booleans(),
    ascii_texts,
    st.sampled_from(["é", "東", "İ", "и\u0306", "ﬁ"]),
)
@settings(max_examples=examples(1000))
def test_folding_never_changes_what_an_ascii_rule_matches(
    words: list[str],
    prefix: bool,  # noqa: FBT001 - drawn
    exact: bool,  # noqa: FBT001 - drawn
    text: str,
    bystander: str,
) -> None:
    """In an ASCII text it matches whole words by letters and digits, as a plain regular expression would.

    That the text holds a word of another script as well, so that it is folded the long way, makes no difference.
    """
    if prefix and len(words[-1]) < 2:
        return
    query = parse_query(f'{"=" if exact else ""}"{" ".join(words)}{"*" if prefix else ""}"')
    end = "" if prefix else "(?![A-Za-z0-9])"
    pattern = "(?<![A-Za-z0-9])" + "[^A-Za-z0-9]+".join(words) + end
    expected = re.search(pattern, text, 0 if exact else re.IGNORECASE) is not None
    for shown in (text, f"{text} {bystander}", f"{bystander} {text}"):
        assert query.matches({"headline": shown}) is expected
    for blank in ("…", "\u00a0", "—", "\u3000"):  # what is a space in ASCII may be set otherwise
        assert query.matches({"headline": text.replace(" ", blank)}) is expected
    assert fold(f"{text} é").data == fold(text).data.rstrip() + " é ".encode()


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


hours = st.builds(
    lambda start, end, zone, days: f"{start:02}:30-{end:02}:00 {zone} {days}".strip(),
    st.integers(0, 23),
    st.integers(0, 24),
    st.sampled_from(["UTC", "Europe/London", "Asia/Almaty"]),
    st.sampled_from(["", "mon-fri", "sat,sun", "fri-mon"]),
)
durations = st.sampled_from(["90s", "30m", "6h", "2d", "1h30m", "3d4h5m6s"])
names = st.text(max_size=6)
matches = st.sampled_from(
    [
        "*",
        "a",
        "=A",
        '"a bc*"',
        "NOT a",
        "a  OR\n b AND c",
        "(a OR b) NEAR/3 c",
        "2 OF (a, b, c)",
        "headline:(a OR é)",
        "地震",
    ]
)
sources = st.lists(st.sampled_from(["a.org", "B", "no"]), max_size=2)
rules = optional(
    name=names,
    kind=st.sampled_from(["alert", "retraction"]),
    topic=st.sampled_from(["conflict", "no", "1"]),
    media_topic=st.just("medtop:20000053"),
    priority=st.sampled_from(["flash", "bulletin", "urgent", "routine"]),
    unless=matches,
    unless_signals=st.one_of(st.just("all"), st.lists(st.sampled_from(SIGNALS), max_size=2)),
    **{"in": st.lists(st.sampled_from(["body", "headline", "lead", "source"]), min_size=1, max_size=3)},
    regions=st.lists(st.sampled_from(["NO", "UA-30", "central-asia", "eu"]), max_size=2),
    when_region_unknown=st.sampled_from(["skip", "fire"]),
    languages=st.lists(st.sampled_from(["en", "no", "pt-BR"]), max_size=2),
    sources=st.one_of(sources, optional(allow=sources, deny=sources)),
    max_age=durations,
    hours=hours,
    cooldown=durations,
    examples=optional(
        match=st.lists(
            st.one_of(names.map(lambda n: n + "x"), st.just({"headline": "h", "language": "en"})), max_size=2
        ),
        no_match=st.lists(names.map(lambda n: n + "y"), max_size=2),
    ),
)


@given(st.lists(st.tuples(matches, rules), max_size=3))
@settings(max_examples=examples(100))
def test_a_rule_set_survives_dump_and_load(drawn: list[tuple[str, dict[str, Any]]]) -> None:
    """Whatever its rules say: nothing is lost, the hash stays, and a second dump is the same text."""
    document = {
        "version": 1,
        "rules": [{"id": f"r{i}", "match": match, **rule} for i, (match, rule) in enumerate(drawn)],
    }
    loaded: RuleSet = load(yaml.safe_dump(document, allow_unicode=True))
    again = load(loaded.dump())
    assert again == loaded
    assert again.hash == loaded.hash
    assert [rule.examples for rule in again.rules] == [rule.examples for rule in loaded.rules]
    assert again.dump() == loaded.dump()
