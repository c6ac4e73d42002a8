"""django-ninja-jwt: as it comes, by its stateless class, or with its blacklist."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

from material import Keys

from sites import ACCESS_SECONDS, Built, Routes, Site

PACKAGE = "django-ninja-jwt"
ROUTES = Routes(
    login="/token/pair",
    refresh="/token/refresh",
    access_member="access",
    refresh_member="refresh",
)
LOGINS: str | None = None

_BLACKLIST = "blacklist"
_STATELESS = "stateless"
# By the site's mode and whether its views are async.
_GATES = {
    (_STATELESS, False): "JWTStatelessUserAuthentication",
    (_STATELESS, True): "AsyncJWTTokenUserAuth",
    ("", False): "JWTAuth",
    ("", True): "AsyncJWTAuth",
}


def settings(site: Site, keys: Keys) -> dict[str, Any]:
    rules: dict[str, Any] = {
        "ALGORITHM": keys.algorithm,
        "SIGNING_KEY": (keys.secret or keys.private_pem).decode(),
        "VERIFYING_KEY": keys.public_pem.decode(),
        "ACCESS_TOKEN_LIFETIME": timedelta(seconds=ACCESS_SECONDS),
    }
    apps = ["ninja_extra", "ninja_jwt"]
    if site.mode == _BLACKLIST:
        rules |= {"ROTATE_REFRESH_TOKENS": True, "BLACKLIST_AFTER_ROTATION": True}
        apps.append("ninja_jwt.token_blacklist")
    return {"INSTALLED_APPS": apps, "NINJA_JWT": rules}


def build(site: Site, keys: Keys) -> Built:
    return build_on(import_module("ninja_extra").NinjaExtraAPI(), site)


def build_on(api: Any, site: Site) -> Built:
    """The library's share of a site with an API of that kind."""
    routers = import_module("ninja_jwt.routers.obtain")
    api.add_router("/token", routers.obtain_pair_router)
    authentication = import_module("ninja_jwt.authentication")
    mode = _STATELESS if site.mode == _STATELESS else ""
    gate = getattr(authentication, _GATES[mode, site.is_async])()
    if mode == _STATELESS:
        return Built(api, gate, _aload_username if site.is_async else _load_username)
    return Built(api, gate, _ausername if site.is_async else _username)


def mint(user: Any) -> str:
    return str(import_module("ninja_jwt.tokens").AccessToken.for_user(user))


def _username(request: Any) -> Any:
    return request.auth.get_username()


async def _ausername(request: Any) -> Any:
    return _username(request)


def _load_username(request: Any) -> Any:
    from django.contrib.auth.models import User

    return User.objects.get(pk=request.auth.pk).get_username()


async def _aload_username(request: Any) -> Any:
    from django.contrib.auth.models import User

    return (await User.objects.aget(pk=request.auth.pk)).get_username()
