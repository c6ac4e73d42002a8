"""The time, as Tegata sees it; nothing else in the Django face asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils import timezone

# What `tegata.testing` puts in the place of the real time; nobody else does.
override: Callable[[], datetime] | None = None


def now() -> datetime:
    """The present moment, aware, in UTC.

    It is that of `django.utils.timezone.now`, looked up at each call, so what a project patches
    there holds here.
    """
    return timezone.now() if override is None else override()
