import asyncio.selector_events
import logging
from collections.abc import Callable
from typing import Any

import pytest

from consumers.gateway.gone import GONE


def passes(message: str = "Exception in callback", act: Callable[[], object] | None = None) -> bool:
    """Whether a record is heard of, with the exception that `act` raises."""
    caught = None
    try:
        if act is not None:
            act()
    except Exception as exc:  # noqa: BLE001 - whatever it is, it is for the record
        caught = (type(exc), exc, exc.__traceback__)
    return bool(GONE.filter(logging.LogRecord("asyncio", logging.ERROR, "", 0, message, None, caught)))


def lost_twice() -> None:
    """As asyncio does where the last write of a closing transport finds the peer gone."""
    kind: Any = vars(asyncio.selector_events)["_SelectorSocketTransport"]
    transport = object.__new__(kind)
    transport._protocol, transport._protocol_connected, transport._sock = None, True, None
    transport._call_connection_lost(None)


def fails(fault: Exception) -> Callable[[], object]:
    def act() -> None:
        raise fault

    return act


def test_what_a_peer_that_is_gone_causes_is_not_heard_of() -> None:
    """Neither that the connection ended twice, nor that there was nobody to write to."""
    assert not passes(act=lost_twice)
    assert not passes("socket.send() raised exception.")


@pytest.mark.parametrize("fault", [OSError("disk full"), AttributeError("a slip of ours"), ValueError("ours")])
def test_all_else_is(fault: Exception) -> None:
    """A fault of our own is told with all there is to tell."""
    assert passes(act=fails(fault))
    assert passes("Executing took 0.3 seconds")
