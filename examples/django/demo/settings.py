"""Settings of the Tegata demo. For trying things out, never for production."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

# The page is the same as that of `tegata serve --demo`, and lies with it.
PAGE_DIR = BASE_DIR.parent.parent / "crates" / "server" / "demo-page"

# Public on purpose: anybody can read this key, so nothing real may be signed with it.
SECRET_KEY = "demo-only-key-never-use-outside-this-example-0123456789abcdef"
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # Listed so that Swagger's own files are served from here instead of a CDN.
    "ninja",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "tegata",
    "demo",
]

MIDDLEWARE = [
    "tegata.middleware.vary_on_token_cookie",
    "demo.thief.keep_spent_token",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PAGE_DIR],
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

ROOT_URLCONF = "demo.urls"
ASGI_APPLICATION = "demo.asgi.application"
WSGI_APPLICATION = "demo.wsgi.application"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("TEGATA_DEMO_DATABASE") or BASE_DIR / "demo.sqlite3",
        # Two windows refreshing at once would otherwise both read before either
        # writes, and SQLite fails the loser at once rather than making it wait.
        "OPTIONS": {"transaction_mode": "IMMEDIATE"},
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [("demo", PAGE_DIR / "static")]

TEGATA = {
    "LOGIN_STEPS": ["demo.steps.TOTPStep"],
    # Cookies for the page, and tokens in the header for Swagger and other clients.
    "TRANSPORT": "both",
}
OTP_TOTP_ISSUER = "Tegata demo"

# What happens to sessions, one readable line each; never a token.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"tegata.events": {"handlers": ["console"], "level": "INFO"}},
}
