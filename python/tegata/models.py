"""The session: one row per login, which every token of it hangs on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, router, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tegata import conf
from tegata.internal import clock, ending, session_cache, user_key
from tegata.internal.device_name import device_name
from tegata.login_challenge import LoginChallenge as LoginChallenge

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.base_user import AbstractBaseUser


# How many ids a statement names at most; SQLite has a limit.
_BATCH = 500


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
        """Those that have not ended and are past no lifetime and no idle timeout."""
        rules, now = conf.current(), clock.now()
        # No session was refreshed before its generation was minted, so this holds of all of them,
        # and by the index of it those of a user that have timed out are passed over.
        timeout = rules.REFRESH_TOKEN_LIFETIME
        if rules.SESSION_IDLE_TIMEOUT is not None:
            timeout = min(timeout, rules.SESSION_IDLE_TIMEOUT)
        return self.filter(
            # Turned round, or SQLite would take the index of all that the user ever had.
            ~Q(created_at__lte=now - rules.SESSION_LIFETIME),
            expired_at__isnull=True,
            minted_at__gt=now - rules.REFRESH_TOKEN_LIFETIME,
            refreshed_at__gt=now - timeout,
        )

    def inactive(self) -> SessionQuerySet:
        """Those that no token can use any more."""
        rules, now = conf.current(), clock.now()
        past = now - rules.LEEWAY
        over = (
            Q(expired_at__lte=now)
            | Q(created_at__lte=past - rules.SESSION_LIFETIME)
            | Q(minted_at__lte=past - rules.REFRESH_TOKEN_LIFETIME)
        )
        if rules.SESSION_IDLE_TIMEOUT is not None:
            over |= Q(refreshed_at__lte=past - rules.SESSION_IDLE_TIMEOUT)
        return self.filter(over)

    def end(self, reason: str) -> int:
        """Ends those that have not ended.

        Without a session cache that is one UPDATE. With one, the sessions are looked up first, so
        that the cache can be told, and those that come to match meanwhile are left alone.

        Args:
            reason: Why, in at most 32 characters.

        Returns:
            How many were ended.
        """
        unended = self.filter(expired_at__isnull=True)
        now = clock.now()
        if not session_cache.is_used():
            return ending.end(unended, reason, now)
        alias = self._alias_for_writing()
        ids = list(unended.using(alias).values_list("pk", flat=True))
        written = SessionQuerySet(self.model, using=alias).filter(expired_at__isnull=True)
        count = 0
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            count += ending.end(written.filter(pk__in=batch), reason, now, sessions=batch)
        return count

    def delete(self) -> tuple[int, dict[str, int]]:
        """Deletes the rows; their tokens are refused from now on."""
        if not session_cache.is_used():
            return super().delete()
        alias = self._alias_for_writing()
        # Of the others it was told when they ended.
        unended = self.using(alias).filter(expired_at__isnull=True)
        ids = list(unended.order_by().values_list("pk", flat=True))
        with session_cache.ending(using=alias, sessions=ids):
            return super().delete()

    def _alias_for_writing(self) -> str:
        # What `using()` was called with, if it was.
        return getattr(self, "_db", None) or router.db_for_write(self.model)

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class Session(models.Model):
    """One login.

    A view may change `data`, `ip_address`, `location` and `user_agent` and call `save()`; every
    other column belongs to the engine's own statements, and `save()` never writes it back, so a
    stale object cannot bring an ended session back to life.
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
            "refreshed_at",
            "repeats",
            "first_used_at",
            "security_stamp",
            "legacy_jti",
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
        # There is a longer one below that begins with it.
        db_index=False,
    )
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        _("created at"), default=clock.now
    )
    updated_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        _("last seen"), default=clock.now
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
    location: models.JSONField[dict[str, Any] | str | None, dict[str, Any] | str | None] = (
        models.JSONField(_("location"), null=True, blank=True, encoder=DjangoJSONEncoder)
    )
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("data"), default=dict, blank=True, encoder=DjangoJSONEncoder
    )
    generation: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField(
        _("generation"), default=1
    )
    minted_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        _("minted at"), default=clock.now
    )
    refreshed_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        _("refreshed at"), default=clock.now
    )
    repeats: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(
        _("repeats"), default=0
    )
    first_used_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        _("first used at"), null=True, blank=True
    )
    security_stamp: models.CharField[str, str] = models.CharField(
        max_length=43, blank=True, default="", editable=False
    )

    # Null is "not taken over", and empty "taken over from a library without a jti".
    legacy_jti: models.CharField[str | None, str | None] = models.CharField(  # noqa: DJ001
        max_length=255, null=True, blank=True, default=None, editable=False
    )

    objects = SessionManager()

    if TYPE_CHECKING:
        user_id: Any

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        # Each serves statements that would read more rows the more there are without it. Refreshes
        # write most, so what has not ended is left out wherever it is not asked for.
        indexes = [
            # The column in the middle is always null here. SQLite, before ANALYZE, prefers the
            # index of which more columns are given, and would take the one below.
            models.Index(
                fields=["user", "expired_at", "-refreshed_at"],
                condition=Q(expired_at__isnull=True),
                name="tegata_session_unended",
            ),
            models.Index(fields=["user", "-created_at"], name="tegata_session_user"),
            models.Index(fields=["ip_address", "-created_at"], name="tegata_session_ip_address"),
            models.Index(
                fields=["end_reason", "-created_at"],
                condition=Q(expired_at__isnull=False),
                name="tegata_session_end_reason",
            ),
            models.Index(
                fields=["expired_at"],
                condition=Q(expired_at__isnull=False),
                name="tegata_session_expired_at",
            ),
            models.Index(
                fields=["minted_at"],
                condition=Q(expired_at__isnull=True),
                name="tegata_session_minted_at",
            ),
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
            update_fields = {"data", "ip_address", "location", "user_agent"}
        columns = set(update_fields)
        if forbidden := sorted(columns & self.ENGINE_COLUMNS):
            raise ValueError(
                f"{', '.join(forbidden)} of a session cannot be saved: only the engine writes it. "
                "To end a session, call session.invalidate()."
            )
        if not columns:
            return
        self.updated_at = clock.now()
        super().save(*args, update_fields=columns | {"updated_at"}, **kwargs)

    @property
    def is_active(self) -> bool:
        """Whether it is neither ended nor past its time; says nothing about the user."""
        rules, now = conf.current(), clock.now()
        return (
            self.expired_at is None
            and now < self.created_at + rules.SESSION_LIFETIME
            and now < self.minted_at + rules.REFRESH_TOKEN_LIFETIME
            and (
                rules.SESSION_IDLE_TIMEOUT is None
                or now < self.refreshed_at + rules.SESSION_IDLE_TIMEOUT
            )
        )

    @property
    def device(self) -> str | None:
        """What the login came from, such as `Firefox on Linux`; `None` if the agent is not known.

        By ua-parser, which `pip install tegata[devices]` brings along; without it always `None`.
        """
        return device_name(self.user_agent)

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

    @contextmanager
    def spared(self) -> Iterator[None]:
        """Within it, a change of what `SECURITY_STAMP_FIELDS` names or of the password ends the
        user's other sessions only. For a view in which users change it themselves.

        It is a transaction, of the database that has the users; so not for async code. The change
        must be one that Django sends a signal for: `user.save()`, not an UPDATE in bulk.
        """
        from tegata.internal import user_changes
        from tegata.internal.user_model import user_model

        # Together, or a request of this very session could come in between and end it.
        alias = router.db_for_write(user_model())
        with user_changes.sparing(self.pk), transaction.atomic(using=alias):
            yield

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Deletes the row; its tokens are refused from now on."""
        alias = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with session_cache.ending(using=alias, sessions=[self.pk]):
            return super().delete(*args, **kwargs)

    @classmethod
    def invalidate_all_user_sessions(
        cls,
        user: AbstractBaseUser,
        except_session: Session | str | None = None,
        *,
        reason: str = "administrator",
    ) -> int:
        """Ends all sessions of `user`, in one UPDATE.

        Args:
            user: Whose.
            except_session: One that stays, or its id: "log out everywhere else".
            reason: Why, in at most 32 characters.

        Returns:
            How many were ended.
        """
        alias = router.db_for_write(cls)
        meant = SessionQuerySet(cls, using=alias).filter(user_id=user.pk, expired_at__isnull=True)
        if except_session is not None:
            meant = meant.exclude(pk=getattr(except_session, "pk", except_session))
        return ending.end(meant, reason, clock.now(), users=[user_key.of(user)])

    @classmethod
    async def ainvalidate_all_user_sessions(
        cls,
        user: AbstractBaseUser,
        except_session: Session | str | None = None,
        *,
        reason: str = "administrator",
    ) -> int:
        """`invalidate_all_user_sessions` for async code."""
        return await sync_to_async(cls.invalidate_all_user_sessions)(
            user, except_session, reason=reason
        )

    @classmethod
    def purge_expired_sessions(cls, retention: timedelta = timedelta(0)) -> int:
        """Deletes the rows that no token can use any more, and challenges whose time is up.

        It does so in small batches, each of which commits by itself, and lets others write in
        between; on SQLite, where one writes at a time, for so long that 50,000 rows take an hour.

        Args:
            retention: How long ago that must have come about.

        Returns:
            How many rows were deleted, those that other models hang on them included.
        """
        from tegata.internal import retention as rows

        return rows.remove_all(retention)

    @classmethod
    async def apurge_expired_sessions(cls, retention: timedelta = timedelta(0)) -> int:
        """`purge_expired_sessions` for async code."""
        return await sync_to_async(cls.purge_expired_sessions)(retention)
