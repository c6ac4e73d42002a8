"""Sets of keys: which of them is tried, and what goes in and out of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest

from tegata import jose
from tests.jose.materials import KEY, SECRET, by_hand, signing_key

ES256, EDDSA = signing_key("ES256"), signing_key("EdDSA")


def secret(letter: str, kid: str | None = None) -> jose.Key:
    return jose.Key.from_secret(letter * 32, "HS256").with_kid(kid)


def test_what_it_is_made_of() -> None:
    for given in ([ES256, KEY], (ES256, KEY), iter([ES256, KEY]), jose.KeySet([ES256, KEY])):
        keys = jose.KeySet(given)
        assert (len(keys), [key.algorithm for key in keys]) == (2, ["ES256", "HS256"])
        assert isinstance(keys.keys, tuple)
    assert len(jose.KeySet([KEY, KEY])) == 2
    with pytest.raises(jose.EmptyKeySetError):
        jose.KeySet([])
    for wrong in (None, 7, KEY, [None], [SECRET], "keys", [jose.KeySet([KEY])]):
        with pytest.raises(jose.InvalidArgumentError, match=r"^keys: give Key objects"):
            jose.KeySet(wrong)  # type: ignore[arg-type]


def test_what_an_iterator_of_the_callers_raises_is_the_callers() -> None:
    def keys() -> Iterator[jose.Key]:
        yield KEY
        raise LookupError("no more keys")

    with pytest.raises(LookupError):
        jose.KeySet(keys())


def test_rotation() -> None:
    old, new = secret("o"), secret("n")
    token = jose.encode({"n": 1}, old)
    for keys in ([old], [old, new], [new, old]):
        assert jose.decode(token, jose.KeySet(keys)).claims == {"n": 1}
    with pytest.raises(jose.BadSignatureError):
        jose.decode(token, jose.KeySet([new]))


def test_a_name_picks_the_key() -> None:
    keys = jose.KeySet([secret("a", "a"), secret("b", "b"), secret("n")])
    for letter in "abn":
        # Nobody's name rules out those who have one.
        named = jose.encode({}, secret(letter), headers={"kid": letter})
        assert jose.decode(named, keys).claims == {}
        # Without a name, all are tried.
        assert jose.decode(jose.encode({}, secret(letter)), keys).claims == {}
    for kid, letter in (("a", "b"), ("a", "n"), ("?", "a")):
        with pytest.raises(jose.BadSignatureError):
            jose.decode(jose.encode({}, secret(letter), headers={"kid": kid}), keys)


def test_only_keys_of_the_algorithm_are_tried() -> None:
    keys = jose.KeySet([ES256, EDDSA])
    with pytest.raises(jose.UnknownKeyError):
        jose.decode(by_hand({}), keys)
    with pytest.raises(jose.AlgorithmMismatchError):
        jose.decode(by_hand({}, kid=ES256.kid), keys)
    with pytest.raises(jose.UnknownKeyError):
        jose.decode(jose.encode({}, ES256.with_kid("x")), keys)


def test_out_and_in_again() -> None:
    keys = jose.KeySet([ES256, EDDSA, KEY.with_kid("s")])
    public = keys.to_jwks()
    assert [jwk["kid"] for jwk in public["keys"]] == [ES256.kid, EDDSA.kid]
    assert SECRET not in json.dumps(public)
    assert all({"d", "k"}.isdisjoint(jwk) for jwk in public["keys"])
    private = keys.to_jwks(private=True)
    assert [jwk["kid"] for jwk in private["keys"]] == [ES256.kid, EDDSA.kid, "s"]
    token = jose.encode({}, ES256)
    for jwks in (public, json.dumps(public), json.dumps(public).encode(), MappingProxyType(public)):
        assert not any(key.can_sign for key in jose.KeySet.from_jwks(jwks))
        assert jose.decode(token, jose.KeySet.from_jwks(jwks)).claims == {}
    again = jose.KeySet.from_jwks(private, private=True)
    assert again.to_jwks(private=True) == private
    assert jose.decode(jose.encode({}, again), keys).claims == {}
    assert jose.KeySet.from_jwks(public, private=True).to_jwks() == public


def test_a_set_of_secrets_has_nothing_to_publish() -> None:
    assert jose.KeySet([KEY]).to_jwks() == {"keys": []}


@pytest.mark.parametrize("private", [KEY.with_kid("oops"), EDDSA.with_kid("oops")])
def test_a_private_member_in_a_public_set(private: jose.Key) -> None:
    """Somebody has published it by mistake, and has to hear of it."""
    jwks = {"keys": [ES256.public().to_jwk(), private.to_jwk()]}
    with pytest.raises(jose.PrivateInPublicSetError, match=r'`keys\[1\]` \(kid "oops"\)') as caught:
        jose.KeySet.from_jwks(jwks)
    secret = {"d", "k"} & private.to_jwk().keys()
    assert all(private.to_jwk()[member] not in str(caught.value) for member in secret)
    assert len(jose.KeySet.from_jwks(jwks, private=True)) == 2


def test_keys_of_another_issuer_are_left_out() -> None:
    ours, theirs = (
        {**key.public().to_jwk(), "issuer": f"https://login.example/{tenant}/v2.0"}
        for key, tenant in ((ES256, "{tenantid}"), (EDDSA, "two"))
    )
    jwks = {"keys": [ours, theirs]}
    keys = jose.KeySet.from_jwks(jwks, issuer="https://login.example/one/v2.0")
    assert [key.algorithm for key in keys] == ["ES256"]
    assert len(jose.KeySet.from_jwks(jwks)) == 2
    with pytest.raises(jose.InvalidArgumentError, match="a private set is one's own"):
        jose.KeySet.from_jwks(jwks, private=True, issuer="https://login.example/one/v2.0")


def test_members_for_something_else_are_left_out() -> None:
    """As RFC 7517 section 5 says."""
    public = ES256.public().to_jwk()
    others = [
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA", "kid": "pq"},
        {"kty": "OKP", "crv": "X25519", "x": "AAAA"},
        {**public, "use": "enc"},
        {**public, "alg": "ECDH-ES"},
    ]
    keys = jose.KeySet.from_jwks({"keys": [*others, public], "more": 1})
    assert [key.kid for key in keys] == [ES256.kid]
    with pytest.raises(jose.EmptyKeySetError):
        jose.KeySet.from_jwks({"keys": others})


@pytest.mark.parametrize(
    ("jwks", "refusal"),
    [
        ({}, jose.InvalidJwksError),
        ({"keys": {}}, jose.InvalidJwksError),
        ({"keys": [1]}, jose.EmptyKeySetError),
        ("[]", jose.InvalidJwksError),
        ("", jose.InvalidJwksError),
        ('{"keys":[],"keys":[]}', jose.InvalidJwksError),
        (ES256.to_jwk(), jose.InvalidJwksError),
        ({"keys": []}, jose.EmptyKeySetError),
        ({"keys": [object()]}, jose.InvalidArgumentError),
        (None, jose.InvalidArgumentError),
        ([ES256.to_jwk()], jose.InvalidArgumentError),
        (b"\xff", jose.InvalidArgumentError),
    ],
)
def test_what_is_no_set(jwks: Any, refusal: type[jose.JoseError]) -> None:
    with pytest.raises(refusal) as caught:
        jose.KeySet.from_jwks(jwks)
    assert type(caught.value) is refusal
