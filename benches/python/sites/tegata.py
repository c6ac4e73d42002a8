"""Tegata, in the `SESSION_CHECK` that is the site's mode."""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from typing import Any

from material import Keys

from sites import ACCESS_SECONDS, Built, Routes, Site, UnavailableError

PACKAGE = "tegata"
ROUTES = Routes(
    login="/auth/login/",
    refresh="/auth/refresh/",
    sessions="/auth/sessions/",
    log_out="/auth/logout/",
)
LOGINS = "tegata.Session"

_DEFAULT = "request"
_STATELESS = "stateless"


def settings(site: Site, keys: Keys) -> dict[str, Any]:
    rules: dict[str, Any] = {
        "KEYS": [keys.secret or keys.private_pem],
        "ALGORITHM": keys.algorithm,
        "ACCESS_TOKEN_LIFETIME": ACCESS_SECONDS,
    }
    known = {each.name for each in fields(import_module("tegata.conf").Settings)}
    if "SESSION_CHECK" in known:
        rules["SESSION_CHECK"] = _DEFAULT if site.mode == _STATELESS else site.mode
    elif site.mode != _DEFAULT:
        raise UnavailableError("this tegata has no TEGATA['SESSION_CHECK']")
    # As those of the peers: what is measured here is asked for more often than a person would.
    rules |= {name: None for name in ("LOGIN_THROTTLE", "REFRESH_THROTTLE") if name in known}
    return {"INSTALLED_APPS": ["tegata"], "TEGATA": rules}


def build(site: Site, keys: Keys) -> Built:
    from ninja import NinjaAPI

    tegata = import_module("tegata")
    # A value that this version does not know is found here, before anything is asked.
    import_module("tegata.conf").engine()
    api = NinjaAPI()
    tegata.mount(api)
    if site.mode == _STATELESS:
        return Built(
            api, tegata.StatelessJWTAuth(), _aload_username if site.is_async else _load_username
        )
    return Built(api, tegata.JWTAuth(), _ausername if site.is_async else _username)


def mint(user: Any) -> str:
    return str(import_module("tegata.tokens").AccessToken.for_user(user))


def _username(request: Any) -> Any:
    return request.auth.user.get_username()


async def _ausername(request: Any) -> Any:
    return (await request.auth.aget_user()).get_username()


def _load_username(request: Any) -> Any:
    from django.contrib.auth.models import User

    return User.objects.get(pk=request.user.pk).get_username()


async def _aload_username(request: Any) -> Any:
    from django.contrib.auth.models import User

    return (await User.objects.aget(pk=request.user.pk)).get_username()
