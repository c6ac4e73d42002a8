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

from django.db.models.signals import pre_save

from tegata._tegata import security_stamp
from tegata.internal import store
from tegata.internal.user_model import user_model

_stamps_before: ContextVar[dict[Any, str] | None] = ContextVar(
    "tegata_stamps_before_upgrade", default=None
)


@contextmanager
def carried_over() -> Iterator[None]:
    """Wraps the check of a password."""
    stamps: dict[Any, str] = {}
    token = _stamps_before.set(stamps)
    try:
        yield
    finally:
        _stamps_before.reset(token)
    for pk, before in stamps.items():
        user = user_model()._base_manager.get(pk=pk)
        after = security_stamp(store.user_row(user))
        store.sessions().filter(user_id=pk, security_stamp=before, expired_at__isnull=True).update(
            security_stamp=after
        )


def _before_save(
    sender: Any, instance: Any, update_fields: frozenset[str] | None = None, **_: Any
) -> None:
    stamps = _stamps_before.get()
    # Django's own upgrade saves this one column; a password change within a login does not.
    if (
        stamps is None
        or update_fields != frozenset({"password"})
        or not isinstance(instance, user_model())
    ):
        return
    stored = user_model()._base_manager.filter(pk=instance.pk).first()
    if stored is not None:
        stamps.setdefault(stored.pk, security_stamp(store.user_row(stored)))


pre_save.connect(_before_save, dispatch_uid="tegata_hash_upgrade")
