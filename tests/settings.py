"""The Django project that the tests run in."""

from __future__ import annotations

import os
from typing import Any


def _database() -> dict[str, Any]:
    """The database that ``TEGATA_TEST_DATABASE`` names; conftest.py sets where it is.

    The test database bears the plain name, so that a server or command started by a test in a
    process of its own finds the same rows through the same settings.
    """
    kind = os.environ.setdefault("TEGATA_TEST_DATABASE", "sqlite")
    if kind == "postgres":
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "tegata",
            "HOST": os.environ.get("TEGATA_TEST_HOST", ""),
            "PORT": os.environ.get("TEGATA_TEST_PORT", ""),
            "USER": os.environ.get("TEGATA_TEST_USER", ""),
            "TEST": {"NAME": "tegata"},
        }
    if kind == "sqlite":
        # In the tests a file: an in-memory database cannot show what concurrent writers do.
        name = os.environ.get("TEGATA_TEST_NAME", ":memory:")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            "OPTIONS": {"timeout": 20},
            "TEST": {"NAME": name},
        }
    message = (
        f"TEGATA_TEST_DATABASE is `{kind}`, which is no database of the tests\n"
        "hint: set it to `sqlite` or `postgres`"
    )
    raise ValueError(message)


ALLOWED_HOSTS = ["*"]
DATABASES = {"default": _database()}
DEBUG = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "ninja",
    "tegata",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# Weak and fast: the tests log in hundreds of times, and none of them is about hashing.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ROOT_URLCONF = "tests.urls"
SECRET_KEY = "not a secret: these settings serve the tests only"
STATIC_URL = "static/"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
USE_TZ = True
