"""The interface of jwt-ninja, over Tegata.

After `tegata.compat.install("jwt_ninja")` in the settings module, code that was written for
jwt-ninja runs as it is, `"jwt_ninja"` in `INSTALLED_APPS` and its `JWT_…` settings included.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tegata.compat.jwt_ninja.auth_classes import AuthDetails as AuthDetails
    from tegata.compat.jwt_ninja.auth_classes import AuthedRequest as AuthedRequest
    from tegata.compat.jwt_ninja.auth_classes import JWTAuth as JWTAuth
    from tegata.compat.jwt_ninja.cryptography import decode_jwt as decode_jwt
    from tegata.compat.jwt_ninja.cryptography import generate_jwt as generate_jwt
    from tegata.compat.jwt_ninja.errors import APIError as APIError
    from tegata.compat.jwt_ninja.types import GeoLocation as GeoLocation
    from tegata.compat.jwt_ninja.types import JWTPayload as JWTPayload

# Loaded on first use, so that Django can load the app.
_HOMES = {
    "APIError": "errors",
    "AuthDetails": "auth_classes",
    "AuthedRequest": "auth_classes",
    "GeoLocation": "types",
    "JWTAuth": "auth_classes",
    "JWTPayload": "types",
    "decode_jwt": "cryptography",
    "generate_jwt": "cryptography",
}

__all__ = [
    "APIError",
    "AuthDetails",
    "AuthedRequest",
    "GeoLocation",
    "JWTAuth",
    "JWTPayload",
    "decode_jwt",
    "generate_jwt",
]


def __getattr__(name: str) -> Any:
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
