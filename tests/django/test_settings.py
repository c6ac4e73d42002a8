"""The `TEGATA` dict: defaults, ranges, and mistakes that stop start-up."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from inspect import getdoc
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings
from django.utils import timezone
from pydantic import BaseModel

from tegata import JWTPayload, conf
from tegata._tegata import Rate
from tegata.authenticators import django_user_authenticator
from tegata.schemas import LoginSchema
from tegata.token_user import TokenUser
from tegata.tokens import AccessToken, RefreshToken
from tests.django.helpers import KEYS, claims_of, code, log_in, profile, refresh, run_python

DEFAULTS: dict[str, Any] = {
    "KEYS": None,
    "ALGORITHM": "HS256",
    "ISSUER": "tegata",
    "AUDIENCE": ["tegata"],
    "CLIENT_ID": "tegata",
    "JWKS_MAX_AGE": timedelta(hours=1),
    "KEY_LEAD_TIME": timedelta(days=1),
    "KEY_ROTATION_PERIOD": timedelta(days=90),
    "KEY_RETENTION": None,
    "KEY_RELOAD_INTERVAL": timedelta(seconds=10),
    "LEEWAY": timedelta(seconds=10),
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "SESSION_LIFETIME": timedelta(days=365),
    "SESSION_IDLE_TIMEOUT": None,
    "SESSION_RETENTION": timedelta(days=30),
    "MAX_SESSIONS_PER_USER": None,
    "SESSION_CHECK": "request",
    "SESSION_CACHE": None,
    "SESSION_CACHE_LIFETIME": timedelta(minutes=1),
    "SESSION_CACHE_FAILURE": "database",
    "ROTATE_REFRESH_TOKENS": True,
    "REFRESH_GRACE": timedelta(seconds=10),
    "MAX_REFRESH_REPEATS": 100,
    "TOKEN_TYPE_CLAIM": "type",
    "USER_ID_CLAIM": "user_id",
    "SESSION_ID_CLAIM": "session_id",
    "GENERATION_CLAIM": "generation",
    "TENANT_CLAIM": "tenant",
    "TENANT": None,
    "SCOPES": {},
    "SCOPES_FOR": None,
    "PAYLOAD_CLASS": JWTPayload,
    "USER_LOGIN_AUTHENTICATOR": django_user_authenticator,
    "LOGIN_SCHEMA": LoginSchema,
    "SLIDING_TOKEN_LIFETIME": timedelta(minutes=5),
    "SLIDING_TOKEN_REFRESH_LIFETIME": timedelta(days=1),
    "AUTH_TOKEN_CLASSES": (AccessToken,),
    "AUTH_HEADER_TYPES": ["Bearer"],
    "TOKEN_USER_CLASS": TokenUser,
    "USER_AUTHENTICATION_RULE": None,
    "USER_ID_FIELD": None,
    "SECURITY_STAMP_FIELDS": (),
    "JSON_ENCODER": None,
    "JWK_URL": None,
    "UPDATE_LAST_LOGIN": True,
    "LOGIN_STEPS": (),
    "CHALLENGE_LIFETIME": timedelta(minutes=5),
    "MAX_TOKEN_LENGTH": 8192,
    "TRUSTED_PROXIES": [],
    "FORWARDED_HEADER": "X-Forwarded-For",
    "STORE_ADDRESS": True,
    "LOCATION": None,
    "LOGIN_THROTTLE": {
        "account_and_address": Rate("5/5m"),
        "account": Rate("100/h"),
        "address": Rate("100/h"),
    },
    "REFRESH_THROTTLE": {"session": Rate("30/m"), "address": Rate("300/m")},
    "THROTTLE_CACHE": "default",
    "THROTTLE_FAILURE": "open",
    "TRANSPORT": "header",
    "REFRESH_TRANSPORT": None,
    "ACCESS_COOKIE_NAME": None,
    "REFRESH_COOKIE_NAME": None,
    "REFRESH_COOKIE_PATH": None,
    "COOKIE_SECURE": None,
    "COOKIE_SAMESITE": "Lax",
    "COOKIE_DOMAIN": None,
    "ACCEPT_LEGACY": (),
}

CLAIM_NAMES = (
    "TOKEN_TYPE_CLAIM",
    "USER_ID_CLAIM",
    "SESSION_ID_CLAIM",
    "GENERATION_CLAIM",
    "TENANT_CLAIM",
)
DURATIONS = (
    "LEEWAY",
    "ACCESS_TOKEN_LIFETIME",
    "REFRESH_TOKEN_LIFETIME",
    "SESSION_LIFETIME",
    "SESSION_IDLE_TIMEOUT",
    "SESSION_RETENTION",
    "SESSION_CACHE_LIFETIME",
    "CHALLENGE_LIFETIME",
    "REFRESH_GRACE",
    "SLIDING_TOKEN_LIFETIME",
    "SLIDING_TOKEN_REFRESH_LIFETIME",
    "JWKS_MAX_AGE",
    "KEY_LEAD_TIME",
    "KEY_ROTATION_PERIOD",
    "KEY_RETENTION",
    "KEY_RELOAD_INTERVAL",
)
# For these, `None` is a value too.
OPTIONAL = {"KEY_RETENTION", "SESSION_IDLE_TIMEOUT", "SESSION_RETENTION"}


async def awaited(*_: Any) -> None:
    """Nobody would await it."""


class Awaited:
    """An object whose call would have to be awaited."""

    async def __call__(self, *_: Any) -> None: ...


async def an_async_hook(address: str) -> None:
    """Nothing would await it."""


WRONG: list[tuple[str, Any]] = [
    *(("KEYS", value) for value in (5, "s" * 40, b"s" * 40, {}, [], (), [5], [None], [["s" * 40]])),
    *(("ALGORITHM", value) for value in (5, None, "", "none", "hs256", "HS999", "RS256")),
    *((name, value) for name in ("ISSUER", "CLIENT_ID") for value in (5, None, "", b"tegata", [])),
    *(("AUDIENCE", value) for value in (5, None, "", [], [""], ["a", ""], ["a", 5], {"a"})),
    *((name, value) for name in DURATIONS for value in ("5", True, -1, float("nan"), [5])),
    *((name, None) for name in DURATIONS if name not in OPTIONAL),
    *((name, timedelta(microseconds=-1)) for name in DURATIONS),
    *((name, value) for name in DURATIONS for value in (float("inf"), 10**30, -(10**30))),
    *(("LEEWAY", value) for value in (120.1, timedelta(seconds=121), timedelta.max)),
    ("JWKS_MAX_AGE", timedelta(days=7, seconds=1)),
    *(("KEY_LEAD_TIME", value) for value in (0, timedelta(hours=1, seconds=19))),
    *(("KEY_ROTATION_PERIOD", value) for value in (0, timedelta(days=1), timedelta.max)),
    *(("KEY_RETENTION", value) for value in (0, timedelta(days=14, seconds=9), timedelta.max)),
    *(("KEY_RELOAD_INTERVAL", value) for value in (0, 3601)),
    *(("ACCESS_TOKEN_LIFETIME", value) for value in (0, 0.5, timedelta(days=14, seconds=1))),
    ("REFRESH_TOKEN_LIFETIME", timedelta(days=365, seconds=1)),
    *(("SESSION_LIFETIME", value) for value in (timedelta(days=3651), timedelta.max)),
    *(("SESSION_IDLE_TIMEOUT", value) for value in (0, 0.5, timedelta(days=365, seconds=1))),
    *(("SESSION_CACHE_LIFETIME", value) for value in (0, 0.5, 3600.5, timedelta(hours=2))),
    *(("REFRESH_GRACE", value) for value in (300.5, timedelta(seconds=301))),
    *(("SESSION_CHECK", value) for value in (5, None, True, "", "Request", "always", ["request"])),
    *(("SESSION_CACHE", value) for value in (5, "", "nowhere", ["default"])),
    *(("SESSION_CACHE_FAILURE", value) for value in (5, None, "", "open", "DATABASE")),
    *(("MAX_SESSIONS_PER_USER", value) for value in ("5", True, 1.0, 0, -1, [5])),
    *(("MAX_REFRESH_REPEATS", value) for value in ("5", None, True, 1.0, 0, -1, 10_001, 10**30)),
    *((name, value) for name in CLAIM_NAMES for value in (5, None, "", "sub", "exp", "client_id")),
    ("SESSION_ID_CLAIM", "user_id"),
    *(("TENANT_CLAIM", value) for value in ("scope", "generation")),
    *(
        (name, value)
        for name in ("TENANT", "SCOPES_FOR")
        for value in (5, "acme", "no.such.function", awaited, Awaited())
    ),
    ("SCOPES_FOR", lambda *_: []),  # without a catalogue
    *(
        ("SCOPES", value)
        for value in (5, "a", ["a"], {1: ""}, {"": ""}, {"a b": ""}, {'a"': ""}, {"é": ""})
    ),
    *(("SCOPES", {"a": value}) for value in (None, 5, ["a"])),
    *(("PAYLOAD_CLASS", value) for value in (5, None, "no.such.Class", BaseModel, LoginSchema)),
    ("PAYLOAD_CLASS", "tegata.schemas.LoginSchema"),
    *(("USER_LOGIN_AUTHENTICATOR", value) for value in (5, None, "nowhere", "no.such.function")),
    *(
        ("LOGIN_SCHEMA", value)
        for value in (5, None, int, dict, "no.such.Schema", LoginSchema.model_validate)
    ),
    *(
        (name, value)
        for name in ("SLIDING_TOKEN_LIFETIME", "SLIDING_TOKEN_REFRESH_LIFETIME")
        for value in (0, 0.5, timedelta(days=3651))
    ),
    *(("AUTH_TOKEN_CLASSES", value) for value in (5, None, [], dict, [RefreshToken], ["no.where"])),
    *(("AUTH_HEADER_TYPES", value) for value in (5, None, "", [], ["two words"], ["Bearer", 5])),
    *(("TOKEN_USER_CLASS", value) for value in (5, None, "no.such.Class", print)),
    *(("USER_AUTHENTICATION_RULE", value) for value in (5, "no.such.rule", "nowhere")),
    *(("USER_ID_FIELD", value) for value in (5, ["id"], b"id")),
    *(("SECURITY_STAMP_FIELDS", value) for value in (5, None, "email", ["email", "email"], [5])),
    *(("JSON_ENCODER", value) for value in (5, dict, "json.dumps", "no.such.Encoder")),
    *(("JWK_URL", value) for value in (5, ["https://issuer.example/keys"], b"https://x")),
    *(
        (name, value)
        for name in ("ROTATE_REFRESH_TOKENS", "UPDATE_LAST_LOGIN")
        for value in (1, None, "no")
    ),
    *(("CHALLENGE_LIFETIME", value) for value in (0, 9.5, 3600.5, timedelta(hours=2))),
    *(("LOGIN_STEPS", value) for value in (5, None, "no.such.step", {}, [5], [None], [int])),
    *(("LOGIN_STEPS", [value]) for value in ("nowhere", "no.such.Step", LoginSchema, lambda: None)),
    *(
        ("MAX_TOKEN_LENGTH", value)
        for value in ("8192", None, True, 8192.0, -1, 511, 65_537, 10**30)
    ),
    *(
        ("TRUSTED_PROXIES", value)
        for value in (5, None, "", "nginx", ["10.0.0.1/8"], ["::/0"], [5])
    ),
    *(("FORWARDED_HEADER", value) for value in (5, None, "", "X-Real-IP", "x-forwarded-for")),
    *(("STORE_ADDRESS", value) for value in (1, None, "no")),
    *(("LOCATION", value) for value in (5, "nowhere", "no.such.function", an_async_hook)),
    *(
        (name, value)
        for name in ("LOGIN_THROTTLE", "REFRESH_THROTTLE")
        for value in (5, True, "", "5", "5/w", "0/m", "5/2d", [], {"user": "5/m"}, {"address": 5})
    ),
    *(("THROTTLE_CACHE", value) for value in (5, None, "", "nowhere")),
    *(("THROTTLE_FAILURE", value) for value in (5, None, "", "database")),
    # What browsers would not keep is in test_cookie_settings.py.
    *(("TRANSPORT", value) for value in (5, None, "", "cookies", "Header")),
    *(("REFRESH_TRANSPORT", value) for value in (5, "", "header", ["cookie"])),
    *(
        (name, value)
        for name in ("ACCESS_COOKIE_NAME", "REFRESH_COOKIE_NAME", "COOKIE_DOMAIN")
        for value in (5, b"x", ["x"])
    ),
    *(("REFRESH_COOKIE_PATH", value) for value in (5, "", "auth/", "/a;b", "/ü/")),
    *(("COOKIE_SECURE", value) for value in (1, "yes")),
    *(("COOKIE_SAMESITE", value) for value in (5, None, False, "", "lax")),
    # More of them in test_accept_legacy.py.
    *(("ACCEPT_LEGACY", value) for value in (5, "a key", {"KEYS": ["a key"]}, [None])),
]


def test_an_empty_dict_gives_the_documented_defaults() -> None:
    with override_settings(TEGATA={}):
        rules = conf.current()
        assert {each.name: getattr(rules, each.name) for each in fields(rules)} == DEFAULTS
        assert conf.engine().signing_key(timezone.now()).algorithm == "HS256"


def test_no_dict_at_all_gives_the_defaults_too(settings: Any) -> None:
    settings.TEGATA = {}
    del settings.TEGATA

    assert timedelta(minutes=5) == conf.current().ACCESS_TOKEN_LIFETIME


def test_no_repr_shows_a_key() -> None:
    with override_settings(TEGATA={"KEYS": ["a secret that is long enough to be one"]}):
        shown = repr((conf.current(), conf.given(), conf.engine()))
    assert "ISSUER" in shown
    assert "a secret" not in shown


def test_every_setting_is_described() -> None:
    described = re.findall(r"^ {4}([A-Z_]+):", getdoc(conf.Settings) or "", re.MULTILINE)

    assert described == [each.name for each in fields(conf.Settings)]


def test_every_setting_has_wrong_values_in_this_file() -> None:
    assert {name for name, _ in WRONG} == set(DEFAULTS)


@pytest.mark.parametrize(("name", "value"), WRONG, ids=lambda value: str(value)[:40])
def test_a_wrong_value_stops_start_up_and_is_named(name: str, value: Any) -> None:
    with (
        override_settings(TEGATA={name: value}),
        pytest.raises(ImproperlyConfigured) as raised,
    ):
        conf.engine()

    message = str(raised.value)
    # A lifetime may not be shorter than the one below it, whose name the message can bear.
    below = {
        "REFRESH_TOKEN_LIFETIME": "ACCESS_TOKEN_LIFETIME",
        "SESSION_LIFETIME": "REFRESH_TOKEN_LIFETIME",
    }
    assert message.startswith((f"TEGATA['{name}']", f"TEGATA['{below.get(name, name)}']"))
    assert message.endswith(".")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISSUER", "\ud800"),
        ("CLIENT_ID", "\ud800"),
        ("AUDIENCE", ["\ud800"]),
        ("ALGORITHM", "\ud800"),
        ("USER_ID_CLAIM", "\ud800"),
    ],
)
def test_a_lone_surrogate_is_named_like_any_other_mistake(name: str, value: Any) -> None:
    with (
        override_settings(TEGATA={name: value}),
        pytest.raises(ImproperlyConfigured, match=rf"^TEGATA\['{name}'\]"),
    ):
        conf.engine()


def test_an_unknown_algorithm_beside_keys_of_ones_own_lists_the_known_ones() -> None:
    with (
        override_settings(TEGATA={"KEYS": ["s" * 40], "ALGORITHM": "HS999"}),
        pytest.raises(
            ImproperlyConfigured,
            match=r"^TEGATA\['ALGORITHM'\] must be one of HS256, HS384, .*, EdDSA, Ed25519\.$",
        ),
    ):
        conf.engine()


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("LEEWAY", 0, timedelta(0)),
        ("LEEWAY", 120, timedelta(seconds=120)),
        ("ACCESS_TOKEN_LIFETIME", 1, timedelta(seconds=1)),
        ("ACCESS_TOKEN_LIFETIME", timedelta(days=14), timedelta(days=14)),
        ("REFRESH_TOKEN_LIFETIME", 300.5, timedelta(seconds=300.5)),
        ("SESSION_LIFETIME", timedelta(days=3650), timedelta(days=3650)),
        ("SESSION_IDLE_TIMEOUT", 1, timedelta(seconds=1)),
        ("SESSION_IDLE_TIMEOUT", timedelta(days=365), timedelta(days=365)),
        ("SESSION_RETENTION", 0, timedelta(0)),
        ("SESSION_RETENTION", None, None),
        ("CHALLENGE_LIFETIME", 10, timedelta(seconds=10)),
        ("CHALLENGE_LIFETIME", 3600, timedelta(hours=1)),
        ("SESSION_CACHE_LIFETIME", 1, timedelta(seconds=1)),
        ("SESSION_CACHE_LIFETIME", 3600, timedelta(hours=1)),
        ("MAX_SESSIONS_PER_USER", 1, 1),
        ("MAX_SESSIONS_PER_USER", 10**30, 10**30),
        ("MAX_REFRESH_REPEATS", 1, 1),
        ("MAX_REFRESH_REPEATS", 10_000, 10_000),
        ("REFRESH_GRACE", 0, timedelta(0)),
        ("REFRESH_GRACE", 300, timedelta(seconds=300)),
        ("AUDIENCE", ("a", "b"), ["a", "b"]),
        ("AUDIENCE", "a", ["a"]),
        ("MAX_TOKEN_LENGTH", 512, 512),
        ("MAX_TOKEN_LENGTH", 65_536, 65_536),
    ],
)
def test_the_edges_of_a_range_belong_to_it(name: str, value: Any, read: Any) -> None:
    with override_settings(TEGATA={name: value}):
        conf.engine()
        assert getattr(conf.current(), name) == read


@pytest.mark.parametrize(
    ("unknown", "nearest"),
    [
        ("ACCES_TOKEN_LIFETIME", "ACCESS_TOKEN_LIFETIME"),
        ("ACCESS_TOKEN_EXPIRE", "ACCESS_TOKEN_LIFETIME"),
        ("ISSUERS", "ISSUER"),
        ("ROTATE_REFRESH_TOKEN", "ROTATE_REFRESH_TOKENS"),
        ("ALGORITHMS", "ALGORITHM"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(unknown: str, nearest: str) -> None:
    with (
        override_settings(TEGATA={unknown: 1}),
        pytest.raises(ImproperlyConfigured) as raised,
    ):
        conf.engine()

    assert f"TEGATA['{unknown}']" in str(raised.value)
    assert f"Did you mean '{nearest}'?" in str(raised.value)


@pytest.mark.parametrize("unknown", ["x", 5, None])
def test_an_unknown_key_near_nothing_lists_all(unknown: Any) -> None:
    with (
        override_settings(TEGATA={unknown: 1}),
        pytest.raises(ImproperlyConfigured) as raised,
    ):
        conf.engine()

    assert all(name in str(raised.value) for name in DEFAULTS)


@pytest.mark.parametrize("value", [None, [], "HS256", 5, [("ISSUER", "x")]])
def test_tegata_must_be_a_dict(value: Any) -> None:
    with (
        override_settings(TEGATA=value),
        pytest.raises(ImproperlyConfigured, match=r"^TEGATA must be a dict\.$"),
    ):
        conf.engine()


def test_naive_datetimes_are_refused() -> None:
    with (
        override_settings(USE_TZ=False),
        pytest.raises(ImproperlyConfigured, match="USE_TZ = True"),
    ):
        conf.engine()


START = "import django; django.setup()"


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ("TEGATA = {'LEEWAY': 121}", "TEGATA['LEEWAY'] must be from 0 to 120 seconds."),
        ("TEGATA = {'ISSUER': ''}", "TEGATA['ISSUER'] must not be empty."),
        ("TEGATA = {'LEWAY': 5}", "Did you mean 'LEEWAY'?"),
        ("TEGATA = ['LEEWAY']", "TEGATA must be a dict."),
        ("TEGATA = {'KEYS': ['short']}", "TEGATA['KEYS'][0]: HS256 needs a secret of at least 32"),
        ("USE_TZ = False", "USE_TZ = True"),
        (
            "TEGATA = {'PAYLOAD_CLASS': 'nowhere.Payload'}",
            "TEGATA['PAYLOAD_CLASS'] cannot be imported",
        ),
    ],
)
def test_a_mistake_stops_a_real_start(tmp_path: Path, lines: str, shown: str) -> None:
    site = tmp_path / "broken_site.py"
    site.write_text(f"from tests.settings import *\n{lines}\n")

    done = run_python("-c", START, settings="broken_site", path=[tmp_path])

    assert done.returncode == 1
    last_line = done.stderr.strip().splitlines()[-1]
    assert last_line.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert shown in last_line


def test_a_site_without_any_setting_of_ours_starts(tmp_path: Path) -> None:
    site = tmp_path / "plain_site.py"
    site.write_text(
        "SECRET_KEY = 'k' * 50\n"
        "INSTALLED_APPS = ['django.contrib.auth', 'django.contrib.contenttypes', 'tegata']\n"
    )

    done = run_python("-c", START, settings="plain_site", path=[tmp_path])

    assert (done.returncode, done.stderr) == (0, "")


def test_overridden_lifetimes_take_effect_and_are_undone(ada: User, client: Client) -> None:
    for seconds in (60, timedelta(seconds=90)):
        lifetimes = {"ACCESS_TOKEN_LIFETIME": seconds, "REFRESH_TOKEN_LIFETIME": timedelta(hours=1)}
        with override_settings(TEGATA=lifetimes):
            tokens = log_in(client)
        access, renewal = claims_of(tokens["access_token"]), claims_of(tokens["refresh_token"])
        expected = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
        assert access["exp"] - access["iat"] == pytest.approx(expected, abs=1)
        assert renewal["exp"] - renewal["iat"] == pytest.approx(3600, abs=1)

    after = claims_of(log_in(client)["access_token"])
    assert after["exp"] - after["iat"] == pytest.approx(300, abs=1)


def test_an_overridden_issuer_takes_effect_and_is_undone(ada: User, client: Client) -> None:
    with override_settings(TEGATA={"ISSUER": "https://elsewhere.example"}):
        tokens = log_in(client)
        assert claims_of(tokens["access_token"])["iss"] == "https://elsewhere.example"
        assert profile(client, tokens["access_token"]).status_code == 200

    assert code(profile(client, tokens["access_token"])) == (401, "invalid_token")
    assert claims_of(log_in(client)["access_token"])["iss"] == "tegata"


def test_overridden_keys_take_effect_and_are_undone(ada: User, client: Client) -> None:
    before = log_in(client)
    with override_settings(TEGATA={"KEYS": [KEYS / "es256.pem"], "ALGORITHM": "ES256"}):
        assert code(profile(client, before["access_token"])) == (401, "invalid_token")
        during = log_in(client)

    assert code(profile(client, during["access_token"])) == (401, "invalid_token")
    assert profile(client, before["access_token"]).status_code == 200


def test_renamed_claims_are_what_the_token_holds(ada: User, client: Client) -> None:
    names = {
        "TOKEN_TYPE_CLAIM": "kind",
        "USER_ID_CLAIM": "uid",
        "SESSION_ID_CLAIM": "sid",
        "GENERATION_CLAIM": "gen",
    }
    with override_settings(TEGATA=names):
        tokens = log_in(client)
        claims = claims_of(tokens["access_token"])
        answer = profile(client, tokens["access_token"])

        assert (claims["kind"], claims["uid"], claims["gen"]) == ("access", ada.pk, 1)
        assert not {"type", "user_id", "session_id", "generation"} & set(claims)
        assert answer.json()["session"] == claims["sid"]  # type: ignore[attr-defined]
        assert refresh(client, tokens["refresh_token"]).status_code == 200


def test_a_client_id_and_several_audiences_go_into_the_token(ada: User, client: Client) -> None:
    with override_settings(TEGATA={"CLIENT_ID": "app", "AUDIENCE": ["api", "files"]}):
        claims = claims_of(log_in(client)["access_token"])

    assert (claims["client_id"], claims["aud"]) == ("app", ["api", "files"])


def test_a_token_longer_than_allowed_is_not_looked_at(ada: User, client: Client) -> None:
    issuer = "i" * 600
    with override_settings(TEGATA={"ISSUER": issuer}):
        access_token = log_in(client)["access_token"]
        assert profile(client, access_token).status_code == 200

    with override_settings(TEGATA={"ISSUER": issuer, "MAX_TOKEN_LENGTH": 512}):
        assert code(profile(client, access_token)) == (401, "invalid_token")
