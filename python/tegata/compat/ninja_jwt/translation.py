"""`SIMPLE_JWT` and `NINJA_JWT`, as keys of `TEGATA`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from tegata._tegata import algorithms
from tegata.compat.ninja_jwt.settings import SETTINGS, given, home, ours
from tegata.conf import Translated
from tegata.internal.keys import load_keys

_YEAR = timedelta(days=365)
_SYMMETRIC = "HS"
_EMPTY_KEY = (
    "The 'SIGNING_KEY' setting must not be empty. Set {name} to a secret of at least 32 random "
    "bytes that is used for nothing else, or leave it out: then a key is derived from SECRET_KEY."
)


def translated() -> dict[str, Translated]:
    """What the site's dicts say, by the keys of `TEGATA`, and django-ninja-jwt's own defaults.

    Raises:
        ImproperlyConfigured: Names the setting that cannot be.
    """
    said = given()
    found = {"SESSION_CHECK": Translated("SESSION_CHECK", "user", is_explicit=False)}
    for name, each in SETTINGS.items():
        where, value = said.get(name, ("", each.default))
        if each.only and ours(value) != ours(each.default):
            raise ImproperlyConfigured(
                f"{where} must be {each.default!r}: {each.only}. Remove it, or leave it at that."
            )
        if each.key and where and value not in each.absent:
            found[each.key] = Translated(where, home(value))
        elif each.key and each.differs:
            found[each.key] = Translated(name, home(each.default), is_explicit=False)
    return (
        found
        | _session_lifetime(found)
        | _keys(said, found)
        | _rule(said)
        | _old_tokens(said, found)
    )


def _session_lifetime(found: Mapping[str, Translated]) -> dict[str, Translated]:
    refresh = found["REFRESH_TOKEN_LIFETIME"]
    if isinstance(refresh.value, timedelta) and refresh.value > _YEAR:
        # No token outlives its session.
        return {"SESSION_LIFETIME": Translated(refresh.name, refresh.value, is_explicit=False)}
    return {}


def _keys(
    said: Mapping[str, tuple[str, Any]], found: Mapping[str, Translated]
) -> dict[str, Translated]:
    algorithm = found["ALGORITHM"].value if "ALGORITHM" in found else "HS256"
    if algorithm not in algorithms():
        name = found["ALGORITHM"].name
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(algorithms())}.")
    is_symmetric = str(algorithm).startswith(_SYMMETRIC)
    where, signing = said.get("SIGNING_KEY", ("", None))
    if where and not signing:
        raise ImproperlyConfigured(_EMPTY_KEY.format(name=where))
    if not where:
        if is_symmetric or "KEYS" in getattr(settings, "TEGATA", {}):
            return {}
        raise ImproperlyConfigured(
            f"{found['ALGORITHM'].name} is {algorithm!r}, so SIMPLE_JWT['SIGNING_KEY'] must be a "
            "private key as PEM. A site that only verifies another issuer's tokens takes "
            "tegata.remote.RemoteJWTAuth."
        )
    (key,) = _loaded(signing, str(algorithm), where)
    of_verifying, verifying = said.get("VERIFYING_KEY", ("", None))
    if verifying and not is_symmetric:
        (public,) = _loaded(verifying, str(algorithm), of_verifying)
        if public.kid != key.kid:
            raise ImproperlyConfigured(f"{of_verifying} must belong to {where}.")
    return {"KEYS": Translated(where, [signing])}


def _loaded(entry: object, algorithm: str, where: str) -> list[Any]:
    try:
        return load_keys([entry], algorithm)
    except ImproperlyConfigured as error:
        raise ImproperlyConfigured(str(error).replace("TEGATA['KEYS'][0]", where)) from None


def _rule(said: Mapping[str, tuple[str, Any]]) -> dict[str, Translated]:
    name = "USER_AUTHENTICATION_RULE"
    where, value = said.get(name, ("", None))
    if value is None or ours(value) == SETTINGS[name].default:
        return {}
    try:
        theirs = import_string(home(value)) if isinstance(value, str) else value
    except ImportError as error:
        raise ImproperlyConfigured(f"{where} cannot be imported: {error}.") from error
    if not callable(theirs):
        raise ImproperlyConfigured(f"{where} must be a callable or the dotted path of one.")
    return {name: Translated(where, _active_and(theirs))}


def _old_tokens(
    said: Mapping[str, tuple[str, Any]], found: Mapping[str, Translated]
) -> dict[str, Translated]:
    """What the other library's own tokens are, which are honoured for a while."""

    def value(name: str) -> Any:
        return said.get(name, ("", None))[1]

    where, until = said.get("ACCEPT_OLD_TOKENS_UNTIL", ("", None))
    if until is None:
        return {}
    if not isinstance(until, datetime) or until.tzinfo is None:
        raise ImproperlyConfigured(
            f"{where} must be a datetime with a timezone: when the last token that "
            "django-ninja-jwt has made may be used."
        )
    algorithm = found["ALGORITHM"].value if "ALGORITHM" in found else "HS256"
    public = None if str(algorithm).startswith(_SYMMETRIC) else value("VERIFYING_KEY")
    audience = value("AUDIENCE")
    if isinstance(audience, list | tuple):
        # Its tokens name all of them.
        audience = next(iter(audience), None)
    profile = {
        # Without a key of its own it signed with this.
        "KEYS": [public or value("SIGNING_KEY") or settings.SECRET_KEY],
        "ALGORITHM": algorithm,
        "ISSUER": value("ISSUER"),
        "AUDIENCE": audience,
        "TOKEN_TYPE_CLAIM": found["TOKEN_TYPE_CLAIM"].value,
        "USER_ID_CLAIM": value("USER_ID_CLAIM") or "user_id",
        "SESSION_ID_CLAIM": None,
        # What simplejwt had refused stays refused.
        "PASSWORD_CLAIM": (
            (value("REVOKE_TOKEN_CLAIM") or "hash_password")
            if value("CHECK_REVOKE_TOKEN")
            else None
        ),
        "UNTIL": until,
    }
    return {"ACCEPT_LEGACY": Translated(where, [profile])}


def _active_and(theirs: Callable[[Any], Any]) -> Callable[[Any], Any]:
    # Its gates look at `is_active` besides, whatever the rule says.
    def may_log_in(user: Any) -> Any:
        return user.is_active and theirs(user)

    return may_log_in
