"""The test project with its sessions cached in Redis, for processes of their own."""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["TEGATA_TEST_REDIS"],
    }
}
ROOT_URLCONF = "tests.cache.site"
TEGATA = {"SESSION_CHECK": "cache"}
