"""`tegata.testing`: clients that are signed in, under every supported version and client."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.contrib.auth.signals import user_logged_in
from django.test import AsyncClient, Client, RequestFactory, override_settings
from ninja.testing import TestAsyncClient, TestClient

from tegata import AuthedRequest, JWTAuth, testing
from tegata._tegata import session_checks
from tegata.models import Session
from tegata.testing.signing_in import HasHeaders
from tests.ninja.helpers import new_api


def whoami_api() -> Any:
    """An API that says who asks, in a sync and in an async operation."""
    api = new_api()

    @api.get("/sync/", auth=JWTAuth())
    def sync(request: AuthedRequest) -> str:
        return request.auth.user.get_username()

    @api.get("/async/", auth=JWTAuth())
    async def asynchronous(request: AuthedRequest) -> str:
        return (await request.auth.aget_user()).get_username()

    return api


@pytest.mark.parametrize("check", session_checks())
def test_a_client_is_signed_in_under_every_session_check(
    user: Any, check: str, settings: Any
) -> None:
    settings.TEGATA = {"SESSION_CHECK": check}
    assert testing.client(user).get("/api/either/").status_code == 200
    assert Client().get("/api/either/").status_code == 401


@pytest.mark.parametrize("check", session_checks())
async def test_an_async_client_is_signed_in_under_every_session_check(
    transactional_db: None, django_user_model: Any, check: str
) -> None:
    user = await django_user_model.objects.acreate_user("alice")
    with override_settings(TEGATA={"SESSION_CHECK": check}):
        client = await testing.aclient(user)
        assert (await client.get("/api/aeither/")).status_code == 200
        assert (await AsyncClient().get("/api/aeither/")).status_code == 401


def test_an_existing_client_keeps_its_cookies_and_gets_a_user(user: Any, other_user: Any) -> None:
    client = Client()
    client.force_login(other_user)
    session_cookie = client.cookies["sessionid"].value

    issued = testing.log_in(client, user)

    assert client.get("/api/profile/").json()["session"] == issued.session_id
    assert client.cookies["sessionid"].value == session_cookie
    testing.log_in(client, other_user)
    assert client.get("/api/profile/").json()["user"] == "bob"


async def test_a_header_of_a_request_is_sent_in_the_place_of_the_clients(
    transactional_db: None, django_user_model: Any
) -> None:
    alice = await django_user_model.objects.acreate_user("alice")
    bob = await testing.atokens(await django_user_model.objects.acreate_user("bob"))
    client = await testing.aclient(alice)

    assert (await client.get("/api/aprofile/")).json()["user"] == "alice"
    assert (await client.get("/api/aprofile/", headers=bob.headers)).json()["user"] == "bob"


def test_a_header_of_a_sync_request_is_sent_in_the_place_of_the_clients(
    user: Any, other_user: Any
) -> None:
    headers = testing.tokens(other_user).headers
    assert testing.client(user).get("/api/profile/", headers=headers).json()["user"] == "bob"


def test_the_client_of_django_ninja(user: Any) -> None:
    client = TestClient(whoami_api())
    testing.log_in(client, user)
    assert client.get("/sync/").json() == "alice"


async def test_the_async_client_of_django_ninja(
    transactional_db: None, django_user_model: Any
) -> None:
    client = TestAsyncClient(whoami_api())
    await testing.alog_in(client, await django_user_model.objects.acreate_user("alice"))
    assert (await client.get("/async/")).json() == "alice"


def test_a_client_of_httpx_gets_a_header(user: Any) -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["Authorization"])
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        issued = testing.log_in(client, user)
        client.get("https://example.org/")
    assert sent == [f"Bearer {issued.access_token}"]


def test_a_request_of_a_factory_passes_the_gate(user: Any) -> None:
    factory = RequestFactory()
    testing.log_in(factory, user)
    assert JWTAuth()(factory.get("/")).user == user


def test_what_has_no_headers_is_refused_before_a_session_is_opened(user: Any) -> None:
    client: HasHeaders = object()  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"^object has no headers that .*tokens\(user\)\.headers"):
        testing.log_in(client, user)
    assert not Session.objects.exists()


def test_signals_are_sent_as_at_a_login(user: Any) -> None:
    seen: list[Any] = []

    def receive(sender: Any, user: Any, **_: Any) -> None:
        seen.append(user)

    user_logged_in.connect(receive)
    try:
        testing.client(user)
    finally:
        user_logged_in.disconnect(receive)
    assert seen == [user]
    user.refresh_from_db()
    assert user.last_login is not None


def test_tokens_that_were_issued_before_sign_a_client_in(user: Any) -> None:
    issued = testing.tokens(user, data={"theme": "dark"})
    client = Client()
    assert testing.log_in(client, issued) is issued
    assert client.get("/api/profile/").json()["session"] == issued.session_id
    assert issued.session.data == {"theme": "dark"}
    assert issued.access_token not in repr(issued)
