"""Tables of terms that are looked into at random."""

import sys
from typing import Any

from alerts.alert import Reading
from alerts.desk.events.features import Features
from alerts.desk.events.index import Events
from alerts.desk.events.signature import Signature
from alerts.desk.events.table import keeping_hashes

TERMS = {f"term{number}": number for number in range(72)}


def keeps_hashes(table: dict[str, int]) -> bool:
    """Whether a key that is no text makes no other table of it; there is no other way to tell."""
    other: dict[Any, int] = dict(table)
    before = sys.getsizeof(other)
    other[None] = 0
    return sys.getsizeof(other) == before


def test_a_table_that_keeps_hashes_is_the_same_table() -> None:
    """Nothing of what makes it one stays in it."""
    kept = keeping_hashes(dict(TERMS))
    assert kept == TERMS
    assert list(kept) == list(TERMS)
    assert keeps_hashes(kept)
    assert not keeps_hashes(dict(TERMS))


def test_the_terms_of_all_stories_are_in_such_tables() -> None:
    """New ones, grown ones, and those read back from `desk.state`."""
    features = Features(terms=TERMS)
    weights = Events().weigh(features)
    story = Signature.of(features, weights)
    grown = story.joined(features, Events().weigh(Features(terms={"other": 100})))
    restored = Signature.model_validate_json(grown.model_dump_json())
    assert restored == grown
    assert [keeps_hashes(one.all) for one in (story, grown, restored)] == [True] * 3
    assert not keeps_hashes(Reading(edition="", terms=TERMS).terms)
