"""`TEGATA["ACCEPT_LEGACY"]`: tokens of the library that a site used before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from tegata._tegata import LegacyTokens, algorithms
from tegata.internal.keys import load_legacy_keys

_NAME = "TEGATA['ACCEPT_LEGACY']"
_DEFAULTS: dict[str, Any] = {
    "KEYS": None,
    "ALGORITHM": "HS256",
    "ISSUER": None,
    "AUDIENCE": None,
    "TYP": "JWT",
    "TOKEN_TYPE_CLAIM": "type",
    "USER_ID_CLAIM": "user_id",
    "SESSION_ID_CLAIM": "session_id",
    "JTI_CLAIM": "jti",
    "PASSWORD_CLAIM": None,
    "UNTIL": None,
}
_KINDS = ("access", "refresh")


def read_legacy(value: object) -> tuple[LegacyTokens, ...]:
    """The libraries whose tokens are read besides ours.

    Args:
        value: `None`, a dict for one library, or a list of them.

    Raises:
        ImproperlyConfigured: Names the key that is wrong, and what it may be.
    """
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return (_read(_NAME, value),)
    if isinstance(value, list | tuple) and all(isinstance(each, Mapping) for each in value):
        return tuple(_read(f"{_NAME}[{index}]", each) for index, each in enumerate(value))
    raise ImproperlyConfigured(f"{_NAME} must be a dict, a list of dicts, or None.")


def _read(name: str, given: Mapping[str, Any]) -> LegacyTokens:
    for key in given:
        if key not in _DEFAULTS:
            near = get_close_matches(str(key), _DEFAULTS, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(_DEFAULTS)}."
            raise ImproperlyConfigured(f"{name}[{key!r}] is not a setting of Tegata. {hint}")
    values = {**_DEFAULTS, **given}
    if values["ALGORITHM"] not in algorithms():
        raise ImproperlyConfigured(f"{name}['ALGORITHM'] must be one of {', '.join(algorithms())}.")
    until = values["UNTIL"]
    if not isinstance(until, datetime) or until.tzinfo is None:
        raise ImproperlyConfigured(
            f"{name}['UNTIL'] must be a datetime with a timezone: when the last of these tokens "
            "may be used."
        )
    for key in ("TOKEN_TYPE_CLAIM", "USER_ID_CLAIM"):
        if not isinstance(values[key], str):
            raise ImproperlyConfigured(f"{name}[{key!r}] must be a string.")
    for key in ("ISSUER", "AUDIENCE", "SESSION_ID_CLAIM", "JTI_CLAIM", "PASSWORD_CLAIM"):
        if not isinstance(values[key], str | None):
            raise ImproperlyConfigured(f"{name}[{key!r}] must be a string, or None.")
    access_typ, refresh_typ = _typs(f"{name}['TYP']", values["TYP"])
    return LegacyTokens(
        load_legacy_keys(values["KEYS"], values["ALGORITHM"], f"{name}['KEYS']"),
        access_typ=access_typ,
        refresh_typ=refresh_typ,
        issuer=values["ISSUER"],
        audience=values["AUDIENCE"],
        token_type_claim=values["TOKEN_TYPE_CLAIM"],
        user_id_claim=values["USER_ID_CLAIM"],
        session_id_claim=values["SESSION_ID_CLAIM"],
        jti_claim=values["JTI_CLAIM"],
        password_claim=values["PASSWORD_CLAIM"],
        until=until,
    )


def _typs(name: str, value: object) -> tuple[str | None, str | None]:
    typs: dict[str, Any] = (
        dict(value) if isinstance(value, Mapping) else dict.fromkeys(_KINDS, value)
    )
    if typs.keys() != set(_KINDS) or not all(isinstance(typ, str | None) for typ in typs.values()):
        raise ImproperlyConfigured(
            f"{name} must be a string, None, or a dict with 'access' and 'refresh'."
        )
    return typs["access"], typs["refresh"]
