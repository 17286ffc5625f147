import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.laws import cases, examples
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from alerts import wire
from alerts.wire import CloseCode, InvalidFrame, parse_command

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
TYPES = ["hello", "subscribe", "unsubscribe", "auth", "history", "action", "trail", "ack", "ping", "alert"]
FILTER = st.fixed_dictionaries({}, optional=dict.fromkeys(["regions", "text", "not", "min_priority"], JSON))
FIELDS = dict.fromkeys(["req", "id", "version", "cursor", "seq", "limit", "on_gap", "token"], JSON)
GOOD = [
    {
        "type": "hello",
        "version": 1,
        "cursor": "k7:1",
        "subscriptions": {"a": {"regions": ["UA"], "not": {"text": "x"}}},
    },
    {"type": "subscribe", "req": 1, "id": "a", "filter": {"text": "a NEAR/3 (b OR c*)", "min_priority": "flash"}},
    {"type": "action", "req": 2, "id": "x", "alert": "a", "revision": 3, "do": "note", "note": "n"},
]
# A good frame with some bytes changed, cut out or put in.
BENT = st.builds(
    lambda frame, at, gone, put: (
        (data := json.dumps(frame).encode())[: at % len(data)] + put + data[at % len(data) + gone :]
    ),
    st.sampled_from(GOOD),
    st.integers(0, 300),
    st.integers(0, 3),
    st.binary(max_size=3),
)
ALMOST = st.fixed_dictionaries({"type": st.sampled_from(TYPES)}, optional={**FIELDS, "filter": FILTER})


def parse(**frame: Any) -> wire.Command:
    return parse_command(json.dumps(frame))


@settings(max_examples=cases(100_000, 600), deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200) | JSON.map(json.dumps) | ALMOST.map(json.dumps) | BENT)
@example(b"[" * 8000)
@example('{"type":"ping","req":' + "9" * 5000 + "}")
@example('{"type":"hello","version":1,"token":"\\ud800"}')
@example("\ud800")
@example(b"\xff\xfe")
def test_any_frame_is_a_command_or_invalid(frame: bytes | str) -> None:
    """Whatever a client sends is a command or InvalidFrame, never another error."""
    said: wire.Command | InvalidFrame
    try:
        said = parse_command(frame)
    except InvalidFrame as exc:
        said = exc
    assert isinstance(said, wire.Command) or (said.code in {"bad_request", "bad_filter"} and str(said))


def test_a_hello_of_the_contract_is_read() -> None:
    """The example of protocol.md, with every field, is a Hello."""
    hello = parse(
        type="hello",
        version=1,
        token="t",
        cursor="k7:182733",
        on_gap="live",
        client="name/1.0",
        subscriptions={
            "main": {
                "regions": ["central-asia", "UA-30"],
                "min_priority": "urgent",
                "topics": ["conflict"],
                "rules": ["troops-abroad"],
                "languages": ["en", "ru"],
                "sources": ["example.org"],
                "text": "border",
                "not": {"topics": ["sport"]},
            }
        },
    )
    assert isinstance(hello, wire.Hello)
    assert hello.subscriptions["main"].min_priority == "urgent"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"type": "hello", "version": 1, "colour": "red"}, "bad_request"),
        ({"type": "hello", "version": "1"}, "bad_request"),
        ({"type": "shout"}, "bad_request"),
        ({"type": "ack", "seq": -2}, "bad_request"),
        ({"type": "ack", "seq": 2**53}, "bad_request"),
        ({"type": "history", "req": 1, "limit": 0}, "bad_request"),
        ({"type": "action", "req": 1, "id": "x", "alert": "a", "revision": 1, "do": "explode"}, "bad_request"),
        ({"type": "subscribe", "req": 1, "id": "a", "filter": {"color": ["red"]}}, "bad_filter"),
        ({"type": "subscribe", "req": 1, "id": "a", "filter": {"regions": ["atlantis"]}}, "bad_filter"),
        ({"type": "subscribe", "req": 1, "id": "a", "filter": {"topics": []}}, "bad_filter"),
        ({"type": "subscribe", "req": 1, "id": "a", "filter": {"not": {"not": {}}}}, "bad_filter"),
        ({"type": "subscribe", "req": 1, "id": "a", "filter": {"text": "("}}, "bad_filter"),
        ({"type": "hello", "version": 1, "subscriptions": {"a": {"min_priority": "red"}}}, "bad_filter"),
    ],
)
def test_what_is_unknown_or_inert_is_refused(frame: dict[str, Any], code: str) -> None:
    """Unknown types, fields and values, and axes that could never match, are errors and never ignored."""
    with pytest.raises(InvalidFrame) as refused:
        parse_command(json.dumps(frame))
    assert refused.value.code == code


def test_a_refusal_carries_the_request_number() -> None:
    """The answer to a bad frame can name the request it answers."""
    with pytest.raises(InvalidFrame) as refused:
        parse(type="subscribe", req=41, id="a", filter={"regions": ["atlantis"]})
    assert refused.value.req == 41
    assert "atlantis" in str(refused.value)


def test_a_frame_over_the_limit_is_refused_by_its_bytes() -> None:
    """The limit counts bytes, not characters."""
    with pytest.raises(InvalidFrame, match="at most 8192"):
        parse_command(json.dumps({"type": "hello", "version": 1, "token": "й" * 5000}, ensure_ascii=False))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 2**16 - 1, 2**16, 70_000])
def test_text_frames_are_what_the_library_makes(size: int) -> None:
    """Our own framing is, byte for byte, that of websockets, at every length of header."""
    payload = b"x" * size
    assert wire.text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


def test_every_close_code_says_whether_to_come_back() -> None:
    """The published table: below 4500 our own codes mean come back, above stop; unknown ones too."""
    assert {code for code in CloseCode if not code.reconnect} == {
        1002, 1003, 1007, 1008, 1009, 4500, 4501, 4503, 4504, 4505, 4506, 4507,
    }  # fmt: skip
    assert all(map(wire.may_reconnect, (1000, 1005, 1014))), "of a proxy between"
    assert wire.may_reconnect(4321)
    assert not wire.may_reconnect(4987)


def test_server_messages_carry_the_names_of_the_contract() -> None:
    """Names that Python reserves stand on the wire as protocol.md has them; absent fields are left out."""
    assert json.loads(wire.Expiring(in_=60).to_json()) == {"type": "expiring", "in": 60}
    assert json.loads(wire.Resumed(ok=True, from_=3).model_dump_json()) == {"ok": True, "from": 3}
    assert json.loads(wire.Error(code="rate", message="slow down", retry=True).to_json()) == {
        "type": "error",
        "code": "rate",
        "message": "slow down",
        "retry": True,
    }
    assert json.loads(wire.Bye(code=1012, why="drain", retry_ms=(500, 15_000)).to_json())["retry_ms"] == [500, 15_000]


def test_frames_made_of_bytes_are_json() -> None:
    """Alerts, heartbeats and histories are put together from bytes and are still JSON."""
    item = b'{"seq":5,"alert":{"id":"a"}}'
    assert json.loads(wire.alert_json(5, b'{"id":"a"}')) == {"type": "alert", "seq": 5, "alert": {"id": "a"}}
    assert json.loads(wire.heartbeat_json(7)) == {"type": "heartbeat", "seq": 7}
    page = json.loads(wire.history_json(3, [item, item], 5))
    assert (len(page["items"]), page["more"], page["next"]) == (2, True, 5)
    assert json.loads(wire.history_json(3, [], None)) == {"type": "history", "req": 3, "items": [], "more": False}


@settings(max_examples=examples(30))
@given(st.text(max_size=2000))
def test_shared_compression_is_what_any_peer_expects(text: str) -> None:
    """A compressed frame is read by the library's own decoder, without anything that was sent before it."""
    frame = wire.deflated_frame(text.encode())
    decoder = PerMessageDeflate(
        remote_no_context_takeover=True,
        local_no_context_takeover=True,
        remote_max_window_bits=15,
        local_max_window_bits=15,
    )
    for _ in range(2):
        parsed = parsed_frame(frame, decoder)
        assert (parsed.opcode, parsed.fin, parsed.data) == (Opcode.TEXT, True, text.encode())
    assert frame[0] & 0x40  # RSV1: it was compressed


def parsed_frame(data: bytes, decoder: PerMessageDeflate) -> Frame:
    """The one frame in `data`."""
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    parsing = Frame.parse(reader.read_exact, mask=False, extensions=[decoder])
    try:
        while True:
            next(parsing)
    except StopIteration as done:
        frame: Frame = done.value
        return frame
