"""How a connection ends, and whether the client should come back."""

from enum import IntEnum


class CloseCode(IntEnum):
    """Websocket close codes: those of RFC 6455, 7.4, that we use or see, and our own from 4000.

    The range tells strangers what to do: 4000 to 4499 come back, 4500 to 4999 stop.
    """

    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    ABNORMAL = 1006
    INVALID_DATA = 1007
    POLICY_VIOLATION = 1008
    MESSAGE_TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    NO_HEARTBEAT = 4000
    TOO_SLOW = 4001
    TOKEN_EXPIRED = 4002
    RATE_LIMITED = 4003
    RESYNC = 4004
    BAD_REQUEST = 4500
    UNAUTHORISED = 4501
    REVOKED = 4503
    CONNECTION_LIMIT = 4504
    SUBSCRIPTION_LIMIT = 4505
    CURSOR_TOO_OLD = 4506
    VERSION = 4507

    @property
    def reconnect(self) -> bool:
        """Whether to come back and resume; False: stop until something changes."""
        return may_reconnect(self)


# 1000, 1005 and 1014 no gateway says: a proxy between does, that restarts, ends what is long, or lost the gateway.
_COME_BACK = frozenset({1000, 1001, 1005, 1006, 1011, 1012, 1013, 1014})


def may_reconnect(code: int) -> bool:
    """Whether a client that was closed with this code should come back, also for codes we do not know."""
    return code in _COME_BACK or 4000 <= code <= 4499
