"""The `TEGATA` dict of the Django settings: every key, its default, its type and its range."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
from inspect import iscoroutinefunction
from json import JSONEncoder
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from tegata._tegata import (
    Engine,
    LegacyTokens,
    Rate,
    TrustedProxies,
    algorithms,
    forwarded_headers,
    scope_names,
    session_checks,
)
from tegata.internal.keys import load_keys
from tegata.internal.legacy import read_legacy

if TYPE_CHECKING:
    from pydantic import BaseModel

    from tegata.payload import JWTPayload
    from tegata.steps import LoginStep
    from tegata.tokens import Token


# A token of RFC 9110 section 5.6.2, which the name of a scheme is.
_SCHEME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class _BadValueError(Exception):
    """What is wrong with a value; `current()` adds the name of the setting."""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _BadValueError("must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _BadValueError("must not contain a lone surrogate") from None
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _algorithm(value: object) -> str:
    if value in algorithms():
        return str(value)
    raise _BadValueError(f"must be one of {', '.join(algorithms())}")


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [_text(value)]
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return [_text(item) for item in value]
    raise _BadValueError("must be a string or a list of strings")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _BadValueError("must be True or False")


def _integer(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _BadValueError("must be an integer")


def _integer_or_none(value: object) -> int | None:
    return None if value is None else _integer(value)


def _check(value: object) -> str:
    if isinstance(value, str) and value in session_checks():
        return value
    raise _BadValueError(f"must be one of {', '.join(map(repr, session_checks()))}")


def _choice(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if isinstance(value, str) and value in choices:
            return value
        raise _BadValueError(f"must be one of {', '.join(map(repr, choices))}")

    return read


def _proxies(value: object) -> list[str]:
    proxies = _texts(value)
    try:
        TrustedProxies(proxies, forwarded_headers()[0])
    except ValueError as error:
        raise _BadValueError(f"has an entry that is no proxy: {error}") from error
    return proxies


def _throttle(**defaults: str) -> Callable[[object], dict[str, Rate]]:
    first = next(iter(defaults))

    def read(value: object) -> dict[str, Rate]:
        if value is None:
            return {}
        given = {first: value} if isinstance(value, str) else value
        if not isinstance(given, Mapping):
            raise _BadValueError("must be a rate such as '5/m', a dict of such, or None")
        rates: dict[str, Rate] = {}
        for name in given:
            if name not in defaults:
                known = ", ".join(map(repr, defaults))
                raise _BadValueError(f"has no limit {name!r}; its limits are {known}")
        for name, default in defaults.items():
            rate = given.get(name, default)
            try:
                if rate is not None:
                    rates[name] = Rate(_text(rate))
            except (ValueError, _BadValueError) as error:
                raise _BadValueError(f"{name} {error}, not {rate!r}") from error
        return rates

    return read


def _cache_of_caches(value: object) -> str:
    alias = _cache_alias(value)
    if alias is None:
        raise _BadValueError(f"must be one of CACHES ({', '.join(map(repr, settings.CACHES))})")
    return alias


def _hook(value: object) -> Callable[..., Any] | None:
    if value is None:
        return None
    hook = _callable(value)
    if iscoroutinefunction(hook):
        raise _BadValueError("must not be an async def: it is called in a thread of its own")
    return hook


def _cache_alias(value: object) -> str | None:
    if value is None or (isinstance(value, str) and value in settings.CACHES):
        return value
    aliases = ", ".join(map(repr, settings.CACHES))
    raise _BadValueError(f"must be one of CACHES ({aliases}), or None")


def _duration_or_none(value: object) -> timedelta | None:
    return None if value is None else _duration(value)


def _duration(value: object) -> timedelta:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = timedelta(seconds=value)
    except (OverflowError, ValueError):
        raise _BadValueError("is out of range") from None
    if not isinstance(value, timedelta):
        raise _BadValueError("must be a timedelta or a number of seconds")
    if value < timedelta(0):
        raise _BadValueError("must not be negative")
    return value


def _lifetime(value: object) -> timedelta:
    lifetime = _duration(value)
    if timedelta(seconds=1) <= lifetime <= timedelta(days=3650):
        return lifetime
    raise _BadValueError("must be from 1 second to 3650 days")


def _import(value: object) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return import_string(value)
    except ImportError as error:
        raise _BadValueError(f"cannot be imported: {error}") from error


def _callable(value: object) -> Callable[..., Any]:
    imported = _import(value)
    if callable(imported):
        return cast("Callable[..., Any]", imported)
    raise _BadValueError("must be a callable or the dotted path of one")


def _rule(value: object) -> Callable[[Any], bool] | None:
    # What an async one gives would count as a yes before it is awaited.
    return _sync_callable_or_none(value)


def _class(value: object) -> type[Any]:
    imported = _import(value)
    if isinstance(imported, type):
        return imported
    raise _BadValueError("must be a class or the dotted path of one")


def _json_encoder(value: object) -> type[JSONEncoder] | None:
    if value is None:
        return None
    imported = _class(value)
    if issubclass(imported, JSONEncoder):
        return imported
    raise _BadValueError("must be a subclass of json.JSONEncoder or the dotted path of one")


def _schemes(value: object) -> list[str]:
    schemes = _texts(value)
    if schemes and all(_SCHEME.fullmatch(scheme) for scheme in schemes):
        return schemes
    raise _BadValueError("must be one or more names of schemes, such as ('Bearer', 'JWT')")


def _token_classes(value: object) -> tuple[type[Token], ...]:
    from tegata.tokens import Token

    given = value if isinstance(value, list | tuple) else [value]
    classes = tuple(_import(each) for each in given)
    for each in classes:
        if not (isinstance(each, type) and issubclass(each, Token) and each.token_type is not None):
            raise _BadValueError("must be subclasses of tegata.tokens.Token that have a token_type")
        if each.token_type == "refresh":  # noqa: S105 (the name of a type)
            raise _BadValueError("must not hold a refresh token: that opens no view")
    if not classes:
        raise _BadValueError("must hold at least one class")
    return classes


def _sync_callable_or_none(value: object) -> Callable[..., Any] | None:
    if value is None:
        return None
    imported = _callable(value)
    if iscoroutinefunction(imported) or iscoroutinefunction(type(imported).__call__):
        raise _BadValueError("must not be async; async views call it in a thread")
    return imported


def _scopes(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _BadValueError("must be a dict of names and descriptions")
    for name, description in value.items():
        try:
            is_one = isinstance(name, str) and scope_names(name) == [name]
        except ValueError:
            is_one = False
        if not is_one:
            raise _BadValueError(
                f"has the name {name!r}; one or more printable ASCII characters will do, without "
                "a space, a double quote or a backslash (RFC 6749 section 3.3)"
            )
        if not isinstance(description, str):
            raise _BadValueError(f"must describe {name!r} by a string")
    return dict(value)


def _payload_class(value: object) -> type[JWTPayload]:
    from tegata.payload import JWTPayload

    imported = _import(value)
    if isinstance(imported, type) and issubclass(imported, JWTPayload):
        return imported
    raise _BadValueError("must be a subclass of tegata.JWTPayload or the dotted path of one")


def _model(value: object) -> type[BaseModel]:
    from pydantic import BaseModel

    imported = _import(value)
    if isinstance(imported, type) and issubclass(imported, BaseModel):
        return imported
    raise _BadValueError("must be a pydantic model (ninja.Schema) or the dotted path of one")


def _steps(value: object) -> tuple[LoginStep[Any], ...]:
    from tegata.internal.step_settings import read_steps

    if not isinstance(value, list | tuple):
        raise _BadValueError("must be a list of login steps or their dotted paths")
    try:
        return read_steps([_import(each) for each in value], value)
    except ValueError as problem:
        raise _BadValueError(str(problem)) from problem


def _as_is(value: object) -> Any:
    return value


def _setting(read: Callable[[object], Any], default: object, *, is_secret: bool = False) -> Any:
    return field(default=default, metadata={"read": read}, repr=not is_secret)


@dataclass(frozen=True)
class Settings:
    """The settings as the rest of the package reads them. Durations: timedelta or seconds.

    Attributes:
        KEYS: Secrets, PEM, JWK, JWK Sets, or `Path`s to them; the first signs, all verify. One
            `Path` may stand for a list of one. `None` derives them from `SECRET_KEY` and
            `SECRET_KEY_FALLBACKS`; in a list, the entry `"SECRET_KEY"` stands for those.
        ALGORITHM: Such as `HS256`, `RS256`, `ES256` or `EdDSA`; that of all keys, but for JWKs
            with an `alg` of their own.
        ISSUER: The `iss` of every token, compared exactly.
        AUDIENCE: The `aud` of every token, a string or a list; one in common is enough.
        CLIENT_ID: The `client_id` of every token (RFC 9068).
        LEEWAY: How far clocks may disagree; 0 to 120 s.
        ACCESS_TOKEN_LIFETIME: 1 s up to REFRESH_TOKEN_LIFETIME.
        REFRESH_TOKEN_LIFETIME: Since the last refresh; up to SESSION_LIFETIME.
        SESSION_LIFETIME: The absolute end of a session; up to 3650 days.
        SESSION_IDLE_TIMEOUT: How long a session lives without a refresh; 1 s up to
            SESSION_LIFETIME. `None` leaves that to REFRESH_TOKEN_LIFETIME.
        SESSION_RETENTION: How long the row of a session stays after nothing can use it any more;
            then logins remove it along the way. `None` keeps all rows until they are purged.
        MAX_SESSIONS_PER_USER: A login beyond it ends the oldest; `None` is no limit.
        SESSION_CHECK: What an access token is checked against: `"request"`, `"cache"`, `"user"`,
            `"refresh"` or `"off"`.
        SESSION_CACHE: The entry of `CACHES` for `"cache"`. With that SESSION_CHECK it is
            `"default"` unless set; with another one, `None` means that no view uses `"cache"`.
        SESSION_CACHE_LIFETIME: How long a cached session may go unchecked; 1 to 3600 s.
        SESSION_CACHE_FAILURE: What happens while the cache cannot answer: `"database"` looks at
            the rows, `"refuse"` answers 503.
        ROTATE_REFRESH_TOKENS: Whether a refresh gives the next refresh token.
        REFRESH_GRACE: How long a second tab may present the old refresh token after the new one
            was seen in use; 0 to 300 s, 0 is strict single use.
        MAX_REFRESH_REPEATS: How often the answer of one rotation is given again; 1 to 10000.
        TOKEN_TYPE_CLAIM: Name of the claim that holds `access` or `refresh`.
        USER_ID_CLAIM: Name of the claim that holds the user's primary key.
        SESSION_ID_CLAIM: Name of the claim that holds the session's id.
        GENERATION_CLAIM: Name of the claim that holds the token's place in its session's chain.
        TENANT_CLAIM: Name of the claim that holds the tenant.
        TENANT: `(request) -> str | None`, not async: whose request it is, where one site serves
            several. Tokens are bound to it, and good for no other.
        SCOPES: What access tokens may cover: a dict of names and descriptions (RFC 6749 section
            3.3). `None` is an empty one.
        SCOPES_FOR: `(user, request, session | None) -> names`, not async: which of SCOPES a user
            gets, asked at login and at every refresh. `None` grants none.
        PAYLOAD_CLASS: A subclass of `tegata.JWTPayload`, for custom claims.
        USER_LOGIN_AUTHENTICATOR: `(request, payload) -> User | None`, sync or async.
        LOGIN_SCHEMA: The body that `login/` takes and hands to the authenticator.
        SLIDING_TOKEN_LIFETIME: How long a sliding token opens views after it was given; 1 s up to
            3650 days.
        SLIDING_TOKEN_REFRESH_LIFETIME: How long after the login a sliding token can be refreshed;
            1 s up to 3650 days, and never longer than REFRESH_TOKEN_LIFETIME since the last time.
        AUTH_TOKEN_CLASSES: The `tegata.tokens` classes whose tokens open views, or their paths.
        AUTH_HEADER_TYPES: The schemes of the `Authorization` header; the first is the one that a
            401 names.
        TOKEN_USER_CLASS: What `StatelessJWTAuth` makes of a token in place of a user's row.
        USER_AUTHENTICATION_RULE: `(user) -> bool`, for who may log in, refresh, and use a token
            wherever the user's row is looked at. `None` asks `user.is_active`.
        USER_ID_FIELD: The field of the user model that USER_ID_CLAIM holds, unique and never
            changed, such as a public UUID. `None` is the primary key.
        JSON_ENCODER: A `json.JSONEncoder` for custom claims. `None` takes what pydantic takes.
        JWK_URL: Where another issuer publishes its keys, for `tegata.remote.RemoteJWTAuth`.
        UPDATE_LAST_LOGIN: Whether a login sets `user.last_login`.
        LOGIN_STEPS: What a login asks for besides the password: subclasses of
            `tegata.steps.LoginStep`, functions `(request, user) -> PASS | REFUSE`, or their dotted
            paths, in the order in which they are asked.
        CHALLENGE_LIFETIME: How long a client has to answer a step; 10 s to 1 hour.
        MAX_TOKEN_LENGTH: The longest token that is looked at; 512 to 65536 bytes.
        TRUSTED_PROXIES: Whose word is taken for whom they speak for: networks, addresses, and
            `"unix"` for whoever connects to a Unix socket. None by default.
        FORWARDED_HEADER: The header that they set, `"X-Forwarded-For"` or `"Forwarded"`; the
            other one is never looked at.
        STORE_ADDRESS: Whether the rows of sessions hold the address of the login.
        LOCATION: `(address: str) -> dict | str | None`: where a login came from, if the site knows.
        LOGIN_THROTTLE: How often passwords may be guessed: a rate for one account from one
            address, such as `"5/5m"`, or a dict with `"account_and_address"`, `"account"`
            (`"100/h"`) and `"address"` (`"100/h"`). `None` switches it off.
        REFRESH_THROTTLE: How often tokens may be refreshed: a rate for one session, such as
            `"30/m"`, or a dict with `"session"` and `"address"` (`"300/m"`), which counts tokens
            that are not good. `None` switches it off.
        THROTTLE_CACHE: The entry of `CACHES` in which attempts are counted.
        THROTTLE_FAILURE: What happens while that cache cannot answer: with `"open"` each process
            counts for itself, `"closed"` answers 503.
        ACCEPT_LEGACY: A dict, or a list of them: the tokens of a library that the site used before,
            good for the sessions that were taken over from it. Its keys are `KEYS`, `ALGORITHM`,
            `ISSUER`, `AUDIENCE`, `TYP`, `TOKEN_TYPE_CLAIM`, `USER_ID_CLAIM`, `SESSION_ID_CLAIM`,
            `JTI_CLAIM`, and `UNTIL`, a datetime from which on they are refused.
    """

    KEYS: Any = _setting(_as_is, None, is_secret=True)
    ALGORITHM: str = _setting(_algorithm, "HS256")
    ISSUER: str = _setting(_text, "tegata")
    AUDIENCE: list[str] = _setting(_texts, "tegata")
    CLIENT_ID: str = _setting(_text, "tegata")
    LEEWAY: timedelta = _setting(_duration, timedelta(seconds=10))
    ACCESS_TOKEN_LIFETIME: timedelta = _setting(_duration, timedelta(minutes=5))
    REFRESH_TOKEN_LIFETIME: timedelta = _setting(_duration, timedelta(days=14))
    SESSION_LIFETIME: timedelta = _setting(_duration, timedelta(days=365))
    SESSION_IDLE_TIMEOUT: timedelta | None = _setting(_duration_or_none, None)
    SESSION_RETENTION: timedelta | None = _setting(_duration_or_none, timedelta(days=30))
    MAX_SESSIONS_PER_USER: int | None = _setting(_integer_or_none, None)
    SESSION_CHECK: str = _setting(_check, "request")
    SESSION_CACHE: str | None = _setting(_cache_alias, None)
    SESSION_CACHE_LIFETIME: timedelta = _setting(_duration, timedelta(minutes=1))
    SESSION_CACHE_FAILURE: str = _setting(_choice("database", "refuse"), "database")
    ROTATE_REFRESH_TOKENS: bool = _setting(_flag, True)
    REFRESH_GRACE: timedelta = _setting(_duration, timedelta(seconds=10))
    MAX_REFRESH_REPEATS: int = _setting(_integer, 100)
    TOKEN_TYPE_CLAIM: str = _setting(_text, "type")
    USER_ID_CLAIM: str = _setting(_text, "user_id")
    SESSION_ID_CLAIM: str = _setting(_text, "session_id")
    GENERATION_CLAIM: str = _setting(_text, "generation")
    TENANT_CLAIM: str = _setting(_text, "tenant")
    TENANT: Callable[..., Any] | None = _setting(_sync_callable_or_none, None)
    SCOPES: dict[str, str] = _setting(_scopes, None)
    SCOPES_FOR: Callable[..., Any] | None = _setting(_sync_callable_or_none, None)
    PAYLOAD_CLASS: type[JWTPayload] = _setting(_payload_class, "tegata.payload.JWTPayload")
    USER_LOGIN_AUTHENTICATOR: Callable[..., Any] = _setting(
        _callable, "tegata.authenticators.django_user_authenticator"
    )
    LOGIN_SCHEMA: type[BaseModel] = _setting(_model, "tegata.schemas.LoginSchema")
    SLIDING_TOKEN_LIFETIME: timedelta = _setting(_lifetime, timedelta(minutes=5))
    SLIDING_TOKEN_REFRESH_LIFETIME: timedelta = _setting(_lifetime, timedelta(days=1))
    AUTH_TOKEN_CLASSES: tuple[type[Token], ...] = _setting(
        _token_classes, ("tegata.tokens.AccessToken",)
    )
    AUTH_HEADER_TYPES: list[str] = _setting(_schemes, ("Bearer",))
    TOKEN_USER_CLASS: type[Any] = _setting(_class, "tegata.token_user.TokenUser")
    USER_AUTHENTICATION_RULE: Callable[[Any], bool] | None = _setting(_rule, None)
    USER_ID_FIELD: str | None = _setting(_text_or_none, None)
    JSON_ENCODER: type[JSONEncoder] | None = _setting(_json_encoder, None)
    JWK_URL: str | None = _setting(_text_or_none, None)
    UPDATE_LAST_LOGIN: bool = _setting(_flag, True)
    LOGIN_STEPS: tuple[LoginStep[Any], ...] = _setting(_steps, ())
    CHALLENGE_LIFETIME: timedelta = _setting(_duration, timedelta(minutes=5))
    MAX_TOKEN_LENGTH: int = _setting(_integer, 8192)
    TRUSTED_PROXIES: list[str] = _setting(_proxies, ())
    FORWARDED_HEADER: str = _setting(_choice(*forwarded_headers()), "X-Forwarded-For")
    STORE_ADDRESS: bool = _setting(_flag, True)
    LOCATION: Callable[..., Any] | None = _setting(_hook, None)
    LOGIN_THROTTLE: dict[str, Rate] = _setting(
        _throttle(account_and_address="5/5m", account="100/h", address="100/h"), "5/5m"
    )
    REFRESH_THROTTLE: dict[str, Rate] = _setting(_throttle(session="30/m", address="300/m"), "30/m")
    THROTTLE_CACHE: str = _setting(_cache_of_caches, "default")
    THROTTLE_FAILURE: str = _setting(_choice("open", "closed"), "open")
    ACCEPT_LEGACY: tuple[LegacyTokens, ...] = _setting(read_legacy, None)


@dataclass(frozen=True)
class Translated:
    """A setting of another library as a value for a key of `TEGATA`.

    Attributes:
        name: What the site calls it, for messages.
        value: As the key of `TEGATA` takes it.
        is_explicit: Whether the site says so; if not, it is the other library's default.
    """

    name: str
    # It may be a key.
    value: object = field(repr=False)
    is_explicit: bool = True


_translations: dict[str, Callable[[], Mapping[str, Translated]]] = {}


def translate(prefix: str, read: Callable[[], Mapping[str, Translated]]) -> None:
    """Has the settings of another library read besides `TEGATA`, whose own keys win.

    Args:
        prefix: What the names of those settings begin with.
        read: Gives what is set, by the keys of `TEGATA`; a bad setting raises
            `ImproperlyConfigured` and names it.
    """
    _translations[prefix] = read
    _clear()


def given() -> dict[str, Translated]:
    """What the site has set, by the keys of `TEGATA`.

    Raises:
        ImproperlyConfigured: `TEGATA` is no dict, or two libraries' settings contradict each other.
    """
    own = getattr(settings, "TEGATA", {})
    if not isinstance(own, Mapping):
        raise ImproperlyConfigured("TEGATA must be a dict.")
    found = {key: Translated(f"TEGATA[{key!r}]", value) for key, value in own.items()}
    for read in _translations.values():
        for key, each in read().items():
            other = found.setdefault(key, each)
            if key in own or other is each:
                continue
            if key == "ACCEPT_LEGACY":
                # Each library has tokens of its own.
                both = [*cast("list[Any]", other.value), *cast("list[Any]", each.value)]
                found[key] = Translated(other.name, both, other.is_explicit or each.is_explicit)
            elif not other.is_explicit:
                found[key] = each
            elif each.is_explicit and other.value != each.value:
                raise ImproperlyConfigured(
                    f"{other.name} and {each.name} say different things. Set TEGATA[{key!r}]."
                )
    return found | _lifetimes(found)


def _lifetimes(found: Mapping[str, Translated]) -> dict[str, Translated]:
    """No token outlives its session: of two libraries' lifetimes, a default gives way."""
    session, refresh = found.get("SESSION_LIFETIME"), found.get("REFRESH_TOKEN_LIFETIME")
    if session is None or refresh is None or (session.is_explicit and refresh.is_explicit):
        return {}
    longest, wanted = session.value, refresh.value
    if not (isinstance(longest, timedelta) and isinstance(wanted, timedelta)) or wanted <= longest:
        return {}
    if refresh.is_explicit:
        return {"SESSION_LIFETIME": Translated(session.name, wanted, is_explicit=False)}
    return {"REFRESH_TOKEN_LIFETIME": Translated(refresh.name, longest, is_explicit=False)}


def _where(key: str) -> str:
    return given()[key].name if key in given() else f"TEGATA[{key!r}]"


@cache
def current() -> Settings:
    """The settings in force. `override_settings` is followed.

    Raises:
        ImproperlyConfigured: Names the key of `TEGATA` that is wrong, and what it may be.
    """
    found = given()
    if not settings.USE_TZ:
        raise ImproperlyConfigured("Tegata needs USE_TZ = True: sessions end at points in time.")
    known = {each.name: each for each in fields(Settings)}
    for name in found:
        if name not in known:
            near = get_close_matches(str(name), known, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]!r}?" if near else f" Known keys: {', '.join(known)}."
            raise ImproperlyConfigured(f"TEGATA[{name!r}] is not a setting of Tegata.{hint}")
    values = {}
    for name, each in known.items():
        try:
            value = found[name].value if name in found else each.default
            values[name] = each.metadata["read"](value)
        except _BadValueError as problem:
            raise ImproperlyConfigured(f"{_where(name)} {problem}.") from problem
    if values["SESSION_CHECK"] == "cache" and values["SESSION_CACHE"] is None:
        values["SESSION_CACHE"] = "default"
    if values["SCOPES_FOR"] is not None and not values["SCOPES"]:
        raise ImproperlyConfigured(
            "TEGATA['SCOPES_FOR'] has nothing to grant: TEGATA['SCOPES'] must name the scopes that "
            "there are, with a description each."
        )
    return Settings(**values)


def require_check(check: str) -> None:
    """Makes sure that a view may have a SESSION_CHECK of its own.

    Raises:
        ImproperlyConfigured: There is none of that name, or the settings of the site rule it out.
    """
    try:
        _check(check)
    except _BadValueError as problem:
        raise ImproperlyConfigured(f"session_check {problem}, not {check!r}.") from problem
    rules = current()
    if rules.SESSION_CHECK == "off" and check in ("request", "cache"):
        raise ImproperlyConfigured(
            f"session_check={check!r} needs rows of sessions, and TEGATA['SESSION_CHECK'] is 'off'."
        )
    if check == "cache" and rules.SESSION_CACHE is None:
        raise ImproperlyConfigured(
            "session_check='cache' needs TEGATA['SESSION_CACHE'], such as 'default': whatever ends "
            "a session has to know that a cache is to be told."
        )


def require_token_classes(classes: object) -> tuple[type[Token], ...]:
    """Makes sure that a view may take tokens of these classes.

    Raises:
        ImproperlyConfigured: One of them is no token class, or opens no view.
    """
    try:
        return _token_classes(classes)
    except _BadValueError as problem:
        raise ImproperlyConfigured(f"token_classes {problem}.") from problem


@cache
def proxies() -> TrustedProxies:
    """The proxies of the settings in force.

    Raises:
        ImproperlyConfigured: As `current`.
    """
    rules = current()
    return TrustedProxies(rules.TRUSTED_PROXIES, rules.FORWARDED_HEADER)


@cache
def engine() -> Engine:
    """The engine of the settings in force.

    Raises:
        ImproperlyConfigured: As `current`, and for keys and ranges.
    """
    rules = current()
    try:
        return Engine(
            load_keys(rules.KEYS, rules.ALGORITHM),
            issuer=rules.ISSUER,
            audience=rules.AUDIENCE,
            client_id=rules.CLIENT_ID,
            leeway=rules.LEEWAY,
            access_token_lifetime=rules.ACCESS_TOKEN_LIFETIME,
            refresh_token_lifetime=rules.REFRESH_TOKEN_LIFETIME,
            session_lifetime=rules.SESSION_LIFETIME,
            session_idle_timeout=rules.SESSION_IDLE_TIMEOUT,
            # The engine takes no negative number and none of more than so many bits.
            max_sessions_per_user=(
                None
                if rules.MAX_SESSIONS_PER_USER is None
                else _clamped(rules.MAX_SESSIONS_PER_USER)
            ),
            rotate_refresh_tokens=rules.ROTATE_REFRESH_TOKENS,
            refresh_grace=rules.REFRESH_GRACE,
            max_refresh_repeats=_clamped(rules.MAX_REFRESH_REPEATS),
            session_check=rules.SESSION_CHECK,
            session_cache_lifetime=rules.SESSION_CACHE_LIFETIME,
            challenge_lifetime=rules.CHALLENGE_LIFETIME,
            token_type_claim=rules.TOKEN_TYPE_CLAIM,
            user_id_claim=rules.USER_ID_CLAIM,
            session_id_claim=rules.SESSION_ID_CLAIM,
            generation_claim=rules.GENERATION_CLAIM,
            tenant_claim=rules.TENANT_CLAIM,
            max_token_length=_clamped(rules.MAX_TOKEN_LENGTH),
            legacy=list(rules.ACCEPT_LEGACY),
        )
    except ValueError as error:
        name, problem = error.args
        raise ImproperlyConfigured(f"{_where(name)} {problem}.") from error


def _clamped(number: int) -> int:
    return min(max(number, 0), 2**32 - 1)


def _forget(*, setting: str, **_: object) -> None:
    if setting in {"TEGATA", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "USE_TZ", "CACHES"} or any(
        setting.startswith(prefix) for prefix in _translations
    ):
        _clear()


def _clear() -> None:
    current.cache_clear()
    proxies.cache_clear()
    engine.cache_clear()


setting_changed.connect(_forget)
