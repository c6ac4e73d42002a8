"""jwt-ninja."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from material import AUDIENCE, ISSUER, Keys

from sites import ACCESS_SECONDS, Built, Routes, Site

PACKAGE = "jwtninja"
ROUTES = Routes(
    login="/auth/login/",
    refresh="/auth/refresh/",
    sessions="/auth/sessions/",
    log_out="/auth/logout/",
)
LOGINS = "jwt_ninja.Session"


def settings(site: Site, keys: Keys) -> dict[str, Any]:
    return {
        "INSTALLED_APPS": ["jwt_ninja"],
        "JWT_SECRET_KEY": (keys.secret or keys.private_pem).decode(),
        "JWT_VERIFYING_KEY": keys.public_pem.decode() or None,
        "JWT_ALGORITHM": keys.algorithm,
        "JWT_ISSUER": ISSUER,
        "JWT_AUDIENCE": AUDIENCE,
        "JWT_ACCESS_TOKEN_EXPIRE_SECONDS": ACCESS_SECONDS,
        # They would refuse what is measured.
        "JWT_LOGIN_THROTTLE_RATE": None,
        "JWT_REFRESH_THROTTLE_RATE": None,
        # As many as it allows, so that no login has to end an older one.
        "JWT_MAX_ACTIVE_SESSIONS": 1_000,
    }


def build(site: Site, keys: Keys) -> Built:
    from ninja import NinjaAPI

    jwt_ninja = import_module("jwt_ninja")
    api = NinjaAPI()
    api.add_router("auth/", import_module("jwt_ninja.api").router)
    handler = import_module("jwt_ninja.handlers").error_handler
    api.add_exception_handler(jwt_ninja.APIError, handler)
    return Built(api, jwt_ninja.JWTAuth(), _ausername if site.is_async else _username)


def _username(request: Any) -> Any:
    return request.auth.user.get_username()


async def _ausername(request: Any) -> Any:
    return _username(request)
