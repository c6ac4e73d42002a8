"""Keys of every kind, and tokens made by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tegata import jose
from tegata._tegata import algorithms

ALGORITHMS = algorithms()
SECRET = "a secret of sixty-four letters, which is enough for HMAC-SHA-512"
KEY = jose.Key.from_secret(SECRET, "HS256")
# What a test looks at the clock with, in 2027.
NOW = 1_800_000_000

_RSA = rsa.generate_private_key(65537, 2048)
_ED25519 = ed25519.Ed25519PrivateKey.generate()
OBJECTS: dict[str, Any] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), _RSA),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "ES256K": ec.generate_private_key(ec.SECP256K1()),
    "EdDSA": _ED25519,
    "Ed25519": _ED25519,
}
"""A private key of `cryptography` for each asymmetric algorithm."""


def private_pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    pem: bytes = key.private_bytes(Encoding.PEM, form, NoEncryption())
    return pem.decode()


def private_der(key: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    der: bytes = key.private_bytes(Encoding.DER, form, NoEncryption())
    return der


def public_pem(key: Any) -> str:
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def public_der(key: Any) -> bytes:
    der: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return der


def signing_key(alg: str) -> jose.Key:
    """A key that signs by `alg`."""
    if alg in OBJECTS:
        return jose.Key.from_pem(private_pem(OBJECTS[alg]), alg)
    return jose.Key.from_secret(SECRET, alg)


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(claims: object, /, **header: object) -> str:
    """A token of `KEY`, whatever its claims and its header are."""
    header = {"alg": "HS256", **header}
    return of_parts(*(json.dumps(part).encode() for part in (header, claims)))


def of_parts(header: bytes, payload: bytes) -> str:
    """A token of `KEY` of any two parts."""
    signing_input = f"{base64url(header)}.{base64url(payload)}"
    mac = hmac.digest(SECRET.encode(), signing_input.encode(), hashlib.sha256)
    return f"{signing_input}.{base64url(mac)}"
