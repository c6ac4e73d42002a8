"""The `JWT_…` settings, by jwt-ninja's names: `jwt_settings`.

A setting of the site wins, then the environment
variable of that name, then the default of jwt-ninja's page.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

PREFIX = "JWT_"
# Its page calls this a year.
_YEAR_OF_THE_PAGE = 365 * 3600


def _none(text: str) -> Any:
    return None if text.lower() in ("", "none", "null") else text


def _flag(text: str) -> bool | str:
    return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)


def _number(text: str) -> int | float | str:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        default: That of jwt-ninja.
        key: The key of `TEGATA` that takes its value as it is, if one does.
        read: What makes its value of an environment variable.
    """

    default: Any = None
    key: str = ""
    read: Callable[[str], Any] = _none


SETTINGS: dict[str, Setting] = {
    "SECRET_KEY": Setting(),
    "VERIFYING_KEY": Setting(),
    "ALGORITHM": Setting("HS256", "ALGORITHM"),
    "ISSUER": Setting("", "ISSUER"),
    "AUDIENCE": Setting("", "AUDIENCE"),
    "LEEWAY_SECONDS": Setting(0, "LEEWAY", _number),
    "ACCESS_TOKEN_EXPIRE_SECONDS": Setting(300, "ACCESS_TOKEN_LIFETIME", _number),
    "REFRESH_TOKEN_EXPIRE_SECONDS": Setting(_YEAR_OF_THE_PAGE, "", _number),
    "SESSION_EXPIRE_SECONDS": Setting(_YEAR_OF_THE_PAGE, "", _number),
    "ROTATE_REFRESH_TOKENS": Setting(False, "", _flag),
    "REFRESH_TOKEN_REUSE_GRACE_SECONDS": Setting(0, "", _number),
    "ACCEPT_OLD_TOKENS_UNTIL": Setting(),
    "MAX_TOKEN_LENGTH": Setting(8192, "MAX_TOKEN_LENGTH", _number),
    "MAX_USERNAME_LENGTH": Setting(254, "", _number),
    "MAX_PASSWORD_LENGTH": Setting(1024, "", _number),
    "MAX_ACTIVE_SESSIONS": Setting(None, "MAX_SESSIONS_PER_USER", _number),
    "USER_LOGIN_AUTHENTICATOR": Setting(
        "jwt_ninja.authenticators.django_user_authenticator", "USER_LOGIN_AUTHENTICATOR"
    ),
    "LOGIN_SCHEMA": Setting("jwt_ninja.types.LoginSchema", "LOGIN_SCHEMA"),
    "PAYLOAD_CLASS": Setting("jwt_ninja.types.JWTPayload", "PAYLOAD_CLASS"),
    "REFRESH_TOKEN_TRANSPORT": Setting("body", "REFRESH_TRANSPORT"),
    "REFRESH_COOKIE_NAME": Setting("refresh_token", "REFRESH_COOKIE_NAME"),
    "REFRESH_COOKIE_SECURE": Setting(True, "COOKIE_SECURE", _flag),
    "REFRESH_COOKIE_HTTPONLY": Setting(True, "", _flag),
    "REFRESH_COOKIE_SAMESITE": Setting("Lax", "COOKIE_SAMESITE", str),
    "REFRESH_COOKIE_PATH": Setting("/auth/refresh/", "REFRESH_COOKIE_PATH"),
    "REFRESH_COOKIE_DOMAIN": Setting(None, "COOKIE_DOMAIN"),
    "LOGIN_THROTTLE_RATE": Setting("5/min", "LOGIN_THROTTLE"),
    "REFRESH_THROTTLE_RATE": Setting("30/min", "REFRESH_THROTTLE"),
    "THROTTLE_CACHE_ALIAS": Setting("default", "THROTTLE_CACHE"),
    "TRUSTED_PROXY_CIDRS": Setting([], "TRUSTED_PROXIES", _json),
    "MAX_FORWARDED_HEADER_LENGTH": Setting(2048, "", _number),
    "MAX_FORWARDED_HOPS": Setting(10, "", _number),
    "PERSIST_CLIENT_IP": Setting(True, "STORE_ADDRESS", _flag),
    "GEOLOCATION_PROVIDER": Setting(None, "LOCATION"),
    "GEOLOCATION_THIRD_PARTY_CONSENT": Setting(False, read=_flag),
    "GEOLOCATION_TIMEOUT_SECONDS": Setting(2.0, read=_number),
    "GEOLOCATION_MAX_RESPONSE_BYTES": Setting(32768, read=_number),
}


def is_set(name: str) -> bool:
    """Whether the site or its environment says something."""
    return hasattr(settings, f"{PREFIX}{name}") or f"{PREFIX}{name}" in os.environ


def value(name: str) -> Any:
    """What is in force, by jwt-ninja's name without the prefix."""
    if hasattr(settings, f"{PREFIX}{name}"):
        return getattr(settings, f"{PREFIX}{name}")
    if f"{PREFIX}{name}" in os.environ:
        return SETTINGS[name].read(os.environ[f"{PREFIX}{name}"])
    return settings.SECRET_KEY if name == "SECRET_KEY" else SETTINGS[name].default


class JWTSettings:
    """What is in force, by jwt-ninja's names: `jwt_settings.ACCESS_TOKEN_EXPIRE_SECONDS`."""

    def __getattr__(self, name: str) -> Any:
        """A setting.

        Raises:
            AttributeError: There is none of that name.
        """
        if name == "JWT_PAYLOAD_CLASS":
            return value("PAYLOAD_CLASS")
        if name not in SETTINGS:
            raise AttributeError(f"jwt-ninja has no setting {PREFIX}{name}")
        return value(name)

    @property
    def payload_class(self) -> Any:
        """The class that `JWT_PAYLOAD_CLASS` names."""
        return import_string(value("PAYLOAD_CLASS"))

    @property
    def geolocation_provider(self) -> Any:
        """The callable that `JWT_GEOLOCATION_PROVIDER` names, or `None`."""
        path = value("GEOLOCATION_PROVIDER")
        return import_string(path) if isinstance(path, str) and path else path

    @property
    def verification_key(self) -> str:
        """What verifies: `JWT_VERIFYING_KEY`, or the key that signs."""
        return str(value("VERIFYING_KEY") or value("SECRET_KEY"))


jwt_settings = JWTSettings()
