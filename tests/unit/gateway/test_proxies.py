import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.gateway.proxies import Proxies

OURS = ["10.0.0.0/8", "192.0.2.7", "fd00::/8"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1, 10.9.9.9"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 192.0.2.7"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, nonsense"], "10.0.0.1"),
        ("fd00::1", ["[2001:db8::5]"], "2001:db8::5"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_the_first_that_is_no_proxy_of_ours_counts(peer: str, forwarded: list[str], client: str) -> None:
    """Read from the end: what a client wrote into the header itself never counts."""
    assert Proxies(OURS).client(peer, forwarded) == client


@given(st.lists(st.text(max_size=30), max_size=4))
def test_without_proxies_nobody_is_believed(forwarded: list[str]) -> None:
    """The default: the peer is the client, whatever the header says."""
    assert Proxies([]).client("10.0.0.1", forwarded) == "10.0.0.1"
    Proxies(OURS).client("10.0.0.1", forwarded)
