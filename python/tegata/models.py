"""The session: one row per login, which every token of it hangs on."""

from __future__ import annotations

from collections.abc import Iterable
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, router
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tegata import conf

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.base_user import AbstractBaseUser


class SessionManager(models.Manager["Session"]):
    """`Session.objects`."""

    def get_queryset(self) -> SessionQuerySet:
        """All sessions."""
        return SessionQuerySet(self.model, using=self._db)

    def active(self) -> SessionQuerySet:
        """As `SessionQuerySet.active`."""
        return self.get_queryset().active()

    def inactive(self) -> SessionQuerySet:
        """As `SessionQuerySet.inactive`."""
        return self.get_queryset().inactive()


def new_session_id() -> str:
    """An id for a row that is made by hand: 32 random bytes, 43 characters of base64url."""
    return token_urlsafe(32)


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions by whether they can still be used."""

    def active(self) -> SessionQuerySet:
        """Those neither ended, nor past SESSION_LIFETIME, nor idle past REFRESH_TOKEN_LIFETIME."""
        rules, now = conf.current(), timezone.now()
        return self.filter(
            expired_at__isnull=True,
            created_at__gt=now - rules.SESSION_LIFETIME,
            minted_at__gt=now - rules.REFRESH_TOKEN_LIFETIME,
        )

    def inactive(self) -> SessionQuerySet:
        """Those that no token can use any more."""
        rules, now = conf.current(), timezone.now()
        past = now - rules.LEEWAY
        return self.filter(
            Q(expired_at__lte=now)
            | Q(created_at__lte=past - rules.SESSION_LIFETIME)
            | Q(minted_at__lte=past - rules.REFRESH_TOKEN_LIFETIME)
        )

    def end(self, reason: str) -> int:
        """Ends those that have not ended, in one UPDATE.

        Args:
            reason: Why, in at most 32 characters.

        Returns:
            How many were ended.
        """
        now = timezone.now()
        return self.filter(expired_at__isnull=True).update(
            expired_at=now, end_reason=reason, updated_at=now
        )


class Session(models.Model):
    """One login.

    A view may change `data`, `ip_address` and `user_agent` and call `save()`; every other column
    belongs to the engine's own statements, and `save()` never writes it back, so a stale object
    cannot bring an ended session back to life.
    """

    ENGINE_COLUMNS = frozenset(
        {
            "id",
            "user",
            "user_id",
            "created_at",
            "expired_at",
            "end_reason",
            "generation",
            "minted_at",
            "first_used_at",
            "security_stamp",
        }
    )

    # The types are for checkers without a plugin for Django.
    id: models.CharField[str, str] = models.CharField(
        _("id"), primary_key=True, max_length=43, default=new_session_id, editable=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="tegata_sessions",
    )
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        _("created at"), default=timezone.now
    )
    updated_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        _("last seen"), default=timezone.now
    )
    expired_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        _("ended at"), null=True, blank=True
    )
    end_reason: models.CharField[str, str] = models.CharField(
        _("end reason"), max_length=32, blank=True, default=""
    )
    ip_address: models.GenericIPAddressField[str | None, str | None] = models.GenericIPAddressField(
        _("IP address"), null=True, blank=True
    )
    user_agent: models.TextField[str, str] = models.TextField(
        _("user agent"), blank=True, default=""
    )
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("data"), default=dict, blank=True, encoder=DjangoJSONEncoder
    )
    generation: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField(
        _("generation"), default=1
    )
    minted_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        _("minted at"), default=timezone.now
    )
    first_used_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        _("first used at"), null=True, blank=True
    )
    security_stamp: models.CharField[str, str] = models.CharField(
        max_length=43, blank=True, default="", editable=False
    )

    objects = SessionManager()

    if TYPE_CHECKING:
        user_id: Any

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [
            models.Index(
                fields=["user", "-created_at"],
                condition=Q(expired_at__isnull=True),
                name="tegata_session_unended",
            ),
            models.Index(fields=["expired_at"], name="tegata_session_expired_at"),
            models.Index(fields=["minted_at"], name="tegata_session_minted_at"),
            models.Index(fields=["created_at"], name="tegata_session_created_at"),
        ]

    def __str__(self) -> str:
        return self.id

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Saves what a view may change; see the class.

        Raises:
            ValueError: `update_fields` names a column that belongs to the engine.
        """
        if self._state.adding:
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        if update_fields is None:
            update_fields = {"data", "ip_address", "user_agent"}
        columns = set(update_fields)
        if forbidden := sorted(columns & self.ENGINE_COLUMNS):
            raise ValueError(
                f"{', '.join(forbidden)} of a session cannot be saved: only the engine writes it. "
                "To end a session, call session.invalidate()."
            )
        if not columns:
            return
        self.updated_at = timezone.now()
        super().save(*args, update_fields=columns | {"updated_at"}, **kwargs)

    @property
    def is_active(self) -> bool:
        """Whether it is neither ended nor past its time; says nothing about the user."""
        rules, now = conf.current(), timezone.now()
        return (
            self.expired_at is None
            and now < self.created_at + rules.SESSION_LIFETIME
            and now < self.minted_at + rules.REFRESH_TOKEN_LIFETIME
        )

    def invalidate(self, reason: str = "administrator") -> bool:
        """Ends this session: its tokens are refused from now on.

        Args:
            reason: Why, in at most 32 characters.

        Returns:
            Whether it was this call that ended it.
        """
        was_live = bool(type(self).objects.get_queryset().filter(pk=self.pk).end(reason))
        # Not from a replica, which may not know of it yet. Of a purged row there is nothing new.
        written = (
            type(self).objects.using(router.db_for_write(type(self))).filter(pk=self.pk).first()
        )
        if written is not None:
            self.expired_at, self.end_reason = written.expired_at, written.end_reason
            self.updated_at = written.updated_at
        return was_live

    async def ainvalidate(self, reason: str = "administrator") -> bool:
        """`invalidate` for async code."""
        return await sync_to_async(self.invalidate)(reason)

    @classmethod
    def invalidate_all_user_sessions(
        cls, user: AbstractBaseUser, reason: str = "administrator"
    ) -> int:
        """Ends all sessions of `user`, in one UPDATE.

        Returns:
            How many were ended.
        """
        return cls.objects.get_queryset().filter(user_id=user.pk).end(reason)

    @classmethod
    async def ainvalidate_all_user_sessions(
        cls, user: AbstractBaseUser, reason: str = "administrator"
    ) -> int:
        """`invalidate_all_user_sessions` for async code."""
        return await sync_to_async(cls.invalidate_all_user_sessions)(user, reason)

    @classmethod
    def purge_expired_sessions(cls) -> int:
        """Deletes the rows that no token can use any more.

        Returns:
            How many rows were deleted, those that other models hang on them included.
        """
        return cls.objects.inactive().delete()[0]

    @classmethod
    async def apurge_expired_sessions(cls) -> int:
        """`purge_expired_sessions` for async code."""
        return await sync_to_async(cls.purge_expired_sessions)()
