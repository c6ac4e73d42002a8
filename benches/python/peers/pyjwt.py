"""PyJWT."""

from __future__ import annotations

from importlib import import_module

from material import AUDIENCE, ISSUER, Claims, Keys

from peers import Call
from peers.cryptography_keys import private_key, public_key

NAME = "PyJWT"
PACKAGE = "PyJWT"
NOTE = "Python, cryptography"

jwt = import_module("jwt")


def encoder(keys: Keys, claims: Claims) -> Call:
    encode, key, algorithm = jwt.encode, private_key(keys), keys.algorithm
    return lambda: encode(claims, key, algorithm=algorithm)


def decoder(keys: Keys, token: str) -> Call:
    decode, key, algorithms = jwt.decode, public_key(keys), [keys.algorithm]
    options = {"require": ["exp", "iss", "aud"]}
    return lambda: decode(
        token, key, algorithms=algorithms, issuer=ISSUER, audience=AUDIENCE, options=options
    )
