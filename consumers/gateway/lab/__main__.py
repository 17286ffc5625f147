"""The lab's process: `python -m consumers.gateway.lab`, started by a gateway and spoken to over its pipes.

It ends when its input does, so that it never outlives its gateway.
"""

import asyncio
import os
import signal
import sys
import threading
from datetime import UTC, datetime

from pydantic_core import from_json

from alerts.article import Article
from consumers import role
from consumers.gateway.lab import framing
from consumers.gateway.lab.baseline import Baseline
from consumers.gateway.lab.framing import ALIVE, MORE, Piece, Put
from consumers.gateway.lab.reader import Reader
from consumers.gateway.lab.shelf import Shelf
from consumers.gateway.lab.worker import Worker
from consumers.settings import Settings

NICE = 10
BEAT = 2.0
LONGEST_LINE = 16 * 2**20


def main() -> None:
    """Run until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all of the terminal's processes; the gateway ends us
    os.nice(NICE)  # alerts come first, also on a machine with few processors
    asyncio.run(_main())


async def _main() -> None:
    questions = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    settings = Settings(_env_file=None, **from_json(await questions.readline() or b"{}"))
    role.logs(settings)
    shelf, reader = Shelf(settings.rules, settings.rules_seconds), Reader(settings)
    baseline, one_at_a_time = Baseline(shelf, reader), threading.Lock()

    def put(piece: Piece) -> None:
        with one_at_a_time:
            framing.write(sys.stdout.buffer, piece)

    worker = Worker(shelf, reader, baseline, put)
    background = [asyncio.create_task(_beat(put))]
    await asyncio.to_thread(shelf.load)
    await asyncio.to_thread(_warm, shelf)
    background += [asyncio.create_task(work) for work in (reader.run(), shelf.follow(), baseline.run())]
    answering = asyncio.create_task(_take(questions, worker))
    done, _ = await asyncio.wait({answering, *background}, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()  # what fails in the background ends the process, loudly; the gateway starts another
    os._exit(0)  # threads may still be judging, for nobody


def _warm(shelf: Shelf) -> None:
    """Have the gazetteer and the signals read before the first question, not during it."""
    article = Article(uri="warm", source="warm", headline="Quake in Lima", published=datetime.now(UTC))
    shelf.book.rules.judge(article, datetime.now(UTC), thorough=True)


async def _take(questions: asyncio.StreamReader, worker: Worker) -> None:
    while line := await questions.readline():
        worker.take(framing.asked(line))


async def _beat(put: Put) -> None:
    while True:
        put(Piece(ALIVE, MORE, b""))
        await asyncio.sleep(BEAT)


if __name__ == "__main__":
    main()
