"""webtoken."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from material import AUDIENCE, ISSUER, Claims, Keys

from peers import Call

NAME = "webtoken"
PACKAGE = "webtoken"
NOTE = "Rust, aws-lc-rs; 0.5, the last for Python 3.11, prints a word at each encoding"

webtoken = import_module("webtoken")


def encoder(keys: Keys, claims: Claims) -> Call:
    encode, key, algorithm = webtoken.encode, _key(keys, keys.private_pem), keys.algorithm
    return lambda: encode(claims, key, algorithm=algorithm)


def decoder(keys: Keys, token: str) -> Call:
    decode, key, algorithms = webtoken.decode, _key(keys, keys.public_pem), [keys.algorithm]
    options = {"require": ["exp", "iss", "aud"]}
    return lambda: decode(
        token, key, algorithms=algorithms, issuer=ISSUER, audience=AUDIENCE, options=options
    )


def _key(keys: Keys, pem: bytes) -> Any:
    return keys.secret if keys.is_secret else webtoken.load_key_from_pem(pem)
