"""`POST login/`: who gets in, what is written down, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.http import HttpRequest
from django.test import Client
from freezegun.api import FrozenDateTimeFactory
from pytest_django import DjangoAssertNumQueries, Settings

from tegata.models import Session
from tests.ninja.helpers import (
    PASSWORD,
    JSONClient,
    Pair,
    assert_refused,
    claims_of,
    pair_of,
)


@pytest.fixture
def told() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """What Django's login signals were sent with."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def logged_in(**kwargs: Any) -> None:
        calls.append(("in", kwargs))

    def failed(**kwargs: Any) -> None:
        calls.append(("failed", kwargs))

    user_logged_in.connect(logged_in)
    user_login_failed.connect(failed)
    yield calls
    user_logged_in.disconnect(logged_in)
    user_login_failed.disconnect(failed)


def log_in(caller: JSONClient, username: str = "alice", password: str = PASSWORD) -> Any:
    return caller.post("auth/login/", {"username": username, "password": password})


def test_the_right_password_gives_a_pair_of_tokens(user: Any, caller: JSONClient) -> None:
    response = log_in(caller)

    pair = pair_of(response)
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies
    assert caller.get("profile/", pair.access).json()["user"] == "alice"
    assert claims_of(pair.access)["type"] == "access"
    assert claims_of(pair.refresh)["type"] == "refresh"


def test_the_tokens_meet_rfc_9068(
    user: Any, caller: JSONClient, clock: FrozenDateTimeFactory, forging_key: bytes
) -> None:
    pair = caller.log_in()

    # An independent implementation accepts signature, times and audience.
    options = {"verify_exp": False, "verify_iat": False}
    access = jwt.decode(
        pair.access,
        forging_key,
        algorithms=["HS256"],
        audience="tegata",
        issuer="tegata",
        options=options,  # type: ignore[arg-type]
    )
    now = clock().replace(tzinfo=UTC).timestamp()
    assert jwt.get_unverified_header(pair.access)["typ"] == "at+jwt"
    assert jwt.get_unverified_header(pair.refresh)["typ"] == "rt+jwt"
    session = Session.objects.get()
    assert access == {
        "iss": "tegata",
        "aud": "tegata",
        "sub": str(user.pk),
        "client_id": "tegata",
        "iat": now,
        "exp": now + 300,
        "auth_time": now,
        "jti": access["jti"],
        "type": "access",
        "user_id": user.pk,
        "session_id": session.id,
        "generation": 1,
    }
    refresh = claims_of(pair.refresh)
    assert refresh["exp"] == now + timedelta(days=14).total_seconds()
    assert refresh["jti"] != access["jti"]


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("alice", "wrong"),
        ("alice", PASSWORD + " "),
        ("alice", PASSWORD.upper()),
        ("nobody", PASSWORD),
        ("alice\u200b", PASSWORD),
    ],
)
def test_wrong_halves_get_one_and_the_same_answer(
    user: Any, caller: JSONClient, username: str, password: str
) -> None:
    response = log_in(caller, username, password)

    detail = assert_refused(response, 401, "invalid_credentials")
    assert detail == "The credentials were not accepted."
    assert not Session.objects.exists()


def test_an_inactive_user_gets_the_answer_of_a_wrong_password(
    user: Any, caller: JSONClient
) -> None:
    user.is_active = False
    user.save()

    assert log_in(caller).content == log_in(caller, "alice", "wrong").content
    assert_refused(log_in(caller), 401, "invalid_credentials")
    assert not Session.objects.exists()


def test_an_inactive_user_whom_the_backend_lets_through_is_refused(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.AllowAllUsersModelBackend"]
    user.is_active = False
    user.save()

    assert_refused(log_in(caller), 401, "invalid_credentials")
    assert not Session.objects.exists()


def test_a_user_without_a_usable_password_is_refused(user: Any, caller: JSONClient) -> None:
    user.set_unusable_password()
    user.save()

    assert_refused(log_in(caller, password=user.password), 401, "invalid_credentials")


def test_another_username_field(
    user: Any, caller: JSONClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_user_model(), "USERNAME_FIELD", "email")

    assert log_in(caller, "alice@example.org").status_code == 200
    assert_refused(log_in(caller, "alice"), 401, "invalid_credentials")


def test_every_backend_is_asked_with_the_request(
    user: Any, caller: JSONClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def authenticate(self: Any, request: Any, **credentials: Any) -> None:
        seen.append((request.path, credentials))

    monkeypatch.setattr("django.contrib.auth.backends.BaseBackend.authenticate", authenticate)
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.BaseBackend",
        "django.contrib.auth.backends.ModelBackend",
    ]

    assert log_in(caller).status_code == 200
    credentials = {"username": "alice", "password": PASSWORD}
    assert seen == [("/api/auth/login/", credentials)]


def test_the_session_row_as_written(
    user: Any, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    response = caller.django.post(
        "/api/auth/login/",
        {"username": "alice", "password": PASSWORD},
        content_type="application/json",
        headers={"User-Agent": "Test\x07 Browser/1.0"},
        REMOTE_ADDR="2001:DB8:0:0::1",
    )

    session = Session.objects.get()
    now = clock().replace(tzinfo=UTC)
    assert session.id == pair_of(response).session_id
    assert len(session.id) == 43
    assert session.user == user
    assert session.created_at == session.updated_at == session.minted_at == now
    assert session.expired_at is None
    assert session.end_reason == ""
    assert session.first_used_at is None
    assert session.generation == 1
    assert session.ip_address == "2001:db8::1"
    assert session.user_agent == "Test Browser/1.0"
    assert session.data == {}
    # The stamp depends on the password and shows nothing of it.
    assert len(session.security_stamp) == 43
    assert session.security_stamp not in user.password


@pytest.mark.parametrize("address", ["", "unix:/run/site.sock", "fe80::1%"])
def test_an_address_that_is_none_is_left_out(user: Any, caller: JSONClient, address: str) -> None:
    body = {"username": "alice", "password": PASSWORD}
    caller.django.post(
        "/api/auth/login/", body, content_type="application/json", REMOTE_ADDR=address
    )

    assert Session.objects.get().ip_address is None


def test_an_endless_user_agent_is_cut(user: Any, caller: JSONClient) -> None:
    body = {"username": "alice", "password": PASSWORD}
    response = caller.post("auth/login/", body, user_agent="x" * 100_000)

    assert response.status_code == 200
    assert Session.objects.get().user_agent == "x" * 512


def test_two_logins_are_two_sessions(user: Any, caller: JSONClient) -> None:
    first, second = caller.log_in(), caller.log_in()

    assert first.session_id != second.session_id
    assert Session.objects.active().count() == 2
    assert caller.get("profile/", first.access).status_code == 200


def test_statements(
    user: Any, caller: JSONClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(4):
        pair = caller.log_in()
    with django_assert_max_num_queries(3):
        pair = pair_of(caller.refresh(pair.refresh))


def test_the_gate_asks_one_query_in_sync_and_async_views(
    pair: Pair, caller: JSONClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for where in ("profile/", "aprofile/"):
        with django_assert_num_queries(1):
            assert caller.get(where, pair.access).status_code == 200


def test_success_is_told_once(
    user: Any, caller: JSONClient, told: list[tuple[str, dict[str, Any]]]
) -> None:
    caller.log_in()

    [(kind, kwargs)] = told
    assert kind == "in"
    assert kwargs["user"] == user
    assert kwargs["sender"] is get_user_model()
    assert kwargs["request"].path == "/api/auth/login/"


def test_failure_is_told_once_without_the_password(
    user: Any, caller: JSONClient, told: list[tuple[str, dict[str, Any]]]
) -> None:
    log_in(caller, "alice", "wrong password")

    [(kind, kwargs)] = told
    assert kind == "failed"
    assert kwargs["credentials"]["username"] == "alice"
    assert "wrong password" not in str(kwargs["credentials"])
    assert kwargs["request"].path == "/api/auth/login/"


def test_the_failure_of_an_inactive_user_is_told_once(
    user: Any,
    caller: JSONClient,
    told: list[tuple[str, dict[str, Any]]],
    settings: Settings,
) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.AllowAllUsersModelBackend"]
    user.is_active = False
    user.save()

    log_in(caller)

    [(kind, kwargs)] = told
    assert (kind, kwargs["credentials"]) == ("failed", {"username": "alice"})


def test_a_body_that_is_none_is_no_failed_login(
    user: Any, caller: JSONClient, told: list[tuple[str, dict[str, Any]]]
) -> None:
    caller.post("auth/login/", {"username": "alice"})

    assert told == []


def by_email(request: Any, payload: Any) -> Any:
    return get_user_model().objects.filter(email=payload.username).first()


async def by_email_async(request: Any, payload: Any) -> Any:
    return await get_user_model().objects.filter(email=payload.username).afirst()


@pytest.mark.parametrize("authenticator", [by_email, by_email_async])
def test_a_custom_authenticator_is_told_of_once_too(
    user: Any,
    caller: JSONClient,
    told: list[tuple[str, dict[str, Any]]],
    settings: Settings,
    authenticator: Callable[..., Any],
) -> None:
    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": authenticator}

    assert log_in(caller, "alice@example.org").status_code == 200
    assert log_in(caller, "mallory@example.org").status_code == 401

    assert [kind for kind, _ in told] == ["in", "failed"]
    assert told[0][1]["user"] == user
    assert told[1][1]["credentials"] == {"username": "mallory@example.org"}


def test_last_login_is_kept(user: Any, caller: JSONClient, clock: FrozenDateTimeFactory) -> None:
    assert user.last_login is None

    caller.log_in()

    user.refresh_from_db()
    assert user.last_login == clock().replace(tzinfo=UTC)


def test_last_login_can_be_left_alone(
    user: Any, caller: JSONClient, settings: Settings, clock: FrozenDateTimeFactory
) -> None:
    before = datetime(2020, 1, 1, tzinfo=UTC)
    get_user_model().objects.update(last_login=before)
    settings.TEGATA = {"UPDATE_LAST_LOGIN": False}

    caller.log_in()

    user.refresh_from_db()
    assert user.last_login == before

    # An ordinary Django login is none of our business, whatever the setting says.
    assert Client().login(username="alice", password=PASSWORD)
    user.refresh_from_db()
    assert user.last_login == clock().replace(tzinfo=UTC)


def test_a_browser_session_is_neither_made_nor_needed(user: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    pair = JSONClient(browser).log_in()

    assert JSONClient(browser).get("profile/", pair.access).status_code == 200
    assert not browser.cookies


@pytest.mark.django_db(transaction=True)
def test_a_user_who_is_deleted_while_logging_in(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    def authenticate(request: HttpRequest, payload: Any) -> Any:
        found = get_user_model().objects.get(username=payload.username)
        get_user_model().objects.filter(pk=found.pk).delete()
        return found

    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": authenticate}
    body = {"username": "alice", "password": PASSWORD}
    assert_refused(caller.post("auth/login/", body), 401, "invalid_credentials")
