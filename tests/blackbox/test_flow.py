"""Logging in, being known, refreshing, seeing and ending sessions: over HTTP, on every host."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.blackbox.client import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Person, claims_of, code

NO_SESSION = "A" * 43


def test_a_person_logs_in_is_known_refreshes_and_logs_out(stranger: Person) -> None:
    answer = stranger.post("auth/login/", {"username": USER, "password": PASSWORD})

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"].startswith("application/json")
    assert "Set-Cookie" not in answer.headers
    stranger.tokens = answer.json()
    assert set(stranger.tokens) == {"access_token", "refresh_token"}

    profile = stranger.get("profile/")
    assert profile.json()["username"] == USER
    ping = stranger.get("ping/")
    assert ping.json() == {"ping": "pong", "session_id": profile.json()["session_id"]}

    first = dict(stranger.tokens)
    answer = stranger.refresh()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert stranger.tokens["access_token"] != first["access_token"]
    assert claims_of(stranger.tokens["refresh_token"])["generation"] == 2
    assert stranger.get("profile/").json() == profile.json()

    assert code(stranger.post_signed("auth/logout/")) == (200, None)
    for path in ("profile/", "ping/"):
        assert code(stranger.get(path)) == (401, "session_expired")
    assert code(stranger.refresh()) == (401, "session_expired")
    assert code(stranger.post_signed("auth/logout/")) == (200, None)


def test_the_tokens_are_what_rfc_9068_asks_for(person: Person) -> None:
    claims = claims_of(person.tokens["access_token"])

    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "auth_time"} <= set(claims)
    assert isinstance(claims["sub"], str)
    assert claims["exp"] - claims["iat"] == pytest.approx(300, abs=1)


def test_data_of_a_login_is_kept_on_the_server(person: Person) -> None:
    assert person.post_signed("set-theme/", {"theme": "dark"}).json() == {"theme": "dark"}
    assert person.get("profile/").status_code == 200


def test_two_devices_are_listed_and_one_ends_the_other(base_url: str) -> None:
    phone, laptop = (
        Person(base_url, name).log_in(ADMIN, ADMIN_PASSWORD) for name in ("phone", "laptop")
    )
    assert code(laptop.post_signed("auth/logout/others/")) == (200, None)
    phone.log_in(ADMIN, ADMIN_PASSWORD)

    listed = laptop.get("auth/sessions/").json()
    assert [(each["user_agent"], each["is_current"]) for each in listed] == [
        ("phone", False),
        ("laptop", True),
    ]
    assert {each["ip_address"] for each in listed} == {"127.0.0.1"}
    assert set(listed[0]) == {
        *("id", "created_at", "last_activity_at", "ip_address", "user_agent"),
        *("device", "location", "is_current"),
    }

    assert code(laptop.delete(f"auth/sessions/{listed[0]['id']}/")) == (200, None)
    assert code(phone.get("profile/")) == (401, "session_expired")
    assert code(phone.refresh()) == (401, "session_expired")
    assert [each["user_agent"] for each in laptop.get("auth/sessions/").json()] == ["laptop"]
    assert code(laptop.delete(f"auth/sessions/{listed[0]['id']}/")) == (404, "session_not_found")


@pytest.mark.parametrize(
    "session_id", [NO_SESSION, "1", "x" * 2000, "%00", "..%2F", "%F0%9F%94%91"]
)
def test_a_session_that_is_not_there_cannot_be_ended(person: Person, session_id: str) -> None:
    answer = person.delete(f"auth/sessions/{session_id}/")

    # A slash in the path is another path.
    if "%2F" in session_id:
        assert answer.status_code == 404
    else:
        assert code(answer) == (404, "session_not_found")


def test_the_session_of_another_is_not_there_either(person: Person, base_url: str) -> None:
    admin = Person(base_url).log_in(ADMIN, ADMIN_PASSWORD)
    hers = admin.get("profile/").json()["session_id"]

    assert code(person.delete(f"auth/sessions/{hers}/")) == (404, "session_not_found")
    assert admin.get("profile/").status_code == 200


def test_a_person_logs_out_everywhere_else_then_everywhere(base_url: str) -> None:
    here, there, elsewhere = (Person(base_url).log_in() for _ in range(3))

    assert code(here.post_signed("auth/logout/others/")) == (200, None)
    assert here.get("profile/").status_code == 200
    for other in (there, elsewhere):
        assert code(other.get("profile/")) == (401, "session_expired")
    there.log_in()
    assert code(here.post_signed("auth/logout/all/")) == (200, None)
    for each in (here, there):
        assert code(each.get("profile/")) == (401, "session_expired")


def test_a_person_changes_the_password_and_is_alone(base_url: str) -> None:
    here, there = (Person(base_url).log_in(ADMIN, ADMIN_PASSWORD) for _ in range(2))
    new = "a password for as long as this test runs"

    def change(current: str, new: str) -> tuple[int, str | None]:
        body = {"current_password": current, "new_password": new}
        return code(here.post_signed("auth/password/", body))

    assert change("wrong", new) == (403, "invalid_credentials")
    assert there.get("profile/").status_code == 200
    assert change(ADMIN_PASSWORD, new) == (200, None)
    try:
        assert code(there.get("profile/")) == (401, "session_expired")
        assert code(there.refresh()) == (401, "session_expired")
        assert here.get("profile/").status_code == 200
        assert here.refresh().status_code == 200
        credentials = {"username": ADMIN, "password": ADMIN_PASSWORD}
        assert code(there.post("auth/login/", credentials)) == (401, "invalid_credentials")
        there.log_in(ADMIN, new)
    finally:
        assert change(new, ADMIN_PASSWORD) == (200, None)
    here.log_in(ADMIN, ADMIN_PASSWORD)


def test_a_refresh_token_alone_logs_out(person: Person) -> None:
    replaced = person.tokens["refresh_token"]
    person.refresh()

    assert code(person.post("auth/logout/", {"refresh_token": replaced})) == (200, None)
    assert code(person.get("profile/")) == (401, "session_expired")


def test_a_lost_answer_is_asked_for_again(person: Person) -> None:
    spent = person.tokens["refresh_token"]

    for _ in range(3):
        assert person.refresh(spent).status_code == 200
        assert claims_of(person.tokens["refresh_token"])["generation"] == 2
    assert person.get("profile/").status_code == 200
    assert person.refresh().status_code == 200


def test_a_token_from_further_back_ends_the_session(person: Person) -> None:
    first = person.tokens["refresh_token"]
    person.refresh()
    person.refresh()

    answer = person.post("auth/refresh/", {"refresh_token": first})

    assert code(answer) == (401, "token_reuse_detected")
    assert code(person.get("profile/")) == (401, "session_expired")
    assert code(person.refresh()) == (401, "session_expired")


def test_verify_says_what_a_token_is(person: Person) -> None:
    for kind in ("access", "refresh"):
        token = person.tokens[f"{kind}_token"]
        answer = person.post("auth/verify/", {"token": token})
        assert answer.status_code == 200
        said = answer.json()
        assert (said["type"], said["session_id"]) == (kind, claims_of(token)["session_id"])
        assert said["issued_at"] < said["expires_at"]
    assert code(person.post("auth/verify/", {"token": "x.y.z"})) == (401, "invalid_token")
    person.post_signed("auth/logout/")
    answer = person.post("auth/verify/", {"token": person.tokens["access_token"]})
    assert code(answer) == (401, "session_expired")


def test_the_form_login_is_that_of_rfc_6749(stranger: Person) -> None:
    form = {"grant_type": "password", "username": USER, "password": PASSWORD}

    answer = stranger.http.post("auth/token/", data=form)

    body = answer.json()
    assert (answer.status_code, body["token_type"]) == (200, "Bearer")
    assert 0 < body["expires_in"] <= 300
    assert answer.headers["Cache-Control"] == "no-store"
    stranger.tokens = body
    assert stranger.get("profile/").status_code == 200
    for changed, error in (
        ({"password": "wrong"}, "invalid_grant"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"username": ""}, "invalid_request"),
    ):
        refused = stranger.http.post("auth/token/", data={**form, **changed})
        assert (refused.status_code, refused.json()["error"]) == (400, error)
        assert set(refused.json()) == {"error", "error_description"}


GATED = ("profile/", "ping/", "auth/sessions/")


@pytest.mark.parametrize("path", GATED)
@pytest.mark.parametrize(
    ("header", "refusal", "challenge"),
    [
        (None, "missing_token", "Bearer"),
        ("Bearer not.a.token", "invalid_token", 'Bearer error="invalid_token"'),
        ("Bearer " + "x" * 20_000, None, None),
        ("Basic ZGVtbzpkZW1v", "missing_token", "Bearer"),
    ],
    ids=["nothing", "nonsense", "a long one", "another scheme"],
)
def test_who_brings_no_token_of_ours_is_told_how_to_authenticate(
    stranger: Person, path: str, header: str | None, refusal: str | None, challenge: str | None
) -> None:
    answer = stranger.http.get(path, headers={"Authorization": header} if header else {})

    if refusal is None:
        # The server itself may have a limit, ahead of any view.
        assert answer.status_code in {400, 401, 431}
        return
    assert code(answer) == (401, refusal)
    assert answer.headers["WWW-Authenticate"] == challenge


@pytest.mark.parametrize("path", GATED)
def test_two_authorization_headers_are_no_way_in(person: Person, path: str) -> None:
    headers = [*person.credentials.items()] * 2

    answer = httpx.get(f"{person.http.base_url}{path}", headers=headers)

    assert answer.status_code in {400, 401}


def test_a_refresh_token_opens_no_gate_and_an_access_token_refreshes_nothing(
    person: Person,
) -> None:
    headers = {"Authorization": f"Bearer {person.tokens['refresh_token']}"}
    assert code(person.http.get("profile/", headers=headers)) == (401, "invalid_token_type")

    answer = person.post("auth/refresh/", {"refresh_token": person.tokens["access_token"]})
    assert code(answer) == (400, "invalid_token_type")


def test_neither_half_of_a_wrong_login_is_named(stranger: Person) -> None:
    answers = [
        stranger.post("auth/login/", body)
        for body in (
            {"username": USER, "password": "wrong"},
            {"username": "nobody", "password": PASSWORD},
        )
    ]

    assert [code(answer) for answer in answers] == [(401, "invalid_credentials")] * 2
    assert answers[0].content == answers[1].content


BODIES: list[tuple[str, bytes]] = [
    ("empty", b""),
    ("no JSON", b"username=demo&password=tegata-demo"),
    ("half of it", b'{"username": "demo", "passw'),
    ("a list", b"[]"),
    ("null", b"null"),
    ("text", b'"demo"'),
    ("a number", b"5"),
    ("no members", b"{}"),
    ("numbers", b'{"username": 5, "password": 5, "refresh_token": 5, "token": 5}'),
    ("nulls", b'{"username": null, "password": null, "refresh_token": [], "token": null}'),
    ("lists", b'{"username": [], "password": [], "refresh_token": [""], "token": {}}'),
    ("not UTF-8", b'{"username": "\xff", "password": "\xff", "refresh_token": "\xff"}'),
    ("deep", b'{"username":' + b"[" * 100_000),
    ("huge numbers", b'{"username": 1e999999, "token": 1e999999, "refresh_token": -1e999999}'),
    ("NaN", b"NaN"),
    ("more than Django reads", b'{"username": "' + b"x" * 3_000_000 + b'"}'),
]


@pytest.mark.parametrize("path", ["login/", "refresh/", "verify/"])
@pytest.mark.parametrize("body", [body for _, body in BODIES], ids=[name for name, _ in BODIES])
def test_a_bad_body_is_refused_in_our_shape(stranger: Person, path: str, body: bytes) -> None:
    answer = stranger.http.post(
        f"auth/{path}", content=body, headers={"Content-Type": "application/json"}
    )

    # Where refresh tokens may come in a cookie, a body without one is no bad one.
    is_of_a_cookie = path == "refresh/" and body in {b"", b"{}"}
    expected = (401, "missing_token") if is_of_a_cookie else (422, "invalid_request")
    assert code(answer) == expected


@pytest.mark.parametrize(
    "text", ["\\ud800", "\\u0000", "x" * 1_000_000, "\\udc00\\ud800", "ü" * 50_000, " "]
)
def test_odd_text_is_refused_and_never_an_error(person: Person, text: str) -> None:
    for path, names in (
        ("login/", ("username", "password")),
        ("refresh/", ("refresh_token",)),
        ("verify/", ("token",)),
        ("logout/", ("refresh_token",)),
    ):
        body = "{" + ", ".join(f'"{name}": "{text}"' for name in names) + "}"
        answer = person.http.post(
            f"auth/{path}", content=body.encode(), headers={"Content-Type": "application/json"}
        )
        assert code(answer) in {
            (401, "invalid_credentials"),
            (401, "invalid_token"),
            (422, "invalid_request"),
        }
    assert person.get("profile/").status_code == 200


@pytest.mark.parametrize("path", ["login/", "refresh/", "verify/", "logout/"])
@pytest.mark.parametrize(
    "media_type",
    [
        "application/x-www-form-urlencoded",
        "text/plain",
        "text/plain; application/json",
        "application/json-patch+json",
        "multipart/form-data; boundary=x",
        None,
    ],
)
def test_what_a_form_elsewhere_could_post_is_refused(
    person: Person, path: str, media_type: str | None
) -> None:
    request = person.http.build_request(
        "POST", f"auth/{path}", content=b'{"token": "x"}', headers=person.credentials
    )
    if media_type is not None:
        request.headers["Content-Type"] = media_type

    assert code(person.http.send(request)) == (415, "unsupported_media_type")
    assert person.get("profile/").status_code == 200


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_by_any_spelling_is_taken(stranger: Person, media_type: str) -> None:
    body = f'{{"username": "{USER}", "password": "{PASSWORD}"}}'

    answer = stranger.http.post(
        "auth/login/", content=body.encode(), headers={"Content-Type": media_type}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "auth/login/"),
        ("GET", "auth/logout/"),
        ("PUT", "auth/refresh/"),
        ("POST", "profile/"),
    ],
)
def test_another_method_is_not_allowed(person: Person, method: str, path: str) -> None:
    answer = person.http.request(method, path, headers=person.credentials)

    assert answer.status_code == 405
    assert person.get("profile/").status_code == 200


def test_a_device_may_call_itself_anything(base_url: str) -> None:
    odd: Any = b"\xff\xfe <script> " + b"x" * 2_000
    visitor = Person(base_url)
    visitor.http.headers = httpx.Headers([(b"User-Agent", odd)])
    visitor.log_in()

    [current] = [each for each in visitor.get("auth/sessions/").json() if each["is_current"]]

    assert len(current["user_agent"]) == 512
    assert "<script>" in current["user_agent"]
