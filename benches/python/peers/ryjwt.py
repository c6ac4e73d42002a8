"""ryjwt."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from material import AUDIENCE, ISSUER, Claims, Keys

from peers import Call

NAME = "ryjwt"
PACKAGE = "ryjwt"
NOTE = "Rust, aws-lc-rs"

ryjwt = import_module("ryjwt")


def encoder(keys: Keys, claims: Claims) -> Call:
    if keys.is_secret:
        key: Any = ryjwt.SecretKey(keys.secret, algorithms=[keys.algorithm])
    else:
        key = ryjwt.PrivateKey(keys.private_pem, algorithms=[keys.algorithm])
    encode = key.encode
    return lambda: encode(claims)


def decoder(keys: Keys, token: str) -> Call:
    rules = {"algorithms": [keys.algorithm], "issuer": ISSUER, "audience": AUDIENCE}
    if keys.is_secret:
        key: Any = ryjwt.SecretKey(keys.secret, **rules)
    else:
        key = ryjwt.PublicKey(keys.public_pem, **rules)
    decode = key.decode
    return lambda: decode(token)
