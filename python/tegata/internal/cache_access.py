"""Django's cache, as one that may fail and must not hold up every request when it does.

Tombstones that could not be written are written as soon as it takes them again.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from contextlib import suppress
from functools import cached_property
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from tegata import conf
from tegata.internal.outage import Outage, OutageError
from tegata.internal.table_cache import TableCache
from tegata.internal.untold import Untold

_TOMBSTONE = 1
# How many of them are written at once at most.
_BATCH = 500


class CacheAccess:
    """The cache of some settings, and what this process knows of its state."""

    def __init__(self, rules: conf.Settings) -> None:
        self.rules = rules
        self._alias = rules.SESSION_CACHE or ""
        self._reads = Outage(
            "the session cache cannot answer: %.200s", "the session cache answers again"
        )
        self._writes = Outage(
            # Redis says which command failed, with all its keys.
            "the session cache cannot be written to: %.200s",
            "the session cache can be written to again",
        )
        # Some caches count in whole seconds, and round down.
        lifetime = conf.engine().tombstone_lifetime.total_seconds()
        self._tombstone_seconds = math.ceil(lifetime) + 1
        self._untold = Untold(self._tombstone_seconds)

    @cached_property
    def is_in_process(self) -> bool:
        """Whether asking it waits for nothing."""
        return isinstance(self._cache, LocMemCache)

    def get_many(self, keys: Collection[str]) -> dict[str, Any]:
        """The entries that there are.

        Raises:
            OutageError: It cannot answer.
        """
        return self._reads.ask(self._cache.get_many, keys)

    def add(self, key: str, value: str, seconds: float) -> bool:
        """Adds an entry where there is none; says whether it did."""
        try:
            return bool(self._writes.ask(self._cache.add, key, value, seconds))
        except OutageError:
            return False

    def bury(self, keys: list[str]) -> None:
        """Writes tombstones; those that cannot be written are not forgotten."""
        self.tell_untold()
        try:
            self._writes.ask(self._set, keys)
        except OutageError:
            self._untold.add(keys)

    def is_untold(self, *keys: str) -> bool:
        """Whether one of these tombstones is yet to be written."""
        return bool(self._untold) and any(key in self._untold for key in keys)

    def tell_untold(self) -> None:
        """Writes the tombstones that could not be written before."""
        if self._untold:
            with suppress(OutageError):
                self._writes.ask(self._bury_untold)

    @property
    def _cache(self) -> Any:
        return caches[self._alias] if self._shared is None else self._shared

    @cached_property
    def _shared(self) -> Any:
        # Django makes a cache for every thread, and under ASGI for every request: each would open
        # a connection of its own. These may be used by several threads.
        cache = caches.create_connection(self._alias)
        if isinstance(cache, DatabaseCache):
            return TableCache(cache)
        return cache if type(cache) in (LocMemCache, RedisCache) else None

    def _bury_untold(self) -> None:
        keys = list(self._untold)
        self._set(keys)
        self._untold.remove(keys)

    def _set(self, keys: list[str]) -> None:
        for start in range(0, len(keys), _BATCH):
            tombstones = dict.fromkeys(keys[start : start + _BATCH], _TOMBSTONE)
            if failed := self._cache.set_many(tombstones, self._tombstone_seconds):
                raise RuntimeError(f"{len(failed)} entries were not written")


_current: CacheAccess | None = None


def current() -> CacheAccess:
    """That of the settings in force, which name a session cache."""
    global _current
    access, rules = _current, conf.current()
    if access is None or access.rules is not rules:
        access = _current = CacheAccess(rules)
    return access
