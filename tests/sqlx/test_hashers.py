"""Password hashes of either side, by every hasher."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password
from django.test import Client

from tegata.models import Session
from tests.django.helpers import PASSWORD, code, log_in, profile
from tests.sqlx.flow import AT, stamp_of
from tests.sqlx.rust import connected

HASHERS = {
    "argon2id": "Argon2PasswordHasher",
    "bcrypt_sha256": "BCryptSHA256PasswordHasher",
    "pbkdf2_sha256": "PBKDF2PasswordHasher",
    "scrypt": "ScryptPasswordHasher",
}
NAME = "ada@example.com"


WEAK_HASHERS = ("WeakArgon2", "WeakBCryptSHA256", "WeakPBKDF2", "WeakScrypt")


@pytest.mark.parametrize("weak", WEAK_HASHERS)
def test_a_hash_of_django_is_verified_and_stays(ada: Any, weak: str, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"tests.sqlx.weak_hashers.{weak}"]
    ada.set_password(PASSWORD)
    ada.save()
    stored = ada.password

    with connected() as (rust, found):
        known = rust.ask("authenticate", username=NAME, password=PASSWORD)
        assert rust.ask("authenticate", username=NAME, password="wrong") is None
        made = rust.ask("create_user", username="new", password="new secret", at=AT)

    assert known == {"id": ada.pk, "is_active": True, "security_stamp": stamp_of(ada)}
    assert ada.password == stored, "the site's own affair"
    assert weak.removeprefix("Weak").lower() in found["hasher"].lower()
    new = type(ada).objects.get(pk=made["id"])
    assert stamp_of(new) == made["security_stamp"]
    due: list[str] = []
    assert check_password("new secret", new.password, due.append)
    assert due == [], "new ones are of the site's form, so that Django has nothing to upgrade"
    assert not new.is_staff
    assert not new.is_superuser


@pytest.mark.parametrize("hasher", HASHERS)
def test_a_hash_of_rust_is_one_of_django_s(ada: Any, hasher: str, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{HASHERS[hasher]}"]

    iterations = str(PBKDF2PasswordHasher.iterations)
    with connected(hasher=iterations if hasher == "pbkdf2_sha256" else hasher) as (rust, _):
        assert rust.ask("create_user", username="new", password=PASSWORD, at=AT)["is_active"]

    new = type(ada).objects.get(username="new")
    due: list[str] = []
    assert check_password(PASSWORD, new.password, due.append)
    assert due == []


def test_a_hash_that_no_rust_host_knows_lets_nobody_in(ada: Any) -> None:
    with connected(hasher="bcrypt_sha256") as (rust, found):
        assert "Bcrypt" in found["hasher"]
        # By the tests' own hasher, which is MD5.
        assert rust.ask("authenticate", username=NAME, password=PASSWORD) is None


def test_an_upgrade_by_rust_takes_the_sessions_along(
    ada: Any, client: Client, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = [f"tests.sqlx.weak_hashers.{name}" for name in WEAK_HASHERS]
    ada.set_password(PASSWORD)
    ada.save()
    tokens = log_in(client, NAME)

    with connected(hasher="bcrypt_sha256") as (rust, _):
        known = rust.ask("authenticate", username=NAME, password=PASSWORD)

    ada.refresh_from_db()
    assert ada.password.startswith("bcrypt_sha256$$2b$12$")
    assert known["security_stamp"] == stamp_of(ada)
    assert profile(client, tokens["access_token"]).status_code == 200

    with connected() as (rust, _):
        change = {"id": ada.pk, "current": PASSWORD, "new": "another", "spared": None}
        assert rust.ask("change_password", **change, at=AT) is True
    assert code(profile(client, tokens["access_token"])) == (401, "session_expired")
    assert Session.objects.get().end_reason == "password_changed"
