"""The demo on the database that the tests ask for, with hashes that cost nothing."""

from __future__ import annotations

import os

from demo.settings import *  # noqa: F403

# The tests log in hundreds of times, and none of them is about hashing.
PASSWORD_HASHERS = ["quick_hasher.QuickHasher"]

if "TEGATA_BLACKBOX_POSTGRES_PORT" in os.environ:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "HOST": "127.0.0.1",
            "PORT": os.environ["TEGATA_BLACKBOX_POSTGRES_PORT"],
            "USER": os.environ["TEGATA_BLACKBOX_POSTGRES_USER"],
        }
    }
