"""What tutorials write by hand: a bearer class over PyJWT that loads the token's user."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from material import Keys

from sites import Built, Routes, Site

PACKAGE = "PyJWT"
ROUTES = Routes(login="/login")
LOGINS: str | None = None


def settings(site: Site, keys: Keys) -> dict[str, Any]:
    return {"SECRET_KEY": keys.secret.decode()}


def build(site: Site, keys: Keys) -> Built:
    written = import_module("sites.tutorial_api")
    gate = written.AsyncBearer() if site.is_async else written.Bearer()
    return Built(written.api, gate, _ausername if site.is_async else _username)


def _username(request: Any) -> Any:
    return request.auth.get_username()


async def _ausername(request: Any) -> Any:
    return _username(request)
