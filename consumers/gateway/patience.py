"""How long a peer is waited for."""


class Patience:
    """Seconds, and how far behind, before a peer is given up; a test may shorten them."""

    stall = 10.0
    hopeless = 60.0
    hopeless_behind = 10_000
    hopeless_rate = 5.0
