"""The system checks, each both ways."""

from __future__ import annotations

import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import modify_settings, override_settings

from tegata import JWTPayload, checks, testing
from tests.django.helpers import KEYS, run_python

LONG = "a secret key of fifty characters, or some more yet"


class Team(JWTPayload):
    """A claim that no user model has."""

    team: str


class FilledTeam(Team):
    """The same, filled."""

    @classmethod
    def claims_for(cls, user: Any, request: Any, session: Any) -> dict[str, Any]:
        return {"team": "red"}


class OptionalTeam(JWTPayload):
    """A claim that need not be filled."""

    team: str | None = None


class OfTheUser(JWTPayload):
    """Claims that the user model has: a column, a foreign key's column, and a property."""

    email: str
    is_staff: bool
    is_authenticated: bool


def ids(messages: list[Any]) -> list[str]:
    """What a check found."""
    return [message.id for message in messages]


def test_e001_the_app_of_the_users_is_missing() -> None:
    assert ids(checks.check_installed_apps(None)) == []
    with modify_settings(
        INSTALLED_APPS={"remove": ["django.contrib.auth", "django.contrib.admin"]}
    ):
        assert ids(checks.check_installed_apps(None)) == ["tegata.E001"]


def test_e002_a_required_claim_that_nothing_fills() -> None:
    with override_settings(TEGATA={"PAYLOAD_CLASS": Team}):
        [error] = checks.check_payload_class(None)
    assert error.id == "tegata.E002"
    assert "'team'" in error.msg
    assert "Team.claims_for" in str(error.hint)


@pytest.mark.parametrize("payload_class", [JWTPayload, FilledTeam, OptionalTeam, OfTheUser])
def test_e002_is_silent_where_every_claim_is_filled(payload_class: type[JWTPayload]) -> None:
    with override_settings(TEGATA={"PAYLOAD_CLASS": payload_class}):
        assert ids(checks.check_payload_class(None)) == []


class Tenant(JWTPayload):
    """Nobody has such an attribute; the engine fills it where there are tenants."""

    tenant: str


class Email(JWTPayload):
    """Filled from the user."""

    email: str


class ListedScope(JWTPayload):
    """No text."""

    scope: list[str] = []


class TextScope(JWTPayload):
    """As RFC 9068 has it."""

    scope: str = ""


def tell(*_: Any) -> None:
    """Serves as any callable."""


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ({"PAYLOAD_CLASS": Tenant}, ["tegata.E003"]),
        ({"PAYLOAD_CLASS": Tenant, "TENANT": tell}, []),
        ({"PAYLOAD_CLASS": Tenant, "TENANT_CLAIM": "org"}, []),
        ({"PAYLOAD_CLASS": Email, "TENANT_CLAIM": "email"}, ["tegata.E003"]),
        ({"PAYLOAD_CLASS": Email, "TENANT_CLAIM": "email", "TENANT": tell}, ["tegata.E003"]),
        ({"PAYLOAD_CLASS": Email}, []),
        ({"PAYLOAD_CLASS": ListedScope}, ["tegata.E003"]),
        ({"PAYLOAD_CLASS": TextScope}, []),
        ({"PAYLOAD_CLASS": TextScope, "SCOPES": {"a": ""}}, []),
    ],
)
def test_e003_a_claim_under_a_name_of_the_engines(rules: dict[str, Any], found: list[str]) -> None:
    with override_settings(TEGATA=rules):
        assert ids(checks.check_claim_names(None)) == found


def test_e003_a_scope_filled_from_the_user_where_scopes_are_granted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(get_user_model(), "scope", "mine", raising=False)
    rules = {"PAYLOAD_CLASS": TextScope}
    with override_settings(TEGATA=rules):
        assert ids(checks.check_claim_names(None)) == []
    with override_settings(TEGATA={**rules, "SCOPES": {"a": ""}}):
        assert ids(checks.check_claim_names(None)) == ["tegata.E003"]


def test_e002_counts_what_the_engine_fills() -> None:
    with override_settings(TEGATA={"PAYLOAD_CLASS": Tenant, "TENANT": tell}):
        assert ids(checks.check_payload_class(None)) == []
    with override_settings(TEGATA={"PAYLOAD_CLASS": Tenant}):
        assert ids(checks.check_payload_class(None)) == ["tegata.E002"]


def test_w001_a_secret_key_shorter_than_the_hash() -> None:
    short = "thirty-one bytes are too few!!!"
    for key in (short, short.encode()):
        with override_settings(SECRET_KEY=key):
            assert ids(checks.check_secret_key(None)) == ["tegata.W001"]
        with override_settings(SECRET_KEY=LONG, SECRET_KEY_FALLBACKS=[LONG, key]):
            [warning] = checks.check_secret_key(None)
        assert warning.id == "tegata.W001"
        assert warning.msg.startswith("SECRET_KEY_FALLBACKS")
        assert short not in f"{warning.msg}{warning.hint}"


def test_w001_a_short_secret_key_among_the_keys() -> None:
    with override_settings(SECRET_KEY="short", TEGATA={"KEYS": [LONG, "SECRET_KEY"]}):
        assert ids(checks.check_secret_key(None)) == ["tegata.W001"]


def test_w001_is_silent_for_a_long_key_and_where_keys_are_given() -> None:
    with override_settings(SECRET_KEY=LONG[:32], SECRET_KEY_FALLBACKS=[LONG]):
        assert ids(checks.check_secret_key(None)) == []
    with override_settings(SECRET_KEY="short", TEGATA={"KEYS": [LONG]}):
        assert ids(checks.check_secret_key(None)) == []


UNTHROTTLED: dict[str, Any] = {"LOGIN_THROTTLE": None, "REFRESH_THROTTLE": None}
WELL: dict[str, Any] = {
    "ISSUER": "https://example.com",
    "AUDIENCE": "https://api.example.com",
    **UNTHROTTLED,
}


def test_nothing_is_said_about_a_well_kept_site() -> None:
    with override_settings(SECRET_KEY=LONG, TEGATA=WELL):
        assert ids(checks.check_deployment(None)) == []


@pytest.mark.parametrize(
    ("tegata", "found"),
    [
        ({**UNTHROTTLED, "AUDIENCE": "a"}, "tegata.W002"),
        ({**UNTHROTTLED, "ISSUER": "i"}, "tegata.W003"),
        ({**WELL, "ACCESS_TOKEN_LIFETIME": timedelta(hours=1, seconds=1)}, "tegata.W004"),
        ({**WELL, "ROTATE_REFRESH_TOKENS": False}, "tegata.W005"),
    ],
)
def test_w002_to_w005_each_alone(tegata: dict[str, Any], found: str) -> None:
    with override_settings(SECRET_KEY=LONG, TEGATA=tegata):
        assert ids(checks.check_deployment(None)) == [found]


def test_w004_is_silent_at_an_hour() -> None:
    with override_settings(SECRET_KEY=LONG, TEGATA={**WELL, "ACCESS_TOKEN_LIFETIME": 3600}):
        assert ids(checks.check_deployment(None)) == []


def test_w006_a_secret_key_that_startproject_made() -> None:
    made = "django-insecure-" + "k" * 50
    with override_settings(SECRET_KEY=made, TEGATA=WELL):
        assert ids(checks.check_deployment(None)) == ["tegata.W006"]
    given = {**WELL, "KEYS": [(KEYS / "eddsa.pem").read_text()], "ALGORITHM": "EdDSA"}
    with override_settings(SECRET_KEY=made, TEGATA=given):
        assert ids(checks.check_deployment(None)) == []


@pytest.mark.parametrize(
    ("name", "mode", "found"),
    [
        ("eddsa.pem", 0o600, []),
        ("eddsa.pem", 0o640, []),
        ("eddsa.pem", 0o644, ["tegata.W011"]),
        ("eddsa.pem", 0o602, ["tegata.W011"]),
        # With a public key nobody can sign.
        ("eddsa.pub.pem", 0o644, []),
    ],
)
def test_w011_a_key_file_that_everybody_can_read(
    tmp_path: Path, name: str, mode: int, found: list[str]
) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes((KEYS / name).read_bytes())
    file.chmod(mode)
    for keys in (file, ["SECRET_KEY", file]):
        algorithm = {"ALGORITHM": "EdDSA"}
        with override_settings(SECRET_KEY=LONG, TEGATA={**WELL, **algorithm, "KEYS": keys}):
            assert ids(checks.check_deployment(None)) == found


_BACKENDS = "django.core.cache.backends"
LOCMEM = {"BACKEND": f"{_BACKENDS}.locmem.LocMemCache"}
DUMMY = {"BACKEND": f"{_BACKENDS}.dummy.DummyCache"}
REDIS = {"BACKEND": f"{_BACKENDS}.redis.RedisCache", "LOCATION": "redis://cache.example.com"}


@pytest.mark.parametrize(
    ("cache", "problem"), [(LOCMEM, "in one process only"), (DUMMY, "keeps nothing")]
)
@pytest.mark.parametrize(
    "tegata",
    [{"SESSION_CHECK": "cache"}, {"SESSION_CHECK": "user", "SESSION_CACHE": "default"}],
    ids=["of the site", "of a view"],
)
def test_w007_sessions_in_a_cache_that_no_two_processes_share(
    tegata: dict[str, Any], cache: dict[str, str], problem: str
) -> None:
    with override_settings(
        SECRET_KEY=LONG, CACHES={"default": cache, "shared": REDIS}, TEGATA={**WELL, **tegata}
    ):
        [warning] = checks.check_deployment(None)
    assert warning.id == "tegata.W007"
    assert "'default'" in warning.msg
    assert problem in warning.msg


def test_w007_is_silent_for_a_shared_cache_and_where_none_is_used() -> None:
    caches = {"default": LOCMEM, "shared": REDIS}
    for tegata in ({"SESSION_CHECK": "cache", "SESSION_CACHE": "shared"}, {}):
        with override_settings(SECRET_KEY=LONG, CACHES=caches, TEGATA={**WELL, **tegata}):
            assert ids(checks.check_deployment(None)) == []


@pytest.mark.parametrize(
    ("backend", "problem"),
    [
        ("locmem.LocMemCache", "every process counts for itself"),
        ("dummy.DummyCache", "every process counts for itself"),
        ("db.DatabaseCache", "cannot count in one step"),
        ("filebased.FileBasedCache", "cannot count in one step"),
    ],
)
def test_w008_attempts_counted_where_others_do_not_see_them(backend: str, problem: str) -> None:
    cache = {"BACKEND": f"{_BACKENDS}.{backend}", "LOCATION": "somewhere"}
    for throttle in ("LOGIN_THROTTLE", "REFRESH_THROTTLE"):
        tegata = {**WELL, throttle: "5/m"}
        with override_settings(SECRET_KEY=LONG, CACHES={"default": cache}, TEGATA=tegata):
            [warning] = checks.check_deployment(None)
        assert warning.id == "tegata.W008"
        assert "'default'" in warning.msg
        assert problem in warning.msg


def test_w008_is_silent_for_a_shared_cache() -> None:
    tegata = {**WELL, "LOGIN_THROTTLE": "5/m", "THROTTLE_CACHE": "shared"}
    caches = {"default": LOCMEM, "shared": REDIS}
    with override_settings(SECRET_KEY=LONG, CACHES=caches, TEGATA=tegata):
        assert ids(checks.check_deployment(None)) == []


def test_manage_py_check_is_clean(db: None) -> None:
    told = StringIO()
    call_command("check", fail_level="WARNING", stdout=told, stderr=told)

    assert "no issues" in told.getvalue()


def test_the_checks_are_registered(db: None) -> None:
    with (
        override_settings(TEGATA={"PAYLOAD_CLASS": Team}),
        pytest.raises(SystemCheckError, match=r"tegata\.E002"),
    ):
        call_command("check")


HARDENED = """
from tests.settings import *

SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALLOWED_HOSTS = ["example.com"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
TEGATA = {"ISSUER": "https://example.com", "AUDIENCE": "https://example.com/api"}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://cache.example.com",
    }
}
"""


def test_w020_the_help_for_tests_is_imported_by_a_site(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found() -> bool:
        return "tegata.W020" in ids(checks.check_deployment(None))

    monkeypatch.setitem(sys.modules, "tegata.testing", testing)
    assert not found()
    # As outside of a test run.
    monkeypatch.delattr(mail, "outbox")
    assert found()
    monkeypatch.delitem(sys.modules, "tegata.testing")
    assert not found()


def test_check_deploy_is_clean_for_a_hardened_site(tmp_path: Path) -> None:
    (tmp_path / "hardened.py").write_text(HARDENED)
    command = ("-m", "django", "check", "--deploy", "--fail-level", "WARNING")

    done = run_python(*command, settings="hardened", path=[tmp_path])

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_check_deploy_names_what_is_left_to_do(tmp_path: Path) -> None:
    (tmp_path / "lax.py").write_text(
        HARDENED + "del CACHES\n"
        "SECRET_KEY = 'django-insecure-k'\n"
        "TEGATA = {'ACCESS_TOKEN_LIFETIME': 7200, 'ROTATE_REFRESH_TOKENS': False, "
        "'SESSION_CHECK': 'cache'}\n"
    )

    done = run_python("-m", "django", "check", "--deploy", settings="lax", path=[tmp_path])

    assert done.returncode == 0
    told = done.stderr + done.stdout
    for number in range(1, 9):
        assert f"tegata.W00{number}" in told
    plain = run_python("-m", "django", "check", settings="lax", path=[tmp_path])
    assert "tegata.W001" in plain.stderr
    assert "tegata.W002" not in plain.stderr
