"""What works with every user model, without a payload class."""

from __future__ import annotations

from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client, RequestFactory, override_settings

from tegata import APIError, JWTAuth, JWTPayload
from tegata.models import Session
from tests.django.helpers import (
    PASSWORD,
    bearer,
    claims_of,
    code,
    log_in,
    post,
    profile,
    refresh,
)

# Keys that look like numbers, hold what JSON escapes, or what ids of other forms hold, are keys
# like any other.
LOGINS = [
    "ada@example.com",
    "42",
    "007",
    "ü\u2028\"'",
    "a" * 90,
    "550e8400-e29b-41d4-a716-446655440000",
]


def create(login: str) -> Any:
    """A user of this project."""
    return get_user_model().objects.create_user(login, PASSWORD)  # type: ignore[attr-defined]


@pytest.fixture(params=LOGINS)
def user(request: pytest.FixtureRequest, db: None) -> Any:
    """A user, by each login name."""
    return create(request.param)


def test_the_whole_flow(user: Any, client: Client) -> None:
    login = user.get_username()
    tokens, other = log_in(client, login), log_in(client, login)

    claims = claims_of(tokens["access_token"])
    assert (claims["user_id"], claims["sub"]) == (str(user.pk), str(user.pk))
    for path in ("/api/profile/", "/api/aprofile/"):
        answer = profile(client, tokens["access_token"], path).json()  # type: ignore[attr-defined]
        assert (answer["user"], answer["request_user"]) == (login, login)

    tokens = refresh(client, tokens["refresh_token"]).json()  # type: ignore[attr-defined]
    listed = client.get("/api/auth/sessions/", headers=bearer(tokens["access_token"])).json()
    assert sorted(each["is_current"] for each in listed) == [False, True]
    [another] = [each["id"] for each in listed if not each["is_current"]]
    ended = client.delete(f"/api/auth/sessions/{another}/", headers=bearer(tokens["access_token"]))
    assert ended.status_code == 200
    assert code(profile(client, other["access_token"])) == (401, "session_expired")

    verified = post(client, "verify/", {"token": tokens["access_token"]}).json()  # type: ignore[attr-defined]
    assert verified["user_id"] == str(user.pk)
    assert post(client, "logout/", None, tokens["access_token"]).status_code == 200
    assert code(profile(client, tokens["access_token"])) == (401, "session_expired")
    assert Session.objects.filter(user=user, end_reason="log_out").count() == 1


def test_a_logout_by_refresh_token_alone(user: Any, client: Client) -> None:
    tokens = log_in(client, user.get_username())

    answer = post(client, "logout/", {"refresh_token": tokens["refresh_token"]})

    assert answer.status_code == 200
    assert code(profile(client, tokens["access_token"])) == (401, "session_expired")


def test_nobody_ends_or_sees_the_sessions_of_another(user: Any, client: Client) -> None:
    mallory = create("mallory@example.com")
    log_in(client, user.get_username())
    [session] = Session.objects.filter(user=user)
    headers = bearer(log_in(client, mallory.get_username())["access_token"])

    assert len(client.get("/api/auth/sessions/", headers=headers).json()) == 1
    answer = client.delete(f"/api/auth/sessions/{session.pk}/", headers=headers)

    assert code(answer) == (404, "session_not_found")
    session.refresh_from_db()
    assert session.expired_at is None


@pytest.mark.parametrize("check", ["user", "refresh", "off"])
def test_the_user_is_found_by_the_key_in_the_token(user: Any, client: Client, check: str) -> None:
    login = user.get_username()
    create("mallory@example.com")
    tokens = log_in(client, login)
    authenticate = partial(JWTAuth(session_check=check).authenticate, RequestFactory().get("/"))

    admitted = authenticate(tokens["access_token"])

    assert (admitted.user, admitted.session.user) == (user, user)
    assert type(admitted.user) is get_user_model()
    user.delete()
    with pytest.raises(APIError) as refused:
        assert authenticate(tokens["access_token"]).user is None
    assert refused.value.error_code == "invalid_user"


def test_a_new_password_ends_the_other_sessions(user: Any, client: Client) -> None:
    login = user.get_username()
    here, there = log_in(client, login), log_in(client, login)
    body = {"current_password": PASSWORD, "new_password": "another password"}

    assert code(post(client, "password/", body, here["access_token"])) == (200, None)

    assert profile(client, here["access_token"]).status_code == 200
    assert code(profile(client, there["access_token"])) == (401, "session_expired")
    log_in(client, login, "another password")


def test_the_form_login_takes_the_login_name_as_username(user: Any, client: Client) -> None:
    form = {"grant_type": "password", "username": user.get_username(), "password": PASSWORD}

    answer = client.post("/api/auth/token/", form)

    assert profile(client, answer.json()["access_token"]).status_code == 200


def test_an_inactive_user_is_out_at_once(user: Any, client: Client) -> None:
    tokens = log_in(client, user.get_username())
    user.is_active = False
    user.save()

    assert code(profile(client, tokens["access_token"])) == (401, "invalid_user")
    assert code(refresh(client, tokens["refresh_token"])) == (401, "invalid_user")

    user.is_active = True
    user.save()
    assert code(profile(client, tokens["access_token"])) == (401, "session_expired")
    assert code(refresh(client, tokens["refresh_token"])) == (401, "session_expired")


def test_a_deleted_user_is_out_at_once(user: Any, client: Client) -> None:
    tokens = log_in(client, user.get_username())
    user.delete()

    assert code(profile(client, tokens["access_token"])) == (401, "session_not_found")
    assert code(refresh(client, tokens["refresh_token"])) == (401, "session_not_found")


class TypedPayload(JWTPayload):
    """A payload that declares the key's type, as the user model has it."""

    @classmethod
    def model_of_this_project(cls) -> type[JWTPayload]:
        """A subclass with `user_id` as the type of the primary key."""
        annotation = type(
            get_user_model()._meta.pk.to_python("550e8400-e29b-41d4-a716-446655440000")
        )
        return type(
            "Payload", (cls,), {"__annotations__": {"user_id": annotation}, "__module__": __name__}
        )


def test_a_payload_class_may_declare_the_type_of_the_key(user: Any, client: Client) -> None:
    with override_settings(TEGATA={"PAYLOAD_CLASS": TypedPayload.model_of_this_project()}):
        token = log_in(client, user.get_username())["access_token"]
        admitted = JWTAuth().authenticate(RequestFactory().get("/"), token)

    assert admitted.claims.user_id == user.pk
    assert type(admitted.claims.user_id) is type(user.pk)
    assert admitted.user == user


def test_the_admin_finds_a_session_by_its_users_login_name(user: Any, client: Client) -> None:
    root = create("root@example.com")
    root.is_staff = root.is_superuser = True
    root.save()
    log_in(client, user.get_username())
    browser = Client()
    browser.force_login(root)

    page = browser.get("/admin/tegata/session/", {"q": user.get_username()})

    assert {session.user for session in page.context["cl"].result_list} == {user}


def test_the_project_checks_clean(db: None) -> None:
    told = StringIO()
    call_command("check", fail_level="WARNING", stdout=told)
    call_command("makemigrations", "tegata", check=True, dry_run=True, verbosity=0)

    assert "no issues" in told.getvalue()
