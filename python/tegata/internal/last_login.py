"""Lets `TEGATA["UPDATE_LAST_LOGIN"]` decide about logins that Tegata makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.apps import apps
from django.contrib.auth.models import update_last_login
from django.contrib.auth.signals import user_logged_in
from django.db.models.query_utils import DeferredAttribute

from tegata.internal.user_model import user_model

_kept_out: ContextVar[bool] = ContextVar("tegata_last_login_kept_out", default=False)
_UID = "update_last_login"


def take_over() -> None:
    """Puts a receiver that can be told to wait in the place of Django's own.

    Where the site has removed Django's receiver there is nothing to take over. Where `tegata`
    stands before `django.contrib.auth`, Django's is yet to come, and gives way to one that bears
    its name already.
    """
    if user_logged_in.disconnect(dispatch_uid=_UID) or _is_yet_to_come():
        user_logged_in.connect(_update_unless_kept_out, dispatch_uid=_UID)


def _is_yet_to_come() -> bool:
    names = [config.name for config in apps.get_app_configs()]
    comes_later = "django.contrib.auth" in names[names.index("tegata") :]
    return comes_later and isinstance(getattr(user_model(), "last_login", None), DeferredAttribute)


@contextmanager
def kept_out() -> Iterator[None]:
    """Within it, `user_logged_in` leaves `last_login` as it is."""
    token = _kept_out.set(True)
    try:
        yield
    finally:
        _kept_out.reset(token)


def _update_unless_kept_out(sender: Any, user: Any, **kwargs: Any) -> None:
    if not _kept_out.get():
        update_last_login(sender, user, **kwargs)
