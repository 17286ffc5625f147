"""The role: connect to Kafka, serve until told to stop."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from consumers.asked import Asked
from consumers.backends.kafka import FAULTS, Cluster, Sender
from consumers.ingest.app import application
from consumers.ingest.guard import Guard
from consumers.ingest.log import KafkaLog
from consumers.settings import Bind, InvalidSetting, Settings

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 1000
DRAIN_SECONDS = 5
MEND_SECONDS = 2.0


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Serve `ALERTS_INGEST_BIND` until `stop` is set; requests under way are finished.

    Raises:
        InvalidSetting: a network would be served without tokens, or the address cannot be used.
        Unreachable: Kafka does not answer.
    """
    Guard(settings)  # a setting that is wrong is said before anything is tried
    sender = Sender(await Cluster.connect(settings))
    await sender.start()
    mending = asyncio.create_task(_mend(sender))
    try:
        app = application(settings, KafkaLog(sender, settings.topic("articles")))
        await _serve(app, Bind(settings.ingest_bind), stop)
    finally:
        mending.cancel()
        await sender.stop()


async def _mend(sender: Sender) -> None:
    """Be ready again after an error, also if whoever asks `/readyz` sends nothing meanwhile."""
    while True:
        await asyncio.sleep(MEND_SECONDS)
        try:
            await sender.mend()
        except FAULTS as exc:
            log.warning("Kafka cannot be written to (%s); trying again", exc or type(exc).__name__)


async def _serve(app: FastAPI, where: Bind, stop: asyncio.Event) -> None:
    listener = _listen(where)
    config = uvicorn.Config(
        app,
        http=Asked,
        ws="none",
        log_config=None,
        log_level="error",  # not a line for each request that is none
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Server(config)
    log.info("articles on http://%s:%d/v1/articles, documentation on /docs", where.host, listener.getsockname()[1])
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        server.should_exit = True
        await serving


def _listen(where: Bind) -> socket.socket:
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    try:
        return socket.create_server((where.host, where.port), family=family, backlog=1024)
    except OSError as exc:
        raise InvalidSetting(
            f"ALERTS_INGEST_BIND={where}: cannot listen there ({exc.strerror}); "
            "stop what uses that address, or choose another"
        ) from None


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the role decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
