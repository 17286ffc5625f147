import http.client
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.signing import Signer

from consumers.gateway.keys import Keys, KeysUnavailable, parse
from consumers.settings import InvalidSetting

EC = Signer("one")


def test_only_keys_that_can_check_signatures_are_taken() -> None:
    """Keys for encryption, shared secrets, other curves and odd entries are left out."""
    others = [
        {**EC.jwk, "kid": "two", "use": "enc"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "three"},
        {**EC.jwk, "kid": "four", "crv": "P-521"},
        {"kty": "RSA", "kid": "five"},
    ]
    assert set(parse(json.dumps({"keys": [*others, EC.jwk]}))) == {"one"}
    with pytest.raises(KeysUnavailable, match="no key"):
        parse(json.dumps({"keys": others}))


@given(
    st.text(max_size=50) | st.builds(json.dumps, st.dictionaries(st.just("keys"), st.lists(st.integers() | st.none())))
)
def test_any_text_is_a_key_set_or_none(text: str) -> None:
    """Whatever a URL answers is refused with one error."""
    with pytest.raises(KeysUnavailable):
        parse(text)


def test_a_token_that_names_no_key_may_mean_the_only_one() -> None:
    """With two that fit, nobody can tell."""
    keys = Keys("nowhere")
    keys._keys = parse(json.dumps({"keys": [EC.jwk]}))
    assert keys.find(None, "ES256") is keys.find("one", "ES256") is not None
    assert keys.find("one", "RS256") is keys.find("two", "ES256") is None
    keys._keys = parse(json.dumps({"keys": [EC.jwk, {**EC.jwk, "kid": "two"}]}))
    assert keys.find(None, "ES256") is None


async def test_an_answer_that_is_no_http_leaves_the_old_keys_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands at the URL for a while, the keys read before go on, and are read again later."""

    def garbled(_: Keys) -> bytes:
        raise http.client.BadStatusLine("SSH-2.0")

    keys = Keys("https://keys.example.org/")
    keys._keys = parse(json.dumps({"keys": [EC.jwk]}))
    monkeypatch.setattr(Keys, "_fetch", garbled)
    await keys.know("new")
    assert keys.find("one", "ES256") is not None
    with pytest.raises(InvalidSetting, match="cannot be read"):
        await keys.start()


def test_keys_without_an_id_do_not_hide_each_other() -> None:
    """An id is optional (RFC 7517, 4.5); one key for each algorithm is clear without."""
    nameless: list[dict[str, Any]] = [{**each.jwk} for each in (EC, Signer("two", "RS256"))]
    for jwk in nameless:
        del jwk["kid"]
    keys = Keys("nowhere")
    keys._keys = parse(json.dumps({"keys": nameless}))
    assert keys.find(None, "ES256") is not None
    assert keys.find(None, "RS256") is not None
