"""`AsyncJwtCookie` and the cookies for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from pytest_django import Settings

from tegata.auth import delete_jwt_cookie, set_jwt_cookie
from tests.ninja.async_jwt_site import BOTH, LET_IN, NO_ROWS, Bearer, Cookie, guarded, token
from tests.ninja.helpers import bearer

pytestmark = NO_ROWS
CSRF = "a" * 32
FAILED = (403, {"detail": "CSRF check Failed"})


def browser(text: str | None = None, *, csrf: str | None = None) -> Client:
    client = Client(enforce_csrf_checks=True)
    if text is not None:
        client.cookies["access_token"] = text
    if csrf is not None:
        client.cookies["csrftoken"] = csrf
    return client


@BOTH
def test_reading_needs_no_proof(serve: Any, where: str) -> None:
    serve(guarded(Cookie()))
    assert browser(token()).get(f"/api/{where}").json() == LET_IN
    for refused in (None, "", "x", token()[:-4]):
        assert browser(refused).get(f"/api/{where}").status_code == 401


@BOTH
def test_writing_needs_the_csrf_token(serve: Any, where: str) -> None:
    serve(guarded(Cookie()))
    url = f"/api/{where}"
    for client in (browser(token()), browser(token(), csrf=CSRF), browser("x")):
        answer = client.post(url)
        assert (answer.status_code, answer.json()) == FAILED
    wrong = browser(token(), csrf=CSRF).post(url, headers={"X-CSRFToken": "b" * 32})
    assert (wrong.status_code, wrong.json()) == FAILED
    elsewhere = {"X-CSRFToken": CSRF, "Origin": "https://evil.example"}
    assert browser(token(), csrf=CSRF).post(url, headers=elsewhere).status_code == 403
    mine = {"X-CSRFToken": CSRF, "Origin": "http://testserver"}
    assert browser(token(), csrf=CSRF).post(url, headers=mine).json() == LET_IN
    # Without a cookie there is nothing that another site could have sent.
    assert browser().post(url).status_code == 401


@BOTH
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_writing_needs_a_page_of_the_site(serve: Any, where: str, site: str) -> None:
    serve(guarded(Cookie()))
    sent = {"X-CSRFToken": CSRF, "Sec-Fetch-Site": site}
    answer = browser(token(), csrf=CSRF).post(f"/api/{where}", headers=sent)
    assert (answer.status_code, answer.json()) == FAILED


@BOTH
@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"--x", "multipart/form-data"),
        (b"--x", "multipart/form-data; boundary=\xff"),
        (b"a=%ff", "application/x-www-form-urlencoded; charset=nothing"),
        (b"a=1", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"&".join(b"a=1" for _ in range(2000)), "application/x-www-form-urlencoded"),
    ],
)
def test_a_form_that_cannot_be_read_is_no_error_of_the_server(
    serve: Any, where: str, body: bytes, media_type: str
) -> None:
    serve(guarded(Cookie()))
    client = browser(token(), csrf=CSRF)
    answer = client.generic("POST", f"/api/{where}", body, media_type)
    assert (answer.status_code, answer.json()) == FAILED


@BOTH
def test_a_bearer_in_the_same_list_is_not_asked_for_it(serve: Any, where: str) -> None:
    serve(guarded([Bearer(), Cookie()]))
    url = f"/api/{where}"
    assert browser().post(url, headers=bearer(token())).json() == LET_IN
    # What comes first in the list decides, if both are there.
    assert browser(token()).post(url, headers=bearer(token())).json() == LET_IN
    serve(guarded([Cookie(), Bearer()]))
    assert browser(token()).post(url, headers=bearer(token())).status_code == 403
    assert browser().post(url, headers=bearer(token())).json()[0] == {"user_id": "alice"}


@BOTH
def test_csrf_can_be_turned_off(serve: Any, where: str) -> None:
    serve(guarded(Cookie(csrf=False)))
    assert browser(token()).post(f"/api/{where}").json() == LET_IN


@pytest.mark.django_db(transaction=True)
@BOTH
def test_a_secret_in_the_session(serve: Any, settings: Settings, where: str) -> None:
    settings.CSRF_USE_SESSIONS = True
    serve(guarded(Cookie()))
    assert browser(token()).post(f"/api/{where}").status_code == 403


@pytest.mark.django_db(transaction=True)
async def test_a_secret_in_the_session_under_asgi(serve: Any, settings: Settings) -> None:
    settings.CSRF_USE_SESSIONS = True
    serve(guarded(Cookie()))
    client = AsyncClient(enforce_csrf_checks=True)
    client.cookies["access_token"] = token()
    client.cookies["sessionid"] = "x" * 32
    for where in ("plain/", "aplain/"):
        answer: Any = await client.post(f"/api/{where}")
        assert answer.status_code == 403
        answer = await client.get(f"/api/{where}")
        assert answer.json() == LET_IN


@BOTH
def test_shared_caches_are_told_that_an_answer_hangs_on_the_cookie(
    serve: Any, settings: Settings, where: str
) -> None:
    settings.MIDDLEWARE = ["tegata.middleware.vary_on_token_cookie", *settings.MIDDLEWARE]
    serve(guarded(Cookie()))
    for client in (browser(token()), browser()):
        assert "Cookie" in client.get(f"/api/{where}").headers["Vary"]


def test_another_name(serve: Any) -> None:
    class Named(Cookie):
        param_name = "__Host-token"

    serve(guarded(Named()))
    client = Client()
    response = HttpResponse()
    set_jwt_cookie(response, token(), "__Host-token", secure=True)
    client.cookies.update(response.cookies)
    assert client.get("/api/plain/").json() == LET_IN


@pytest.mark.parametrize("debug", [True, False])
def test_what_is_set_by_default(settings: Settings, debug: bool) -> None:
    settings.DEBUG = debug
    response = HttpResponse()
    set_jwt_cookie(response, "a.b.c", max_age=900)
    cookie = response.cookies["access_token"]
    assert cookie.value == "a.b.c"
    kept = {name: cookie[name] for name in cookie if cookie[name] and name != "expires"}
    secure = {} if debug else {"secure": True}
    assert kept == {"max-age": 900, "path": "/", "httponly": True, "samesite": "Lax"} | secure
    # Or a shared cache would hand one user's cookie to the next.
    assert response.headers["Cache-Control"] == "no-store"


def test_both_can_be_told_everything() -> None:
    told: dict[str, Any] = {
        "cookie_name": "t",
        "path": "/api/",
        "domain": "example.org",
        "secure": True,
        "httponly": False,
        "samesite": "None",
    }
    put, gone = HttpResponse(), HttpResponse()
    set_jwt_cookie(put, "a", **told)
    delete_jwt_cookie(gone, **told)
    for name in ("path", "domain", "secure", "httponly", "samesite"):
        assert put.cookies["t"][name] == gone.cookies["t"][name], name
    assert (gone.cookies["t"].value, gone.cookies["t"]["max-age"]) == ("", 0)
    assert gone.cookies["t"]["expires"].startswith("Thu, 01 Jan 1970")


@pytest.mark.parametrize(
    "told",
    [
        {"samesite": "None", "secure": False},
        {"cookie_name": "__Secure-t", "secure": False},
        {"cookie_name": "__secure-t", "secure": False},
        {"cookie_name": "__Host-t", "secure": True, "path": "/api/"},
        {"cookie_name": "__HOST-t", "secure": True, "path": "/api/"},
        {"cookie_name": "__Host-t", "secure": True, "domain": "example.org"},
    ],
)
def test_what_browsers_throw_away_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="the cookie"):
        set_jwt_cookie(HttpResponse(), "a", **told)
    with pytest.raises(ValueError, match="the cookie"):
        delete_jwt_cookie(HttpResponse(), **told)


def test_a_cookie_in_the_header_of_another_request(serve: Any) -> None:
    request = RequestFactory().get("/")
    assert Cookie()(request) is None
