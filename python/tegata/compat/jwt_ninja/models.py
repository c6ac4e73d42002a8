"""The session, by jwt-ninja's name and with its helpers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tegata import conf, events
from tegata import models as tegata_models
from tegata._tegata import Refusal
from tegata.exceptions import APIError
from tegata.internal import clock, loading, store

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


class Session(tegata_models.Session):
    """A session of Tegata: the rows are those of `tegata.models.Session`."""

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride]
        app_label = "jwt_ninja"
        proxy = True
        verbose_name = "JWT Session"
        verbose_name_plural = "JWT Sessions"

    @property
    def is_expired(self) -> bool:
        """Whether it has ended or is past its time."""
        return not self.is_active

    def invalidate_session(self) -> None:
        """Ends this session."""
        self.invalidate()

    # What a queryset's delete() answers, as jwt-ninja has it.
    @classmethod
    def purge_expired_sessions(  # type: ignore[override]
        cls, retention: timedelta = timedelta(0)
    ) -> tuple[int, dict[str, int]]:
        """Deletes the rows that no token can use any more.

        Returns:
            How many, in all and by model.
        """
        count = super().purge_expired_sessions(retention)
        return count, {cls._meta.label: count} if count else {}

    @classmethod
    def create_session(
        cls,
        user: AbstractBaseUser,
        ip_address: str | None,
        user_agent: str = "",
        location: dict[str, Any] | None = None,
        *,
        expected_security_stamp: str | None = None,
    ) -> Session:
        """Opens a session for a login of the site's own, whose tokens `generate_jwt` makes.

        `tegata.sessions.open_session` does both.

        Args:
            user: Whose it is.
            ip_address: Where the login came from; not kept if `JWT_PERSIST_CLIENT_IP` is off.
            user_agent: The `User-Agent` header.
            location: Where that is; the row's `location`.
            expected_security_stamp: Not looked at: the row gets the stamp of `user`, and a password
                that has changed since then ends it.
        """
        nothing = (None, None, None, None)
        address = ip_address if conf.current().STORE_ADDRESS else None
        opened = conf.engine().open_session(
            clock.now(), loading.user_row(user), address, user_agent, *nothing
        )
        if isinstance(opened, Refusal):
            raise APIError.refuse(opened, "endpoint")
        if opened.row is None:
            raise RuntimeError("TEGATA['SESSION_CHECK'] is 'off', so there are no sessions.")
        store.insert(opened.row, user, None, location)
        events.opened(opened.row, user.pk)
        return cls.objects.using(store.sessions().db).get(pk=opened.row.session_id)  # type: ignore[return-value]


def sessions_of(user: AbstractBaseUser) -> tegata_models.SessionQuerySet:
    """What `user.jwt_sessions` is: all sessions of a user."""
    return Session.objects.get_queryset().filter(user_id=user.pk)
