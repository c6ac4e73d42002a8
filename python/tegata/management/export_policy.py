"""The rules of a site for another host that decides alike: `tegata serve --policy FILE`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from django.conf import settings

from tegata import conf
from tegata._tegata import Rate
from tegata.internal import user_key
from tegata.internal.user_model import user_model

# Code of the site, which no other host can run.
_CODE = (
    "TENANT",
    "SCOPES_FOR",
    "PAYLOAD_CLASS",
    "USER_LOGIN_AUTHENTICATOR",
    "LOGIN_SCHEMA",
    "USER_AUTHENTICATION_RULE",
    "LOGIN_STEPS",
    "LOCATION",
    "ACCEPT_LEGACY",
)


def policy_document(rules: conf.Settings) -> dict[str, Any]:
    """What the engine decides by, how tokens travel, and where the users are.

    Args:
        rules: The settings of the site.
    """
    return {
        "issuer": rules.ISSUER,
        "audience": rules.AUDIENCE,
        "client_id": rules.CLIENT_ID,
        "leeway": _seconds(rules.LEEWAY),
        "access_token_lifetime": _seconds(rules.ACCESS_TOKEN_LIFETIME),
        "refresh_token_lifetime": _seconds(rules.REFRESH_TOKEN_LIFETIME),
        "session_lifetime": _seconds(rules.SESSION_LIFETIME),
        "session_idle_timeout": _seconds(rules.SESSION_IDLE_TIMEOUT),
        "session_retention": _seconds(rules.SESSION_RETENTION),
        "max_sessions_per_user": rules.MAX_SESSIONS_PER_USER,
        "session_check": rules.SESSION_CHECK,
        "session_cache_lifetime": _seconds(rules.SESSION_CACHE_LIFETIME),
        "rotate_refresh_tokens": rules.ROTATE_REFRESH_TOKENS,
        "refresh_grace": _seconds(rules.REFRESH_GRACE),
        "max_refresh_repeats": rules.MAX_REFRESH_REPEATS,
        "challenge_lifetime": _seconds(rules.CHALLENGE_LIFETIME),
        "max_token_length": rules.MAX_TOKEN_LENGTH,
        "jwks_max_age": _seconds(rules.JWKS_MAX_AGE),
        "key_lead_time": _seconds(rules.KEY_LEAD_TIME),
        "key_rotation_period": _seconds(rules.KEY_ROTATION_PERIOD),
        "key_retention": _seconds(conf.key_retention()),
        "key_reload_interval": _seconds(rules.KEY_RELOAD_INTERVAL),
        "scopes": rules.SCOPES,
        "auth_header_types": rules.AUTH_HEADER_TYPES,
        **_transport(rules),
        "store_address": rules.STORE_ADDRESS,
        "update_last_login": rules.UPDATE_LAST_LOGIN,
        "login_throttle": _rates(rules.LOGIN_THROTTLE, "account_and_address", "account", "address"),
        "refresh_throttle": _rates(rules.REFRESH_THROTTLE, "session", "address"),
        "users": _users(rules),
        "only_in_django": _only_here(rules),
        "claims": {
            "token_type": rules.TOKEN_TYPE_CLAIM,
            "user_id": rules.USER_ID_CLAIM,
            "session_id": rules.SESSION_ID_CLAIM,
            "generation": rules.GENERATION_CLAIM,
            "tenant": rules.TENANT_CLAIM,
        },
    }


def _transport(rules: conf.Settings) -> dict[str, Any]:
    secure = rules.COOKIE_SECURE
    return {
        "transport": rules.TRANSPORT,
        "refresh_transport": rules.REFRESH_TRANSPORT,
        "access_cookie_name": rules.ACCESS_COOKIE_NAME,
        "refresh_cookie_name": rules.REFRESH_COOKIE_NAME,
        "refresh_cookie_path": rules.REFRESH_COOKIE_PATH,
        "cookie_secure": not settings.DEBUG if secure is None else secure,
        "cookie_samesite": rules.COOKIE_SAMESITE,
        "cookie_domain": rules.COOKIE_DOMAIN,
    }


def _users(rules: conf.Settings) -> dict[str, Any]:
    """The table of the user model, by the names of its columns."""
    model: Any = user_model()
    columns = {each.name: each.column for each in model._meta.concrete_fields}
    return {
        "table": model._meta.db_table,
        "key": model._meta.pk.column,
        "named_by": None if user_key.is_primary() else user_key.field().column,
        "username": columns[model.USERNAME_FIELD],
        "password": columns["password"],
        "is_active": columns.get("is_active"),
        "last_login": columns.get("last_login"),
        "stamp_columns": [columns[name] for name in rules.SECURITY_STAMP_FIELDS],
    }


def _only_here(rules: conf.Settings) -> list[str]:
    """The settings with code of the site's own."""
    known = {each.name: each for each in fields(conf.Settings)}
    read = {name: known[name].metadata["read"](known[name].default) for name in _CODE}
    return [name for name in _CODE if getattr(rules, name) != read[name]]


def _rates(rates: Mapping[str, Rate], *names: str) -> dict[str, str | None] | None:
    if not rates:
        return None
    found = ((name, rates.get(name)) for name in names)
    return {name: rate and f"{rate.limit}/{rate.seconds}s" for name, rate in found}


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()
