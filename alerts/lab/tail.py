"""The newest article versions, bounded in number and in memory, ready to be judged again and again.

Nobody may see what is embargoed, withheld or killed, also not in the lab: an item is out of sight while its newest
version is, for the newest version is what its publisher wants. `ednote` is not kept at all.
"""

import sys
from collections import deque
from collections.abc import Iterator
from datetime import datetime

from alerts.article import Article, VersionOrder
from alerts.fingerprint import content_hash
from alerts.notices import notice_of
from alerts.text import BODY_AT_MOST, fold
from alerts.verdict import Verdict

_OVERHEAD = 3_000
"""Bytes that an article takes besides its texts (measured: 2.2 KiB with entry, fields and keys)."""


class Entry:
    """One version of an article.

    Attributes:
        article: without `ednote`.
        received: when it reached us: the moment as of which the classifier judges it.
        folded: all of it that a rule may look at, folded, pieces apart by two spaces.
        order: which of an item's versions is the newest.
        withheld: its publisher does not stand by it: by `pubstatus`, or by an agency's word at the head of the text.
        known: the hash of a rule set and its verdict, so that nothing is judged twice.
    """

    __slots__ = ("article", "content", "folded", "known", "order", "received", "size", "withheld")

    def __init__(self, article: Article, received: datetime) -> None:
        self.article = article if article.ednote is None else article.model_copy(update={"ednote": None})
        self.received = received
        texts = (
            article.headline,
            article.description,
            article.body_text[:BODY_AT_MOST],
            article.byline,
            article.slugline,
            article.source,
        )
        self.folded = b"".join(fold(text).data for text in texts if text)
        self.content = content_hash(article)
        self.order = VersionOrder(article, received)
        self.withheld = article.pubstatus != "usable" or notice_of(article) in {"kill", "hold"}
        self.known: tuple[str, Verdict] | None = None
        self.size = _OVERHEAD + len(self.folded) + sum(sys.getsizeof(text) for text in texts if text)

    def may_be_known(self, now: datetime) -> bool:
        """Whether this version may leave the house: invariant 6, and publishers' holds and kills."""
        embargoed = self.article.embargoed
        return not self.withheld and (embargoed is None or embargoed <= now)


class Tail:
    """The newest entries, oldest first.

    Attributes:
        most: how many entries at most.
        most_bytes: of all entries together.
        bytes: what they take now, roughly.
        restrictions: how often an article came in that may put something out of sight.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most = most
        self.most_bytes = most_bytes
        self.bytes = 0
        self.restrictions = 0
        self._entries: deque[Entry] = deque()
        self._newest: dict[tuple[str, str], Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, article: Article, received: datetime) -> Entry | None:
        """Take an article in; None where it is an exact repeat of the newest version that we have of the item."""
        entry = Entry(article, received)
        newest = self._newest.get(article.identity)
        if newest is not None and (newest.article.version, newest.content) == (article.version, entry.content):
            return None
        if newest is None or not entry.order < newest.order:
            self._newest[article.identity] = entry
        self.restrictions += entry.withheld or article.embargoed is not None
        self._entries.append(entry)
        self.bytes += entry.size
        while len(self._entries) > self.most or (self.bytes > self.most_bytes and len(self._entries) > 1):
            self._drop(self._entries.popleft())
        return entry

    def _drop(self, entry: Entry) -> None:
        self.bytes -= entry.size
        if self._newest.get(entry.article.identity) is entry:
            del self._newest[entry.article.identity]

    def entries(self, now: datetime) -> list[Entry]:
        """Every version that may be seen, oldest first."""
        return [entry for entry in self._entries if self._is_open(entry, now)]

    def _is_open(self, entry: Entry, now: datetime) -> bool:
        newest = self._newest.get(entry.article.identity, entry)
        return entry.may_be_known(now) and (newest is entry or newest.may_be_known(now))

    def find(self, name: str, now: datetime) -> Entry | None:
        """The newest version of the item with this uri or address, if it may be seen."""
        seen = reversed(self.entries(now))
        return next((entry for entry in seen if name in {entry.article.uri, entry.article.url}), None)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)
