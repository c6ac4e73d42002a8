"""Known attacks, as far as they come through Python; the others are in crates/jose/tests."""

from __future__ import annotations

import hashlib
import hmac
import json
from itertools import product
from typing import Any

import jwt as pyjwt
import pytest

from tegata import jose
from tests.jose.materials import (
    ALGORITHMS,
    KEY,
    OBJECTS,
    base64url,
    by_hand,
    public_pem,
    signing_key,
)

ALL = jose.KeySet([signing_key(alg) for alg in ALGORITHMS])
NONE = ["".join(letters) for letters in product("nN", "oO", "nN", "eE")]


@pytest.mark.parametrize("alg", [*NONE, "none ", " none", "none\0", "n\u043ene", "", "NULL"])
def test_none_in_every_spelling(alg: str) -> None:
    unsigned = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": alg}, {}))
    for signature in ("", "AAAA", by_hand({}).rpartition(".")[2]):
        with pytest.raises(jose.UnsupportedAlgorithmError):
            jose.decode(f"{unsigned}.{signature}", ALL)
    with pytest.raises(jose.MalformedTokenError):
        jose.decode(unsigned, ALL)


def test_what_pyjwt_makes_without_a_signature() -> None:
    with pytest.raises(jose.UnsupportedAlgorithmError):
        jose.decode(pyjwt.encode({"sub": "admin"}, "", "none"), ALL)


@pytest.mark.parametrize("alg", sorted(OBJECTS))
def test_a_public_key_as_a_secret(alg: str) -> None:
    """A token by HMAC under the text of the public key, which everybody knows."""
    pem = public_pem(OBJECTS[alg])
    signing_input = by_hand({"sub": "admin"}).rpartition(".")[0]
    mac = hmac.digest(pem.encode(), signing_input.encode(), hashlib.sha256)
    token = f"{signing_input}.{base64url(mac)}"
    public = signing_key(alg).public()
    for keys in (public, jose.KeySet([public])):
        with pytest.raises(jose.UnknownKeyError):
            jose.decode(token, keys)
    with pytest.raises(jose.BadSignatureError):
        jose.decode(token, ALL)


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "ES256K"])
def test_psychic_signatures(alg: str) -> None:
    key = signing_key(alg)
    signing_input, _, signature = jose.encode({}, key).rpartition(".")
    for forged in (bytes(len(signature) * 3 // 4), b"", bytes.fromhex("3006020100020100")):
        with pytest.raises(jose.BadSignatureError):
            jose.decode(f"{signing_input}.{base64url(forged)}", key.public())


@pytest.mark.parametrize(
    "kid",
    [
        *("../../../../dev/null", "/etc/passwd", "|/bin/sh", "' UNION SELECT 'key' --", "", "\0"),
        *("http://127.0.0.1/jwks", "${jndi:ldap://a}", "%2e%2e%2f", "a" * 4_000, "{}", "ключ"),
    ],
)
def test_a_name_is_compared_and_nothing_else(kid: str) -> None:
    with pytest.raises(jose.UnknownKeyError) as caught:
        jose.decode(by_hand({}, kid=kid), KEY.with_kid("k"))
    assert not kid or kid not in str(caught.value)
    # A key without a name may have made any token, and its signature decides.
    assert jose.decode(by_hand({}, kid=kid), KEY).header["kid"] == kid


def test_a_key_that_the_token_brings_along() -> None:
    mallory = jose.Key.generate("ES256")
    jwk = mallory.public().to_jwk()
    for brought in ({"jwk": jwk}, {"jku": "https://127.0.0.1/"}, {"x5u": "file:///etc/passwd"}):
        for kid in (None, signing_key("ES256").kid):
            token = jose.encode({"sub": "admin"}, mallory, headers={**brought, "kid": kid})
            with pytest.raises(jose.BadSignatureError):
                jose.decode(token, signing_key("ES256").public())


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": ["https://login.example", "https://evil.example"]},
        {"iss": {"https://login.example": 1}},
        {"iss": "https://login.example.evil.example"},
        {"iss": "https://login.example/"},
        {"iss": "HTTPS://LOGIN.EXAMPLE"},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": [9_999_999_999]},
        {"exp": 1e300},
        {"nbf": "0"},
        {"sub": ["alice"]},
        {"sub": 0},
        {"aud": {"me": 1}},
        {"aud": None},
    ],
)
def test_claims_of_a_wrong_type_or_nearly_right(claims: dict[str, Any]) -> None:
    claims = {"iss": "https://login.example", "aud": "me", **claims}
    with pytest.raises(jose.InvalidClaimError):
        jose.decode(by_hand(claims), KEY, issuer="https://login.example", audience="me")


def test_a_token_for_something_else() -> None:
    """RFC 8725 section 3.11: an identity token is no access token."""
    token = jose.encode({"sub": "alice"}, KEY, headers={"typ": "id+jwt"})
    with pytest.raises(jose.WrongTypError):
        jose.decode(token, KEY, typ="at+jwt")
