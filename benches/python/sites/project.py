"""The Django project of a site: its settings and its tables."""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from material import Keys

from sites import Library, Site


def set_up(site: Site, library: Library, keys: Keys) -> None:
    """Configures Django for a site, and makes its routes and tables."""
    own = library.settings(site, keys)
    apps = ["django.contrib.contenttypes", "django.contrib.auth", "ninja"]
    apps += own.pop("INSTALLED_APPS", [])
    common: dict[str, Any] = {
        "ALLOWED_HOSTS": ["*"],
        "DATABASES": {"default": site.database},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "INSTALLED_APPS": apps,
        # Whatever a site has besides costs the bare view as much.
        "MIDDLEWARE": [],
        # Weak and fast, or the hash would be all that a login shows.
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "ROOT_URLCONF": "sites.urls",
        "SECRET_KEY": "the benchmark's, public like all of it",
        "USE_TZ": True,
    }
    settings.configure(**(common | own))
    django.setup()

    # They need what has just been set up.
    from sites import urls

    urls.add(library.build(site, keys), is_async=site.is_async)
    call_command("migrate", verbosity=0)
