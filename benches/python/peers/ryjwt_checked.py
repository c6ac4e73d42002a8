"""ryjwt, with the checks it does not make added in Python: `exp` is there, `iat` is past."""

from __future__ import annotations

import time
from typing import Any

from material import Claims, Keys

from peers import Call, ryjwt

NAME = "ryjwt+"
PACKAGE = "ryjwt"
NOTE = "ryjwt, and in Python the checks that it does not make: `exp` is there, `iat` is past"


def encoder(keys: Keys, claims: Claims) -> Call:
    return ryjwt.encoder(keys, claims)


def decoder(keys: Keys, token: str) -> Call:
    decode: Any = ryjwt.decoder(keys, token)
    clock = time.time

    def call() -> Any:
        claims = decode()
        if "exp" not in claims:
            raise ValueError("no `exp`")
        issued = claims.get("iat")
        if issued is not None and (type(issued) not in (int, float) or issued > clock()):
            raise ValueError("`iat` is not past")
        return claims

    return call
