"""The websocket protocol `alerts.v1` as values: what clients say, what the server says, how connections end.

Client frames are parsed once into commands or refused with `InvalidFrame`, never anything else. Server frames are
values that become bytes. Framing, sockets and time are elsewhere.
"""

from alerts.wire.codes import CloseCode, may_reconnect
from alerts.wire.commands import (
    MAX_FRAME,
    Ack,
    Authenticate,
    Command,
    EditorAction,
    Hello,
    History,
    InvalidFrame,
    Ping,
    Subscribe,
    Trail,
    Unsubscribe,
    parse_command,
)
from alerts.wire.messages import (
    Bye,
    Desk,
    Error,
    ErrorCode,
    Expiring,
    Gap,
    Lag,
    Limits,
    Live,
    Ok,
    Pong,
    Resumed,
    ServerMessage,
    TrailPage,
    Welcome,
    alert_json,
    heartbeat_json,
    history_json,
    more_json,
    text_frame,
)

SUBPROTOCOL = "alerts.v1"
VERSION = 1

__all__ = [
    "MAX_FRAME",
    "SUBPROTOCOL",
    "VERSION",
    "Ack",
    "Authenticate",
    "Bye",
    "CloseCode",
    "Command",
    "Desk",
    "EditorAction",
    "Error",
    "ErrorCode",
    "Expiring",
    "Gap",
    "Hello",
    "History",
    "InvalidFrame",
    "Lag",
    "Limits",
    "Live",
    "Ok",
    "Ping",
    "Pong",
    "Resumed",
    "ServerMessage",
    "Subscribe",
    "Trail",
    "TrailPage",
    "Unsubscribe",
    "Welcome",
    "alert_json",
    "heartbeat_json",
    "history_json",
    "may_reconnect",
    "more_json",
    "parse_command",
    "text_frame",
]
