"""The app that holds the user model."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "tests.projects.uuid_user"
    label = "uuid_user"
    default_auto_field = "django.db.models.BigAutoField"
