"""Models made without a look at their values."""

from datetime import UTC, datetime

from alerts.alert import Identity, Region, Timing
from alerts.desk.item import Item
from alerts.desk.story import Story, Told
from alerts.made import maker

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_what_is_made_is_what_the_model_itself_makes() -> None:
    """It is equal, has the same fields in the same order, and is written alike."""
    item = Item(source="s", uri="u", seen=["a"])
    for made, built in (
        (maker(Item)(source="s", uri="u", seen=["a"]), item),
        (
            maker(Story)(news_at=NOON, items=[item], id="x", schema_=1),
            Story(news_at=NOON, items=[item], id="x", schema_=1),
        ),
        (maker(Region)(name="Chile", code="CL"), Region(code="CL", name="Chile")),
    ):
        assert made == built
        assert list(made.__dict__) == list(built.__dict__)
        assert made.model_dump_json() == built.model_dump_json()
        assert made.model_copy(update={}) == built


def test_lists_are_each_ones_own() -> None:
    """Two items made without `seen` do not share it."""
    make = maker(Item)
    one, other = make(source="s", uri="1"), make(source="s", uri="2")
    one.seen.append("a")
    assert other.seen == []


def test_plain_models_are_compared_by_type_and_fields() -> None:
    """And go into sets, as before."""
    assert Identity(source="s", uri="u") == Identity(source="s", uri="u") != Identity(source="s", uri="v")
    assert Timing() != Told()
    assert len({Told(toll=1), Told(toll=1), Told()}) == 2
