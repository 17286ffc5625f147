"""What is known of articles, in memory: the decisions that Redis makes, for `alerts backtest` and for tests.

`consumers/backends/claims.lua` is the same in Lua; tests/integration/test_claims.py holds the two together.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Final, Self, cast

from alerts.alert import Identity
from alerts.article import Article
from alerts.copies.likeness import WINDOW, Kind, is_copy
from alerts.copies.sketch import Sketch, sketch_of
from alerts.fingerprint import content_hash

MOST_ENTRIES: Final = 8
"""Texts kept under one key; the oldest goes. What eight unlike texts share tells no copies apart."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One article version, as the store is asked about it.

    Attributes:
        identity: whose version it is.
        version: names the version: a short hash of source, uri and version.
        content: what it says (`content_hash`). After usable, withheld, usable again under one version number the
            third is no repeat of the last, though it equals the first.
        sketch: what it is compared by; None leaves it unlabelled and unknown to others.
    """

    identity: Identity
    version: str
    content: str
    sketch: Sketch | None = None

    @property
    def fires(self) -> bool:
        """Whether the article fires, by which it has a sketch."""
        return self.sketch is not None

    def repeats(self, before: Self) -> bool:
        """Whether it says nothing that this earlier claim of the same version did not say."""
        return self.content == before.content and (before.fires or not self.fires)

    @classmethod
    def of(cls, article: Article, received: datetime, *, copies: bool) -> Self:
        """The claim of one version that reached us at `received`; `copies` where it fires, and so may be a copy."""
        identity = Identity(source=article.source, uri=article.uri)
        name = f"{len(article.source)}:{article.source}{len(article.uri)}:{article.uri}{article.version or ''}"
        version = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        return cls(identity, version, content_hash(article), sketch_of(article, received) if copies else None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known: `done` if this exact version's candidate is acknowledged; `copy_of` if another was first.

    What was done without firing is not done for one that fires: the rules were edited, or the hour is another.
    """

    done: bool = False
    copy_of: Identity | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    content: str
    copy_of: Identity | None
    fired: bool = False
    """Where it is done: whether it fired then."""
    done: bool = False
    generation: bytes = b""


@dataclass(frozen=True, slots=True)
class _Entry:
    sketch: Sketch
    owner: Identity


@dataclass(slots=True)
class Memory:
    """The store, in one process: whoever asks first owns a text. Asking again gives the same answer.

    Nothing is forgotten, except texts that are older than a copy may be.
    """

    _known: dict[str, _Known] = field(default_factory=dict)
    _entries: dict[str, list[_Entry]] = field(default_factory=dict)
    _chains: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    """Of each partition the newest token, and the generation of marks that count."""

    def follow(self, partition: int, before: bytes, token: bytes) -> bytes:
        """A call of a partition begins, whose call before had the token `before`: the generation that counts in it.

        A new one if this is not the call after the last one (or that one once more): then something of the partition
        never came here, or was lost, and no mark of an older generation counts (`consumers.chain`).
        """
        last, generation = self._chains.get(partition, (b"", b""))
        if not last or last not in (before, token):
            generation = token
        self._chains[partition] = (token, generation)
        return generation

    def generation(self, partition: int, token: bytes) -> bytes | None:
        """The generation that counts in a partition; None if `token` is not that of its last call."""
        last, generation = self._chains.get(partition, (b"", b""))
        return generation if last and last == token else None

    def check(self, claim: Claim, generation: bytes = b"") -> Answer:
        """What is known of a version; from then on its text is known, too. A mark of another generation is none."""
        known = self._known.get(claim.version)
        if (
            known is None
            or known.generation != generation
            or known.content != claim.content
            or (known.done and claim.fires and not known.fired)
        ):
            known = _Known(claim.content, self._label(claim.sketch) if claim.sketch else None, generation=generation)
            self._known[claim.version] = known
        return Answer(done=known.done, copy_of=known.copy_of)

    def confirm(self, claim: Claim, generation: bytes | None = b"") -> None:
        """The version's candidate is acknowledged: an exact repeat is a repeat from now on.

        Unless another text of the version was asked about since: then neither is done. Nor is anything if it was not
        asked about in this generation.
        """
        known = self._known.get(claim.version)
        if known is None:
            return
        if known.content != claim.content:
            del self._known[claim.version]
        elif known.generation == generation:
            self._known[claim.version] = replace(known, done=True, fired=claim.fires)

    def copy(self) -> "Memory":
        """As it is now: what a server would restart from."""
        return Memory(dict(self._known), {key: list(held) for key, held in self._entries.items()}, dict(self._chains))

    def _label(self, mine: Sketch) -> Identity | None:
        """The article of which this one is a copy: by its first key that finds one, the oldest under that key.

        Keys that found nothing then lead to this text, too; but if the text itself was found, none of the text's
        keys does: else a chain of small edits would make unlike texts copies.
        """
        hits = [self._first_like(mine, key) for key in mine.keys]
        owner = next(filter(None, hits), None)
        by_text = any(hit for key, hit in zip(mine.keys, hits, strict=True) if key[0] == "b")
        for key, hit in zip(mine.keys, hits, strict=True):
            if hit is None and not (by_text and key[0] == "b"):
                self._add(key, _Entry(mine, owner or mine.identity))
        return owner

    def _first_like(self, mine: Sketch, key: str) -> Identity | None:
        kind = cast("Kind", key[0])
        for entry in self._entries.get(key, ()):
            if mine.identity not in (entry.sketch.identity, entry.owner) and is_copy(mine, entry.sketch, kind):
                return entry.owner
        return None

    def _add(self, key: str, mine: _Entry) -> None:
        """Put a text last under a key, in place of the same article's earlier one and of what is too old."""
        kept = [
            entry
            for entry in self._entries.get(key, ())
            if entry.sketch.identity != mine.sketch.identity and entry.sketch.at + WINDOW >= mine.sketch.at
        ]
        self._entries[key] = [*kept, mine][-MOST_ENTRIES:]
