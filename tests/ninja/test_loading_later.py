"""What the check did not look at is loaded when `request.auth` or `request.user` is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import AuthedRequest, JWTAuth
from tegata.internal import loading
from tegata.models import Session
from tests.ninja.helpers import JSONClient, Pair, assert_refused, new_api

# What is at hand without another query once a request is in; by a cache, once it is in there.
AT_HAND = {
    "request": {"user", "session"},
    "cache": set(),
    "user": {"user"},
    "refresh": set(),
    "off": set(),
}
EVERY_CHECK = pytest.mark.parametrize("check", AT_HAND)


@pytest.fixture
def ask(
    check: str, user: Any, settings: Settings, serve: Callable[[NinjaAPI], None]
) -> Callable[..., Any]:
    """Asks `ask(where, token)` of a site with that check, whose session is cached if any is."""
    cache.clear()
    settings.TEGATA = {"SESSION_CHECK": check}
    serve(site())
    caller = JSONClient()

    def answer(where: str, pair: Pair) -> Any:
        return caller.get(where, pair.access)

    return answer


@pytest.fixture
def admitted(check: str, ask: Callable[..., Any], caller: JSONClient) -> Pair:
    """Alice's tokens, which were seen by the gate before."""
    pair = caller.log_in()
    assert ask("claims/", pair).status_code == 200
    return pair


def site() -> NinjaAPI:
    """Views that each ask for one thing."""
    api = new_api(auth=JWTAuth())

    @api.get("/claims/")
    def claims(request: AuthedRequest) -> Any:
        return request.auth.claims.user_id

    @api.get("/aclaims/")
    async def aclaims(request: AuthedRequest) -> Any:
        return request.auth.claims.user_id

    @api.get("/user/")
    def user(request: AuthedRequest) -> str:
        return request.auth.user.get_username()

    @api.get("/request-user/")
    def request_user(request: AuthedRequest) -> str:
        return request.user.get_username()

    @api.get("/session/")
    def session(request: AuthedRequest) -> str:
        return request.auth.session.pk

    @api.get("/auser/")
    async def auser(request: AuthedRequest) -> str:
        return (await request.auth.aget_user()).get_username()

    @api.get("/arequest-user/")
    async def arequest_user(request: AuthedRequest) -> str:
        return (await request.auser()).get_username()

    @api.get("/asession/")
    async def asession(request: AuthedRequest) -> str:
        return (await request.auth.aget_session()).pk

    @api.get("/unawaited-user/")
    async def unawaited_user(request: AuthedRequest) -> str:
        return request.auth.user.get_username()

    @api.get("/unawaited-request-user/")
    async def unawaited_request_user(request: AuthedRequest) -> str:
        return request.user.get_username()

    @api.get("/unawaited-session/")
    async def unawaited_session(request: AuthedRequest) -> str:
        return request.auth.session.pk

    @api.get("/all/")
    def everything(request: AuthedRequest) -> bool:
        for _ in range(2):
            assert request.user == request.auth.user == request.auth.session.user
        assert request.auth.session is request.auth.session
        return request.auth.user is request.auth.user

    @api.get("/aall/")
    async def aeverything(request: AuthedRequest) -> bool:
        user = await request.auth.aget_user()
        session = await request.auth.aget_session()
        # Once they are loaded, nobody has to wait for them.
        assert user is await request.auser() is request.auth.user
        assert user == request.user == session.user
        return session is request.auth.session is await request.auth.aget_session()

    @api.get("/caught/")
    def caught(request: AuthedRequest) -> str:
        """A view that takes any error for the lack of a name."""
        return getattr(request.user, "no_such_attribute", "no name")

    return api


@EVERY_CHECK
@pytest.mark.parametrize(
    ("where", "asked", "answer"),
    [
        ("claims/", None, "the key"),
        ("aclaims/", None, "the key"),
        ("user/", "user", "alice"),
        ("request-user/", "user", "alice"),
        ("session/", "session", "the session"),
        ("auser/", "user", "alice"),
        ("arequest-user/", "user", "alice"),
        ("asession/", "session", "the session"),
    ],
)
def test_what_is_not_at_hand_costs_one_query(
    check: str,
    admitted: Pair,
    ask: Callable[..., Any],
    where: str,
    asked: str | None,
    answer: str,
) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = ask(where, admitted)

    by_the_gate = 1 if AT_HAND[check] else 0
    later = 0 if asked is None or asked in AT_HAND[check] else 1
    assert len(queries) == by_the_gate + later
    if (check, asked) == ("off", "session"):
        # There is none.
        assert_refused(response, 401, "session_not_found")
        return
    expected = {"the key": get_user_model().objects.get().pk, "the session": admitted.session_id}
    assert response.json() == expected.get(answer, answer)


@pytest.mark.parametrize("check", [check for check in AT_HAND if check != "off"])
@pytest.mark.parametrize("where", ["all/", "aall/"])
def test_everything_agrees_and_is_loaded_once(
    check: str, admitted: Pair, ask: Callable[..., Any], where: str
) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = ask(where, admitted)

    assert response.json() is True
    assert len(queries) == (1 if check == "request" else 2)


@EVERY_CHECK
@pytest.mark.parametrize(
    ("where", "asked", "name", "twin"),
    [
        ("unawaited-user/", "user", "request.auth.user", "request.auth.aget_user"),
        ("unawaited-request-user/", "user", "request.auth.user", "request.auth.aget_user"),
        ("unawaited-session/", "session", "request.auth.session", "request.auth.aget_session"),
    ],
)
def test_an_async_view_that_does_not_wait_is_told_what_to_write(
    check: str,
    admitted: Pair,
    ask: Callable[..., Any],
    where: str,
    asked: str,
    name: str,
    twin: str,
) -> None:
    if asked in AT_HAND[check]:
        assert ask(where, admitted).json() in ("alice", admitted.session_id)
        return

    with pytest.raises(RuntimeError) as raised:
        ask(where, admitted)

    assert str(raised.value) == (
        f"{name} is not loaded here, because TEGATA['SESSION_CHECK'] does not look at it. "
        f"In an async view, use `await {twin}()`."
    )


@pytest.mark.parametrize("check", ["cache"])
def test_an_async_view_hears_of_it_at_its_first_request(
    check: str, ask: Callable[..., Any], user: Any, caller: JSONClient
) -> None:
    pair = caller.log_in()

    with pytest.raises(RuntimeError, match="is not loaded here"):
        ask("unawaited-user/", pair)
    assert ask("auser/", caller.log_in()).json() == "alice"


OF_THE_USER = ["user/", "request-user/", "auser/", "arequest-user/", "caught/"]
OF_THE_SESSION = ["session/", "asession/"]


@pytest.mark.parametrize("check", ["cache", "refresh", "off"])
@pytest.mark.parametrize("where", OF_THE_USER)
def test_a_user_who_is_gone_is_a_401(
    check: str, admitted: Pair, ask: Callable[..., Any], where: str
) -> None:
    _delete_by_sql(Session, get_user_model())

    assert ask("claims/", admitted).status_code == 200
    assert_refused(ask(where, admitted), 401, "invalid_user")


@pytest.mark.parametrize("check", ["cache", "user", "refresh", "off"])
@pytest.mark.parametrize("where", OF_THE_SESSION)
def test_a_session_that_was_purged_is_a_401(
    check: str, admitted: Pair, ask: Callable[..., Any], where: str
) -> None:
    _delete_by_sql(Session)

    assert ask("user/", admitted).json() == "alice"
    assert_refused(ask(where, admitted), 401, "session_not_found")


def looks_back(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A middleware that asks who it was when the view is done."""

    def middleware(request: Any) -> Any:
        response = get_response(request)
        response["X-User"] = request.user.get_username()
        return response

    return middleware


@pytest.fixture
def looking_back(settings: Settings) -> None:
    """Puts it into the site."""
    settings.MIDDLEWARE = [f"{__name__}.looks_back", *settings.MIDDLEWARE]


@pytest.mark.parametrize("check", ["cache", "refresh", "off"])
def test_a_middleware_that_looks_for_a_user_who_is_gone_is_no_500(
    check: str, looking_back: None, admitted: Pair, ask: Callable[..., Any]
) -> None:
    assert ask("claims/", admitted).headers["X-User"] == "alice"
    _delete_by_sql(Session, get_user_model())

    assert ask("claims/", admitted).status_code == 403


def _delete_by_sql(*models: Any) -> None:
    """By no way that a cache hears of."""
    for model in models:
        model._base_manager.all()._raw_delete(connection.alias)


@pytest.mark.parametrize("check", ["cache", "refresh", "off"])
@pytest.mark.parametrize("where", OF_THE_USER + OF_THE_SESSION)
def test_a_database_that_is_gone_is_a_503(
    check: str,
    admitted: Pair,
    ask: Callable[..., Any],
    where: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(loading, "load", gone)
    monkeypatch.setattr(loading, "load_user", gone)

    response = ask(where, admitted)

    assert_refused(response, 503, "service_unavailable")
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize("check", ["refresh", "off"])
def test_whoever_loads_later_sees_the_user_as_it_is_by_then(
    check: str, admitted: Pair, ask: Callable[..., Any]
) -> None:
    """Loading is no check: a view that cares asks `is_active`, or has a stricter check."""
    get_user_model().objects.update(username="alicia", is_active=False)

    for where in ("user/", "request-user/", "auser/", "arequest-user/"):
        assert ask(where, admitted).json() == "alicia"
