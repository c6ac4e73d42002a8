"""Which scopes a token gets, and which there are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from tegata import conf
from tegata._tegata import Requirement

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from tegata.models import Session


def granted_scopes(
    user: AbstractBaseUser, request: HttpRequest, session: Session | None
) -> list[str] | None:
    """What `TEGATA["SCOPES_FOR"]` gives a user now; `None` where the site knows no scopes.

    Args:
        user: Whose token it is, as the database has it now.
        request: The login or refresh request.
        session: The session that is refreshed; `None` at login.

    Raises:
        ImproperlyConfigured: It gave something else than names of the catalogue.
    """
    rules = conf.current()
    if not rules.SCOPES:
        return None
    if rules.SCOPES_FOR is None:
        return []
    return known_scopes("TEGATA['SCOPES_FOR'] gave", rules.SCOPES_FOR(user, request, session))


def known_scopes(giver: str, names: Any) -> list[str]:
    """The names, if all are in the catalogue.

    Args:
        giver: Who says so, as a message begins.
        names: An iterable of names.

    Raises:
        ImproperlyConfigured: Names the first that is not, and the nearest one that is.
    """
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise ImproperlyConfigured(
            f"{giver} a {type(names).__name__}; scopes are an iterable of names, such as a list."
        )
    catalogue = conf.current().SCOPES
    found = list(names)
    for name in found:
        if not isinstance(name, str):
            raise ImproperlyConfigured(
                f"{giver} a {type(name).__name__} among the scopes; each is the name of one."
            )
        if name not in catalogue:
            raise ImproperlyConfigured(
                f"{giver} {name!r}, which is not in TEGATA['SCOPES'].{_hint(name, catalogue)}"
            )
    return found


def requirement(scopes: Any, fresh: timedelta | float | None) -> Requirement | None:
    """What `JWTAuth(scopes=…, fresh=…)` asks for; `None` if that is nothing.

    Raises:
        ImproperlyConfigured: An argument cannot be.
    """
    if scopes is None and fresh is None:
        return None
    names = [] if scopes is None else known_scopes("JWTAuth(scopes=…) has", scopes)
    return _requirement("JWTAuth", scopes, names, fresh)


def foreign_requirement(scopes: Any, fresh: timedelta | float | None) -> Requirement | None:
    """As `requirement`, of scopes by the names that another issuer gives them, which no catalogue
    of ours lists.

    Raises:
        ImproperlyConfigured: An argument cannot be.
    """
    if scopes is None and fresh is None:
        return None
    if isinstance(scopes, str | bytes):
        raise ImproperlyConfigured("IssuerAuth(scopes=…) takes a list of names, not one text.")
    names: list[str] = list(scopes or ())
    try:
        Requirement(names, None)
    except (TypeError, ValueError) as problem:
        raise ImproperlyConfigured(f"IssuerAuth(scopes=…): {problem}.") from problem
    return _requirement("IssuerAuth", scopes, names, fresh)


def _requirement(
    gate: str, scopes: Any, names: list[str], fresh: timedelta | float | None
) -> Requirement:
    if scopes is not None and not names:
        raise ImproperlyConfigured(
            f"{gate}(scopes=…) has no scopes, so it would let every token in; leave it out."
        )
    try:
        return Requirement(names, _max_age(gate, fresh))
    except ValueError as problem:
        raise ImproperlyConfigured(f"{gate}(fresh=…): {problem}.") from problem


def _max_age(gate: str, fresh: object) -> timedelta | None:
    if isinstance(fresh, bool) or not isinstance(fresh, timedelta | int | float | None):
        raise ImproperlyConfigured(f"{gate}(fresh=…) must be a timedelta or a number of seconds.")
    try:
        age = timedelta(seconds=fresh) if isinstance(fresh, int | float) else fresh
    except (OverflowError, ValueError):
        raise ImproperlyConfigured(f"{gate}(fresh=…) is out of range.") from None
    # The engine takes no negative span; it says what is too short.
    return None if age is None else max(age, timedelta(0))


def _hint(name: str, catalogue: dict[str, str]) -> str:
    if near := get_close_matches(name, catalogue, n=1, cutoff=0.5):
        return f" Did you mean {near[0]!r}?"
    if catalogue:
        return f" Known scopes: {', '.join(catalogue)}."
    return " It has none; add them with their descriptions."
