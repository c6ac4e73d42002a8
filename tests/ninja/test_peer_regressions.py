"""What other libraries of this kind get wrong, one test for each finding.

The letters are those of the findings: J of a session library for Django Ninja, T of the pattern
that tutorials teach. Most are tested in depth elsewhere; here they stand under their names.
"""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from io import StringIO
from itertools import count
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.management import call_command
from freezegun.api import FrozenDateTimeFactory
from ninja.operation import PathView
from pytest_django import Settings

from tegata import JWTAuth, JWTPayload
from tegata.internal import retention
from tegata.models import Session
from tests.api import ApiKey
from tests.ninja.hearing import hearing
from tests.ninja.helpers import (
    JSONClient,
    Pair,
    assert_refused,
    claims_of,
    forge,
    new_api,
    pair_of,
)
from tests.ninja.test_user_models import story_of


@pytest.mark.django_db(transaction=True)
def test_j1_a_second_tab_and_a_retry_end_no_session(
    clock: FrozenDateTimeFactory, user: Any, caller: JSONClient
) -> None:
    pair = caller.log_in()
    clock.tick(60)

    winner = pair_of(caller.refresh(pair.refresh))
    assert caller.get("profile/", winner.access).status_code == 200
    clock.tick(1)
    loser = pair_of(caller.refresh(pair.refresh))

    for each in (winner, loser, pair):
        assert caller.get("profile/", each.access).status_code == 200
    # The one whose answer got lost comes back when there is a network again.
    caller.refresh(loser.refresh)
    clock.tick(timedelta(days=1))
    again = pair_of(caller.refresh(loser.refresh))
    assert caller.get("profile/", again.access).status_code == 200


def test_j2_a_uuid_for_a_key_needs_no_payload_class() -> None:
    story = story_of("uuid")

    assert story["login"] == 200
    assert story["who"]["user"] == story["pk"]


def test_j3_logging_out_needs_no_live_access_token(
    clock: FrozenDateTimeFactory, user: Any, caller: JSONClient
) -> None:
    pair = caller.log_in()
    clock.tick(timedelta(days=1))

    body = {"refresh_token": pair.refresh}
    assert caller.post("auth/logout/", body, token=pair.access).status_code == 200

    assert Session.objects.get().end_reason == "log_out"
    assert_refused(caller.refresh(pair.refresh), 401, "session_expired")


def test_j4_a_new_signing_key_drops_no_token_and_ends_no_session(
    pair: Pair, caller: JSONClient, settings: Settings
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret key, with more than enough bytes"

    assert caller.get("profile/", pair.access).status_code == 200
    after = pair_of(caller.refresh(pair.refresh))

    # Nor when the old one is gone, by which time every client has refreshed.
    settings.SECRET_KEY_FALLBACKS = []
    assert caller.get("profile/", after.access).status_code == 200
    assert caller.refresh(after.refresh).status_code == 200
    assert Session.objects.get().expired_at is None


@pytest.mark.django_db(transaction=True)
def test_j6_every_login_and_logout_is_told_of_with_its_session(
    user: Any, caller: JSONClient
) -> None:
    with hearing() as heard:
        first, second = caller.log_in(), caller.log_in()
        caller.post("auth/logout/", token=first.access)
        caller.post("auth/logout/all/", token=second.access)

    told = [(name, fields["session_id"]) for name, fields in heard.signals]
    assert told == [
        ("session_opened", first.session_id),
        ("session_opened", second.session_id),
        ("session_ended", first.session_id),
        ("session_ended", second.session_id),
    ]
    assert {fields["user_id"] for _, fields in heard.signals} == {user.pk}


def test_j6_request_user_signals_and_last_login(user: Any, caller: JSONClient) -> None:
    told: list[str] = []

    def logged_in(**_: Any) -> None:
        told.append("in")

    def logged_out(**_: Any) -> None:
        told.append("out")

    user_logged_in.connect(logged_in)
    user_logged_out.connect(logged_out)
    try:
        pair = caller.log_in()
        for where in ("profile/", "aprofile/"):
            assert caller.get(where, pair.access).json()["request_user"] == "alice"
        caller.post("auth/logout/", token=pair.access)
    finally:
        user_logged_in.disconnect(logged_in)
        user_logged_out.disconnect(logged_out)

    assert told == ["in", "out"]
    user.refresh_from_db()
    assert user.last_login is not None


@pytest.mark.parametrize("where", ["either/", "aeither/"])
def test_j7_a_foreign_token_reaches_the_next_authenticator(
    pair: Pair, caller: JSONClient, where: str
) -> None:
    foreign = forge(claims_of(pair.access))

    assert caller.get(where, foreign, X_API_Key="let me in").json() == {"auth": "str"}


def test_j8_one_shape_for_every_error(user: Any, caller: JSONClient) -> None:
    answers = [
        caller.post("auth/login/", {"username": "alice"}),
        caller.post("auth/login/", b"{"),
        caller.post("auth/login/", {"username": "alice", "password": "x"}),
        caller.post_form("auth/refresh/", refresh_token="x"),
        caller.refresh("x"),
        caller.get("auth/sessions/"),
        caller.get("profile/", "x"),
        caller.get("either/"),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 401, 415, 401, 401, 401, 401]
    assert {tuple(answer.json()) for answer in answers} == {("error_code", "detail")}


@pytest.mark.parametrize("prefix", ["", "a"])
def test_j7_a_token_that_is_not_enough_reaches_the_next_authenticator(
    user: Any, caller: JSONClient, settings: Settings, serve: Any, prefix: str
) -> None:
    settings.TEGATA = {"SCOPES": {"admin": "Everything"}}
    api = new_api()

    @api.get("/either/", auth=[JWTAuth(scopes=["admin"]), ApiKey()])
    def either(request: Any) -> str:
        return type(request.auth).__name__

    @api.get("/aeither/", auth=[JWTAuth(scopes=["admin"]), ApiKey()])
    async def aeither(request: Any) -> str:
        return type(request.auth).__name__

    serve(api)
    pair = caller.log_in()

    assert caller.get(f"{prefix}either/", pair.access, X_API_Key="let me in").json() == "str"
    assert caller.get(f"{prefix}either/", pair.access, X_API_Key="x").status_code == 403


def test_j8_a_gate_that_asks_for_more_has_the_same_shape_and_documents_it(
    user: Any, caller: JSONClient, settings: Settings, serve: Any
) -> None:
    settings.TEGATA = {"SCOPES": {"admin": "Everything"}}
    api = new_api()

    @api.get("/scoped/", auth=JWTAuth(scopes=["admin"], fresh=60))
    def scoped(request: Any) -> str:
        return ""

    serve(api)
    answer = caller.get("scoped/", caller.log_in().access)
    documented = caller.get("openapi.json").json()["paths"]["/api/scoped/"]["get"]["responses"]

    assert answer.json().keys() == {"error_code", "detail"}
    assert documented.keys() >= {"401", str(answer.status_code)}


def test_j8_protected_routes_document_their_401() -> None:
    from tests.api import api

    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    guarded = [
        operation
        for operations in paths.values()
        for operation in operations.values()
        if {"JWTAuth": []} in operation.get("security", [])
    ]
    assert len(guarded) >= 9
    assert all(401 in operation["responses"] for operation in guarded)


@pytest.mark.parametrize("where", ["profile/", "aprofile/"])
def test_j9_statements(
    user: Any,
    caller: JSONClient,
    django_assert_num_queries: Any,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    # One login in ten looks for rows that may go.
    monkeypatch.setattr(retention, "_logins", count())
    for queries in (4, *[3] * 9, 4):
        with django_assert_num_queries(queries):
            pair = caller.log_in()
    for _ in range(2):
        with django_assert_num_queries(1):
            assert caller.get(where, pair.access).status_code == 200
    with django_assert_num_queries(2):
        after = pair_of(caller.refresh(pair.refresh))
    # An answer that is given again counts itself.
    with django_assert_num_queries(2):
        assert caller.refresh(pair.refresh).status_code == 200
    with django_assert_num_queries(1):
        assert caller.get(where, after.access).status_code == 200


def test_j10_ended_sessions_can_be_purged(
    clock: FrozenDateTimeFactory, user: Any, caller: JSONClient
) -> None:
    ended, _idle = caller.log_in(), caller.log_in()
    Session.objects.get(pk=ended.session_id).invalidate()
    clock.tick(timedelta(days=15))
    live = caller.log_in()

    assert Session.purge_expired_sessions() == 2
    assert [session.id for session in Session.objects.all()] == [live.session_id]


def test_j10_there_is_a_command_for_that(
    clock: FrozenDateTimeFactory, user: Any, caller: JSONClient
) -> None:
    ended, live = caller.log_in(), caller.log_in()
    Session.objects.get(pk=ended.session_id).invalidate()
    said = StringIO()

    call_command("tegata_sessions", "purge", "--older-than", "0s", stdout=said)

    assert said.getvalue() == "1 row removed\n"
    assert [session.id for session in Session.objects.all()] == [live.session_id]


def test_j10_types_are_in_the_package() -> None:
    assert files("tegata").joinpath("py.typed").is_file()
    assert files("tegata").joinpath("_tegata.pyi").is_file()


def test_j10_the_payload_class_sees_the_user(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    seen: list[Any] = []

    class Payload(JWTPayload):
        @classmethod
        def claims_for(cls, user: Any, request: Any, session: Any) -> dict[str, Any]:
            seen.append(user)
            return {}

    settings.TEGATA = {"PAYLOAD_CLASS": Payload}

    caller.refresh(caller.log_in().refresh)

    assert seen == [user, user]


def test_t1_a_refresh_token_is_no_access_token(pair: Pair, caller: JSONClient) -> None:
    for where in ("profile/", "aprofile/", "auth/sessions/"):
        assert_refused(caller.get(where, pair.refresh), 401, "invalid_token_type")


def test_t2_a_disabled_user_is_refused_at_once(pair: Pair, caller: JSONClient) -> None:
    get_user_model().objects.update(is_active=False)

    assert_refused(caller.get("profile/", pair.access), 401, "invalid_user")


def test_t3_a_token_without_an_end_is_refused(
    pair: Pair, caller: JSONClient, forging_key: bytes
) -> None:
    claims = claims_of(pair.access)
    assert caller.get("profile/", forge(claims)).status_code == 200
    del claims["exp"]

    assert_refused(caller.get("profile/", forge(claims)), 401, "invalid_token")


def test_t4_a_signed_token_without_a_user_is_refused(
    pair: Pair, caller: JSONClient, forging_key: bytes
) -> None:
    claims = claims_of(pair.access)
    for missing in ({"user_id"}, {"sub"}, {"user_id", "sub"}):
        token = forge({name: value for name, value in claims.items() if name not in missing})
        assert_refused(caller.get("profile/", token), 401, "invalid_token")


def test_no_patch_of_django_ninja_leaks_out_of_the_auth_routes() -> None:
    """The auth routes' operations are of a class of their own; a site's are not."""
    api = new_api()

    @api.get("/mine/")
    def mine(request: Any) -> str:
        return ""

    [view] = api.default_router.path_operations.values()
    assert type(view) is PathView
    assert type(view.operations[0]).__module__ == "ninja.operation"
