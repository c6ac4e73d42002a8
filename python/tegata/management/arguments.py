"""Arguments of the commands that are more than texts."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import router
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from tegata.internal import clock
from tegata.internal.user_model import user_model

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,9})([smhdw])")
_DURATION_HINT = "write 90s, 15m, 12h, 30d or 2w"
_REASON_LENGTH = 32
_SESSION_ID = re.compile(r"[\w-]{43}", re.ASCII)


class SessionIdParser(CommandParser):
    """Takes the id of a session for a value, though one in 64 begins with `-`, as options do."""

    def _parse_optional(self, arg_string: str) -> Any:
        return None if _SESSION_ID.fullmatch(arg_string) else super()._parse_optional(arg_string)


def duration(text: str) -> timedelta:
    """Such as `30d`."""
    found = _DURATION.fullmatch(text)
    try:
        if found is not None:
            return timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        pass
    raise ArgumentTypeError(f"{text!r} is no length of time; {_DURATION_HINT}")


def instant(text: str) -> datetime:
    """Such as `2026-11-27`, `2026-11-27T09:00+01:00`, or `12h` for so long ago."""
    try:
        if _DURATION.fullmatch(text):
            return clock.now() - duration(text)
        if (when := parse_datetime(text)) is None and (day := parse_date(text)) is not None:
            when = datetime.combine(day, datetime.min.time())
    except (OverflowError, ValueError):
        when = None
    if when is None:
        raise ArgumentTypeError(
            f"{text!r} is no time; write a date such as 2026-11-27, or how long ago: 12h, 30d"
        )
    return timezone.make_aware(when) if timezone.is_naive(when) else when


def limit(text: str) -> int:
    """A number from 1 to 10,000."""
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 10_000:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is no number from 1 to 10000")


def reason(text: str) -> str:
    """What fits `end_reason`."""
    if 0 < len(text) <= _REASON_LENGTH and text.isprintable():
        return text
    raise ArgumentTypeError(f"a reason is a text of 1 to {_REASON_LENGTH} characters")


def user_named(name: str) -> AbstractUser:
    """The user of that name or primary key.

    Raises:
        CommandError: There is none.
    """
    model = user_model()
    users = model._base_manager.using(router.db_for_write(model))
    # PostgreSQL refuses a text with a NUL instead of finding nothing.
    for field in () if "\0" in name else (model.USERNAME_FIELD, "pk"):
        try:
            found = users.filter(**{field: name}).first()
        except (ValueError, ValidationError, OverflowError):
            continue
        if found is not None:
            return found
    raise CommandError(
        f"there is no user `{name}`\nhint: give the {model.USERNAME_FIELD}, or the primary key"
    )
