"""Values that are made when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation

T = TypeVar("T")


class Later(Generic[T]):
    """A value, or what makes it.

    Args:
        make: Makes it; what it raises, whoever asks gets.
        reads: Whether that may ask a database or a cache.
    """

    __slots__ = ("_make", "_value", "reads")

    def __init__(self, make: Callable[[], T], *, reads: bool = False) -> None:
        self._make: Callable[[], T] | None = make
        self._value: Any = None
        self.reads = reads

    @property
    def value(self) -> T:
        """The value."""
        if self._make is not None:
            self._value = self._make()
            self._make, self.reads = None, False
        value: T = self._value
        return value


def now(value: T | Later[T], name: str = "", twin: str = "") -> T:
    """The value, wherever it may be had without an `await`.

    Args:
        value: The value, or what makes it.
        name: What it is called where it was asked for.
        twin: What async code calls instead.

    Raises:
        RuntimeError: It has to be read, and a loop is running.
    """
    if not isinstance(value, Later):
        return value
    try:
        return value.value
    except SynchronousOnlyOperation:
        raise RuntimeError(
            f"{name} is not loaded here, because TEGATA['SESSION_CHECK'] does not look at it. "
            f"In an async view, use `await {twin}()`."
        ) from None


async def anow(value: T | Later[T]) -> T:
    """The value, read on the database thread if it has to be read."""
    if not isinstance(value, Later):
        return value
    if not value.reads:
        return value.value
    return await sync_to_async(lambda: value.value)()
