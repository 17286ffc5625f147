"""How a request that a proxy brought is known: without keys we serve this machine only; a proxy brings strangers."""

from collections.abc import Container

SIGNS = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
)
"""Headers that proxies add."""


def is_proxied(headers: Container[str]) -> bool:
    """Whether one of these header names, to be asked for in any case, is a proxy's."""
    return any(sign in headers for sign in SIGNS)
