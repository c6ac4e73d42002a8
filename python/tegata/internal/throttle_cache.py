"""Counting in Django's cache, across processes, and while it is down."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.db import router

from tegata import conf
from tegata.internal.outage import Outage, OutageError
from tegata.internal.table_cache import apart

T = TypeVar("T")

# What a process counts by itself while the cache is down.
_MAX_OWN_ENTRIES = 10_000


class ThrottleCache:
    """The cache of `THROTTLE_CACHE`.

    While it cannot answer, this process counts for itself if `THROTTLE_FAILURE` is `"open"`, and
    every method raises `OutageError` if it is `"closed"`.
    """

    def __init__(self, rules: conf.Settings) -> None:
        self.rules = rules
        self._alias = rules.THROTTLE_CACHE
        self._outage = Outage(
            # Redis says which command failed, with all its keys.
            "the throttle cache cannot answer: %.200s",
            "the throttle cache answers again",
        )

    def get_many(self, keys: Collection[str]) -> dict[str, Any]:
        """The entries that there are."""
        return self._ask(lambda cache: cache.get_many(keys))

    def count(self, key: str, seconds: int) -> int:
        """Counts one more under a key, in one step that no other process comes between.

        Args:
            key: What is counted.
            seconds: How long the entry is kept, from its first count on.

        Returns:
            How many there are now.
        """
        return self._ask(lambda cache: _count(cache, key, seconds))

    def take_back(self, keys: Collection[str]) -> None:
        """Counts one less under each key."""
        self._ask(lambda cache: _take_back(cache, keys))

    def remember(self, key: str, seconds: int) -> None:
        """Writes an entry that says nothing but that it is there."""
        self._ask(lambda cache: cache.set(key, 1, seconds))

    def _ask(self, call: Callable[[Any], T]) -> T:
        try:
            # Not before: a cache that cannot be made is down as well.
            return self._outage.ask(lambda: self._apart(call))
        except OutageError:
            if self.rules.THROTTLE_FAILURE == "closed":
                raise
            return call(self._own)

    def _apart(self, call: Callable[[Any], T]) -> T:
        cache = self._cache
        if isinstance(cache, DatabaseCache):
            model: Any = cache.cache_model_class
            return apart(router.db_for_write(model), lambda: call(cache))
        return call(cache)

    @cached_property
    def _own(self) -> LocMemCache:
        own = LocMemCache("tegata.throttle", {"OPTIONS": {"MAX_ENTRIES": _MAX_OWN_ENTRIES}})
        # Of earlier settings.
        own.clear()
        return own

    @property
    def _cache(self) -> Any:
        return caches[self._alias] if self._shared is None else self._shared

    @cached_property
    def _shared(self) -> Any:
        # As in `cache_access`: one connection for all threads and requests.
        cache = caches.create_connection(self._alias)
        return cache if type(cache) in (LocMemCache, RedisCache) else None


def _count(cache: Any, key: str, seconds: int) -> int:
    try:
        number = int(cache.incr(key))
    except ValueError:
        # There is none yet; who adds it second adds nothing.
        cache.add(key, 0, seconds)
        try:
            number = int(cache.incr(key))
        except ValueError:
            # A cache that keeps nothing.
            return 1
    if type(cache).incr is BaseCache.incr:
        # A cache without an operation of its own writes the entry anew, for its default time.
        cache.touch(key, seconds)
    return number


def _take_back(cache: Any, keys: Collection[str]) -> None:
    for key in keys:
        with suppress(ValueError):
            cache.decr(key)


_current: ThrottleCache | None = None


def current() -> ThrottleCache:
    """That of the settings in force."""
    global _current
    cache, rules = _current, conf.current()
    if cache is None or cache.rules is not rules:
        cache = _current = ThrottleCache(rules)
    return cache
