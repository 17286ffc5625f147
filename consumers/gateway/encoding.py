"""What a client takes besides plain bytes."""

import re
from collections.abc import Sequence

_REFUSED = re.compile(r"q=0(\.0*)?")


def takes_gzip(accepted: Sequence[str]) -> bool:
    """Whether the values of `Accept-Encoding` (RFC 9110, 12.5.3) name gzip and do not refuse it."""
    for each in ",".join(accepted).split(","):
        name, _, quality = each.partition(";")
        if name.strip().lower() == "gzip":
            return _REFUSED.fullmatch(quality.strip().lower()) is None
    return False
