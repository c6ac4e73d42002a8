"""An API as a site would write it: a sync view, an async view, and the auth routes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.security import APIKeyHeader

from tegata import APIError, AuthedRequest, JWTAuth
from tegata.api import router as auth_router
from tegata.handlers import error_handler

api = NinjaAPI()
api.add_router("auth/", auth_router)
api.add_exception_handler(APIError, error_handler)


class ApiKey(APIKeyHeader):
    """Another authenticator, for lists."""

    param_name = "X-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> str | None:
        return key if key == "let me in" else None


def _me(request: AuthedRequest) -> dict[str, Any]:
    return {
        "user": request.auth.user.get_username(),
        "request_user": request.user.get_username(),
        "session": request.auth.session.id,
        "generation": request.auth.claims.generation,
    }


@api.get("/profile/", auth=JWTAuth())
def profile(request: AuthedRequest) -> dict[str, Any]:
    return _me(request)


@api.get("/aprofile/", auth=JWTAuth())
async def aprofile(request: AuthedRequest) -> dict[str, Any]:
    user = await request.auser()
    assert user == await request.auth.aget_user()
    return _me(request)


@api.get("/either/", auth=[JWTAuth(), ApiKey()])
def either(request: HttpRequest) -> dict[str, Any]:
    return {"auth": str(type(request.auth).__name__)}  # type: ignore[attr-defined]


@api.get("/aeither/", auth=[JWTAuth(), ApiKey()])
async def aeither(request: HttpRequest) -> dict[str, Any]:
    return {"auth": str(type(request.auth).__name__)}  # type: ignore[attr-defined]


@api.post("/set-theme/", auth=JWTAuth())
def set_theme(request: AuthedRequest, theme: str) -> dict[str, bool]:
    request.auth.session.data["theme"] = theme
    request.auth.session.save()
    return {"ok": True}
