"""A login that merely upgrades the stored password hash ends nobody's session.

Django re-hashes a password at login when the preferred hasher has changed. The password column
then differs, and with it the security stamp of the user's sessions, although the password is the
same. So the stamps change with the column, in one transaction, and only where the column still
holds the hash that the password was checked against.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Any, NamedTuple

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import router, transaction
from django.db.models import QuerySet
from django.db.models.signals import pre_save

from tegata._tegata import UserRow, security_stamp
from tegata.internal import security_columns, store, user_key
from tegata.internal.user_model import user_model

_password: ContextVar[str | None] = ContextVar("tegata_password_of_login", default=None)


class PasswordChangedError(PermissionDenied):
    """A password was right when it was checked, and is no more.

    Django's `authenticate` takes it for a login that failed.
    """


@contextmanager
def login_by(password: object) -> Iterator[None]:
    """Wraps the check of a login's password, if it has one.

    Within it an upgrade is known even where Django's code for it, being asynchronous, is out of
    sight.
    """
    token = _password.set(password if isinstance(password, str) else None)
    try:
        yield
    finally:
        _password.reset(token)


def connect() -> None:
    """Listens to users being saved."""
    pre_save.connect(_before_save, dispatch_uid="tegata_hash_upgrade")


def _before_save(
    sender: Any, instance: Any, update_fields: frozenset[str] | None = None, **_: Any
) -> None:
    # An upgrade saves this one column, and has forgotten the password by then, which
    # `set_password` keeps until a change is saved.
    if (
        update_fields != frozenset({"password"})
        or not isinstance(instance, user_model())
        or getattr(instance, "_password", None) is not None
    ):
        return
    users = _users().filter(pk=instance.pk)
    check = _check_by_django() or _check_by_login(users, instance)
    if check is None:
        return
    with transaction.atomic(using=users.db):
        if users.filter(password=check.encoded).update(password=instance.password):
            before, after = (
                _stamp(users, instance, encoded) for encoded in (check.encoded, instance.password)
            )
            outdated = store.sessions().filter(user_id=instance.pk, security_stamp=before)
            outdated.filter(expired_at__isnull=True).update(security_stamp=after)
            return
    # Another login was faster, or the password has changed meanwhile: what is about to be saved
    # must not undo that.
    current = users.values_list("password", flat=True).first()
    if current is None:
        return
    _refuse_if_changed(check.password, current)
    instance.password = current


def _stamp(users: QuerySet[AbstractUser], instance: Any, password: str) -> str:
    """What the stamp of a user is with this hash."""
    # Other columns may be newer in the database than in the object, which only saves its hash.
    user = users.get() if len(security_columns.names()) > 1 else instance
    columns = security_columns.of(user, password=password)
    return security_stamp(UserRow(user_key.of(user), True, columns))


def _refuse_if_changed(
    password: str, stored: str, if_due: Callable[[str], object] | None = None
) -> None:
    """Stops a login whose password is outdated before its session goes by the new one.

    Args:
        password: That of the login.
        stored: The hash that is stored now.
        if_due: Called if it matches and is due for an upgrade.

    Raises:
        PasswordChangedError: It is.
    """
    if not check_password(password, stored, if_due):
        raise PasswordChangedError


class _Check(NamedTuple):
    """A check that a password has passed."""

    password: str
    encoded: str


def _check_by_django() -> _Check | None:
    """The check that a password has just passed, if it is Django itself that saves a new hash.

    Only Django's own frames say for sure that the password is the same: a site may well assign a
    new hash and save that column.
    """
    frame: FrameType | None = sys._getframe(1)
    is_upgrade = False
    while frame is not None:
        where = frame.f_globals.get("__name__"), frame.f_code.co_name
        if where == ("django.contrib.auth.base_user", "setter"):
            is_upgrade = True
        elif is_upgrade and where == ("django.contrib.auth.hashers", "check_password"):
            password, encoded = frame.f_locals.get("password"), frame.f_locals.get("encoded")
            if isinstance(password, str) and isinstance(encoded, str):
                return _Check(password, encoded)
            return None
        frame = frame.f_back
    return None


def _check_by_login(users: QuerySet[AbstractUser], instance: Any) -> _Check | None:
    """The check by a login, if what is about to be saved is another hash of the same password."""
    password = _password.get()
    # Django has set the password and forgotten it; a hash that is assigned leaves no such trace.
    if password is None or "_password" not in vars(instance):
        return None
    stored = users.values_list("password", flat=True).first()
    if stored is None or not check_password(password, instance.password):
        return None
    is_due: list[object] = []
    _refuse_if_changed(password, stored, is_due.append)
    if is_due:
        return _Check(password, stored)
    # Another login was faster.
    instance.password = stored
    return None


def _users() -> QuerySet[AbstractUser]:
    # A replica may not know of the hash that was just written.
    return user_model()._base_manager.using(router.db_for_write(user_model()))
