"""Marks in a text: nothing is lost, and where several lie over each other the most telling one is seen."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.marks import RANK, Role, runs
from alerts.verdict import Span

TEXTS = st.text(alphabet="ab 🌋é\n", min_size=1, max_size=30)
ROLES = st.sampled_from(sorted(RANK))


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, int, int, list[tuple[Span, Role]]]:
    text = draw(TEXTS)
    ends = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    start, end = draw(ends)
    spans = [Span("headline", at, to, text[at:to]) for at, to in draw(st.lists(ends, max_size=5))]
    return text, start, end, [(span, draw(ROLES)) for span in spans]


@given(marked())
@settings(max_examples=examples(300), deadline=None)
def test_runs_make_up_the_text_and_carry_the_highest_mark(case: tuple[str, int, int, list[tuple[Span, Role]]]) -> None:
    """Every character is in one run, in order, with the highest role of the spans that hold it; neighbours differ."""
    text, start, end, spans = case
    cut = list(runs(text, start, end, spans))
    assert "".join(words for words, _ in cut) == text[start:end]
    assert all(words for words, _ in cut)
    assert all(one[1] != other[1] for one, other in pairwise(cut))
    roles = [role for words, role in cut for _ in words]
    for at, role in enumerate(roles, start):
        over = [each for span, each in spans if span.start <= at < span.end]
        assert role == max(over, key=RANK.__getitem__, default=None)
