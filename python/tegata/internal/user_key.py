"""What tokens call a user by: the primary key, or the field that USER_ID_FIELD names."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ValidationError
from django.db import connections, router
from django.db.models import Field

from tegata import conf
from tegata.internal.user_model import user_model


def is_primary() -> bool:
    """Whether it is the primary key."""
    name = conf.current().USER_ID_FIELD
    return name is None or name in ("pk", user_model()._meta.pk.name)


def field() -> Field[Any, Any]:
    """The field of the user model."""
    meta = user_model()._meta
    name = conf.current().USER_ID_FIELD
    if name is None or is_primary():
        return meta.pk
    return cast("Field[Any, Any]", meta.get_field(name))


def of(user: Any) -> Any:
    """The value of a user.

    Raises:
        ImproperlyConfigured: It has none, so that no token can name it.
    """
    value = user.pk if is_primary() else getattr(user, field().attname)
    if value is None:
        raise ImproperlyConfigured(
            f"A user has no {field().name}, and tokens name users by it; see "
            "TEGATA['USER_ID_FIELD']."
        )
    return value


def of_sessions(user_id: Any) -> dict[str, Any]:
    """The filter for the sessions of a user who is named as tokens do."""
    if is_primary():
        return {"user_id": user_id}
    # Not by a join: of an UPDATE that had one, all conditions would move into a subquery, which is
    # not asked again for a row that another statement has just changed.
    users = user_model()._base_manager.filter(**{field().name: user_id})
    return {"user_id__in": users.values("pk")}


def primary(user_id: Any, alias: str) -> Any:
    """The primary key of a user who is named as tokens do; `None` if there is nobody."""
    if is_primary():
        return user_id
    users = user_model()._base_manager.using(alias).filter(**{field().name: user_id})
    return users.values_list("pk", flat=True).first()


def prepared(user_id: int | str, alias: str) -> Any:
    """The value as a database takes it; `None` if no user can have it."""
    key = field()
    connection = connections[alias]
    try:
        value = key.to_python(user_id)
        prepared = key.get_db_prep_value(value, connection)
    except (ValidationError, ValueError, OverflowError):
        return None
    # Django makes no query for a number beyond the column, and PostgreSQL takes no NUL.
    if isinstance(value, int) and not _is_in_range(key, value, connection):
        return None
    return None if isinstance(prepared, str) and "\0" in prepared else prepared


def is_nobodys(user_id: Any) -> bool:
    """Whether no user can have this value, since it is of another type than theirs."""
    return prepared(user_id, router.db_for_write(user_model())) is None


def require() -> None:
    """Makes sure that the field can stand for a user.

    Raises:
        ImproperlyConfigured: There is none of that name, or several users could share a value.
    """
    name = conf.current().USER_ID_FIELD
    if name is None:
        return
    model = user_model()
    try:
        found: Any = field()
    except FieldDoesNotExist:
        raise ImproperlyConfigured(
            f"TEGATA['USER_ID_FIELD'] is {name!r}, and {model.__name__} has no such field."
        ) from None
    if not getattr(found, "concrete", False) or not found.unique or found.null:
        raise ImproperlyConfigured(
            f"TEGATA['USER_ID_FIELD'] is {name!r}, which must be a column that is unique and not "
            "null: a token names one user by it."
        )


def _is_in_range(key: Field[Any, Any], value: int, connection: Any) -> bool:
    try:
        lowest, highest = connection.ops.integer_field_range(key.get_internal_type())
    except KeyError:
        # No integer, or one of another library's kind.
        return True
    return (lowest is None or lowest <= value) and (highest is None or value <= highest)
