"""python-jose."""

from __future__ import annotations

from importlib import import_module

from material import AUDIENCE, ISSUER, Claims, Keys

from peers import Call, UnsupportedAlgorithmError

NAME = "python-jose"
PACKAGE = "python-jose"
NOTE = "Python, cryptography"

jwk = import_module("jose.jwk")
jwt = import_module("jose.jwt")


def encoder(keys: Keys, claims: Claims) -> Call:
    _require(keys)
    encode, algorithm = jwt.encode, keys.algorithm
    key = jwk.construct(keys.secret or keys.private_pem, algorithm)
    return lambda: encode(claims, key, algorithm=algorithm)


def decoder(keys: Keys, token: str) -> Call:
    _require(keys)
    decode, algorithms = jwt.decode, [keys.algorithm]
    key = jwk.construct(keys.secret or keys.public_pem, keys.algorithm)
    options = {"require_exp": True, "require_iss": True, "require_aud": True}
    return lambda: decode(
        token, key, algorithms=algorithms, issuer=ISSUER, audience=AUDIENCE, options=options
    )


def _require(keys: Keys) -> None:
    if jwk.get_key(keys.algorithm) is None:
        raise UnsupportedAlgorithmError
