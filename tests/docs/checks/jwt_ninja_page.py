"""What the users of a site on `tegata.compat.jwt_ninja` see; the codes are those of its page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from freezegun import freeze_time

from tegata.signals import session_opened
from tests.docs.checks.helpers import PASSWORD, bearer, get, log_in, new_user, part_of, post


def refused(answer: Any, status: int, code: str) -> bool:
    """Whether the body is what the page says, to the letter."""
    is_the_code: bool = answer.json() == {"error_code": code}
    return is_the_code and answer.status_code == status


def refresh(tokens: dict[str, str], **other: str) -> Any:
    return post("auth/refresh/", {"refresh_token": tokens["refresh_token"], **other})


@pytest.mark.django_db(transaction=True)
def test_quick_start() -> None:
    from jwt_ninja.models import Session

    user = new_user()
    tokens = log_in()
    assert tokens.keys() == {"access_token", "refresh_token"}
    session = Session.objects.get()
    expected = {"username": "alice", "session_id": session.id}
    assert get("api/profile/", tokens).json() == expected
    assert get("api/aprofile/", tokens).json() == expected
    assert post("set-theme/?theme=dark", headers=bearer(tokens)).json() == {"ok": True}
    assert Session.objects.get().data == {"theme": "dark"}
    # The first refresh token stays good, since nobody is given another one.
    for _ in range(3):
        answer = refresh(tokens)
        assert answer.json().keys() == {"access_token"}
        assert get("api/profile/", answer.json()).status_code == 200
    (listed,) = get("api/auth/sessions/", tokens).json()
    assert {"id", "created_at", "last_activity_at", "ip_address"} <= listed.keys()

    wrong = {"username": "alice", "password": "wrong"}
    assert refused(post("auth/login/", wrong), 401, "invalid_credentials")
    assert refused(get("api/profile/", {"access_token": "x.y.z"}), 401, "invalid_token")
    mistaken = {"refresh_token": tokens["access_token"]}
    assert refused(refresh(tokens, **mistaken), 400, "invalid_token_type")
    with freeze_time(timezone.now() + timedelta(minutes=6)):
        assert refused(get("api/profile/", tokens), 401, "expired_token")

    admin = Client()
    admin.force_login(get_user_model().objects.create_superuser("root", password=PASSWORD))
    page = admin.get("/admin/jwt_ninja/session/")
    assert page.status_code == 200
    change = f"/admin/jwt_ninja/session/{quote(session.pk)}/change/"
    assert change in page.content.decode()
    assert admin.get(change).status_code == 200

    assert post("auth/logout/", headers=bearer(tokens)).status_code == 200
    assert refused(get("api/profile/", tokens), 401, "session_expired")
    assert refused(refresh(tokens), 401, "session_expired")
    other = log_in()
    assert post("auth/logout/all/", headers=bearer(other)).status_code == 200
    assert refused(get("api/profile/", other), 401, "session_expired")
    third = log_in()
    Session.objects.all().delete()
    assert refused(get("api/profile/", third), 401, "session_not_found")
    fourth = log_in()
    user.is_active = False
    user.save()
    assert refused(get("api/profile/", fourth), 401, "invalid_user")


@pytest.mark.django_db(transaction=True)
def test_defects() -> None:
    """What jwt-ninja 2.0 gets wrong, and this face must not: J1, J6, J7, J8, J9 and J10."""
    from django.core.management import get_commands
    from jwt_ninja.models import Session

    user = new_user()
    tokens = log_in()
    user.refresh_from_db()
    assert user.last_login is not None, "J6: a login was not noted"
    either = get("api/either/", tokens)
    assert either.json() == {"user": "alice"}, "J6: request.user stayed anonymous"
    foreign = {"Authorization": "Bearer x.y.z", "X-API-Key": "open sesame"}
    assert get("api/either/", headers=foreign).status_code == 200, "J7: nobody else was asked"
    assert refused(get("api/profile/"), 401, "missing_token"), "J8: two shapes of refusals"
    assert post("auth/login/", {}).json() == {"error_code": "invalid_request"}, "J8"
    assert [each.pk for each in user.jwt_sessions.active()] == [Session.objects.get().pk]
    document = get("api/openapi.json").json()
    for path, method in (("auth/login", "post"), ("profile", "get")):
        refusal = document["paths"][f"/api/{path}/"][method]["responses"]["401"]
        name = refusal["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert document["components"]["schemas"][name]["properties"].keys() == {"error_code"}
    assert "401" in document["paths"]["/api/profile/"]["get"]["responses"], "J8: no 401"
    with CaptureQueriesContext(connection) as queries:
        get("api/profile/", tokens)
    assert len(queries) == 1, "J9: more than one statement for a request"
    for _ in range(2):
        # J1: a second tab with the same token ends no session.
        assert refresh(tokens).status_code == 200
    assert get("api/profile/", tokens).status_code == 200
    assert "tegata_import_jwt_ninja" in get_commands()
    Session.objects.get().invalidate_session()
    count, by_model = Session.purge_expired_sessions()
    assert (count, by_model) == (1, {"jwt_ninja.Session": 1}), "J10"


@pytest.mark.django_db(transaction=True)
def test_j5() -> None:
    """A throttle by address alone blocks neighbours and misses a guess from many addresses."""
    caches["default"].clear()
    new_user(), new_user("bob")

    def status(username: str, address: str, password: str = "wrong") -> int:
        body = {"username": username, "password": password}
        return int(post("auth/login/", body, REMOTE_ADDR=address).status_code)

    with freeze_time("2027-03-04 05:06:07"):
        assert [status("alice", "203.0.113.1") for _ in range(6)] == [401] * 5 + [429]
        body = {"username": "alice", "password": PASSWORD}
        held = post("auth/login/", body, REMOTE_ADDR="203.0.113.1")
        assert refused(held, 429, "rate_limited")
        assert 0 < int(held.headers["Retry-After"]) <= 300
        assert status("bob", "203.0.113.1", PASSWORD) == 200, "J5: a neighbour was blocked"
        guesses = [status("bob", f"198.51.100.{last}") for last in range(101)]
        assert guesses == [401] * 100 + [429], "J5: an account was guessed at without end"
    caches["default"].clear()


@pytest.mark.django_db(transaction=True)
def test_by_hand() -> None:
    """Tokens that the site makes for a login of its own."""
    import jwt_ninja
    from jwt_ninja.cryptography import decode_jwt, generate_jwt
    from jwt_ninja.errors import (
        APIError,
        JWTExpiredError,
        JWTInvalidPayloadFormat,
        JWTInvalidTokenError,
    )
    from jwt_ninja.models import Session
    from jwt_ninja.settings import jwt_settings
    from jwt_ninja.types import JWTPayload

    user = new_user()
    opened: list[dict[str, Any]] = []

    def hear(**event: Any) -> None:
        opened.append(event)

    session_opened.connect(hear)
    answer = post(f"own-login/?username=alice&password={PASSWORD}")
    session_opened.disconnect(hear)
    tokens = answer.json()
    assert [each["user_id"] for each in opened] == [user.pk]
    assert get("api/profile/", tokens).json()["username"] == "alice"
    assert refresh(tokens).status_code == 200
    read = decode_jwt(tokens["access_token"], JWTPayload)
    session = Session.objects.get()
    assert (read.user_id, read.session_id, read.type) == (user.pk, session.pk, "access")
    assert session.is_expired is False
    for bad, error in (
        ("x.y.z", JWTInvalidTokenError),
        ("\ud800", JWTInvalidTokenError),
        (None, JWTInvalidTokenError),
        (generate_jwt(read.model_copy(update={"exp": 1})), JWTExpiredError),
    ):
        with pytest.raises(error):
            decode_jwt(bad, JWTPayload)

    class Stricter(JWTPayload):  # type: ignore[misc]
        team: int

    with pytest.raises(JWTInvalidPayloadFormat):
        decode_jwt(tokens["access_token"], Stricter)
    with pytest.raises(JWTInvalidTokenError):
        generate_jwt(read.model_copy(update={"exp": "soon"}))
    assert jwt_settings.ACCESS_TOKEN_EXPIRE_SECONDS == 300
    assert jwt_settings.payload_class is JWTPayload
    assert jwt_ninja.APIError is APIError
    error = APIError("rate_limited", 429, retry_after=7)
    assert (error.error_code, error.http_status_code, error.retry_after) == (
        "rate_limited",
        429,
        7,
    )


@pytest.mark.django_db
def test_custom_claims() -> None:
    new_user(email="alice@example.org")
    tokens = log_in()
    claims = part_of(tokens["access_token"], 1)
    assert (claims["team_id"], claims["email"]) == (7, "alice@example.org")
    assert get("api/profile/", tokens).status_code == 200


@pytest.mark.django_db
def test_user_id() -> None:
    """For each key that a user model may have (J2)."""
    user = new_user(pk="2b0c6a1e-0f2a-4f43-9d0b-5d1f3c7a9e11")
    tokens = log_in()
    assert get("api/profile/", tokens).json()["username"] == "alice"
    assert part_of(tokens["access_token"], 1)["user_id"] == str(user.pk)


@pytest.mark.django_db
def test_custom_authenticator() -> None:
    soon = timezone.now() + timedelta(minutes=5)
    new_user(magic_token="open sesame", magic_token_expired_at=soon)
    answer = post("auth/login/", {"token": "open sesame"})
    assert answer.status_code == 200, answer.content
    assert get("api/profile/", answer.json()).json()["username"] == "alice"
    assert refused(post("auth/login/", {"token": "barley"}), 401, "invalid_credentials")


@pytest.mark.django_db
def test_managing() -> None:
    from jwt_ninja.models import Session
    from myapp.managing import run  # type: ignore[import-not-found]

    user = new_user()
    tokens = log_in()
    log_in()
    run(user)
    assert not Session.objects.exists()
    assert refused(get("api/profile/", tokens), 401, "session_not_found")


def moved(site: Any) -> None:
    """Whoever was signed in with jwt-ninja still is."""
    from django.db.migrations.recorder import MigrationRecorder
    from jwt_ninja.models import Session

    applied = MigrationRecorder(connection).applied_migrations()
    assert {("jwt_ninja", "0001_initial"), ("jwt_ninja", "0100_session_of_tegata")} <= set(applied)
    assert "jwt_ninja_session" in connection.introspection.table_names()
    with site.at():
        tokens = site.tokens["live"]
        assert get("api/profile/", tokens).json()["username"] == "alice"
        assert get("api/aprofile/", tokens).json()["username"] == "alice"
        assert Session.objects.get(pk=part_of(tokens["access_token"], 1)["session_id"]).data == {
            "theme": "dark"
        }
        for _ in range(2):
            answer = refresh(tokens)
            assert answer.json().keys() == {"access_token"}, answer.content
            assert get("api/profile/", answer.json()).status_code == 200
        assert refused(get("api/profile/", site.tokens["ended"]), 401, "session_expired")
