"""USER_ID_FIELD and USER_AUTHENTICATION_RULE: what tokens call a user by, and who may be let in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import AuthedRequest, JWTAuth, conf
from tegata.internal import user_key
from tegata.models import Session
from tegata.tokens import AccessToken, RefreshToken, TokenError
from tests.ninja.hearing import hearing
from tests.ninja.helpers import (
    PASSWORD,
    SECRET,
    JSONClient,
    assert_refused,
    claims_of,
    forge,
    new_api,
    pair_of,
)
from tests.ninja.login_steps import CODE
from tests.ninja.test_user_models import story_of

# What is noted after the answer stays only where transactions are real.
pytestmark = pytest.mark.django_db(transaction=True)

EVERY_CHECK = pytest.mark.parametrize("check", ["request", "cache", "user", "refresh", "off"])
BOTH = pytest.mark.parametrize("where", ["plain/", "aplain/"])


@pytest.fixture
def serve_views(
    check: str, settings: Settings, serve: Callable[[NinjaAPI], None]
) -> Callable[..., None]:
    """Serves the auth routes, `plain/` and `aplain/` under further settings."""

    def put(**options: Any) -> None:
        cache.clear()
        settings.TEGATA = {"SESSION_CHECK": check, **options}
        api = new_api()

        @api.get("/plain/", auth=JWTAuth())
        def plain(request: AuthedRequest) -> Any:
            return request.auth.user.pk

        @api.get("/aplain/", auth=JWTAuth())
        async def aplain(request: AuthedRequest) -> Any:
            return (await request.auth.aget_user()).pk

        serve(api)

    return put


@BOTH
@EVERY_CHECK
def test_tokens_call_a_user_by_another_field(
    user: Any, caller: JSONClient, serve_views: Callable[..., None], check: str, where: str
) -> None:
    serve_views(USER_ID_FIELD="username")

    pair = caller.log_in()
    claims = claims_of(pair.access)
    assert (claims["sub"], claims["user_id"]) == ("alice", "alice")
    for _ in range(2):
        assert caller.get(where, pair.access).json() == user.pk
    pair = pair_of(caller.refresh(pair.refresh))
    assert caller.post("auth/verify/", {"token": pair.refresh}).json()["user_id"] == "alice"
    assert AccessToken.for_user(user)["sub"] == "alice"
    by_hand = RefreshToken.for_user(user, session=True)
    assert caller.get(where, str(by_hand.access_token)).json() == user.pk
    # A token that calls the user by its primary key is another's.
    by_key = {**claims, "sub": str(user.pk), "user_id": user.pk}
    refused = AccessToken()
    refused.update(by_key)
    answer = caller.get(where, str(refused))
    expected = {"request": "invalid_token", "cache": "invalid_token"}.get(check, "invalid_user")
    assert_refused(answer, 401, expected)


@pytest.mark.parametrize("check", ["request", "cache"])
def test_ends_reach_the_user_of_another_field(
    user: Any, other_user: Any, caller: JSONClient, serve_views: Callable[..., None], check: str
) -> None:
    serve_views(USER_ID_FIELD="username")
    others = caller.log_in("bob")

    def live() -> list[str]:
        return sorted(Session.objects.active().values_list("user__username", flat=True))

    first, second = caller.log_in(), caller.log_in()
    assert caller.get("plain/", second.access).status_code == 200
    assert caller.post("auth/logout/", token=first.access).status_code == 200
    assert_refused(caller.get("plain/", first.access), 401, "session_expired")
    assert caller.post("auth/logout/all/", token=second.access).status_code == 200
    assert_refused(caller.get("plain/", second.access), 401, "session_expired")
    assert live() == ["bob"]

    pair = caller.log_in()
    assert caller.get("plain/", pair.access).status_code == 200
    user.set_password("another one")
    user.save()
    assert_refused(caller.get("plain/", pair.access), 401, "session_expired")
    user.set_password(PASSWORD)
    user.save()
    pair = caller.log_in()
    assert caller.get("plain/", pair.access).status_code == 200
    # Without a signal, so that the engine ends them, by the name that tokens have.
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    cache.clear()
    assert_refused(caller.get("plain/", pair.access), 401, "invalid_user")
    assert live() == ["bob"]
    assert caller.get("plain/", others.access).json() == other_user.pk


def test_a_uuid_that_is_not_the_primary_key() -> None:
    story = story_of("public")

    assert story["claims"]["user_id"] == story["claims"]["sub"] == story["verified"]
    assert len(story["verified"]) == 36
    assert story["pk"] == "1"
    assert story["who"] == {"user": "1", "claim": story["verified"], "type": "str"}
    assert story["loaded"] == {"user": "1", "refresh": "1", "off": "1"}
    assert (story["ended"], story["after"]) == ("log_out", "session_expired")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nothing", "User has no such field"),
        ("email", "unique and not null"),
        ("last_login", "unique and not null"),
        ("groups", "unique and not null"),
    ],
)
def test_a_field_that_names_no_single_user(settings: Settings, name: str, problem: str) -> None:
    settings.TEGATA = {"USER_ID_FIELD": name}
    with pytest.raises(ImproperlyConfigured, match=rf"'USER_ID_FIELD'.*{problem}"):
        user_key.require()


@pytest.mark.parametrize("name", [None, "pk", "id", "username"])
def test_a_field_that_names_one_user(settings: Settings, name: str | None) -> None:
    settings.TEGATA = {"USER_ID_FIELD": name}
    user_key.require()


@pytest.mark.parametrize("check", ["user", "refresh", "off"])
def test_n10_a_user_id_of_any_type_is_a_clear_401(
    user: Any,
    caller: JSONClient,
    serve_views: Callable[..., None],
    check: str,
) -> None:
    serve_views(KEYS=[SECRET])
    good = AccessToken.for_user(user)
    texts: list[Any] = ["abc", "", "\0"]
    numbers: list[Any] = [2**63 - 1, -(2**63), 2**63, 1e300, 1.5]
    for user_id in (*texts, *numbers, [1], {"a": 1}, None, True):
        token = forge({**good, "user_id": user_id, "sub": str(user_id)})
        # The check "refresh" looks for a row when a view asks for the user.
        for where in ("plain/", "aplain/"):
            answer = caller.get(where, token)
            assert answer.status_code == 401
            assert answer.json()["error_code"] in ("invalid_token", "invalid_user")


def may_log_in(user: Any) -> bool:
    """The rule of the tests: who has an address that is not barred."""
    return bool(user.is_active and not user.email.startswith("barred"))


async def _asynchronous(user: Any) -> bool:
    return True


@EVERY_CHECK
def test_a_rule_of_the_site_is_asked_at_login_refresh_and_use(
    user: Any, caller: JSONClient, serve_views: Callable[..., None], check: str
) -> None:
    serve_views(USER_AUTHENTICATION_RULE=f"{__name__}.may_log_in")
    pair = caller.log_in()
    assert caller.get("plain/", pair.access).status_code == 200

    type(user).objects.update(email="barred@example.org")
    user.refresh_from_db()
    body = {"username": "alice", "password": PASSWORD}
    assert_refused(caller.post("auth/login/", body), 401, "invalid_credentials")
    with pytest.raises(TokenError):
        AccessToken.for_user(user)
    assert_refused(caller.refresh(pair.refresh), 401, "invalid_user")
    cache.clear()
    if check in ("refresh", "off"):
        assert caller.get("plain/", pair.access).status_code == 200
    else:
        assert_refused(caller.get("plain/", pair.access), 401, "invalid_user")
        assert Session.objects.get().end_reason == "user_inactive"


@pytest.mark.parametrize("check", ["cache"])
def test_a_user_who_is_saved_as_barred_is_out_at_once(
    user: Any, caller: JSONClient, serve_views: Callable[..., None]
) -> None:
    serve_views(USER_AUTHENTICATION_RULE=may_log_in)
    pair = caller.log_in()
    assert caller.get("plain/", pair.access).status_code == 200
    user.email = "barred@example.org"
    user.save(update_fields=["last_login"])
    assert caller.get("plain/", pair.access).status_code == 200
    user.save()
    assert_refused(caller.get("plain/", pair.access), 401, "invalid_user")
    assert Session.objects.get().end_reason == "user_inactive"


@pytest.mark.parametrize("check", ["request"])
def test_asking_the_rule_costs_no_query(
    user: Any, caller: JSONClient, serve_views: Callable[..., None]
) -> None:
    serve_views(USER_AUTHENTICATION_RULE=may_log_in)
    pair = caller.log_in()
    with CaptureQueriesContext(connection) as queries:
        caller.get("plain/", pair.access)
    assert len(queries) == 1


@pytest.mark.parametrize("rule", [_asynchronous, f"{__name__}._asynchronous", 7, "nowhere.rule"])
def test_a_rule_that_cannot_be(settings: Settings, rule: Any) -> None:
    settings.TEGATA = {"USER_AUTHENTICATION_RULE": rule}
    with pytest.raises(ImproperlyConfigured, match=r"TEGATA\['USER_AUTHENTICATION_RULE'\]"):
        conf.current()


def test_an_awaitable_is_no_yes(user: Any, settings: Settings) -> None:
    settings.TEGATA = {"USER_AUTHENTICATION_RULE": lambda user: _asynchronous(user)}
    with pytest.raises(TypeError, match="without an await"):
        AccessToken.for_user(user)


def test_a_user_without_the_field_gets_no_token(user: Any, settings: Settings) -> None:
    settings.TEGATA = {"USER_ID_FIELD": "username"}
    user.username = None
    with pytest.raises(ImproperlyConfigured, match="has no username"):
        AccessToken.for_user(user)


@pytest.mark.parametrize("check", ["request"])
def test_login_steps_and_events_know_the_user_by_its_row(
    user: Any, caller: JSONClient, serve_views: Callable[..., None]
) -> None:
    serve_views(USER_ID_FIELD="username", LOGIN_STEPS=["tests.ninja.login_steps.Code"])
    with hearing() as heard:
        asked = caller.post("auth/login/", {"username": "alice", "password": PASSWORD})
        assert asked.status_code == 202
        body = {"challenge_token": asked.json()["challenge_token"], "answer": {"code": CODE}}
        pair = pair_of(caller.post("auth/login/challenge/", body))
        assert claims_of(pair.access)["user_id"] == "alice"
        assert caller.refresh(pair.refresh).status_code == 200
        told = [*heard.of("session_opened"), *heard.of("session_refreshed")]
        assert [each["user_id"] for each in told] == [user.pk, user.pk]
