"""SECURITY_STAMP_FIELDS: what ends a user's sessions besides a new password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils.translation import gettext_lazy

from tegata.internal import security_columns
from tegata.models import Session
from tests.django.helpers import PASSWORD, code, log_in, profile, refresh

FIELDS = ["email", "last_name"]
FASTER = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.MD5PasswordHasher",
]


@pytest.fixture(autouse=True)
def stamped(ada: User, tegata: Any) -> None:
    """Two more columns count, and one of them is empty."""
    User.objects.update(email="ada@example.org")
    ada.refresh_from_db()
    tegata(SECURITY_STAMP_FIELDS=FIELDS)


def save(user: User) -> None:
    user.save()


def save_the_column(user: User) -> None:
    # As another process would, for which the other columns are older.
    stale = User.objects.get(pk=user.pk)
    stale.last_name, stale.password = "Byron", "!"
    stale.email = user.email
    stale.save(update_fields=["email"])


def update(user: User) -> None:
    User.objects.filter(pk=user.pk).update(email=user.email)


@pytest.mark.parametrize("change", [save, save_the_column, update])
@pytest.mark.parametrize("address", ["ada@example.com", ""])
def test_a_change_ends_the_sessions(
    ada: User, client: Client, change: Callable[[User], None], address: str
) -> None:
    tokens = log_in(client)
    ada.email = address
    change(ada)
    for answer in (
        profile(client, tokens["access_token"]),
        refresh(client, tokens["refresh_token"]),
    ):
        assert code(answer) == (401, "session_expired")
    assert Session.objects.get().end_reason == "password_changed"
    assert profile(client, log_in(client)["access_token"]).status_code == 200


@pytest.mark.parametrize("change", [save, save_the_column, update])
def test_what_stays_as_it_was_ends_nothing(
    ada: User, client: Client, change: Callable[[User], None]
) -> None:
    tokens = log_in(client)
    ada.first_name = "Ada"
    change(ada)
    assert profile(client, tokens["access_token"]).status_code == 200


def test_a_session_can_be_spared(ada: User, client: Client) -> None:
    here, elsewhere = log_in(client), log_in(client)
    session = Session.objects.order_by("created_at")[0]
    ada.email = "ada@example.com"
    with session.spared():
        ada.save(update_fields=["email"])
    assert profile(client, here["access_token"]).status_code == 200
    assert refresh(client, here["refresh_token"]).status_code == 200
    assert code(profile(client, elsewhere["access_token"])) == (401, "session_expired")


@pytest.mark.parametrize("user_id_field", [None, "username"])
def test_an_upgrade_of_the_hash_ends_nobodys_session(
    ada: User, client: Client, tegata: Any, settings: Any, user_id_field: str | None
) -> None:
    tegata(SECURITY_STAMP_FIELDS=FIELDS, USER_ID_FIELD=user_id_field)
    tokens = log_in(client)
    before = User.objects.get().password
    # The object whose hash is upgraded may be older than another column.
    User.objects.update(first_name="Ada")
    settings.PASSWORD_HASHERS = FASTER
    log_in(client)
    after = User.objects.get().password
    assert before != after
    assert check_password(PASSWORD, after)
    assert profile(client, tokens["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nothing", "has no such field"),
        ("is_staff", "CharField or a TextField"),
        ("groups", "CharField or a TextField"),
        ("password", "other than the password"),
    ],
)
def test_what_is_no_text_is_named(tegata: Any, name: str, problem: str) -> None:
    tegata(SECURITY_STAMP_FIELDS=[name])
    with pytest.raises(ImproperlyConfigured, match=rf"'SECURITY_STAMP_FIELDS'.*{name}.*{problem}"):
        security_columns.require()


@pytest.mark.parametrize("name", [5, gettext_lazy("Sunday")])
def test_an_object_may_hold_what_its_column_makes_a_text_of(
    ada: User, client: Client, name: Any
) -> None:
    tokens = log_in(client)
    ada.last_name = name
    with Session.objects.get().spared():
        ada.save()
    assert profile(client, tokens["access_token"]).status_code == 200
    assert refresh(client, tokens["refresh_token"]).status_code == 200
