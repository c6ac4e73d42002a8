"""Makes sure, when it is imported, that `INSTALLED_APPS` has what this interface needs."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured


def require() -> None:
    """Makes sure that the app is installed, once Django knows its apps.

    Raises:
        ImproperlyConfigured: It is not, so `SIMPLE_JWT` would not be read.
    """
    if apps.apps_ready and not apps.is_installed("ninja_jwt"):
        raise ImproperlyConfigured(
            "'ninja_jwt' is missing from INSTALLED_APPS, so SIMPLE_JWT is not read and there is no "
            "table of sessions. Add 'ninja_jwt' to INSTALLED_APPS and run `manage.py migrate`."
        )


require()
