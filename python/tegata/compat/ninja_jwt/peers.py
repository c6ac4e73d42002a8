"""Tokens that django-ninja-jwt or simplejwt itself has made, with the same key and settings.

Such a token has no session. It is good where a token made by hand without one is: with a
SESSION_CHECK of `"user"`, `"refresh"` or `"off"`.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from tegata import conf
from tegata._tegata import PeerTokens, read_peer_token
from tegata.compat.ninja_jwt import settings
from tegata.internal import clock
from tegata.internal.keys import load_keys


class PeerClaims:
    """The claims of such a token, its signature, type and times checked."""

    __slots__ = ("_claims",)

    def __init__(self, claims: dict[str, Any]) -> None:
        self._claims = claims

    def to_dict(self) -> dict[str, Any]:
        """The claims."""
        return dict(self._claims)


def read(
    token: str,
    types: Collection[str | None] | None,
    tenant: str | None = None,
    *,
    allow_expired: bool = False,
) -> PeerClaims | None:
    """Reads a token of one of these types, or of any.

    With an `AUDIENCE` or an `ISSUER` it must name them; without an `AUDIENCE` it must name none.

    Args:
        token: As it came.
        types: The types, or `None`.
        tenant: That of the request, which the token must name; without one it must name none.
        allow_expired: Whether its `exp` is left alone.

    Returns:
        `None` for what is no such token, or where SIGNING_KEY is not set: the other library signs
        with a key that is known, and not with one derived from `SECRET_KEY`.
    """
    key = settings.given().get("SIGNING_KEY", ("", None))[1]
    said, rules = conf.given(), conf.current()
    if not isinstance(key, str | bytes) or ("KEYS" in said and said["KEYS"].value != [key]):
        return None
    issuer = rules.ISSUER if "ISSUER" in said else None
    audience = tuple(rules.AUDIENCE) if "AUDIENCE" in said else ()
    peer = _peer(key, rules.ALGORITHM, issuer, audience)
    named = None if types is None else [each for each in types if each is not None]
    try:
        claims = read_peer_token(
            conf.engine(), clock.now(), peer, token, named, tenant, allow_expired
        )
    except UnicodeError:
        return None
    return None if claims is None else PeerClaims(claims)


# To read a PEM takes longer than to verify a token with it.
@lru_cache(maxsize=2)
def _peer(
    key: str | bytes, algorithm: str, issuer: str | None, audience: tuple[str, ...]
) -> PeerTokens:
    return PeerTokens(
        list(load_keys([key], algorithm)), typ="JWT", issuer=issuer, audience=list(audience)
    )
