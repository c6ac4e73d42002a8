"""The demo's users on this site, with their sessions cached in Redis."""

from __future__ import annotations

import os

from demo_site import *  # noqa: F403

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["TEGATA_TEST_REDIS"],
    }
}
ROOT_URLCONF = "tests.cache.site"
# Longer than any test, so that nothing acts by running out.
TEGATA = {"SESSION_CHECK": "cache", "SESSION_CACHE_LIFETIME": 3600}
