"""joserfc."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from material import AUDIENCE, ISSUER, Claims, Keys

from peers import Call

NAME = "joserfc"
PACKAGE = "joserfc"
NOTE = "Python, cryptography"

jwk = import_module("joserfc.jwk")
jwt = import_module("joserfc.jwt")

_KEY_TYPES = {"HS256": "oct", "RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}


def encoder(keys: Keys, claims: Claims) -> Call:
    encode, algorithm, algorithms = jwt.encode, keys.algorithm, [keys.algorithm]
    key = jwk.import_key(keys.secret or keys.private_pem, _KEY_TYPES[keys.algorithm])
    return lambda: encode({"alg": algorithm}, claims, key, algorithms=algorithms)


def decoder(keys: Keys, token: str) -> Call:
    decode, algorithms = jwt.decode, [keys.algorithm]
    key = jwk.import_key(keys.secret or keys.public_pem, _KEY_TYPES[keys.algorithm])
    registry = jwt.JWTClaimsRegistry(
        exp={"essential": True},
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
    )

    def call() -> Any:
        claims = decode(token, key, algorithms=algorithms).claims
        registry.validate(claims)
        return claims

    return call
