"""What somebody has to be told and could not be."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator


class Untold:
    """Keys, the oldest first, for as long as they matter.

    Args:
        seconds: How long that is.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._added: dict[str, float] = {}

    def __bool__(self) -> bool:
        return bool(self._added)

    def __contains__(self, key: str) -> bool:
        return key in self._added

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._added))

    def add(self, keys: Iterable[str]) -> None:
        """Adds keys; those that were there already matter for longer."""
        now = time.monotonic()
        with self._lock:
            for key in keys:
                self._added.pop(key, None)
                self._added[key] = now
            self._forget(now - self._seconds)

    def remove(self, keys: Iterable[str]) -> None:
        """Takes keys out that were told."""
        with self._lock:
            for key in keys:
                self._added.pop(key, None)

    def _forget(self, before: float) -> None:
        while self._added:
            oldest = next(iter(self._added))
            if self._added[oldest] >= before:
                return
            del self._added[oldest]
