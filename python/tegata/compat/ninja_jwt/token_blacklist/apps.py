"""The Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TokenBlacklistConfig(AppConfig):
    """Puts `ninja_jwt.token_blacklist` into `INSTALLED_APPS`."""

    name = "ninja_jwt.token_blacklist"
    label = "token_blacklist"
    verbose_name = _("Token Blacklist")
    default_auto_field = "django.db.models.BigAutoField"
