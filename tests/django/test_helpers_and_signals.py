"""Views of one's own on the session helpers, sync and async; and the signals that Django knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.test import AsyncClient, Client, RequestFactory, override_settings

from tegata import APIError, sessions
from tegata.models import Session
from tests.django.helpers import PASSWORD, bearer, code, log_in, post, profile, refresh

OWN = pytest.mark.urls("tests.django.own_urls")


@pytest.fixture
def heard() -> Iterator[list[tuple[str, Any]]]:
    """The signals that were sent: name and whom they are about."""
    told: list[tuple[str, Any]] = []

    def logged_in(sender: Any, request: Any, user: Any, **_: Any) -> None:
        assert (sender, request.path.startswith("/api/")) == (User, True)
        told.append(("in", user))

    def logged_out(sender: Any, request: Any, user: Any, **_: Any) -> None:
        assert (sender, request.path.startswith("/api/")) == (User, True)
        told.append(("out", user))

    def failed(sender: Any, credentials: Any, request: Any, **_: Any) -> None:
        assert request.path.startswith("/api/")
        told.append(("failed", dict(credentials)))

    user_logged_in.connect(logged_in)
    user_logged_out.connect(logged_out)
    user_login_failed.connect(failed)
    yield told
    user_logged_in.disconnect(logged_in)
    user_logged_out.disconnect(logged_out)
    user_login_failed.disconnect(failed)


def test_a_login_and_a_logout_are_told_once(
    ada: User, client: Client, heard: list[tuple[str, Any]]
) -> None:
    tokens = log_in(client)
    refresh(client, tokens["refresh_token"])
    for _ in range(2):
        assert post(client, "logout/", None, tokens["access_token"]).status_code == 200

    assert heard == [("in", ada), ("out", ada)]


def test_a_logout_of_two_sessions_is_told_twice(
    ada: User, client: Client, heard: list[tuple[str, Any]]
) -> None:
    first, second = log_in(client), log_in(client)
    heard.clear()

    body = {"refresh_token": second["refresh_token"]}
    assert post(client, "logout/", body, first["access_token"]).status_code == 200

    assert heard == [("out", ada), ("out", ada)]
    assert not Session.objects.active().exists()


def test_a_logout_everywhere_is_told_once(
    ada: User, client: Client, heard: list[tuple[str, Any]]
) -> None:
    tokens = [log_in(client) for _ in range(3)]
    heard.clear()

    assert post(client, "logout/all/", None, tokens[0]["access_token"]).status_code == 200

    assert heard == [("out", ada)]


def test_ending_other_sessions_is_no_logout_of_this_one(
    ada: User, client: Client, heard: list[tuple[str, Any]]
) -> None:
    tokens = [log_in(client) for _ in range(3)]
    heard.clear()

    assert post(client, "logout/others/", None, tokens[0]["access_token"]).status_code == 200

    assert heard == []
    assert profile(client, tokens[0]["access_token"]).status_code == 200
    assert Session.objects.active().count() == 1


def test_a_failed_login_is_told_once_and_without_the_password(
    ada: User, client: Client, heard: list[tuple[str, Any]]
) -> None:
    for username in ("ada", "nobody"):
        body = {"username": username, "password": "a wrong one"}
        assert code(post(client, "login/", body)) == (401, "invalid_credentials")

    assert [name for name, _ in heard] == ["failed", "failed"]
    assert [credentials["username"] for _, credentials in heard] == ["ada", "nobody"]
    assert "a wrong one" not in str(heard)


def test_last_login_is_kept_unless_switched_off(ada: User, client: Client) -> None:
    with override_settings(TEGATA={"UPDATE_LAST_LOGIN": False}):
        log_in(client)
    ada.refresh_from_db()
    assert ada.last_login is None

    log_in(client)
    ada.refresh_from_db()
    assert ada.last_login is not None


def test_switching_it_off_leaves_djangos_own_logins_alone(ada: User, client: Client) -> None:
    with override_settings(TEGATA={"UPDATE_LAST_LOGIN": False}):
        log_in(client)
        assert client.login(username="ada", password=PASSWORD)
    ada.refresh_from_db()
    assert ada.last_login is not None


@OWN
def test_a_view_of_ones_own_opens_a_session(
    ada: User, client: Client, heard: list[tuple[str, Any]]
) -> None:
    answer = client.post("/api/magic/ada/", headers={"User-Agent": "Firefox"})

    tokens = answer.json()
    assert tokens["expires_in"] in {299, 300}
    session = Session.objects.get()
    assert (session.data, session.user_agent, session.ip_address) == (
        {"by": "magic"},
        "Firefox",
        "127.0.0.1",
    )
    assert heard == [("in", ada)]
    listed = client.get("/api/auth/sessions/", headers=bearer(tokens["access_token"])).json()
    assert [each["id"] for each in listed] == [session.pk]


@OWN
@pytest.mark.django_db(transaction=True)
async def test_the_async_helpers_do_all_of_it_in_async_views(
    async_client: AsyncClient, heard: list[tuple[str, Any]]
) -> None:
    user = await User.objects.acreate_user("ada", password=PASSWORD)

    tokens = (await async_client.post("/api/amagic/ada/")).json()
    other = (await async_client.post("/api/amagic/ada/")).json()
    answer = await async_client.post("/api/aremember/", headers=bearer(tokens["access_token"]))
    assert answer.json() == {"others": 1, "data": {"by": "magic", "seen": True}}

    verified = await post_token(async_client, "averify", tokens["refresh_token"])
    assert verified.json()["kind"] == "refresh"
    renewed = await post_token(async_client, "arefresh", tokens["refresh_token"])
    assert renewed.status_code == 200
    verified = await post_token(async_client, "averify", renewed.json()["access_token"])
    assert verified.json()["kind"] == "access"

    headers = bearer(renewed.json()["access_token"])
    assert (await async_client.post("/api/alogout/", headers=headers)).status_code == 200
    refused = await post_token(async_client, "averify", renewed.json()["access_token"])
    assert (refused.status_code, refused.json()["error_code"]) == (401, "session_expired")
    refused = await post_token(async_client, "arefresh", renewed.json()["refresh_token"])
    assert (refused.status_code, refused.json()["error_code"]) == (401, "session_expired")

    assert (await post_token(async_client, "averify", other["access_token"])).status_code == 200
    row = await Session.objects.aget(pk=verified.json()["session_id"])
    assert row.data == {"by": "magic", "seen": True}
    assert heard == [("in", user), ("in", user), ("out", user)]


async def post_token(client: AsyncClient, path: str, token: str) -> Any:
    """Posts a token as JSON."""
    body = {"token": token}
    return await client.post(f"/api/{path}/", body, content_type="application/json")


@pytest.mark.django_db
def test_a_refusal_outside_of_a_view_is_an_exception_to_read() -> None:
    request = RequestFactory().post("/")
    for call in (
        lambda: sessions.verify(request, "not.a.token"),
        lambda: sessions.refresh(request, "not.a.token"),
        lambda: sessions.log_out(request, "not.a.token"),
    ):
        with pytest.raises(APIError) as raised:
            call()
        error = raised.value
        assert (error.error_code, error.http_status_code) == ("invalid_token", 401)
        assert "not.a.token" not in f"{error!s} {error!r} {error.detail}"


def test_claims_that_cannot_go_into_a_token_are_a_fault_of_the_site(
    ada: User, client: Client
) -> None:
    from django.core.exceptions import ImproperlyConfigured

    from tegata import JWTPayload

    class Impostor(JWTPayload):
        @classmethod
        def claims_for(cls, user: Any, request: Any, session: Any) -> dict[str, Any]:
            return {"sub": "somebody else"}

    with (
        override_settings(TEGATA={"PAYLOAD_CLASS": Impostor}),
        pytest.raises(ImproperlyConfigured, match=r"TEGATA\['PAYLOAD_CLASS'\]"),
    ):
        log_in(client)
    assert not Session.objects.exists()
