"""Tegata."""

from __future__ import annotations

from importlib import import_module

from material import AUDIENCE, ISSUER, Claims, Keys

from peers import Call

NAME = "tegata"
PACKAGE = "tegata"
NOTE = "Rust, aws-lc-rs"

jose = import_module("tegata.jose")


def encoder(keys: Keys, claims: Claims) -> Call:
    """Without `kid`, as the others write it."""
    if keys.is_secret:
        key = jose.Key.from_secret(keys.secret, keys.algorithm)
    else:
        key = jose.Key.from_pem(keys.private_pem, keys.algorithm).with_kid(None)
    encode = jose.encode
    return lambda: encode(claims, key)


def decoder(keys: Keys, token: str) -> Call:
    if keys.is_secret:
        key = jose.Key.from_secret(keys.secret, keys.algorithm)
    else:
        key = jose.Key.from_pem(keys.public_pem, keys.algorithm)
    decode = jose.decode
    required = ("exp",)
    return lambda: decode(token, key, issuer=ISSUER, audience=AUDIENCE, require=required).claims
