"""The interface of `ninja_aio.auth`, which is all in `tegata.auth`."""

from tegata.async_jwt import keys
from tegata.auth import (
    JWT_MANDATORY_CLAIMS,
    AsyncJwtBearer,
    AsyncJwtCookie,
    JwtAuthMixin,
    decode_jwt,
    delete_jwt_cookie,
    encode_jwt,
    set_jwt_cookie,
    validate_key,
    validate_mandatory_claims,
)

__all__ = [
    "JWT_MANDATORY_CLAIMS",
    "AsyncJwtBearer",
    "AsyncJwtCookie",
    "JwtAuthMixin",
    "decode_jwt",
    "default_algorithm",
    "delete_jwt_cookie",
    "encode_jwt",
    "set_jwt_cookie",
    "validate_key",
    "validate_mandatory_claims",
]


def default_algorithm() -> str:
    """JWT_ALGORITHM, or RS256."""
    return keys.default_algorithm() or "RS256"
