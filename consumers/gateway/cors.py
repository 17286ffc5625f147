"""What lets a page of another origin, which was found good, read an answer, be it what was asked for or a refusal."""

Fields = tuple[tuple[str, str], ...]

PREFLIGHT: Fields = (
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Allow-Headers", "authorization, content-type, last-event-id"),
    ("Access-Control-Max-Age", "600"),
)
"""What such a page may send."""


def shared(origin: str | None) -> Fields:
    """The header fields for an origin; none for a request that names none, which no page made that would need them."""
    if origin is None:
        return ()
    return (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", "Retry-After"),
        ("Vary", "Origin"),
    )
