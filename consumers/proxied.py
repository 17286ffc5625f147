"""How a request that a proxy brought is known: without keys we serve this machine only; a proxy brings strangers."""

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
