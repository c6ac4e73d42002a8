"""OxyJWT."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from material import AUDIENCE, ISSUER, Claims, Keys

from peers import Call

NAME = "oxyjwt"
PACKAGE = "oxyjwt"
NOTE = "Rust, jsonwebtoken on aws-lc-rs; orjson"

oxyjwt = import_module("oxyjwt")

_PEM_READERS = {"RS256": "from_rsa_pem", "ES256": "from_ec_pem", "EdDSA": "from_ed_pem"}


def encoder(keys: Keys, claims: Claims) -> Call:
    encode, algorithm = oxyjwt.encode, keys.algorithm
    key = _key(keys, oxyjwt.EncodingKey, keys.private_pem)
    return lambda: encode(claims, key, algorithm=algorithm)


def decoder(keys: Keys, token: str) -> Call:
    decode, algorithms = oxyjwt.decode, [keys.algorithm]
    key = _key(keys, oxyjwt.DecodingKey, keys.public_pem)
    # Without options it is faster, and takes tokens without `exp`.
    options = {"require": ["exp"]}
    return lambda: decode(
        token, key, algorithms=algorithms, issuer=ISSUER, audience=AUDIENCE, options=options
    )


def _key(keys: Keys, kind: Any, pem: bytes) -> Any:
    if keys.is_secret:
        return kind.from_secret(keys.secret)
    return getattr(kind, _PEM_READERS[keys.algorithm])(pem)
