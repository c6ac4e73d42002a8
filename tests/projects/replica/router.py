"""Reads go to the replica, writes to the primary."""

from __future__ import annotations

from typing import Any


class Router:
    """As Django's manual shows it."""

    def db_for_read(self, model: Any, **_: Any) -> str:
        """The replica."""
        return "replica"

    def db_for_write(self, model: Any, **_: Any) -> str:
        """The primary."""
        return "default"

    def allow_relation(self, *_: Any, **__: Any) -> bool:
        """Both are one database."""
        return True
