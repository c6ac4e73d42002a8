"""`SIMPLE_JWT` and `NINJA_JWT`, by django-ninja-jwt's names.

Nothing is read from the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

DICTS = ("SIMPLE_JWT", "NINJA_JWT")
_FACE = "tegata.compat.ninja_jwt."
_SCHEMAS = "ninja_jwt.schema."


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        default: That of django-ninja-jwt.
        key: The key of `TEGATA` that takes its value as it is, if one does.
        differs: Whether Tegata's own default is another one.
        only: Why the default is the only value, if it is.
        absent: Values that say the same as none at all.
    """

    default: Any = None
    key: str = ""
    differs: bool = False
    only: str = ""
    absent: tuple[Any, ...] = (None,)


_FIXED_CLAIM = "Tegata's tokens have this claim under its registered name"
_NO_DRF = "there are no serializers of Django REST framework here; see the *_INPUT_SCHEMA settings"
SETTINGS: dict[str, Setting] = {
    "ACCESS_TOKEN_LIFETIME": Setting(timedelta(minutes=5), "ACCESS_TOKEN_LIFETIME"),
    "REFRESH_TOKEN_LIFETIME": Setting(timedelta(days=1), "REFRESH_TOKEN_LIFETIME", differs=True),
    "ROTATE_REFRESH_TOKENS": Setting(False, "ROTATE_REFRESH_TOKENS", differs=True),
    # A refresh token that was replaced is out of use in any case.
    "BLACKLIST_AFTER_ROTATION": Setting(False),
    "UPDATE_LAST_LOGIN": Setting(False, "UPDATE_LAST_LOGIN", differs=True),
    "ALGORITHM": Setting("HS256", "ALGORITHM"),
    "SIGNING_KEY": Setting(absent=()),
    "VERIFYING_KEY": Setting(absent=(None, "")),
    "AUDIENCE": Setting(None, "AUDIENCE"),
    "ISSUER": Setting(None, "ISSUER"),
    "JWK_URL": Setting(None, "JWK_URL"),
    "LEEWAY": Setting(0, "LEEWAY", differs=True),
    "AUTH_HEADER_TYPES": Setting(("Bearer",), "AUTH_HEADER_TYPES"),
    "AUTH_HEADER_NAME": Setting("HTTP_AUTHORIZATION", only="a token comes in `Authorization`"),
    "USER_ID_FIELD": Setting("id", "USER_ID_FIELD"),
    "USER_ID_CLAIM": Setting("user_id", "USER_ID_CLAIM"),
    "USER_AUTHENTICATION_RULE": Setting(
        "ninja_jwt.authentication.default_user_authentication_rule"
    ),
    "TOKEN_USER_CLASS": Setting("ninja_jwt.models.TokenUser", "TOKEN_USER_CLASS", differs=True),
    "AUTH_TOKEN_CLASSES": Setting(
        ("ninja_jwt.tokens.AccessToken",), "AUTH_TOKEN_CLASSES", differs=True
    ),
    "JSON_ENCODER": Setting(None, "JSON_ENCODER"),
    "TOKEN_TYPE_CLAIM": Setting("token_type", "TOKEN_TYPE_CLAIM", differs=True, absent=()),
    "JTI_CLAIM": Setting("jti", only=_FIXED_CLAIM, absent=()),
    "SLIDING_TOKEN_REFRESH_EXP_CLAIM": Setting("refresh_exp", only=_FIXED_CLAIM),
    "SLIDING_TOKEN_LIFETIME": Setting(timedelta(minutes=5), "SLIDING_TOKEN_LIFETIME"),
    "SLIDING_TOKEN_REFRESH_LIFETIME": Setting(timedelta(days=1), "SLIDING_TOKEN_REFRESH_LIFETIME"),
    "TOKEN_OBTAIN_PAIR_INPUT_SCHEMA": Setting(f"{_SCHEMAS}TokenObtainPairInputSchema"),
    "TOKEN_OBTAIN_PAIR_REFRESH_INPUT_SCHEMA": Setting(f"{_SCHEMAS}TokenRefreshInputSchema"),
    "TOKEN_OBTAIN_SLIDING_INPUT_SCHEMA": Setting(f"{_SCHEMAS}TokenObtainSlidingInputSchema"),
    "TOKEN_OBTAIN_SLIDING_REFRESH_INPUT_SCHEMA": Setting(
        f"{_SCHEMAS}TokenRefreshSlidingInputSchema"
    ),
    "TOKEN_BLACKLIST_INPUT_SCHEMA": Setting(f"{_SCHEMAS}TokenBlacklistInputSchema"),
    "TOKEN_VERIFY_INPUT_SCHEMA": Setting(f"{_SCHEMAS}TokenVerifyInputSchema"),
    # Tegata's own: until when tokens are honoured that the other library has made.
    "ACCEPT_OLD_TOKENS_UNTIL": Setting(None),
    # Of simplejwt's page, whose dict many a site has copied. A session ends with the password
    # whatever these two say.
    "CHECK_REVOKE_TOKEN": Setting(False),
    "REVOKE_TOKEN_CLAIM": Setting("hash_password"),
    "CHECK_USER_IS_ACTIVE": Setting(True, only="a user who is inactive is never let in"),
    "TOKEN_OBTAIN_SERIALIZER": Setting(
        "rest_framework_simplejwt.serializers.TokenObtainPairSerializer", only=_NO_DRF
    ),
    "TOKEN_REFRESH_SERIALIZER": Setting(
        "rest_framework_simplejwt.serializers.TokenRefreshSerializer", only=_NO_DRF
    ),
    "TOKEN_VERIFY_SERIALIZER": Setting(
        "rest_framework_simplejwt.serializers.TokenVerifySerializer", only=_NO_DRF
    ),
    "TOKEN_BLACKLIST_SERIALIZER": Setting(
        "rest_framework_simplejwt.serializers.TokenBlacklistSerializer", only=_NO_DRF
    ),
    "SLIDING_TOKEN_OBTAIN_SERIALIZER": Setting(
        "rest_framework_simplejwt.serializers.TokenObtainSlidingSerializer", only=_NO_DRF
    ),
    "SLIDING_TOKEN_REFRESH_SERIALIZER": Setting(
        "rest_framework_simplejwt.serializers.TokenRefreshSlidingSerializer", only=_NO_DRF
    ),
}


def given() -> dict[str, tuple[str, Any]]:
    """What both dicts say: by the name of the setting, where it stands and its value.

    Raises:
        ImproperlyConfigured: One is no dict or has a key that is unknown, or they contradict each
            other.
    """
    found: dict[str, tuple[str, Any]] = {}
    for which in DICTS:
        each = getattr(settings, which, {})
        if not isinstance(each, Mapping):
            raise ImproperlyConfigured(f"{which} must be a dict.")
        for name, value in each.items():
            here = f"{which}[{name!r}]"
            if name not in SETTINGS:
                near = get_close_matches(str(name), SETTINGS, n=1, cutoff=0.5)
                known = f"Known settings: {', '.join(SETTINGS)}."
                hint = f"Did you mean {near[0]!r}?" if near else known
                raise ImproperlyConfigured(f"{here} is not a setting of django-ninja-jwt. {hint}")
            other = found.setdefault(name, (here, value))
            if other[1] != value:
                raise ImproperlyConfigured(
                    f"{other[0]} and {here} say different things. Keep one of them."
                )
    return found


def ours(value: Any) -> Any:
    """A dotted path of simplejwt, which this library is a port of, by this library's name."""
    if isinstance(value, str) and not value.startswith("rest_framework_simplejwt.serializers."):
        return value.replace("rest_framework_simplejwt.", "ninja_jwt.", 1)
    return value


def home(value: Any) -> Any:
    """Dotted paths into this library, where its modules are at home."""
    if isinstance(value, list | tuple):
        return type(value)(home(each) for each in value)
    path = ours(value)
    if isinstance(path, str) and path.startswith("ninja_jwt."):
        return path.replace("ninja_jwt.", _FACE, 1)
    return path


class NinjaJWTSettings:
    """What is in force, by django-ninja-jwt's names: `api_settings.ACCESS_TOKEN_LIFETIME`."""

    def __getattr__(self, name: str) -> Any:
        """A setting; what stands for a class or a rule is imported, but for schemas.

        Raises:
            AttributeError: There is none of that name.
        """
        if name not in SETTINGS:
            raise AttributeError(f"django-ninja-jwt has no setting {name}")
        each = SETTINGS[name]
        own = getattr(settings, "TEGATA", {})
        default = settings.SECRET_KEY if name == "SIGNING_KEY" else each.default
        value = own[each.key] if each.key in own else given().get(name, ("", default))[1]
        if name in ("TOKEN_USER_CLASS", "USER_AUTHENTICATION_RULE", "JSON_ENCODER"):
            return _imported(value)
        if name == "AUTH_TOKEN_CLASSES":
            return [_imported(one) for one in ([value] if isinstance(value, str) else value)]
        return value


def _imported(value: Any) -> Any:
    return import_string(home(value)) if isinstance(value, str) else value


api_settings = NinjaJWTSettings()
