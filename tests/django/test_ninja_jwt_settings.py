"""What `SIMPLE_JWT` and `NINJA_JWT` become, and which of them stop start-up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from pytest_django import Settings

from tegata import conf, jose
from tests.ninja import ninja_jwt_site

KEY = "a key for tests only, of more than 32 bytes"
UNTIL = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def facade(settings: Settings) -> Iterator[None]:
    """As with `"ninja_jwt"` in `INSTALLED_APPS`."""
    ninja_jwt_site.install(settings)
    settings.SIMPLE_JWT = {}
    yield
    ninja_jwt_site.forget()


def rules(**given: Any) -> conf.Settings:
    with override_settings(**given):
        assert conf.engine()
        return conf.current()


def refused(**given: Any) -> str:
    with override_settings(**given), pytest.raises(ImproperlyConfigured) as refusal:
        conf.engine()
    return str(refusal.value)


def test_without_any_the_defaults_are_those_of_the_library() -> None:
    found = rules()
    assert found.KEYS is None
    assert timedelta(minutes=5) == found.ACCESS_TOKEN_LIFETIME
    assert timedelta(days=1) == found.REFRESH_TOKEN_LIFETIME
    assert timedelta(0) == found.LEEWAY
    assert (found.ROTATE_REFRESH_TOKENS, found.UPDATE_LAST_LOGIN) == (False, False)
    assert (found.TOKEN_TYPE_CLAIM, found.USER_ID_CLAIM) == ("token_type", "user_id")
    assert found.SESSION_CHECK == "user"
    assert [each.__name__ for each in found.AUTH_TOKEN_CLASSES] == ["AccessToken"]
    assert found.USER_ID_FIELD is None
    assert found.USER_AUTHENTICATION_RULE is None


@pytest.mark.parametrize("name", ["SIMPLE_JWT", "NINJA_JWT"])
def test_each_by_its_key(name: str) -> None:
    found = rules(
        **{
            name: {
                "SIGNING_KEY": KEY,
                "VERIFYING_KEY": None,
                "ACCESS_TOKEN_LIFETIME": timedelta(seconds=60),
                "REFRESH_TOKEN_LIFETIME": timedelta(days=400),
                "ROTATE_REFRESH_TOKENS": True,
                "BLACKLIST_AFTER_ROTATION": True,
                "UPDATE_LAST_LOGIN": True,
                "ALGORITHM": "HS256",
                "AUDIENCE": ["api"],
                "ISSUER": "https://site.example",
                "JWK_URL": None,
                "LEEWAY": 3,
                "AUTH_HEADER_TYPES": ("JWT",),
                "AUTH_HEADER_NAME": "HTTP_AUTHORIZATION",
                "USER_ID_FIELD": "username",
                "USER_ID_CLAIM": "uid",
                "AUTH_TOKEN_CLASSES": ["ninja_jwt.tokens.SlidingToken"],
                "TOKEN_USER_CLASS": "rest_framework_simplejwt.models.TokenUser",
                "TOKEN_TYPE_CLAIM": "kind",
                "JTI_CLAIM": "jti",
                "SLIDING_TOKEN_LIFETIME": timedelta(seconds=30),
                "SLIDING_TOKEN_REFRESH_LIFETIME": timedelta(hours=1),
                "JSON_ENCODER": "django.core.serializers.json.DjangoJSONEncoder",
            }
        }
    )
    assert found.KEYS == [KEY]
    assert timedelta(seconds=60) == found.ACCESS_TOKEN_LIFETIME
    assert found.REFRESH_TOKEN_LIFETIME == found.SESSION_LIFETIME == timedelta(days=400)
    assert (found.ROTATE_REFRESH_TOKENS, found.UPDATE_LAST_LOGIN) == (True, True)
    assert (found.AUDIENCE, found.ISSUER) == (["api"], "https://site.example")
    assert timedelta(seconds=3) == found.LEEWAY
    assert found.AUTH_HEADER_TYPES == ["JWT"]
    assert (found.USER_ID_FIELD, found.USER_ID_CLAIM) == ("username", "uid")
    assert [each.token_type for each in found.AUTH_TOKEN_CLASSES] == ["sliding"]
    assert found.TOKEN_USER_CLASS.__module__ == "tegata.compat.ninja_jwt.models"
    assert found.TOKEN_TYPE_CLAIM == "kind"
    assert timedelta(seconds=30) == found.SLIDING_TOKEN_LIFETIME
    assert timedelta(hours=1) == found.SLIDING_TOKEN_REFRESH_LIFETIME
    assert found.JSON_ENCODER is not None


def test_a_key_of_tegata_wins() -> None:
    with override_settings(
        SIMPLE_JWT={"ACCESS_TOKEN_LIFETIME": timedelta(seconds=60)},
        TEGATA={"ACCESS_TOKEN_LIFETIME": 90, "SESSION_CHECK": "request"},
    ):
        from ninja_jwt.settings import api_settings  # type: ignore[import-not-found]

        assert timedelta(seconds=90) == conf.current().ACCESS_TOKEN_LIFETIME
        assert conf.current().SESSION_CHECK == "request"
        assert api_settings.ACCESS_TOKEN_LIFETIME == 90


def test_n6_nothing_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("ALGORITHM", "HS512"),
        ("ISSUER", "mallory"),
        ("issuer", "mallory"),
        ("signing_key", "mallory's key of more than 32 bytes!"),
        ("ACCESS_TOKEN_LIFETIME", "P1000D"),
        ("LEEWAY", "100"),
    ):
        monkeypatch.setenv(name, value)
    assert rules() == rules(TEGATA={})
    assert (rules().ISSUER, rules().ALGORITHM, rules().KEYS) == ("tegata", "HS256", None)
    assert timedelta(0) == rules().LEEWAY


def test_n7_both_dicts_are_read_and_none_replaces_the_other() -> None:
    found = rules(
        SIMPLE_JWT={"LEEWAY": 1, "ISSUER": "a"}, NINJA_JWT={"ISSUER": "a", "AUDIENCE": "b"}
    )
    assert (timedelta(seconds=1), "a", ["b"]) == (found.LEEWAY, found.ISSUER, found.AUDIENCE)
    assert refused(SIMPLE_JWT={"ISSUER": "a"}, NINJA_JWT={"ISSUER": "b"}) == (
        "SIMPLE_JWT['ISSUER'] and NINJA_JWT['ISSUER'] say different things. Keep one of them."
    )
    for name in ("SIMPLE_JWT", "NINJA_JWT"):
        said = refused(**{name: {"ACCES_TOKEN_LIFETIME": timedelta(days=1)}})
        assert said.startswith(f"{name}['ACCES_TOKEN_LIFETIME'] is not a setting")
        assert said.endswith("Did you mean 'ACCESS_TOKEN_LIFETIME'?")


def test_n9_override_settings_is_followed() -> None:
    from ninja_jwt.settings import api_settings
    from ninja_jwt.state import token_backend  # type: ignore[import-not-found]
    from ninja_jwt.tokens import AccessToken  # type: ignore[import-not-found]

    assert timedelta(minutes=5) == AccessToken.lifetime == api_settings.ACCESS_TOKEN_LIFETIME
    for seconds in (60, 90):
        lifetime = timedelta(seconds=seconds)
        said = {"ACCESS_TOKEN_LIFETIME": lifetime, "SIGNING_KEY": f"{KEY}{seconds}"}
        with override_settings(SIMPLE_JWT=said):
            assert lifetime == AccessToken.lifetime == api_settings.ACCESS_TOKEN_LIFETIME
            assert token_backend.signing_key == f"{KEY}{seconds}"


@pytest.mark.parametrize("key", ["", b"", None])
def test_an_empty_key_stops_start_up(key: Any) -> None:
    said = refused(SIMPLE_JWT={"SIGNING_KEY": key})
    assert said.startswith("The 'SIGNING_KEY' setting must not be empty.")
    assert "Set SIMPLE_JWT['SIGNING_KEY'] to a secret" in said


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"SIGNING_KEY": "x"}, "SIMPLE_JWT['SIGNING_KEY']: "),
        ({"SIGNING_KEY": KEY, "ALGORITHM": "HS512"}, "SIMPLE_JWT['SIGNING_KEY']: "),
        ({"LEEWAY": timedelta(days=365)}, "SIMPLE_JWT['LEEWAY'] "),
        ({"LEEWAY": -1}, "SIMPLE_JWT['LEEWAY'] must not be negative"),
        ({"ALGORITHM": "none"}, "SIMPLE_JWT['ALGORITHM'] must be one of"),
        (
            {"ALGORITHM": "RS256"},
            "SIMPLE_JWT['ALGORITHM'] is 'RS256', so SIMPLE_JWT['SIGNING_KEY']",
        ),
        ({"JTI_CLAIM": None}, "SIMPLE_JWT['JTI_CLAIM'] must be 'jti'"),
        ({"TOKEN_TYPE_CLAIM": None}, "SIMPLE_JWT['TOKEN_TYPE_CLAIM'] must be a string"),
        ({"AUTH_HEADER_NAME": "HTTP_X_TOKEN"}, "SIMPLE_JWT['AUTH_HEADER_NAME'] must be"),
        (
            {"TOKEN_OBTAIN_SERIALIZER": "my.Serializer"},
            "SIMPLE_JWT['TOKEN_OBTAIN_SERIALIZER'] must",
        ),
        ({"AUTH_TOKEN_CLASSES": ["ninja_jwt.tokens.RefreshToken"]}, "SIMPLE_JWT['AUTH_TOKEN_CLASS"),
        ({"USER_AUTHENTICATION_RULE": "no.where"}, "SIMPLE_JWT['USER_AUTHENTICATION_RULE'] cannot"),
    ],
)
def test_n18_a_bad_setting_is_named_and_stops_start_up(given: dict[str, Any], message: str) -> None:
    said = refused(SIMPLE_JWT=given)
    assert said.startswith(message)
    assert KEY not in said


def test_a_pair_of_keys() -> None:
    private = jose.Key.generate("ES256")
    other = jose.Key.generate("ES256")
    said = {"ALGORITHM": "ES256", "SIGNING_KEY": private.to_pem()}
    assert rules(SIMPLE_JWT={**said, "VERIFYING_KEY": private.public().to_pem()}).KEYS
    message = refused(SIMPLE_JWT={**said, "VERIFYING_KEY": other.public().to_pem()})
    assert message == "SIMPLE_JWT['VERIFYING_KEY'] must belong to SIMPLE_JWT['SIGNING_KEY']."


def test_a_rule_of_the_site_lets_nobody_in_who_is_inactive() -> None:
    class Somebody:
        is_active = False

    rule = rules(SIMPLE_JWT={"USER_AUTHENTICATION_RULE": lambda user: True})
    assert rule.USER_AUTHENTICATION_RULE is not None
    assert not rule.USER_AUTHENTICATION_RULE(Somebody())


def old_tokens(**given: Any) -> dict[str, Any]:
    with override_settings(SIMPLE_JWT={"ACCEPT_OLD_TOKENS_UNTIL": UNTIL, **given}):
        assert conf.engine()
        (profile,) = conf.given()["ACCEPT_LEGACY"].value
    return dict(profile)


def test_tokens_of_before_the_move_are_read_by_the_settings_that_made_them(
    settings: Settings,
) -> None:
    assert rules().ACCEPT_LEGACY == ()
    assert old_tokens() == {
        "KEYS": [settings.SECRET_KEY],
        "ALGORITHM": "HS256",
        "ISSUER": None,
        "AUDIENCE": None,
        "TOKEN_TYPE_CLAIM": "token_type",
        "USER_ID_CLAIM": "user_id",
        "SESSION_ID_CLAIM": None,
        "PASSWORD_CLAIM": None,
        "UNTIL": UNTIL,
    }
    assert old_tokens(CHECK_REVOKE_TOKEN=True)["PASSWORD_CLAIM"] == "hash_password"
    named = old_tokens(CHECK_REVOKE_TOKEN=True, REVOKE_TOKEN_CLAIM="revoke")
    assert named["PASSWORD_CLAIM"] == "revoke"
    key = jose.Key.generate("ES256")
    private, public = key.to_pem(), key.public().to_pem()
    given = {
        "ALGORITHM": "ES256",
        "SIGNING_KEY": private,
        "ISSUER": "https://site.example",
        "AUDIENCE": ["api", "app"],
        "TOKEN_TYPE_CLAIM": "kind",
        "USER_ID_CLAIM": "uid",
    }
    assert old_tokens(**given)["KEYS"] == [private]
    profile = old_tokens(**given, VERIFYING_KEY=public)
    assert (profile["KEYS"], profile["ALGORITHM"]) == ([public], "ES256")
    # Its tokens name all of them.
    assert (profile["ISSUER"], profile["AUDIENCE"]) == ("https://site.example", "api")
    assert (profile["TOKEN_TYPE_CLAIM"], profile["USER_ID_CLAIM"]) == ("kind", "uid")


def test_a_date_that_is_none() -> None:
    for value in ("2030-01-01", UNTIL.replace(tzinfo=None), 5):
        message = refused(SIMPLE_JWT={"ACCEPT_OLD_TOKENS_UNTIL": value})
        assert message.startswith("SIMPLE_JWT['ACCEPT_OLD_TOKENS_UNTIL'] must be a datetime")
    message = refused(
        SIMPLE_JWT={"ACCEPT_OLD_TOKENS_UNTIL": UNTIL}, TEGATA={"SESSION_CHECK": "off"}
    )
    assert message.startswith("SIMPLE_JWT['ACCEPT_OLD_TOKENS_UNTIL'] needs rows of sessions")
