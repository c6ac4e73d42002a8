"""Fields of a payload class that bear the name of a claim which the engine writes itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_origin

from tegata.payload import JWTPayload, custom_fields

if TYPE_CHECKING:
    from tegata.conf import Settings

_SCOPE = "scope"


def takes_from_user(payload_class: type[JWTPayload]) -> bool:
    """Whether its fields are filled from the user's attributes."""
    return payload_class.claims_for.__func__ is JWTPayload.claims_for.__func__  # type: ignore[attr-defined]


def has_attribute(user_class: type[Any], name: str) -> bool:
    """Whether users have an attribute of that name."""
    fields = user_class._meta.get_fields()
    names = {field.name for field in fields} | {
        getattr(field, "attname", field.name) for field in fields
    }
    return name in names or hasattr(user_class, name)


def filled_by_engine(rules: Settings) -> set[str]:
    """Claims that tokens have by these settings, beside those that all tokens have.

    A payload class may declare them, and finds in them what the engine has written.
    """
    scope = {_SCOPE} if rules.SCOPES_FOR is not None else set()
    return scope | ({rules.TENANT_CLAIM} if rules.TENANT is not None else set())


def conflicts(rules: Settings, user_class: type[Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a payload class's own fields, each with a hint."""
    payload_class = rules.PAYLOAD_CLASS
    for name in custom_fields(payload_class):
        is_filled = takes_from_user(payload_class) and has_attribute(user_class, name)
        if name == rules.TENANT_CLAIM and (is_filled or rules.TENANT is None):
            yield (
                f"has the claim '{name}', which says of which tenant a token is",
                "Give the field another name, or set TEGATA['TENANT_CLAIM'] to one.",
            )
        elif name == _SCOPE and rules.SCOPES and is_filled:
            yield (
                "fills the claim 'scope' from the user, and TEGATA['SCOPES'] does so too",
                "Give the field another name, or grant scopes by TEGATA['SCOPES_FOR'].",
            )
        elif name == _SCOPE and _is_collection(payload_class.model_fields[name].annotation):
            yield (
                "has a claim 'scope' that is no text, which RFC 9068 makes it",
                "Declare it a str of names with one space between them, or give it another name.",
            )


def _is_collection(annotation: Any) -> bool:
    return (get_origin(annotation) or annotation) in (list, set, frozenset, tuple)
