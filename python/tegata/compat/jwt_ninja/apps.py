"""The Django application that `"jwt_ninja"` in `INSTALLED_APPS` gives."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig

from tegata import conf
from tegata.compat.jwt_ninja.settings import PREFIX
from tegata.compat.jwt_ninja.translation import translated
from tegata.internal.app_registry import add_tegata


class JWTNinjaConfig(AppConfig):
    """Brings the app `tegata` along if `INSTALLED_APPS` lacks it."""

    name = "jwt_ninja"
    label = "jwt_ninja"
    verbose_name = "JWT Ninja"
    default_auto_field = "django.db.models.BigAutoField"

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        conf.translate(PREFIX, translated)
        add_tegata()

    def ready(self) -> None:
        """Has views get sessions by the model of this app, and gives users `jwt_sessions`."""
        from tegata.compat.jwt_ninja.models import Session, sessions_of
        from tegata.internal import loading
        from tegata.internal.user_model import user_model

        loading.hand_out_as(Session)
        if not hasattr(user_model(), "jwt_sessions"):
            user_model().add_to_class("jwt_sessions", property(sessions_of))
