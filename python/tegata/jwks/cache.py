"""The last good key set, and when it is fetched anew."""

from __future__ import annotations

import logging
import math
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from random import random
from weakref import WeakSet

from tegata.jose import KeySet
from tegata.jwks.errors import JWKSUnavailableError
from tegata.jwks.flight import Outcome, Trouble, depart
from tegata.jwks.options import Settings
from tegata.jwks.sources import Fetched

logger = logging.getLogger("tegata")

Landing = Future[KeySet | None]
"""What a caller may wait for: the set that a fetch brings, or `None` if it fails."""

# After a failure there is a pause of one second, after the next one of two, and so on.
_LONGEST_PAUSE_SECONDS = 30.0
# Processes that fail together come back one after the other: a pause is longer by up to this share.
_SPREAD = 0.25
# What the issuer asks for by `Retry-After` is kept to, but an hour would be an outage of our own.
_LONGEST_ASKED_PAUSE_SECONDS = 120.0
# A fetch ends in time by itself. Beyond that it is taken for lost: its thread was never started,
# because a signal's exception came between, or it is stuck in a caller's `client`.
_GRACE_SECONDS = 1.0


@dataclass(frozen=True)
class _Good:
    keys: KeySet
    fresh_until: float


class KeyCache:
    """Decides who gets the set at hand, who waits, and whose call starts a fetch.

    At most one fetch is under way. The lock is held for a few assignments, never while waiting.
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[Fetched]], *, host: str, settings: Settings
    ) -> None:
        self._fetch = fetch
        self._host = host
        self._settings = settings
        self._lock = threading.Lock()
        self._good: _Good | None = None
        self._landing: Landing | None = None
        self._departed_at = -math.inf
        self._failures = 0
        self._trouble = f"{host} has not answered yet"
        self._paused_until = -math.inf
        self._no_refetch_until = -math.inf
        _caches.add(self)

    @property
    def patience(self) -> float:
        """The seconds after which nobody waits for a fetch any more."""
        return self._settings.timeout + _GRACE_SECONDS

    def ask(self) -> KeySet | Landing:
        """The set, if it is fresh or somebody else is at fetching a new one; else what to wait for.

        Raises:
            JWKSUnavailableError: There is none, and it is too early to ask once more.
        """
        with self._lock:
            now = self._settings.clock()
            if self._good is not None and now < self._good.fresh_until:
                return self._good.keys
            usable = self._usable(now)
            under_way = self._under_way(now)
            if under_way is not None:
                return under_way if usable is None else usable
            if now < self._paused_until:
                return self._or_refuse(usable)
            landing = self._prepare(now)
        self._depart(landing)
        return landing

    def ask_again(self, seen: KeySet) -> KeySet | Landing | None:
        """Another set than `seen`, or what to wait for, or `None` if it is too early to ask."""
        with self._lock:
            now = self._settings.clock()
            usable = self._usable(now)
            if usable is not None and usable is not seen:
                return usable
            under_way = self._under_way(now)
            if under_way is not None:
                return under_way
            if now < max(self._paused_until, self._no_refetch_until):
                return None
            self._no_refetch_until = now + self._settings.min_refetch_interval
            landing = self._prepare(now)
        self._depart(landing)
        return landing

    def settle(self, landed: KeySet | None) -> KeySet:
        """The set that a fetch has brought, or if it has failed, the last good one.

        Raises:
            JWKSUnavailableError: There is none, or it is too old.
        """
        if landed is not None:
            return landed
        with self._lock:
            return self._or_refuse(self._usable(self._settings.clock()))

    def trouble(self) -> JWKSUnavailableError | None:
        """Why the last fetch failed, if it did: the set at hand may be behind."""
        with self._lock:
            return self._refusal() if self._failures else None

    def after_fork(self) -> None:
        """In a new process: nobody holds the lock any more, and no fetch is under way."""
        self._lock = threading.Lock()
        self._landing = None

    def _under_way(self, now: float) -> Landing | None:
        return self._landing if now < self._departed_at + self.patience else None

    def _usable(self, now: float) -> KeySet | None:
        good = self._good
        if good is None or now >= good.fresh_until + self._settings.max_stale:
            return None
        return good.keys

    def _or_refuse(self, usable: KeySet | None) -> KeySet:
        if usable is None:
            raise self._refusal()
        return usable

    def _refusal(self) -> JWKSUnavailableError:
        pause = self._paused_until - self._settings.clock()
        return JWKSUnavailableError(
            f"there are no keys to verify with: {self._trouble}",
            retry_after=max(math.ceil(pause), 1) if pause > 0 else 1,
        )

    def _prepare(self, now: float) -> Landing:
        landing: Landing = Future()
        # From here on, a task that waits for it and is cancelled does not cancel it for the others.
        landing.set_running_or_notify_cancel()
        self._landing, self._departed_at = landing, now
        return landing

    def _depart(self, landing: Landing) -> None:
        depart(
            self._fetch,
            host=self._host,
            timeout=self._settings.timeout,
            land=lambda outcome: self._land(landing, outcome),
        )

    def _land(self, landing: Landing, outcome: Outcome) -> None:
        with self._lock:
            if self._landing is not landing:
                return
            self._landing = None
            keys = self._take_in(outcome)
            meanwhile = self._meanwhile()
        # Ahead of the log, whose handlers may raise or take their time.
        landing.set_result(keys)
        if isinstance(outcome, Trouble):
            logger.warning("JWKS: %s; %s", outcome.why, meanwhile)

    def _meanwhile(self) -> str:
        if self._good is None:
            return "there are no keys yet"
        if self._usable(self._settings.clock()) is None:
            return "the last good keys are too old to be used"
        return "the last good keys stay in use"

    def _take_in(self, outcome: Outcome) -> KeySet | None:
        if isinstance(outcome, Fetched):
            fresh_for = self._settings.lifetime(outcome.lifetime)
            self._good = _Good(outcome.keys, self._departed_at + fresh_for)
            self._failures, self._paused_until = 0, -math.inf
            return outcome.keys
        # The inner bound is for the float, which has an end.
        pause = min(2.0 ** min(self._failures, 64), _LONGEST_PAUSE_SECONDS)
        asked_for = min(outcome.retry_after or 0.0, _LONGEST_ASKED_PAUSE_SECONDS)
        pause = max(pause, asked_for) * (1 + _SPREAD * random())  # noqa: S311 (no secret)
        self._failures += 1
        self._trouble = outcome.why
        self._paused_until = self._settings.clock() + pause
        return None


_caches: WeakSet[KeyCache] = WeakSet()


def _after_fork() -> None:
    for cache in _caches:
        cache.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
