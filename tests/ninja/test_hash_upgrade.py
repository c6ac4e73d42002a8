"""A login that upgrades the stored password hash ends nobody's session; a new password does."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import aauthenticate, authenticate, get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from pytest_django import Settings

from tegata import APIError
from tegata.models import Session
from tests.ninja.helpers import PASSWORD, JSONClient, Pair, assert_refused


@pytest.fixture(autouse=True)
def two_hashers(settings: Settings) -> None:
    """MD5 is preferred, so a login replaces a hash of PBKDF2."""
    hashers = "django.contrib.auth.hashers."
    settings.PASSWORD_HASHERS = [
        f"{hashers}MD5PasswordHasher",
        f"{hashers}PBKDF2PasswordHasher",
    ]


@pytest.fixture
def outdated(user: Any) -> Any:
    """Alice, with a hash that is due for an upgrade."""
    store_outdated_hash(PASSWORD)
    user.refresh_from_db()
    return user


def store_outdated_hash(password: str) -> None:
    hashed = PBKDF2PasswordHasher().encode(password, "salt", iterations=1)
    get_user_model().objects.filter(username="alice").update(password=hashed)


def outdated_login(outdated: Any, caller: JSONClient) -> Pair:
    """A session from before the upgrade: the login goes past the check of the password."""
    pair = caller.log_in()
    store_outdated_hash(PASSWORD)
    # As it was when the session was opened with the outdated hash.
    outdated.refresh_from_db()
    from tegata._tegata import security_stamp
    from tegata.internal.store import user_row

    Session.objects.update(security_stamp=security_stamp(user_row(outdated)))
    return pair


def assert_lives(caller: JSONClient, pair: Pair) -> None:
    assert caller.get("profile/", pair.access).status_code == 200
    assert caller.refresh(pair.refresh).status_code == 200


def assert_ended(caller: JSONClient, pair: Pair) -> None:
    assert_refused(caller.get("profile/", pair.access), 401, "session_expired")
    session = Session.objects.get(pk=pair.session_id)
    assert session.end_reason == "password_changed"
    assert session.expired_at is not None


def with_backends(request: Any, payload: Any) -> Any:
    return authenticate(request, username=payload.username, password=payload.password)


async def with_backends_async(request: Any, payload: Any) -> Any:
    return await aauthenticate(request, username=payload.username, password=payload.password)


@pytest.mark.parametrize("authenticator", [with_backends, with_backends_async])
def test_an_upgrade_ends_no_session(
    outdated: Any, caller: JSONClient, settings: Settings, authenticator: Any
) -> None:
    before = outdated_login(outdated, caller)
    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": authenticator}

    after = caller.log_in()

    outdated.refresh_from_db()
    assert outdated.password.startswith("md5$")
    assert_lives(caller, before)
    assert_lives(caller, after)


def test_the_form_route_upgrades_without_ending_too(outdated: Any, caller: JSONClient) -> None:
    before = outdated_login(outdated, caller)

    response = caller.post_form("auth/token/", username="alice", password=PASSWORD)

    assert response.status_code == 200
    outdated.refresh_from_db()
    assert outdated.password.startswith("md5$")
    assert_lives(caller, before)


def test_a_second_factor_that_is_missing_ends_no_session(
    outdated: Any, caller: JSONClient, settings: Settings
) -> None:
    def second_factor(request: Any, payload: Any) -> Any:
        assert with_backends(request, payload) is not None
        raise APIError("second_factor_required", 401)

    before = outdated_login(outdated, caller)
    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": second_factor}

    body = {"username": "alice", "password": PASSWORD}
    assert caller.post("auth/login/", body).json()["error_code"] == "second_factor_required"

    outdated.refresh_from_db()
    assert outdated.password.startswith("md5$")
    assert_lives(caller, before)


def test_an_upgrade_revives_no_session_from_before_a_new_password(
    outdated: Any, caller: JSONClient
) -> None:
    stale = outdated_login(outdated, caller)
    store_outdated_hash("a new password")

    fresh = caller.log_in(password="a new password")

    outdated.refresh_from_db()
    assert outdated.password.startswith("md5$")
    assert_ended(caller, stale)
    assert_lives(caller, fresh)


def test_an_upgrade_revives_no_ended_session(outdated: Any, caller: JSONClient) -> None:
    ended = outdated_login(outdated, caller)
    Session.objects.get(pk=ended.session_id).invalidate()

    caller.log_in()

    assert_refused(caller.get("profile/", ended.access), 401, "session_expired")
    assert Session.objects.get(pk=ended.session_id).end_reason == "administrator"


def test_an_upgrade_touches_nobody_else(outdated: Any, other_user: Any, caller: JSONClient) -> None:
    caller.log_in("bob")
    stamp = Session.objects.get(user=other_user).security_stamp

    caller.log_in("alice")

    assert Session.objects.get(user=other_user).security_stamp == stamp


def test_a_wrong_password_upgrades_nothing(outdated: Any, caller: JSONClient) -> None:
    before = outdated_login(outdated, caller)
    hashed = outdated.password

    body = {"username": "alice", "password": "wrong"}
    assert_refused(caller.post("auth/login/", body), 401, "invalid_credentials")

    outdated.refresh_from_db()
    assert outdated.password == hashed
    assert_lives(caller, before)


def test_a_password_that_changes_within_a_login_ends_the_others(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    def reset_by_mail(request: Any, payload: Any) -> Any:
        found = get_user_model().objects.get(username=payload.username)
        found.set_password(payload.password)
        found.save(update_fields=["password"])
        return found

    before = caller.log_in()
    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": reset_by_mail}

    after = caller.log_in(password="a new password")

    assert_lives(caller, after)
    assert_ended(caller, before)


def test_a_new_password_on_top_of_an_upgrade_ends_the_others(
    outdated: Any, caller: JSONClient, settings: Settings
) -> None:
    def forced_change(request: Any, payload: Any) -> Any:
        found = with_backends(request, payload)
        found.set_password("a new password")
        found.save()
        return found

    before = outdated_login(outdated, caller)
    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": forced_change}

    after = caller.log_in()

    assert_lives(caller, after)
    assert_ended(caller, before)
