"""`JWTAuth(transport=…)`: each view by itself, in lists, and with what else a gate can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.test import AsyncClient
from ninja import NinjaAPI
from ninja.security import APIKeyHeader
from pytest_django import Settings

from tegata import APIError, AuthedRequest, JWTAuth, StatelessJWTAuth
from tegata.api import create_token_router
from tegata.models import Session
from tests.ninja.browser import ACCESS, REFRESH, Browser
from tests.ninja.helpers import PASSWORD, JSONClient, assert_refused, claims_of, new_api
from tests.ninja.login_steps import CODE
from tests.ninja.test_openapi import document_of

Serve = Callable[[NinjaAPI], None]


class Key(APIKeyHeader):
    """Another way in."""

    param_name = "X-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> str | None:
        return "by key" if key == "let me in" else None


def who(request: Any) -> str:
    return request.auth if isinstance(request.auth, str) else request.auth.user.get_username()


def add(api: NinjaAPI, path: str, auth: Any, *, is_async: bool = False) -> None:
    """A view for all methods, by the gate that a test is about."""
    methods = ["GET", "POST"]
    if is_async:

        @api.api_operation(methods, path, auth=auth)
        async def aview(request: HttpRequest) -> str:
            return who(request)

    else:

        @api.api_operation(methods, path, auth=auth)
        def view(request: HttpRequest) -> str:
            return who(request)


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def is_async(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def by_cookie(settings: Settings) -> Settings:
    settings.TEGATA = {"TRANSPORT": "cookie"}
    return settings


def test_each_view_has_the_transport_that_it_says(
    settings: Settings, user: Any, serve: Serve, is_async: bool
) -> None:
    settings.TEGATA = {"TRANSPORT": "both"}
    api = new_api()
    for transport in ("header", "cookie", "both"):
        add(api, f"{transport}/", JWTAuth(transport=transport), is_async=is_async)
    serve(api)
    browser, token = Browser(), JSONClient().log_in().access
    browser.log_in()
    header = {"Authorization": f"Bearer {token}"}

    assert_refused(browser.get("header/"), 401, "missing_token")
    assert browser.get("header/", **header).json() == "alice"
    assert browser.get("cookie/").json() == "alice"
    assert_refused(JSONClient().get("cookie/", token), 401, "missing_token")
    assert browser.get("both/").json() == "alice"
    assert JSONClient().get("both/", token).json() == "alice"
    assert_refused(browser.post("cookie/", headers=header), 403, "csrf_failed")
    assert browser.post("both/", headers=header).json() == "alice"


@pytest.mark.parametrize("transport", ["cookies", "", 5])
def test_there_is_no_such_transport(transport: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="transport must be one of"):
        JWTAuth(transport=transport)


# vitalik/django-ninja#1464: a cookie's CSRF check refused requests that came by another way.
def test_in_a_list_a_cookie_without_proof_leaves_the_request_to_others(
    by_cookie: Settings, user: Any, serve: Serve, is_async: bool
) -> None:
    api = new_api()
    add(api, "list/", [JWTAuth(), Key()], is_async=is_async)
    add(api, "last/", [Key(), JWTAuth()], is_async=is_async)
    serve(api)
    browser = Browser()
    browser.log_in()
    key = {"X-API-Key": "let me in"}

    for where in ("list/", "last/"):
        assert browser.post(where, headers=key).json() == "by key"
        assert_refused(browser.post(where, headers={}), 403, "csrf_failed")
        assert browser.post(where).json() == "alice"


def test_a_header_and_a_cookie_gate_stand_side_by_side(
    settings: Settings, user: Any, serve: Serve, is_async: bool
) -> None:
    settings.TEGATA = {"TRANSPORT": "both"}
    api = new_api()
    gates = [JWTAuth(transport="cookie"), JWTAuth(transport="header")]
    add(api, "either/", gates, is_async=is_async)
    serve(api)
    token = JSONClient().log_in().access
    browser = Browser()
    browser.log_in()

    assert JSONClient().post("either/", token=token).json() == "alice"
    assert browser.post("either/").json() == "alice"


@pytest.mark.parametrize("check", ["request", "cache", "user", "refresh"])
def test_every_session_check(
    settings: Settings, user: Any, serve: Serve, is_async: bool, check: str
) -> None:
    settings.TEGATA = {"TRANSPORT": "cookie", "SESSION_CHECK": check}
    api = new_api()

    @api.post("view/", auth=JWTAuth())
    def view(request: AuthedRequest) -> int | str:
        return request.auth.claims.user_id

    serve(api)
    browser = Browser()
    browser.log_in()

    assert browser.post("view/").json() == user.pk
    assert_refused(browser.post("view/", headers={}), 403, "csrf_failed")


def test_without_rows_a_logout_says_so_and_clears_the_cookies(
    settings: Settings, user: Any
) -> None:
    settings.TEGATA = {"TRANSPORT": "cookie", "SESSION_CHECK": "off"}
    browser = Browser()
    browser.log_in()
    assert browser.get("profile/").status_code in (200, 401)

    answer = browser.post("auth/logout/")

    assert answer.status_code == 404
    assert {each.value for each in answer.cookies.values()} == {""}


def test_stateless_fresh_and_scopes(by_cookie: Settings, user: Any, serve: Serve) -> None:
    by_cookie.TEGATA = {
        **by_cookie.TEGATA,
        "SCOPES": {"read": "", "write": ""},
        "SCOPES_FOR": lambda *_: ["read"],
    }
    api = new_api()
    add(api, "stateless/", StatelessJWTAuth())
    add(api, "read/", JWTAuth(scopes=["read"], fresh=300))
    add(api, "write/", JWTAuth(scopes=["write"]))
    serve(api)
    browser = Browser()
    assert browser.log_in().json() == {"expires_in": 300, "scope": "read"}

    assert browser.post("stateless/").status_code == 200
    assert_refused(browser.post("stateless/", headers={}), 403, "csrf_failed")
    assert browser.post("read/").json() == "alice"
    challenge = 'Bearer error="insufficient_scope", scope="write"'
    assert_refused(browser.post("write/"), 403, "insufficient_scope", challenge)
    # Whoever has not sent it, does not learn more.
    assert_refused(browser.post("write/", headers={}), 403, "csrf_failed")


def test_the_cookie_of_another_tenant_is_no_cookie_here(by_cookie: Settings, user: Any) -> None:
    by_cookie.TEGATA = {**by_cookie.TEGATA, "TENANT": lambda request: request.get_host()}
    browser = Browser()
    browser.log_in()

    assert browser.get("profile/").status_code == 200
    assert_refused(browser.get("profile/", Host="other"), 401, "invalid_token")


def test_a_gate_of_the_sites_own_is_asked_after_the_proof(
    by_cookie: Settings, user: Any, serve: Serve, is_async: bool
) -> None:
    seen: list[str] = []

    class Own(JWTAuth):
        def authenticate(self, request: HttpRequest, token: str) -> Any:
            seen.append(token)
            return super().authenticate(request, token)

    api = new_api()
    add(api, "own/", Own(), is_async=is_async)
    serve(api)
    browser = Browser()
    browser.log_in()

    assert_refused(browser.post("own/", headers={}), 403, "csrf_failed")
    assert seen == []
    assert browser.post("own/").json() == "alice"
    assert seen == [browser.value(ACCESS)]


@pytest.mark.parametrize("cookie", ["no.to.ken", "é", "x" * 9000, "a b", "Bearer x"])
def test_what_is_no_token_in_the_cookie(by_cookie: Settings, user: Any, cookie: str) -> None:
    browser = Browser()
    browser.keep(access=cookie)

    assert_refused(browser.get("profile/"), 401, "invalid_token")
    assert_refused(browser.get("aprofile/"), 401, "invalid_token")


def test_called_by_hand(by_cookie: Settings, user: Any, rf: Any) -> None:
    browser = Browser()
    browser.log_in()
    request = rf.post("/")
    request.COOKIES[ACCESS] = browser.value(ACCESS)

    request._dont_enforce_csrf_checks = False

    with pytest.raises(APIError) as refusal:
        JWTAuth()(request)
    assert refusal.value.error_code == "csrf_failed"


@pytest.mark.django_db(transaction=True)
async def test_under_asgi(by_cookie: Settings, user: Any, serve: Serve) -> None:
    from asgiref.sync import sync_to_async

    api = new_api()
    add(api, "view/", JWTAuth(), is_async=True)
    serve(api)
    browser = Browser()
    await sync_to_async(browser.log_in)()
    client = AsyncClient(enforce_csrf_checks=True)
    client.cookies = browser.django.cookies

    assert (await client.get("/api/view/")).json() == "alice"
    assert_refused(await client.post("/api/view/"), 403, "csrf_failed")
    assert (await client.post("/api/view/", headers=browser.page)).json() == "alice"


class TestTokenRouter:
    """Routes of `create_token_router`, by cookies."""

    @pytest.fixture(autouse=True)
    def _routes(self, by_cookie: Settings, serve: Serve) -> None:
        by_cookie.TEGATA = {
            **by_cookie.TEGATA,
            "AUTH_TOKEN_CLASSES": ["tegata.tokens.AccessToken", "tegata.tokens.SlidingToken"],
        }
        api = new_api()
        names = ("pair", "refresh", "blacklist", "sliding", "sliding/refresh")
        api.add_router("token/", create_token_router(*names))
        add(api, "view/", JWTAuth())
        serve(api)

    def test_pairs(self, user: Any) -> None:
        browser = Browser()
        answer = browser.log_in(where="token/pair/")
        assert answer.json() == {"expires_in": 300}
        assert answer.cookies[REFRESH]["path"] == "/api/token/"
        assert browser.get("view/").json() == "alice"

        assert_refused(browser.post("token/refresh/", headers={}), 403, "csrf_failed")
        assert browser.post("token/refresh/").json() == {"expires_in": 300}
        assert claims_of(browser.value(REFRESH))["generation"] == 2

        assert_refused(browser.post("token/blacklist/", headers={}), 403, "csrf_failed")
        assert browser.post("token/blacklist/").status_code == 200
        assert browser.value(ACCESS) == ""
        assert Session.objects.get().expired_at is not None

    def test_sliding_tokens_lie_in_the_access_cookie_until_their_deadline(self, user: Any) -> None:
        browser = Browser()
        answer = browser.log_in(where="token/sliding/")
        assert set(answer.cookies) == {ACCESS}
        assert answer.cookies[ACCESS]["max-age"] == 24 * 3600
        assert claims_of(browser.value(ACCESS))["type"] == "sliding"
        assert browser.get("view/").json() == "alice"
        old = browser.value(ACCESS)

        assert_refused(browser.post("token/sliding/refresh/", headers={}), 403, "csrf_failed")
        answer = browser.post("token/sliding/refresh/")
        assert answer.json() == {"expires_in": 300}
        assert browser.value(ACCESS) != old
        assert browser.get("view/").json() == "alice"

        assert browser.post("auth/logout/").status_code == 200
        assert browser.value(ACCESS) == ""
        assert Session.objects.get().expired_at is not None


def test_a_step_asks_before_cookies_are_given(by_cookie: Settings, user: Any) -> None:
    by_cookie.TEGATA = {**by_cookie.TEGATA, "LOGIN_STEPS": ["tests.ninja.login_steps.Code"]}
    browser = Browser().open_page()
    answer = browser.post("auth/login/", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 202
    assert not answer.cookies
    body = {"challenge_token": answer.json()["challenge_token"], "answer": {"code": CODE}}

    assert_refused(browser.post("auth/login/challenge/", body, headers={}), 403, "csrf_failed")
    answer = browser.post("auth/login/challenge/", body)

    assert answer.json() == {"expires_in": 300}
    assert set(answer.cookies) == {ACCESS, REFRESH}


VARY = "tegata.middleware.vary_on_token_cookie"


def test_shared_caches_are_told_that_an_answer_hangs_on_the_cookie(
    by_cookie: Settings, user: Any, serve: Serve, is_async: bool
) -> None:
    by_cookie.MIDDLEWARE = [VARY, *by_cookie.MIDDLEWARE]
    api = new_api()
    add(api, "view/", [JWTAuth(), lambda request: "anybody"], is_async=is_async)
    add(api, "header/", JWTAuth(transport="header"), is_async=is_async)
    serve(api)
    browser = Browser()
    # Without a cookie too: that answer is for those who have none.
    assert browser.get("view/").json() == "anybody"
    assert "Cookie" in browser.get("view/").headers["Vary"]
    browser.log_in()
    assert "Cookie" in browser.get("view/").headers["Vary"]
    assert "Cookie" not in browser.get("header/").headers.get("Vary", "")


@pytest.mark.django_db(transaction=True)
async def test_they_are_told_under_asgi(
    by_cookie: Settings, user: Any, serve: Serve, is_async: bool
) -> None:
    by_cookie.MIDDLEWARE = [VARY, *by_cookie.MIDDLEWARE]
    api = new_api()
    add(api, "view/", JWTAuth(), is_async=is_async)
    serve(api)

    assert "Cookie" in (await AsyncClient().get("/api/view/")).headers["Vary"]


def test_the_document_says_where_each_view_takes_tokens(settings: Settings) -> None:
    def document(transport: str) -> Any:
        settings.TEGATA = {"TRANSPORT": transport, "SCOPES": {"a": ""}}
        api = new_api()
        add(api, "site/", JWTAuth())
        for each in ("header", "cookie", "both"):
            add(api, f"{each}/", JWTAuth(transport=each))
        add(api, "list/", [JWTAuth(transport="both", scopes=["a"]), Key()])
        return document_of(api)

    cookie = {"type": "apiKey", "in": "cookie", "name": ACCESS}
    expected = {
        "header": ("JWTAuth", "JWTAuthCookie", [["JWTAuth"]]),
        "both": ("JWTAuth", "JWTAuthCookie", [["JWTAuth"], ["JWTAuthCookie"]]),
        "cookie": ("JWTAuthHeader", "JWTAuth", [["JWTAuth"]]),
    }
    for transport, (in_header, in_cookie, of_site) in expected.items():
        told = document(transport)
        schemes = told["components"]["securitySchemes"]
        assert schemes[in_cookie] == cookie
        assert schemes[in_header]["type"] in ("http", "oauth2")
        asked = {
            path.removeprefix("/api/").strip("/"): [
                list(each) for each in operations["post"]["security"]
            ]
            for path, operations in told["paths"].items()
            if "auth/" not in path
        }
        assert asked == {
            "site": of_site,
            "header": [[in_header]],
            "cookie": [[in_cookie]],
            "both": [[in_header], [in_cookie]],
            "list": [[in_header], [in_cookie], ["Key"]],
        }
        paths = told["paths"]
        listed = paths["/api/list/"]["post"]
        assert listed["security"][1] == {in_cookie: ["a"]}
        of_list = listed["responses"]["403"]["content"]["application/json"]["schema"]
        assert of_list == {"$ref": "#/components/schemas/CookieScopeRefusal"}
        refusal = told["components"]["schemas"]["CookieRefusal"]
        assert refusal["properties"]["error_code"]["enum"] == ["csrf_failed"]
        assert "403" in paths["/api/cookie/"]["post"]["responses"]
        assert "403" not in paths["/api/header/"]["post"]["responses"]


@pytest.mark.parametrize(
    ("transport", "login", "is_required"),
    [
        ("header", "TokenSchema", True),
        ("cookie", "CookieSchema", False),
        ("both", "TokenSchema or CookieSchema", False),
    ],
)
def test_the_document_says_what_a_login_gives_and_a_refresh_takes(
    settings: Settings, transport: str, login: str, is_required: bool
) -> None:
    settings.TEGATA = {"TRANSPORT": transport}
    told = document_of(new_api())
    posts = {path: each.get("post") for path, each in told["paths"].items()}

    for route in ("login/", "login/challenge/", "refresh/"):
        answer = posts[f"/api/auth/{route}"]["responses"]["200"]
        schema = answer["content"]["application/json"]["schema"]
        each = schema.get("anyOf", [schema])
        shown = [one.get("$ref", one.get("title", "")).split("/")[-1] for one in each]
        assert " or ".join(shown) == login
    body = posts["/api/auth/refresh/"]["requestBody"]
    assert body["required"] is is_required
    schema = told["components"]["schemas"]["RefreshTokenSchema"]
    assert ("refresh_token" in schema.get("required", ())) is is_required
