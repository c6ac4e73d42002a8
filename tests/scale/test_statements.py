"""Every statement of a request finds its rows by an index, whatever the database knows of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.test import Client, override_settings

from tegata.internal import retention
from tegata.models import Session, new_session_id
from tests.django.helpers import bearer, log_in, post, profile, refresh
from tests.scale import rows
from tests.scale.plans import explained

pytestmark = pytest.mark.usefixtures("large")

UNENDED = "tegata_session_unended"
DUE = {"tegata_session_expired_at", "tegata_session_created_at", "tegata_session_minted_at"}


@pytest.fixture(params=[rows.BUSY, rows.NEW])
def user(request: pytest.FixtureRequest, large: None) -> User:
    """Somebody with many ended sessions, or somebody with none."""
    return User.objects.get(username=request.param)


@pytest.fixture
def tokens(user: User, client: Client) -> dict[str, str]:
    """Of a session of the user."""
    return log_in(client, user.username)


@override_settings(TEGATA={"SESSION_RETENTION": timedelta(days=60)})
def test_a_login_looks_for_what_is_due_by_three_indexes(user: User, client: Client) -> None:
    with explained() as plans:
        log_in(client, user.username)

    assert plans.indexes == DUE


@override_settings(TEGATA={"SESSION_RETENTION": timedelta(days=1)})
def test_a_login_removes_what_is_due_by_its_keys(user: User, client: Client) -> None:
    before = Session.objects.count()

    with explained() as plans:
        log_in(client, user.username)

    assert before - Session.objects.count() == retention._ALONG_THE_WAY - 1
    assert plans.indexes > DUE
    assert all(_is_of_the_key(name) for name in plans.indexes - DUE)


@override_settings(TEGATA={"MAX_SESSIONS_PER_USER": 1, "SESSION_RETENTION": None})
def test_a_login_finds_the_sessions_beyond_the_limit(user: User, client: Client) -> None:
    log_in(client, user.username)

    with explained() as plans:
        log_in(client, user.username)

    assert plans.indexes >= {UNENDED}
    assert all(_is_of_the_key(name) for name in plans.indexes - {UNENDED})
    assert _passes_over_what_has_timed_out(plans.of_one('."refreshed_at" >'))
    assert Session.objects.active().filter(user=user).count() == 1


def test_a_request_and_a_refresh_go_by_the_key(tokens: dict[str, str], client: Client) -> None:
    with explained() as plans:
        assert profile(client, tokens["access_token"]).status_code == 200
        renewed = refresh(client, tokens["refresh_token"])
        # A repeat, and the note of a first use.
        assert refresh(client, tokens["refresh_token"]).status_code == 200
        profile(client, renewed.json()["access_token"])  # type: ignore[attr-defined]

    assert all(_is_of_the_key(name) for name in plans.indexes)


def test_the_list_of_a_user_goes_by_what_has_not_ended(
    tokens: dict[str, str], client: Client
) -> None:
    with explained() as plans:
        listed = client.get("/api/auth/sessions/", headers=bearer(tokens["access_token"]))

    assert len(listed.json()) == 1
    listing = plans.of_one('."refreshed_at" >')
    assert UNENDED in listing
    assert _passes_over_what_has_timed_out(listing)


@pytest.mark.parametrize("path", ["logout/", "logout/all/", "logout/others/"])
def test_a_logout(tokens: dict[str, str], client: Client, path: str) -> None:
    with explained() as plans:
        assert post(client, path, None, tokens["access_token"]).status_code == 200

    assert all(_is_of_the_key(name) or name == UNENDED for name in plans.indexes)


def _deactivate(user: User) -> None:
    user.is_active = False
    user.save()


def _change_password(user: User) -> None:
    user.set_password("another")
    user.save()


def _save_without_change(user: User) -> None:
    user.save()


def _end_all_but_one(user: User) -> None:
    Session.invalidate_all_user_sessions(user, new_session_id())


@pytest.mark.parametrize(
    "change", [_deactivate, _change_password, _save_without_change, _end_all_but_one]
)
def test_what_ends_the_sessions_of_a_user(
    user: User, tokens: dict[str, str], change: Callable[[User], None]
) -> None:
    with explained() as plans:
        change(user)

    assert plans.indexes == {UNENDED}
    # To find one row, PostgreSQL may read the table: it believes that a user of many sessions has
    # as many that have not ended as the others have.
    assert not any(" LIMIT " in sql for sql in plans.of)


def test_a_password_that_was_changed_in_bulk(
    user: User, tokens: dict[str, str], client: Client
) -> None:
    User.objects.filter(pk=user.pk).update(password=make_password("another"))

    with explained() as plans:
        assert profile(client, tokens["access_token"]).status_code == 401

    assert UNENDED in plans.of_one("UPDATE")


@override_settings(
    PASSWORD_HASHERS=[
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
)
def test_a_login_that_upgrades_the_hash(user: User, client: Client) -> None:
    with explained() as plans:
        log_in(client, user.username)

    assert UNENDED in plans.of_one('SET "security_stamp"')


def test_the_deletion_of_a_user_goes_by_the_user(user: User, tokens: dict[str, str]) -> None:
    with explained() as plans:
        user.delete()

    assert plans.indexes == {"tegata_session_user"}


@pytest.mark.parametrize("idle", [None, timedelta(hours=1)])
def test_a_purge_goes_by_three_indexes(idle: timedelta | None) -> None:
    with override_settings(TEGATA={"SESSION_IDLE_TIMEOUT": idle}), explained() as plans:
        assert Session.purge_expired_sessions(retention=timedelta(days=38))

    assert plans.indexes > DUE
    assert all(_is_of_the_key(name) for name in plans.indexes - DUE)


def _passes_over_what_has_timed_out(plan: str) -> bool:
    """Whether the index leads to what was refreshed lately, and not past all of one user."""
    condition = re.search(r"Index Cond: .*|USING INDEX .*", plan)
    return condition is not None and "refreshed_at" in condition[0]


def _is_of_the_key(index: str) -> bool:
    """Whether it is the index of the primary key, or the other one that PostgreSQL has of it."""
    return index.startswith(("sqlite_autoindex_tegata_session", "tegata_session_id_")) or (
        index == "tegata_session_pkey"
    )
