"""No token, password or hash in a log, an error or a `repr`."""

from __future__ import annotations

import logging
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client
from django.views.debug import ExceptionReporter
from django.views.decorators.debug import sensitive_variables
from freezegun.api import FrozenDateTimeFactory

from tegata import AuthDetails, AuthedRequest, JWTAuth, conf
from tegata._tegata import Refusal
from tegata.auth import AsyncJwtBearer, AsyncJwtCookie
from tegata.challenge_schemas import ChallengeAnswerSchema, ChallengeSchema
from tegata.internal import loading
from tegata.login_challenge import LoginChallenge
from tegata.schemas import (
    LoginSchema,
    PasswordSchema,
    RefreshTokenSchema,
    TokenSchema,
    VerifySchema,
)
from tegata.steps import Challenge
from tests.ninja.async_jwt_site import PRIVATE, token
from tests.ninja.helpers import PASSWORD, JSONClient, Pair, bearer, new_api, pair_of
from tests.ninja.login_steps import CODE

WRONG = "mellon mellon mellon"


def parts_of(token: str) -> list[str]:
    """What of a token must not be seen: the whole, its payload and its signature."""
    return [token, *token.split(".")[1:]]


@pytest.mark.django_db(transaction=True)
def test_a_whole_flow_leaves_no_secret_in_logs_or_answers(
    clock: FrozenDateTimeFactory,
    user: Any,
    caller: JSONClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    refusals: list[Any] = []

    def refused(response: Any) -> None:
        assert response.status_code >= 400
        refusals.append(response)

    # What is handed out or sent in the course of it.
    refused(caller.post("auth/login/", {"username": "alice", "password": WRONG}))
    refused(caller.post("auth/login/", {"username": [WRONG], "password": PASSWORD + "\0"}))
    refused(caller.post("auth/login/", {"username": "alice", "password": PASSWORD * 1_000}))
    refused(caller.post_form("auth/token/", username="alice", password=WRONG))
    refused(caller.post_form("auth/login/", username="alice", password=PASSWORD))
    first = caller.log_in()
    second = pair_of(caller.refresh(first.refresh))
    other = caller.log_in()
    caller.get("profile/", second.access)
    caller.get("aprofile/", second.access)
    caller.get("auth/sessions/", second.access)
    caller.post("auth/verify/", {"token": second.refresh})
    refused(caller.get("profile/", second.refresh))
    refused(caller.get("either/", second.access[:-2] + "AA"))
    refused(caller.get("aeither/", second.access + "x", X_API_Key=WRONG))
    refused(caller.refresh(second.access))
    refused(caller.refresh(second.refresh[:-2] + "AA"))
    refused(caller.post("auth/verify/", {"token": second.refresh + "."}))
    refused(caller.post("auth/verify/", {"token": [second.refresh]}))
    refused(caller.post("auth/logout/", {"refresh_token": second.access}))
    with monkeypatch.context() as patch:

        def gone(session_id: str) -> None:
            raise OperationalError("the database is gone")

        patch.setattr(loading, "load", gone)
        refused(caller.refresh(second.refresh))
        refused(caller.get("profile/", second.access))
    clock.tick(60)
    refused(caller.refresh(first.refresh))
    refused(caller.get("profile/", second.access))
    clock.tick(timedelta(days=30))
    refused(caller.get("profile/", other.access))
    refused(caller.refresh(other.refresh))
    caller.post("auth/logout/", {"refresh_token": other.refresh})

    user.refresh_from_db()
    secrets = [PASSWORD, WRONG, user.password, user.password.split("$")[-1]]
    for pair in (first, second, other):
        secrets += parts_of(pair.access) + parts_of(pair.refresh)
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    # The gate does say why it refused, or this test would look at nothing.
    assert "access token refused: no key of ours signed it" in logged
    answered = "".join(f"{response.content.decode()}{response.headers}" for response in refusals)
    assert [secret for secret in secrets if secret in logged] == []
    assert [secret for secret in secrets if secret in answered] == []


def test_a_login_step_leaves_no_secret_in_logs_or_answers(
    user: Any, caller: JSONClient, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    steps = "tests.ninja.login_steps"
    answers, secrets = [], [PASSWORD, WRONG, CODE]
    for name, code in (("Code", WRONG), ("Code", CODE), ("RaisesAtTheEnd", CODE)):
        settings.TEGATA = {"LOGIN_STEPS": [f"{steps}.{name}"]}
        asked = caller.post("auth/login/", {"username": "alice", "password": PASSWORD})
        token = asked.json()["challenge_token"]
        stored = LoginChallenge.objects.latest("created_at")
        secrets += [token, stored.id, stored.client, stored.security_stamp]
        for answer in ({"code": [code]}, {"code": code}, {"code": code}):
            body = {"challenge_token": token, "answer": answer}
            answers.append(caller.post("auth/login/challenge/", body))
    refused = [each for each in answers if each.status_code != 200]
    assert [each.status_code for each in answers] == [422, 401, 401, 422, 200, 401, 422, 503, 503]
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "RuntimeError" in logged
    told = "".join(f"{each.content.decode()}{each.headers}" for each in refused)
    # The client's own request stands beside a record of Django's; what it posted is not shown.
    assert [secret for secret in secrets if secret in logged + told] == []


def test_no_part_of_what_a_view_gets_shows_a_secret(pair: Pair, serve: Any) -> None:
    seen: list[AuthDetails[Any, Any]] = []
    api = new_api()

    @api.get("/profile/", auth=JWTAuth())
    def profile(request: AuthedRequest) -> None:
        seen.append(request.auth)

    serve(api)
    JSONClient().get("profile/", pair.access)

    [auth] = seen
    stored = get_user_model().objects.get()
    session = auth.session
    hidden = [*parts_of(pair.access), stored.password, session.security_stamp]
    # Also what makes the parts when they are asked for.
    kept = [getattr(auth, name) for name in AuthDetails.__slots__]
    shown = [auth, auth.user, auth.session, auth.claims, *kept]
    for part in shown:
        for text in (repr(part), str(part), f"{part}"):
            assert text
            assert [secret for secret in hidden if secret in text] == []


def test_no_part_of_the_engine_shows_a_secret(pair: Pair, user: Any, forging_key: bytes) -> None:
    engine = conf.engine()
    from django.utils import timezone

    row_of_user = loading.user_row(user)
    opened = engine.open_session(timezone.now(), row_of_user, None, "", "acme", None, None, None)
    assert not isinstance(opened, Refusal)
    tokens = opened.tokens
    claims = engine.read_access(timezone.now(), tokens.access_token, "acme")
    unread = engine.read_access(timezone.now(), pair.access, "acme")
    row = opened.row
    assert row is not None
    hidden = [forging_key.decode(), user.password, row.security_stamp]
    hidden += parts_of(tokens.access_token) + parts_of(str(tokens.refresh_token))
    hidden += parts_of(pair.access)

    for part in (engine, opened, row, tokens, claims, unread, loading.user_row(user), conf.engine):
        for text in (repr(part), str(part)):
            assert [secret for secret in hidden if secret in text] == []


class DirectoryDownError(Exception):
    """What a backend raises whose directory is down."""


# Django hides no more of a backend's frame than the backend asks for.
@sensitive_variables()
def _fails(*_: Any, **__: Any) -> None:
    raise DirectoryDownError


@pytest.mark.parametrize("route", ["login/", "token/", "password/"])
def test_an_error_report_shows_no_password(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    monkeypatch.setattr("django.contrib.auth.backends.ModelBackend.authenticate", _fails)
    monkeypatch.setattr("tegata.api.password.validate_password", _fails)
    caller = JSONClient()
    caller.django.raise_request_exception = False

    def collect(sender: Any, request: HttpRequest, **_: Any) -> None:
        reporter = ExceptionReporter(request, *sys.exc_info())
        reports.extend([reporter.get_traceback_text(), reporter.get_traceback_html()])

    reports: list[str] = []
    got_request_exception.connect(collect)
    try:
        if route == "login/":
            caller.post("auth/login/", {"username": "alice", "password": PASSWORD})
        elif route == "password/":
            body = {"current_password": PASSWORD, "new_password": WRONG}
            caller.post("auth/password/", body, pair.access)
        else:
            caller.post_form("auth/token/", username="alice", password=PASSWORD)
    finally:
        got_request_exception.disconnect(collect)
    assert len(reports) == 2
    for report in reports:
        assert "DirectoryDownError" in report
        assert PASSWORD not in report
        assert WRONG not in report


class _BrokenGate(JWTAuth):
    def authenticate(self, request: HttpRequest, token: str) -> Any:
        super().authenticate(request, token)
        raise DirectoryDownError


class _BrokenCookie(AsyncJwtCookie):
    jwt_public = PRIVATE.public()

    async def auth_handler(self, request: HttpRequest) -> Any:
        raise DirectoryDownError


class _BrokenBearer(AsyncJwtBearer):
    jwt_public = PRIVATE.public()

    async def auth_handler(self, request: HttpRequest) -> Any:
        raise DirectoryDownError


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("carrier", ["header", "cookie"])
@pytest.mark.parametrize("is_ours", [True, False])
def test_an_error_report_of_a_gate_shows_no_token(
    pair: Pair, serve: Any, is_async: bool, carrier: str, is_ours: bool
) -> None:
    client = Client(raise_request_exception=False)
    text = pair.access if is_ours else token()
    gate: Any = _BrokenGate(transport=carrier)
    if not is_ours:
        gate = _BrokenCookie() if carrier == "cookie" else _BrokenBearer()
    api = new_api()
    if is_async:

        @api.get("/view/", auth=gate)
        async def aview(request: HttpRequest) -> None: ...
    else:

        @api.get("/view/", auth=gate)
        def view(request: HttpRequest) -> None: ...

    serve(api)
    if carrier == "cookie":
        client.cookies[conf.cookies().access().name if is_ours else "access_token"] = text

    def collect(sender: Any, request: HttpRequest, **_: Any) -> None:
        reporter = ExceptionReporter(request, *sys.exc_info())
        reports.extend([reporter.get_traceback_text(), reporter.get_traceback_html()])

    reports: list[str] = []
    got_request_exception.connect(collect)
    try:
        client.get("/api/view/", headers=bearer(text) if carrier == "header" else {})
    finally:
        got_request_exception.disconnect(collect)
    assert len(reports) == 2
    for report in reports:
        assert "DirectoryDownError" in report
        for part in parts_of(text):
            assert part not in report


def test_no_body_shows_its_secret_in_its_repr() -> None:
    bodies = (
        ChallengeAnswerSchema(challenge_token=PASSWORD, answer={"code": PASSWORD}),  # type: ignore[arg-type]
        ChallengeSchema(challenge_token=PASSWORD, step="code", expires_in=300),
        Challenge(state={"code": PASSWORD}),
        LoginSchema(username="alice", password=PASSWORD),
        PasswordSchema(current_password=PASSWORD, new_password=PASSWORD),
        RefreshTokenSchema(refresh_token=PASSWORD),
        TokenSchema(access_token=PASSWORD, refresh_token=PASSWORD),
        VerifySchema(token=PASSWORD),
    )
    for body in bodies:
        assert PASSWORD not in repr(body)
    assert "alice" in repr(bodies[3])
