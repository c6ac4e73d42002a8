"""Keys, tokens and views for the bearer and cookie classes that need no rows."""

from __future__ import annotations

import os
from typing import Any

import pytest
from ninja import NinjaAPI

from tegata import jose
from tegata.auth import AsyncJwtBearer, AsyncJwtCookie, encode_jwt
from tests.ninja.helpers import new_api

# No row is read, so a run on another database would only do the same once more.
NO_ROWS = pytest.mark.skipif(
    os.environ.get("TEGATA_TEST_DATABASE", "sqlite") != "sqlite", reason="no row is read"
)
ISSUER, AUDIENCE = "https://auth.example", "my-api"
RULES: dict[str, dict[str, Any]] = {"iss": {"value": ISSUER}, "aud": {"value": AUDIENCE}}
PRIVATE = jose.Key.generate("RS256")
BOTH = pytest.mark.parametrize("where", ["plain/", "aplain/"])


class Bearer(AsyncJwtBearer):
    """The one of the library's page."""

    jwt_public = PRIVATE.public()
    claims = RULES

    async def auth_handler(self, request: Any) -> Any:
        return {"user_id": self.dcd.claims.get("sub")}


class Cookie(AsyncJwtCookie):
    """As `Bearer`."""

    jwt_public = PRIVATE.public()
    claims = RULES

    async def auth_handler(self, request: Any) -> Any:
        return {"user_id": self.dcd.claims.get("sub")}


def claims(**more: Any) -> dict[str, Any]:
    """Alice's; `None` leaves one out."""
    all_of_them = {"sub": "alice", "iss": ISSUER, "aud": AUDIENCE, **more}
    return {name: value for name, value in all_of_them.items() if value is not None}


def token(**more: Any) -> str:
    """One that is let in, unless `more` says otherwise."""
    return encode_jwt(claims(**more), 300, PRIVATE)


def signed(payload: dict[str, Any], **headers: Any) -> str:
    """A token with nothing but what is said."""
    return jose.encode(payload, PRIVATE, headers=headers or None)


def guarded(auth: Any) -> NinjaAPI:
    """An API with a sync and an async view behind `auth`, and two that nobody guards."""
    api = new_api(mounted=False)
    first = auth[0] if isinstance(auth, list) else auth

    @api.get("/plain/", auth=auth)
    def plain(request: Any) -> Any:
        return about(request, first)

    @api.get("/aplain/", auth=auth)
    async def aplain(request: Any) -> Any:
        return about(request, first)

    @api.post("/plain/", auth=auth)
    def post_plain(request: Any) -> Any:
        return about(request, first)

    @api.post("/aplain/", auth=auth)
    async def post_aplain(request: Any) -> Any:
        return about(request, first)

    @api.get("/open/")
    def unguarded(request: Any) -> Any:
        return seen(first)

    @api.get("/aopen/")
    async def aunguarded(request: Any) -> Any:
        return seen(first)

    return api


def about(request: Any, authenticator: Any) -> Any:
    return [request.auth, seen(authenticator)]


def seen(authenticator: Any) -> Any:
    """Whose token a view sees."""
    return None if authenticator.dcd is None else authenticator.dcd.claims["sub"]


LET_IN = [{"user_id": "alice"}, "alice"]
