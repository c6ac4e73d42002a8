"""Bodies that are not what a route takes: always 4xx, in our shape, naming the field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tegata.models import Session
from tests.ninja.helpers import PASSWORD, JSONClient, Pair, assert_refused

# Route, and a good body for it.
ROUTES = {
    "login": {"username": "alice", "password": PASSWORD},
    "refresh": {"refresh_token": "x"},
    "logout": {"refresh_token": "x"},
    "verify": {"token": "x"},
}
FIELDS = [(route, field) for route, body in ROUTES.items() for field in body]

every_route = pytest.mark.parametrize("route", ROUTES)
every_field = pytest.mark.parametrize(("route", "field"), FIELDS)


def post(route: str, body: bytes, content_type: str = "application/json") -> Any:
    # `Client.post` would encode the body anew in the charset that the content type names.
    return Client().generic("POST", f"/api/auth/{route}/", body, content_type)


@every_route
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"}",
        b"not json",
        b'{"username": alice}',
        b"{'username': 'alice'}",
        b'{"username": "alice",}',
        b'{"username": "alice"} x',
        b"\xff\xfe\xfd",
        b'{"username": "\xff"}',
        b"\x00",
        b'{"username": "a\x01b"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' + b"1" * 10_000 + b"}",
        b"\xef\xbb\xbf{}",
        '{"token": "x"}'.encode("utf-16"),
        b" ",
        b"null",
        b"[]",
        b"[{}]",
        b'"text"',
        b"1",
        b"1.5",
        b"true",
        b"NaN",
    ],
    ids=range(25),
)
def test_not_a_json_object(user: Any, route: str, body: bytes) -> None:
    detail = assert_refused(post(route, body), 422, "invalid_request")

    assert detail == "The body must be a JSON object in UTF-8."


def test_a_list_ends_no_session(pair: Pair, caller: JSONClient) -> None:
    assert_refused(caller.post("auth/logout/", [], pair.access), 422, "invalid_request")
    assert Session.objects.get().expired_at is None


@pytest.mark.parametrize("route", ["login", "refresh", "verify"])
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_no_body(user: Any, route: str, content_type: str) -> None:
    detail = assert_refused(post(route, b"", content_type), 422, "invalid_request")

    assert detail == "body: Field required"


@pytest.mark.parametrize(("route", "field"), [each for each in FIELDS if each[0] != "logout"])
def test_a_missing_field_is_named(user: Any, route: str, field: str) -> None:
    body = {name: value for name, value in ROUTES[route].items() if name != field}

    detail = assert_refused(post(route, json.dumps(body).encode()), 422, "invalid_request")

    assert f"{field}: " in detail


def test_every_missing_field_is_named(user: Any) -> None:
    detail = assert_refused(post("login", b"{}"), 422, "invalid_request")

    assert "username: " in detail
    assert "password: " in detail


@every_field
@pytest.mark.parametrize(
    "value",
    ["1", "1.5", "-0", "true", "[]", '["alice"]', "{}", '{"$ne": ""}', "NaN", "Infinity", "1e999"],
)
def test_a_field_that_is_no_text_is_named(user: Any, route: str, field: str, value: str) -> None:
    others = {name: text for name, text in ROUTES[route].items() if name != field}
    body = json.dumps({**others, field: "?"}).replace('"?"', value)

    detail = assert_refused(post(route, body.encode()), 422, "invalid_request")

    assert detail.startswith(f"{field}: ")


@pytest.mark.parametrize(("route", "field"), [each for each in FIELDS if each[0] != "logout"])
def test_a_field_that_is_null_is_named(user: Any, route: str, field: str) -> None:
    body = json.dumps({**ROUTES[route], field: None})

    detail = assert_refused(post(route, body.encode()), 422, "invalid_request")

    assert detail.startswith(f"{field}: ")


@every_field
@pytest.mark.parametrize(
    "escape", [rb"\ud800", rb"\udfff", rb"a\ud800b", rb"\udc00\ud800", b"\xed\xa0\x80"]
)
def test_a_lone_surrogate_is_named(user: Any, route: str, field: str, escape: bytes) -> None:
    body = json.dumps({**ROUTES[route], field: "?"}).encode().replace(b"?", escape)

    detail = assert_refused(post(route, body), 422, "invalid_request")

    assert detail.startswith(f"{field}: ")


@pytest.mark.parametrize("field", ["username", "password"])
@pytest.mark.parametrize("value", ["\0", "alice\0", "\0" + PASSWORD])
def test_nul_is_named(user: Any, field: str, value: str) -> None:
    body = {**ROUTES["login"], field: value}

    detail = assert_refused(post("login", json.dumps(body).encode()), 422, "invalid_request")

    assert detail == f"{field}: Value error, must not contain a NUL character"
    assert "\0" not in detail


@pytest.mark.parametrize(
    ("field", "limit"),
    [("username", 1024), ("password", 4096)],
)
def test_credentials_have_a_bound(user: Any, field: str, limit: int) -> None:
    longest = json.dumps({**ROUTES["login"], field: "x" * limit}).encode()
    assert_refused(post("login", longest), 401, "invalid_credentials")
    for length in (limit + 1, 1_000_000):
        body = json.dumps({**ROUTES["login"], field: "x" * length}).encode()
        detail = assert_refused(post("login", body), 422, "invalid_request")
        assert detail.startswith(f"{field}: ")
        assert len(detail) < 200
    empty = json.dumps({**ROUTES["login"], field: ""}).encode()
    assert assert_refused(post("login", empty), 422, "invalid_request").startswith(f"{field}: ")


@pytest.mark.parametrize("route", ["refresh", "logout", "verify"])
@pytest.mark.parametrize("token", ["", "\0", "x" * 1_000_000, "é" * 100_000, "\u200b"])
def test_a_token_that_is_text_and_nothing_else(user: Any, route: str, token: str) -> None:
    [field] = ROUTES[route]

    response = post(route, json.dumps({field: token}).encode())

    assert_refused(response, 401, "invalid_token")


@every_route
def test_a_body_beyond_django_s_limit(user: Any, route: str, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000

    detail = assert_refused(post(route, b'{"x": "' + b"x" * 1_000), 422, "invalid_request")

    assert detail == "The body is too large or was cut off."


@every_route
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "multipart/form-data; boundary=x; charset=base64",
        "application/jsonp",
        "application/json-seq",
        "application/vnd.api+json",
        "application/*",
        "json",
        "application/json, text/plain",
        "text/plain; application/json",
        "text/plain;charset=application/json",
        "\u00e9",
        "x" * 10_000,
    ],
)
def test_another_media_type(user: Any, route: str, content_type: str) -> None:
    body = json.dumps(ROUTES[route]).encode()

    detail = assert_refused(post(route, body, content_type), 415, "unsupported_media_type")

    assert detail == "The body must be application/json."
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data; boundary=x", "multipart/form-data; boundary=x; a=b"]
)
@pytest.mark.parametrize("charset", ["", "; charset=base64", "; charset=undefined"])
@every_route
def test_a_form_of_many_parts(user: Any, route: str, content_type: str, charset: str) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\nalice\r\n--x--\r\n'
    file = part.replace(b'"username"', b'"username"; filename="a.json"')
    for body in (part, file):
        response = post(route, body, content_type + charset)
        assert_refused(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json; charset=klingon",
        "application/json; x=y",
        "application/json;",
        "APPLICATION/JSON",
    ],
)
def test_parameters_of_the_media_type_are_fine(user: Any, content_type: str) -> None:
    response = post("login", json.dumps(ROUTES["login"]).encode(), content_type)

    assert response.status_code == 200


def test_fields_that_nobody_asked_for_are_ignored(user: Any) -> None:
    body = {**ROUTES["login"], "is_staff": True, "generation": 7, "__class__": "x"}

    assert post("login", json.dumps(body).encode()).status_code == 200
    assert Session.objects.get().generation == 1


def test_no_detail_repeats_what_was_sent(pair: Pair, caller: JSONClient) -> None:
    marker = "mellon-4711"
    bodies: tuple[Any, ...] = (
        {"username": [marker], "password": {marker: marker}},
        {"username": marker + "\0", "password": marker + "\0"},
        {"username": marker * 1_000, "password": marker * 1_000},
    )
    for body in bodies:
        response = caller.post("auth/login/", body)
        assert_refused(response, 422, "invalid_request")
        assert marker not in response.content.decode()
    for route in ("refresh", "verify", "logout"):
        for body in ({"refresh_token": marker, "token": marker}, {"refresh_token": [marker]}):
            assert marker not in caller.post(f"auth/{route}/", body).content.decode()
