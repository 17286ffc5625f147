"""What `/openapi.json` says beyond what FastAPI sees: we read the body ourselves, as it streams in."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

DESCRIPTION = """Articles in, for the alert system.

An answer of 202 means that Kafka has acknowledged every accepted article. A 503 names how many were not acknowledged:
they may still be delivered, so send the body again; repeats are dropped."""


class Rejection(BaseModel):
    """One article that was not taken."""

    index: int = Field(description="position in the body, from 0")
    uri: str | None
    reason: str


class Answer(BaseModel):
    """The answer to a body of articles."""

    accepted: int
    rejected: list[Rejection]
    error: str | None = Field(default=None, description="why nothing (or not all) was taken; absent in a 202")


_EXAMPLE = {
    "uri": "https://news.example/2026/05/bridge",
    "version": "1",
    "headline": "Bridge collapses in Example City",
    "description": "At least three cars fell into the river.",
    "body_text": "Rescuers are at the scene, the mayor's office said.",
    "source": "news.example",
    "language": "en",
    "published": "2026-05-01T09:30:00+06:00",
}
_ARTICLE = {"$ref": "#/components/schemas/Article"}

POST: dict[str, Any] = {
    "response_model": Answer,
    "summary": "Send articles",
    "responses": {
        400: {"model": Answer, "description": "nothing in the body could be read"},
        401: {"model": Answer, "description": "a bearer token is needed"},
        403: {"model": Answer, "description": "a foreign origin or host, or a source the token does not cover"},
        408: {"model": Answer, "description": "the body arrived too slowly"},
        413: {"model": Answer, "description": "too large"},
        415: {"model": Answer, "description": "not JSON"},
        503: {"model": Answer, "description": "Kafka is away; see Retry-After"},
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"anyOf": [_ARTICLE, {"type": "array", "items": _ARTICLE}]},
                    "example": _EXAMPLE,
                },
                "application/x-ndjson": {"schema": {"type": "string"}},
            },
        }
    },
}


def complete(app: FastAPI, article: type[BaseModel]) -> None:
    """Add the article's schema, made from the model, to the application's components."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        schema = article.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(schema.pop("$defs", {}))
        schemas["Article"] = schema
        return document

    app.openapi = openapi  # type: ignore[method-assign]
