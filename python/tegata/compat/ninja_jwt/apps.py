"""The Django application that `"ninja_jwt"` in `INSTALLED_APPS` gives."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig

from tegata import conf
from tegata.compat.ninja_jwt.settings import DICTS
from tegata.compat.ninja_jwt.translation import translated
from tegata.internal.app_registry import add_tegata


class NinjaJWTConfig(AppConfig):
    """Brings the app `tegata` along if `INSTALLED_APPS` lacks it."""

    name = "ninja_jwt"
    label = "ninja_jwt"
    verbose_name = "Ninja JWT"
    default_auto_field = "django.db.models.BigAutoField"

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        for name in DICTS:
            # Both are read at once; the second entry is there for `override_settings`.
            conf.translate(name, translated if name == DICTS[0] else dict)
        add_tegata()

    def ready(self) -> None:
        """Registers the checks."""
        from tegata.compat.ninja_jwt import checks

        checks.register()
