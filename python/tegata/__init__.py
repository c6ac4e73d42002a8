"""JWT authentication with real sessions for Django Ninja.

The names below are loaded on first use, so that `tegata` can stand in `INSTALLED_APPS` and its
names can be imported from anywhere.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tegata.addresses import client_address as client_address
    from tegata.api import mount as mount
    from tegata.auth import AuthDetails as AuthDetails
    from tegata.auth import AuthedRequest as AuthedRequest
    from tegata.auth import JWTAuth as JWTAuth
    from tegata.exceptions import APIError as APIError
    from tegata.payload import JWTPayload as JWTPayload
    from tegata.stateless import StatelessJWTAuth as StatelessJWTAuth
    from tegata.token_user import TokenUser as TokenUser

_HOMES = {
    "APIError": "tegata.exceptions",
    "AuthDetails": "tegata.auth",
    "AuthedRequest": "tegata.auth",
    "JWTAuth": "tegata.auth",
    "JWTPayload": "tegata.payload",
    "StatelessJWTAuth": "tegata.stateless",
    "TokenUser": "tegata.token_user",
    "client_address": "tegata.addresses",
    "mount": "tegata.api",
}

__all__ = [
    "APIError",
    "AuthDetails",
    "AuthedRequest",
    "JWTAuth",
    "JWTPayload",
    "StatelessJWTAuth",
    "TokenUser",
    "client_address",
    "mount",
]


def __getattr__(name: str) -> Any:
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'tegata' has no attribute {name!r}") from None
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
