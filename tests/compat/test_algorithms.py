"""The algorithm objects, as far as programs and libraries use them."""

from __future__ import annotations

import base64
from types import ModuleType

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, SECP256R1

from tegata.compat import jwt as ours
from tests.compat.materials import ALGORITHMS, LIBRARIES, OBJECTS, SECRET, private_pem, public_pem


@pytest.mark.parametrize("alg", sorted(set(ALGORITHMS) - {"EdDSA"}))
def test_digest_for_at_hash(alg: str) -> None:
    """As PyJWT's documentation has it for OpenID Connect."""
    found = []
    for library in LIBRARIES.values():
        digest = library.get_algorithm_by_name(alg).compute_hash_digest(b"access token")
        found.append(base64.urlsafe_b64encode(digest[: (len(digest) // 2)]).rstrip(b"="))
    assert found[0] == found[1]


def test_no_digest_for_eddsa() -> None:
    for library in LIBRARIES.values():
        with pytest.raises(NotImplementedError):
            library.get_algorithm_by_name("EdDSA").compute_hash_digest(b"access token")


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_prepared_keys_serve(library: ModuleType, alg: str) -> None:
    """As libraries over PyJWT do it once, at the start."""
    algorithm = library.PyJWS().get_algorithm_by_name(alg)
    if alg in OBJECTS:
        private = algorithm.prepare_key(private_pem(OBJECTS[alg]))
        public = algorithm.prepare_key(public_pem(OBJECTS[alg]))
        assert isinstance(public, type(OBJECTS[alg].public_key()))
        assert algorithm.prepare_key(public) is public
    else:
        private = public = algorithm.prepare_key(SECRET)
        assert public == SECRET.encode()
    assert library.decode(library.encode({}, private, alg), public, [alg]) == {}
    assert algorithm.check_key_length(public) is None


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
@pytest.mark.parametrize("alg", ["HS256", "RS256", "EdDSA"])
def test_what_cannot_be_prepared(library: ModuleType, alg: str) -> None:
    algorithm = library.get_algorithm_by_name(alg)
    wrong = public_pem(OBJECTS["RS256"]) if alg == "HS256" else "no PEM"
    with pytest.raises(library.InvalidKeyError):
        algorithm.prepare_key(wrong)
    with pytest.raises((TypeError, library.InvalidKeyError)):
        algorithm.prepare_key(None)


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_classes_are_made_as_in_pyjwt(library: ModuleType) -> None:
    classes = library.algorithms
    made = [
        classes.HMACAlgorithm(classes.HMACAlgorithm.SHA512),
        classes.RSAAlgorithm(classes.RSAAlgorithm.SHA256),
        classes.RSAPSSAlgorithm(classes.RSAPSSAlgorithm.SHA256),
        classes.ECAlgorithm(classes.ECAlgorithm.SHA256, SECP256R1),
        classes.ECAlgorithm(classes.ECAlgorithm.SHA256, SECP256K1),
        classes.OKPAlgorithm(),
    ]
    names = ["HS512", "RS256", "PS256", "ES256", "ES256K", "EdDSA"]
    assert library is pyjwt or [each.name for each in made] == names
    assert all(isinstance(each, classes.Algorithm) for each in made)


def test_which_there_are() -> None:
    theirs = pyjwt.algorithms.get_default_algorithms().keys() - {"none", "ES521"}
    assert ours.algorithms.get_default_algorithms().keys() == theirs
    assert set(ours.PyJWS().get_algorithms()) == theirs
    assert ours.PyJWS(["HS256", "none"]).get_algorithms() == ["HS256"]
    assert ours.algorithms.requires_cryptography == {
        *(pyjwt.algorithms.requires_cryptography - {"ES521"})
    }
    assert ours.algorithms.has_crypto is True


def test_what_is_not_supported_says_so() -> None:
    algorithm = ours.get_algorithm_by_name("HS256")
    jws = ours.PyJWS()
    for call in (
        lambda: ours.get_algorithm_by_name("none"),
        lambda: ours.register_algorithm("XY1", algorithm),
        lambda: ours.unregister_algorithm("HS256"),
        lambda: algorithm.sign(b"", SECRET),
        lambda: algorithm.verify(b"", SECRET, b""),
        lambda: jws.encode(b"", SECRET),
        lambda: jws.decode("", SECRET),
        lambda: jws.decode_complete("", SECRET),
    ):
        with pytest.raises(ours.exceptions.NotSupportedError) as caught:
            call()
        assert isinstance(caught.value, NotImplementedError)
        assert str(caught.value)
