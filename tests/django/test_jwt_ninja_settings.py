"""What the `JWT_…` settings of jwt-ninja become, and which of them stop start-up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from tegata import conf, jose
from tegata.compat.jwt_ninja import translation
from tegata.compat.jwt_ninja.settings import PREFIX, SETTINGS, jwt_settings
from tegata.internal import location
from tegata.payload import JWTPayload

KEY = "a key for tests only, of more than 32 bytes"


@pytest.fixture(autouse=True)
def facade() -> Iterator[None]:
    """As with `"jwt_ninja"` in `INSTALLED_APPS`."""
    conf.translate(PREFIX, translation.translated)
    yield
    conf._translations.clear()
    conf._clear()


def rules(settings: Settings, **given: Any) -> conf.Settings:
    for name, value in given.items():
        setattr(settings, name, value)
    assert conf.engine()
    assert conf.cookies()
    return conf.current()


def test_without_any_the_defaults_are_those_of_its_page(settings: Settings) -> None:
    found = rules(settings)
    assert found.KEYS is None
    assert found.ROTATE_REFRESH_TOKENS is False
    assert found.REFRESH_TOKEN_LIFETIME == found.SESSION_LIFETIME == timedelta(hours=365)
    assert timedelta(minutes=5) == found.ACCESS_TOKEN_LIFETIME
    assert found.PAYLOAD_CLASS is JWTPayload
    assert len(found.ACCEPT_LEGACY) == 1


def test_each_by_its_key(settings: Settings) -> None:
    found = rules(
        settings,
        JWT_SECRET_KEY=KEY,
        JWT_ISSUER="https://site.example",
        JWT_AUDIENCE="api",
        JWT_LEEWAY_SECONDS=3,
        JWT_ACCESS_TOKEN_EXPIRE_SECONDS=60,
        JWT_REFRESH_TOKEN_EXPIRE_SECONDS=7200,
        JWT_SESSION_EXPIRE_SECONDS=3600,
        JWT_ROTATE_REFRESH_TOKENS=True,
        JWT_REFRESH_TOKEN_REUSE_GRACE_SECONDS=5,
        JWT_MAX_TOKEN_LENGTH=4096,
        JWT_MAX_ACTIVE_SESSIONS=20,
        JWT_MAX_USERNAME_LENGTH=10,
    )
    assert found.KEYS == [KEY]
    assert (found.ISSUER, found.AUDIENCE) == ("https://site.example", ["api"])
    assert timedelta(seconds=3) == found.LEEWAY
    assert timedelta(minutes=1) == found.ACCESS_TOKEN_LIFETIME
    # No token outlives its session.
    assert found.REFRESH_TOKEN_LIFETIME == found.SESSION_LIFETIME == timedelta(hours=1)
    assert found.ROTATE_REFRESH_TOKENS is True
    assert timedelta(seconds=5) == found.REFRESH_GRACE
    assert (found.MAX_TOKEN_LENGTH, found.MAX_SESSIONS_PER_USER) == (4096, 20)
    assert found.LOGIN_SCHEMA.model_validate({"username": "a" * 10, "password": "b"})
    with pytest.raises(ValueError, match="username"):
        found.LOGIN_SCHEMA.model_validate({"username": "a" * 11, "password": "b"})
    assert len(found.ACCEPT_LEGACY) == 2


def test_the_defaults_of_2_0_written_out(settings: Settings) -> None:
    for name, each in SETTINGS.items():
        if name not in ("SECRET_KEY", "ISSUER", "AUDIENCE"):
            setattr(settings, f"JWT_{name}", each.default)
    settings.JWT_LOGIN_THROTTLE_RATE = None
    assert rules(settings, JWT_SECRET_KEY=KEY, JWT_ISSUER="i", JWT_AUDIENCE="a").KEYS == [KEY]


def test_sessions_that_never_end(settings: Settings) -> None:
    assert rules(settings, JWT_SESSION_EXPIRE_SECONDS=0).SESSION_LIFETIME.days == 3650


def test_a_refresh_token_may_live_long(settings: Settings) -> None:
    """As on a site with an earlier release, whose sessions had no end."""
    year = timedelta(days=365)
    found = rules(settings, JWT_REFRESH_TOKEN_EXPIRE_SECONDS=365 * 86400)
    assert (year, year) == (found.REFRESH_TOKEN_LIFETIME, found.SESSION_LIFETIME)


def test_the_secret_key_itself_signs_nothing(settings: Settings) -> None:
    """`JWT_SECRET_KEY = SECRET_KEY`, as the page has it."""
    assert rules(settings, JWT_SECRET_KEY=settings.SECRET_KEY).KEYS is None


def test_an_asymmetric_pair(settings: Settings) -> None:
    private = jose.Key.generate("ES256")
    pem, public = private.to_pem(), private.public().to_pem()
    names = {"JWT_ALGORITHM": "ES256", "JWT_SECRET_KEY": pem}
    assert [pem] == rules(settings, **names, JWT_VERIFYING_KEY=public).KEYS
    other = jose.Key.generate("ES256").public().to_pem()
    with pytest.raises(ImproperlyConfigured, match="JWT_VERIFYING_KEY must belong to"):
        rules(settings, **names, JWT_VERIFYING_KEY=other)


def test_tegata_wins(settings: Settings) -> None:
    given = {"ISSUER": "ours", "ROTATE_REFRESH_TOKENS": True}
    found = rules(settings, TEGATA=given, JWT_ISSUER="theirs")
    assert (found.ISSUER, found.ROTATE_REFRESH_TOKENS) == ("ours", True)


def test_the_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY", KEY)
    monkeypatch.setenv("JWT_ACCESS_TOKEN_EXPIRE_SECONDS", "60")
    monkeypatch.setenv("JWT_ROTATE_REFRESH_TOKENS", "true")
    # N6: only what begins with the prefix counts.
    monkeypatch.setenv("ISSUER", "theirs")
    found = rules(settings)
    assert found.KEYS == [KEY]
    assert timedelta(minutes=1) == found.ACCESS_TOKEN_LIFETIME
    assert (found.ROTATE_REFRESH_TOKENS, found.ISSUER) == (True, "tegata")
    assert rules(settings, JWT_ACCESS_TOKEN_EXPIRE_SECONDS=90).ACCESS_TOKEN_LIFETIME.seconds == 90


def test_changes_are_followed(settings: Settings) -> None:
    """N9: a setting that a test overrides takes effect."""
    assert rules(settings, JWT_ACCESS_TOKEN_EXPIRE_SECONDS=60).ACCESS_TOKEN_LIFETIME.seconds == 60
    assert rules(settings, JWT_ACCESS_TOKEN_EXPIRE_SECONDS=90).ACCESS_TOKEN_LIFETIME.seconds == 90
    assert jwt_settings.ACCESS_TOKEN_EXPIRE_SECONDS == 90


def test_old_tokens_until_a_day(settings: Settings) -> None:
    until = datetime(2030, 1, 1, tzinfo=UTC)
    assert rules(settings, JWT_ACCEPT_OLD_TOKENS_UNTIL=until).ACCEPT_LEGACY
    with pytest.raises(ImproperlyConfigured, match="JWT_ACCEPT_OLD_TOKENS_UNTIL must be"):
        rules(settings, JWT_ACCEPT_OLD_TOKENS_UNTIL="2030")


def test_without_rows_of_sessions_there_are_no_old_tokens(settings: Settings) -> None:
    assert rules(settings, TEGATA={"SESSION_CHECK": "off"}).ACCEPT_LEGACY == ()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("JWT_SECRET_KEY", "short", "JWT_SECRET_KEY: "),
        ("JWT_SECRET_KEY", "", "JWT_SECRET_KEY must be a text"),
        ("JWT_SECRET_KEY", 1, "JWT_SECRET_KEY must be a text"),
        ("JWT_VERIFYING_KEY", KEY, "JWT_VERIFYING_KEY must belong to JWT_SECRET_KEY"),
        ("JWT_ALGORITHM", "none", "JWT_ALGORITHM must be one of"),
        ("JWT_ALGORITHM", "RS256", "JWT_SECRET_KEY: "),
        ("JWT_ISSUER", "", "JWT_ISSUER must not be empty"),
        ("JWT_LEEWAY_SECONDS", 300, "JWT_LEEWAY_SECONDS must be from 0 to 120 seconds"),
        ("JWT_ACCESS_TOKEN_EXPIRE_SECONDS", "60", "JWT_ACCESS_TOKEN_EXPIRE_SECONDS must be a"),
        ("JWT_REFRESH_TOKEN_EXPIRE_SECONDS", True, "JWT_REFRESH_TOKEN_EXPIRE_SECONDS must be a"),
        ("JWT_SESSION_EXPIRE_SECONDS", -1, "JWT_SESSION_EXPIRE_SECONDS must be a number"),
        ("JWT_ROTATE_REFRESH_TOKENS", "yes", "JWT_ROTATE_REFRESH_TOKENS must be True or False"),
        ("JWT_MAX_TOKEN_LENGTH", 100, "JWT_MAX_TOKEN_LENGTH must be from 512"),
        ("JWT_MAX_PASSWORD_LENGTH", 0, "JWT_MAX_PASSWORD_LENGTH must be an integer"),
        ("JWT_MAX_ACTIVE_SESSIONS", "20", "JWT_MAX_ACTIVE_SESSIONS must be an integer"),
        ("JWT_USER_LOGIN_AUTHENTICATOR", "no.where", "JWT_USER_LOGIN_AUTHENTICATOR cannot be"),
        ("JWT_PAYLOAD_CLASS", "datetime.date", "JWT_PAYLOAD_CLASS must be a subclass"),
        ("JWT_LOGIN_SCHEMA", "datetime.date", "JWT_LOGIN_SCHEMA must be a pydantic model"),
        ("JWT_REFRESH_TOKEN_TRANSPORT", "header", "JWT_REFRESH_TOKEN_TRANSPORT must be one of"),
        ("JWT_REFRESH_COOKIE_HTTPONLY", False, "JWT_REFRESH_COOKIE_HTTPONLY must be True"),
        ("JWT_REFRESH_COOKIE_PATH", "auth", "JWT_REFRESH_COOKIE_PATH must be a path"),
        ("JWT_REFRESH_COOKIE_SECURE", "yes", "JWT_REFRESH_COOKIE_SECURE must be True or False"),
        ("JWT_REFRESH_COOKIE_SAMESITE", "none", "JWT_REFRESH_COOKIE_SAMESITE must be one of"),
        ("JWT_REFRESH_COOKIE_DOMAIN", "a b", "JWT_REFRESH_COOKIE_DOMAIN is no domain"),
        ("JWT_REFRESH_COOKIE_NAME", "a b", "JWT_REFRESH_COOKIE_NAME must be letters"),
        ("JWT_TRUSTED_PROXY_CIDRS", ["10.0.0.0/99"], "JWT_TRUSTED_PROXY_CIDRS has an entry"),
        ("JWT_TRUSTED_PROXY_CIDRS", None, "JWT_TRUSTED_PROXY_CIDRS must be a string or"),
        ("JWT_PERSIST_CLIENT_IP", "no", "JWT_PERSIST_CLIENT_IP must be True or False"),
        ("JWT_THROTTLE_CACHE_ALIAS", "nowhere", "JWT_THROTTLE_CACHE_ALIAS must be one of CACHES"),
        ("JWT_LOGIN_THROTTLE_RATE", "5/day", "JWT_LOGIN_THROTTLE_RATE must be a rate"),
        ("JWT_GEOLOCATION_PROVIDER", "no.where", "JWT_GEOLOCATION_PROVIDER cannot be imported"),
        (
            "JWT_GEOLOCATION_PROVIDER",
            "jwt_ninja.geolocation.ipapi_co_geolocator",
            "JWT_GEOLOCATION_PROVIDER is",
        ),
    ],
)
def test_a_bad_one_is_named(settings: Settings, name: str, value: Any, message: str) -> None:
    if name not in ("JWT_SECRET_KEY", "JWT_ALGORITHM"):
        settings.JWT_SECRET_KEY = "another key for tests, of more than 32 bytes"
    with pytest.raises(ImproperlyConfigured) as refused:
        rules(settings, **{name: value})
    assert str(refused.value).startswith(message)
    assert "key for tests" not in str(refused.value)


def test_two_libraries_that_contradict_each_other(settings: Settings) -> None:
    def other() -> dict[str, conf.Translated]:
        return {
            "ISSUER": conf.Translated("OTHER_ISSUER", "theirs"),
            "ROTATE_REFRESH_TOKENS": conf.Translated("OTHER_ROTATION", True, is_explicit=False),
        }

    conf.translate("OTHER_", other)
    assert rules(settings).ISSUER == "theirs"
    with pytest.raises(ImproperlyConfigured, match=r"Set TEGATA\['ISSUER'\]"):
        rules(settings, JWT_ISSUER="ours")
    assert rules(settings, TEGATA={"ISSUER": "this"}).ISSUER == "this"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("5/min", "5/m"),
        ("5/m", "5/m"),
        ("10/2hour", "10/2h"),
        ("3/30sec", "3/30s"),
        ("0", None),
        (None, None),
    ],
)
def test_rates(theirs: str | None, ours: str | None) -> None:
    assert translation._rate("JWT_LOGIN_THROTTLE_RATE", theirs) == ours


@pytest.mark.parametrize("bad", ["5", "five/min", "5/day", "5/min/min", "-1/m", 5, ["5/m"]])
def test_what_is_no_rate(bad: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="JWT_LOGIN_THROTTLE_RATE must be a rate"):
        translation._rate("JWT_LOGIN_THROTTLE_RATE", bad)


def anywhere(address: str) -> dict[str, str]:
    """A provider of locations."""
    if address == "9.9.9.9":
        raise OSError(address)
    return {"city": "Zürich"}


def test_a_provider_of_locations(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    from tegata.compat.jwt_ninja import geolocation

    assert geolocation.locate("8.8.8.8") is None
    settings.JWT_GEOLOCATION_PROVIDER = f"{__name__}.anywhere"
    assert translation._provider("a", "datetime.date") == f"{geolocation.__name__}.locate"
    settings.JWT_GEOLOCATION_PROVIDER = anywhere
    assert geolocation.locate("8.8.8.8") == {"city": "Zürich"}
    for nowhere in ("10.0.0.1", "127.0.0.1", "::1", "no address", "9.9.9.9", None):
        assert geolocation.resolve_location(nowhere) is None
    assert "9.9.9.9" not in caplog.text
    with pytest.raises(ImproperlyConfigured, match="JWT_GEOLOCATION_PROVIDER cannot be imported"):
        translation._provider("JWT_GEOLOCATION_PROVIDER", "no.where")


def test_limits_proxies_and_addresses(settings: Settings) -> None:
    settings.CACHES = {
        name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        for name in ("default", "attempts")
    }
    found = rules(
        settings,
        JWT_LOGIN_THROTTLE_RATE="3/2min",
        JWT_REFRESH_THROTTLE_RATE=None,
        JWT_THROTTLE_CACHE_ALIAS="attempts",
        JWT_TRUSTED_PROXY_CIDRS=["10.0.0.0/8", "2001:db8::/32"],
        JWT_PERSIST_CLIENT_IP=False,
    )
    assert found.LOGIN_THROTTLE["account_and_address"].limit == 3
    # What jwt-ninja's throttle lacks is on as well.
    assert found.LOGIN_THROTTLE.keys() == {"account_and_address", "account", "address"}
    assert found.REFRESH_THROTTLE == {}
    assert found.THROTTLE_CACHE == "attempts"
    assert found.TRUSTED_PROXIES == ["10.0.0.0/8", "2001:db8::/32"]
    assert found.STORE_ADDRESS is False


def test_limits_proxies_and_addresses_of_the_environment(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JWT_LOGIN_THROTTLE_RATE", "3/min")
    monkeypatch.setenv("JWT_TRUSTED_PROXY_CIDRS", '["10.0.0.0/8"]')
    monkeypatch.setenv("JWT_PERSIST_CLIENT_IP", "false")
    found = rules(settings)
    assert found.LOGIN_THROTTLE["account_and_address"].limit == 3
    assert (found.TRUSTED_PROXIES, found.STORE_ADDRESS) == (["10.0.0.0/8"], False)


def nowhere(address: str) -> dict[str, str]:
    """A provider of locations."""
    return {"city": f"of {address}", "country_code": "XX"}


def test_a_provider_of_locations_is_asked_of_public_addresses_only(settings: Settings) -> None:
    settings.JWT_GEOLOCATION_PROVIDER = f"{__name__}.nowhere"
    assert rules(settings).LOCATION
    found = {"city": "of 8.8.8.8", "country_code": "XX"}
    assert (location.locate("8.8.8.8"), location.locate("10.0.0.1")) == (found, None)


def test_refresh_tokens_in_cookies(settings: Settings, db: None) -> None:
    get_user_model().objects.create_user("alice", password="correct horse")
    found = rules(
        settings,
        JWT_REFRESH_TOKEN_TRANSPORT="cookie",
        JWT_REFRESH_COOKIE_SAMESITE="Strict",
        JWT_ROTATE_REFRESH_TOKENS=True,
    )
    assert (found.TRANSPORT, found.REFRESH_TRANSPORT) == ("header", "cookie")
    client = Client(enforce_csrf_checks=True)
    body = {"username": "alice", "password": "correct horse"}

    def post(path: str, body: object = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = "" if body is None else json.dumps(body)
        return client.post(f"/api/auth/{path}", content, "application/json", headers=named)

    # What 2.0 does: no login without the token of `csrf/`, and its access token in the body.
    assert post("login/", body).json()["error_code"] == "csrf_failed"
    token = client.get("/api/auth/csrf/").json()["csrf_token"]
    answer = post("login/", body, X_CSRFToken=token)
    assert set(answer.json()) == {"access_token"}
    cookie = answer.cookies["refresh_token"]
    # And what it does not: a logout sees the cookie (J3).
    assert (cookie["path"], cookie["samesite"]) == ("/api/auth/", "Strict")
    assert cookie["httponly"] is cookie["secure"] is True

    assert post("refresh/", {}).json()["error_code"] == "csrf_failed"
    answer = post("refresh/", {}, X_CSRFToken=token)
    assert set(answer.json()) == {"access_token"}
    access = answer.json()["access_token"]
    answer = post("logout/", Authorization=f"Bearer {access}")
    assert answer.status_code == 200
    assert answer.cookies["refresh_token"]["max-age"] == 0


def test_a_cookie_by_its_settings_of_jwt_ninja(settings: Settings) -> None:
    rules(
        settings,
        JWT_REFRESH_TOKEN_TRANSPORT="both",
        JWT_REFRESH_COOKIE_NAME="r",
        JWT_REFRESH_COOKIE_SECURE=False,
        JWT_REFRESH_COOKIE_PATH="/auth/refresh/",
        JWT_REFRESH_COOKIE_DOMAIN="example.org",
    )
    cookie = conf.cookies().refresh(conf.current().REFRESH_COOKIE_PATH or "/")
    assert (cookie.name, cookie.path, cookie.domain) == ("r", "/auth/refresh/", "example.org")
    assert not cookie.secure


def test_tegatas_own_transport_wins(settings: Settings) -> None:
    settings.TEGATA = {"TRANSPORT": "cookie"}
    assert rules(settings).REFRESH_TRANSPORT is None
    with pytest.raises(ImproperlyConfigured, match=r"^JWT_REFRESH_TOKEN_TRANSPORT is for sites"):
        rules(settings, JWT_REFRESH_TOKEN_TRANSPORT="cookie")
