"""`POST token/`: the password form of OAuth 2.0, whose errors are those of RFC 6749."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import Settings

from tegata.models import Session
from tests.ninja.helpers import PASSWORD, JSONClient

FORM = "application/x-www-form-urlencoded"
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\nalice\r\n--x--\r\n'


def post(body: str | bytes, content_type: str = FORM) -> Any:
    # `Client.post` would encode the body anew in the charset that the content type names.
    client = Client(enforce_csrf_checks=True)
    return client.generic("POST", "/api/auth/token/", body, content_type)


def assert_error(response: Any, error: str) -> None:
    """Checks for an error of RFC 6749 section 5.2."""
    body = response.json()
    assert (response.status_code, body.get("error")) == (400, error), body
    assert body.keys() == {"error", "error_description"}
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


def test_a_good_form(user: Any, caller: JSONClient) -> None:
    response = caller.post_form(
        "auth/token/", grant_type="password", username="alice", password=PASSWORD
    )

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies
    body = response.json()
    assert body.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 300)
    assert caller.get("profile/", body["access_token"]).json()["user"] == "alice"
    assert caller.refresh(body["refresh_token"]).status_code == 200


def test_the_two_media_types_of_forms_will_do(user: Any) -> None:
    urlencoded = post("grant_type=password&username=alice&password=correct+horse+battery+staple")
    assert urlencoded.status_code == 200

    fields = {"grant_type": "password", "username": "alice", "password": PASSWORD}
    assert Client(enforce_csrf_checks=True).post("/api/auth/token/", fields).status_code == 200


def test_what_swagger_adds_is_ignored(user: Any, caller: JSONClient) -> None:
    response = caller.post_form(
        "auth/token/",
        grant_type="password",
        username="alice",
        password=PASSWORD,
        scope="",
        client_id="",
        client_secret="",
    )

    assert response.status_code == 200


def test_a_wrong_password(user: Any, caller: JSONClient) -> None:
    for username, password in (("alice", "wrong"), ("nobody", PASSWORD)):
        response = caller.post_form("auth/token/", username=username, password=password)
        assert_error(response, "invalid_grant")
    assert not Session.objects.exists()


def test_an_inactive_user(user: Any, caller: JSONClient) -> None:
    get_user_model().objects.update(is_active=False)

    response = caller.post_form("auth/token/", username="alice", password=PASSWORD)

    assert_error(response, "invalid_grant")


@pytest.mark.parametrize("grant", ["", "client_credentials", "refresh_token", "PASSWORD", "x\0"])
def test_another_grant(user: Any, caller: JSONClient, grant: str) -> None:
    response = caller.post_form(
        "auth/token/", grant_type=grant, username="alice", password=PASSWORD
    )

    assert_error(response, "unsupported_grant_type")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"username": "alice"},
        {"password": PASSWORD},
        {"username": "", "password": PASSWORD},
        {"username": "alice", "password": ""},
        {"username": "alice\0", "password": PASSWORD},
        {"username": "alice", "password": "\0"},
        {"username": "a" * 1025, "password": PASSWORD},
        {"username": "alice", "password": "p" * 1_000_000},
    ],
)
def test_a_form_that_lacks_something(user: Any, caller: JSONClient, fields: dict[str, str]) -> None:
    assert_error(caller.post_form("auth/token/", **fields), "invalid_request")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"username": "alice", "password": "x"}', "application/json"),
        (b"username=alice&password=x", "text/plain"),
        (b"username=alice&password=x", ""),
        (b"username=alice", "multipart/form-data"),
        (b"username=alice", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x"),
        (MULTIPART, "multipart/form-data; boundary=x; charset=base64"),
        (MULTIPART, "multipart/form-data; boundary=x; charset=undefined"),
        (b"username=alice", "multipart/form-data; boundary=\xc3\xa9".encode().decode("latin-1")),
        (b"username=alice&password=x", f"{FORM}; charset=utf-16"),
        (b"username=alice&password=x", f"{FORM}; charset=base64"),
        (b"username=alice&password=x", f"{FORM}; charset=latin-1"),
        (b"&".join(b"field%d=" % n for n in range(2_000)), FORM),
        (b"username=" + b"x" * 3_000_000, FORM),
        (b"", FORM),
    ],
    ids=range(15),
)
def test_a_body_that_is_no_such_form(user: Any, body: bytes, content_type: str) -> None:
    assert_error(post(body, content_type), "invalid_request")


def test_bytes_that_are_no_text_are_wrong_credentials(user: Any) -> None:
    assert_error(post(b"username=%FF%FE&password=%ED%A0%80"), "invalid_grant")


def test_an_unknown_charset_is_utf_8(user: Any) -> None:
    body = "username=alice&password=correct+horse+battery+staple"

    assert post(body, f"{FORM}; charset=klingon").status_code == 200


def test_a_login_schema_without_a_password_has_no_form(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {
        "LOGIN_SCHEMA": "tegata.schemas.VerifySchema",
        "USER_LOGIN_AUTHENTICATOR": lambda request, payload: user,
    }

    response = caller.post_form("auth/token/", username="alice", password=PASSWORD)

    assert_error(response, "invalid_request")
