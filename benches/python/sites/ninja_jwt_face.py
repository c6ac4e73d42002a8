"""Tegata by its stand-in for django-ninja-jwt: the same code as that library's site."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from material import Keys

from sites import Built, Site, ninja_jwt

PACKAGE = "tegata"
ROUTES = ninja_jwt.ROUTES
LOGINS = "tegata.Session"


def settings(site: Site, keys: Keys) -> dict[str, Any]:
    import_module("tegata.compat").install("ninja_jwt")
    # It rotates, as the library does with its blacklist.
    theirs = ninja_jwt.settings(site, keys)
    rules = {**theirs["NINJA_JWT"], "ROTATE_REFRESH_TOKENS": True}
    # What is measured here is asked for more often than a person would.
    unlimited = {"LOGIN_THROTTLE": None, "REFRESH_THROTTLE": None}
    return {"INSTALLED_APPS": ["ninja_jwt"], "NINJA_JWT": rules, "TEGATA": unlimited}


def build(site: Site, keys: Keys) -> Built:
    from ninja import NinjaAPI

    return ninja_jwt.build_on(NinjaAPI(), site)


mint = ninja_jwt.mint
