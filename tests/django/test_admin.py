"""The admin pages of sessions, through the real admin."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from freezegun import freeze_time

from tegata.models import Session
from tests.django.helpers import PASSWORD, code, log_in, profile

LIST = "/admin/tegata/session/"


@pytest.fixture
def staff(db: None) -> User:
    """Somebody who may look at sessions and do nothing else."""
    user = User.objects.create_user("staff", password=PASSWORD, is_staff=True)
    user.user_permissions.add(permission("view_session"))
    return user


@pytest.fixture
def of_staff(staff: User) -> Client:
    """Their browser."""
    client = Client()
    client.force_login(staff)
    return client


def permission(codename: str) -> Permission:
    """A permission on sessions."""
    return Permission.objects.get(content_type__app_label="tegata", codename=codename)


def detail(session: Session, page: str = "change") -> str:
    """Where a session is shown; the admin would take `_2C` in an id for an escape."""
    return reverse(f"admin:tegata_session_{page}", args=[quote(session.pk)])


def shown(response: Any) -> set[str]:
    """The ids of the sessions that a list shows."""
    return {session.pk for session in response.context["cl"].result_list}


def end(client: Client, *sessions: Session) -> Any:
    """Runs the action on chosen sessions."""
    chosen = [session.pk for session in sessions]
    data = {"action": "end_selected", "_selected_action": chosen}
    return client.post(LIST, data, follow=True)


def test_the_list_shows_who_is_signed_in(of_staff: Client, ada: User, client: Client) -> None:
    client.defaults["HTTP_USER_AGENT"] = "curl/8 " + "x" * 100
    log_in(client)

    page = of_staff.get(LIST)

    assert page.status_code == 200
    text = page.content.decode()
    assert "ada" in text
    assert "127.0.0.1" in text
    assert re.search("curl/8 x+", text)
    assert "x" * 100 not in text


def test_the_list_takes_no_query_for_each_row(
    of_staff: Client, ada: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        user = User.objects.create_user(f"user{number}")
        Session.objects.create(user=user)

    with django_assert_max_num_queries(10):
        assert len(shown(of_staff.get(LIST))) == 30


def test_the_filter_tells_active_from_inactive(of_staff: Client, ada: User) -> None:
    now = timezone.now()
    live = Session.objects.create(user=ada)
    idle = Session.objects.create(user=ada, minted_at=now - timedelta(days=20))
    ended = Session.objects.create(user=ada, expired_at=now, end_reason="log_out")

    assert shown(of_staff.get(LIST)) == {live.pk, idle.pk, ended.pk}
    assert shown(of_staff.get(LIST, {"active": "yes"})) == {live.pk}
    assert shown(of_staff.get(LIST, {"active": "no"})) == {idle.pk, ended.pk}
    assert shown(of_staff.get(LIST, {"end_reason": "log_out"})) == {ended.pk}
    assert shown(of_staff.get(LIST, {"active": "yes", "end_reason": "log_out"})) == set()


def test_the_search_finds_by_user_address_agent_and_whole_id(
    of_staff: Client, ada: User, bob: User
) -> None:
    hers = Session.objects.create(user=ada, ip_address="192.0.2.7", user_agent="Firefox")
    his = Session.objects.create(user=bob, ip_address="2001:db8::1", user_agent="curl/8")

    for query, found in (
        ("ada", hers),
        ("192.0.2", hers),
        ("firefox", hers),
        (hers.pk, hers),
        ("bob", his),
        ("2001:db8", his),
        (his.pk, his),
    ):
        assert shown(of_staff.get(LIST, {"q": query})) == {found.pk}
    # A part of an id finds nothing, so ids cannot be guessed piece by piece.
    assert shown(of_staff.get(LIST, {"q": hers.pk[:20]})) == set()


@pytest.fixture
def newest_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list looks at no more than ten sessions."""
    monkeypatch.setattr("tegata.admin._NEWEST", 10)


def made(user: User, count: int, days_ago: int = 0, **columns: Any) -> set[str]:
    """The ids of new sessions, each a second older than the one before."""
    begin = timezone.now() - timedelta(days=days_ago)
    return {
        Session.objects.create(
            user=user, created_at=begin - timedelta(seconds=number), **columns
        ).pk
        for number in range(count)
    }


def listed(client: Client, **query: str) -> set[str]:
    """The ids of the sessions that the list shows for a choice."""
    return shown(client.get(LIST, query))


@pytest.mark.usefixtures("newest_ten")
def test_the_list_looks_at_the_newest_and_a_search_at_those_of_what_it_names(
    of_staff: Client, ada: User, bob: User
) -> None:
    old = made(ada, 3, days_ago=2, ip_address="192.0.2.7", user_agent="Lynx")
    new = made(bob, 12, days_ago=1, ip_address="192.0.2.8", user_agent="Firefox")

    seen = listed(of_staff)

    assert (len(seen), seen < new) == (10, True)
    assert listed(of_staff, q="ada") == listed(of_staff, q="192.0.2.7") == old
    for id_ in old:
        assert listed(of_staff, q=id_) == {id_}
    assert len(listed(of_staff, q="bob")) == 10
    # Parts are looked for among the newest.
    assert listed(of_staff, q="192.0.2.") == listed(of_staff, q="firefox") == seen
    assert listed(of_staff, q="lynx") == set()


@pytest.mark.usefixtures("newest_ten")
def test_an_end_reason_is_found_however_long_ago(of_staff: Client, ada: User) -> None:
    ended = timezone.now() - timedelta(days=1)
    found_out = made(ada, 1, days_ago=9, expired_at=ended, end_reason="token_reuse")
    own = made(ada, 1, days_ago=8, expired_at=ended, end_reason="locked_by_support")
    made(ada, 12)

    assert listed(of_staff, end_reason="token_reuse") == found_out
    assert listed(of_staff, end_reason="locked_by_support") == own
    assert listed(of_staff, end_reason="token_reuse", active="yes") == set()


@pytest.mark.usefixtures("newest_ten")
def test_a_name_that_looks_like_an_address_hides_nothing(of_staff: Client, ada: User) -> None:
    mask = User.objects.create_user("192.0.2.7")
    both = made(ada, 1, ip_address="192.0.2.7") | made(mask, 1)

    assert listed(of_staff, q="192.0.2.7") == both


def test_an_address_is_found_however_it_is_written(of_staff: Client, ada: User) -> None:
    hers = made(ada, 1, ip_address="2001:db8::1")

    assert listed(of_staff, q="2001:0DB8:0:0::1") == hers
    assert listed(of_staff, q="fe80::1%eth0") == set()


def test_the_list_of_lately_opened_sessions(of_staff: Client, ada: User) -> None:
    now = datetime(2026, 3, 10, 20, tzinfo=UTC)
    ages = {"today": 11, "week": 6 * 24, "month": 9 * 24, "year": 60 * 24, "ever": 90 * 24}
    ids = {
        name: Session.objects.create(user=ada, created_at=now - timedelta(hours=hours)).pk
        for name, hours in ages.items()
    }

    with freeze_time(now):
        of_staff.force_login(User.objects.get(username="staff"))
        for number, choice in enumerate(("today", "week", "month", "year"), start=1):
            assert listed(of_staff, created=choice) == {*list(ids.values())[:number]}
        assert listed(of_staff, created="for ever") == {*ids.values()}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("q=%00", 200),
        ("q=%ff%fe", 200),
        ("q=" + "9" * 5000, 200),
        ("q='%22%27%22", 200),
        ("q=1::%251", 200),
        ("active=%00", 200),
        ("active=maybe", 200),
        ("end_reason=%00", 200),
        ("end_reason=" + "x" * 5000, 200),
        ("created=%00", 200),
        ("p=%00", 200),
        ("p=-1", 200),
        ("p=999999999999999999999", 200),
        ("o=99999999999999999999.-x.%00", 200),
        ("all=", 200),
        # What the filters do not ask for: texts that a database refuses, and ways to keep it busy.
        ("id=%00", 400),
        ("ip_address=nowhere", 400),
        ("user_agent__regex=(", 400),
        ("user_agent__icontains=x", 400),
        ("user__password__startswith=x", 400),
        ("security_stamp__gt=x", 400),
        ("created_at__gte=yesterday", 400),
        ("created_at__year=0", 400),
        ("generation__in=99999999999999999999", 400),
    ],
)
def test_whatever_is_asked_for_is_answered(
    of_staff: Client, ada: User, query: str, status: int
) -> None:
    Session.objects.create(user=ada, expired_at=timezone.now(), end_reason="log_out")

    assert of_staff.get(f"{LIST}?{query}").status_code == status


def test_an_action_on_what_no_session_is_called(db: None) -> None:
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))

    data = {"action": "end_selected", "_selected_action": ["\0", "x" * 5000, "é"]}
    answer = admin.post(LIST, data, follow=True)

    assert (answer.status_code, "0 sessions ended." in answer.content.decode()) == (200, True)


def test_a_search_within_a_filter_and_an_end_of_what_it_found(ada: User, bob: User) -> None:
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))
    hers = Session.objects.create(user=ada)
    his = Session.objects.create(user=bob)

    data = {"action": "end_selected", "_selected_action": [hers.pk, his.pk]}
    admin.post(f"{LIST}?active=yes&q=ada", data, follow=True)

    assert Session.objects.get(pk=hers.pk).expired_at is not None
    assert Session.objects.get(pk=his.pk).expired_at is None


def test_the_detail_page_is_for_reading(of_staff: Client, ada: User, client: Client) -> None:
    log_in(client)
    session = Session.objects.get()
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    place = {"city": "Zürich"}
    Session.objects.update(data={"theme": "dark"}, location=place, user_agent=agent)

    page = of_staff.get(detail(session))

    assert page.status_code == 200
    text = page.content.decode()
    for value in (session.pk, "ada", "127.0.0.1", "theme", "Zürich", "Firefox on Linux"):
        assert value in text
    assert 'name="_save"' not in text
    assert 'name="data"' not in text


def test_an_id_that_reads_as_an_escape(of_staff: Client, ada: User) -> None:
    session = Session.objects.create(pk="_2C_5F-" + "x" * 36, user=ada)

    assert detail(session) in of_staff.get(LIST).content.decode()
    assert session.pk in of_staff.get(detail(session)).content.decode()


def test_no_page_shows_a_stamp_a_hash_or_a_token(ada: User, client: Client) -> None:
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))
    tokens = log_in(client)
    session = Session.objects.get()
    assert len(session.security_stamp) == 43

    for path in (LIST, detail(session), f"{detail(session)}../history/"):
        text = admin.get(path, follow=True).content.decode()
        assert session.security_stamp not in text
        assert ada.password not in text
        for token in tokens.values():
            assert token.split(".")[2] not in text


def test_nobody_adds_changes_or_deletes_a_session(ada: User) -> None:
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))
    session = Session.objects.create(user=ada)
    before = Session.objects.values().get()

    assert admin.get(f"{LIST}add/").status_code == 403
    assert admin.post(detail(session), {"user_agent": "x"}).status_code == 403
    assert admin.post(detail(session, "delete"), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [session.pk], "post": "yes"}
    admin.post(LIST, chosen, follow=True)

    assert Session.objects.values().get() == before


def test_selected_sessions_are_ended(ada: User, client: Client) -> None:
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))
    tokens, others = log_in(client), log_in(client)
    first = Session.objects.get(pk=profile(client, tokens["access_token"]).json()["session"])  # type: ignore[attr-defined]

    page = end(admin, first)

    assert "1 session ended." in page.content.decode()
    assert code(profile(client, tokens["access_token"])) == (401, "session_expired")
    assert profile(client, others["access_token"]).status_code == 200
    first.refresh_from_db()
    assert first.end_reason == "administrator"
    assert "0 sessions ended." in end(admin, first).content.decode()


def test_ending_needs_the_permission_to_change(of_staff: Client, staff: User, ada: User) -> None:
    session = Session.objects.create(user=ada)

    assert "end_selected" not in of_staff.get(LIST).content.decode()
    end(of_staff, session)
    session.refresh_from_db()
    assert session.expired_at is None

    staff.user_permissions.add(permission("change_session"))
    assert "end_selected" in of_staff.get(LIST).content.decode()
    end(of_staff, session)
    session.refresh_from_db()
    assert session.expired_at is not None
    # The same permission opens no form.
    assert of_staff.post(detail(session), {"user_agent": "x"}).status_code == 403


def test_who_may_not_look_sees_nothing(staff: User, of_staff: Client, ada: User) -> None:
    session = Session.objects.create(user=ada)
    staff.user_permissions.clear()

    assert of_staff.get(LIST).status_code == 403
    assert of_staff.get(detail(session)).status_code == 403
    assert LIST not in of_staff.get("/admin/").content.decode()


def test_deleting_a_user_in_the_admin_takes_their_sessions_along(
    staff: User, of_staff: Client, ada: User
) -> None:
    Session.objects.create(user=ada)
    of_users = Permission.objects.filter(content_type__app_label="auth")
    staff.user_permissions.add(of_users.get(codename="delete_user"))

    page = of_staff.post(reverse("admin:auth_user_delete", args=[ada.pk]), {"post": "yes"})

    assert (page.status_code, User.objects.filter(pk=ada.pk).exists()) == (302, False)
    assert not Session.objects.exists()


def test_an_access_token_opens_no_admin_page(db: None, client: Client) -> None:
    User.objects.create_superuser("root", password=PASSWORD)
    token = log_in(client, "root")["access_token"]

    answer = Client().get(LIST, headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, "/admin/login/" in answer["Location"]) == (302, True)


def test_every_column_of_the_engine_is_read_only_here() -> None:
    model_admin = site._registry[Session]

    assert set(model_admin.fields or ()) == set(model_admin.readonly_fields)
    assert "security_stamp" not in model_admin.readonly_fields
