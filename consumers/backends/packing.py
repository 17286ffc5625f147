"""Claims and answers as the bytes that stand in Redis; what `claims.lua` and `confirm.lua` read and write."""

import hashlib
import struct
from collections.abc import Iterable

from alerts.alert import Identity
from alerts.copies import Answer, Claim, Sketch

_HEAD = struct.Struct(">I6sHBBBB")


def entry(sketch: Sketch) -> bytes:
    """A text as it stands under its keys, its own owner.

    Time in minutes (4 bytes), hash of the writer (6), words (2), four counts, slots, hashes (2 each), owner. One stands
    under up to eight keys: so the script finds all it needs under keys that were named to it, as a cluster wants.
    """
    owner = name(sketch.identity)
    lists = (sketch.numbers, sketch.names, sketch.figures, sketch.title)
    writer = hashlib.blake2b(owner, digest_size=6).digest()
    numbers = [number for hashes in lists for number in hashes]
    return b"".join(
        (
            _HEAD.pack(sketch.at, writer, sketch.words, *map(len, lists)),
            sketch.slots,
            struct.pack(f">{len(numbers)}H", *numbers),
            owner,
        )
    )


def kinds(sketch: Sketch) -> str:
    """What each key is: `u`, `h` or `b`."""
    return "".join([key[0] for key in sketch.keys])


def content(claim: Claim) -> bytes:
    """The content hash, 16 bytes."""
    return bytes.fromhex(claim.content)


def done(claim: Claim) -> bytes:
    """How the mark of a version begins whose candidate is acknowledged: `d`, or `q` where it did not fire."""
    return (b"d" if claim.fires else b"q") + content(claim)


def answers(replies: Iterable[bytes]) -> list[Answer]:
    """What the script said of each claim."""
    return [Answer(done=reply[:1] in (b"d", b"q"), copy_of=_identity(reply[1:])) for reply in replies]


def name(identity: Identity) -> bytes:
    """An identity as bytes; no control character is in one, so the separator is none of its own."""
    return f"{identity.source}\x1f{identity.uri}".encode()


def _identity(owner: bytes) -> Identity | None:
    if not owner:
        return None
    source, _, uri = owner.decode().partition("\x1f")
    return Identity(source=source, uri=uri)
