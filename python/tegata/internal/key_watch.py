"""Looking at the files of keys again while a server runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Generic, TypeVar

from django.core.exceptions import ImproperlyConfigured

logger = logging.getLogger("tegata")

T = TypeVar("T")


class KeyWatch(Generic[T]):
    """What was made of key files, made anew after one of them has changed.

    A look is one `stat` for each file. While what is in a file cannot be used, the last good keys
    stay in use, and the log says so once.

    Args:
        files: The files; without any, nothing is ever looked at.
        interval: How long not to look again.
        make: Reads them.

    Raises:
        ImproperlyConfigured: `make` cannot make anything of them.
    """

    def __init__(self, files: Sequence[Path], interval: timedelta, make: Callable[[], T]) -> None:
        self._files = files
        self._seconds = interval.total_seconds()
        self._make = make
        self._lock = threading.Lock()
        self._complaint: str | None = None
        # Ahead of the reading: what changes in between is seen the next time.
        self._seen = self._look()
        self._made = make()
        self._look_again_at = time.monotonic() + self._seconds

    def current(self) -> T:
        """What was made of the files as they are, or were a little while ago."""
        if self._files and time.monotonic() >= self._look_again_at:
            self._look_again()
        return self._made

    def _look_again(self) -> None:
        # Whoever comes meanwhile goes on with what there is.
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._look_again_at = time.monotonic() + self._seconds
            seen = self._look()
            if seen == self._seen:
                return
            try:
                made = self._make()
            # A server that runs is not to be stopped by a file.
            except Exception as error:
                self._complain(error)
            else:
                self._made, self._seen = made, seen
                if self._complaint is not None:
                    logger.warning("the keys can be read again, and those of now are in use")
                else:
                    logger.info("the keys have changed, and those of now are in use")
                self._complaint = None
        finally:
            self._lock.release()

    def _complain(self, error: Exception) -> None:
        # Other texts may quote what was read, and that is key material.
        is_ours = isinstance(error, ImproperlyConfigured)
        complaint = str(error) if is_ours else type(error).__name__
        if complaint != self._complaint:
            self._complaint = complaint
            logger.error(
                "the keys have changed and cannot be used, so the last good ones stay: %s",
                complaint,
            )

    def _look(self) -> list[tuple[int, ...] | None]:
        return [_fingerprint(file) for file in self._files]


def _fingerprint(file: Path) -> tuple[int, ...] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
