"""A clock that stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Self

from django.utils import timezone

from tegata.internal import clock

Moment = datetime | timedelta | str
"""A point in time: an aware datetime; a timedelta, which counts from now; or a text in ISO 8601,
which is in UTC unless it says otherwise."""


class FrozenClock:
    """The time that Tegata sees within a `with` block, in every thread and task of the process.

    The innermost block counts, whichever thread entered it.
    """

    def __init__(self, at: datetime) -> None:
        """From an aware datetime."""
        self._lock = Lock()
        self._now = at.astimezone(UTC)

    @property
    def now(self) -> datetime:
        """The moment at which it stands, in UTC."""
        return self._now

    def tick(self, by: timedelta | float = 1) -> datetime:
        """Moves it on.

        Args:
            by: How far, a timedelta or seconds; backwards if it is negative.

        Returns:
            Where it stands now.
        """
        span = by if isinstance(by, timedelta) else timedelta(seconds=by)
        with self._lock:
            self._now += span
            return self._now

    def move_to(self, at: Moment) -> datetime:
        """Moves it to a point in time.

        Args:
            at: Where to; a timedelta counts from where it stands.

        Returns:
            Where it stands now.

        Raises:
            ValueError: The datetime has no timezone, or the text is not in ISO 8601.
        """
        if isinstance(at, timedelta):
            return self.tick(at)
        moment = moment_of(at)
        with self._lock:
            self._now = moment
            return moment

    def __enter__(self) -> Self:
        clock.override = _now
        _frozen.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        # Blocks of several threads need not end in the order in which they began.
        _frozen.remove(self)


def frozen(at: Moment | None = None) -> FrozenClock:
    """A clock that stands still, for a `with` block or for `TestCase.enterContext`.

    Args:
        at: Where it stands; now, if left out.

    Raises:
        ValueError: The datetime has no timezone, or the text is not in ISO 8601.
    """
    return FrozenClock(clock.now() if at is None else moment_of(at))


def moment_of(at: Moment) -> datetime:
    """A point in time as an aware datetime in UTC.

    Raises:
        ValueError: The datetime has no timezone, or the text is not in ISO 8601.
    """
    if isinstance(at, timedelta):
        return clock.now() + at
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no timezone; add tzinfo=datetime.UTC")
    return at.astimezone(UTC)


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """Within it, this thread or task alone sees that time, whatever else is frozen."""
    clock.override = _now
    token = _here.set(moment)
    try:
        yield
    finally:
        _here.reset(token)


_frozen: list[FrozenClock] = []
_here: ContextVar[datetime | None] = ContextVar("tegata_testing_moment", default=None)


def _now() -> datetime:
    if (moment := _here.get()) is not None:
        return moment
    try:
        return _frozen[-1].now
    except IndexError:
        return timezone.now()
