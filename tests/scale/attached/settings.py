"""The test project with models that hang on sessions."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

DATABASES["default"]["NAME"] += "_attached"
DATABASES["default"]["TEST"]["NAME"] += "_attached"
INSTALLED_APPS = [*INSTALLED_APPS, "tests.scale.attached.apps.AttachedConfig"]
