"""Keys in every form, in and out."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from tegata import jose
from tests.jose.materials import (
    ALGORITHMS,
    KEY,
    OBJECTS,
    SECRET,
    base64url,
    by_hand,
    private_der,
    private_pem,
    public_der,
    public_pem,
    signing_key,
)

HMAC = {"HS256": 32, "HS384": 48, "HS512": 64}


def certificate(key: Any) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tegata")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(7)
    start = datetime(2020, 1, 1, tzinfo=UTC)
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=1))
    return builder.sign(key, None if "Ed25519" in type(key).__name__ else hashes.SHA256())


def are_one_key(signing: jose.Key, verifying: jose.Key) -> bool:
    token = jose.encode({"sub": "alice"}, signing)
    return jose.decode(token, verifying).claims == {"sub": "alice"}


@pytest.mark.parametrize("alg", OBJECTS)
def test_every_form_of_a_key(alg: str) -> None:
    of = OBJECTS[alg]
    forms = [PrivateFormat.PKCS8]
    if "Ed25519" not in type(of).__name__:
        # PKCS#1, or SEC 1.
        forms.append(PrivateFormat.TraditionalOpenSSL)
    private = [jose.Key.from_pem(private_pem(of, form), alg) for form in forms]
    private += [jose.Key.from_der(private_der(of, form), alg) for form in forms]
    private.append(jose.Key.from_pem(private_pem(of).encode(), alg))
    public = [
        jose.Key.from_pem(public_pem(of), alg),
        jose.Key.from_pem(f"a comment\n{public_pem(of)}\n", alg),
        jose.Key.from_der(public_der(of), alg),
        private[0].public(),
    ]
    if alg != "ES256K":
        # Certificates are not signed on that curve.
        public.append(jose.Key.from_pem(certificate(of).public_bytes(Encoding.PEM), alg))
        public.append(jose.Key.from_der(certificate(of).public_bytes(Encoding.DER), alg))
    for key in (*private, *public):
        assert key.algorithm == alg
        assert key.can_sign is (key in private)
        assert key.kid == key.thumbprint() == private[0].thumbprint()
        for jwk in (key.to_jwk(), json.dumps(key.to_jwk()), json.dumps(key.to_jwk()).encode()):
            assert are_one_key(private[0], jose.Key.from_jwk(jwk))
    for key in public:
        assert are_one_key(private[0], key)
        with pytest.raises(jose.NotForSigningError):
            jose.encode({}, key)
    for key in private:
        assert are_one_key(key, public[0])


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_generated_keys_come_back(alg: str) -> None:
    key = jose.Key.generate(alg)
    assert (key.algorithm, key.can_sign) == (alg, True)
    assert are_one_key(key, jose.Key.from_jwk(key.to_jwk()))
    assert key.to_jwk()["alg"] == alg
    if alg in HMAC:
        assert key.kid is None
        for call in (key.public, key.thumbprint, key.to_pem, key.to_der):
            with pytest.raises(jose.NoPublicPartError):
                call()
        return
    for again in (jose.Key.from_pem(key.to_pem(), alg), jose.Key.from_der(key.to_der(), alg)):
        assert again.to_jwk() == key.to_jwk()
    assert {"d", "p", "q", "dp", "dq", "qi", "k"}.isdisjoint(key.public().to_jwk())
    assert key.public().public().to_jwk() == key.public().to_jwk()
    # What `cryptography` makes of it.
    of = load_pem_private_key(key.to_pem().encode(), None)
    assert private_der(of) == private_der(load_der_private_key(key.to_der(), None))
    public = load_pem_public_key(key.public().to_pem().encode())
    for each in (of.public_key(), load_der_public_key(key.public().to_der())):
        assert each == public


@pytest.mark.parametrize(("alg", "least"), HMAC.items())
def test_secrets(alg: str, least: int) -> None:
    for secret in ("s" * least, b"\xff" * least, "ü" * (least // 2)):
        assert are_one_key(jose.Key.from_secret(secret, alg), jose.Key.from_secret(secret, alg))
    for short in (b"", "s" * (least - 1), b"\xff" * (least - 1)):
        with pytest.raises(jose.ShortSecretError, match=f"at least {least} bytes"):
            jose.Key.from_secret(short, alg)
    derived = jose.Key.derive(b"any secret", b"a label", alg)
    assert are_one_key(derived, jose.Key.derive(b"any secret", b"a label", alg))
    with pytest.raises(jose.BadSignatureError):
        are_one_key(derived, jose.Key.derive(b"any secret", b"another label", alg))


NO_SECRETS: dict[str, str | bytes] = {
    "private PEM": private_pem(OBJECTS["RS256"]),
    "public PEM": public_pem(OBJECTS["ES256"]),
    "public PEM as bytes": public_pem(OBJECTS["RS256"]).encode(),
    "public DER": public_der(OBJECTS["RS256"]),
    "private DER": private_der(OBJECTS["EdDSA"]),
    "JWK": json.dumps(signing_key("ES256").public().to_jwk()),
    "JWK Set": json.dumps(jose.KeySet([signing_key("ES256")]).to_jwks()),
}


@pytest.mark.parametrize("raw", NO_SECRETS.values(), ids=NO_SECRETS)
def test_a_key_is_no_secret(raw: str | bytes) -> None:
    """Or whoever knows the public key could sign (RFC 8725 section 2.1)."""
    for legacy in (False, True):
        with pytest.raises(jose.NotSecretError, match="hint: "):
            jose.Key.from_secret(raw, "HS256", legacy=legacy)


def test_a_jwk_in_any_mapping() -> None:
    key = signing_key("ES256")
    assert jose.Key.from_jwk(MappingProxyType(key.to_jwk())).kid == key.kid
    certified = {**key.public().to_jwk(), "x5c": ["AAAA"], "x5t": "AAAA", "ext": True}
    assert are_one_key(key, jose.Key.from_jwk(certified))
    secret = {"kty": "oct", "k": base64url(SECRET.encode()), "kid": "old"}
    assert jose.Key.from_jwk(secret, "HS384").kid == "old"
    with pytest.raises(jose.InvalidJwkError, match="`alg` is missing"):
        jose.Key.from_jwk(secret)
    with pytest.raises(jose.InvalidJwkError, match="`alg` is not the algorithm asked for"):
        jose.Key.from_jwk(key.to_jwk(), "EdDSA")


@pytest.mark.parametrize(
    ("jwk", "refusal"),
    [
        ({}, jose.InvalidJwkError),
        ({"kty": "EC", "crv": "P-256", "x": 1, "y": 2}, jose.InvalidJwkError),
        ({"kty": "oct", "k": "AAAA", "alg": "HS256"}, jose.ShortSecretError),
        ({"kty": "oct", "k": "", "alg": "HS256"}, jose.InvalidJwkError),
        ({"kty": "oct", "k": "A A=", "alg": "HS256"}, jose.InvalidJwkError),
        ({"kty": "XY"}, jose.UnsupportedJwkError),
        ({**signing_key("ES256").to_jwk(), "use": "enc"}, jose.UnsupportedJwkError),
        ({**signing_key("ES256").to_jwk(), "alg": "ES384"}, jose.InvalidJwkError),
        ({**signing_key("ES256").to_jwk(), "alg": "none"}, jose.UnsupportedJwkError),
        ({**signing_key("ES256").to_jwk(), "x": base64url(bytes(32))}, jose.UnusableKeyError),
        (jose.KeySet([signing_key("ES256")]).to_jwks(), jose.InvalidJwkError),
        ("[]", jose.InvalidJwkError),
        ("no JSON", jose.InvalidJwkError),
        ('{"kty":"oct","kty":"oct"}', jose.InvalidJwkError),
        (b"\xff", jose.InvalidArgumentError),
        ({"kty": object()}, jose.InvalidArgumentError),
        ({1: 2}, jose.InvalidArgumentError),
        (None, jose.InvalidArgumentError),
        ([("kty", "oct")], jose.InvalidArgumentError),
    ],
)
def test_what_is_no_jwk(jwk: Any, refusal: type[jose.JoseError]) -> None:
    with pytest.raises(refusal) as caught:
        jose.Key.from_jwk(jwk)
    assert type(caught.value) is refusal


def test_key_operations() -> None:
    jwk = signing_key("ES256").to_jwk()
    assert jose.Key.from_jwk({**jwk, "key_ops": ["sign", "verify"]}).can_sign
    assert not jose.Key.from_jwk({**jwk, "key_ops": ["verify"]}).can_sign
    with pytest.raises(jose.UnsupportedJwkError):
        jose.Key.from_jwk({**jwk, "key_ops": ["encrypt"]})


def encrypted(form: PrivateFormat) -> bytes:
    password = BestAvailableEncryption(b"password")
    pem: bytes = OBJECTS["RS256"].private_bytes(Encoding.PEM, form, password)
    return pem


BAD_PEMS: dict[str, tuple[type[jose.JoseError], Callable[[], str | bytes]]] = {
    "nothing": (jose.NotPemError, lambda: ""),
    "a path": (jose.NotPemError, lambda: "/etc/ssl/private/key.pem"),
    "a secret": (jose.NotPemError, lambda: SECRET),
    "binary": (jose.NotPemError, lambda: private_der(OBJECTS["RS256"])),
    "encrypted": (jose.EncryptedPemError, lambda: encrypted(PrivateFormat.PKCS8)),
    "encrypted, old": (
        jose.EncryptedPemError,
        lambda: encrypted(PrivateFormat.TraditionalOpenSSL),
    ),
    "two keys": (
        jose.SeveralKeysError,
        lambda: private_pem(OBJECTS["RS256"]) + public_pem(OBJECTS["RS256"]),
    ),
    "a chain": (
        jose.SeveralKeysError,
        lambda: 2 * certificate(OBJECTS["RS256"]).public_bytes(Encoding.PEM),
    ),
    "another curve": (jose.UnusableKeyError, lambda: private_pem(OBJECTS["ES256"])),
    "Ed448": (jose.UnusableKeyError, lambda: private_pem(ed448.Ed448PrivateKey.generate())),
    "a weak key": (
        jose.UnusableKeyError,
        lambda: private_pem(rsa.generate_private_key(65537, 1024)),
    ),
    "cut short": (jose.JoseError, lambda: private_pem(OBJECTS["RS256"])[:400]),
}


@pytest.mark.parametrize(("refusal", "text"), BAD_PEMS.values(), ids=BAD_PEMS)
def test_what_is_no_pem(refusal: type[jose.JoseError], text: Callable[[], str | bytes]) -> None:
    with pytest.raises(refusal):
        jose.Key.from_pem(text(), "RS256")


@pytest.mark.parametrize("raw", [b"", b"\x30", b"\x30\x00", public_der(OBJECTS["RS256"]) + b"\0"])
def test_what_is_no_der(raw: bytes) -> None:
    with pytest.raises(jose.NotDerError):
        jose.Key.from_der(raw, "RS256")


@pytest.mark.parametrize("alg", ["none", "None", "", "hs256", "HS256 ", "ES521", "RSA-OAEP", "dir"])
def test_what_is_no_algorithm(alg: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: jose.Key.generate(alg),
        lambda: jose.Key.from_secret(SECRET, alg),
        lambda: jose.Key.from_pem(private_pem(OBJECTS["ES256"]), alg),
        lambda: jose.Key.from_der(private_der(OBJECTS["ES256"]), alg),
        lambda: jose.Key.from_jwk({"kty": "oct", "k": "AAAA"}, alg),
        lambda: jose.Key.derive(b"secret", b"label", alg),
    ]
    for call in calls:
        with pytest.raises(jose.UnknownAlgorithmError):
            call()


def test_weak_keys_of_old_systems_verify_and_do_not_sign() -> None:
    weak = rsa.generate_private_key(65537, 1024)
    keys = [
        jose.Key.from_secret("short", "HS256", legacy=True),
        jose.Key.from_secret(SECRET, "HS256", legacy=True),
        jose.Key.from_jwk({"kty": "oct", "k": "AAAA", "alg": "HS256"}, legacy=True),
        jose.Key.from_pem(private_pem(weak), "RS256", legacy=True),
        jose.Key.from_pem(public_pem(weak), "RS512", legacy=True),
        jose.Key.from_der(private_der(weak), "RS256", legacy=True),
        jose.Key.from_pem(private_pem(OBJECTS["ES256"]), "ES256", legacy=True),
    ]
    for key in keys:
        assert not key.can_sign
        with pytest.raises(jose.NotForSigningError, match="legacy"):
            jose.encode({}, key)
    assert jose.decode(by_hand({}), keys[1]).claims == {}
    with pytest.raises(jose.ShortSecretError):
        jose.Key.from_secret("", "HS256", legacy=True)
    with pytest.raises(jose.UnusableKeyError):
        jose.Key.from_pem(private_pem(weak), "PS256", legacy=True)


def test_another_name() -> None:
    key = signing_key("ES256")
    named = key.with_kid("2027-01")
    assert (named.kid, named.algorithm, named.can_sign) == ("2027-01", "ES256", True)
    assert named.thumbprint() == key.kid
    assert named.to_jwk()["kid"] == "2027-01"
    assert named.public().kid == "2027-01"
    assert named.with_kid(None).kid is None
    assert "kid" not in named.with_kid(None).to_jwk()
    assert jose.decode(jose.encode({}, named), named).header["kid"] == "2027-01"


@pytest.mark.parametrize("alg", ["HS256", "RS256", "ES256", "EdDSA"])
def test_nothing_of_a_key_is_shown(alg: str) -> None:
    key = jose.Key.generate(alg)
    private = {name: key.to_jwk()[name] for name in ("d", "p", "q", "k") if name in key.to_jwk()}
    keys = jose.KeySet([key])
    shown = f"{key} {key!r} {keys} {keys!r} {[key]} {dir(key)} {key.__reduce_ex__(0)}"
    assert all(value not in shown for value in private.values())
    kid = f' kid="{key.kid}"' if key.kid else ""
    assert repr(key) == f"<Key {alg}{kid}>"
    assert repr(keys) == f"<KeySet [{alg}{kid}]>"
    assert not hasattr(key, "__dict__")


@pytest.mark.parametrize(
    "value",
    [KEY, signing_key("ES256"), jose.KeySet([KEY]), jose.decode_unverified(by_hand({}))],
    ids=lambda value: type(value).__name__,
)
def test_neither_copied_nor_pickled(value: object) -> None:
    """A pickle would hold the key in clear text; `to_jwk` says so where it is meant."""
    for call in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot pickle"):
            call(value)
    for protocol in (0, 1):
        # The oldest protocols make a pickle of the name of the class alone.
        with pytest.raises(TypeError):
            pickle.loads(pickle.dumps(value, protocol))


def test_keys_are_frozen() -> None:
    key = signing_key("ES256")
    for name in ("kid", "algorithm", "can_sign", "more"):
        with pytest.raises(AttributeError):
            setattr(key, name, "x")
    with pytest.raises(TypeError):
        type("Mine", (jose.Key,), {})
    with pytest.raises(TypeError):
        jose.Key()
    with pytest.raises(TypeError):
        object.__new__(jose.Key)


def test_a_curve_that_is_too_weak() -> None:
    with pytest.raises(jose.UnusableKeyError):
        jose.Key.from_pem(private_pem(ec.generate_private_key(ec.SECP224R1())), "ES256")
