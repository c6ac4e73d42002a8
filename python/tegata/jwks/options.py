"""What can be told to a `JWKS`, and what cannot be."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, TypedDict

import httpx2

from tegata.jose import InvalidArgumentError

# Each of these is a span of time, in seconds or as a `timedelta`.
_SPANS = {
    "timeout",
    "min_refetch_interval",
    "default_lifetime",
    "min_lifetime",
    "max_lifetime",
    "max_stale",
}


class Options(TypedDict, total=False):
    """The options of `JWKS`, which describes them."""

    timeout: float | timedelta
    max_bytes: int
    min_refetch_interval: float | timedelta
    default_lifetime: float | timedelta
    min_lifetime: float | timedelta
    max_lifetime: float | timedelta
    max_stale: float | timedelta
    allow_http: bool
    client: Callable[[], httpx2.AsyncClient] | None
    clock: Callable[[], float]


@dataclass(frozen=True)
class Settings:
    """The options with their defaults, every span in seconds.

    Raises:
        InvalidArgumentError: One that cannot be; the message names it.
    """

    timeout: float = 5.0
    max_bytes: int = 512 * 1024
    min_refetch_interval: float = 30.0
    default_lifetime: float = 300.0
    min_lifetime: float = 60.0
    max_lifetime: float = 86_400.0
    max_stale: float = 86_400.0
    allow_http: bool = False
    client: Callable[[], httpx2.AsyncClient] | None = None
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def of(cls, options: Options) -> Settings:
        """Reads what a caller gave."""
        given: dict[str, Any] = dict(options)
        if unknown := given.keys() - {field.name for field in fields(cls)}:
            raise TypeError(f"there is no option {min(unknown)!r}")
        for name in given.keys() & _SPANS:
            given[name] = _seconds(name, given[name])
        return cls(**given)

    def __post_init__(self) -> None:
        if not 0 < self.timeout < math.inf:
            raise InvalidArgumentError("timeout: give more than no seconds, and an end")
        if isinstance(self.max_bytes, bool) or not isinstance(self.max_bytes, int):
            raise InvalidArgumentError("max_bytes: give an int")
        if self.max_bytes < 1:
            raise InvalidArgumentError("max_bytes: give one byte or more")
        if self.min_lifetime > self.max_lifetime:
            raise InvalidArgumentError("min_lifetime: give no more than max_lifetime")

    def lifetime(self, stated: float | None) -> float:
        """How long a set is fresh whose answer states so many seconds, or none."""
        wanted = self.default_lifetime if stated is None else stated
        return min(max(wanted, self.min_lifetime), self.max_lifetime)


def _seconds(name: str, span: object) -> float:
    if isinstance(span, timedelta):
        seconds = span.total_seconds()
    elif isinstance(span, int | float) and not isinstance(span, bool):
        seconds = float(span)
    else:
        seconds = math.nan
    # False for what is not a number, too.
    if not seconds >= 0:
        raise InvalidArgumentError(f"{name}: give seconds or a timedelta, not negative")
    return seconds
