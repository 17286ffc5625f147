"""Names of places in the cases of Russian, Ukrainian, Kazakh and their kin: a stem, and the endings that may follow it.

No dictionary: an ending is accepted if the language has it at all. What stands before it is a stem of the gazetteer
that begins with a capital letter, so a false friend would have to be both.
"""

import re
from collections.abc import Iterator

# Case endings of nouns and adjectives, Russian, Ukrainian and Belarusian together.
_SLAVIC = (
    "а|у|ю|я|е|э|є|и|і|ї|ы|о|ой|ей|ою|ею|єю|ию|ія|ії|ію|ією|ом|ем|єм|ам|ям|ами|ями|ах|ях|ов|ів|їв|ій|ий|ь|ью|"
    "ого|ому|им|ым|ую|ых|их|ыми|ими|ая|яя|ое|ые|ие|ый|ої|ій"
)
# Kazakh and Kyrgyz: from, of, to, in, with; `-дық` makes the adjective or the inhabitant, which takes cases again.
_TURKIC = (
    "(?:[лдт][ыі]қ|[лдт]ік|[лдт]үк|[лдт]ук)?(?:[лдт][ае]р)?(?:сы|сі|ы|і)?"
    "(?:[ндт][ыі]ң|[ндт]ін|[ндт]ин|ға|ге|қа|ке|на|не|[дтн][ыі]|н|да|де|та|те|нда|нде|[дтн][ае]н|н[ае]н|мен|бен|пен|[дт]ағы|[дт]егі|ндағы|ндегі)?"
)
_ENDINGS = re.compile(f"(?:{_SLAVIC}|{_TURKIC})")

_ADJECTIVE = re.compile(r"(?:ая|яя|ий|ый|ой|ое|ые|ие)$")
_ADJECTIVES = {
    "ая": ("ая", "ой", "ую", "ою"),
    "яя": ("яя", "ей", "юю"),
    "ий": ("ий", "ого", "ому", "им", "ом", "его", "ему", "ем"),
    "ый": ("ый", "ого", "ому", "ым", "ом"),
    "ой": ("ой", "ого", "ому", "ым", "ом"),
    "ое": ("ое", "ого", "ому", "ым", "ом"),
    "ые": ("ые", "ых", "ым", "ыми"),
    "ие": ("ие", "их", "им", "ими"),
}
# Ukrainian adjectives: `Південна Корея`, `Південної Кореї`; only before another word.
_UKRAINIAN = {"на": ("на", "ної", "ній", "ну", "ною"), "ська": ("ська", "ської", "ській", "ську", "ською")}
_SHORTEST = 4


def is_ending(text: str) -> bool:
    """Whether this, folded, may follow a stem."""
    return _ENDINGS.fullmatch(text) is not None


def stem(name: str) -> Iterator[str]:
    """The stems of a Cyrillic name: its last word without the ending, each earlier adjective in every case.

    A name too short to lose its ending safely has none.
    """
    *first, last = name.split()
    cut = re.sub("[аяыиьйео]$", "", last)
    if len(cut) < _SHORTEST or last.isupper():
        return
    for before in _declined(first):
        yield " ".join([*before, cut])


def _declined(words: list[str]) -> Iterator[list[str]]:
    if not words:
        yield []
        return
    for rest in _declined(words[1:]):
        for form in _cases(words[0]):
            yield [form, *rest]


def _cases(word: str) -> Iterator[str]:
    for ending, others in (*_ADJECTIVES.items(), *_UKRAINIAN.items()):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            yield from (word[: -len(ending)] + other for other in others)
            return
    yield word
