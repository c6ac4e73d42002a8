"""Moving in from jwt-ninja: its rows and tokens, made by its real releases, on Tegata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.utils import timezone
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import APIError, AuthedRequest, JWTAuth, StatelessJWTAuth
from tegata.api import create_token_router
from tegata.internal import jwt_ninja_table
from tegata.models import Session
from tests.ninja.hearing import hearing
from tests.ninja.helpers import JSONClient, assert_refused, claims_of, new_api
from tests.ninja.jwt_ninja_site import RELEASES, OldSite

# The table is made and dropped.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=RELEASES)
def old(request: pytest.FixtureRequest, settings: Settings) -> Iterator[OldSite]:
    """A site whose code and settings are Tegata's now, and whose data is still jwt-ninja's."""
    site = OldSite(request.param)
    for name, value in site.settings.items():
        setattr(settings, name, value)
    settings.TEGATA = {"ACCEPT_LEGACY": site.accept_legacy}
    with site.at(), site.table():
        yield site


def take_over(*options: str) -> str:
    output = StringIO()
    call_command("tegata_import_jwt_ninja", *options, stdout=output, stderr=output)
    return output.getvalue()


def changed(site: OldSite, **settings: Any) -> dict[str, Any]:
    return {"ACCEPT_LEGACY": site.accept_legacy, **settings}


def live(site: OldSite) -> list[str]:
    return ["live"] if site.release == "0.2" else ["live", "rotated"]


def test_nobody_is_logged_out(old: OldSite, caller: JSONClient) -> None:
    take_over()
    listed = caller.get("auth/sessions/", old.access_token("live")).json()
    assert len(listed) == len(live(old))
    for name in live(old):
        me = caller.get("profile/", old.access_token(name)).json()
        assert (me["user"], me["generation"]) == ("alice", 0)
        assert caller.get("aprofile/", old.access_token(name)).status_code == 200
        answer = caller.refresh(old.refresh_token(name))
        assert answer.status_code == 200, answer.content
        tokens = answer.json()
        assert claims_of(tokens["access_token"])["generation"] == 3
        assert caller.get("profile/", tokens["access_token"]).status_code == 200
        assert caller.get("profile/", old.access_token(name)).status_code == 200
        assert caller.refresh(tokens["refresh_token"]).status_code == 200
        # By then the old one is two places back.
        assert_refused(caller.refresh(old.refresh_token(name)), 401, "token_reuse_detected")
        assert_refused(caller.get("profile/", old.access_token(name)), 401, "session_expired")


@pytest.mark.parametrize("check", ["request", "user", "refresh"])
def test_no_route_says_yes_to_an_old_token_whose_session_was_not_taken_over(
    old: OldSite,
    caller: JSONClient,
    settings: Settings,
    serve: Callable[[NinjaAPI], None],
    check: str,
) -> None:
    api = new_api()
    api.add_router("tokens/", create_token_router("verify"))
    serve(api)
    settings.TEGATA = changed(old, SESSION_CHECK=check)
    token = {"token": old.access_token("live")}
    for path in ("auth/verify/", "tokens/verify/"):
        assert_refused(caller.post(path, token), 401, "session_not_found")
    take_over()
    for path in ("auth/verify/", "tokens/verify/"):
        assert caller.post(path, token).status_code == 200


def test_a_lost_answer_logs_nobody_out_either(old: OldSite, caller: JSONClient) -> None:
    take_over()
    first = caller.refresh(old.refresh_token("live")).json()
    again = caller.refresh(old.refresh_token("live")).json()
    assert claims_of(first["access_token"])["generation"] == 3
    assert caller.get("profile/", again["access_token"]).status_code == 200


def test_without_rotation_a_client_keeps_its_old_token(
    old: OldSite, caller: JSONClient, settings: Settings
) -> None:
    take_over()
    settings.TEGATA = changed(old, ROTATE_REFRESH_TOKENS=False)
    for _ in range(3):
        answer = caller.refresh(old.refresh_token("live"))
        assert answer.json().keys() == {"access_token"}
        assert caller.get("profile/", answer.json()["access_token"]).status_code == 200


def test_what_had_ended_stays_ended(old: OldSite, caller: JSONClient) -> None:
    take_over()
    assert_refused(caller.get("profile/", old.access_token("ended")), 401, "session_expired")
    assert_refused(caller.refresh(old.refresh_token("ended")), 401, "session_expired")


def test_a_password_that_changed_before_the_move(old: OldSite, caller: JSONClient) -> None:
    take_over()
    answer = caller.get("profile/", old.access_token("outdated"))
    if old.has_stamps:
        assert_refused(answer, 401, "session_expired")
    else:
        # Those releases ended no session then, and it cannot be seen any more.
        assert answer.status_code == 200


def test_a_token_replaced_before_the_move_ends_its_session(
    old: OldSite, caller: JSONClient
) -> None:
    if "replaced" not in old.tokens:
        pytest.skip("this release replaces none")
    take_over()
    refused = caller.refresh(old.refresh_token("replaced"))
    assert_refused(refused, 401, "token_reuse_detected")
    assert_refused(caller.refresh(old.refresh_token("rotated")), 401, "session_expired")


def test_columns(old: OldSite) -> None:
    take_over()
    session = Session.objects.get(pk=claims_of(old.access_token("live"))["session_id"])
    assert session.data == {"theme": "dark"}
    assert session.ip_address == "127.0.0.1"
    assert session.user_agent == ("" if old.release == "0.2" else "Firefox/140.0 (Windows)")
    assert session.is_active
    assert abs((old.made_at - session.created_at).total_seconds()) < 5
    assert session.generation == 2


def test_before_it_is_taken_over_no_old_token_is_good(old: OldSite, caller: JSONClient) -> None:
    for name in live(old):
        answer = caller.get("profile/", old.access_token(name))
        assert_refused(answer, 401, "session_not_found")
        assert_refused(caller.refresh(old.refresh_token(name)), 401, "session_not_found")


def test_without_the_setting_no_old_token_is_good(
    old: OldSite, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {}
    assert "no token of jwt-ninja is accepted" in take_over()
    assert_refused(caller.get("profile/", old.access_token("live")), 401, "invalid_token")
    assert_refused(caller.refresh(old.refresh_token("live")), 401, "invalid_token")


def test_kinds_are_not_taken_for_each_other(old: OldSite, caller: JSONClient) -> None:
    take_over()
    refused = caller.get("profile/", old.refresh_token("live"))
    assert_refused(refused, 401, "invalid_token_type")
    assert_refused(caller.refresh(old.access_token("live")), 400, "invalid_token_type")


def test_times(old: OldSite, caller: JSONClient, settings: Settings) -> None:
    take_over()
    with old.at(330):
        assert_refused(caller.get("profile/", old.access_token("live")), 401, "expired_token")
        until = old.made_at
        settings.TEGATA = {"ACCEPT_LEGACY": {**old.accept_legacy, "UNTIL": until}}
        assert_refused(caller.refresh(old.refresh_token("live")), 401, "invalid_token")


@pytest.mark.parametrize("check", ["cache", "user", "refresh"])
def test_an_old_token_is_checked_against_its_row_whatever_the_check(
    old: OldSite, caller: JSONClient, settings: Settings, check: str
) -> None:
    settings.TEGATA = changed(old, SESSION_CHECK=check)
    for where in ("profile/", "aprofile/"):
        answer = caller.get(where, old.access_token("live"))
        assert_refused(answer, 401, "session_not_found")
    take_over()
    for where in ("profile/", "aprofile/"):
        assert caller.get(where, old.access_token("live")).status_code == 200
    Session.objects.get_queryset().end("administrator")
    assert_refused(caller.get("profile/", old.access_token("live")), 401, "session_expired")


def test_logging_out_by_an_old_token(old: OldSite, caller: JSONClient) -> None:
    take_over()
    body = {"refresh_token": old.refresh_token("live")}
    assert caller.post("auth/logout/", body).status_code == 200
    assert_refused(caller.get("profile/", old.access_token("live")), 401, "session_expired")


def test_a_second_run_changes_nothing_that_tegata_did(old: OldSite, caller: JSONClient) -> None:
    first = take_over()
    tokens = caller.refresh(old.refresh_token("live")).json()
    rows = list(Session.objects.order_by("pk").values())
    second = take_over()
    assert list(Session.objects.order_by("pk").values()) == rows
    total = len(rows)
    assert f"Took over {total} of {total} sessions" in first
    assert f"Took over 0 of {total} sessions" in second
    assert caller.get("profile/", tokens["access_token"]).status_code == 200


def test_a_second_run_takes_what_the_old_site_did_meanwhile(
    old: OldSite, caller: JSONClient
) -> None:
    take_over()
    from tegata.internal import jwt_ninja_table

    model = jwt_ninja_table.old_sessions("default")
    live_id = claims_of(old.access_token("live"))["session_id"]
    if old.release != "0.2":
        # As if the client had refreshed there once more.
        other = claims_of(old.access_token("rotated"))["session_id"]
        model.objects.filter(pk=other).update(refresh_jti="newer", updated_at=timezone.now())
    model.objects.filter(pk=live_id).update(expired_at=timezone.now())
    said = take_over()
    assert "1 ended" in said
    assert_refused(caller.refresh(old.refresh_token("live")), 401, "session_expired")
    if old.release != "0.2":
        assert "1 renewed" in said
        assert Session.objects.get(pk=other).legacy_jti == "newer"


def test_a_dry_run_writes_nothing(old: OldSite) -> None:
    said = take_over("--dry-run")
    assert "Would take over" in said
    assert not Session.objects.exists()


def test_the_wrong_key_writes_nothing(old: OldSite, settings: Settings) -> None:
    settings.JWT_SECRET_KEY = "another key for tests, of more than 32 bytes"
    if old.has_stamps:
        with pytest.raises(CommandError, match="JWT_SECRET_KEY is not the one"):
            take_over()
        assert not Session.objects.exists()
    else:
        take_over()


def test_rows_that_cannot_be_taken_over(old: OldSite) -> None:
    from tegata.internal import jwt_ninja_table

    model = jwt_ninja_table.old_sessions("default")
    row = model.objects.first()
    row.pk = "short"
    row.save(force_insert=True)
    assert "1 left out" in take_over()


def test_users_can_be_deleted_once_the_old_table_is_dropped(old: OldSite) -> None:
    with pytest.raises(CommandError, match="writes nothing"):
        take_over("--dry-run", "--drop")
    assert "Dropped jwt_ninja_session" in take_over("--drop")
    get_user_model().objects.get(username="alice").delete()
    assert "nothing to take over" in take_over()


def test_a_location_is_kept(old: OldSite) -> None:
    model = jwt_ninja_table.old_sessions("default")
    live_id = claims_of(old.access_token("live"))["session_id"]
    # That release has none.
    location = None if old.release == "0.2" else {"city": "Zürich"}
    if location is not None:
        model.objects.filter(pk=live_id).update(location=location)
    take_over()
    session = Session.objects.get(pk=live_id)
    assert (session.location, session.data) == (location, {"theme": "dark"})


def test_a_site_that_keeps_no_addresses_takes_none_over(old: OldSite, settings: Settings) -> None:
    settings.TEGATA = changed(old, STORE_ADDRESS=False)
    take_over()
    assert Session.objects.exists()
    assert not Session.objects.filter(ip_address__isnull=False).exists()


def test_an_old_token_gets_nothing_that_its_login_was_never_asked_for(
    old: OldSite, caller: JSONClient, settings: Settings, rf: RequestFactory
) -> None:
    take_over()
    asked = {"SCOPES": {"read": "Read"}, "SCOPES_FOR": lambda *_: ["read"]}
    settings.TEGATA = changed(old, **asked)
    request = rf.get("/")
    for gate, code in (
        (JWTAuth(fresh=timedelta(days=365)), "login_required"),
        (JWTAuth(scopes=["read"]), "insufficient_scope"),
    ):
        with pytest.raises(APIError) as refused:
            gate.authenticate(request, old.access_token("live"))
        assert refused.value.error_code == code
    # From the first refresh on it is a session like others, as old as its login.
    access = caller.refresh(old.refresh_token("live")).json()["access_token"]
    assert JWTAuth(scopes=["read"]).authenticate(request, access)
    with old.at(120), pytest.raises(APIError, match="log in"):
        JWTAuth(fresh=timedelta(minutes=1)).authenticate(request, access)


def test_an_old_token_is_of_no_tenant(old: OldSite, caller: JSONClient, settings: Settings) -> None:
    take_over()
    settings.TEGATA = changed(old, TENANT=lambda request: "acme")
    assert_refused(caller.get("profile/", old.access_token("live")), 401, "invalid_token")
    assert_refused(caller.refresh(old.refresh_token("live")), 401, "invalid_token")
    body = {"refresh_token": old.refresh_token("live")}
    assert_refused(caller.post("auth/logout/", body), 401, "invalid_token")
    assert_refused(
        caller.post("auth/verify/", {"token": old.access_token("live")}), 401, "invalid_token"
    )
    assert Session.objects.get(pk=claims_of(old.access_token("live"))["session_id"]).is_active


def test_a_repeated_old_token_is_told_of_without_a_token(old: OldSite, caller: JSONClient) -> None:
    take_over()
    with hearing() as heard:
        caller.refresh(old.refresh_token("live"))
        caller.refresh(old.refresh_token("live"))
        caller.get("profile/", old.access_token("ended"))
    assert heard.names == ["session_refreshed", "session_repeated", "refused"]
    said = "".join(f"{vars(record)}" for record in heard.records)
    assert old.refresh_token("live").rpartition(".")[2] not in said
    assert old.access_token("ended").rpartition(".")[2] not in said


def test_old_refresh_tokens_are_limited_by_session(
    old: OldSite, caller: JSONClient, settings: Settings
) -> None:
    take_over()
    settings.TEGATA = changed(old, REFRESH_THROTTLE="2/h", ROTATE_REFRESH_TOKENS=False)
    answers = [caller.refresh(old.refresh_token("live")).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


@pytest.mark.parametrize("gate_class", [JWTAuth, StatelessJWTAuth])
def test_a_gate_of_several_token_classes_takes_old_tokens_too(
    old: OldSite,
    caller: JSONClient,
    settings: Settings,
    serve: Callable[[NinjaAPI], None],
    gate_class: type[JWTAuth],
) -> None:
    take_over()
    classes = ["tegata.tokens.SlidingToken", "tegata.tokens.AccessToken"]
    settings.TEGATA = changed(old, AUTH_TOKEN_CLASSES=classes)
    api = new_api()

    @api.get("/plain/", auth=gate_class())
    def plain(request: AuthedRequest) -> Any:
        return request.auth.claims.user_id

    @api.get("/aplain/", auth=gate_class())
    async def aplain(request: AuthedRequest) -> Any:
        return request.auth.claims.user_id

    serve(api)
    for where in ("plain/", "aplain/"):
        assert caller.get(where, old.access_token("live")).status_code == 200
        # Whatever the check of the gate, its row decides.
        ended = caller.get(where, old.access_token("ended"))
        assert_refused(ended, 401, "session_expired")
        refused = caller.get(where, old.refresh_token("live"))
        assert_refused(refused, 401, "invalid_token_type")


def test_where_users_go_by_another_field_the_old_tokens_name_nobody(
    old: OldSite, caller: JSONClient, settings: Settings
) -> None:
    """They hold primary keys; a username that happens to look like one must not be taken for it."""
    take_over()
    settings.TEGATA = changed(old, USER_ID_FIELD="username")
    assert_refused(caller.refresh(old.refresh_token("live")), 401, "invalid_token")
    assert_refused(caller.get("profile/", old.access_token("live")), 401, "invalid_token")
    user = get_user_model().objects.get(username="alice")
    get_user_model().objects.filter(pk=user.pk).update(username=str(user.pk))
    assert_refused(caller.refresh(old.refresh_token("live")), 401, "invalid_token")
    assert_refused(caller.get("profile/", old.access_token("live")), 401, "invalid_token")
    settings.TEGATA = changed(old)
    assert caller.refresh(old.refresh_token("live")).status_code == 200
