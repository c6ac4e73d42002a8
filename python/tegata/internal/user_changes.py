"""What Django's signals tell of users: a change of password, a deactivation, a deletion.

What changes without a signal (a bulk UPDATE) is found by the next check of a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.apps import apps
from django.db import router
from django.db.models.signals import post_save, pre_delete, pre_save

from tegata import conf
from tegata._tegata import security_stamp
from tegata.internal import (
    clock,
    ending,
    giving_up,
    loading,
    security_columns,
    session_cache,
    store,
    user_key,
)
from tegata.internal.user_model import user_model
from tegata.internal.user_rule import may_log_in

_spared: ContextVar[str | None] = ContextVar("tegata_spared_session", default=None)


@contextmanager
def sparing(session_id: str | None) -> Iterator[None]:
    """Within it, a change of password leaves this session of the user be."""
    token = _spared.set(session_id)
    try:
        yield
    finally:
        _spared.reset(token)


def _saving(
    sender: Any,
    instance: Any,
    raw: bool = False,
    update_fields: frozenset[str] | None = None,
    **_: Any,
) -> None:
    # Before the new password is there, so that no session is opened between the two. That it was
    # changed, no row would show of a legacy token that has none yet.
    if raw or not isinstance(instance, user_model()) or instance._state.adding:
        return
    if not conf.current().ACCEPT_LEGACY:
        return
    stamped = frozenset(security_columns.names())
    saved = stamped | {"is_active"}
    if update_fields is not None:
        saved &= update_fields
    if _is_shut_out(instance, saved, is_whole=update_fields is None):
        reason = "user_inactive"
    elif _changes(instance, saved & stamped):
        reason = "password_changed"
    else:
        return
    giving_up.give_up_of(instance.pk, reason, clock.now(), store.sessions().db)


def _changes(instance: Any, stamped: frozenset[str]) -> bool:
    """Whether what is saved is another than before; an upgraded hash is the same password."""
    if "password" in stamped and getattr(instance, "_password", None) is not None:
        return True
    # A hash may also be assigned. One that is upgraded is in the row by now: see `hash_upgrade`.
    before = _reloaded(instance) if stamped else None
    return before is not None and any(
        getattr(before, name) != getattr(instance, name) for name in stamped
    )


def _saved(
    sender: Any,
    instance: Any,
    created: bool,
    raw: bool = False,
    update_fields: frozenset[str] | None = None,
    **_: Any,
) -> None:
    if created or raw or not isinstance(instance, user_model()):
        return
    stamped = frozenset(security_columns.names())
    decisive = stamped | {"is_active"}
    # What was not saved may be older in this object than in the database.
    saved = decisive if update_fields is None else decisive & update_fields
    if not saved:
        return
    own = store.sessions().filter(user_id=instance.pk, expired_at__isnull=True)
    if _is_shut_out(instance, saved, is_whole=update_fields is None):
        outdated, reason = own, "user_inactive"
    elif not saved & stamped:
        return
    else:
        user = instance if stamped <= saved else _reloaded(instance)
        if user is None:
            return
        stamp = security_stamp(loading.user_row(user))
        if (spared := _spared.get()) is not None:
            own.filter(pk=spared).update(security_stamp=stamp)
        outdated, reason = own.exclude(security_stamp=stamp), "password_changed"
    # Not exists(): to find one row, PostgreSQL would read the table of a user who had many.
    if not outdated.count():
        return
    ending.end(outdated, reason, clock.now(), users=[user_key.of(instance)])


def _reloaded(instance: Any) -> Any:
    # A replica may not know of what was just saved.
    users = user_model()._base_manager.using(router.db_for_write(user_model()))
    return users.filter(pk=instance.pk).first()


def _is_shut_out(instance: Any, saved: frozenset[str], *, is_whole: bool) -> bool:
    if conf.current().USER_AUTHENTICATION_RULE is None:
        return "is_active" in saved and not instance.is_active
    # The rule may look at any column, and the next check of the row asks it anyway.
    return is_whole and not may_log_in(instance)


def _deleting(sender: Any, instance: Any, using: str, **_: Any) -> None:
    # The rows go with the user.
    session_cache.tell(using=using, users=[user_key.of(instance)])


def connect() -> None:
    """Listens to what happens to users."""
    if not apps.is_installed("django.contrib.auth"):
        # The check tegata.E001 says so.
        return
    pre_save.connect(_saving, dispatch_uid="tegata_user_saving")
    post_save.connect(_saved, dispatch_uid="tegata_user_saved")
    # A receiver for every model would keep Django from deleting any of them in one statement.
    for model in apps.get_models():
        if issubclass(model, user_model()):
            pre_delete.connect(_deleting, sender=model, dispatch_uid="tegata_user_deleting")
