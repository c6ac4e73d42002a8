"""Whatever a client sends, no route answers with a 500, and every refusal has its one shape."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tegata._tegata import Refusal
from tests.ninja.helpers import PASSWORD, JSONClient, Pair

POSTS = (
    *("login", "login/challenge", "refresh", "logout", "logout/all", "logout/others"),
    *("verify", "token"),
)
CODES = {refusal.code: refusal for refusal in Refusal.all()}

# Surrogates too: a client can write them in JSON.
text = st.text(st.characters())
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
names = text | st.sampled_from(
    [
        *("username", "password", "refresh_token", "token", "grant_type"),
        *("challenge_token", "answer"),
    ]
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
bodies = (
    st.binary(max_size=200)
    | values.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(names, scalars, max_size=5).map(lambda value: json.dumps(value).encode())
)
media_types = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "",
    ]
)
# What a server makes of the bytes of a header.
header_values = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=100)
headers = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_AUTHORIZATION": header_values | header_values.map("Bearer {}".format),
        "HTTP_USER_AGENT": header_values,
        "REMOTE_ADDR": header_values,
    },
)
browser_headers = st.fixed_dictionaries(
    {
        "HTTP_COOKIE": header_values
        | header_values.map("__Host-access_token={0}; __Secure-refresh_token={0}".format)
        | header_values.map("csrftoken={0}; __Secure-refresh_token=x".format)
    },
    optional={
        "HTTP_ORIGIN": header_values
        | st.sampled_from(["null", "http://testserver", "http://[::1"]),
        "HTTP_SEC_FETCH_SITE": header_values | st.sampled_from(["same-origin", "cross-site"]),
        "HTTP_X_CSRFTOKEN": header_values,
        "HTTP_REFERER": header_values,
        "wsgi.url_scheme": st.sampled_from(["http", "https"]),
    },
)
thorough = settings(
    max_examples=60,
    deadline=None,
    # One transaction around all examples is what is wanted.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def assert_answered(response: Any, *, oauth: bool = False) -> None:
    """Checks for an answer that the route documents."""
    assert response.status_code < 500
    if response.status_code == 200:
        return
    body = response.json()
    if oauth:
        assert response.status_code == 400
        assert body.keys() == {"error", "error_description"}
        return
    assert body.keys() == {"error_code", "detail"}
    refusal = CODES[body["error_code"]]
    assert response.status_code in {refusal.status("gate"), refusal.status("endpoint"), 404}
    assert ("WWW-Authenticate" in response.headers) == (response.status_code == 401)
    assert response.headers["Cache-Control"] == "no-store"
    # A lone surrogate in it could not have been sent.
    body["detail"].encode()


@pytest.mark.parametrize("route", POSTS)
@thorough
@given(body=bodies, media_type=media_types, extra=headers)
def test_posts(user: Any, route: str, body: bytes, media_type: str, extra: dict[str, Any]) -> None:
    url = f"/api/auth/{route}/"

    response = Client().generic("POST", url, body, media_type, **extra)

    assert_answered(response, oauth=route == "token")


@pytest.mark.parametrize("where", ["profile", "aprofile", "either", "aeither", "auth/sessions"])
@thorough
@given(extra=headers)
def test_gates(user: Any, where: str, extra: dict[str, Any]) -> None:
    assert_answered(Client().get(f"/api/{where}/", **extra))


@pytest.mark.parametrize("transport", ["cookie", "both"])
@pytest.mark.parametrize(
    "route", ["login", "refresh", "logout", "logout/all", "password", "set-theme/?theme=dark"]
)
@settings(thorough, max_examples=30)
@given(body=bodies, media_type=media_types, extra=headers, of_page=browser_headers)
def test_posts_of_browsers(
    pair: Pair,
    transport: str,
    route: str,
    body: bytes,
    media_type: str,
    extra: dict[str, Any],
    of_page: dict[str, Any],
) -> None:
    url = f"/api/{route}" if "?" in route else f"/api/auth/{route}/"
    with override_settings(TEGATA={"TRANSPORT": transport}):
        client = Client(enforce_csrf_checks=True)

        response = client.generic("POST", url, body, media_type, **extra, **of_page)

        assert_answered(response)
        # Nothing of this is a proof.
        assert not {"__Host-access_token", "__Secure-refresh_token"} & {
            name for name, cookie in response.cookies.items() if cookie.value
        }


@thorough
@given(session_id=st.binary(min_size=1, max_size=60).filter(lambda raw: b"/" not in raw))
def test_names_of_sessions(pair: Pair, caller: JSONClient, session_id: bytes) -> None:
    # Neither a server nor the resolver takes a line feed at the end for a part of the path.
    response = caller.delete(f"auth/sessions/{quote(session_id)}/", pair.access)

    assert_answered(response)
    assert response.status_code == 404


@thorough
@given(data=st.data())
def test_altered_tokens(pair: Pair, caller: JSONClient, data: st.DataObject) -> None:
    token = data.draw(st.sampled_from([pair.access, pair.refresh]))
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, min(len(token), start + 8)))
    altered = token[:start] + data.draw(st.text(max_size=8)) + token[end:]

    for response in (
        caller.get("profile/", altered.encode().decode("latin-1")),
        caller.post("auth/verify/", {"token": altered}),
        caller.refresh(altered) if altered != pair.refresh else caller.get("profile/"),
    ):
        assert_answered(response)
        if altered != token:
            assert response.status_code >= 400


@thorough
@given(username=text, password=text)
@override_settings(TEGATA={"LOGIN_THROTTLE": None})
def test_credentials(user: Any, caller: JSONClient, username: str, password: str) -> None:
    right = (username, password) == ("alice", PASSWORD)
    for response, oauth in (
        (caller.post("auth/login/", {"username": username, "password": password}), False),
        (
            caller.post_form(
                "auth/token/",
                username=username.encode(errors="replace").decode(),
                password=password.encode(errors="replace").decode(),
            ),
            True,
        ),
    ):
        assert_answered(response, oauth=oauth)
        assert (response.status_code == 200) == right
    assert get_user_model().objects.count() == 1


@thorough
@given(answer=values | st.dictionaries(st.just("code") | text, values, max_size=3))
def test_answers_to_a_challenge(user: Any, caller: JSONClient, settings: Any, answer: Any) -> None:
    settings.TEGATA = {"LOGIN_STEPS": ["tests.ninja.login_steps.Code"]}
    asked = caller.post("auth/login/", {"username": "alice", "password": PASSWORD})
    body = {"challenge_token": asked.json()["challenge_token"], "answer": answer}

    response = caller.post("auth/login/challenge/", body)

    assert_answered(response)
    is_one = isinstance(answer, dict) and isinstance(answer.get("code"), str)
    assert response.status_code in ({401, 422} if is_one else {422})
