"""Endings that a name may have in an inflected language: a stem of the gazetteer, and the class of what may follow it.

No dictionary. Each stem says which classes it takes, so `Китай` is found in `Китаем` and not in somebody called `Кита`.
A class serves several languages where their endings do not get in each other's way: a stem is only sought in a text of
its language. The grammars are those of any school book; the tests decline names through all cases.
"""

import re
from functools import lru_cache

# Kazakh and Kyrgyz: `-лық` makes the adjective or the inhabitant; then plural, possession, case, and `-ғы` (in it).
_TURKIC = (
    r"(?:[лдт][ыі]қ|[лдт][ыіиуү]к|[лдт]ук)?(?:[лдт][аеоө]р)?(?:с?[ыіиуү]|[ыі]м[ыі]з)?"
    r"(?:[ндт][ыіиуү][ңн]|[гғқк][аеоө]|н[аео]|[ндт][ыіиуү]|н|н?[дт][аеоө](?:ғы|гі|гы|ги|ғылар|гілер)?|[ндт][аеоө]н|[мбп]ен(?:ен)?|"
    r"[сш][ыі]з|[шч][аеоө])?"
)
# Turkish, Azerbaijani and Uzbek in Latin letters, for what takes its endings without an apostrophe.
_TURKISH = (
    r"(?:l[ıiuü])?(?:l[ae]r)?(?:s?[ıiuü])?"
    r"(?:n?[ıiuü]n|[yn]?[ae]|[yn]?[ıiuüə]|n?[dt][ae]n?|n?[dt]ə|y?l[ae]|ning|ni|ga|dan|da|ca|ce|[cç][ae])?(?:ki)?"
)
_CLASSES = {
    # Names in Russian, Ukrainian and Belarusian by what the nominative ends in.
    "c": "|а|у|ом|ем|е|і|ы|ові|еві|ам",  # a consonant: Судан
    "f": "а|ы|и|е|у|ой|ою|і",  # -а: Украина
    "j": "я|и|ю|е|ей|ею|ьей|ї|ії|єю|ією|і|є",  # -я: Россия, Италія
    "i": "й|я|ю|ем|е|єм|єві|ї|і",  # -й: Китай
    "m": "ь|я|ю|ем|е|и|ью|і|ем|єм|ові|еві|ём",  # -ь: Израиль
    "p": "ы|и|і|ї|ів|їв|ов|ам|ям|ами|ями|ах|ях|",  # plural: Филиппины
    "o": "о|а|у|ом|е|і|ові",  # -о of Slavic towns: Одесско, Дніпро
    # Adjectives and the people, whose stems are long enough to take whatever their languages have.
    "a": (
        "ий|ый|ой|ого|его|ому|ему|им|ым|ом|ем|ім|ая|ую|ою|ое|ие|ые|их|ых|ими|ыми|а|ої|ій|у|е|і|ага|аму|ай|ае|ія|іх|імі"
    ),
    "s": "|а|у|ю|я|е|є|и|і|ї|ы|ой|ою|ей|ею|ом|ем|єм|ам|ям|ами|ями|ах|ях|ов|ев|ів|їв|ові|еві",
    "t": _TURKIC,
    "l": _TURKISH,
    # Tajik: the link, the object, the plural.
    "g": "|и|е|ро|ҳо|ҳои|ҳоро|ӣ|иҳо|иён|иёни",
    # Polish names, those in -a, and adjectives with their people.
    "P": "|a|u|owi|em|iem|ie|y|i|ę|ą|o|ii|ji|ią|ię|ia|om|ach|ami|ów",
    "F": "a|y|i|ie|ę|ą|o|om|ach|ami",
    "A": "i|a|ie|iego|iemu|im|imi|iej|ą|ich|o|u|",
    "B": "|a|owi|em|ie|i|u|y|ów|om|ami|ach|ę|ą|iem|ą|o|cy|e|ek",
    # The German genitive.
    "S": "|s",
    # German adjectives and people; French, Spanish, Italian, Portuguese ones.
    "G": "|e|er|en|es|em|s|n|in|innen|ern|ers|erin|erinnen|nen",
    "R": "|e|s|es|ne|nes|o|a|os|as|i|he|hi",
    # Korean particles and what is built on names of lands without a space.
    "k": (
        "(?:인|계|산|군|측|발|행|제)?(?:들)?"
        "(?:의|은|는|이|가|을|를|에|에서|에게|와|과|로|으로|도|만|까지|부터|보다|이나|나|에는|에서는|에도)?"
    ),
    # Arabic relational adjectives: gender, number, case.
    "n": "|ه|ون|ين|ات|ا|تين|تان|ان|هم|ها|يه",
    # Greek names and adjectives.
    "e": "|α|ασ|αν|οσ|ου|ο|ον|οι|ων|ουσ|η|ησ|ην|εσ|ό|όσ|ού|ά|ή|ήσ|ών|ούσ|οί|έσ|σ",
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _CLASSES.items()}


@lru_cache(maxsize=16_384)
def is_ending(kinds: str, ending: bytes) -> bool:
    """Whether this, folded, may follow a stem that takes these classes of endings."""
    return any(_PATTERNS[kind].fullmatch(ending.decode()) for kind in kinds)
