"""Answers that are not there yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Generic, TypeVar

T = TypeVar("T")


class Pending(Generic[T]):
    """An answer that only an `await` brings.

    Should anything take it for the answer itself, it counts as a no.
    """

    def __init__(self, answer: Callable[[], Awaitable[T]]) -> None:
        self._answer = answer

    def __await__(self) -> Generator[object, None, T]:
        return self._answer().__await__()

    def __bool__(self) -> bool:
        return False
