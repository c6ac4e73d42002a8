"""JWKs: what PyJWT reads and writes, its stand-in does."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import jwt as pyjwt
import pytest

from tegata.compat import jwt as ours
from tests.compat.materials import ALGORITHMS, LIBRARIES, OBJECTS, SECRET, outcome, signing

CLASSES = {
    "RS256": "RSAAlgorithm",
    "PS256": "RSAPSSAlgorithm",
    "ES256": "ECAlgorithm",
    "ES384": "ECAlgorithm",
    "ES512": "ECAlgorithm",
    "ES256K": "ECAlgorithm",
    "EdDSA": "OKPAlgorithm",
    "HS256": "HMACAlgorithm",
}


def _class(library: ModuleType, alg: str) -> Any:
    return getattr(library.algorithms, CLASSES[alg])


def _public(jwk: dict[str, Any]) -> dict[str, Any]:
    private = {"d", "p", "q", "dp", "dq", "qi"}
    return {name: value for name, value in jwk.items() if name not in private}


@pytest.mark.parametrize("alg", CLASSES)
def test_keys_become_the_same_jwk(alg: str) -> None:
    private = signing(alg)
    for key in (private, *([private.public_key()] if alg in OBJECTS else [])):
        theirs = _class(pyjwt, alg).to_jwk(key, as_dict=True)
        assert _class(ours, alg).to_jwk(key, as_dict=True) == theirs
        assert json.loads(_class(ours, alg).to_jwk(key)) == theirs


@pytest.mark.parametrize("alg", CLASSES)
def test_jwks_become_keys_that_serve(alg: str) -> None:
    jwk = _class(pyjwt, alg).to_jwk(signing(alg), as_dict=True)
    # What a JWK says about its use does not count here.
    jwk |= {"kid": "a", "use": "enc", "alg": "other"}
    for form in (jwk, json.dumps(jwk)):
        key = _class(ours, alg).from_jwk(form)
        assert type(key) is type(_class(pyjwt, alg).from_jwk(form))
        token = ours.encode({"a": 1}, key, alg)
        other = _class(ours, alg).from_jwk(_public(jwk))
        assert ours.decode(token, other, [alg]) == pyjwt.decode(token, other, [alg]) == {"a": 1}


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
@pytest.mark.parametrize("name", sorted(set(CLASSES.values())))
@pytest.mark.parametrize("jwk", ["no JSON", {}, {"kty": "XY"}, {"kty": "oct", "k": ""}, 5])
def test_what_is_no_jwk(library: ModuleType, name: str, jwk: Any) -> None:
    with pytest.raises(library.InvalidKeyError):
        getattr(library.algorithms, name).from_jwk(jwk)


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_what_becomes_no_jwk(library: ModuleType, alg: str) -> None:
    with pytest.raises(library.InvalidKeyError):
        _class(library, alg).to_jwk(object())


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
@pytest.mark.parametrize("alg", ["RS256", "EdDSA"])
def test_two_halves_that_do_not_belong_together(library: ModuleType, alg: str) -> None:
    jwk = _class(pyjwt, alg).to_jwk(signing(alg), as_dict=True)
    d = jwk["d"]
    wrong = {**jwk, "d": ("A" if d[0] != "A" else "B") + d[1:]}
    with pytest.raises((library.InvalidKeyError, ValueError)):
        _class(library, alg).from_jwk(wrong)


def test_a_private_rsa_key_without_its_primes() -> None:
    """PyJWT finds them again."""
    jwk = ours.algorithms.RSAAlgorithm.to_jwk(OBJECTS["RS256"], as_dict=True)
    with pytest.raises(ours.InvalidKeyError):
        ours.algorithms.RSAAlgorithm.from_jwk({**_public(jwk), "d": jwk["d"]})


def _jwk(alg: str, /, **members: Any) -> dict[str, Any]:
    return {**_class(pyjwt, alg).to_jwk(signing(alg), as_dict=True), **members}


OF_A_SET = {
    "RSA": _jwk("RS256", kid="rsa"),
    "RSA with alg": _jwk("RS256", kid="ps", alg="PS384"),
    "EC": _jwk("ES256", kid="ec"),
    "EC 384": _jwk("ES384"),
    "EC 521": _jwk("ES512"),
    "EC Koblitz": _jwk("ES256K"),
    "OKP": _jwk("EdDSA", kid="okp", use="sig"),
    "oct": _jwk("HS256", kid="oct"),
    "oct with alg": _jwk("HS256", alg="HS512"),
    "for encryption": _jwk("RS256", kid="enc", use="enc"),
    "of an unknown algorithm": _jwk("RS256", alg="RSA-OAEP"),
    "of an unknown type": {"kty": "XY"},
    "of no type": {"kid": "a"},
    "of an unknown curve": _jwk("ES256", crv="P-111"),
    "of a coordinate too short": _jwk("ES256", x="AAAA"),
    "of two kinds": _jwk("RS256", alg="ES256"),
}


def _facts(library: ModuleType, jwk: dict[str, Any], alg: str | None = None) -> Any:
    key = library.PyJWK(jwk, alg)
    return key.algorithm_name, key.key_type, key.key_id, key.public_key_use, type(key.key)


@pytest.mark.parametrize("name", OF_A_SET)
@pytest.mark.parametrize("alg", [None, "RS512"])
def test_a_jwk(name: str, alg: str | None) -> None:
    def call(library: ModuleType) -> Any:
        return _facts(library, OF_A_SET[name], alg)

    assert outcome(ours, call) == outcome(pyjwt, call)


def test_a_jwk_of_another_curve_is_refused_at_once() -> None:
    """PyJWT says so when the key is used."""
    with pytest.raises(ours.InvalidKeyError):
        ours.PyJWK(OF_A_SET["EC 384"], "ES256")


@pytest.mark.parametrize("name", ["RSA", "RSA with alg", "EC", "OKP", "oct", "oct with alg"])
def test_a_jwk_signs_and_verifies(name: str) -> None:
    key = ours.PyJWK.from_json(json.dumps(OF_A_SET[name]))
    token = ours.encode({"a": 1}, key)
    # With a private RSA key, PyJWT only signs.
    theirs = pyjwt.PyJWK(_public(OF_A_SET[name]))
    assert ours.get_unverified_header(token) == {"alg": theirs.algorithm_name, "typ": "JWT"}
    assert pyjwt.decode(token, theirs) == {"a": 1}
    assert ours.decode(token, key) == ours.decode(token, key, ALGORITHMS) == {"a": 1}
    assert ours.decode(token, key.key, [key.algorithm_name]) == {"a": 1}
    with pytest.raises(ours.InvalidAlgorithmError):
        ours.decode(token, key, ["ES384"])
    with pytest.raises(ours.InvalidAlgorithmError):
        ours.decode(token, key, [])
    assert ours.encode({"a": 1}, key, None)


def test_a_jwk_verifies_with_its_own_algorithm_only() -> None:
    token = pyjwt.encode({}, OBJECTS["RS256"], "RS512")
    for library in LIBRARIES.values():
        key = library.PyJWK(_public(OF_A_SET["RSA"]))
        with pytest.raises(library.InvalidAlgorithmError):
            library.decode(token, key, ["RS256", "RS512"])
        assert library.decode(token, key.key, ["RS256", "RS512"]) == {}


def test_a_jwk_signs_with_the_algorithm_asked_for() -> None:
    token = ours.encode({}, ours.PyJWK(OF_A_SET["RSA"]), "PS512")
    assert pyjwt.decode(token, OBJECTS["RS256"].public_key(), ["PS512"]) == {}


def test_a_set() -> None:
    found = []
    for library in LIBRARIES.values():
        jwks = library.PyJWKSet.from_dict({"keys": [*OF_A_SET.values(), "no JWK"]})
        found.append([(key.key_id, key.algorithm_name) for key in jwks])
        assert jwks["okp"].algorithm_name == "EdDSA"
        assert [key.key_id for key in jwks.keys] == [key.key_id for key in jwks]
        with pytest.raises(KeyError):
            jwks["nobody"]
    assert found[0] == found[1]


@pytest.mark.parametrize("keys", [[], None, {}, {"a": 1}, [{}], ["a"], [{"kty": "XY"}]])
def test_a_set_without_keys(keys: Any) -> None:
    for library in LIBRARIES.values():
        with pytest.raises(library.PyJWKSetError):
            library.PyJWKSet(keys)
        with pytest.raises(library.PyJWKSetError):
            library.PyJWKSet.from_json(json.dumps({"keys": keys}))


def test_no_key_material_in_a_message() -> None:
    for jwk in ({"kty": "oct", "k": SECRET, "alg": "XY"}, {"k": SECRET}):
        with pytest.raises(ours.PyJWTError) as caught:
            ours.PyJWK(jwk)
        assert SECRET not in str(caught.value)
