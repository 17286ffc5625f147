"""How names are written: scripts, accents, what stands in brackets."""

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher

_LATIN_FOR = dict(
    pair.split("=")
    for pair in (
        "а=a б=b в=v г=g ґ=g д=d е=e ё=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=h ц=ts ч=ch "
        "ш=sh щ=sh ъ= ы=y ь= э=e ю=yu я=ya і=i ї=yi є=ye ў=u қ=k ғ=g ү=u ұ=u ө=o ә=a ң=n һ=h ј=y"
    ).split()
)


def forms(name: str) -> Iterator[str]:
    """A name as texts have it: without what CLDR puts in brackets, and with it."""
    plain = re.sub(r"\s*[(\[（].*?[)\]）]", "", name).strip()
    yield plain
    for old, new in (("&", "and"), ("St.", "Saint"), ("Saint", "St."), ("St.", "St")):
        if old in plain:
            yield plain.replace(old, new)
    if re.search(r" (SAR|САР) ", plain):
        yield re.split(r" (?:SAR|САР) ", plain)[0]


def bare(name: str) -> str:
    """A Latin name without accents, as much of the press writes it; others as they are."""
    if script_of(name) != "LATIN":
        return name
    decomposed = unicodedata.normalize("NFD", name.translate(str.maketrans("ıøØłŁđĐ’ʻʼ", "ioOlLdD'''")))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def kebab(name: str) -> str:
    """`Sub-Saharan Africa` to `sub-saharan-africa`."""
    return re.sub(r"[^a-z]+", "-", name.lower()).strip("-")


def script_of(name: str) -> str:
    """The script of a name's first letter as Unicode's names have it."""
    letter = next((c for c in name if c.isalpha()), "")
    word = unicodedata.name(letter, "").partition(" ")[0] if letter else ""
    return {"HIRAGANA": "CJK", "KATAKANA": "CJK", "HANGUL": "CJK"}.get(word, word)


def is_alike(cyrillic: str, latin: str) -> bool:
    """Whether a Cyrillic name is the Latin one in other letters, rather than a former or a foreign name."""
    if script_of(cyrillic) != "CYRILLIC":
        return False
    spelled = "".join(_LATIN_FOR.get(letter, letter) for letter in cyrillic.lower())
    return SequenceMatcher(None, spelled, bare(latin).lower()).ratio() > 0.6


_BY = re.compile(r"[ -](?:am|an|a|bei|im|in|ob|vor|upon|on|sur|sous|lès|les|en|del|de|di|do|na|nad)[ -]")


def is_short(short: str, name: str) -> bool:
    """Whether a name is the other without its river or region: `Ludwigshafen` for `Ludwigshafen am Rhein`."""
    return name.startswith(short) and len(short) > 3 and _BY.match(name, len(short)) is not None


def is_romanisation(other: str, name: str) -> bool:
    """Whether a Latin name is the other one, spelled by other rules: `Kryvyi Rih` for `Kryvyy Rih`."""
    if script_of(other) != "LATIN" or len(other) < 5 or bare(other) == bare(name) or not other[0].isupper():
        return False
    return SequenceMatcher(None, _plain(other), _plain(name)).ratio() >= 0.75


def _plain(name: str) -> str:
    return "".join(filter(str.isalpha, bare(name).lower()))
