"""A login that upgrades the stored password hash ends nobody's session; a new password does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate, authenticate, get_user_model
from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher, make_password
from django.test import Client
from pytest_django import Settings

from tegata import APIError
from tegata._tegata import security_stamp
from tegata.internal.loading import user_row
from tegata.models import Session
from tests.django.helpers import at_once
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


def by_hand(request: Any, payload: Any) -> Any:
    found = get_user_model().objects.get(username=payload.username)
    return found if found.check_password(payload.password) else None


async def by_hand_async(request: Any, payload: Any) -> Any:
    found = await get_user_model().objects.aget(username=payload.username)
    return found if await found.acheck_password(payload.password) else None


@pytest.mark.parametrize(
    "authenticator", [with_backends, with_backends_async, by_hand, by_hand_async]
)
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


@pytest.fixture
def staff(outdated: Any) -> Any:
    """Alice, who may enter the admin."""
    outdated.is_staff = outdated.is_superuser = True
    outdated.save(update_fields=["is_staff", "is_superuser"])
    return outdated


def test_an_upgrade_by_the_login_of_the_admin_ends_no_session(
    staff: Any, caller: JSONClient
) -> None:
    before = outdated_login(staff, caller)

    Client().post("/admin/login/", {"username": "alice", "password": PASSWORD})

    staff.refresh_from_db()
    assert staff.password.startswith("md5$")
    assert_lives(caller, before)


def test_an_upgrade_by_any_check_of_the_password_ends_no_session(
    outdated: Any, caller: JSONClient
) -> None:
    before = outdated_login(outdated, caller)

    assert authenticate(username="alice", password=PASSWORD) == outdated

    outdated.refresh_from_db()
    assert outdated.password.startswith("md5$")
    assert_lives(caller, before)


def test_who_does_not_log_in_with_us_and_does_not_wait_ends_them(
    outdated: Any, caller: JSONClient
) -> None:
    """The limit that the manual states: there Django's frames are out of sight."""
    before = outdated_login(outdated, caller)

    async_to_sync(aauthenticate)(username="alice", password=PASSWORD)

    assert_ended(caller, before)


def new_hash(request: Any, payload: Any) -> Any:
    found = with_backends(request, payload)
    found.password = make_password("a new password")
    found.save(update_fields=["password"])
    return found


async def new_hash_async(request: Any, payload: Any) -> Any:
    found = await with_backends_async(request, payload)
    found.password = make_password("a new password")
    await found.asave(update_fields=["password"])
    return found


@pytest.mark.parametrize("authenticator", [new_hash, new_hash_async])
@pytest.mark.parametrize("is_outdated", [True, False])
def test_a_new_hash_that_a_login_saves_ends_the_others(
    outdated: Any,
    caller: JSONClient,
    settings: Settings,
    authenticator: Callable[..., Any],
    is_outdated: bool,
) -> None:
    """It is saved as an upgrade is, and is of another password."""
    before = outdated_login(outdated, caller) if is_outdated else caller.log_in()
    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": authenticator}

    after = caller.log_in()

    outdated.refresh_from_db()
    assert outdated.check_password("a new password")
    assert_lives(caller, after)
    assert_ended(caller, before)


class Slow(MD5PasswordHasher):
    """Hashing takes time, in which other things happen."""

    meanwhile: list[Callable[[], object]] = []

    def encode(self, password: str, salt: str) -> str:
        encoded = super().encode(password, salt)
        if self.meanwhile:
            # Elsewhere: asynchronous logins hash where no database may be asked.
            at_once([self.meanwhile.pop()])
        return encoded


@pytest.fixture
def meanwhile(settings: Settings) -> Callable[[Callable[[], object]], None]:
    """Takes what is to happen between the check of a password and the upgrade of its hash."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Slow", settings.PASSWORD_HASHERS[1]]
    Slow.meanwhile.clear()
    return Slow.meanwhile.append


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "authenticator", [with_backends, with_backends_async, by_hand, by_hand_async]
)
def test_an_upgrade_does_not_undo_a_change_that_came_in_meanwhile(
    outdated: Any,
    caller: JSONClient,
    settings: Settings,
    meanwhile: Callable[[Callable[[], object]], None],
    authenticator: Callable[..., Any],
) -> None:
    def change() -> None:
        found = get_user_model().objects.get()
        found.set_password("a new password")
        found.save()
        owner.append(JSONClient().log_in(password="a new password"))

    owner: list[Pair] = []
    before = outdated_login(outdated, caller)
    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": authenticator}
    meanwhile(change)

    # Nor does the old password open a session that goes by the new one.
    body = {"username": "alice", "password": PASSWORD}
    assert_refused(caller.post("auth/login/", body), 401, "invalid_credentials")

    outdated.refresh_from_db()
    assert outdated.check_password("a new password")
    assert_ended(caller, before)
    assert_lives(caller, owner[0])
    assert Session.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_change_by_its_route_does_not_undo_one_that_came_in_meanwhile(
    outdated: Any, caller: JSONClient, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    """While the hash of the current password is upgraded, that is."""
    pair = outdated_login(outdated, caller)
    by_mail = make_password("reset by mail")
    meanwhile(lambda: get_user_model().objects.update(password=by_mail))

    body = {"current_password": PASSWORD, "new_password": "another password"}
    refused = caller.post("auth/password/", body, pair.access)

    assert_refused(refused, 403, "invalid_credentials")
    assert get_user_model().objects.get().password == by_mail
    assert_ended(caller, pair)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("authenticator", [with_backends, with_backends_async])
def test_a_login_that_is_slower_than_another_ends_no_session(
    outdated: Any,
    caller: JSONClient,
    settings: Settings,
    meanwhile: Callable[[Callable[[], object]], None],
    authenticator: Callable[..., Any],
) -> None:
    faster: list[Pair] = []
    before = outdated_login(outdated, caller)
    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": authenticator}
    meanwhile(lambda: faster.append(JSONClient().log_in()))

    slower = caller.log_in()

    outdated.refresh_from_db()
    assert outdated.password.startswith("md5$")
    for pair in (before, *faster, slower):
        assert_lives(caller, pair)


async def reset_by_hash(request: Any, payload: Any) -> Any:
    found = await get_user_model().objects.aget(username=payload.username)
    found.password = make_password(payload.password)
    await found.asave(update_fields=["password"])
    return found


def test_a_login_by_which_a_password_is_reset_is_no_upgrade(
    outdated: Any, caller: JSONClient, settings: Settings
) -> None:
    before = outdated_login(outdated, caller)
    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": reset_by_hash}

    after = caller.log_in(password="a new password")

    assert_lives(caller, after)
    assert_ended(caller, before)
