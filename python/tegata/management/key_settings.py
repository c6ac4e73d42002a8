"""What the commands about keys share."""

from __future__ import annotations

from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.utils import timezone

from tegata import conf
from tegata._tegata import Key
from tegata.internal.keys import NamedKey, named_keys


def settings() -> conf.Settings:
    """The settings.

    Raises:
        CommandError: They cannot be.
    """
    try:
        return conf.current()
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None


def named_keys_of_settings() -> list[NamedKey]:
    """The keys of the settings.

    Raises:
        CommandError: They cannot be read.
    """
    rules = settings()
    try:
        return named_keys(rules.KEYS, rules.ALGORITHM)
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None


def new_jwk(algorithm: str) -> dict[str, Any]:
    """A new private key, under a name."""
    jwk = Key.generate(algorithm).to_jwk()
    # A secret has no thumbprint that could be told, and without a name all would be tried.
    jwk.setdefault("kid", token_urlsafe(12))
    return jwk


def date(moment: datetime) -> str:
    """For people, in the site's time zone."""
    return moment.astimezone(timezone.get_current_timezone()).strftime("%Y-%m-%d %H:%M %Z")
