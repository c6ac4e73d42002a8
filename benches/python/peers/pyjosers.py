"""pyjosers."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from importlib import import_module
from typing import Any

from material import AUDIENCE, ISSUER, Claims, Keys

from peers import Call

NAME = "pyjosers"
PACKAGE = "pyjosers"
NOTE = "Python over Rust, jose-rs"

jwk = import_module("pyjosers.jwk")
jwt = import_module("pyjosers.jwt")


def encoder(keys: Keys, claims: Claims) -> Call:
    encode, key, algorithm = jwt.encode, _key(keys, keys.private_pem), keys.algorithm
    return lambda: encode(key, claims, algorithm=algorithm)


def decoder(keys: Keys, token: str) -> Call:
    decode, key = jwt.decode, _key(keys, keys.public_pem)
    validation = jwt.Validation(
        issuer=ISSUER,
        audience=AUDIENCE,
        require_exp=True,
        leeway=0,
        allowed_algorithms=[keys.algorithm],
    )
    return lambda: decode(token, key, validation=validation)


def _key(keys: Keys, pem: bytes) -> Any:
    if keys.is_secret:
        return jwk.JWK(kty="oct", k=urlsafe_b64encode(keys.secret).decode().rstrip("="))
    return jwk.JWK.from_pem(pem)
