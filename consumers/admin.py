"""Health, readiness and metrics of a role without a public port of its own."""

import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any, Protocol

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consumers.settings import Bind

log = logging.getLogger(__name__)


class Health(Protocol):
    """What a role says of itself."""

    @property
    def healthy(self) -> bool:
        """Whether it works; False if only a restart can help, never because a server is away."""
        ...

    @property
    def ready(self) -> bool:
        """Whether its work gets through now."""
        ...

    def status(self) -> dict[str, Any]:
        """What a person should know."""
        ...


def application(role: Health) -> Starlette:
    """`/healthz` and `/readyz` answer 200 or 503 with the role's status, `/metrics` in Prometheus' text format."""

    async def healthz(_: Request) -> Response:
        return _answer(role.healthy, role.status())

    async def readyz(_: Request) -> Response:
        return _answer(role.ready, role.status())

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)])


def _answer(good: bool, status: dict[str, Any]) -> Response:  # noqa: FBT001 - the one thing it says
    return JSONResponse({"ok": good, **status}, status_code=200 if good else 503)


@contextlib.asynccontextmanager
async def admin(bind: str, role: Health) -> AsyncIterator[None]:
    """Serve health and metrics on `bind` (host:port; port 0 lets the system choose) while the block runs."""
    where = Bind(bind)
    config = uvicorn.Config(
        application(role), host=where.host, port=where.port, log_config=None, access_log=False, lifespan="off"
    )
    server = _Server(config)
    async with server.running():
        log.info("health and metrics on http://%s:%d", where.host, server.port)
        yield


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the role decides when to stop."""

    port = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup()
        self.port = self.servers[0].sockets[0].getsockname()[1]
        try:
            yield
        finally:
            self.should_exit = True
            await self.shutdown()
