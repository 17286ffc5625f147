import time
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.newsroom import SECRET, make_settings, token

from alerts.filters import EVERYTHING, Filter
from consumers.gateway.access import LOCAL, Gatekeeper, Refused, Tokens, bearer, loopback
from consumers.settings import InvalidSetting

NOW = time.time()


def keeper(**settings: Any) -> Gatekeeper:
    return Gatekeeper(make_settings(**settings))


def test_without_a_secret_everyone_is_the_local_admin() -> None:
    """On one's own machine nobody needs a token."""
    assert keeper().grant(None, NOW) == LOCAL


def test_without_a_secret_other_machines_cannot_be_served() -> None:
    """Binding to the world without a key stops the start, and says what to do."""
    with pytest.raises(InvalidSetting, match="ALERTS_GATEWAY_SECRET"):
        keeper(gateway_bind="0.0.0.0:8765")
    keeper(gateway_bind="0.0.0.0:8765", gateway_secret=SECRET)


def test_a_token_tells_who_and_what() -> None:
    """Claims become user, role, scope and end."""
    grant = Tokens(SECRET).grant(token(role="editor", regions=["ua"], min_priority="urgent"), NOW)
    assert (grant.user, grant.role, grant.editor) == ("ann", "editor", True)
    assert grant.scope == Filter.from_query([("regions", "UA"), ("min_priority", "urgent")])
    assert grant.expires is not None
    assert grant.expires > NOW


def test_a_token_without_a_scope_reaches_everything_as_a_viewer() -> None:
    """The least role is the default."""
    grant = Tokens(SECRET).grant(token(), NOW)
    assert (grant.role, grant.scope, grant.editor) == ("viewer", EVERYTHING, False)


def test_dates_may_have_a_fraction() -> None:
    """As RFC 7519 has it, and Python's clock; a token ends, and was made, no later than it says."""
    grant = Tokens(SECRET).grant(token(exp=NOW + 60.5, iat=NOW - 0.5), NOW)
    assert (grant.expires, grant.issued) == (int(NOW + 60.5), int(NOW - 0.5))


def unsigned() -> str:
    return jwt.encode({"sub": "ann", "exp": int(NOW) + 60}, "", algorithm="none")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "garbage",
        "a.b.c",
        "é",
        unsigned(),
        token("another secret of more than thirty-two bytes"),
        jwt.encode({"sub": "ann"}, SECRET, algorithm="HS256"),
        jwt.encode({"exp": int(NOW) + 60}, SECRET, algorithm="HS256"),
        jwt.encode({"sub": "ann", "exp": int(NOW) + 60}, SECRET, algorithm="HS512"),
        token(role="emperor"),
        token(regions=["atlantis"]),
        token(regions=[]),
        token(min_priority="loud"),
        token(sub=""),
        token(nbf=int(NOW) + 3600),
        token(exp=float("inf")),
        token(exp=float("nan")),
    ],
)
def test_tokens_that_are_not_good_are_refused(bad: str) -> None:
    """Foreign, unsigned, incomplete, wrong algorithm, or a claim that cannot be used: nobody is let in."""
    with pytest.raises(Refused) as refused:
        Tokens(SECRET).grant(bad, NOW)
    assert (refused.value.status, refused.value.code) == (401, 4501)


def test_a_token_that_has_ended_says_so() -> None:
    """The client can tell that it needs a fresh token, not other rights."""
    with pytest.raises(Refused) as refused:
        Tokens(SECRET).grant(token(exp=int(NOW) - 1), NOW)
    assert (refused.value.error, refused.value.code) == ("token_expired", 4002)


def test_a_token_is_needed_where_there_is_a_secret() -> None:
    """No token, no entry."""
    with pytest.raises(Refused):
        keeper(gateway_secret=SECRET).grant(None, NOW)


@given(st.text(max_size=60))
def test_any_token_is_a_grant_or_refused(text: str) -> None:
    """No token makes another error than Refused."""
    with pytest.raises(Refused):
        Tokens(SECRET).grant(text, NOW)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:8765", True),
        ("127.0.0.1:8765", True),
        ("127.9.9.9", True),
        ("[::1]:8765", True),
        ("LOCALHOST", True),
        ("evil.example:8765", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("[::1", False),
        ("", False),
        (None, False),
    ],
)
def test_loopback_names(host: str | None, *, expected: bool) -> None:
    """Only names of this machine count, and nothing that merely begins like one."""
    assert loopback(host) is expected


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example:8765", None),
        ("evil.example:8765", "http://evil.example:8765"),
        ("127.0.0.1:8765", "http://evil.example"),
        ("127.0.0.1:8765", "http://127.0.0.1:9999"),
        ("127.0.0.1:8765", "null"),
        ("127.0.0.1:8765", "file://127.0.0.1:8765"),
        ("127.0.0.1:8765", "http://127.0.0.1:8765.evil.example"),
    ],
)
def test_foreign_pages_may_not_connect(host: str, origin: str | None) -> None:
    """DNS rebinding and cross-site connections are refused."""
    with pytest.raises(Refused) as refused:
        keeper().check_place(host, origin)
    assert refused.value.status == 403


def test_own_and_listed_origins_may_connect() -> None:
    """The page's own origin always may, also behind a proxy with TLS; others if listed, exactly."""
    keeper().check_place("127.0.0.1:8765", "http://127.0.0.1:8765")
    keeper().check_place("localhost:8765", None)
    with_secret = keeper(gateway_secret=SECRET, gateway_origins="https://desk.example, https://wall.example/")
    with_secret.check_place("alerts.example", "https://alerts.example")
    with_secret.check_place("alerts.example", "https://desk.example")
    with_secret.check_place("alerts.example", "https://wall.example")
    with pytest.raises(Refused):
        with_secret.check_place("alerts.example", "https://desk.example.evil.example")


def test_bearer_reads_one_token() -> None:
    """Another scheme, an empty token or two headers are refused rather than ignored."""
    assert bearer([]) is None
    assert bearer(["Bearer abc"]) == "abc"
    for bad in (["Basic abc"], ["Bearer "], ["Bearer a", "Bearer b"]):
        with pytest.raises(Refused):
            bearer(bad)
