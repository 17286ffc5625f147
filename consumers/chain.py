"""The chain: by what a classifier knows whether Redis has seen all that was asked of it, in the order it was asked.

Every call that asks about versions of a partition of `articles` carries a new token, and the token of the call before
it. Redis keeps the last token of each partition. Where that is not the one before, a call never reached it (it was
away, or slow), or it has lost what it knew (restarted from an older state, failed over, flushed), or another classifier
has asked since. Which of its marks are out of date then nobody can say, so none of them counts any more.

One uri is one partition, so the order of a partition is the order of each version in it. The newest token is committed
with the offsets, in the note beside them: whoever goes on from these offsets goes on with this token. Who died between
a call and its commit leaves a token that Redis has moved on from, and the chain breaks. A break costs repeats, which
the desk ignores.
"""

import json
import os
from typing import Final

TOKEN_BYTES: Final = 8
NONE: Final = b""
"""Expected where no token is known. Redis never holds it, so the chain breaks."""
_FIELD: Final = "chain"


class Chain:
    """The newest token of each partition that this classifier has.

    Attributes:
        era: counts rebalances; what was read of a partition in an earlier one may be out of date.
    """

    def __init__(self) -> None:
        self._tokens: dict[int, bytes] = {}
        self.era = 0

    def __contains__(self, partition: int) -> bool:
        return partition in self._tokens

    def begin(self, partition: int, token: bytes) -> None:
        """Go on where `token` was committed; `NONE` where none is known."""
        self._tokens[partition] = token

    def newest(self, partition: int) -> bytes:
        """The token that Redis holds if it has seen every call."""
        return self._tokens.get(partition, NONE)

    def step(self, partition: int) -> tuple[bytes, bytes]:
        """The token of the call before, and a new one for this call.

        To be called whether or not Redis can be reached: of a call that it never got, the next one tells it. What was
        in hand when its partition was taken away breaks the chain, and nobody goes on from it.
        """
        before, token = self.newest(partition), os.urandom(TOKEN_BYTES)
        if partition in self._tokens:
            self._tokens[partition] = token
        return before, token

    def forget(self) -> None:
        """A rebalance: others may have asked since. All is reassigned, so all is forgotten."""
        self._tokens = {}
        self.era += 1


def noted(text: str, token: bytes) -> str:
    """What to commit beside an offset: `text` (a JSON object, or empty) and the token, for `token_in`."""
    if not token:
        return text
    field = f'"{_FIELD}":"{token.hex()}"}}'
    return f"{text[:-1]},{field}" if text else f"{{{field}"


def token_in(text: str | None) -> bytes:
    """The token beside an offset; `NONE` if there is none that can be read."""
    try:
        token = bytes.fromhex(json.loads(text or "")[_FIELD])
    except (ValueError, TypeError, LookupError, RecursionError):
        return NONE
    return token if len(token) == TOKEN_BYTES else NONE
