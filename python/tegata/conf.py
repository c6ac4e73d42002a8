"""The `TEGATA` dict of the Django settings: every key, its default, its type and its range."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
from json import JSONEncoder
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from tegata._tegata import (
    BrowserGuard,
    Cookies,
    Engine,
    KeyRotation,
    LegacyTokens,
    Rate,
    TrustedProxies,
    forwarded_headers,
    is_origin,
    same_sites,
    transports,
)
from tegata.internal import setting_readers as readers
from tegata.internal.key_watch import KeyWatch
from tegata.internal.keys import key_files, key_schedule, named_keys
from tegata.internal.legacy import read_legacy

if TYPE_CHECKING:
    from pydantic import BaseModel

    from tegata.payload import JWTPayload
    from tegata.steps import LoginStep
    from tegata.tokens import Token


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
        JWKS_MAX_AGE: For how long others may keep a copy of the published keys; up to 7 days.
        KEY_LEAD_TIME: How long a new key is published before it signs; at least JWKS_MAX_AGE +
            KEY_RELOAD_INTERVAL + LEEWAY.
        KEY_ROTATION_PERIOD: For how long a key signs before `tegata_keys rotate` has the next one
            do so; longer than KEY_LEAD_TIME.
        KEY_RETENTION: How long a key verifies after the next one signs. `None` is the longest
            lifetime of a token + LEEWAY, which is also the least.
        KEY_RELOAD_INTERVAL: How long a running server does not look again whether a file of keys
            has changed; 1 to 3600 s.
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
        SECURITY_STAMP_FIELDS: Text fields of the user model whose change ends the user's sessions,
            as a change of the password does, such as `["email"]`. Changing the setting itself ends
            all sessions.
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
        TRANSPORT: How tokens travel: `"header"`, `"cookie"` for HttpOnly cookies and nothing else,
            or `"both"`, where a token in the header wins.
        REFRESH_TRANSPORT: Where TRANSPORT is `"header"`, how refresh tokens travel: `"body"`,
            `"cookie"` or `"both"`. `None` follows TRANSPORT.
        ACCESS_COOKIE_NAME: `None` is `"access_token"`, with the prefix `__Host-` or `__Secure-`
            where the other settings allow it.
        REFRESH_COOKIE_NAME: `None` is `"refresh_token"`, with `__Secure-` where they allow it.
        REFRESH_COOKIE_PATH: Where browsers send the refresh token. `None` is where the auth routes
            are.
        COOKIE_SECURE: Whether both cookies are sent over TLS only. `None` is unless `DEBUG`.
        COOKIE_SAMESITE: `"Lax"`, `"Strict"`, or `"None"` for pages of other sites.
        COOKIE_DOMAIN: The domain whose subdomains get the cookies too. `None` is the one host.
        ACCEPT_LEGACY: A dict, or a list of them: the tokens of a library that the site used before,
            good for the sessions that were taken over from it; with a `SESSION_ID_CLAIM` of
            `None`, of a library that kept none, whose refresh tokens open one each. Its keys are
            `KEYS`, `ALGORITHM`, `ISSUER`, `AUDIENCE`, `TYP`, `TOKEN_TYPE_CLAIM`, `USER_ID_CLAIM`,
            `SESSION_ID_CLAIM`, `JTI_CLAIM`, `PASSWORD_CLAIM` (the `REVOKE_TOKEN_CLAIM` of
            simplejwt), and `UNTIL`, a datetime from which on they are refused.
    """

    KEYS: Any = _setting(readers.as_is, None, is_secret=True)
    ALGORITHM: str = _setting(readers.algorithm, "HS256")
    ISSUER: str = _setting(readers.text, "tegata")
    AUDIENCE: list[str] = _setting(readers.texts, "tegata")
    CLIENT_ID: str = _setting(readers.text, "tegata")
    JWKS_MAX_AGE: timedelta = _setting(readers.duration, timedelta(hours=1))
    KEY_LEAD_TIME: timedelta = _setting(readers.duration, timedelta(days=1))
    KEY_ROTATION_PERIOD: timedelta = _setting(readers.duration, timedelta(days=90))
    KEY_RETENTION: timedelta | None = _setting(readers.duration_or_none, None)
    KEY_RELOAD_INTERVAL: timedelta = _setting(readers.duration, timedelta(seconds=10))
    LEEWAY: timedelta = _setting(readers.duration, timedelta(seconds=10))
    ACCESS_TOKEN_LIFETIME: timedelta = _setting(readers.duration, timedelta(minutes=5))
    REFRESH_TOKEN_LIFETIME: timedelta = _setting(readers.duration, timedelta(days=14))
    SESSION_LIFETIME: timedelta = _setting(readers.duration, timedelta(days=365))
    SESSION_IDLE_TIMEOUT: timedelta | None = _setting(readers.duration_or_none, None)
    SESSION_RETENTION: timedelta | None = _setting(readers.duration_or_none, timedelta(days=30))
    MAX_SESSIONS_PER_USER: int | None = _setting(readers.integer_or_none, None)
    SESSION_CHECK: str = _setting(readers.check, "request")
    SESSION_CACHE: str | None = _setting(readers.cache_alias, None)
    SESSION_CACHE_LIFETIME: timedelta = _setting(readers.duration, timedelta(minutes=1))
    SESSION_CACHE_FAILURE: str = _setting(readers.choice("database", "refuse"), "database")
    ROTATE_REFRESH_TOKENS: bool = _setting(readers.flag, True)
    REFRESH_GRACE: timedelta = _setting(readers.duration, timedelta(seconds=10))
    MAX_REFRESH_REPEATS: int = _setting(readers.integer, 100)
    TOKEN_TYPE_CLAIM: str = _setting(readers.text, "type")
    USER_ID_CLAIM: str = _setting(readers.text, "user_id")
    SESSION_ID_CLAIM: str = _setting(readers.text, "session_id")
    GENERATION_CLAIM: str = _setting(readers.text, "generation")
    TENANT_CLAIM: str = _setting(readers.text, "tenant")
    TENANT: Callable[..., Any] | None = _setting(readers.sync_callable_or_none, None)
    SCOPES: dict[str, str] = _setting(readers.scopes, None)
    SCOPES_FOR: Callable[..., Any] | None = _setting(readers.sync_callable_or_none, None)
    PAYLOAD_CLASS: type[JWTPayload] = _setting(readers.payload_class, "tegata.payload.JWTPayload")
    USER_LOGIN_AUTHENTICATOR: Callable[..., Any] = _setting(
        readers.a_callable, "tegata.authenticators.django_user_authenticator"
    )
    LOGIN_SCHEMA: type[BaseModel] = _setting(readers.model, "tegata.schemas.LoginSchema")
    SLIDING_TOKEN_LIFETIME: timedelta = _setting(readers.lifetime, timedelta(minutes=5))
    SLIDING_TOKEN_REFRESH_LIFETIME: timedelta = _setting(readers.lifetime, timedelta(days=1))
    AUTH_TOKEN_CLASSES: tuple[type[Token], ...] = _setting(
        readers.token_classes, ("tegata.tokens.AccessToken",)
    )
    AUTH_HEADER_TYPES: list[str] = _setting(readers.schemes, ("Bearer",))
    TOKEN_USER_CLASS: type[Any] = _setting(readers.a_class, "tegata.token_user.TokenUser")
    USER_AUTHENTICATION_RULE: Callable[[Any], bool] | None = _setting(readers.rule, None)
    USER_ID_FIELD: str | None = _setting(readers.text_or_none, None)
    SECURITY_STAMP_FIELDS: tuple[str, ...] = _setting(readers.names, ())
    JSON_ENCODER: type[JSONEncoder] | None = _setting(readers.json_encoder, None)
    JWK_URL: str | None = _setting(readers.text_or_none, None)
    UPDATE_LAST_LOGIN: bool = _setting(readers.flag, True)
    LOGIN_STEPS: tuple[LoginStep[Any], ...] = _setting(readers.steps, ())
    CHALLENGE_LIFETIME: timedelta = _setting(readers.duration, timedelta(minutes=5))
    MAX_TOKEN_LENGTH: int = _setting(readers.integer, 8192)
    TRUSTED_PROXIES: list[str] = _setting(readers.proxies, ())
    FORWARDED_HEADER: str = _setting(readers.choice(*forwarded_headers()), "X-Forwarded-For")
    STORE_ADDRESS: bool = _setting(readers.flag, True)
    LOCATION: Callable[..., Any] | None = _setting(readers.hook, None)
    LOGIN_THROTTLE: dict[str, Rate] = _setting(
        readers.throttle(account_and_address="5/5m", account="100/h", address="100/h"), "5/5m"
    )
    REFRESH_THROTTLE: dict[str, Rate] = _setting(
        readers.throttle(session="30/m", address="300/m"), "30/m"
    )
    THROTTLE_CACHE: str = _setting(readers.cache_of_caches, "default")
    THROTTLE_FAILURE: str = _setting(readers.choice("open", "closed"), "open")
    TRANSPORT: str = _setting(readers.choice(*transports()), "header")
    REFRESH_TRANSPORT: str | None = _setting(readers.choice_or_none("body", "cookie", "both"), None)
    ACCESS_COOKIE_NAME: str | None = _setting(readers.text_or_none, None)
    REFRESH_COOKIE_NAME: str | None = _setting(readers.text_or_none, None)
    REFRESH_COOKIE_PATH: str | None = _setting(readers.cookie_path_or_none, None)
    COOKIE_SECURE: bool | None = _setting(readers.flag_or_none, None)
    COOKIE_SAMESITE: str = _setting(readers.choice(*same_sites()), "Lax")
    COOKIE_DOMAIN: str | None = _setting(readers.text_or_none, None)
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
        except readers.BadValueError as problem:
            raise ImproperlyConfigured(f"{_where(name)} {problem}.") from problem
    if values["SESSION_CHECK"] == "cache" and values["SESSION_CACHE"] is None:
        values["SESSION_CACHE"] = "default"
    if values["SCOPES_FOR"] is not None and not values["SCOPES"]:
        raise ImproperlyConfigured(
            "TEGATA['SCOPES_FOR'] has nothing to grant: TEGATA['SCOPES'] must name the scopes that "
            "there are, with a description each."
        )
    if values["REFRESH_TRANSPORT"] is not None and values["TRANSPORT"] != "header":
        raise ImproperlyConfigured(
            f"{_where('REFRESH_TRANSPORT')} is for sites whose access tokens come in the header: "
            f"with TEGATA['TRANSPORT'] = {values['TRANSPORT']!r} leave it out."
        )
    return Settings(**values)


def require_check(check: str) -> None:
    """Makes sure that a view may have a SESSION_CHECK of its own.

    Raises:
        ImproperlyConfigured: There is none of that name, or the settings of the site rule it out.
    """
    try:
        readers.check(check)
    except readers.BadValueError as problem:
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


def require_transport(transport: str) -> None:
    """Makes sure that a view may have a TRANSPORT of its own.

    Raises:
        ImproperlyConfigured: There is none of that name.
    """
    if transport not in transports():
        known = ", ".join(map(repr, transports()))
        raise ImproperlyConfigured(f"transport must be one of {known}, not {transport!r}.")


def require_token_classes(classes: object) -> tuple[type[Token], ...]:
    """Makes sure that a view may take tokens of these classes.

    Raises:
        ImproperlyConfigured: One of them is no token class, or opens no view.
    """
    try:
        return readers.token_classes(classes)
    except readers.BadValueError as problem:
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
def rotation() -> KeyRotation:
    """The rules by which keys follow each other.

    Raises:
        ImproperlyConfigured: As `current`, and for rules by which a token would be refused.
    """
    rules = current()
    try:
        return KeyRotation(
            period=rules.KEY_ROTATION_PERIOD,
            lead=rules.KEY_LEAD_TIME,
            retention=key_retention(),
            longest_lifetime=_longest_lifetime(rules),
            jwks_max_age=rules.JWKS_MAX_AGE,
            reload_interval=rules.KEY_RELOAD_INTERVAL,
            leeway=rules.LEEWAY,
        )
    except ValueError as error:
        name, problem = error.args
        raise ImproperlyConfigured(f"{_where(name)} {problem}.") from error


@cache
def cookies() -> Cookies:
    """The cookies of the settings in force.

    Raises:
        ImproperlyConfigured: As `current`, and for what browsers would not keep.
    """
    rules = current()
    try:
        return Cookies(
            secure=not settings.DEBUG if rules.COOKIE_SECURE is None else rules.COOKIE_SECURE,
            same_site=rules.COOKIE_SAMESITE,
            domain=rules.COOKIE_DOMAIN,
            access_name=rules.ACCESS_COOKIE_NAME,
            refresh_name=rules.REFRESH_COOKIE_NAME,
        )
    except ValueError as error:
        name, problem = error.args
        raise ImproperlyConfigured(f"{_where(name)} {problem}.") from error


@cache
def browser_guard() -> BrowserGuard:
    """Which pages may act with a cookie: those of the site, and of `CSRF_TRUSTED_ORIGINS`.

    Of those, whole origins count; one with a wildcard names none (see the check tegata.W030).
    """
    return BrowserGuard([each for each in settings.CSRF_TRUSTED_ORIGINS if is_origin(each)])


def key_retention() -> timedelta:
    """How long a key verifies after the next one signs."""
    rules = current()
    if rules.KEY_RETENTION is not None:
        return rules.KEY_RETENTION
    try:
        return _longest_lifetime(rules) + rules.LEEWAY
    except OverflowError:
        # The engine has a word on such lifetimes.
        return timedelta.max


def _longest_lifetime(rules: Settings) -> timedelta:
    of_classes: Iterator[timedelta] = (
        getattr(each, name)
        for each in rules.AUTH_TOKEN_CLASSES
        for name in ("lifetime", "refresh_lifetime")
        if hasattr(each, name)
    )
    return max(
        rules.ACCESS_TOKEN_LIFETIME,
        rules.REFRESH_TOKEN_LIFETIME,
        rules.SLIDING_TOKEN_LIFETIME,
        rules.SLIDING_TOKEN_REFRESH_LIFETIME,
        *of_classes,
    )


def engine() -> Engine:
    """The engine of the settings in force, with the keys that their files hold now.

    Raises:
        ImproperlyConfigured: As `current`, and for keys and ranges.
    """
    return _engines().current()


@cache
def _engines() -> KeyWatch[Engine]:
    rules = current()
    return KeyWatch(key_files(rules.KEYS), rules.KEY_RELOAD_INTERVAL, _make_engine)


def _make_engine() -> Engine:
    rules = current()
    try:
        made = Engine(
            key_schedule(named_keys(rules.KEYS, rules.ALGORITHM), key_retention()),
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
    # After the lifetimes, which it is reckoned from.
    rotation()
    return made


def _clamped(number: int) -> int:
    return min(max(number, 0), 2**32 - 1)


_FOLLOWED = {
    *("TEGATA", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "USE_TZ", "CACHES"),
    *("CSRF_TRUSTED_ORIGINS", "DEBUG"),
}


def _forget(*, setting: str, **_: object) -> None:
    if setting in _FOLLOWED or any(setting.startswith(prefix) for prefix in _translations):
        _clear()


def _clear() -> None:
    current.cache_clear()
    cookies.cache_clear()
    browser_guard.cache_clear()
    proxies.cache_clear()
    rotation.cache_clear()
    _engines.cache_clear()


setting_changed.connect(_forget)
