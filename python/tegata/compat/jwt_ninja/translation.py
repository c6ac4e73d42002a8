"""The `JWT_…` settings as keys of `TEGATA`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from pydantic import Field, create_model

from tegata._tegata import algorithms
from tegata.compat.jwt_ninja.settings import PREFIX, SETTINGS, is_set, value
from tegata.conf import Translated
from tegata.internal.keys import load_entry
from tegata.schemas import LoginSchema, Text

_LONGEST_SESSION = timedelta(days=3650)
_ASYMMETRIC = ("RS", "PS", "ES", "Ed")
_IPAPI = "jwt_ninja.geolocation.ipapi_co_geolocator"


def translated() -> dict[str, Translated]:
    """What the site's `JWT_…` settings say, by the keys of `TEGATA`.

    Raises:
        ImproperlyConfigured: Names the setting that cannot be.
    """
    _refuse_what_there_is_not()
    found = {
        each.key: Translated(f"{PREFIX}{name}", _value_for_key(name))
        for name, each in SETTINGS.items()
        if each.key and is_set(name) and not _is_ours(name)
    }
    found |= _lifetimes() | _keys() | _login_schema() | _cookie_name()
    rotates = "ROTATE_REFRESH_TOKENS"
    found[rotates] = Translated(f"{PREFIX}{rotates}", value(rotates), is_set(rotates))
    if grace := value("REFRESH_TOKEN_REUSE_GRACE_SECONDS"):
        found["REFRESH_GRACE"] = Translated("JWT_REFRESH_TOKEN_REUSE_GRACE_SECONDS", grace)
    if getattr(settings, "TEGATA", {}).get("SESSION_CHECK") != "off":
        found["ACCEPT_LEGACY"] = Translated("JWT_SECRET_KEY", _old_tokens(), is_explicit=False)
    return found


def _value_for_key(name: str) -> Any:
    make = _INTO.get(name)
    return make(f"{PREFIX}{name}", value(name)) if make else value(name)


def _is_ours(name: str) -> bool:
    # Tegata's own is the same, and takes less to check.
    return str(value(name)).startswith("jwt_ninja.") and value(name) == SETTINGS[name].default


def _refuse_what_there_is_not() -> None:
    if value("REFRESH_COOKIE_HTTPONLY") is not True:
        raise ImproperlyConfigured(
            "JWT_REFRESH_COOKIE_HTTPONLY must be True: Tegata shows no script a cookie's token."
        )
    if value("GEOLOCATION_PROVIDER") == _IPAPI:
        raise ImproperlyConfigured(
            f"JWT_GEOLOCATION_PROVIDER is {_IPAPI!r}, and Tegata asks no service on the network. "
            "Name a callable of your own, or None."
        )


def _seconds(name: str) -> timedelta:
    given = value(name)
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < 10**10:
        raise ImproperlyConfigured(f"{PREFIX}{name} must be a number of seconds.")
    return timedelta(seconds=given)


def _lifetimes() -> dict[str, Translated]:
    of_refresh, of_session = "REFRESH_TOKEN_EXPIRE_SECONDS", "SESSION_EXPIRE_SECONDS"
    refresh, session = _seconds(of_refresh), _seconds(of_session)
    if not is_set(of_session):
        # Earlier releases never ended a session before its refresh token.
        session = max(session, refresh)
    elif not session:
        # It never ends.
        session = _LONGEST_SESSION
    return {
        "SESSION_LIFETIME": Translated(f"{PREFIX}{of_session}", session, is_set(of_session)),
        # No token outlives its session.
        "REFRESH_TOKEN_LIFETIME": Translated(
            f"{PREFIX}{of_refresh}", min(refresh, session), is_set(of_refresh)
        ),
    }


def _keys() -> dict[str, Translated]:
    algorithm, secret = value("ALGORITHM"), value("SECRET_KEY")
    if algorithm not in algorithms():
        raise ImproperlyConfigured(f"JWT_ALGORITHM must be one of {', '.join(algorithms())}.")
    if not isinstance(secret, str) or not secret:
        raise ImproperlyConfigured("JWT_SECRET_KEY must be a text that is not empty.")
    is_asymmetric = str(algorithm).startswith(_ASYMMETRIC)
    if secret == settings.SECRET_KEY and not is_asymmetric:
        # jwt-ninja's default. Tegata draws a key of its own from it.
        return {}
    key = load_entry(secret, algorithm, "JWT_SECRET_KEY")[0]
    if (verifying := value("VERIFYING_KEY")) is not None:
        theirs = load_entry(verifying, algorithm, "JWT_VERIFYING_KEY")[0]
        is_same = key.kid == theirs.kid if is_asymmetric else verifying == secret
        if not is_same:
            raise ImproperlyConfigured("JWT_VERIFYING_KEY must belong to JWT_SECRET_KEY.")
    return {"KEYS": Translated("JWT_SECRET_KEY", [secret])}


def _cookie_name() -> dict[str, Translated]:
    """The name under which browsers have had the refresh token from jwt-ninja."""
    name, transport = "REFRESH_COOKIE_NAME", value("REFRESH_TOKEN_TRANSPORT")
    if transport not in ("cookie", "both") or is_set(name):
        return {}
    return {name: Translated(f"{PREFIX}{name}", value(name), is_explicit=False)}


def _login_schema() -> dict[str, Translated]:
    lengths = ("MAX_USERNAME_LENGTH", "MAX_PASSWORD_LENGTH")
    if is_set("LOGIN_SCHEMA") or not any(map(is_set, lengths)):
        return {}
    for name in lengths:
        if isinstance(value(name), bool) or not isinstance(value(name), int) or value(name) < 1:
            raise ImproperlyConfigured(f"{PREFIX}{name} must be an integer of at least 1.")
    username, password = map(value, lengths)
    schema = create_model(
        "LoginSchema",
        __base__=LoginSchema,
        username=(Text, Field(min_length=1, max_length=username)),
        password=(Text, Field(min_length=1, max_length=password, repr=False)),
    )
    return {"LOGIN_SCHEMA": Translated("JWT_MAX_USERNAME_LENGTH", schema)}


def _old_tokens() -> list[dict[str, Any]]:
    """What jwt-ninja's own tokens are, of every release."""
    until = value("ACCEPT_OLD_TOKENS_UNTIL")
    if until is None:
        # They are good for sessions that were taken over only, and end with them.
        until = datetime(9999, 12, 31, tzinfo=UTC)
    elif not isinstance(until, datetime) or until.tzinfo is None:
        raise ImproperlyConfigured(
            "JWT_ACCEPT_OLD_TOKENS_UNTIL must be a datetime with a timezone, or None."
        )
    keys = {
        "KEYS": [value("VERIFYING_KEY") or value("SECRET_KEY")],
        "ALGORITHM": value("ALGORITHM"),
        "UNTIL": until,
    }
    profiles: list[dict[str, Any]] = [keys]
    if value("ISSUER") and value("AUDIENCE"):
        typ = {"access": "at+jwt", "refresh": "rt+jwt"}
        audience = {"ISSUER": value("ISSUER"), "AUDIENCE": value("AUDIENCE")}
        profiles.append({**keys, **audience, "TYP": typ})
    return profiles


def _rate(name: str, given: Any) -> Any:
    """`5/min` or `10/2hour` as `5/m` or `10/2h`; `"0"` is none."""
    if given is None or given == "0":
        return None
    found = _RATE.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise ImproperlyConfigured(f"{name} must be a rate such as '5/min', or None.")
    return f"{found['count']}/{found['many']}{found['period'][0]}"


_RATE = re.compile(r"(?P<count>\d{1,9})/(?P<many>\d{0,9})(?P<period>s|sec|m|min|h|hour)")


def _provider(name: str, given: Any) -> Any:
    """The provider of locations, its answers as plain values; see `geolocation.locate`."""
    if given is None:
        return None
    try:
        import_string(given)
    except (ImportError, TypeError, AttributeError) as error:
        raise ImproperlyConfigured(f"{name} cannot be imported: {error}") from error
    return "tegata.compat.jwt_ninja.geolocation.locate"


# What the others take is what stands there.
_INTO: dict[str, Callable[[str, Any], Any]] = {
    "LOGIN_THROTTLE_RATE": _rate,
    "REFRESH_THROTTLE_RATE": _rate,
    "GEOLOCATION_PROVIDER": _provider,
}
