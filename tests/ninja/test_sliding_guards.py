"""What guards pairs guards sliding tokens too: tenants, login steps, throttles, scopes, events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import APIError, AuthedRequest, JWTAuth, StatelessJWTAuth, sliding
from tegata.api import create_token_router
from tegata.challenge_schemas import ChallengeSchema
from tegata.models import Session
from tegata.tokens import AccessToken, RefreshToken, SlidingToken, Token, TokenError
from tests.ninja.hearing import hearing
from tests.ninja.helpers import PASSWORD, JSONClient, assert_refused, claims_of, new_api
from tests.ninja.login_steps import CODE
from tests.ninja.test_tenants import ACME, BETA, NOBODY, at, by_host

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]

CLASSES = ["tegata.tokens.SlidingToken", "tegata.tokens.AccessToken"]
LOGIN = {"username": "alice", "password": PASSWORD}
STEP = {"LOGIN_STEPS": ["tests.ninja.login_steps.Code"]}
SCOPES = {"SCOPES": {"read": "Reads.", "write": "Writes."}}
GATES = pytest.mark.parametrize("where", ["plain/", "aplain/", "stateless/", "astateless/"])


class Invitation(Token):
    """A type of the site's own that may open views."""

    token_type = "invitation"


def granted(user: Any, request: HttpRequest, session: Session | None) -> list[str]:
    return ["read"] if session is None else ["read", "write"]


@pytest.fixture
def site(settings: Settings, user: Any, serve: Callable[[NinjaAPI], None]) -> Settings:
    settings.TEGATA = {"AUTH_TOKEN_CLASSES": [*CLASSES, f"{__name__}.Invitation"]}
    api = new_api()
    routes = ("pair", "challenge", "verify", "blacklist", "sliding", "sliding/challenge")
    api.add_router("token/", create_token_router(*routes, "sliding/refresh"))
    gate, stateless = JWTAuth(), StatelessJWTAuth()

    def plain(request: AuthedRequest) -> Any:
        return request.auth.tenant

    async def aplain(request: AuthedRequest) -> Any:
        return request.auth.tenant

    api.get("/plain/", auth=gate)(plain)
    api.get("/aplain/", auth=gate)(aplain)
    api.get("/stateless/", auth=stateless)(plain)
    api.get("/astateless/", auth=stateless)(aplain)
    serve(api)
    return settings


def use(site: Settings, **settings: Any) -> None:
    site.TEGATA = {**site.TEGATA, **settings}


def slide(caller: JSONClient) -> str:
    answer = caller.post("token/sliding/", LOGIN)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["token"])


@GATES
def test_a_sliding_token_opens_no_view_of_another_tenant(site: Settings, where: str) -> None:
    use(site, TENANT=by_host)
    for host, tenant in ((ACME, "acme"), (NOBODY, None)):
        token = slide(at(host))
        assert at(host).get(where, token).json() == tenant
        for other in {ACME, BETA, NOBODY} - {host}:
            assert_refused(at(other).get(where, token), 401, "invalid_token")


def test_a_sliding_token_is_refreshed_verified_and_ended_by_its_own_tenant_alone(
    site: Settings,
) -> None:
    use(site, TENANT=by_host)
    token = slide(at(ACME))
    for other in (at(BETA), at(NOBODY)):
        for route, name in (
            ("sliding/refresh", "token"),
            ("verify", "token"),
            ("blacklist", "refresh_token"),
        ):
            answer = other.post(f"token/{route}/", {name: token})
            assert_refused(answer, 401, "invalid_token")
        assert_refused(other.post("auth/logout/", token=token), 401, "invalid_token")
    assert Session.objects.active().count() == 1

    assert at(ACME).post("token/verify/", {"token": token}).json()["type"] == "sliding"
    token = at(ACME).post("token/sliding/refresh/", {"token": token}).json()["token"]
    assert claims_of(token)["tenant"] == "acme"
    assert_refused(at(BETA).post("token/sliding/refresh/", {"token": token}), 401, "invalid_token")
    assert at(ACME).post("auth/logout/", token=token).status_code == 200
    assert Session.objects.active().count() == 0


@GATES
def test_a_token_of_ones_own_type_does_not_cross_tenants(
    site: Settings, user: Any, where: str
) -> None:
    use(site, TENANT=by_host)
    request = RequestFactory().get("/", HTTP_HOST=ACME)
    for made in (
        Invitation.for_user(user, session=True, request=request),
        Invitation.for_user(user, session=True, tenant="acme"),
    ):
        assert at(ACME).get(where, str(made)).json() == "acme"
        for other in (BETA, NOBODY):
            assert_refused(at(other).get(where, str(made)), 401, "invalid_token")
    free = str(Invitation.for_user(user, session=True))
    assert at(NOBODY).get(where, free).json() is None
    assert_refused(at(ACME).get(where, free), 401, "invalid_token")


@pytest.mark.parametrize("kind", [AccessToken, RefreshToken, SlidingToken, Invitation])
def test_token_objects_are_of_one_tenant(user: Any, kind: type[Token]) -> None:
    token = kind.for_user(user, tenant="acme")
    assert token["tenant"] == "acme"
    token.verify()
    assert kind(str(token), tenant="acme").payload == token.payload
    for other in ("beta", None):
        with pytest.raises(TokenError) as refused:
            kind(str(token), tenant=other)
        assert refused.value.error_code == "invalid_token"
    with pytest.raises(ValueError, match="tenant"):
        kind.for_user(user, tenant="")
    assert kind(tenant="acme")["tenant"] == "acme"


def test_a_refresh_token_by_hand_hands_its_tenant_on(user: Any) -> None:
    access = RefreshToken.for_user(user, tenant="acme").access_token
    assert AccessToken(str(access), tenant="acme")["tenant"] == "acme"


@pytest.mark.parametrize(
    ("login", "answers"),
    [("pair", "challenge"), ("sliding", "sliding/challenge")],
)
def test_no_login_skips_the_second_factor(
    site: Settings, caller: JSONClient, login: str, answers: str
) -> None:
    use(site, **STEP)
    asked = caller.post(f"token/{login}/", LOGIN)
    assert asked.status_code == 202, asked.content
    assert asked.json()["step"] == "code"
    assert Session.objects.count() == 0

    def complete(code: str) -> Any:
        body = {"challenge_token": asked.json()["challenge_token"], "answer": {"code": code}}
        return caller.post(f"token/{answers}/", body)

    assert_refused(complete("0"), 401, "invalid_credentials")
    assert Session.objects.count() == 0
    given = complete(CODE)
    assert given.status_code == 200, given.content
    token = given.json().get("token") or given.json()["access_token"]
    assert caller.get("plain/", token).status_code == 200
    assert_refused(complete(CODE), 401, "invalid_challenge")


def test_every_step_is_asked_before_a_sliding_token_is_given(
    site: Settings, caller: JSONClient
) -> None:
    use(site, LOGIN_STEPS=["tests.ninja.login_steps.Code", "tests.ninja.login_steps.Word"])
    first = caller.post("token/sliding/", LOGIN).json()
    body = {"challenge_token": first["challenge_token"], "answer": {"code": CODE}}
    second = caller.post("token/sliding/challenge/", body)
    assert (second.status_code, second.json()["step"]) == (202, "word")
    body = {"challenge_token": second.json()["challenge_token"], "answer": {"word": "sesame"}}
    assert caller.post("token/sliding/challenge/", body).json().keys() == {"token"}


def test_views_of_ones_own_ask_the_steps(site: Settings, user: Any) -> None:
    request = RequestFactory().post("/")
    assert isinstance(sliding.log_in(request, user), str)
    use(site, **STEP)
    asked = sliding.log_in(request, user)
    assert isinstance(asked, ChallengeSchema)
    token = sliding.answer(request, asked.challenge_token, {"code": CODE})
    assert isinstance(token, str)
    assert claims_of(token)["type"] == "sliding"


@pytest.mark.parametrize("route", ["pair", "sliding"])
def test_token_logins_are_throttled(site: Settings, caller: JSONClient, route: str) -> None:
    wrong = {**LOGIN, "password": "wrong"}
    for _ in range(5):
        assert_refused(caller.post(f"token/{route}/", wrong), 401, "invalid_credentials")
    refused = caller.post(f"token/{route}/", LOGIN)
    assert_refused(refused, 429, "rate_limited")
    assert int(refused.headers["Retry-After"]) > 0


def test_sliding_refreshes_count_for_the_session_and_bad_ones_for_the_address(
    site: Settings, caller: JSONClient
) -> None:
    use(site, REFRESH_THROTTLE={"session": "2/m", "address": "3/m"})
    token, other = slide(caller), slide(caller)

    def refresh(token: str) -> Any:
        return caller.post("token/sliding/refresh/", {"token": token})

    for _ in range(2):
        token = refresh(token).json()["token"]
    assert_refused(refresh(token), 429, "rate_limited")
    for _ in range(3):
        assert_refused(refresh("no.such.token"), 401, "invalid_token")
    assert_refused(refresh("no.such.token"), 429, "rate_limited")
    assert refresh(other).status_code == 200


@pytest.mark.parametrize("gate_class", [JWTAuth, StatelessJWTAuth])
def test_gates_of_both_kinds_ask_for_scopes_and_fresh_logins(
    site: Settings,
    user: Any,
    caller: JSONClient,
    clock: FrozenDateTimeFactory,
    serve: Callable[[NinjaAPI], None],
    gate_class: type[JWTAuth],
) -> None:
    use(site, **SCOPES, SCOPES_FOR=granted)
    api = new_api()
    reads = gate_class(scopes=["read"])
    writes, fresh = gate_class(scopes=["write"]), gate_class(fresh=timedelta(seconds=60))

    def plain(request: AuthedRequest) -> Any:
        return sorted(request.auth.scopes)

    async def aplain(request: AuthedRequest) -> Any:
        return sorted(request.auth.scopes)

    for name, auth in (("reads", reads), ("writes", writes), ("fresh", fresh)):
        api.get(f"/{name}/", auth=auth)(plain)
        api.get(f"/a{name}/", auth=auth)(aplain)
    serve(api)
    token = sliding.open_session(RequestFactory().post("/"), user)

    for a in ("", "a"):
        assert caller.get(f"{a}reads/", token).json() == ["read"]
        refused = caller.get(f"{a}writes/", token)
        assert_refused(refused, 403, "insufficient_scope", refused.headers["WWW-Authenticate"])
        assert caller.get(f"{a}fresh/", token).status_code == 200
    clock.tick(90)
    # A refresh is no login, and gives nothing that the token before did not cover.
    token = sliding.refresh(RequestFactory().post("/"), token)
    assert claims_of(token)["scope"] == "read"
    for a in ("", "a"):
        assert caller.get(f"{a}fresh/", token).json()["error_code"] == "login_required"
    paths = api.get_openapi_schema(path_prefix="/")["paths"]
    assert 403 in paths["/reads/"]["get"]["responses"]


def test_a_session_may_be_opened_for_less(site: Settings, user: Any) -> None:
    use(site, **SCOPES, SCOPES_FOR=lambda *_: ["read", "write"])
    token = sliding.open_session(RequestFactory().post("/"), user, scopes=["read"])
    assert claims_of(token)["scope"] == "read"
    use(site, SCOPES_FOR=lambda *_: ["write"])
    with pytest.raises(APIError) as refused:
        sliding.open_session(RequestFactory().post("/"), user, scopes=["read"])
    assert refused.value.error_code == "insufficient_scope"


@GATES
def test_what_gates_refuse_is_told_once(
    site: Settings, user: Any, caller: JSONClient, where: str
) -> None:
    with hearing() as heard:
        for token in (None, "no.such.token", slide(caller)[:-9]):
            caller.get(where, token)
        assert [each["error_code"] for each in heard.of("refused")] == [
            "missing_token",
            "invalid_token",
            "invalid_token",
        ]
        assert {each["place"] for each in heard.of("refused")} == {"gate"}


def test_what_happens_to_sliding_sessions_is_told(
    site: Settings, user: Any, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    with hearing() as heard:
        first = slide(caller)
        second = caller.post("token/sliding/refresh/", {"token": first}).json()["token"]
        caller.get("plain/", second)
        clock.tick(600)
        reused = caller.post("token/sliding/refresh/", {"token": first})
        assert_refused(reused, 401, "token_reuse_detected")
        told = {"session_opened", "session_refreshed", "reuse_detected", "session_ended", "refused"}
        assert told <= set(heard.names)
        for event in told - {"refused"}:
            assert {each["user_id"] for each in heard.of(event)} == {user.pk}


def test_a_challenge_of_one_tenant_gives_no_sliding_token_of_another(site: Settings) -> None:
    use(site, TENANT=by_host, **STEP)
    asked = JSONClient(Client(HTTP_HOST=ACME)).post("token/sliding/", LOGIN).json()
    body = {"challenge_token": asked["challenge_token"], "answer": {"code": CODE}}
    assert_refused(at(BETA).post("token/sliding/challenge/", body), 401, "invalid_challenge")
    token = at(ACME).post("token/sliding/challenge/", body).json()["token"]
    assert claims_of(token)["tenant"] == "acme"
