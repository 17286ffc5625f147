"""What the editors' page asks for besides alerts.

Places by name, whether a text filter is one, how an alert came to be what it is, how the pipeline does. All of it GET,
with the same token as everything else.
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from alerts.filters import too_dear
from alerts.index import Interest
from alerts.regions import ancestors, children, is_region, known, name
from alerts.rules import InvalidQuery, parse_query
from consumers.gateway.access import Grant
from consumers.gateway.hub import Hub
from consumers.gateway.visit import bad_request

PATHS = frozenset({"/v1/check", "/v1/pulse", "/v1/regions", "/v1/revisions"})
MOST_PLACES = 20
MOST_REVISIONS = 100
LONGEST = 1000  # code points of a text filter, and of a name looked for

Pairs = list[tuple[str, str]]


class Lookups:
    """Answers by path. `pulse` says how the pipeline does, see `Pulse`."""

    def __init__(self, hub: Hub, pulse: Callable[[], Mapping[str, Any]]) -> None:
        self._hub = hub
        self._pulse = pulse

    def answer(self, path: str, pairs: Pairs, grant: Grant) -> bytes:
        """The JSON that answers.

        Raises:
            Refused: the query is not what the path takes.
        """
        if path == "/v1/pulse":
            return json.dumps(self._pulse()).encode()
        if path == "/v1/check":
            return json.dumps(check(_one(pairs, "text"))).encode()
        if path == "/v1/regions":
            return json.dumps({"items": [place(code) for code in places(pairs)]}).encode()
        return self._revisions(_one(pairs, "alert"), grant)

    def _revisions(self, alert: str, grant: Grant) -> bytes:
        """The revisions of an alert that the ring still holds, oldest first, as far as the token's scope goes.

        One from before the alert came into the scope was never given to this token, and is not now.
        """
        allowed = Interest(grant.scope)
        feed = self._hub.feed
        entries = [entry for entry in feed.after(feed.floor, len(feed)) if entry.id == alert]
        items = [entry.item for entry in entries[-MOST_REVISIONS:] if allowed.matches(entry.view)]
        return b'{"alert":%b,"items":[%b]}' % (json.dumps(alert).encode(), b",".join(items))


def _one(pairs: Pairs, wanted: str) -> str:
    if len(pairs) != 1 or pairs[0][0] != wanted or len(pairs[0][1]) > LONGEST:
        raise bad_request(f"expected ?{wanted}= and nothing else, of at most {LONGEST} characters")
    return pairs[0][1]


def check(text: str) -> dict[str, Any]:
    """Whether a text filter is one; if not, where it goes wrong and how. `column` counts code points from 1."""
    if not text.strip():
        return {"ok": True}
    try:
        dear = too_dear(parse_query(text))
    except InvalidQuery as exc:
        return {"ok": False, "column": exc.column, "offset": exc.offset, "message": exc.message}
    return {"ok": True} if dear is None else {"ok": False, "column": 1, "offset": 0, "message": dear}


def place(code: str) -> dict[str, Any]:
    """A place with what it lies in, nearest first, and how many places lie directly in it."""
    above = sorted(ancestors(code) - {code}, key=lambda each: (-len(ancestors(each)), each))
    return {"code": code, "name": name(code), "in": [name(each) for each in above[:3]], "inside": len(children(code))}


def places(pairs: Pairs) -> list[str]:
    """Codes of places.

    With `q` those whose name or code has a word that begins so, groups and countries first; with `in` what lies
    directly in a place; with `code` (repeated) just these.

    Raises:
        Refused: none of these is asked.
    """
    names = {key for key, _ in pairs}
    if names == {"code"}:
        return [code for _, code in pairs if is_region(code)][:200]
    if names == {"in"} and is_region(_one(pairs, "in")):
        return list(children(pairs[0][1]))
    if names == {"q"}:
        return _found(_one(pairs, "q").strip().casefold())
    raise bad_request("expected ?q=, ?in= or ?code=")


def _found(wanted: str) -> list[str]:
    if not wanted:
        return []
    exact, begins, inside = [], [], []
    for folded, code in _names():
        if wanted in (folded, code.casefold()):
            exact.append(code)
        elif folded.startswith(wanted):
            begins.append(code)
        elif f" {wanted}" in folded or f"-{wanted}" in folded:
            inside.append(code)
    return (exact + begins + inside)[:MOST_PLACES]


@lru_cache(maxsize=1)
def _names() -> list[tuple[str, str]]:
    """Folded names with codes; groups and countries before their parts."""
    return sorted(
        ((name(code).casefold(), code) for code in known()),
        key=lambda each: ("-" in each[1] and each[1][0].isupper(), each[0]),
    )
