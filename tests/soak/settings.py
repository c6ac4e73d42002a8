"""The site of the soak: the tests' own one, with faults on request."""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403
from tests.settings import MIDDLEWARE as MIDDLEWARE_OF_TESTS
from tests.soak import times

if "SOAK_SQLITE" in os.environ:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["SOAK_SQLITE"],
            "OPTIONS": {"timeout": times.BUSY_TIMEOUT},
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "HOST": "127.0.0.1",
            "PORT": os.environ["SOAK_POSTGRES_PORT"],
            "USER": os.environ["SOAK_POSTGRES_USER"],
            # The server that the tests run forgets what it committed last when it is killed.
            "OPTIONS": {"options": "-c synchronous_commit=on"},
            # Both habits: a connection for each request, and one that a restart finds open.
            "CONN_MAX_AGE": int(os.environ.get("SOAK_CONNECTION_AGE", "0")),
        }
    }

MIDDLEWARE = ["tests.soak.middleware.Faults", *MIDDLEWARE_OF_TESTS]

TEGATA = {
    "REFRESH_GRACE": times.REFRESH_GRACE,
    "ACCESS_TOKEN_LIFETIME": times.ACCESS_TOKEN_LIFETIME,
    "LEEWAY": 0,
    # Its clients refresh many times a second.
    "LOGIN_THROTTLE": None,
    "REFRESH_THROTTLE": None,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
