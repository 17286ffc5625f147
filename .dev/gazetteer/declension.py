"""Stems of names in inflected languages, with the class of endings that each takes (`alerts/regions/inflection.py`)."""

import re
from collections.abc import Iterator

from gazetteer.tables import table

Stem = tuple[str, str]
"""A stem and its classes of endings; no classes: a whole word."""

EAST_SLAVIC = frozenset("ru uk be".split())
_SLAVIC = EAST_SLAVIC | frozenset("bg mk sr cyrillic".split())
_TURKIC = frozenset("kk ky".split())
_TURKISH = frozenset("tr az uz".split())
_SHORTEST = 3

# Adjectives before a noun, in the same case as it: nominative, genitive, dative, accusative,
# instrumental, prepositional.
_ADJECTIVES = {
    "ru": ("ая ой ой ую ой ой", "яя ей ей юю ей ей", "ий ого ому ий им ом", "ый ого ому ый ым ом", "ие их им ие ими их",
           "ые ых ым ые ыми ых", "ой ого ому ой ым ом", "ое ого ому ое ым ом"),
    "uk": ("а ої ій у ою ій", "ий ого ому ий им ому", "і их им і ими их", "е ого ому е им ому", "я ьої ій ю ьою ій"),
    "be": ("ая ай ай ую ай ай", "ыя ых ым ыя ымі ых", "ія іх ім ія імі іх", "ы ага аму ы ым ым", "і ага аму і ім ім"),
    "pl": ("a iej iej ą ą iej", "a ej ej ą ą ej", "e ych ym e ymi ych", "ie ich im ie imi ich"),
}  # fmt: skip
_ADJECTIVE_ENDS = {
    "ru": re.compile(r"(?:ная|кая|лая|рая|вая|шая|ний|кий|ный|рый|вый|лый|ской|ное|кое|ные|кие|няя|тые|нные)$"),
    "uk": re.compile(r"(?:на|ська|ева|ова|ний|ський|нова|ні|ські|не|ське|лика|ені|ана|дня)$"),
    "be": re.compile(r"(?:ная|кая|вая|ныя|кія|ны|кі)$"),
    "pl": re.compile(r"(?:ka|na|wa|ne|kie|ka|sza)$"),
}


# What becomes of the end of a Polish name in its cases.
_POLISH_STEMS = (
    # The consonant before the locative's -e softens: Polska, Polsce; Ameryka, Ameryce; Bagdad, Bagdadzie.
    ("zna", "źnie", ""),
    *(("ka", "ce", ""), ("ga", "dze", ""), ("ra", "rze", ""), ("ta", "cie", ""), ("da", "dzie", ""), ("ła", "le", "")),
    *(("d", "dzie", ""), ("t", "cie", ""), ("st", "ście", ""), ("r", "rze", ""), ("ł", "le", "")),
    # Soft ones are written with an i: Poznań, Poznania; Wrocław, Wrocławia.
    *(("ń", "ni", "P"), ("ć", "ci", "P"), ("ś", "si", "P"), ("ź", "zi", "P"), ("aw", "awi", "P")),
    # A vowel changes or goes: Kraków, Krakowa; Sosnowiec, Sosnowca; Włocławek, Włocławka.
    *(("ów", "ow", "P"), ("iec", "c", "P"), ("ek", "k", "P")),
)
_UKRAINIAN_LOCATIVES = (("ка", "ці"), ("га", "зі"), ("ха", "сі"), ("к", "ці"), ("г", "зі"), ("х", "сі"))


def stems(name: str, language: str) -> Iterator[Stem]:
    """What to look for instead of a name that is declined: nothing where it is not, or is too short to cut."""
    *first, last = name.split()
    if last.isupper() or (len(name) < _SHORTEST and language != "ko"):
        return
    for stem, kinds in _noun(last, language):
        for before in _before(first, language):
            yield " ".join([*before, stem]), kinds


def _noun(word: str, language: str) -> Iterator[Stem]:
    if language in _SLAVIC:
        yield from _slavic(word, language)
    elif language in _TURKIC:
        yield word, "t"
    elif language == "tg":
        yield word, "g"
    elif language == "ko":
        yield word, "k"
    elif language in _TURKISH and len(word) > _SHORTEST:
        yield word, "l"
    elif language == "el":
        yield re.sub("[αηοςάήό]{1,2}$", "", word), "e"
    elif language == "pl":
        yield from _polish(word)
    elif language == "de" and word[-1] not in "sßxz" and len(word) > _SHORTEST:
        yield word, "S"


def _slavic(word: str, language: str) -> Iterator[Stem]:
    if language == "uk":
        for ending, soft in _UKRAINIAN_LOCATIVES:
            if word.endswith(ending) and len(word) > _SHORTEST:
                yield word[: -len(ending)] + soft, ""
                break
    ends = {"а": "f", "я": "j", "й": "i", "ь": "m", "ы": "p", "ї": "p"} | ({"и": "p"} if language == "uk" else {})
    kind = ends.get(word[-1])
    if re.search("[аеёиоуыэюяі]а$", word):
        return  # Самоа, Никарагуа
    if kind and len(word) > _SHORTEST:
        yield word[:-1], kind
    elif word[-1] not in "аеёиоуыэюяіїєў":
        yield word, "c"
        # The last vowel goes: Харків, Харкова; Чернігів, Чернігова.
        if word.endswith(("ів", "їв")) and language in {"uk", "cyrillic"}:
            yield word[:-2] + ("єв" if word.endswith("їв") else "ов"), "c"
    elif word.endswith(("цо", "сько", "про")) and language in {"uk", "cyrillic"}:
        yield word[:-1], "o"


def _polish(word: str) -> Iterator[Stem]:
    if word[-1] == "a" and len(word) > _SHORTEST:
        yield word[:-1], "F"
    elif word[-1] in "iye" and len(word) > _SHORTEST:
        yield word[:-1], "P"
    elif word[-1] not in "aou":
        yield word, "P"
    for ending, stem, kinds in _POLISH_STEMS:
        if word.endswith(ending) and len(word) > _SHORTEST:
            yield word[: -len(ending)] + stem, kinds


def _before(words: list[str], language: str) -> list[list[str]]:
    """The words before the noun in each case; all that are no adjectives stay as they are."""
    paradigms = [_paradigm(word, language) for word in words]
    cases = [[forms[min(case, len(forms) - 1)] for forms in paradigms] for case in range(6)]
    return [list(words) for words in dict.fromkeys(map(tuple, cases))]


def _paradigm(word: str, language: str) -> list[str]:
    adjective = _ADJECTIVE_ENDS.get(language)
    if adjective is None or not adjective.search(word):
        return [word]
    for endings in _ADJECTIVES[language]:
        nominative, *_ = cases = endings.split()
        if word.endswith(nominative):
            return [word[: -len(nominative)] + case for case in cases]
    return [word]


def peoples(language: str) -> Iterator[tuple[str, list[str]]]:
    """Code -> the adjectives and inhabitants of a land as the table of the language has them."""
    yield from table(f"peoples/{language}.txt")


_PLAIN = {"kk": "t", "ky": "t", "de": "G", "tr": "l", "az": "l", "uz": "l", "ko": "k", "el": "e"} | dict.fromkeys(
    ("fr", "es", "it", "pt"), "R"
)
"""Languages whose adjectives and people take their endings at the end of the word: the class."""


def derived(word: str, language: str) -> Iterator[Stem]:
    """The stems of an adjective or of a name of people."""
    if language in EAST_SLAVIC:
        yield from _east_slavic_people(word, language)
    elif language == "pl":
        yield (word[:-1], "A") if re.search(r"[cdsz]ki$", word) else (word.removesuffix("a"), "B")
        if word.endswith("ec"):
            yield word[:-2] + "c", "B"
    elif language == "ar":
        for front in ("", "ال", "وال", "بال", "لل", "فال", "كال", "و", "ب", "ل"):
            yield f"{front}{word}ي", "n"
    else:
        yield word, _PLAIN.get(language, "")


def relational(name: str, language: str) -> Iterator[Stem]:
    """The adjective that every town or state of some fame has: `бостонский`, `варшавский`, `калифорнийский`."""
    name = name.lower()
    if language in _TURKIC:
        yield name + _turkic_adjective(name), "t"
    if language not in {"ru", "uk"} or " " in name or len(name) < 5:
        return
    soft = "ск" if language == "ru" else "ськ"
    if name.endswith(("ия", "ія")):
        yield name[:-1] + "й" + soft, "a"
    elif name[-1] in "аы" or (name[-1] == "и" and language == "uk"):
        yield name[:-1] + soft, "a"
    elif name.endswith(("ль", "мь", "нь", "рь")):
        yield name.removesuffix("ь") + ("ь" if name.endswith("ль") else "") + soft, "a"
    elif name.endswith(("ск", "цк")):
        yield name if language == "ru" else name[:-1] + "ьк", "a"
    elif name[-1] not in "аеёиоуыэюяіїєйьчк":
        if language == "uk" and name[-1] in "гжз":
            yield name[:-1] + "зьк", "a"
        else:
            yield name.removesuffix("с" if language == "uk" else "") + soft, "a"


def _turkic_adjective(name: str) -> str:
    vowels = [letter for letter in name if letter in "аоұыяёәеөүіэ"]
    is_front = bool(vowels) and vowels[-1] in "әеөүіэ"
    last = name[-1]
    first = "л" if last in "аоұыуяёюәеөүіэирлй" else "д" if last in "мнңзжбвгд" else "т"
    return first + ("ік" if is_front else "ық")


def _east_slavic_people(word: str, language: str) -> Iterator[Stem]:
    man, soft = ("ец", "ск") if language == "ru" else ("ець", "ськ")
    if word.endswith("+"):
        base = word[:-1]
        short = base.removesuffix("ь")
        yield base + soft, "a"
        yield from _man(short.removesuffix("й") + ("є" + man[1:] if base.endswith("й") and language == "uk" else man))
        yield from _east_slavic_people(short + "ка", language)
    elif re.search(r"(?:ий|ы)$", word):
        yield re.sub(r"(?:ий|ы)$", "", word), "a"
    elif word.endswith(("ец", "ець", "єць")):
        yield from _man(word)
    elif word.endswith("ка"):
        yield word[:-1], "s"
        base = word[:-2].removesuffix("ь")
        yield (base[:-1] + "єк" if language == "uk" else base[:-1] + "ек") if base.endswith("й") else base + "ок", ""
    elif re.search(r"(?:ан|ян|ар|ен)ин$", word):
        yield word, "s"
        yield word[:-2], "s"
    elif word == "турок":
        yield word, ""
        yield "турк", "s"
    else:
        yield word.removesuffix("я").removesuffix("а"), "s"


def _man(word: str) -> Iterator[Stem]:
    """`американец`, `американца`; `австриец`, `австрийца`; `португалец`, `португальца`; `китаєць`, `китайця`."""
    yield word, ""
    base = re.sub(r"(?:ець|єць|ец)$", "", word)
    yield base + ("й" if base[-1] in "аеиоуіяюєї" else "ь" if base[-1] == "л" else "") + "ц", "s"
