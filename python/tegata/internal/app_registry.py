"""The app `tegata` where a stand-in for another library is what `INSTALLED_APPS` names."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.conf import settings


def add_tegata() -> None:
    """Has Django load `tegata` as well, unless the site's `INSTALLED_APPS` names it.

    To be called by the config of an app that needs it, while Django makes that config.
    """
    names = settings.INSTALLED_APPS
    is_named = any(name == "tegata" or name.startswith("tegata.apps.") for name in names)
    if is_named or "tegata" in apps.app_configs:
        return
    config = AppConfig.create("tegata")
    # As Django does for each entry of the list.
    config.apps = apps
    apps.app_configs[config.label] = config
