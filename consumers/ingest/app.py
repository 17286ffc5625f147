"""The HTTP application of ingest."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic_core import to_json
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from alerts.article import Article, InvalidArticle
from consumers.ingest import batch, body, metrics, openapi
from consumers.ingest.guard import Guard, Refused
from consumers.ingest.intake import ACK_SECONDS, Intake, Outcome, verdict
from consumers.ingest.log import Log
from consumers.settings import Settings

log = logging.getLogger(__name__)


def application(
    settings: Settings,
    articles: Log,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ack_seconds: float = ACK_SECONDS,
    read_seconds: float = body.READ_SECONDS,
) -> FastAPI:
    """The application; the rest of its rooms are pure or behind `articles`.

    Raises:
        InvalidSetting: it would serve a network without tokens.
    """
    guard = Guard(settings)
    limits = body.Limits(settings.ingest_max_bytes, read_seconds)
    intake = Intake(articles, now, max_bytes=settings.ingest_max_bytes, ack_seconds=ack_seconds)
    # The wrapper serves Swagger UI from its own package: no CDN.
    app = FastAPIOffline(title="Flashwire ingest", redoc_url=None, description=openapi.DESCRIPTION)

    app.add_middleware(Door, guard=guard)

    @app.post("/v1/articles", status_code=202, **openapi.POST)
    async def post(request: Request) -> Response:
        """Send one article, a JSON array of them, or JSON lines."""
        outcome = Outcome()
        try:
            allowed = guard.sender(request.headers.get("authorization"))
            form = body.format_of(request.headers)
            async with body.reading(request, form, limits) as data:
                outcome = await intake.take(form.split(data), allowed)
            verdict(outcome, ack_seconds)
        except batch.TooMany as exc:
            return _refusal(request, Refused(413, str(exc)), outcome)
        except InvalidArticle as exc:
            return _refusal(request, Refused(400, str(exc)), outcome)
        except Refused as refused:
            return _refusal(request, refused, outcome)
        except ClientDisconnect:
            return _refusal(request, Refused(400, "the sender hung up before the body was complete"), outcome)
        metrics.requests.labels(status="202").inc()
        if outcome.rejected:
            _note(request, 202, f"{len(outcome.rejected)} of the articles rejected", outcome)
        return JSONResponse(outcome.body(), status_code=202)

    @app.get("/healthz", tags=["operation"])
    async def healthz() -> dict[str, Any]:
        """Whether the process lives; it also says what it knows of Kafka."""
        return {"ok": True, "kafka": "ok" if articles.healthy else "away"}

    @app.get("/readyz", tags=["operation"])
    async def readyz() -> Response:
        """503 while Kafka is away: requests would be answered 503 too."""
        healthy = articles.healthy
        return JSONResponse({"ok": healthy, "kafka": "ok" if healthy else "away"}, status_code=200 if healthy else 503)

    @app.get("/metrics", tags=["operation"])
    async def prometheus() -> Response:
        """Metrics in Prometheus' text format."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    openapi.complete(app, Article)
    return app


class Door:
    """Keeps web pages of others out, and strangers that a proxy brings, whatever the path."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI's signature
        if scope["type"] == "http":
            request = Request(scope)
            try:
                self._guard.check_way(request.headers)
                self._guard.check_page(request.headers.get("host"), request.headers.get("origin"))
            except Refused as refused:
                await _refusal(request, refused)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _refusal(request: Request, refused: Refused, outcome: Outcome | None = None) -> Response:
    outcome = outcome or Outcome()
    if request.url.path == "/v1/articles":
        metrics.requests.labels(status=str(refused.status)).inc()
    _note(request, refused.status, refused.error, outcome)
    return JSONResponse(outcome.body(refused.error), status_code=refused.status, headers=refused.headers)


def _note(request: Request, status: int, error: str, outcome: Outcome) -> None:
    """One line a refused request, as JSON: uris only, since an embargoed headline must not reach a log."""
    line = {
        "event": "refused",
        "status": status,
        "path": request.url.path[:200],
        "client": request.client.host if request.client else None,
        "accepted": outcome.accepted,
        "rejected": len(outcome.rejected),
        "uris": [rejected.uri[:200] for rejected in outcome.rejected[:5] if rejected.uri],
        "error": error[:300] if not outcome.rejected else f"{len(outcome.rejected)} rejected",
    }
    log.warning("%s", to_json(line).decode())
