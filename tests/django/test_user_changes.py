"""What happens to a user happens to its sessions, whatever way it came about."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tegata.models import Session
from tests.django.helpers import code, log_in, post, profile, refresh

NEW = "another password"

EXPIRED = (401, "session_expired")


def reasons() -> list[str]:
    """Why each session has ended, as its row says."""
    return list(Session.objects.order_by("created_at").values_list("end_reason", flat=True))


def fresh() -> User:
    """The user as the database has it."""
    return User.objects.get(username="ada")


def by_save() -> None:
    user = fresh()
    user.set_password(NEW)
    user.save()


def by_one_column() -> None:
    user = fresh()
    user.set_password(NEW)
    user.save(update_fields=["password"])


def by_hash() -> None:
    user = fresh()
    user.password = make_password(NEW)
    user.save()


def by_hash_in_one_column() -> None:
    user = fresh()
    user.password = make_password(NEW)
    user.save(update_fields=["password"])


def by_form() -> None:
    form = SetPasswordForm(fresh(), {"new_password1": NEW, "new_password2": NEW})
    assert form.is_valid()
    form.save()


def by_update() -> None:
    User.objects.filter(username="ada").update(password=make_password(NEW))


def by_bulk_update() -> None:
    user = fresh()
    user.set_password(NEW)
    User.objects.bulk_update([user], ["password"])


TOLD = [by_save, by_one_column, by_hash, by_hash_in_one_column, by_form]
UNTOLD = [by_update, by_bulk_update]


def name_of(way: Callable[..., None]) -> str:
    return way.__name__


@pytest.mark.parametrize("way", TOLD, ids=name_of)
def test_a_new_password_that_is_saved_ends_the_sessions_at_once(
    ada: User, bob: User, client: Client, way: Callable[[], None]
) -> None:
    log_in(client)
    Session.objects.get().invalidate("earlier")
    tokens = [log_in(client), log_in(client)]
    of_bob = log_in(client, "bob")

    way()

    assert reasons() == ["earlier", "password_changed", "password_changed", ""]
    for each in tokens:
        assert code(profile(client, each["access_token"])) == EXPIRED
        assert code(refresh(client, each["refresh_token"])) == EXPIRED
    assert profile(client, of_bob["access_token"]).status_code == 200
    assert profile(client, log_in(client, password=NEW)["access_token"]).status_code == 200


@pytest.mark.parametrize("way", UNTOLD, ids=name_of)
def test_one_that_nobody_tells_of_ends_them_all_at_the_first_look(
    ada: User, bob: User, client: Client, way: Callable[[], None]
) -> None:
    tokens = [log_in(client), log_in(client)]
    log_in(client, "bob")
    before = fresh().password

    way()

    assert reasons() == ["", "", ""]
    assert code(profile(client, tokens[0]["access_token"])) == EXPIRED
    assert reasons() == ["password_changed", "password_changed", ""]
    # Even if the old hash comes back, out of a backup perhaps.
    User.objects.filter(username="ada").update(password=before)
    assert [code(refresh(client, each["refresh_token"])) for each in tokens] == [EXPIRED] * 2


def test_a_session_of_the_new_password_survives_what_is_found_out_about_an_old_one(
    ada: User, client: Client
) -> None:
    old = log_in(client)
    by_update()
    new = log_in(client, password=NEW)

    assert code(profile(client, old["access_token"])) == EXPIRED

    assert profile(client, new["access_token"]).status_code == 200
    assert reasons() == ["password_changed", ""]


def switch(is_active: bool) -> None:
    user = fresh()
    user.is_active = is_active
    user.save()


def switch_one_column(is_active: bool) -> None:
    user = fresh()
    user.is_active = is_active
    user.save(update_fields=["is_active"])


def switch_by_update(is_active: bool) -> None:
    User.objects.filter(username="ada").update(is_active=is_active)


@pytest.mark.parametrize("on", [switch, switch_one_column, switch_by_update], ids=name_of)
@pytest.mark.parametrize("off", [switch, switch_one_column], ids=name_of)
def test_off_and_on_again_brings_no_session_back(
    ada: User,
    bob: User,
    client: Client,
    off: Callable[[bool], None],
    on: Callable[[bool], None],
) -> None:
    tokens = [log_in(client), log_in(client)]
    of_bob = log_in(client, "bob")

    off(False)
    assert reasons() == ["user_inactive", "user_inactive", ""]
    on(True)

    for each in tokens:
        assert code(profile(client, each["access_token"])) == EXPIRED
        assert code(refresh(client, each["refresh_token"])) == EXPIRED
    assert profile(client, of_bob["access_token"]).status_code == 200


LOOKS: dict[str, Callable[[Client, dict[str, str]], Any]] = {
    "a request": lambda client, tokens: profile(client, tokens["access_token"]),
    "an async request": lambda client, tokens: profile(
        client, tokens["access_token"], "/api/aprofile/"
    ),
    "a refresh": lambda client, tokens: refresh(client, tokens["refresh_token"]),
    "a look at an access token": lambda client, tokens: post(
        client, "verify/", {"token": tokens["access_token"]}
    ),
    "a look at a refresh token": lambda client, tokens: post(
        client, "verify/", {"token": tokens["refresh_token"]}
    ),
}


@pytest.mark.parametrize("check", ["request", "user"])
@pytest.mark.parametrize("look", LOOKS)
def test_a_look_in_between_is_enough_where_nobody_tells(
    ada: User, bob: User, client: Client, tegata: Any, look: str, check: str
) -> None:
    tegata(SESSION_CHECK=check)
    tokens = [log_in(client) for _ in range(3)]
    log_in(client, "bob")

    switch_by_update(False)
    # Whoever looks, by whichever of the sessions.
    assert code(LOOKS[look](client, tokens[1])) == (401, "invalid_user")
    switch_by_update(True)

    assert reasons() == ["user_inactive"] * 3 + [""]
    for each in tokens:
        assert code(refresh(client, each["refresh_token"])) == EXPIRED


def test_a_look_by_a_session_that_has_ended_will_do(ada: User, client: Client) -> None:
    ended, other = log_in(client), log_in(client)
    post(client, "logout/", None, ended["access_token"])

    switch_by_update(False)
    assert code(profile(client, ended["access_token"])) == (401, "invalid_user")
    switch_by_update(True)

    assert reasons() == ["log_out", "user_inactive"]
    assert code(profile(client, other["access_token"])) == EXPIRED


def test_what_nobody_saw_has_not_been(ada: User, client: Client) -> None:
    """The limit that the manual states: a bulk UPDATE off and on again, with nobody looking."""
    tokens = log_in(client)

    switch_by_update(False)
    switch_by_update(True)

    assert profile(client, tokens["access_token"]).status_code == 200
    assert refresh(client, tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("way", ["delete()", "QuerySet.delete()"])
def test_the_sessions_of_a_user_who_is_deleted_go_along(
    ada: User, bob: User, client: Client, way: str
) -> None:
    tokens, of_bob = log_in(client), log_in(client, "bob")

    if way == "delete()":
        ada.delete()
    else:
        User.objects.filter(username="ada").delete()

    assert [session.user for session in Session.objects.all()] == [bob]
    assert code(profile(client, tokens["access_token"])) == (401, "session_not_found")
    assert profile(client, of_bob["access_token"]).status_code == 200


def statements(change: Callable[[], object]) -> list[str]:
    """The statements about sessions, by their first words."""
    with CaptureQueriesContext(connection) as queries:
        change()
    table = Session._meta.db_table
    return [query["sql"].split()[0] for query in queries if table in query["sql"]]


def test_what_it_costs_to_save_a_user(ada: User, client: Client) -> None:
    tokens = log_in(client)
    user = fresh()

    assert statements(lambda: user.save(update_fields=["last_login"])) == []
    assert statements(lambda: user.save(update_fields=["first_name", "email"])) == []
    assert statements(lambda: user.save(update_fields=[])) == []
    assert statements(Group(name="clerks").save) == []
    assert statements(lambda: User.objects.create_user("eve", password=NEW)) == []
    # Nothing of them has changed, but that takes a look.
    assert statements(user.save) == ["SELECT"]
    assert statements(lambda: user.save(update_fields=["password"])) == ["SELECT"]
    assert statements(lambda: user.save(update_fields=["is_active"])) == []
    assert profile(client, tokens["access_token"]).status_code == 200
    user.is_active = False
    assert statements(user.save) == ["SELECT", "UPDATE"]
    assert statements(user.save) == ["SELECT"]


def test_a_fixture_does_nothing_by_itself(ada: User, client: Client, tmp_path: Path) -> None:
    """`loaddata` may be half-way through its tables; the next look finds out."""
    tokens = log_in(client)
    fields = {"username": "ada", "password": make_password(NEW), "is_active": False}
    fixture = tmp_path / "users.json"
    fixture.write_text(json.dumps([{"model": "auth.user", "pk": ada.pk, "fields": fields}]))

    assert statements(lambda: call_command("loaddata", fixture, verbosity=0)) == []

    assert reasons() == [""]
    assert code(profile(client, tokens["access_token"])) == (401, "invalid_user")
    assert reasons() == ["user_inactive"]


def test_what_an_object_does_not_save_may_be_stale(ada: User, client: Client) -> None:
    """An old object says nothing of the columns that it leaves alone."""
    stale = fresh()
    by_save()
    tokens = log_in(client, password=NEW)

    stale.save(update_fields=["is_active"])
    assert profile(client, tokens["access_token"]).status_code == 200

    stale.is_active = False
    stale.password = fresh().password
    stale.save(update_fields=["password"])
    assert profile(client, tokens["access_token"]).status_code == 200
    assert reasons() == [""]


def test_a_stale_object_that_saves_an_old_password_changes_it(ada: User, client: Client) -> None:
    stale = fresh()
    by_save()
    tokens = log_in(client, password=NEW)

    stale.save()

    assert reasons() == ["password_changed"]
    assert code(profile(client, tokens["access_token"])) == EXPIRED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [by_save, lambda: switch(is_active=False)])
def test_a_change_that_is_rolled_back_ends_nothing(
    committed_ada: User, client: Client, change: Callable[[], None]
) -> None:
    tokens = log_in(client)

    with transaction.atomic():
        change()
        assert reasons() != [""]
        transaction.set_rollback(True)

    assert reasons() == [""]
    assert profile(client, tokens["access_token"]).status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_async_code_is_no_exception(transactional_db: None) -> None:
    user = await User.objects.acreate_user("ada")
    for _ in range(2):
        await Session.objects.acreate(user=user)

    user.set_password(NEW)
    await user.asave()

    ended = [session.end_reason async for session in Session.objects.all()]
    assert ended == ["password_changed"] * 2
