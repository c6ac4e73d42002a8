"""Tokens by hand, for a login endpoint of the site's own."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from tegata import conf, jose
from tegata._tegata import Unread
from tegata.compat.jwt_ninja.errors import (
    JWTExpiredError,
    JWTInvalidPayloadFormat,
    JWTInvalidTokenError,
)
from tegata.compat.jwt_ninja.types import JWTPayload
from tegata.internal import clock
from tegata.internal.gate import claims_by_field

PayloadT = TypeVar("PayloadT", bound=BaseModel)

_TYPS = {"access": "at+jwt", "refresh": "rt+jwt"}


def generate_jwt(payload: JWTPayload) -> str:
    """Signs a token of this site for a session that `Session.create_session` opened.

    Args:
        payload: Its claims; what Tegata's tokens have besides is filled in. The token is of the
            session's first generation unless `generation` says another one.

    Raises:
        JWTInvalidTokenError: They are no claims of a token.
    """
    rules = conf.current()
    given = payload.model_dump(mode="json", exclude_none=True)
    claims = {
        "iss": rules.ISSUER,
        "aud": rules.AUDIENCE[0] if len(rules.AUDIENCE) == 1 else rules.AUDIENCE,
        "sub": str(given.get("user_id")),
        "client_id": rules.CLIENT_ID,
        "iat": int(clock.now().timestamp()),
        "jti": given.get("jti") or token_urlsafe(16),
        rules.TOKEN_TYPE_CLAIM: given.pop("type", None),
        rules.USER_ID_CLAIM: given.pop("user_id", None),
        rules.SESSION_ID_CLAIM: given.pop("session_id", None),
        rules.GENERATION_CLAIM: given.pop("generation", 1),
    }
    key = conf.engine().signing_key(clock.now())
    try:
        return jose.encode(given | claims, key, headers={"typ": _TYPS[payload.type]})
    except (KeyError, jose.JoseError) as error:
        raise JWTInvalidTokenError from error


def decode_jwt(token: str, payload_class: type[PayloadT]) -> PayloadT:
    """Reads a token of either kind: signature, issuer, audience and times.

    Raises:
        JWTExpiredError: It is past its `exp`.
        JWTInvalidTokenError: It is none of this site's.
        JWTInvalidPayloadFormat: Its claims are not those of `payload_class`.
    """
    try:
        claims = conf.engine().read(clock.now(), token, None)
    except (TypeError, UnicodeEncodeError):
        # No text, or half of a surrogate pair.
        raise JWTInvalidTokenError from None
    if isinstance(claims, Unread):
        raise JWTExpiredError if claims.refusal.code == "expired_token" else JWTInvalidTokenError
    try:
        return payload_class.model_validate(claims_by_field(claims))
    except ValidationError as error:
        raise JWTInvalidPayloadFormat from error
