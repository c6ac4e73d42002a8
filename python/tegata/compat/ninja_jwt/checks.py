"""System checks: what `SIMPLE_JWT` and its neighbours should say."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

_BACKEND = "ninja_jwt.authentication.JWTAuthBackend"


def register() -> None:
    """Registers the checks with Django."""
    checks.register(check_backends, checks.Tags.security)
    checks.register(check_middleware, checks.Tags.security)
    checks.register(check_apps, checks.Tags.compatibility)
    checks.register(check_transactions, checks.Tags.database)


def check_backends(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """ninja_jwt.W001 and ninja_jwt.E001: `AUTHENTICATION_BACKENDS`."""
    if not apps.is_installed("ninja_jwt"):
        return []
    from tegata.compat.ninja_jwt.authentication import JWTAuthBackend

    backends = [import_string(path) for path in settings.AUTHENTICATION_BACKENDS]
    found: list[checks.CheckMessage] = []
    if not any(issubclass(each, JWTAuthBackend) for each in backends):
        found.append(
            checks.Warning(
                f"{_BACKEND!r} is missing from AUTHENTICATION_BACKENDS, so "
                "authenticate(request, token=...) knows no token. Views with auth=JWTAuth() do "
                "without it.",
                hint=f"Add {_BACKEND!r} to AUTHENTICATION_BACKENDS, or 'ninja_jwt.W001' to "
                "SILENCED_SYSTEM_CHECKS.",
                id="ninja_jwt.W001",
            )
        )
    if all(issubclass(each, JWTAuthBackend) for each in backends):
        found.append(
            checks.Error(
                "AUTHENTICATION_BACKENDS has no backend for passwords, so nobody can log in.",
                hint="Add 'django.contrib.auth.backends.ModelBackend' to it.",
                id="ninja_jwt.E001",
            )
        )
    return found


def check_middleware(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """ninja_jwt.I001: `request.user` is not on every request."""
    name = "django.contrib.auth.middleware.AuthenticationMiddleware"
    if not apps.is_installed("ninja_jwt") or name in settings.MIDDLEWARE:
        return []
    return [
        checks.Info(
            "request.user is there in views with auth=JWTAuth() only; in any other Python says, "
            "'WSGIRequest' object has no attribute 'user'.",
            hint=f"Guard the view with auth=JWTAuth(), or add {name!r} to MIDDLEWARE.",
            id="ninja_jwt.I001",
        )
    ]


def check_apps(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """ninja_jwt.E002: simplejwt's app in the place of this library's."""
    names = ("rest_framework_simplejwt", "rest_framework_simplejwt.token_blacklist")
    return [
        checks.Error(
            f"{name!r} in INSTALLED_APPS is another library's.",
            hint=f"Put {name.replace('rest_framework_simplejwt', 'ninja_jwt')!r} in its place.",
            id="ninja_jwt.E002",
        )
        for name in names
        if apps.is_installed(name)
    ]


def check_transactions(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """ninja_jwt.E003: controllers inside of a transaction."""
    is_atomic = any(each.get("ATOMIC_REQUESTS") for each in settings.DATABASES.values())
    if not is_atomic or "tegata.compat.ninja_jwt.controller" not in sys.modules:
        return []
    return [
        checks.Error(
            "The controllers of ninja_jwt cannot work with ATOMIC_REQUESTS: a revocation must be "
            "committed before the refusal that tells of it is sent.",
            hint="Take the routers of ninja_jwt.routers, which keep out of it, or turn "
            "ATOMIC_REQUESTS off.",
            id="ninja_jwt.E003",
        )
    ]
