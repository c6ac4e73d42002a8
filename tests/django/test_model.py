"""The `Session` model: what a view may write, how sessions end, and how rows go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tegata._tegata import end_reasons, is_session_id
from tegata.models import Session, new_session_id
from tests.django.helpers import bearer, code, log_in, post, profile, refresh

ENGINE_COLUMNS = (
    "id",
    "user",
    "user_id",
    "created_at",
    "expired_at",
    "end_reason",
    "generation",
    "minted_at",
    "refreshed_at",
    "repeats",
    "first_used_at",
    "security_stamp",
    "legacy_jti",
)


def test_every_column_belongs_to_the_engine_or_to_the_view() -> None:
    columns = {field.name for field in Session._meta.fields} | {"user_id"}

    assert set(ENGINE_COLUMNS) == Session.ENGINE_COLUMNS
    assert columns - Session.ENGINE_COLUMNS == {
        *("data", "ip_address", "location", "user_agent", "updated_at")
    }


def test_data_is_kept_with_the_login_and_with_no_other(ada: User, client: Client) -> None:
    tokens, others = log_in(client), log_in(client)

    answer = client.post("/api/set-theme/?theme=dark", headers=bearer(tokens["access_token"]))

    assert answer.status_code == 200
    assert Session.objects.get(pk=_session_id(client, tokens)).data == {"theme": "dark"}
    assert Session.objects.get(pk=_session_id(client, others)).data == {}


def test_data_outlives_a_refresh(ada: User, client: Client) -> None:
    tokens = log_in(client)
    client.post("/api/set-theme/?theme=dark", headers=bearer(tokens["access_token"]))

    assert refresh(client, tokens["refresh_token"]).status_code == 200

    assert Session.objects.get().data == {"theme": "dark"}


def test_data_holds_what_djangos_json_can(ada: User) -> None:
    now = timezone.now()
    session = Session.objects.create(user=ada, data={"at": now, "none": None, "list": [1, "ü"]})

    session.refresh_from_db()

    assert session.data["list"] == [1, "ü"]
    assert session.data["at"].startswith(now.strftime("%Y-%m-%dT%H:%M"))


def test_a_stale_object_saved_after_logout_revives_nothing(ada: User, client: Client) -> None:
    tokens = log_in(client)
    stale = Session.objects.get()
    assert post(client, "logout/", None, tokens["access_token"]).status_code == 200

    stale.data["late"] = True
    stale.save()

    row = Session.objects.get()
    assert row.data == {"late": True}
    assert (row.end_reason, row.is_active) == ("log_out", False)
    assert code(profile(client, tokens["access_token"])) == (401, "session_expired")


def test_a_stale_object_saved_after_a_rotation_turns_nothing_back(
    ada: User, client: Client
) -> None:
    tokens = log_in(client)
    stale = Session.objects.get()
    renewed = refresh(client, tokens["refresh_token"]).json()  # type: ignore[attr-defined]
    assert profile(client, renewed["access_token"]).status_code == 200
    before = Session.objects.values(*Session.ENGINE_COLUMNS).get()
    assert before["generation"] == 2

    stale.save()

    assert Session.objects.values(*Session.ENGINE_COLUMNS).get() == before


def test_a_changed_engine_column_is_not_written_by_save(ada: User, bob: User) -> None:
    session = Session.objects.create(user=ada)
    before = Session.objects.values(*Session.ENGINE_COLUMNS).get()

    session.user = bob
    session.created_at = session.minted_at = timezone.now() + timedelta(days=1)
    session.refreshed_at, session.repeats = session.created_at, 7
    session.expired_at = session.first_used_at = timezone.now()
    session.generation, session.security_stamp, session.end_reason = 7, "x", "x"
    session.data = {"kept": True}
    session.save()

    assert Session.objects.values(*Session.ENGINE_COLUMNS).get() == before
    assert Session.objects.get().data == {"kept": True}


def test_save_moves_the_time_that_it_was_last_seen(ada: User) -> None:
    long_ago = timezone.now() - timedelta(days=1)
    session = Session.objects.create(user=ada, updated_at=long_ago)

    session.save()

    assert Session.objects.get().updated_at > long_ago


@pytest.mark.parametrize("column", ENGINE_COLUMNS)
def test_an_engine_column_cannot_be_named_for_saving(ada: User, column: str) -> None:
    session = Session.objects.create(user=ada)

    with pytest.raises(ValueError, match=rf"^{column} of a session cannot be saved"):
        session.save(update_fields=["data", column])


def test_columns_of_the_view_can_be_named_for_saving(ada: User) -> None:
    session = Session.objects.create(user=ada, user_agent="before")
    session.user_agent, session.data = "after", {"unsaved": True}

    session.save(update_fields=["user_agent"])
    session.save(update_fields=[])

    row = Session.objects.get()
    assert (row.user_agent, row.data) == ("after", {})


def test_saving_a_row_that_was_deleted_inserts_nothing(ada: User) -> None:
    session = Session.objects.create(user=ada)
    Session.objects.all().delete()

    with pytest.raises(DatabaseError), transaction.atomic():
        session.save()

    assert not Session.objects.exists()


def test_force_insert_cannot_bring_a_session_back(ada: User) -> None:
    session = Session.objects.create(user=ada)
    session.invalidate()
    stale = Session.objects.get()
    stale.expired_at = None

    with pytest.raises(ValueError, match=r"force_insert|update_fields|Cannot force"):
        stale.save(force_insert=True)

    assert Session.objects.get().expired_at is not None


async def test_asave_follows_the_same_rules(transactional_db: None) -> None:
    user = await User.objects.acreate_user("ada")
    session = await Session.objects.acreate(user=user)
    stale = await Session.objects.aget()
    await session.ainvalidate()

    stale.data["late"] = True
    await stale.asave()

    row = await Session.objects.aget()
    assert row.expired_at is not None
    assert row.data == {"late": True}
    with pytest.raises(ValueError, match="expired_at"):
        await stale.asave(update_fields=["expired_at"])


def test_invalidate_ends_a_session_once_and_for_all(ada: User, client: Client) -> None:
    tokens = log_in(client)
    session = Session.objects.get()

    assert session.invalidate() is True
    ended_at = session.expired_at
    assert session.invalidate("again") is False

    assert (session.expired_at, session.end_reason) == (ended_at, "administrator")
    assert ended_at is not None
    assert code(profile(client, tokens["access_token"])) == (401, "session_expired")
    assert code(refresh(client, tokens["refresh_token"])) == (401, "session_expired")


def test_all_sessions_of_a_user_end_in_one_update(
    ada: User, bob: User, client: Client, django_assert_num_queries: Any
) -> None:
    tokens = [log_in(client) for _ in range(3)]
    of_bob = log_in(client, "bob")
    Session.objects.filter(user=ada).first().invalidate("earlier")  # type: ignore[union-attr]

    with django_assert_num_queries(1) as queries:
        assert Session.invalidate_all_user_sessions(ada) == 2

    assert queries[0]["sql"].startswith("UPDATE")
    reasons = Session.objects.filter(user=ada).values_list("end_reason", flat=True)
    assert sorted(reasons) == ["administrator", "administrator", "earlier"]
    for each in tokens:
        assert code(profile(client, each["access_token"])) == (401, "session_expired")
    assert profile(client, of_bob["access_token"]).status_code == 200


async def test_the_async_twins_do_the_same(transactional_db: None) -> None:
    user = await User.objects.acreate_user("ada")
    first, _, _ = [await Session.objects.acreate(user=user) for _ in range(3)]

    assert await first.ainvalidate("first") is True
    assert await first.ainvalidate("again") is False
    assert await Session.ainvalidate_all_user_sessions(user, reason="all") == 2
    assert await Session.ainvalidate_all_user_sessions(user) == 0
    reasons = [row.end_reason async for row in Session.objects.order_by("end_reason")]
    assert reasons == ["all", "all", "first"]
    assert await Session.apurge_expired_sessions() == 3
    assert not await Session.objects.aexists()


LIFETIMES = {
    "ACCESS_TOKEN_LIFETIME": 60,
    "REFRESH_TOKEN_LIFETIME": timedelta(days=2),
    "SESSION_LIFETIME": timedelta(days=10),
    "LEEWAY": 10,
}


def sessions_of_all_sorts(user: User) -> dict[str, Session]:
    """Sessions on both sides of each line, by name."""
    now = timezone.now()

    def made(created: timedelta, minted: timedelta, ended: timedelta | None = None) -> Session:
        return Session.objects.create(
            user=user,
            created_at=now - created,
            minted_at=now - minted,
            expired_at=None if ended is None else now - ended,
        )

    second, day = timedelta(seconds=1), timedelta(days=1)
    return {
        "new": made(second, second),
        "old but refreshed": made(9 * day, day),
        "idle": made(5 * day, 3 * day),
        "past its end": made(11 * day, second),
        "ended": made(day, day, ended=second),
        "within the leeway of being idle": made(5 * day, 2 * day + 3 * second),
        "within the leeway of its end": made(10 * day + 3 * second, second),
    }


def names(queryset: Any, made: dict[str, Session]) -> set[str]:
    """Which of `made` are in the queryset."""
    found = set(queryset.values_list("pk", flat=True))
    return {name for name, session in made.items() if session.pk in found}


@override_settings(TEGATA=LIFETIMES)
def test_active_sessions_are_those_that_can_be_used(ada: User) -> None:
    made = sessions_of_all_sorts(ada)

    active = names(Session.objects.active(), made)

    assert active == {"new", "old but refreshed"}
    assert active == {name for name, session in made.items() if session.is_active}


@override_settings(TEGATA=LIFETIMES)
def test_no_session_is_active_and_inactive(ada: User) -> None:
    made = sessions_of_all_sorts(ada)
    active = names(Session.objects.active(), made)
    inactive = names(Session.objects.inactive(), made)

    assert inactive == {"idle", "past its end", "ended"}
    # Between the two a token may still pass by the leeway: not offered as active, not yet purged.
    assert set(made) - active - inactive == {
        "within the leeway of being idle",
        "within the leeway of its end",
    }


@override_settings(TEGATA={**LIFETIMES, "LEEWAY": 0})
def test_without_leeway_active_and_inactive_are_complementary(ada: User) -> None:
    made = sessions_of_all_sorts(ada)
    active = names(Session.objects.active(), made)
    inactive = names(Session.objects.inactive(), made)

    assert active | inactive == set(made)
    assert not active & inactive


@override_settings(TEGATA=LIFETIMES)
def test_purging_leaves_what_a_token_can_use(ada: User) -> None:
    made = sessions_of_all_sorts(ada)

    assert Session.purge_expired_sessions() == 3

    assert names(Session.objects.all(), made) == {
        "new",
        "old but refreshed",
        "within the leeway of being idle",
        "within the leeway of its end",
    }
    assert Session.purge_expired_sessions() == 0


def test_a_purged_session_is_not_found(ada: User, client: Client) -> None:
    tokens = log_in(client)
    Session.objects.get().invalidate()
    Session.purge_expired_sessions()

    assert code(profile(client, tokens["access_token"])) == (401, "session_not_found")
    assert code(refresh(client, tokens["refresh_token"])) == (401, "session_not_found")


def test_a_refresh_token_within_the_leeway_still_finds_its_session(
    ada: User, client: Client
) -> None:
    with override_settings(TEGATA=LIFETIMES):
        tokens = log_in(client)
        edge = timezone.now() - LIFETIMES["REFRESH_TOKEN_LIFETIME"]  # type: ignore[operator]
        Session.objects.update(minted_at=edge)
        assert Session.purge_expired_sessions() == 0
        assert refresh(client, tokens["refresh_token"]).status_code == 200


def test_an_end_in_the_future_is_neither_lost_nor_purged(ada: User) -> None:
    Session.objects.create(user=ada, expired_at=timezone.now() + timedelta(hours=1))

    assert not Session.objects.active().exists()
    assert Session.purge_expired_sessions() == 0


def test_ids_are_unguessable_and_all_of_one_form(ada: User, client: Client) -> None:
    log_in(client)
    ids = {new_session_id() for _ in range(100)} | {Session.objects.get().pk}

    assert len(ids) == 101
    assert all(len(each) == 43 and is_session_id(each) for each in ids)


@pytest.mark.parametrize(
    "text", ["", "x" * 42, "x" * 44, "=" * 43, "x" * 42 + "\n", "é" * 43, "x" * 42 + "/"]
)
def test_nothing_else_is_an_id(text: str) -> None:
    assert not is_session_id(text)


def test_every_end_reason_fits_its_column() -> None:
    longest = Session._meta.get_field("end_reason").max_length

    assert longest == 32
    assert all(0 < len(reason) <= longest for reason in end_reasons())


def test_deleting_a_user_deletes_their_sessions(ada: User, bob: User, client: Client) -> None:
    tokens = log_in(client)
    log_in(client, "bob")

    ada.delete()

    assert [session.user for session in Session.objects.all()] == [bob]
    assert code(profile(client, tokens["access_token"])) == (401, "session_not_found")


def test_a_session_is_shown_by_its_id_alone(ada: User, client: Client) -> None:
    log_in(client)
    session = Session.objects.get()

    assert str(session) == session.pk
    assert session.security_stamp not in repr(session)


def test_no_migration_is_missing(db: None) -> None:
    call_command("makemigrations", "tegata", check=True, dry_run=True, verbosity=0)


def test_the_migration_goes_back_and_forth(transactional_db: None) -> None:
    table = Session._meta.db_table
    assert table in connection.introspection.table_names()
    try:
        call_command("migrate", "tegata", "zero", verbosity=0)
        assert table not in connection.introspection.table_names()
    finally:
        call_command("migrate", "tegata", verbosity=0)
    assert table in connection.introspection.table_names()
    Session.objects.create(user=User.objects.create_user("ada"))


def test_rows_from_before_count_as_refreshed_when_they_were_minted(transactional_db: None) -> None:
    session = Session.objects.create(user=User.objects.create_user("ada"))
    minted_at = timezone.now() - timedelta(days=3)
    Session.objects.update(minted_at=minted_at)
    try:
        call_command("migrate", "tegata", "0001", verbosity=0)
    finally:
        call_command("migrate", "tegata", verbosity=0)

    row = Session.objects.get()
    assert (row.pk, row.minted_at, row.refreshed_at) == (session.pk, minted_at, minted_at)
    assert (row.repeats, row.is_active) == (0, True)


@pytest.mark.parametrize(
    "columns", [["expired_at"], ["minted_at"], ["created_at"], ["user_id", "created_at"]]
)
def test_what_is_searched_by_is_indexed(db: None, columns: list[str]) -> None:
    with connection.cursor() as cursor:
        table = Session._meta.db_table
        constraints = connection.introspection.get_constraints(cursor, table)

    assert columns in [each["columns"] for each in constraints.values() if each["index"]]


def test_the_session_and_its_user_come_in_one_query(ada: User, client: Client) -> None:
    access_token = log_in(client)["access_token"]

    with CaptureQueriesContext(connection) as queries:
        assert profile(client, access_token).status_code == 200

    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]


def _session_id(client: Client, tokens: dict[str, str]) -> str:
    session_id: str = profile(client, tokens["access_token"]).json()["session"]  # type: ignore[attr-defined]
    return session_id
