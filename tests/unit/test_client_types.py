"""The browser client's types against its source, and against the protocol."""

import re
from pathlib import Path

from alerts import wire
from alerts.wire import messages

CLIENT = Path(__file__).parents[2] / "consumers/gateway/client"
SOURCE = (CLIENT / "alerts.js").read_text(encoding="utf-8")
TYPES = (CLIENT / "alerts.d.ts").read_text(encoding="utf-8")


def body(text: str, opening: str) -> str:
    """What stands between the braces after some words."""
    return text[text.index(opening) :].partition("{\n")[2].partition("\n}")[0]


def test_the_types_tell_all_that_the_module_offers() -> None:
    """Every public method of the module is declared, and nothing is declared that it has not."""
    methods = re.findall(r"^  (?:async )?([a-z]\w*)\(.*\) \{$", body(SOURCE, "class AlertStream"), re.MULTILINE)
    declared = re.findall(r"^  ([a-z]\w*)[<(]", body(TYPES, "class AlertStream"), re.MULTILINE)
    assert set(methods) == set(declared) - {"addEventListener"}
    exported = set(re.findall(r"export (?:const|class) (\w+)", SOURCE))
    assert exported == set(re.findall(r"export (?:function|class) (\w+)", TYPES))


def test_every_frame_of_the_server_is_an_event_with_a_type() -> None:
    """Answers to requests and `bye` are the module's own affair; all else reaches a program."""
    kinds = {model.model_fields["type"].default for model in messages.ServerMessage.__subclasses__()}
    kinds |= {"alert", "heartbeat"}
    events = set(re.findall(r"^  (\w+): ", body(TYPES, "interface Events"), re.MULTILINE))
    assert kinds - {"ok", "pong", "error", "trail", "bye"} == events - {"state", "cursor"}


def test_the_module_agrees_on_who_comes_back() -> None:
    """Its pattern of close codes is the table of the protocol, and the codes of an end without any reason."""
    (pattern,) = re.findall(r"mayReconnect = \(code\) => /(.*?)/\.test", SOURCE)
    agreed = {code for code in range(1000, 5000) if re.fullmatch(pattern.strip("^$"), str(code))}
    assert agreed == {code for code in range(1000, 5000) if wire.may_reconnect(code)} | {1000, 1005}
