"""Which names are places at all: capitals, small towns, states that are given names, initials."""

import pytest
from support.placed import about, codes


@pytest.mark.parametrize(
    ("headline", "expected"),
    [("Earthquake strikes Lima", ["PE"]), ("Earthquake strikes Tunis", ["TN"]), ("Fire in Ulaanbaatar", ["MN"])],
)
def test_a_capital_is_known_wherever_its_name_stands(headline: str, expected: list[str]) -> None:
    """Also one whose name is somebody's, or has other spellings."""
    assert about(headline, language="en") == expected


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("Explosion at chemical plant in Ludwigshafen", ["DE"]),
        ("Gunman opens fire at school in Beslan", ["RU"]),
        ("Missile hits block of flats in Kryvyi Rih", ["UA"]),
        ("Air strike hits camp in Jabalia", ["PS"]),
        ("Several dead after explosion near Halabja", ["IQ"]),
        ("Defendant arrested near Obama's home", []),
        ("Crypto Traders Drop Sharply in Retreat", []),
        ("Canada will be its own best customer, says Carney", ["CA"]),
    ],
)
def test_a_small_town_without_namesakes_is_meant_where_something_is_in_it(headline: str, expected: list[str]) -> None:
    """A preposition and a capital letter in a sentence: many such names are surnames and words besides."""
    assert about(headline) == expected


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("Montana ranger shot dead at trailhead as governor flies in", set()),
        ("Montana troopers search for gunman", {"US", "US-MT"}),
        ("Tanker runs aground off Virginia", {"US", "US-VA"}),
        ("Virginia coast evacuated before storm", {"US", "US-VA"}),
        ("Virginia Holloway, soul singer, dies at 81", set()),
        ("Jackson shooting: what his lawyer says", set()),
        ("Victoria wildfires jump highway", {"AU", "AU-VIC"}),
        ("Obama officials summoned", set()),
        ("Rio police kill nine in raid", {"BR", "BR-RJ"}),
        ("Rio Tinto shuts smelter after blast", set()),
        ("Eleven dead in N.C. flood", {"US", "US-NC"}),
        ("N.Y. subway fire injures 12", {"US", "US-NY"}),
        ("NYC steam pipe explodes", {"US", "US-NY"}),
        ("NY Times staff walk out", set()),
        ("Fed cuts rates by half a point", {"US"}),
        ("Fed up commuters block bridge", set()),
        ("Gunshots reported at Stanford University", {"US", "US-CA"}),
        ("Ferry sinks in the Red Sea", set()),
        ("Fire in Bath Township", set()),
        ("Fire in Bath", {"GB", "GB-ENG"}),
        ("Taylor Modena, singer, sentenced", set()),
    ],
)
def test_what_a_place_has_tells_a_place_from_a_person(headline: str, expected: set[str]) -> None:
    """A state that is also a given name is one where it has voters or a coast; initials and campuses are known."""
    assert codes(headline) == expected


def test_a_county_of_a_common_name_is_where_the_text_is() -> None:
    """Orange County is California's, if nothing says otherwise."""
    assert "US-CA" in codes("Orange County evacuated as fire spreads")
    assert "US-CA" not in codes("Orange County evacuated as storm reaches Florida")


def test_a_small_town_is_not_meant_far_down_in_a_text_about_another_country() -> None:
    """There may be a namesake that is too small to be known: `Nyanza` in a report from Kenya."""
    body = "KISUMU, Kenya - Officials in Kenya met on Friday.\n\nThere was flooding in Nyanza, they said."
    assert about("Kenya counts its dead", body) == ["KE"]
    assert about("Flood sweeps away bridge in Nyanza") == ["RW"]
