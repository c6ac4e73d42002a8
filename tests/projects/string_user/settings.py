"""The test project with a user model whose primary key is a string."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

AUTH_USER_MODEL = "string_user.Account"
DATABASES["default"]["NAME"] += "_string_user"
DATABASES["default"]["TEST"]["NAME"] += "_string_user"
INSTALLED_APPS = [*INSTALLED_APPS, "tests.projects.string_user.apps.AccountsConfig"]
