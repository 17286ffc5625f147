"""What a client takes besides plain bytes."""

import pytest

from consumers.gateway.encoding import takes_gzip


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ((), False),
        (("gzip, deflate, br, zstd",), True),
        (("deflate", "GZip;q=0.5"), True),
        (("identity",), False),
        (("gzip;q=0",), False),
        (("gzip; q=0.000, deflate",), False),
        (("xgzip, gzipped",), False),
        ((";;,,=,q=1",), False),
    ],
)
def test_gzip_is_sent_to_those_who_name_it(accepted: tuple[str, ...], takes: bool) -> None:  # noqa: FBT001 - a table
    """However often the header is given, and never to those who refuse it."""
    assert takes_gzip(accepted) is takes
