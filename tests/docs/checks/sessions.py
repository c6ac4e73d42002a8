"""What docs/guides/sessions.md says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from tegata._tegata import end_reasons
from tegata.models import Session
from tests.docs.checks.helpers import PASSWORD, bearer, code_of, get, log_in, new_user, post
from tests.docs.pages import DOCS, blocks_of

pytestmark = pytest.mark.django_db
PAGE = DOCS / "guides" / "sessions.md"


def test_the_list_has_the_members_that_the_page_shows() -> None:
    new_user()
    (listed,) = get("api/auth/sessions/", log_in()).json()
    (shown,) = (block for block in blocks_of(PAGE) if block.language == "json")
    (expected,) = json.loads(shown.code)
    assert listed.keys() == expected.keys()
    assert len(listed["id"]) == len(expected["id"])
    assert listed["is_current"] is True


def test_devices() -> None:
    new_user()
    log_in()
    assert get("api/devices/", log_in()).json() == {"devices": 2}


def test_support_ends_sessions() -> None:
    from mysite.support import end_sessions_from, lock_out  # type: ignore[import-not-found]

    new_user()
    tokens = log_in()
    assert end_sessions_from("192.0.2.1") == 0
    assert end_sessions_from("127.0.0.1") == 1
    assert lock_out("alice") == 0
    log_in()
    assert lock_out("alice") == 1
    assert set(Session.objects.values_list("end_reason", flat=True)) == {
        "bad_address",
        "locked_by_support",
    }
    assert code_of(get("api/devices/", tokens)) == (401, "session_expired")


def test_a_stale_save_does_not_bring_a_session_back() -> None:
    new_user()
    log_in()
    stale = Session.objects.get()
    Session.objects.get().invalidate()
    stale.data["theme"] = "dark"
    stale.save()
    again = Session.objects.get()
    assert (again.is_active, again.data) == (False, {"theme": "dark"})


def test_each_end_reason_is_on_the_page() -> None:
    text = PAGE.read_text()
    assert [reason for reason in end_reasons() if f"`{reason}`" not in text] == []


def test_a_form_of_ones_own_spares_its_session() -> None:
    new_user()
    here, elsewhere = log_in(), log_in()
    assert post("new-password/?password=another", headers=bearer(here)).status_code == 200
    assert get("api/devices/", here).status_code == 200
    assert code_of(get("api/devices/", elsewhere)) == (401, "session_expired")


@pytest.mark.parametrize(("fields", "ended"), [([], False), (["email"], True)])
def test_a_new_address_ends_sessions_if_it_is_to(
    settings: Any, fields: list[str], ended: bool
) -> None:
    settings.TEGATA = {**settings.TEGATA, "SECURITY_STAMP_FIELDS": fields}
    user = new_user()
    tokens = log_in()
    user.email = "alice@example.com"
    user.save()
    assert (get("api/devices/", tokens).status_code == 401) is ended


def test_a_new_password_ends_every_other_session() -> None:
    new_user()
    here, elsewhere = log_in(), log_in()
    better = {"current_password": PASSWORD, "new_password": "a better horse battery"}
    wrong = better | {"current_password": "a guess"}
    answer = post("auth/password/", wrong, headers=bearer(here))
    assert code_of(answer) == (403, "invalid_credentials")
    answer = post("auth/password/", better, headers=bearer(here))
    assert (answer.status_code, answer.content) == (200, b"")
    assert get("api/devices/", here).json() == {"devices": 1}
    assert code_of(get("api/devices/", elsewhere)) == (401, "session_expired")


def test_no_more_than_five_sessions() -> None:
    new_user()
    first, *others = [log_in() for _ in range(6)]
    assert code_of(get("api/devices/", first)) == (401, "session_expired")
    assert [get("api/devices/", each).json() for each in others] == [{"devices": 5}] * 5
    assert Session.objects.get(expired_at__isnull=False).end_reason == "session_limit"


def test_a_password_changed_by_whatever_code_ends_the_sessions() -> None:
    user = new_user()
    tokens = log_in()
    user.set_password("better")
    user.save()
    assert code_of(get("api/devices/", tokens)) == (401, "session_expired")
    assert Session.objects.get().end_reason == "password_changed"


def test_data_per_login() -> None:
    new_user()
    tokens, other = log_in(), log_in()
    assert get("api/theme/", tokens).json() == {"theme": "system"}
    assert post("set-theme/?theme=dark", headers=bearer(tokens)).json() == {"ok": True}
    assert get("api/theme/", tokens).json() == {"theme": "dark"}
    assert get("api/theme/", other).json() == {"theme": "system"}


def test_a_purged_session_is_not_found() -> None:
    new_user()
    tokens = log_in()
    Session.objects.get().invalidate()
    assert code_of(get("api/devices/", tokens)) == (401, "session_expired")
    assert Session.purge_expired_sessions() == 1
    assert code_of(get("api/devices/", tokens)) == (401, "session_not_found")


def test_only_the_older_records_are_deleted() -> None:
    user = new_user()
    for ended in (timezone.now() - timedelta(days=8), timezone.now(), None):
        Session.objects.create(user=user, expired_at=ended)
    (block,) = (block for block in blocks_of(PAGE) if "retention=" in block.code)
    exec(block.code, {})
    assert Session.objects.count() == 2
    assert Session.objects.active().count() == 1


def test_a_login_removes_what_is_past_its_retention() -> None:
    user = new_user()
    for days in (29, 31):
        expired_at = timezone.now() - timedelta(days=days)
        Session.objects.create(user=user, expired_at=expired_at, end_reason=f"{days} days ago")
    for _ in range(10):
        log_in()
    assert Session.objects.filter(end_reason="29 days ago").exists()
    assert not Session.objects.filter(end_reason="31 days ago").exists()


def test_the_admin_filters_searches_and_ends(client: Client) -> None:
    new_user()
    log_in()
    boss: Any = get_user_model().objects.create_superuser("boss", password=PASSWORD)
    client.force_login(boss)
    url = "/admin/tegata/session/"
    for query in ("", "?active=yes", "?q=alice", "?q=127.0.0.1"):
        assert b"1 session" in client.get(f"{url}{query}").content, query
    assert b"0 sessions" in client.get(f"{url}?active=no").content
    session = Session.objects.get()
    client.post(url, {"action": "end_selected", "_selected_action": session.pk})
    assert Session.objects.get().end_reason == "administrator"


def test_the_place_of_a_login() -> None:
    new_user()
    post("auth/login/", {"username": "alice", "password": PASSWORD}, REMOTE_ADDR="8.8.8.8")
    assert Session.objects.get().location == {"city": "Osaka"}
    post("auth/login/", {"username": "alice", "password": PASSWORD}, REMOTE_ADDR="10.0.0.1")
    assert Session.objects.filter(location__isnull=True).count() == 1
