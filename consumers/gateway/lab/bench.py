"""The gateway's side of its lab: one process, started when somebody first asks and ended when nobody does any more.

It is not started with the gateway: a gateway serves thousands of subscribers, its lab a few editors now and then, and
several gateways on one machine would each keep a tail in memory that nobody looks at. The first question waits for
about a second; the tail then loads while answers already come.
"""

import asyncio
import contextlib
import itertools
import logging
import os
import sys
import time
from collections.abc import AsyncGenerator

from pydantic_core import to_json

from consumers.gateway import metrics
from consumers.gateway.lab import framing
from consumers.gateway.lab.framing import ALIVE, REFUSED, Piece
from consumers.settings import PREFIX, Settings

log = logging.getLogger(__name__)

IDLE = 1800.0  # seconds without a question after which the process is ended
SILENT = 30.0  # seconds without a sign of life after which it is killed
AGAIN_AFTER = 5.0  # seconds between two starts
MOST_AT_ONCE = 32
STOP_WITHIN = 2.0
# What the lab needs to know; secrets stay here.
SHARED = ("kafka", "data", "prefix", "rules", "rules_seconds", "log_level", "lab_articles", "lab_mib")


class Trouble(Exception):
    """The lab cannot answer: `status` as HTTP has it, `code` for programs."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Bench:
    """Asks the lab."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: dict[int, tuple[asyncio.subprocess.Process, asyncio.Queue[Piece]]] = {}
        self._ids = itertools.count(1)
        self._starting = asyncio.Lock()
        self._started = -AGAIN_AFTER
        self._asked = 0.0
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the process, while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def ask(self, do: str, **fields: object) -> AsyncGenerator[Piece, None]:
        """The pieces of the answer. Whoever stops iterating has the lab stop too.

        Raises:
            Trouble: there is no lab now, or it refuses.
        """
        if len(self._waiting) >= MOST_AT_ONCE:
            raise Trouble(503, "busy", "too many questions at once")
        process = await self._running()
        id_, queue = next(self._ids), asyncio.Queue[Piece]()
        self._waiting[id_] = process, queue
        self._asked = time.monotonic()
        ended = False
        try:
            await self._send(process, framing.question(id_, do, **fields))
            while not ended:
                piece = await queue.get()
                ended = piece.kind != framing.MORE
                yield piece
        finally:
            del self._waiting[id_]
            if not ended:
                await self._send(process, framing.question(id_, "cancel"))

    async def answer(self, do: str, **fields: object) -> Piece:
        """The one piece of an answer that has no more."""
        async with contextlib.aclosing(self.ask(do, **fields)) as pieces:
            async for piece in pieces:
                return piece
        raise Trouble(503, "lab", "the lab did not answer")

    async def _send(self, process: asyncio.subprocess.Process, line: bytes) -> None:
        assert process.stdin is not None  # noqa: S101 - it was made with pipes
        with contextlib.suppress(ConnectionError, RuntimeError):  # it has died: those who wait are told by _follow
            process.stdin.write(line)
            await process.stdin.drain()

    # -- the process

    async def _running(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._closed:
                raise Trouble(503, "drain", "restarting")
            if self._process is not None and self._process.returncode is None:
                return self._process
            if time.monotonic() - self._started < AGAIN_AFTER:
                raise Trouble(503, "lab", "the lab has just ended and is started again in a few seconds")
            return await self._start()

    async def _start(self) -> asyncio.subprocess.Process:
        self._started = self._asked = time.monotonic()
        # Settings go in by the pipe: the lab needs no secrets, and cannot leak what it has not got.
        environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "consumers.gateway.lab",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=environ,
            )
        except OSError as exc:
            raise Trouble(503, "lab", f"the lab cannot be started ({exc.strerror})") from None
        self._process = process
        metrics.lab_starts.inc()
        shared = {name: getattr(self._settings, name) for name in SHARED}
        await self._send(process, to_json(shared) + b"\n")
        for work in (self._follow(process), self._watch(process)):
            task = asyncio.create_task(work, name="gateway lab")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return process

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        """Hand answers to those who wait for them, until the process ends; then tell them."""
        assert process.stdout is not None  # noqa: S101 - it was made with pipes
        try:
            while True:
                async with asyncio.timeout(SILENT):
                    piece = await framing.read(process.stdout)
                if piece.id != ALIVE and (waiting := self._waiting.get(piece.id)) is not None:
                    waiting[1].put_nowait(piece)
        except EOFError:
            pass
        except TimeoutError:
            log.error("the lab has not been heard of for %.0f s and is ended", SILENT)  # noqa: TRY400 - no trace to see
            process.kill()
        status = await _ended(process)
        if not self._closed and self._process is process:
            log.warning("the lab ended with status %d; it is started again when it is next asked", status)
        self._tell_gone(process)

    def _tell_gone(self, process: asyncio.subprocess.Process) -> None:
        """Whoever waits for an answer of this process gets this one; another may have been started meanwhile."""
        gone = to_json({"error": "lab", "message": "the lab has ended; ask again in a few seconds", "status": 503})
        for id_, (asked, queue) in self._waiting.items():
            if asked is process:
                queue.put_nowait(Piece(id_, REFUSED, gone))

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """End a process that nobody has asked anything for long."""
        while process.returncode is None:
            left = self._asked + IDLE - time.monotonic()
            if left <= 0 and not self._waiting:
                log.info("nobody has asked the lab for %.0f s: it ends until somebody does", IDLE)
                self._process, self._started = None, -AGAIN_AFTER
                await self._end(process)
                return
            await asyncio.sleep(max(left, 1.0))

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """Close its input, by which it knows; then make it."""
        assert process.stdin is not None  # noqa: S101 - it was made with pipes
        process.stdin.close()
        await _ended(process)

    async def stop(self) -> None:
        """End it for good."""
        self._closed = True
        if self._process is not None and self._process.returncode is None:
            await self._end(self._process)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._process is not None:
            self._tell_gone(self._process)


async def _ended(process: asyncio.subprocess.Process) -> int:
    """Wait until it has ended; make it, if it does not by itself: a signal to one that has ended confuses asyncio."""
    try:
        async with asyncio.timeout(STOP_WITHIN):
            return await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        return await process.wait()
