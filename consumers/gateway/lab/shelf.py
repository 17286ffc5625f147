"""The rules files as the lab knows them: read with their text, followed, written with the one before kept beside.

Written by a rename, so that whoever follows them (the classifiers, other gateways' labs) sees the old file or the new
one, never half of one. What was there before is kept as `FILE.previous`, which no role reads; going back swaps the two.
"""

import asyncio
import contextlib
import hashlib
import os
import threading
from importlib.resources import files
from pathlib import Path
from typing import Any

from alerts.lab import Book, Draft, spliced
from alerts.rules import Edition, InvalidRules, Problem, RuleSet, edition
from consumers.rulefiles import Signature, read, rule_files, signature

PREVIOUS = ".previous"
DEFAULT = "default.yaml"


class Unwritable(Exception):
    """The file cannot be written; the text says why and what to do."""


class Outdated(Exception):
    """The file is no longer what the author saw."""


class Shelf:
    """Reads and writes.

    Attributes:
        book: the newest good rules: what the classifiers judge by, if they read the same files.
        problems: what is wrong with the files as they are now.
    """

    def __init__(self, path: Path | None, every: float) -> None:
        self._path = path
        self._every = every
        self._taken: Signature = ()
        self._writing = threading.Lock()
        self.problems: tuple[Problem, ...] = ()
        self.book = Book((), Edition(RuleSet(()), {}))

    def load(self) -> None:
        """Read the files. With problems in them, the book stays the last good one."""
        if self._path is None:
            text = files("alerts.rules").joinpath(DEFAULT).read_text(encoding="utf-8")
            self.book = Book(((DEFAULT, text),))
            return
        self._taken = signature(self._path)
        try:
            sources = tuple((str(file), _text(file)) for file in rule_files(self._path))
            self.book, self.problems = Book(sources), ()
        except InvalidRules as exc:
            self._broken(exc)
        except (OSError, UnicodeDecodeError):
            self._broken(_reason(self._path))

    def _broken(self, exc: InvalidRules) -> None:
        self.problems = exc.problems
        if not self.book.sources:  # nothing good is known: the files can still be repaired as a whole
            with contextlib.suppress(OSError, UnicodeDecodeError):
                assert self._path is not None  # noqa: S101 - only files can be broken
                sources = [(str(file), _text(file)) for file in rule_files(self._path)]
                self.book = Book(sources, Edition(RuleSet(()), {}))

    async def follow(self) -> None:
        """Read the files again whenever they have changed and settled, until cancelled."""
        before: Signature = self._taken
        while True:
            await asyncio.sleep(self._every)
            if self._path is None:
                continue
            now = await asyncio.to_thread(signature, self._path)
            settled, before = now == before, now
            if settled and now != self._taken:
                await asyncio.to_thread(self.load)

    # -- what the page is told

    def files(self) -> list[dict[str, Any]]:
        """Each file: name, digest, whether it can be written, whether there is one to go back to."""
        return [
            {
                "file": name,
                "name": Path(name).name,
                "digest": digest(self.now(name)),
                "writable": self._why_not(name) is None,
                "why_not": self._why_not(name),
                "previous": self._path is not None and Path(name + PREVIOUS).is_file(),
            }
            for name, _ in self.book.sources
        ]

    def now(self, file: str) -> str:
        """A file of the book as it is on disk now."""
        if self._path is None:
            return self.book.text(file)
        try:
            return _text(Path(file))
        except (OSError, UnicodeDecodeError):
            return ""

    def _why_not(self, file: str) -> str | None:
        if self._path is None:
            return "no file is named by ALERTS_RULES: these are the rules of the package"
        real = Path(file).resolve()
        if not os.access(real, os.W_OK) or not os.access(real.parent, os.W_OK):
            return "the gateway may not write this file and its folder"
        return None

    # -- writing

    def save(self, draft: Draft, base: str) -> dict[str, Any]:
        """Put a draft into force: write its file, keep the one before.

        Args:
            draft: made from this book.
            base: digest of the file as the author saw it.

        Raises:
            Unwritable: see the text.
            Outdated: somebody else has changed the file.
            InvalidRules: the draft does not fit into the file.
        """
        with self._writing:
            return self._save(draft, base)

    def _save(self, draft: Draft, base: str) -> dict[str, Any]:
        now = self._ours(draft.file, base)
        if not draft.whole and now != self.book.text(draft.file):
            raise Outdated("the file has changed, or has problems; open the whole file")
        text = spliced(self.book, draft)
        self._exchange(Path(draft.file).resolve(), text, now)
        self.load()
        return {"file": draft.file, "ruleset": self.book.rules.hash, "previous": digest(now)}

    def restore(self, file: str, base: str) -> dict[str, Any]:
        """Swap a file with the one before.

        Raises:
            Unwritable, Outdated: as for `save`.
            InvalidRules: the one before is no longer good.
        """
        with self._writing:
            return self._restore(file, base)

    def _restore(self, file: str, base: str) -> dict[str, Any]:
        now = self._ours(file, base)
        try:
            text = _text(Path(file + PREVIOUS))
        except (OSError, UnicodeDecodeError):
            raise Unwritable("there is no file to go back to") from None
        edition([(name, text if name == file else other) for name, other in self.book.sources])
        self._exchange(Path(file).resolve(), text, now)
        self.load()
        return {"file": file, "ruleset": self.book.rules.hash, "previous": digest(now)}

    def _ours(self, file: str, base: str) -> str:
        if file not in dict(self.book.sources) or (reason := self._why_not(file)) is not None:
            raise Unwritable(reason if file in dict(self.book.sources) else "there is no such rules file")
        now = self.now(file)
        if digest(now) != base:
            raise Outdated("the rules file was changed meanwhile; look at it again before you save")
        return now

    def _exchange(self, file: Path, text: str, before: str) -> None:
        try:
            _write(file.with_name(file.name + PREVIOUS), before, file.stat().st_mode)
            _write(file, text, file.stat().st_mode)
        except OSError as exc:
            raise Unwritable(f"{file.name} cannot be written ({exc.strerror})") from None


def _text(file: Path) -> str:
    """What is in a file, with its own line ends: it is written back as it was."""
    return file.read_bytes().decode("utf-8")


def digest(text: str) -> str:
    """What tells one text of a file from another."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _write(file: Path, text: str, mode: int) -> None:
    """All of it or nothing, also if the power fails."""
    fresh = file.with_name(f".{file.name}.new")
    try:
        with fresh.open("w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.chmod(mode)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


def _reason(path: Path) -> InvalidRules:
    try:
        read(path)
    except InvalidRules as exc:
        return exc
    return InvalidRules([Problem(str(path), 0, 0, "cannot be read")])
