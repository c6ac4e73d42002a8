"""The columns of a user whose change ends the user's sessions."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db.models import CharField, TextField

from tegata import conf
from tegata.internal.user_model import user_model


def names() -> tuple[str, ...]:
    """The password's, then those of SECURITY_STAMP_FIELDS."""
    return ("password", *conf.current().SECURITY_STAMP_FIELDS)


def of(user: Any, **instead: str) -> list[str]:
    """Their values, as the engine draws a stamp from them.

    Args:
        user: The object; what it has not loaded is loaded.
        instead: Other values, by the name of the column.
    """
    return [text(name, instead.get(name, getattr(user, name))) for name in names()]


def text(name: str, value: Any) -> str:
    """A value of a column, as the database has it.

    Args:
        name: The column.
        value: As the user has it; a field may make an object of it.
    """
    if not isinstance(value, str | None):
        field: Any = user_model()._meta.get_field(name)
        value = field.get_prep_value(value)
    return str(value or "")


def require() -> None:
    """Makes sure that every host would read the same from them.

    Raises:
        ImproperlyConfigured: One is no text, or no column at all.
    """
    # Without any, the model need not be there yet.
    for name in conf.current().SECURITY_STAMP_FIELDS:
        model = user_model()
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            raise ImproperlyConfigured(
                f"TEGATA['SECURITY_STAMP_FIELDS'] names {name!r}, and {model.__name__} has no "
                "such field."
            ) from None
        if not isinstance(field, CharField | TextField) or name == "password":
            raise ImproperlyConfigured(
                f"TEGATA['SECURITY_STAMP_FIELDS'] names {name!r}, which must be a CharField or a "
                "TextField other than the password: what is compared are its characters."
            )
