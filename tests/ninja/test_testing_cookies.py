"""`tegata.testing`: clients that are signed in by cookies."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.test import AsyncClient, Client, RequestFactory
from ninja.testing import TestClient
from pytest_django import Settings

from tegata import JWTAuth, testing
from tegata.models import Session
from tests.ninja.browser import ACCESS, REFRESH
from tests.ninja.helpers import assert_refused, new_api


@pytest.fixture(autouse=True)
def _by_cookie(settings: Settings) -> None:
    settings.TEGATA = {"TRANSPORT": "cookie"}


def test_a_client_is_signed_in_as_the_site_has_it(user: Any) -> None:
    client = testing.client(user)

    assert set(client.cookies) == {ACCESS, REFRESH}
    assert client.get("/api/profile/").json()["user"] == "alice"
    # As everywhere with this client, the CSRF token is not asked for.
    assert client.post("/api/auth/refresh/").status_code == 200
    assert client.post("/api/auth/logout/").status_code == 200
    assert Session.objects.get().end_reason == "log_out"


def test_a_client_that_enforces_csrf_checks_has_to_send_a_token(user: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    testing.log_in(client, user)

    assert_refused(client.post("/api/set-theme/?theme=dark"), 403, "csrf_failed")
    token = client.get("/api/auth/csrf/").json()["csrf_token"]
    answer = client.post("/api/set-theme/?theme=dark", headers={"X-CSRFToken": token})
    assert answer.json() == {"ok": True}


async def test_an_async_client(transactional_db: None, django_user_model: Any) -> None:
    client = await testing.aclient(await django_user_model.objects.acreate_user("alice"))

    assert isinstance(client, AsyncClient)
    assert (await client.get("/api/aprofile/")).json()["user"] == "alice"


def test_with_both_it_is_the_header_unless_the_test_says_so(user: Any, settings: Settings) -> None:
    settings.TEGATA = {"TRANSPORT": "both"}

    assert not testing.client(user).cookies
    client = testing.client(user, transport="cookie")
    assert "HTTP_AUTHORIZATION" not in client.defaults
    assert client.get("/api/profile/").json()["user"] == "alice"


def test_other_clients(user: Any) -> None:
    api = new_api()

    @api.get("/view/", auth=JWTAuth())
    def view(request: Any) -> str:
        return str(request.auth.user.get_username())

    ninja = TestClient(api)
    testing.log_in(ninja, user)
    assert ninja.get("/view/").json() == "alice"

    factory = RequestFactory()
    testing.log_in(factory, user)
    assert JWTAuth()(factory.get("/")).user == user

    with httpx.Client() as client:
        issued = testing.log_in(client, user)
        assert dict(client.cookies) == issued.cookies


def test_what_cannot_be_is_refused_before_a_session_is_opened(user: Any) -> None:
    class HeadersOnly:
        def __init__(self) -> None:
            self.headers: dict[str, Any] = {}

    with pytest.raises(TypeError, match=r"^HeadersOnly has no cookies"):
        testing.log_in(HeadersOnly(), user)
    with pytest.raises(ValueError, match=r"^transport must be 'header' or 'cookie'"):
        testing.client(user, transport="both")
    assert not Session.objects.exists()
