"""Times as tokens have them."""

from __future__ import annotations

from calendar import timegm
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from django.utils.functional import lazy

from tegata.internal import clock


def aware_utcnow() -> datetime:
    """Now, in UTC."""
    return clock.now()


def make_utc(dt: datetime) -> datetime:
    """A naive time as one of UTC; any other as it is."""
    return dt.replace(tzinfo=UTC) if dt.tzinfo is None else dt


def datetime_to_epoch(dt: datetime) -> int:
    """Seconds since 1970."""
    return timegm(dt.utctimetuple())


def datetime_from_epoch(ts: float) -> datetime:
    """A time by its seconds since 1970, in UTC."""
    return datetime.fromtimestamp(ts, tz=UTC)


def import_callable(path_or_callable: Any) -> Any:
    """A callable, or what a dotted path names."""
    if callable(path_or_callable):
        return path_or_callable
    module, _, name = str(path_or_callable).rpartition(".")
    return getattr(import_module(module), name)


def _format(text: str, *args: Any, **kwargs: Any) -> str:
    return text.format(*args, **kwargs)


format_lazy = lazy(_format, str)
