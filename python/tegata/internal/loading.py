"""The rows that decide: a session's and its user's, as the engine takes them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import router

from tegata import conf
from tegata._tegata import SessionRow, UserRow
from tegata.internal import security_columns, user_key
from tegata.internal.lookup import Lookup, Row, is_column
from tegata.internal.user_model import user_model
from tegata.internal.user_rule import may_log_in
from tegata.models import Session, SessionQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

_SESSION_COLUMNS = (
    "id",
    "user_id",
    "created_at",
    "expired_at",
    "generation",
    "minted_at",
    "refreshed_at",
    "repeats",
    "first_used_at",
    "security_stamp",
    "legacy_jti",
)


class LoadedSession:
    """A session's row and its user's, as they were at one moment.

    Attributes:
        session_row: What decides of the session.
        user_row: What decides of the user.
    """

    __slots__ = ("_row", "session_row", "user_row")

    def __init__(self, row: Row, session_row: SessionRow, user_row: UserRow) -> None:
        self._row = row
        self.session_row = session_row
        self.user_row = user_row

    @property
    def session(self) -> Session:
        """The object, its user loaded; made when it is first asked for."""
        session: Session = self._row.instance
        return session


class LoadedUser:
    """A user's row.

    Attributes:
        user_row: What decides of it.
    """

    __slots__ = ("_row", "user_row")

    def __init__(self, row: Row, user_row: UserRow) -> None:
        self._row = row
        self.user_row = user_row

    @property
    def user(self) -> AbstractBaseUser:
        """The object, made when it is first asked for."""
        user: AbstractBaseUser = self._row.instance
        return user


def load(session_id: str) -> LoadedSession | None:
    """A session and its user, in one query on the database that is written to.

    A replica may not know of a logout yet.
    """
    rules = conf.current()
    lookup = _session_lookup(
        router.db_for_write(Session), rules.USER_ID_FIELD, rules.SECURITY_STAMP_FIELDS
    )
    row = lookup.by_id.fetch(session_id)
    if row is None:
        return None
    value = row.value
    columns = [value(index) for index in lookup.session]
    session_row = SessionRow(*columns)
    if lookup.user is None or rules.USER_AUTHENTICATION_RULE is not None:
        return LoadedSession(row, session_row, user_row(row.instance.user))
    is_active, *stamped = lookup.user
    names = security_columns.names()
    stamp = [security_columns.text(*pair) for pair in zip(names, map(value, stamped), strict=True)]
    of_user = UserRow(columns[1], bool(value(is_active)), stamp)
    return LoadedSession(row, session_row, of_user)


def load_user(user_id: int | str) -> LoadedUser | None:
    """A user by the key that a token carries, in one query on the database that is written to."""
    alias = router.db_for_write(user_model())
    value = user_key.prepared(user_id, alias)
    if value is None:
        return None
    row = _user_lookup(alias, user_key.field().name, user_id).fetch(value)
    return None if row is None else LoadedUser(row, user_row(row.instance))


def user_row(user: AbstractBaseUser) -> UserRow:
    """The columns of a user that decide."""
    return UserRow(user_key.of(user), may_log_in(user), security_columns.of(user))


# What a view gets: the model, or a proxy of it.
_session_model: type[Session] = Session


def hand_out_as(model: type[Session]) -> None:
    """Gives views their sessions as objects of a proxy model."""
    global _session_model
    _session_model = model
    _session_lookup.cache_clear()


class _SessionLookup:
    def __init__(self, alias: str, user_id_field: str | None, fields: tuple[str, ...]) -> None:
        queryset = SessionQuerySet(_session_model, using=alias).select_related("user")
        self.by_id = Lookup(queryset.filter(pk="").order_by())
        self.session = [self.by_id.index(Session, name) for name in _SESSION_COLUMNS]
        model: Any = user_model()
        if not user_key.is_primary():
            # The engine knows a user by what tokens call it.
            self.session[1] = self.by_id.index(model, user_key.field().attname)
        names = ("is_active", "password", *fields)
        self.user = (
            tuple(self.by_id.index(model, name) for name in names)
            if all(is_column(model, name) for name in names)
            else None
        )


# The model of users is fixed for the life of a process, and so are the databases.
_session_lookup = cache(_SessionLookup)
_user_lookups: dict[tuple[str, str], Lookup] = {}


def _user_lookup(alias: str, name: str, user_id: int | str) -> Lookup:
    if (alias, name) not in _user_lookups:
        users = user_model()._base_manager.using(alias)
        _user_lookups[alias, name] = Lookup(users.filter(**{name: user_id}).order_by())
    return _user_lookups[alias, name]
