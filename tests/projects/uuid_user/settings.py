"""The test project with a user model whose primary key is a UUID."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

AUTH_USER_MODEL = "uuid_user.Account"
DATABASES["default"]["NAME"] += "_uuid_user"
DATABASES["default"]["TEST"]["NAME"] += "_uuid_user"
INSTALLED_APPS = [*INSTALLED_APPS, "tests.projects.uuid_user.apps.AccountsConfig"]
