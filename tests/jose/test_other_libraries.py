"""What is signed here PyJWT and joserfc verify, and the other way round; keys move both ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jwt as pyjwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from tegata import jose
from tests.jose.materials import ALGORITHMS, SECRET

Sign = Callable[[dict[str, Any], jose.Key], str]
Verify = Callable[[str, jose.Key], Any]
JOSERFC_KEYS: dict[str, Any] = {"EC": ECKey, "OKP": OKPKey, "RSA": RSAKey, "oct": OctKey}


def pyjwt_sign(claims: dict[str, Any], key: jose.Key) -> str:
    return pyjwt.encode(claims, pyjwt.PyJWK(key.to_jwk()).key, key.algorithm)


def pyjwt_verify(token: str, key: jose.Key) -> Any:
    return pyjwt.decode(token, pyjwt.PyJWK(public(key).to_jwk()), [key.algorithm])


def joserfc_key(key: jose.Key) -> Any:
    jwk = key.to_jwk()
    return JOSERFC_KEYS[jwk["kty"]].import_key(jwk)


def joserfc_sign(claims: dict[str, Any], key: jose.Key) -> str:
    alg = key.algorithm
    return joserfc_jwt.encode({"alg": alg}, claims, joserfc_key(key), algorithms=[alg])


def joserfc_verify(token: str, key: jose.Key) -> Any:
    return joserfc_jwt.decode(token, joserfc_key(public(key)), algorithms=[key.algorithm]).claims


def public(key: jose.Key) -> jose.Key:
    return key if key.algorithm.startswith("HS") else key.public()


LIBRARIES: dict[str, tuple[Sign, Verify]] = {
    "pyjwt": (pyjwt_sign, pyjwt_verify),
    "joserfc": (joserfc_sign, joserfc_verify),
}
THEIRS = {
    # RFC 9864 came after PyJWT's names.
    "pyjwt": set(ALGORITHMS) & set(pyjwt.algorithms.get_default_algorithms()),
    "joserfc": set(ALGORITHMS) & set(JWSRegistry.algorithms),
}
# joserfc says of `EdDSA` that RFC 9864 has a newer name for it.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
KEYS = {alg: jose.Key.generate(alg) for alg in ALGORITHMS}
PAIRS = [(name, alg) for name in LIBRARIES for alg in ALGORITHMS if alg in THEIRS[name]]
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
REGISTERED = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}
CLAIMS = st.dictionaries(st.text().filter(lambda name: name not in REGISTERED), VALUES, max_size=4)


def test_no_algorithm_is_forgotten() -> None:
    assert set(ALGORITHMS) - THEIRS["pyjwt"] == {"Ed25519"}
    assert set(ALGORITHMS) - THEIRS["joserfc"] == set()


@pytest.mark.parametrize(("name", "alg"), PAIRS)
@given(claims=CLAIMS)
@settings(max_examples=8, deadline=None)
def test_both_ways(name: str, alg: str, claims: dict[str, Any]) -> None:
    sign, verify = LIBRARIES[name]
    key = KEYS[alg]
    assert repr(verify(jose.encode(claims, key), key)) == repr(claims)
    token = sign(claims, key)
    for keys in (key, public(key), jose.KeySet([*KEYS.values()])):
        assert repr(jose.decode(token, keys).claims) == repr(claims)


@pytest.mark.parametrize(("name", "alg"), PAIRS)
def test_none_takes_the_others_forgery(name: str, alg: str) -> None:
    sign, verify = LIBRARIES[name]
    key, stranger = KEYS[alg], jose.Key.generate(alg).with_kid(KEYS[alg].kid)
    with pytest.raises(jose.BadSignatureError):
        jose.decode(sign({}, stranger), key)
    with pytest.raises(Exception, match=r"(?i)signature"):
        verify(jose.encode({}, stranger), key)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_keys_of_joserfc(alg: str) -> None:
    kind = JOSERFC_KEYS[KEYS[alg].to_jwk()["kty"]]
    key: Any = joserfc_key(KEYS[alg])
    jwk = key.as_dict(private=True)
    assert jose.Key.from_jwk(jwk, alg).to_jwk() == KEYS[alg].to_jwk()
    if kind is not OctKey:
        assert key.thumbprint() == KEYS[alg].thumbprint()
        for private in (False, True):
            ours = KEYS[alg] if private else KEYS[alg].public()
            for form, read in (("PEM", jose.Key.from_pem), ("DER", jose.Key.from_der)):
                theirs = getattr(key, f"as_{form.lower()}")(private=private)
                assert read(theirs, alg).to_jwk() == ours.to_jwk()
            assert kind.import_key(ours.to_pem()).thumbprint() == key.thumbprint()


@pytest.mark.parametrize("alg", sorted(THEIRS["pyjwt"]))
def test_keys_of_pyjwt(alg: str) -> None:
    algorithm: Any = pyjwt.get_algorithm_by_name(alg)
    ours = KEYS[alg]
    jwk = algorithm.to_jwk(pyjwt.PyJWK(ours.to_jwk()).key, as_dict=True)
    again = jose.Key.from_jwk(jwk, alg)
    assert {**again.to_jwk(), "kid": None} == {**ours.to_jwk(), "kid": None}
    if not alg.startswith("HS"):
        for key in (ours, ours.public()):
            theirs = algorithm.prepare_key(key.to_pem())
            assert algorithm.to_jwk(theirs, as_dict=True)["kty"] == ours.to_jwk()["kty"]
        assert pyjwt.decode(jose.encode({}, ours), ours.public().to_pem(), [alg]) == {}
        assert jose.decode(pyjwt.encode({}, ours.to_pem(), alg), ours.public()).claims == {}
    else:
        assert pyjwt.decode(jose.encode({}, jose.Key.from_secret(SECRET, alg)), SECRET, [alg]) == {}


def test_sets_move_too() -> None:
    keys = jose.KeySet([KEYS[alg] for alg in ALGORITHMS if alg not in ("EdDSA", "PS256")])
    theirs = KeySet.import_key_set(keys.to_jwks())  # type: ignore[arg-type]
    for key in keys:
        if not key.algorithm.startswith("HS"):
            token = jose.encode({"n": 1}, key)
            assert joserfc_jwt.decode(token, theirs, algorithms=[key.algorithm]).claims == {"n": 1}
    again = jose.KeySet.from_jwks(json.dumps(theirs.as_dict()))
    assert [key.kid for key in again] == [key.kid for key in keys if key.kid]
    # PyJWT passes over what it does not know.
    pyjwts = pyjwt.PyJWKSet.from_dict(keys.to_jwks()).keys
    known = {jwk.key_id for jwk in pyjwts}
    assert known == {key.kid for key in keys if key.kid and key.algorithm != "Ed25519"}
