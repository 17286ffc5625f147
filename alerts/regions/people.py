"""Places' names that are people: `Michael Jordan`, `Mr London`, `Chad Baker`, and whoever is called so afterwards.

What stands right before or behind a name tells. A capitalised word makes it a person's only in running text: headlines
capitalise everything.
"""

import re

from alerts.regions.gazetteer import Name, gazetteer

_WORD_BEFORE = re.compile(r"([^\W\d_][\w.’'-]*)[ \u00a0]$")
_REACH = 24
"""How far before a name a given name may begin, in code points."""
_WORD_BEHIND = re.compile(r"[ \u00a0](?:[^\W\d_]\.[ \u00a0])?([^\W\d_][\w’'-]+)")
_INITIAL_BEHIND = re.compile(r"[ \u00a0][^\W\d_]\.[ \u00a0][^\W\d_][^\W\d_]")
_SENTENCE_BEFORE = re.compile(r"(?:^|[.!?:…»”\"“«„\n–—-])\s*$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLE = _words("mr mrs ms miss dr sir lord lady prof herr frau monsieur madame senor señor")
# Capitalised before a place's name without making it a surname.
_NO_GIVEN_NAME = _words("""
north south east west northern southern eastern western northeast northwest southeast southwest northeastern
northwestern southeastern southwestern central greater downtown old upper lower inner outer mid city university
monday tuesday wednesday thursday friday saturday sunday
in at near from to of the a an and or but for by with on as if when while after before since because although though
where who which that this these those its his her their our both all some many most other unlike like between among
against without within across around over under into via only even also then now today yesterday later meanwhile
however earlier still yet not no so is was has had will would president premier minister chancellor king queen
""")
# Capitalised behind a place's name without making it a given name: what lands and towns have.
_NO_SURNAME = _words("""
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
october november december president prime minister premier governor gov senator sen rep representative congressman
mayor king queen prince crown foreign finance defense defence interior health energy justice education parliament
senate house congress assembly legislature court supreme high district county city state town township village borough
parish province region island islands river lake bay beach harbor harbour port airport international university
college institute school hospital police fire sheriff department ministry government embassy army navy air national
central northern southern eastern western north south east west republican republicans democrat democrats attorney
general secretary chief stock exchange bank times news herald post tribune gazette journal street road avenue square
park bridge open games club bourse metal gold commodity grain futures marathon festival fashion week summit agreement
talks conference football rugby cricket on in at and or the is was to for as by with from after us u.s united
""")


def is_people(text: str, at: int, to: int, name: Name, *, is_running: bool) -> bool:
    """Whether the name at `text[at:to]` is somebody's: behind a title or a given name, or one itself.

    An initial behind a given name tells in any text: "adviser to Paris R. Miller" says of nothing that it is in France.
    """
    if name.is_given_name and (_INITIAL_BEHIND.match(text, to) or (is_running and _has_surname(text, to))):
        return True
    if name.is_saint and text.startswith(("'s", "’s"), to):
        return True
    word = "" if name.exact else word_before(text, at).lower()
    return bool(word) and (word.rstrip(".") in _TITLE or word in gazetteer().given_names)


def may_be_given_name(word: str, text: str, at: int, *, is_english: bool) -> bool:
    """Whether the capitalised word before the name at `at` might be a given name that we do not know.

    We know which English words begin a sentence without being names; in other languages the first word is none.
    """
    if not word or word.lower().rstrip(".") in _NO_GIVEN_NAME:
        return False
    return is_english or not begins_sentence(text, at - 1 - len(word))


def begins_sentence(text: str, at: int) -> bool:
    """Whether the word at `at` has a capital letter for that reason alone, perhaps."""
    return _SENTENCE_BEFORE.search(text, max(0, at - 4), at) is not None


def word_before(text: str, at: int) -> str:
    """The capitalised word right before, or nothing."""
    if at < 2 or text[at - 1] not in " \u00a0":
        return ""
    before = _WORD_BEFORE.search(text, max(0, at - _REACH), at)
    return before.group(1) if before and before.group(1)[0].isupper() else ""


def _has_surname(text: str, to: int) -> bool:
    behind = _WORD_BEHIND.match(text, to)
    if behind is None:
        return False
    word = behind.group(1)
    return word[0].isupper() and word[1:2].islower() and word.lower().partition("'")[0] not in _NO_SURNAME
