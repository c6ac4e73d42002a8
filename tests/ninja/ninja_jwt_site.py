"""A site on the stand-in for django-ninja-jwt, in the process of the tests."""

from __future__ import annotations

from typing import Any

import tegata.compat
from tegata import conf
from tests.ninja.helpers import SECRET

SIMPLE_JWT: dict[str, Any] = {"SIGNING_KEY": SECRET.decode()}


def install(settings: Any, **simple_jwt: Any) -> None:
    """Puts the app and its settings in, until the end of the test."""
    tegata.compat.install("ninja_jwt")
    settings.SIMPLE_JWT = {**SIMPLE_JWT, **simple_jwt}
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "ninja_jwt", "ninja_jwt.token_blacklist"]


def forget() -> None:
    """What Django does not undo."""
    conf._translations.clear()
    conf._clear()
