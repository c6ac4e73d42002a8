"""pyjwt-rs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from material import AUDIENCE, ISSUER, Claims, Keys

from peers import Call
from peers.cryptography_keys import public_key

NAME = "pyjwt-rs"
PACKAGE = "pyjwt-rs"
NOTE = "Python over Rust, OpenSSL; built on this machine"

jwt_rs = import_module("jwt_rs")


def encoder(keys: Keys, claims: Claims) -> Call:
    # It remembers what it parsed by the bytes, and takes longer with any other form of the key.
    encode, key, algorithm = jwt_rs.encode, keys.secret or keys.private_pem, keys.algorithm
    return lambda: encode(claims, key, algorithm=algorithm)


def decoder(keys: Keys, token: str) -> Call:
    decode, key, algorithms = jwt_rs.decode, _public_key(keys), [keys.algorithm]
    options = {"require": ["exp", "iss", "aud"]}
    return lambda: decode(
        token, key, algorithms=algorithms, issuer=ISSUER, audience=AUDIENCE, options=options
    )


def _public_key(keys: Keys) -> Any:
    if keys.algorithm != "EdDSA":
        return keys.secret or keys.public_pem
    # The one whose PEM it parses at every call.
    jwk = jwt_rs.algorithms.OKPAlgorithm.to_jwk(public_key(keys), as_dict=True)
    return jwt_rs.PyJWK(jwk, algorithm=keys.algorithm)
