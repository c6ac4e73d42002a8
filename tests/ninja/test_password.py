"""`POST password/`: the caller's password changes, and every other session of the caller ends."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.password_validation import validate_password
from django.test import RequestFactory
from pytest_django import Settings

from tegata.api import password as route
from tegata.models import Session
from tegata.sessions import open_session
from tests.ninja.helpers import PASSWORD, JSONClient, Pair, assert_refused, pair_of

NEW = "a new and better password"
VALIDATORS = "django.contrib.auth.password_validation."


def change(caller: JSONClient, pair: Pair, current: str = PASSWORD, new: str = NEW) -> Any:
    body = {"current_password": current, "new_password": new}
    return caller.post("auth/password/", body, pair.access)


def stored() -> Any:
    return get_user_model().objects.get(username="alice")


def reasons() -> dict[str, str]:
    """Why each session ended."""
    return dict(Session.objects.values_list("pk", "end_reason"))


def assert_nothing_changed(before: AbstractBaseUser, *pairs: Pair) -> None:
    assert stored().password == before.password
    assert reasons() == dict.fromkeys([pair.session_id for pair in pairs], "")


@pytest.mark.parametrize("check", ["request", "cache", "user", "refresh"])
def test_the_other_sessions_end_and_this_one_stays(
    user: Any, other_user: Any, caller: JSONClient, settings: Settings, check: str
) -> None:
    settings.TEGATA = {"SESSION_CHECK": check}
    pair, phone, bobs = caller.log_in(), caller.log_in(), caller.log_in("bob")

    response = change(caller, pair)

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Cache-Control"] == "no-store"
    assert reasons() == {
        pair.session_id: "",
        phone.session_id: "password_changed",
        bobs.session_id: "",
    }
    assert_refused(caller.refresh(phone.refresh), 401, "session_expired")
    assert_refused(caller.post("auth/verify/", {"token": phone.access}), 401, "session_expired")
    for where in ("profile/", "auth/sessions/"):
        assert caller.get(where, pair.access).status_code == 200
    after = pair_of(caller.refresh(pair.refresh))
    # And once more, by what the first one has made.
    assert change(caller, after, current=NEW, new=PASSWORD).status_code == 200
    assert caller.get("auth/sessions/", after.access).status_code == 200


def test_from_then_on_the_new_one_logs_in(pair: Pair, caller: JSONClient) -> None:
    assert change(caller, pair).status_code == 200

    caller.log_in(password=NEW)
    body = {"username": "alice", "password": PASSWORD}
    assert_refused(caller.post("auth/login/", body), 401, "invalid_credentials")


def test_the_same_password_again_ends_the_others_too(pair: Pair, caller: JSONClient) -> None:
    """Whoever changes it wants to be alone."""
    phone = caller.log_in()

    assert change(caller, pair, new=PASSWORD).status_code == 200

    assert reasons() == {pair.session_id: "", phone.session_id: "password_changed"}


@pytest.mark.parametrize("wrong", ["wrong", PASSWORD + " ", PASSWORD.upper(), NEW])
def test_a_wrong_current_password_changes_nothing(
    pair: Pair, caller: JSONClient, wrong: str
) -> None:
    phone, before = caller.log_in(), stored()

    assert_refused(change(caller, pair, current=wrong), 403, "invalid_credentials")

    assert_nothing_changed(before, pair, phone)


def test_who_has_no_password_has_none_to_change(user: Any, caller: JSONClient) -> None:
    user.set_unusable_password()
    user.save()
    pair = login_by_other_means()

    for guess in ("x", "!", stored().password):
        assert_refused(change(caller, pair, current=guess), 403, "invalid_credentials")


def login_by_other_means() -> Pair:
    """A login that no password was checked for."""
    tokens = open_session(RequestFactory().get("/"), stored())
    return Pair(tokens.access_token, str(tokens.refresh_token))


@pytest.fixture
def validators(settings: Settings) -> None:
    """Those of a new Django project."""
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": f"{VALIDATORS}UserAttributeSimilarityValidator"},
        {"NAME": f"{VALIDATORS}MinimumLengthValidator", "OPTIONS": {"min_length": 9}},
        {"NAME": f"{VALIDATORS}CommonPasswordValidator"},
        {"NAME": f"{VALIDATORS}NumericPasswordValidator"},
    ]


@pytest.mark.parametrize(
    ("new", "complaints"),
    [
        ("alice@example.org", ["too similar to the email address"]),
        ("wq8!x", ["too short", "at least 9 characters"]),
        ("passw0rd1", ["too common"]),
        ("12345678", ["too short", "too common", "entirely numeric"]),
    ],
)
def test_the_site_s_validators_say_what_is_wrong(
    pair: Pair, caller: JSONClient, validators: None, new: str, complaints: list[str]
) -> None:
    phone, before = caller.log_in(), stored()

    detail = assert_refused(change(caller, pair, new=new), 422, "invalid_request")

    assert detail.startswith("new_password: ")
    assert all(complaint in detail for complaint in complaints)
    assert new not in detail
    assert_nothing_changed(before, pair, phone)


def test_nobody_learns_by_them_whether_the_current_password_was_right(
    pair: Pair, caller: JSONClient, validators: None
) -> None:
    assert_refused(change(caller, pair, "wrong", "short"), 403, "invalid_credentials")


class Remembering:
    """A validator that is told of a change, as Django tells it."""

    told: list[tuple[str, str]] = []

    def validate(self, password: str, user: Any = None) -> None:
        pass

    def password_changed(self, password: str, user: Any = None) -> None:
        self.told.append((password, user.get_username()))


def test_a_validator_is_told_of_the_change(
    pair: Pair, caller: JSONClient, settings: Settings
) -> None:
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": f"{__name__}.Remembering"}]
    Remembering.told.clear()

    change(caller, pair, current="wrong")
    assert Remembering.told == []
    change(caller, pair)

    assert Remembering.told == [(NEW, "alice")]


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"current_password": PASSWORD},
        {"new_password": NEW},
        {"current_password": PASSWORD, "new_password": ""},
        {"current_password": "", "new_password": NEW},
        {"current_password": PASSWORD, "new_password": NEW + "\0"},
        {"current_password": PASSWORD, "new_password": "x" * 4_097},
        {"current_password": PASSWORD, "new_password": None},
        {"current_password": [PASSWORD], "new_password": NEW},
        [PASSWORD, NEW],
    ],
)
def test_a_bad_body_changes_nothing(pair: Pair, caller: JSONClient, body: Any) -> None:
    before = stored()

    detail = assert_refused(
        caller.post("auth/password/", body, pair.access), 422, "invalid_request"
    )

    assert PASSWORD not in detail
    assert_nothing_changed(before, pair)


def test_the_gate_comes_first(pair: Pair, caller: JSONClient) -> None:
    body = {"current_password": PASSWORD, "new_password": NEW}
    assert_refused(caller.post("auth/password/", body), 401, "missing_token")
    refused = caller.post("auth/password/", body, pair.refresh)
    assert_refused(refused, 401, "invalid_token_type")


def test_an_outdated_hash_of_the_current_one_will_do(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    """Checking it upgrades the hash, which is replaced at once."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    outdated = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1)
    get_user_model().objects.update(password=outdated)
    pair = login_by_other_means()
    phone = login_by_other_means()

    assert change(caller, pair).status_code == 200

    assert reasons() == {pair.session_id: "", phone.session_id: "password_changed"}
    assert stored().check_password(NEW)
    assert caller.get("profile/", pair.access).status_code == 200


@pytest.mark.parametrize("outdated", [False, True])
def test_a_change_that_came_in_meanwhile_is_not_undone(
    pair: Pair,
    caller: JSONClient,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    outdated: bool,
) -> None:
    """Whoever knows the old password must not win against its owner, who has just reset it."""
    if outdated:
        monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 1)
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
            "django.contrib.auth.hashers.MD5PasswordHasher",
        ]

    def reset_meanwhile(*args: Any) -> None:
        get_user_model().objects.update(password=make_password("reset by mail"))
        validate_password(*args)

    monkeypatch.setattr(route, "validate_password", reset_meanwhile)

    assert_refused(change(caller, pair), 403, "invalid_credentials")

    assert stored().check_password("reset by mail")
    assert_refused(caller.get("profile/", pair.access), 401, "session_expired")


def test_nothing_of_the_passwords_is_answered_or_logged(
    pair: Pair, caller: JSONClient, validators: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong, weak = "mellon mellon mellon", "alice@example.org1"

    answers = [
        change(caller, pair, current=wrong),
        change(caller, pair, new=weak),
        change(caller, pair, new=NEW * 1_000),
        change(caller, pair, new=NEW + "\0"),
        change(caller, pair),
        change(caller, pair),
    ]

    assert [answer.status_code for answer in answers] == [403, 422, 422, 422, 200, 403]
    shown = "".join(f"{answer.content.decode()}{answer.headers}" for answer in answers)
    shown += caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "/api/auth/password/" in shown
    user = stored()
    secrets = [PASSWORD, NEW, wrong, weak, user.password, user.password.split("$")[-1]]
    assert [secret for secret in secrets if secret in shown] == []
