"""What the lab does when asked. Judging runs in threads, so that questions and articles are taken in meanwhile.

A question that is superseded ends at its next word on progress.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from pydantic_core import from_json, to_json

from alerts.article import Article, InvalidArticle
from alerts.explain import refusal
from alerts.lab import Book, Draft, Entry, Snapshot, Tell, Trial, effect, opinions, spliced, telling
from alerts.rules import InvalidRules, RuleSet
from alerts.rules.nearly import near_misses
from consumers.gateway.lab.baseline import Baseline
from consumers.gateway.lab.framing import END, MORE, REFUSED, Piece, Put
from consumers.gateway.lab.reader import Reader
from consumers.gateway.lab.shelf import Outdated, Shelf, Unwritable

log = logging.getLogger(__name__)

MOST_SHOWN = 200
SNAPSHOT_FOR = 10.0  # seconds for which tries see the same articles, so that the set in force is run once
PROGRESS_EVERY = 0.1
AT_ONCE = 4


class Superseded(Exception):
    """Nobody waits for the answer any more."""


class Declined(Exception):
    """The question cannot be answered: whose fault it is, as HTTP says it."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error


class Worker:
    """Answers questions."""

    def __init__(self, shelf: Shelf, reader: Reader, baseline: Baseline, put: Put) -> None:
        """`put` takes the pieces of answers, from any thread."""
        self._shelf = shelf
        self._reader = reader
        self._baseline = baseline
        self._put = put
        self._threads = ThreadPoolExecutor(AT_ONCE, "lab")
        self._quick = ThreadPoolExecutor(2, "lab quick")
        self._ended: dict[int, threading.Event] = {}
        self._snapshot: tuple[float, tuple[int, int], Snapshot] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, asked: dict[str, Any]) -> None:
        """Begin to answer, or end an answer."""
        id_, do = asked.pop("id"), asked.pop("do")
        if do == "cancel":
            if (ended := self._ended.get(id_)) is not None:
                ended.set()
            return
        task = asyncio.create_task(self._answer(id_, do, asked), name=f"lab {do}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, id_: int, do: str, asked: dict[str, Any]) -> None:
        loop = asyncio.get_running_loop()
        try:
            if do == "status":
                body: bytes = to_json(self._status())
            elif do == "try":
                body = await self._try(id_, asked)
            else:
                way = getattr(self, f"_{do}")
                body = to_json(await loop.run_in_executor(self._quick, partial(way, **asked)))
            piece = Piece(id_, END, body)
        except Superseded:
            return
        except Declined as exc:
            piece = _refused(id_, exc.status, exc.error, str(exc))
        except Exception:  # our fault; the other editors' questions are still to be answered
            log.exception("the lab could not answer %s", do)
            piece = _refused(id_, 500, "lab", "the lab could not answer; its log says why")
        self._put(piece)

    # -- what there is

    def _status(self) -> dict[str, Any]:
        tail, now = self._reader.tail, datetime.now(UTC)
        entries = tail.entries(now)
        book = self._shelf.book
        return {
            **telling.ruleset(book.rules),
            "files": self._shelf.files(),
            "problems": [telling.problem(each) for each in self._shelf.problems[:MOST_SHOWN]],
            "rules": [
                {
                    "id": rule.id,
                    "name": rule.name or rule.id,
                    "priority": rule.priority.value,
                    "topic": rule.topic,
                    "file": book.edition.file(rule.id),
                }
                for rule in book.rules.rules
            ],
            "tail": {
                "state": self._reader.state,
                "articles": len(entries),
                "most": tail.most,
                "mib": round(tail.bytes / 2**20, 1),
                "since": entries[0].received if entries else None,
                "until": entries[-1].received if entries else None,
                "judged": sum(1 for e in entries if e.known is not None and e.known[0] == book.rules.hash),
            },
        }

    def _open(self, rule: str | None = None, file: str | None = None) -> dict[str, Any]:
        """A rule, or a whole file, to be edited."""
        book = self._shelf.book
        if rule is not None:
            if rule not in book.by_id:
                raise Declined(404, "not_found", f"there is no rule {rule!r}")
            return {"rule": rule, "file": book.edition.file(rule), "text": book.block(rule)}
        if file not in dict(book.sources):
            raise Declined(404, "not_found", "there is no such rules file")
        return {"rule": None, "file": file, "text": self._shelf.now(str(file))}

    # -- as one types

    def _check(self, text: str, replaces: list[str] | None = None, file: str | None = None) -> dict[str, Any]:
        book = self._shelf.book
        try:
            draft = drafted(book, text, replaces, file)
        except InvalidRules as exc:
            return {"ok": False, "problems": [telling.problem(each) for each in exc.problems[:MOST_SHOWN]]}
        return {"ok": True, "problems": [], "rules": telling.rules(book, draft)}

    # -- what it would have done

    async def _try(self, id_: int, asked: dict[str, Any]) -> bytes:
        ended = self._ended[id_] = threading.Event()
        book = self._shelf.book
        snapshot = self._look(book.rules)
        try:
            with self._baseline.waiting():
                work = partial(self._tried, id_, asked, book, snapshot, ended)
                await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            del self._ended[id_]
        return to_json({"type": "done"})

    def _look(self, rules: RuleSet) -> Snapshot:
        """The articles as they are now, or were a moment ago if nothing has gone out of sight since."""
        tail = self._reader.tail
        moment, seen = time.monotonic(), (id(tail), tail.restrictions)
        if self._snapshot is not None:
            taken, sight, snapshot = self._snapshot
            if moment - taken < SNAPSHOT_FOR and sight == seen and snapshot.rules is rules:
                return snapshot
        now = datetime.now(UTC)
        snapshot = Snapshot(tail.entries(now), rules, now)
        self._snapshot = moment, seen, snapshot
        return snapshot

    def _tried(
        self,
        id_: int,
        asked: dict[str, Any],
        book: Book,
        snapshot: Snapshot,
        ended: threading.Event,
    ) -> None:
        for event in trial(book, asked, snapshot, self._tell(id_, ended)):
            if ended.is_set():
                raise Superseded
            self._put(Piece(id_, MORE, to_json(event)))

    def _tell(self, id_: int, ended: threading.Event) -> Tell:
        told = {"at": 0.0}

        def tell(what: str, done: int, of: int) -> None:
            if ended.is_set():
                raise Superseded
            if (now := time.monotonic()) - told["at"] > PROGRESS_EVERY:
                told["at"] = now
                self._put(Piece(id_, MORE, to_json({"type": "progress", "what": what, "done": done, "of": of})))

        return tell

    # -- one article

    def _explain(self, text: str = "", replaces: list[str] | None = None, **article: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        try:
            found, as_of = self._article(article, now)
        except InvalidArticle as exc:
            return {"in_force": refusal(exc), "draft": None}
        book = self._shelf.book
        try:
            draft: Draft | None = drafted(book, text, replaces) if text.strip() else None
        except InvalidRules:
            draft = None
        return {
            "as_of": as_of,
            "in_force": _verdict(found, book.rules, as_of),
            "draft": _verdict(found, draft.rules, as_of) if draft is not None and (draft.new or draft.gone) else None,
        }

    def _article(self, asked: dict[str, Any], now: datetime) -> tuple[Article, datetime]:
        if "uri" in asked:
            entry: Entry | None = self._reader.tail.find(str(asked["uri"]).strip(), now)
            if entry is None:
                raise Declined(404, "not_found", "no article of the tail has this id or address")
            return entry.article, entry.received
        article = pasted(str(asked.get("pasted", "")))
        return article, article.published or article.received or now

    # -- into force

    def _written(self, text: str, replaces: list[str] | None = None, file: str | None = None) -> dict[str, Any]:
        """The file as it would be, for those who cannot save."""
        draft = self._drafted(text, replaces, file)
        try:
            return {"file": draft.file, "text": spliced(self._shelf.book, draft)}
        except InvalidRules as exc:
            raise Declined(409, "conflict", exc.problems[0].message) from None

    def _save(
        self, text: str, base: str, by: str, replaces: list[str] | None = None, file: str | None = None
    ) -> dict[str, Any]:
        before = self._shelf.book.rules.hash
        try:
            done = self._shelf.save(self._drafted(text, replaces, file), base)
        except InvalidRules as exc:
            raise Declined(409, "conflict", exc.problems[0].message) from None
        except Outdated as exc:
            raise Declined(409, "stale", str(exc)) from None
        except Unwritable as exc:
            raise Declined(403, "unwritable", str(exc)) from None
        log.info("rules saved by %s: %s, hash %s, was %s", by, done["file"], done["ruleset"], before)
        return done

    def _restore(self, file: str, base: str, by: str) -> dict[str, Any]:
        before = self._shelf.book.rules.hash
        try:
            done = self._shelf.restore(file, base)
        except InvalidRules as exc:
            raise Declined(409, "conflict", f"the file before has problems: {exc.problems[0]}") from None
        except Outdated as exc:
            raise Declined(409, "stale", str(exc)) from None
        except Unwritable as exc:
            raise Declined(403, "unwritable", str(exc)) from None
        log.info("rules gone back by %s: %s, hash %s, was %s", by, done["file"], done["ruleset"], before)
        return done

    def _drafted(self, text: str, replaces: list[str] | None, file: str | None) -> Draft:
        try:
            return drafted(self._shelf.book, text, replaces, file)
        except InvalidRules as exc:
            problem = exc.problems[0]
            raise Declined(422, "invalid", f"line {problem.line}, column {problem.column}: {problem.message}") from None


def drafted(book: Book, text: str, replaces: list[str] | None = None, file: str | None = None) -> Draft:
    """The draft of a text, which is asked about more than once: checked, tried, explained, saved.

    Raises:
        InvalidRules: with every problem.
    """
    return _drafted(book, text, None if replaces is None else tuple(replaces), file)


@lru_cache(maxsize=8)
def _drafted(book: Book, text: str, replaces: tuple[str, ...] | None, file: str | None) -> Draft:
    return book.draft(text, replaces=replaces, file=file)


def trial(
    book: Book,
    asked: dict[str, Any],
    snapshot: Snapshot,
    tell: Tell,
) -> Iterator[dict[str, Any]]:
    """What a text would have done, event by event: the quickest and most wanted first."""
    try:
        draft = drafted(book, **asked)
    except InvalidRules as exc:
        yield {"type": "problems", "problems": [telling.problem(each) for each in exc.problems[:MOST_SHOWN]]}
        return
    yield {"type": "rules", "rules": telling.rules(book, draft), "articles": len(snapshot.articles)}
    tried = Trial(book.rules, draft)
    total = 0
    for one in tried.fired(snapshot.articles[::-1], tell):
        total += 1
        if total <= MOST_SHOWN:
            yield {"type": "fired", **telling.fired(one)}
    yield {"type": "total", "fired": total, "listed": min(total, MOST_SHOWN), "since": tried.since}
    yield {"type": "near", "items": [telling.near(one) for one in tried.near(tell)]}
    odd, failed = opinions(book, draft)
    yield {"type": "opinions", "warnings": [telling.problem(each) for each in odd], "examples": failed}
    yield {"type": "effect", **telling.effect(effect(snapshot, tried, tell))}


def pasted(text: str) -> Article:
    """An article of what was pasted: JSON as it comes from a wire, or text, whose first line is the headline.

    Raises:
        InvalidArticle: it is neither.
    """
    if text.lstrip().startswith("{"):
        try:
            document = from_json(text)
        except ValueError as exc:
            raise InvalidArticle(f"not JSON: {exc}", reason="json") from None
        return Article.from_mapping({"uri": "pasted", "source": "pasted", **document})
    headline, _, body = text.strip().partition("\n")
    return Article.from_mapping({"uri": "pasted", "source": "pasted", "headline": headline, "body_text": body.strip()})


def _verdict(article: Article, rules: RuleSet, now: datetime) -> dict[str, Any]:
    return telling.verdict(article, rules.judge(article, now, thorough=True), near_misses(rules, article, now))


def _refused(id_: int, status: int, error: str, message: str) -> Piece:
    return Piece(id_, REFUSED, to_json({"status": status, "error": error, "message": message}))
