"""Authlib."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

from material import AUDIENCE, ISSUER, Claims, Keys

from peers import Call

NAME = "Authlib"
PACKAGE = "Authlib"
NOTE = "Python, cryptography; its module jose is deprecated for joserfc"

jose = import_module("authlib.jose")


def encoder(keys: Keys, claims: Claims) -> Call:
    encode, algorithm = jose.JsonWebToken([keys.algorithm]).encode, keys.algorithm
    key = _key(keys, keys.private_pem)
    return lambda: encode({"alg": algorithm}, claims, key)


def decoder(keys: Keys, token: str) -> Call:
    decode = jose.JsonWebToken([keys.algorithm]).decode
    key = _key(keys, keys.public_pem)
    options = {
        "exp": {"essential": True},
        "iss": {"essential": True, "value": ISSUER},
        "aud": {"essential": True, "value": AUDIENCE},
    }

    def call() -> Any:
        claims = decode(token, key, claims_options=options)
        claims.validate(now=time.time())
        return claims

    return call


def _key(keys: Keys, pem: bytes) -> Any:
    if keys.is_secret:
        return jose.OctKey.import_key(keys.secret)
    return jose.JsonWebKey.import_key(pem)
