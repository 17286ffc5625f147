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


_ARTICLES = "Articles as publishers sent them, ninjs 1.x to 3.x too; 12 partitions by murmur2 of the key, 48 h."
_ALERTS = "Alert revisions; read committed: each (id, revision) once, in order; 7 d."

# channel -> (topic, key, values, what it is for)
_TOPICS: dict[str, tuple[str, str, tuple[type[BaseModel], ...], str]] = {
    "articles": ("articles", "article uri", (Article,), _ARTICLES),
    "desk": ("desk", "article uri or alert id", (Candidate, Action), "What the desk hears, told apart by `type`."),
    "audit": ("desk.audit", "alert id", (Audit,), "What became of editors' actions and of suppressed articles; 30 d."),
    "alerts": ("alerts", "alert id", (Alert,), _ALERTS),
}

# Texts of `headers`, as `Alert.headers` and the dead letters write them.
_ALERT_HEADERS = {
    "epoch": "Which incarnation of the topic this is: offsets of another one count for nothing.",
    "ce_specversion": "1.0",
    "ce_id": "{id}:{revision}",
    "ce_source": "/flashwire",
    "ce_type": "flashwire.alert.{op}.v1",
    "ce_time": "issued",
    "ce_subject": "The alert's id.",
    "ce_dataschema": ALERT_SCHEMA,
    "content-type": "application/json",
}
_DEAD_HEADERS = {
    "dead.reason": "json, text or field: the sender's fault; crash or desk: not the sender's.",
    "dead.error": "What is wrong, and where.",
    "dead.topic": "Where the record stood.",
    "dead.partition": "Where the record stood.",
    "dead.offset": "Where the record stood.",
    "dead.timestamp": "The record's, in milliseconds since 1970.",
    "dead.attempts": "1; more where it was sent again with these headers and failed again.",
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
            "dead": {
                "address": "articles.dead",
                "description": "What could not be read, byte for byte, with its key and headers; 14 d.",
                "messages": {"dead": {"headers": _strings(_DEAD_HEADERS)}},
                "bindings": {"kafka": {"topic": "articles.dead", "bindingVersion": "0.5.0"}},
            },
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
            "receiveDead": {"action": "send", "channel": {"$ref": "#/channels/dead"}},
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
        message["headers"] = _strings(_ALERT_HEADERS)
    return message


def _strings(texts: dict[str, str]) -> dict[str, Any]:
    properties = {name: {"type": "string", "description": text} for name, text in texts.items()}
    return {"type": "object", "properties": properties, "required": list(texts)}
