"""What is a copy of what, as the store decides it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples
from unit.copies.factories import NOW, STORY, make_article, make_claim

from alerts.alert import Identity
from alerts.copies import Answer, Claim, Memory, is_copy, sketch_of
from alerts.copies.memory import MOST_ENTRIES

ORIGINAL = Identity(source="a.example", uri="u:1")
OTHER: dict[str, Any] = {"uri": "u:2", "source": "b.example"}
MORE = (
    "Rescue teams searched all night with dogs and lamps, and found a family alive on the roof of a school near the "
    "old mill. The regional hospital asked for blood. Trains between Valdora and Pelasgo were stopped until Thursday, "
    "the railway said, since a bridge may have been undermined by the flood that followed."
)
SHORT = (
    "Rebels took the airport of Valdora on Monday morning, residents of the town said by phone, and planes were "
    "burning on the runway."
)


def label(first: dict[str, Any], second: dict[str, Any]) -> Identity | None:
    """What the second is labelled with after the first."""
    memory = Memory()
    assert memory.check(make_claim(**first)).copy_of is None
    return memory.check(make_claim(**{**OTHER, **second})).copy_of


COPIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the same text under another headline": ({}, {"headline": "Fourteen missing after flood in Tamin valley"}),
    "lightly edited": ({}, {"body_text": STORY.replace("brought", "came with").replace("said Ines", "said Ms. Ines")}),
    "cut": ({"body_text": f"{STORY} {MORE}"}, {}),
    "with more behind": ({"body_text": STORY}, {"body_text": f"{STORY} {MORE}"}),
    "in capitals": ({}, {"body_text": STORY.upper()}),
    "the same page, rewritten headline": (
        {"body_text": "", "url": "https://a.example/dam", "headline": "Valdora dam gives way"},
        {"body_text": "", "url": "http://www.a.example/dam?utm_source=x", "headline": "Flood in the Tamin valley"},
    ),
    "the same headline and no text": (
        {"body_text": "", "headline": "Dam breaks above the town of Valdora"},
        {"body_text": "", "headline": "LIVE: Dam breaks above the town of Valdora"},
    ),
    "a short text, headlines alike": (
        {"body_text": SHORT, "headline": "Rebels take airport"},
        {"body_text": SHORT, "headline": "Valdora airport falls to rebels"},
    ),
}
LOOKALIKES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "other numbers": ({}, {"body_text": STORY.replace("14", "31").replace("2,300", "900").replace("three", "nine")}),
    "other names": (
        {},
        {
            "body_text": STORY.replace("Valdora", "Ostrel")
            .replace("Corvia", "Lunde")
            .replace("Pelasgo", "Marn")
            .replace("Tamin", "Ober")
        },
    ),
    "another toll in the headline": ({"headline": "14 missing in Valdora"}, {"headline": "31 missing in Valdora"}),
    "another text under one headline": (
        {"headline": "What we know about the flood"},
        {"headline": "What we know about the flood", "body_text": MORE},
    ),
    "another text without names or numbers under one headline": (
        {"headline": "What we know about the flood"},
        {
            "headline": "What we know about the flood",
            "body_text": "many people came to see how high the water was " * 4,
        },
    ),
    "the same words two days later": ({}, {"published": NOW - timedelta(hours=49)}),
    "the same headline a day later, no text": (
        {"body_text": "", "headline": "Bank leaves interest rates where they are"},
        {
            "body_text": "",
            "headline": "Bank leaves interest rates where they are",
            "published": NOW - timedelta(hours=23),
        },
    ),
    "a page that moved on to other news": (
        {"url": "https://a.example/live"},
        {"url": "https://a.example/live", "body_text": MORE},
    ),
    "only a line that says that more follows": (
        {"headline": "Blast at refinery", "body_text": "More follows. " * 12},
        {"headline": "Gunman opens fire", "body_text": "More follows. " * 12},
    ),
    "a short headline": (
        {"body_text": "", "headline": "Quake in Peru"},
        {"body_text": "", "headline": "Quake in Peru"},
    ),
}


@pytest.mark.parametrize(("first", "second"), COPIES.values(), ids=list(COPIES))
def test_a_copy_is_labelled(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Whatever a desk does to an agency's text, it is the agency's."""
    assert label(first, second) == ORIGINAL


@pytest.mark.parametrize(("first", "second"), LOOKALIKES.values(), ids=list(LOOKALIKES))
def test_a_look_alike_is_not_labelled(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Labelled, it would be folded into the other's alert, and nobody would hear of it."""
    assert label(first, second) is None


def test_a_snap_is_no_copy_of_the_story_that_follows() -> None:
    """The story says far more: what is new in it must be heard."""
    snap = sketch_of(make_article(body_text=" ".join(STORY.split()[:27])), NOW)
    story = sketch_of(make_article(**OTHER, body_text=f"{STORY} {MORE}"), NOW)
    assert snap.words
    assert not is_copy(snap, story, "b")


def test_copies_of_a_copy_are_copies_of_the_original() -> None:
    """By address to the first, by text to the second: the owner is the first."""
    memory = Memory()
    memory.check(make_claim(body_text="", url="https://a.example/dam"))
    memory.check(make_claim(**OTHER, url="https://a.example/dam"))
    assert memory.check(make_claim(uri="u:3", headline="Other words")).copy_of == ORIGINAL


def test_a_chain_of_small_edits_ends() -> None:
    """Each text is like the one before; one that is no longer like the first is no copy of the first."""
    memory = Memory()
    words, fresh = STORY.split(), iter(f"word{n}" for n in range(100))
    labels = []
    for n in range(6):
        labels.append(memory.check(make_claim(uri=f"u:{n}", headline="-", body_text=" ".join(words))).copy_of)
        words[n * 6 : n * 6 + 6] = [next(fresh) for _ in range(6)]
    first = Identity(source="a.example", uri="u:0")
    assert labels[:3] == [None, first, first]
    assert first not in labels[4:]


def test_a_later_version_is_no_copy_of_itself() -> None:
    """Nor of what copies it."""
    memory = Memory()
    memory.check(make_claim(version="1"))
    memory.check(make_claim(**OTHER))
    assert memory.check(make_claim(version="2", headline="Dam breaks, 14 missing")) == Answer()


def test_what_does_not_fire_is_neither_labelled_nor_an_original() -> None:
    """The first that the desk hears of is the original."""
    memory = Memory()
    memory.check(make_claim(copies=False))
    assert memory.check(make_claim(**OTHER)).copy_of is None
    assert memory.check(make_claim(uri="u:3")).copy_of == Identity(**OTHER)


def test_a_text_that_comes_back_after_another_one_is_no_repeat() -> None:
    """Usable, withheld, usable again under one version: the third must reach the desk."""
    memory = Memory()
    usable, withheld = (make_claim(pubstatus=status) for status in ("usable", "withheld"))
    for claim in (usable, withheld, usable):
        answer = memory.check(claim)
        assert not answer.done
        memory.confirm(claim)
    assert memory.check(usable).done


def test_a_template_keeps_no_more_than_its_last_texts() -> None:
    """A key cannot grow without bound: of a daily report under one address the last eight are kept."""
    memory = Memory()
    for n in range(MOST_ENTRIES + 3):
        body = " ".join(f"w{n}x{k}" for k in range(40))
        memory.check(make_claim(uri=f"u:{n}", url="https://a.example/x", body_text=body, headline=f"{n}"))
    assert max(map(len, memory._entries.values())) == MOST_ENTRIES


_FIELDS = st.fixed_dictionaries(
    {
        "uri": st.sampled_from(["u:1", "u:2", "u:3", "u:4"]),
        "headline": st.sampled_from(["Dam breaks above the town of Valdora", "14 missing", "31 missing in Valdora"]),
        "body_text": st.sampled_from(["", STORY, STORY[:280], f"{STORY} {MORE}", MORE, STORY.replace("14", "31")]),
        "url": st.sampled_from([None, "https://a.example/1", "https://a.example/2"]),
    }
)


@given(st.lists(_FIELDS, max_size=12))
@settings(max_examples=examples(60))
def test_asking_again_gives_the_same_answer(feed: list[dict[str, Any]]) -> None:
    """A client that lost a reply asks again, at once or after others: nothing becomes its own copy."""
    memory = Memory()
    last: dict[str, tuple[Claim, Answer]] = {}
    for claim in (make_claim(**fields) for fields in feed):
        answer = memory.check(claim)
        assert memory.check(claim) == answer
        assert answer.copy_of != claim.identity
        last[claim.version] = claim, answer
    for claim, answer in last.values():
        assert memory.check(claim) == answer


@given(_FIELDS, _FIELDS, st.sampled_from(["u", "h", "b"]))
@settings(max_examples=examples(60))
def test_likeness_is_mutual(one: dict[str, Any], other: dict[str, Any], kind: Any) -> None:
    """Whichever comes first, the other is its copy."""
    first, second = (sketch_of(make_article(**fields), NOW) for fields in (one, other))
    if kind == "b" and not (first.words and second.words):
        return
    assert is_copy(first, second, kind) == is_copy(second, first, kind)
