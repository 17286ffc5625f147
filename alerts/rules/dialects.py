"""What authors who know another search language write, and how we say it: only for messages, nothing of it is read.

Much of it would otherwise be taken for words: `-film` would look for *film*, and do the opposite of what is meant.
"""

import difflib
import re

OPERATORS = ("AND", "OR", "NOT", "NEAR", "ONEAR", "OF")
_ELSEWHERE = {
    "&": "AND",
    "&&": "AND",
    "+": "AND",
    "|": "OR",
    "||": "OR",
    "ANDNOT": "AND NOT",
    "AND-NOT": "AND NOT",
    "BUT": "AND NOT",
    "EXCEPT": "AND NOT",
    "MINUS": "AND NOT",
    "UNLESS": "AND NOT",
    "WITHOUT": "AND NOT",
}
_DISTANCE = re.compile(r"(O?NEAR|ADJ|W|WITHIN|PRE|BEFORE|~)[/:~]?(\d+)", re.IGNORECASE)
_ORDERED = {"ONEAR", "ADJ", "PRE", "BEFORE"}
_QUOTE = "; in quotes it stands for itself"
_MISREAD = (
    (re.compile(r"[-!–—−！¬](?=\w)"), "is no operator here", "Did you mean NOT {rest}?"),
    (re.compile(r"\+(?=\w)"), "is no operator here", "Join what must be there by AND."),
    (re.compile(r"/.+/$"), "regular expressions are not read", "Write out the words, with word* for any ending."),
    (re.compile(r"\w+\?\w"), "'?' stands for no character", "Did you mean (a OR b), or word* for any ending?"),
    (re.compile(r"\w+~\d*$"), "'~' is no operator", "Say how many words apart by a NEAR/5 b."),
    (re.compile(r"\w+\^\d+"), "words have no weights", "Leave it out."),
    (re.compile(r"[^|]+\|"), "'|' is no operator", "Did you mean OR?"),
    (re.compile(r"[^&]+&&"), "'&&' is no operator", "Did you mean AND?"),
    (re.compile(r".+;."), "';' separates nothing", "Put AND or OR between."),
    (re.compile(r"[\[{]|.+[\]}]$"), "parts are grouped by ( )", "Did you mean ( )?"),
    (
        re.compile("[（）［］｛｝]|.+[（）］｝]"),
        "parts are grouped by ( ), not by wide parentheses",
        "Did you mean ( )?",
    ),
    (re.compile("[^，、；،؛]+[，、；،؛]."), "a comma separates nothing", "Put OR or AND between."),
    (re.compile("(?:headline|lead|body|byline|slugline|source)：."), "a zone ends with ':'", "Did you mean ':'?"),
    (re.compile("[«»„‚‹›「『＂]|.+[»›」』＂]$"), "a phrase stands in straight quotes", 'Did you mean "{rest}"?'),
)


def misread(word: str) -> tuple[str, str] | None:
    """What is wrong with a word that means something in another language, and what was probably meant."""
    for pattern, problem, meant in _MISREAD:
        if pattern.match(word):
            return f"{word}: {problem}{_QUOTE}", meant.format(rest=word.strip("-!–—−！¬«»„‚‹›“”「」『』＂"))
    return None


def meant(word: str, before: str) -> str:
    """What was probably meant by a word that cannot stand where it does, with all that stands before it."""
    upper = word.partition("/")[0].upper()
    last = before.split()[-1:] or [""]
    if word[0] in "-!" and word[1:2].isalnum():
        return f"Did you mean AND NOT {word[1:]}?"
    if before.endswith("*") or word.startswith("*"):
        return "'*' stands at the end of a word only, for any ending."
    if word == "OF":
        return "Write a number and a list: 2 OF (a, b, c)."
    if last[0] not in OPERATORS and last[0].upper() in OPERATORS:
        return f"Did you mean {last[0].upper()}? Operators are upper case."
    if word.upper() in _ELSEWHERE:
        return f"Did you mean {_ELSEWHERE[word.upper()]}?"
    return _operator(word, upper)


def _operator(word: str, upper: str) -> str:
    if m := _DISTANCE.fullmatch(word):
        name = "ONEAR" if m[1].upper() in _ORDERED else "NEAR"
        return f"Did you mean {name}/{m[2]}? The number is how many words apart."
    if upper in {"NEAR", "ONEAR"}:
        return f"Did you mean {upper}/5? The number is how many words apart."
    if upper in OPERATORS:
        return f"Did you mean {upper}? Operators are upper case."
    name, slash, rest = word.partition("/")
    close = difflib.get_close_matches(upper, OPERATORS, n=1) if name.isupper() or slash else []
    if close:
        number = f"/{rest}" if close[0].endswith("NEAR") and rest.isdecimal() else ""
        return f"Did you mean {close[0]}{number}?"
    return "Put AND or OR between, or quotes around a phrase."
