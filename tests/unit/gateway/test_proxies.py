import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.datastructures import Headers

from consumers.gateway.proxies import Proxies
from consumers.proxied import SIGNS

LOOPBACK = ["127.0.0.0/8", "::1"]
OURS = ["10.0.0.0/8", "192.0.2.7", "fd00::/8"]


def listed(*values: str) -> Headers:
    return Headers([("X-Forwarded-For", value) for value in values])


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
        ("10.0.0.1", ["198.51.100.1:5678"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:5678, 10.0.0.2:80"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::5]:443"], "2001:db8::5"),
        ("10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:port"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1:123456"], "10.0.0.1"),
    ],
)
def test_the_first_that_is_no_proxy_of_ours_counts(peer: str, forwarded: list[str], client: str) -> None:
    """Read from the end: what a client wrote into the header itself never counts."""
    assert Proxies(OURS).client(peer, listed(*forwarded)) == client


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (["for=198.51.100.1"], "198.51.100.1"),
        (["FOR=198.51.100.1;proto=https;by=10.0.0.1"], "198.51.100.1"),
        (['proto=https;for="198.51.100.1:5678"'], "198.51.100.1"),
        (['for="[2001:db8::5]:443"'], "2001:db8::5"),
        (['for="[2001:db8::5]:_hidden", for=10.0.0.2'], "2001:db8::5"),
        (['for=6.6.6.6, for="198.51.100.1"', "for=10.0.0.2"], "198.51.100.1"),
        (['for=198.51.100.1;host="a, for=6.6.6.6"'], "198.51.100.1"),
        (["for=6.6.6.6, for=unknown"], "10.0.0.1"),
        (["for=6.6.6.6, proto=https"], "10.0.0.1"),
        (['for=6.6.6.6, for="198.51'], "10.0.0.1"),
        (["for=6.6.6.6, "], "10.0.0.1"),
        ([""], "10.0.0.1"),
    ],
)
def test_the_standard_header_is_read_too(forwarded: list[str], client: str) -> None:
    """RFC 7239, with ports, quotes and several hops; what cannot be read ends the chain."""
    headers = Headers([("Forwarded", value) for value in forwarded])
    assert Proxies(OURS).client("10.0.0.1", headers) == client


def test_of_both_headers_the_older_counts() -> None:
    """A proxy that adds to X-Forwarded-For hands on a Forwarded that anybody may have written."""
    headers = Headers([("X-Forwarded-For", "198.51.100.1"), ("Forwarded", "for=6.6.6.6")])
    assert Proxies(OURS).client("10.0.0.1", headers) == "198.51.100.1"


@pytest.mark.parametrize("name", SIGNS)
def test_what_came_through_a_strange_proxy_was_not_made_here(name: str) -> None:
    """Whatever it says."""
    assert not Proxies([]).local("127.0.0.1", Headers([(name, "127.0.0.1")]))
    assert Proxies([]).local("127.0.0.1", Headers([("Host", "127.0.0.1")]))


@pytest.mark.parametrize(
    ("said", "local"),
    [
        ([("X-Forwarded-For", "127.0.0.1")], True),
        ([("X-Forwarded-For", "[::1]:5678"), ("Via", "1.1 here"), ("X-Real-IP", "::1")], True),
        ([("Forwarded", 'for="[::1]"')], True),
        ([("X-Forwarded-For", "198.51.100.1")], False),
        ([("X-Forwarded-For", "198.51.100.1, 127.0.0.1")], False),
        ([("X-Forwarded-For", "127.0.0.1, 198.51.100.1")], False),
        ([("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=198.51.100.1")], False),
        ([("X-Forwarded-For", "127.0.0.1"), ("X-Real-IP", "198.51.100.1")], False),
        ([("X-Forwarded-For", "unknown")], False),
        ([("Forwarded", "proto=https")], False),
        ([("Via", "1.1 somewhere")], False),
    ],
)
def test_a_proxy_of_ours_brings_who_is_here_and_no_stranger(said: list[tuple[str, str]], *, local: bool) -> None:
    """Who is on this machine behind it is local; one it does not name is not."""
    assert Proxies(LOOPBACK).local("127.0.0.1", Headers(said)) is local


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30), max_size=4))
def test_without_proxies_nobody_is_believed(forwarded: list[str]) -> None:
    """The default: the peer is the client, whatever the header says."""
    assert Proxies([]).client("10.0.0.1", listed(*forwarded)) == "10.0.0.1"
    for headers in (listed(*forwarded), Headers([("Forwarded", value) for value in forwarded])):
        Proxies(OURS).client("10.0.0.1", headers)
        Proxies(OURS).local("10.0.0.1", headers)
