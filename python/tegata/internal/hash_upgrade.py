"""A login that merely upgrades the stored password hash ends nobody's session.

Django re-hashes a password at login when the preferred hasher has changed. The password column
then differs, and with it the security stamp of the user's other sessions, although the password is
the same. The stamps that were right before are carried over, and only those.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import router
from django.db.models import QuerySet
from django.db.models.signals import pre_save

from tegata._tegata import security_stamp
from tegata.internal import store
from tegata.internal.user_model import user_model

# By user: the stamps before and after.
_upgrades: ContextVar[dict[Any, tuple[str, str]] | None] = ContextVar(
    "tegata_hash_upgrades", default=None
)


@contextmanager
def carried_over() -> Iterator[None]:
    """Wraps the check of a password, also one that ends with a refusal of the site's own."""
    upgrades: dict[Any, tuple[str, str]] = {}
    token = _upgrades.set(upgrades)
    try:
        yield
    finally:
        _upgrades.reset(token)
        for pk, (before, after) in upgrades.items():
            _carry_over(pk, before, after)


def _carry_over(pk: Any, before: str, after: str) -> None:
    user = _users().filter(pk=pk).first()
    # Unless the upgrade failed, or a new password has come on top of it.
    if user is not None and security_stamp(store.user_row(user)) == after:
        outdated = store.sessions().filter(user_id=pk, security_stamp=before)
        outdated.filter(expired_at__isnull=True).update(security_stamp=after)


def _users() -> QuerySet[AbstractUser]:
    # A replica may not know of the hash that was just written.
    return user_model()._base_manager.using(router.db_for_write(user_model()))


def _before_save(
    sender: Any, instance: Any, update_fields: frozenset[str] | None = None, **_: Any
) -> None:
    upgrades = _upgrades.get()
    # Django's own upgrade saves this one column, and has forgotten the password by then, which
    # `set_password` keeps until a change is saved.
    if (
        upgrades is None
        or update_fields != frozenset({"password"})
        or not isinstance(instance, user_model())
        or getattr(instance, "_password", None) is not None
    ):
        return
    stored = _users().filter(pk=instance.pk).first()
    if stored is not None:
        before = security_stamp(store.user_row(stored))
        upgrades.setdefault(stored.pk, (before, security_stamp(store.user_row(instance))))


pre_save.connect(_before_save, dispatch_uid="tegata_hash_upgrade")
