"""What a token is for, as far as it says so."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tegata.jose import Token

# How issuers name the kind of a token.
_CLAIMS = ("type", "token_type", "token_use", "typ")
_NOT_FOR_ACCESS = {"refresh", "refreshtoken", "offline", "id", "idtoken"}
_MEDIA_TYPES = {"jwt", "at+jwt"}


def opens_views(token: Token, ruled: Collection[str]) -> bool:
    """Whether a token may be one for access.

    One that says by `typ` that it is of another media type is not (RFC 8725 section 3.11), nor one
    that calls itself a refresh or an ID token.

    Args:
        token: As it was verified.
        ruled: The claims that the site has rules of its own for.
    """
    typ = token.header.get("typ", "JWT").lower().removeprefix("application/")
    if typ not in _MEDIA_TYPES:
        return False
    said = (token.claims.get(name) for name in _CLAIMS if name not in ruled)
    return _NOT_FOR_ACCESS.isdisjoint(_plain(each) for each in said if isinstance(each, str))


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()
