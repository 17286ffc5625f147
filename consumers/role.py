"""What every role does the same way: settings, logs, signals, one-line errors, exit status."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

import click

from consumers.backends.kafka import Unreachable, WrongTopic
from consumers.settings import InvalidSetting, Settings, load

# The operator can act on these; anything else is our own fault and keeps its traceback.
LEAVE_SECONDS = 20.0  # a gateway's drain takes up to 15


class Overdue(RuntimeError):
    """A role was asked to end and could not in time, because a server that it waits for is away."""


EXPECTED = (InvalidSetting, Unreachable, WrongTopic, Overdue)

Main = Callable[[Settings, asyncio.Event], Coroutine[Any, Any, None]]


def logs(settings: Settings) -> None:
    """One line per event on standard error; without the Kafka client's chatter."""
    logging.basicConfig(
        level=settings.log_level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    # It logs every attempt to reach a broker and every broken heartbeat as an error, and heals itself; our own lines
    # say what follows from it.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def run(main: Main) -> None:
    """Run a role until SIGTERM or SIGINT.

    `main` gets the settings and an event that a signal sets. Exits with 1 and one line on an expected error, and if
    `main` has not come to its end within 20 s of the signal: what it had in hand is done again by who takes over.
    """
    try:
        settings = load()
        logs(settings)
        asyncio.run(_with_signals(main, settings))
    except BaseExceptionGroup as group:
        _expected_or_raise(group)
    except EXPECTED as exc:
        _fail(exc)


def leave() -> NoReturn:
    """End the process, done and well, without giving its memory back piece by piece.

    That takes a second and more of a rule set, and longer of many stories: whoever asked us to end waits for it.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(0)


def _expected_or_raise(group: BaseExceptionGroup[BaseException]) -> None:
    matched, rest = group.split(EXPECTED)
    if matched is None or rest is not None:
        raise group
    leaf: BaseException = matched
    while isinstance(leaf, BaseExceptionGroup):
        leaf = leaf.exceptions[0]
    _fail(leaf)


def _fail(exc: BaseException) -> None:
    click.echo(f"alerts: {exc}", err=True)
    sys.exit(2 if isinstance(exc, InvalidSetting) else 1)


async def _with_signals(main: Main, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await until_stopped(main(settings, stop), stop)


async def until_stopped(work: Coroutine[Any, Any, None], stop: asyncio.Event, patience: float = LEAVE_SECONDS) -> None:
    """Run `work` to its end, for which it has `patience` seconds once `stop` is set.

    Who sends until Kafka has it would never end while Kafka is away. All roles survive `kill -9`, so this loses nothing
    either.

    Raises:
        Overdue: it had to be left.
    """
    doing, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({doing}, timeout=patience)
        if not doing.done():
            doing.cancel()
            await asyncio.wait({doing}, timeout=patience)
            raise Overdue(
                f"left what was in hand {patience:.0f} s after being asked to end: a server did not answer; "
                "it is done again by who takes over"
            )
    finally:
        stopping.cancel()
    doing.result()
