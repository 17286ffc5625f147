import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.signing import Signer

from consumers.gateway.keys import Keys, KeysUnavailable, parse

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
