"""Leaving alone for a while what did not answer."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

logger = logging.getLogger("tegata")

T = TypeVar("T")

_PAUSE_SECONDS = 1.0


class OutageError(Exception):
    """There is no answer: the call failed, or one before it did and nobody is to wait again yet."""


class Outage:
    """Whether a service fails, so that not every request waits for it and the log says so once.

    After a failure nobody asks for as long as it kept its caller waiting, a second at least. Then
    one caller goes ahead to see, and the others do not wait with it.

    Args:
        failure: What the log says when it begins; `%s` stands for the error.
        recovery: What the log says when it is over.
    """

    def __init__(self, failure: str, recovery: str) -> None:
        self._failure = failure
        self._recovery = recovery
        self._lock = threading.Lock()
        self._quiet_until: float | None = None
        self._is_on_trial = False

    def ask(self, call: Callable[..., T], *args: Any) -> T:
        """The answer of `call`.

        Raises:
            OutageError: There is none.
        """
        is_trial = self._quiet_until is not None and self._begins_trial()
        begun = time.monotonic()
        try:
            answer = call(*args)
        # Every service has exceptions of its own.
        except Exception as error:
            self._fail(error, time.monotonic() - begun)
            raise OutageError from error
        else:
            # Who asked before the outage may have its answer late, and says nothing of now.
            if is_trial:
                self._recover()
            return answer
        finally:
            if is_trial:
                self._is_on_trial = False

    def _begins_trial(self) -> bool:
        with self._lock:
            if self._quiet_until is None:
                return False
            if self._is_on_trial or time.monotonic() < self._quiet_until:
                raise OutageError
            self._is_on_trial = True
            return True

    def _fail(self, error: Exception, seconds: float) -> None:
        with self._lock:
            is_first = self._quiet_until is None
            self._quiet_until = time.monotonic() + max(seconds, _PAUSE_SECONDS)
        if is_first:
            logger.error(self._failure, error)

    def _recover(self) -> None:
        with self._lock:
            self._quiet_until = None
        logger.warning(self._recovery)
