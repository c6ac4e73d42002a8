"""The Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TegataConfig(AppConfig):
    """Puts `tegata` into `INSTALLED_APPS`."""

    name = "tegata"
    verbose_name = _("Tegata")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Validates the settings, so that a mistake stops start-up and not a login."""
        from tegata import checks, conf
        from tegata.internal import (
            hash_upgrade,
            last_login,
            security_columns,
            user_changes,
            user_key,
        )

        conf.engine()
        conf.cookies()
        user_key.require()
        security_columns.require()
        checks.register()
        last_login.take_over()
        hash_upgrade.connect()
        user_changes.connect()
