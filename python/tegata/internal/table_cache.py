"""A `DatabaseCache` whose statements may fail without taking anything else with them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from django.core.cache.backends.db import DatabaseCache
from django.db import router, transaction

T = TypeVar("T")


class TableCache:
    """What the session cache asks of a cache, each in a savepoint if a transaction is open.

    In PostgreSQL a statement that fails makes the whole transaction useless, that of a view or a
    login for instance.
    """

    def __init__(self, cache: DatabaseCache) -> None:
        self._cache = cache
        model: Any = cache.cache_model_class
        self._model = model

    def get_many(self, keys: Collection[str]) -> dict[str, Any]:
        """As `BaseCache.get_many`."""
        return apart(router.db_for_read(self._model), lambda: self._cache.get_many(keys))

    def add(self, key: str, value: str, seconds: float) -> bool:
        """As `BaseCache.add`."""
        return apart(router.db_for_write(self._model), lambda: self._cache.add(key, value, seconds))

    def set_many(self, entries: Mapping[str, Any], seconds: float) -> list[str]:
        """As `BaseCache.set_many`."""
        return apart(
            router.db_for_write(self._model), lambda: self._cache.set_many(dict(entries), seconds)
        )


def apart(alias: str, call: Callable[[], T]) -> T:
    """The answer of `call`, in a savepoint of `alias` if a transaction is open there."""
    if not transaction.get_connection(alias).in_atomic_block:
        return call()
    with transaction.atomic(using=alias):
        return call()
