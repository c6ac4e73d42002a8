"""The app that holds models of a site which hang on sessions."""

from django.apps import AppConfig


class AttachedConfig(AppConfig):
    """What a site attaches to sessions."""

    name = "tests.scale.attached"
    label = "attached"
    default_auto_field = "django.db.models.BigAutoField"
