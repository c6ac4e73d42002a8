"""Sessions of Tegata, by the names of a table of tokens.

There is one row for each login, whatever number of tokens it has had, so an outstanding token is a
session, and a blacklisted one is a session that has ended.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from tegata import conf
from tegata import models as tegata_models


class _QuerySet(tegata_models.SessionQuerySet):
    """Takes the names of the columns that there were."""

    def filter(self, *args: Any, **kwargs: Any) -> Self:
        """As a queryset's own."""
        return super().filter(*args, **_by_our_names(kwargs))

    def exclude(self, *args: Any, **kwargs: Any) -> Self:
        """As a queryset's own."""
        return super().exclude(*args, **_by_our_names(kwargs))

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """As a queryset's own."""
        return super().get(*args, **_by_our_names(kwargs))

    def get_or_create(self, defaults: Any = None, **kwargs: Any) -> tuple[Any, bool]:
        """Ends a session: `BlacklistedToken.objects.get_or_create(token=outstanding)`.

        Returns:
            The row, and whether it was live until now.

        Raises:
            TypeError: Anything else than `token` was given: a session is opened by a login.
        """
        token = kwargs.pop("token", None)
        if kwargs or defaults or not isinstance(token, tegata_models.Session):
            raise TypeError(
                "only a row is blacklisted, get_or_create(token=outstanding); sessions are opened "
                "by a login or RefreshToken.for_user"
            )
        created = token.invalidate("blacklisted")
        return self.get(pk=token.pk), created

    def create(self, **kwargs: Any) -> Any:
        """As `get_or_create`, without the second answer."""
        return self.get_or_create(**kwargs)[0]


class _OutstandingManager(tegata_models.SessionManager):
    def get_queryset(self) -> _QuerySet:
        """All sessions."""
        return _QuerySet(self.model, using=self._db)


class _BlacklistedManager(tegata_models.SessionManager):
    def get_queryset(self) -> _QuerySet:
        """Those that have ended."""
        return _QuerySet(self.model, using=self._db).filter(expired_at__isnull=False)

    def get_or_create(self, defaults: Any = None, **kwargs: Any) -> tuple[Any, bool]:
        """Ends a session; see the queryset."""
        return self.get_queryset().get_or_create(defaults, **kwargs)

    def create(self, **kwargs: Any) -> Any:
        """As `get_or_create`, without the second answer."""
        return self.get_queryset().create(**kwargs)


class OutstandingToken(tegata_models.Session):
    """A session, live or not. No token is stored, and none can be found by its `jti`."""

    objects = _OutstandingManager()

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride]
        app_label = "token_blacklist"
        proxy = True
        ordering = ("user",)

    @property
    def jti(self) -> str:
        """The id of the session: the claim `session_id` of its tokens."""
        return self.id

    @property
    def token(self) -> str:
        """Nothing: what is not stored cannot be stolen."""
        return ""

    @property
    def expires_at(self) -> datetime:
        """When its refresh token expires, unless there is another refresh."""
        rules = conf.current()
        return min(
            self.minted_at + rules.REFRESH_TOKEN_LIFETIME, self.created_at + rules.SESSION_LIFETIME
        )

    def __str__(self) -> str:
        return f"Token for {self.user} ({self.jti})"


class BlacklistedToken(tegata_models.Session):
    """A session that has ended."""

    objects = _BlacklistedManager()

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride]
        app_label = "token_blacklist"
        proxy = True

    @property
    def token(self) -> OutstandingToken:
        """The same row as an outstanding token."""
        return OutstandingToken.objects.get(pk=self.pk)  # type: ignore[return-value]

    @property
    def blacklisted_at(self) -> datetime | None:
        """When it ended."""
        return self.expired_at

    def __str__(self) -> str:
        return f"Blacklisted token for {self.user}"


def _by_our_names(given: dict[str, Any]) -> dict[str, Any]:
    return {_ours(name): value for name, value in given.items()}


def _ours(name: str) -> str:
    for theirs, ours in (
        ("token__", ""),
        ("token_id", "pk"),
        ("token", "pk"),
        ("jti", "pk"),
        ("blacklisted_at", "expired_at"),
    ):
        if name == theirs or (theirs.endswith("__") and name.startswith(theirs)):
            return _ours(name.removeprefix(theirs)) if theirs.endswith("__") else ours
        if name.startswith(f"{theirs}__"):
            return f"{ours}{name.removeprefix(theirs)}"
    return name
