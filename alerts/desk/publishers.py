"""Who stands behind a report: its publisher, whatever feed it came by, or the agency whose text it prints.

A newsroom counts a second source only where somebody else found it out. So the feeds of one publisher are one, and so
are all who print one wire: `LIMA (Reuters) -`, a byline `By Ann Li, Associated Press`, "AFP contributed to this
report". "With inputs from agencies" names none, so it may be any: it counts only where nobody else does.
"""

import re
from functools import lru_cache
from importlib.resources import files

import yaml

from alerts.article import Article
from alerts.text import fold

AGENCIES = "agencies"
"""The origin of what is credited to agencies without a name."""

_DATA: dict[str, dict[str, list[str]]] = yaml.safe_load(
    files("alerts.desk").joinpath("agencies.yaml").read_text(encoding="utf-8")
)
_NAMES = {name: agency for agency, entry in _DATA.items() for name in entry["names"]}
_ALL = _NAMES | {name: agency for agency, entry in _DATA.items() for name in entry["bare"]}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _any(names: dict[str, str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=lambda name: (-len(name), name)))


# After folding: words with one space between, no brackets; what stands in brackets is looked for before.
_BRACKETS = re.compile(r"[(/\[]\s*([^()/\[\]\n]{2,40}?)\s*[)/\]]")
_CREDIT = re.compile(
    rf" (?:the )?({_any(_NAMES)}) (?:[^ ]+ ){{0,6}}"
    r"contributed to this (?:report|story|article) "
    rf"| (?:with|additional) (?:reporting|inputs?|material|information) (?:from|by) (?:the )?({_any(_ALL)}) "
    rf"| (?:con información de|avec|mit material (?:der|von)|com informações da|по данным|за даними|по сообщению"
    rf"|сообщает|передает|повідомляє|source|fuente|quelle|источник) (?:the )?({_any(_NAMES)}) "
)
_UNNAMED = re.compile(
    r" (?:with|from) (?:agency |wire )?inputs? from (?:various |news )?agencies "
    r"| (?:with inputs|compiled) from (?:agencies|wire (?:reports|services)) | con información de agencias "
    r"| avec (?:les )?agences | mit material von nachrichtenagenturen | по материалам (?:информ)?агентств "
)
_DESKS = _words(
    "the news com org net world international top stories home business sport sports politics tech science health "
    "europe africa asia americas us uk rss feed feeds latest breaking live online wire english en edition"
)
_HOSTS = _words("www m amp rss feed feeds feedx news edition en es fr de ru ar mobile api rssfeeds world")
_SECOND = _words("co com org net gov ac edu gen or ne go")
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE)
_LOOK = 300


@lru_cache(maxsize=8192)
def publisher_of(source: str) -> str:
    """One word for a publisher: `rss.cnn.example`, `CNN - World` and `CNN` are one, as far as their names tell."""
    name = source.strip().lower()
    if _DOMAIN.fullmatch(name):
        labels = name.split(".")[:-1]
        if len(labels) > 1 and labels[-1] in _SECOND:
            labels = labels[:-1]
        named = [label for label in labels if label not in _HOSTS] or labels
        words = [named[-1]]
    else:
        words = fold(source).data.decode().split()
    telling = [word for word in words if word not in _DESKS] or words
    found = _agency(" ".join(words)) or "".join(telling)
    return found or name


def wire_of(article: Article) -> str | None:
    """The agency whose text a report prints, `agencies` if it names none, None if it is its publisher's own."""
    byline = _folded(article.byline or "")
    body = article.body_text
    head = (article.description or "")[:_LOOK] + "\n" + body[:_LOOK]
    tail = body[-2 * _LOOK :]
    if (
        found := _mentioned(byline)
        or _bracketed(article.headline)
        or _bracketed(head[:_LOOK])
        or _bracketed(body[:120])
    ):
        return found
    if found := _bracketed(tail[-80:]):
        return found
    text = f"{_folded(head)} {_folded(tail)} "
    if (credit := _CREDIT.search(text)) is not None:
        return _ALL[next(filter(None, credit.groups()))]
    return AGENCIES if _UNNAMED.search(text + byline) else None


def _mentioned(byline: str) -> str | None:
    words = f" {byline.strip()} "
    return next((agency for name, agency in _ALL.items() if f" {name} " in words), None)


def _bracketed(text: str) -> str | None:
    for inside in _BRACKETS.findall(text):
        if found := _agency(" ".join(fold(inside).data.decode().split())):
            return found
    return None


def _agency(name: str) -> str | None:
    return _ALL.get(name) or _ALL.get(name.removeprefix("the "))


def _folded(text: str) -> str:
    return fold(text).data.decode()
