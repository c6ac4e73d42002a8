"""What a value of a setting may be: each function reads one kind, or says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from inspect import iscoroutinefunction
from json import JSONEncoder
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from tegata._tegata import (
    Cookies,
    Rate,
    TrustedProxies,
    algorithms,
    forwarded_headers,
    scope_names,
    session_checks,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from tegata.payload import JWTPayload
    from tegata.steps import LoginStep
    from tegata.tokens import Token

# A token of RFC 9110 section 5.6.2, which the name of a scheme is.
_SCHEME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class BadValueError(Exception):
    """What is wrong with a value; `current()` adds the name of the setting."""


def text(value: object) -> str:
    if not isinstance(value, str):
        raise BadValueError("must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadValueError("must not contain a lone surrogate") from None
    return value


def text_or_none(value: object) -> str | None:
    return None if value is None else text(value)


def algorithm(value: object) -> str:
    if value in algorithms():
        return str(value)
    raise BadValueError(f"must be one of {', '.join(algorithms())}")


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [text(value)]
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return [text(item) for item in value]
    raise BadValueError("must be a string or a list of strings")


def names(value: object) -> tuple[str, ...]:
    if isinstance(value, str) or len(found := texts(value)) != len(set(found)):
        raise BadValueError("must be a list of different names")
    return tuple(found)


def flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise BadValueError("must be True or False")


def integer(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise BadValueError("must be an integer")


def integer_or_none(value: object) -> int | None:
    return None if value is None else integer(value)


def check(value: object) -> str:
    if isinstance(value, str) and value in session_checks():
        return value
    raise BadValueError(f"must be one of {', '.join(map(repr, session_checks()))}")


def choice(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if isinstance(value, str) and value in choices:
            return value
        raise BadValueError(f"must be one of {', '.join(map(repr, choices))}")

    return read


def choice_or_none(*choices: str) -> Callable[[object], str | None]:
    read = choice(*choices)
    return lambda value: None if value is None else read(value)


def flag_or_none(value: object) -> bool | None:
    return None if value is None else flag(value)


def cookie_path_or_none(value: object) -> str | None:
    if value is None:
        return None
    if Cookies.is_path(path := text(value)):
        return path
    raise BadValueError("must be a path such as '/api/auth/', in ASCII and without a semicolon")


def proxies(value: object) -> list[str]:
    names = texts(value)
    try:
        TrustedProxies(names, forwarded_headers()[0])
    except ValueError as error:
        raise BadValueError(f"has an entry that is no proxy: {error}") from error
    return names


def throttle(**defaults: str) -> Callable[[object], dict[str, Rate]]:
    first = next(iter(defaults))

    def read(value: object) -> dict[str, Rate]:
        if value is None:
            return {}
        given = {first: value} if isinstance(value, str) else value
        if not isinstance(given, Mapping):
            raise BadValueError("must be a rate such as '5/m', a dict of such, or None")
        rates: dict[str, Rate] = {}
        for name in given:
            if name not in defaults:
                known = ", ".join(map(repr, defaults))
                raise BadValueError(f"has no limit {name!r}; its limits are {known}")
        for name, default in defaults.items():
            rate = given.get(name, default)
            try:
                if rate is not None:
                    rates[name] = Rate(text(rate))
            except (ValueError, BadValueError) as error:
                raise BadValueError(f"{name} {error}, not {rate!r}") from error
        return rates

    return read


def cache_of_caches(value: object) -> str:
    alias = cache_alias(value)
    if alias is None:
        raise BadValueError(f"must be one of CACHES ({', '.join(map(repr, settings.CACHES))})")
    return alias


def hook(value: object) -> Callable[..., Any] | None:
    if value is None:
        return None
    hook = a_callable(value)
    if iscoroutinefunction(hook):
        raise BadValueError("must not be an async def: it is called in a thread of its own")
    return hook


def cache_alias(value: object) -> str | None:
    if value is None or (isinstance(value, str) and value in settings.CACHES):
        return value
    aliases = ", ".join(map(repr, settings.CACHES))
    raise BadValueError(f"must be one of CACHES ({aliases}), or None")


def duration_or_none(value: object) -> timedelta | None:
    return None if value is None else duration(value)


def duration(value: object) -> timedelta:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = timedelta(seconds=value)
    except (OverflowError, ValueError):
        raise BadValueError("is out of range") from None
    if not isinstance(value, timedelta):
        raise BadValueError("must be a timedelta or a number of seconds")
    if value < timedelta(0):
        raise BadValueError("must not be negative")
    return value


def lifetime(value: object) -> timedelta:
    lifetime = duration(value)
    if timedelta(seconds=1) <= lifetime <= timedelta(days=3650):
        return lifetime
    raise BadValueError("must be from 1 second to 3650 days")


def named(value: object) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return import_string(value)
    except ImportError as error:
        raise BadValueError(f"cannot be imported: {error}") from error


def a_callable(value: object) -> Callable[..., Any]:
    imported = named(value)
    if callable(imported):
        return cast("Callable[..., Any]", imported)
    raise BadValueError("must be a callable or the dotted path of one")


def rule(value: object) -> Callable[[Any], bool] | None:
    # What an async one gives would count as a yes before it is awaited.
    return sync_callable_or_none(value)


def a_class(value: object) -> type[Any]:
    imported = named(value)
    if isinstance(imported, type):
        return imported
    raise BadValueError("must be a class or the dotted path of one")


def json_encoder(value: object) -> type[JSONEncoder] | None:
    if value is None:
        return None
    imported = a_class(value)
    if issubclass(imported, JSONEncoder):
        return imported
    raise BadValueError("must be a subclass of json.JSONEncoder or the dotted path of one")


def schemes(value: object) -> list[str]:
    schemes = texts(value)
    if schemes and all(_SCHEME.fullmatch(scheme) for scheme in schemes):
        return schemes
    raise BadValueError("must be one or more names of schemes, such as ('Bearer', 'JWT')")


def token_classes(value: object) -> tuple[type[Token], ...]:
    from tegata.tokens import Token

    given = value if isinstance(value, list | tuple) else [value]
    classes = tuple(named(each) for each in given)
    for each in classes:
        if not (isinstance(each, type) and issubclass(each, Token) and each.token_type is not None):
            raise BadValueError("must be subclasses of tegata.tokens.Token that have a token_type")
        if each.token_type == "refresh":  # noqa: S105 (the name of a type)
            raise BadValueError("must not hold a refresh token: that opens no view")
    if not classes:
        raise BadValueError("must hold at least one class")
    return classes


def sync_callable_or_none(value: object) -> Callable[..., Any] | None:
    if value is None:
        return None
    imported = a_callable(value)
    if iscoroutinefunction(imported) or iscoroutinefunction(type(imported).__call__):
        raise BadValueError("must not be async; async views call it in a thread")
    return imported


def scopes(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadValueError("must be a dict of names and descriptions")
    for name, description in value.items():
        try:
            is_one = isinstance(name, str) and scope_names(name) == [name]
        except ValueError:
            is_one = False
        if not is_one:
            raise BadValueError(
                f"has the name {name!r}; one or more printable ASCII characters will do, without "
                "a space, a double quote or a backslash (RFC 6749 section 3.3)"
            )
        if not isinstance(description, str):
            raise BadValueError(f"must describe {name!r} by a string")
    return dict(value)


def payload_class(value: object) -> type[JWTPayload]:
    from tegata.payload import JWTPayload

    imported = named(value)
    if isinstance(imported, type) and issubclass(imported, JWTPayload):
        return imported
    raise BadValueError("must be a subclass of tegata.JWTPayload or the dotted path of one")


def model(value: object) -> type[BaseModel]:
    from pydantic import BaseModel

    imported = named(value)
    if isinstance(imported, type) and issubclass(imported, BaseModel):
        return imported
    raise BadValueError("must be a pydantic model (ninja.Schema) or the dotted path of one")


def steps(value: object) -> tuple[LoginStep[Any], ...]:
    from tegata.internal.step_settings import read_steps

    if not isinstance(value, list | tuple):
        raise BadValueError("must be a list of login steps or their dotted paths")
    try:
        return read_steps([named(each) for each in value], value)
    except ValueError as problem:
        raise BadValueError(str(problem)) from problem


def as_is(value: object) -> Any:
    return value
