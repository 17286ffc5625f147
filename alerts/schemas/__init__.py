"""The contracts for other programs, made from our classes: JSON Schemas and one AsyncAPI document.

The files beside this module are committed copies; a test compares them, so that a change of a contract is seen in
review. `alerts schema NAME` prints any of them.
"""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from alerts.alert import ALERT_SCHEMA, Action, Alert, Audit, Candidate
from alerts.article import Article
from alerts.schemas.frames import ServerFrame
from alerts.wire import Command

BASE = ALERT_SCHEMA.rpartition("/alert/")[0]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _of(model: type[BaseModel], name: str) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"{BASE}/{name}/1", **model.model_json_schema(mode="serialization")}


def _article() -> dict[str, Any]:
    # What a sender may write, not what we write: validation mode.
    return {"$schema": DIALECT, "$id": f"{BASE}/article/1", **Article.model_json_schema(mode="validation")}


def _wire() -> dict[str, Any]:
    client = TypeAdapter(Command).json_schema()
    server = TypeAdapter(ServerFrame).json_schema(mode="serialization")
    definitions = {**client.pop("$defs", {}), **server.pop("$defs", {})}
    return {
        "$schema": DIALECT,
        "$id": f"{BASE}/wire/1",
        "title": "alerts.v1",
        "description": "Frames of the websocket protocol alerts.v1: `client` to server, `server` to client.",
        "properties": {"client": client, "server": server},
        "$defs": definitions,
    }


SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "article": _article,
    "candidate": lambda: _of(Candidate, "candidate"),
    "action": lambda: _of(Action, "action"),
    "alert": lambda: _of(Alert, "alert"),
    "audit": lambda: _of(Audit, "audit"),
    "wire": _wire,
    "asyncapi": lambda: _asyncapi(),  # noqa: PLW0108 - it is defined below
}


def schema(name: str) -> dict[str, Any]:
    """One contract by its name (a key of `SCHEMAS`), made afresh from the classes."""
    return SCHEMAS[name]()


def committed(name: str) -> str:
    """The committed text of a contract."""
    return files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")


# channel -> (topic, key, values, what it is for)
_TOPICS: dict[str, tuple[str, str, tuple[type[BaseModel], ...], str]] = {
    "articles": ("articles", "article uri", (Article,), "Articles as publishers sent them; 12 partitions, 48 h."),
    "desk": ("desk", "article uri or alert id", (Candidate, Action), "What the desk hears, told apart by `type`."),
    "audit": ("desk.audit", "alert id", (Audit,), "What became of editors' actions and of suppressed articles; 30 d."),
    "alerts": ("alerts", "alert id", (Alert,), "Alert revisions; read committed: each (id, revision) once, in order."),
}


def _asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0 for the topics and the websocket (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""
    models = {model for _, _, values, _ in _TOPICS.values() for model in values}
    refs = sorted(models, key=lambda model: model.__name__)
    places, merged = models_json_schema(
        [(model, "validation" if model is Article else "serialization") for model in refs],
        ref_template="#/components/schemas/{model}",
    )
    # Article has two forms, what may be written and what we write, so its name is pydantic's to choose.
    names: dict[Any, str] = {model: place["$ref"].rpartition("/")[2] for (model, _), place in places.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Flashwire",
            "version": "1.0.0",
            "description": "Breaking-news alerts on Kafka and over websockets; fields are only added.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "channels": {
            **{name: _channel(names, *described) for name, described in _TOPICS.items()},
            "stream": {
                "address": "/v1/stream",
                "description": "Websocket protocol alerts.v1; its frames are in the schema `wire`.",
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
                "messages": {"alert": {"payload": {"$ref": f"#/components/schemas/{names[Alert]}"}}},
            },
        },
        "operations": {
            "sendArticles": {"action": "receive", "channel": {"$ref": "#/channels/articles"}},
            "receiveAlerts": {"action": "send", "channel": {"$ref": "#/channels/alerts"}},
            "receiveAudit": {"action": "send", "channel": {"$ref": "#/channels/audit"}},
            "streamAlerts": {"action": "send", "channel": {"$ref": "#/channels/stream"}},
        },
        "components": {"schemas": merged["$defs"]},
    }


def _channel(
    names: dict[Any, str], topic: str, key: str, values: tuple[type[BaseModel], ...], text: str
) -> dict[str, Any]:
    return {
        "address": topic,
        "description": text,
        "messages": {value.__name__.lower(): _message(value, names[value], key) for value in values},
        "bindings": {"kafka": {"topic": topic, "bindingVersion": "0.5.0"}},
    }


def _message(value: type[BaseModel], name: str, key: str) -> dict[str, Any]:
    message: dict[str, Any] = {
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": "0.5.0"}},
    }
    if value is Alert:
        names = ["epoch", "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "ce_dataschema"]
        headers = {name: {"type": "string"} for name in [*names, "content-type"]}
        message["headers"] = {"type": "object", "properties": headers}
    return message
