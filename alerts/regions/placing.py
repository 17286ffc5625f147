"""How languages say that something is in, at or from a place: a preposition, the kind of place, a case."""

import re

_PREPOSITIONS = {
    "en": "in|at|near|from|off|outside|around|to|across|of|over|into|towards?",
    "ru": (
        r"г\.|город\w*|штат\w*|столиц\w*|област\w*|провинци\w*|остров\w*|"
        "в|во|на|из|под|около|близ|к|до|через|над|у|от|по"
    ),
    "uk": (
        r"м\.|міст\w*|штат\w*|столиц\w*|област\w*|провінці\w*|остр[ои]в\w*|"
        "у|в|на|з|із|зі|до|від|біля|під|над|через|по"
    ),
    "be": "у|ў|на|з|да|ад|каля|пад",
    "de": "in|im|aus|bei|nach|von|um|vor|nahe",
    "fr": "à|en|de|au|aux|vers|dans|depuis",
    "es": "en|de|a|desde|hacia|cerca de",
    "it": "a|ad|in|da|di|presso",
    "pt": "em|de|no|na|para|desde",
    "nl": "in|uit|bij|naar|van|te|nabij",
    "pl": "w|we|na|z|ze|do|pod|koło|od",
}
_BEFORE = {
    language: re.compile(rf"(?:^|\W)(?:{words})[ \u00a0]$", re.IGNORECASE) for language, words in _PREPOSITIONS.items()
}
_SEATS = {
    "en": "in|near|off|outside",
    "de": "in|bei|nahe",
    "fr": "à|près de",
    "es": "en|cerca de",
    "it": "a|ad|presso",
    "pt": "em|perto de",
    "nl": "in|bij|nabij",
    "pl": "w|we|koło",
    "ru": "в|во|под|близ|около",
    "uk": "у|в|під|біля|поблизу",
}
_SEATED = {language: re.compile(rf"(?:^|\W)(?:{words})[ \u00a0]$", re.IGNORECASE) for language, words in _SEATS.items()}
_REACH = 16
"""How far before a name a preposition may begin, in code points."""

_THINGS = re.compile(
    r"[ \u00a0](?:(?:mayor|police|sheriff|residents?|firefighters?|suburbs?|neighbou?rhoods?|prison|jail|courthouse|"
    r"synagogue|mosque|nightclub|shopping|mall|favelas?|island)"
    r"|(governor|gov|lawmakers?|legislature|legislators?|senators?|senate|troopers?|officials|authorities|"
    r"prosecutors?|gangs?|coast|coastline|shore|border|bar|man|men|woman|women|mother|father|couple|teen|teenager|"
    r"voters?|town|village|highway|interstate|church|school|wildfires?|fires?|floods?|flooding|earthquake|quake|"
    r"storms?|blizzard|tornado(?:es)?|hurricane|landslide|shootings?|stabbing|massacre|explosion|blast|crash|"
    r"derailment|protests?|riots?|primary|runoff|election))\b",
    re.IGNORECASE,
)
"""What a place has. Group 1: what a person of that name may be said to have as well, so that it tells of no town."""

_TURKIC = frozenset({"kk", "ky"})
_BEHIND = re.compile(r"[ \u00a0](?:қала|облыс|облус|шаар|аудан|ауыл|кент|штат|провинция)")
_TURKISH = frozenset({"tr", "az"})
_TURKISH_CASE = re.compile(r"['\u2019]?(?:[dt][ae\u0259]n?|y?[ae\u0259])(?:k[iı])?\b")
_CASE = re.compile(r"(?:[дт][аеоө](?:н|ғы|гі|гы|ги)?|[нт][ае]н|[гғқк][аеоө])$")


_ANEW = re.compile(
    r"(?:^|\W)(?:Nueva|Nuevo|Nova|Novo|Nuova|Nuovo|Nouvelle|Nouveau|Neue?|Nieuwe?|Now[aey]|Nowej|Nowego|Nowym|Yeni|"
    r"Нов(?:ый|ая|ое|ой|ую|ого|ом|ому|ым|ий|а|е|ої|ій|у|ою|ому))[ \u00a0-]$"
)
_TOWNSHIP = re.compile(r"[ \u00a0](?:Township|Twp)\b")


def is_american_unit(text: str, to: int) -> bool:
    """Whether the name before `to` is a unit's that only North America has: `Bath Township` is not Bath."""
    return _TOWNSHIP.match(text, to) is not None


def is_founded_anew(text: str, at: int) -> bool:
    """Whether the town at `at` is not the one of that name: `Nova Odessa`, where the whole is a name we do not know."""
    return _ANEW.search(text, max(0, at - _REACH), at) is not None


def is_placed(text: str, at: int, to: int, stem: int, language: str) -> bool:
    """Whether the name at `text[at:to]`, of which `stem` code points are its stem, is said to be where something is."""
    if language in _TURKIC:
        return _CASE.search(text, at + stem, to) is not None or _BEHIND.match(text, to) is not None
    if language in _TURKISH:
        return _TURKISH_CASE.match(text, at + stem) is not None
    before = _BEFORE.get(language, _BEFORE["en"])
    return before.search(text, max(0, at - _REACH), at) is not None


def is_seat(text: str, at: int, to: int, language: str) -> bool:
    """Whether something is said to be in or near the name at `text[at:to]`, not just of it, and not of what it has."""
    before = _SEATED.get("en" if language == "und" else language)
    if before is None or text.startswith(("'s", "\u2019s"), to):
        return False
    return before.search(text, max(0, at - _REACH), at) is not None


def has_things(text: str, to: int, *, is_state: bool) -> bool:
    """Whether English names right behind `text[..to]` what places have: `Montana voters`, `Goa nightclub`.

    A state has more than a town: a "Jackson shooting" may be a Mr Jackson's, a "Virginia shooting" is in Virginia.
    """
    behind = _THINGS.match(text, to)
    return behind is not None and (is_state or behind.group(1) is None)
