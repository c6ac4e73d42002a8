"""Keys for every algorithm, in the forms that PyJWT takes, and the two libraries side by side."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tegata.compat import jwt as ours

LIBRARIES = {"pyjwt": pyjwt, "tegata": ours}
SECRET = "a secret of sixty-four letters, which is enough for HMAC-SHA-512"
ALGORITHMS = [
    *("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "ES256K", "EdDSA"),
]
# From 1970 to 2100: what a test does not want to expire.
FAR = 4_102_444_800

_RSA = rsa.generate_private_key(65537, 2048)
OBJECTS: dict[str, Any] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), _RSA),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "ES256K": ec.generate_private_key(ec.SECP256K1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
WEAK_RSA = rsa.generate_private_key(65537, 1024)


def private_pem(key: Any) -> str:
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def public_pem(key: Any) -> str:
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def public_ssh(key: Any) -> str:
    line: bytes = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return line.decode()


def signing(alg: str) -> Any:
    """What `encode` takes for an algorithm."""
    return OBJECTS.get(alg, SECRET)


def verifying(alg: str) -> Any:
    """What `decode` takes for an algorithm."""
    return OBJECTS[alg].public_key() if alg in OBJECTS else SECRET


def outcome(library: ModuleType, call: Callable[[ModuleType], Any]) -> tuple[str, Any]:
    """What a call gives, or the names of the exception's class and of the bases it is caught by."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            result = call(library)
        except Exception as error:
            return "raises", [kind.__name__ for kind in type(error).__mro__]
    return "gives", (result, sorted({warning.category.__name__ for warning in warned}))
