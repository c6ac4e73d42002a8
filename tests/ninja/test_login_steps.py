"""`LOGIN_STEPS`: between a correct password and the tokens, and never past a step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

import pytest
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.exceptions import ImproperlyConfigured
from django.test import AsyncClient, RequestFactory
from freezegun.api import FrozenDateTimeFactory

from tegata import conf, logins
from tegata._tegata import Tokens
from tegata.challenge_schemas import ChallengeSchema
from tegata.exceptions import APIError
from tegata.login_challenge import LoginChallenge
from tegata.models import Session
from tests.ninja import login_steps
from tests.ninja.helpers import PASSWORD, JSONClient, assert_refused, claims_of, new_api, pair_of
from tests.ninja.login_steps import CODE, WORD, Code, Word

HERE = "tests.ninja.login_steps"


@pytest.fixture
def steps(settings: Any) -> Callable[..., None]:
    """Sets `LOGIN_STEPS`; names are of `login_steps`."""

    def configure(*names: Any, **others: Any) -> None:
        paths = [f"{HERE}.{each}" if isinstance(each, str) else each for each in names]
        settings.TEGATA = {"LOGIN_STEPS": paths, **others}
        login_steps.asked.clear()

    return configure


@pytest.fixture
def told() -> Iterator[list[tuple[str, Any]]]:
    """Whom Django's login signals have named."""
    calls: list[tuple[str, Any]] = []

    def logged_in(user: Any, **_: Any) -> None:
        calls.append(("in", user.username))

    def failed(credentials: Any, request: Any, **_: Any) -> None:
        assert request.path.startswith("/api/auth/")
        calls.append(("failed", credentials))

    user_logged_in.connect(logged_in)
    user_login_failed.connect(failed)
    yield calls
    user_logged_in.disconnect(logged_in)
    user_login_failed.disconnect(failed)


def log_in(caller: JSONClient) -> Any:
    return caller.post("auth/login/", {"username": "alice", "password": PASSWORD})


def asked(answer: Any, step: str = "code") -> str:
    """The token of a challenge that must be there."""
    body = answer.json()
    assert answer.status_code == 202, body
    assert answer.headers["Cache-Control"] == "no-store"
    assert (body["step"], body["expires_in"]) == (step, 300)
    assert not answer.cookies
    token: str = body["challenge_token"]
    return token


def complete(caller: JSONClient, token: str, **answer: Any) -> Any:
    body = {"challenge_token": token, "answer": answer}
    return caller.post("auth/login/challenge/", body)


def test_tokens_come_only_after_the_last_step(
    user: Any, caller: JSONClient, steps: Any, told: Any, clock: FrozenDateTimeFactory
) -> None:
    steps("Code")
    token = asked(log_in(caller))
    user.refresh_from_db()
    assert (told, user.last_login, Session.objects.count()) == ([], None, 0)

    clock.tick(60)
    pair = pair_of(complete(caller, token, code=CODE))

    assert told == [("in", "alice")]
    session = Session.objects.get()
    user.refresh_from_db()
    assert user.last_login == session.created_at == clock().replace(tzinfo=UTC)
    assert claims_of(pair.access)["auth_time"] == int(session.created_at.timestamp())
    assert caller.get("profile/", pair.access).json()["user"] == "alice"
    assert LoginChallenge.objects.count() == 0


def test_a_wrong_password_is_asked_nothing(user: Any, caller: JSONClient, steps: Any) -> None:
    steps("Code")
    body = {"username": "alice", "password": "a guess"}
    assert_refused(caller.post("auth/login/", body), 401, "invalid_credentials")
    assert LoginChallenge.objects.count() == 0


def test_steps_come_one_after_the_other_and_none_twice(
    user: Any, caller: JSONClient, steps: Any
) -> None:
    steps("passes", "Code", "passes_later", "Word", "ForStaff")

    first = asked(log_in(caller))
    assert login_steps.asked == ["passes"]
    second = complete(caller, first, code=CODE)
    token = asked(second, "word")
    assert second.json()["hint"] == "open …"
    assert second.json()["letters"] == 6
    assert login_steps.asked == ["passes", "passes_later"]
    assert_refused(complete(caller, first, code=CODE), 401, "invalid_challenge")

    assert pair_of(complete(caller, token, word=WORD))
    assert login_steps.asked == ["passes", "passes_later"]
    assert_refused(complete(caller, token, word=WORD), 401, "invalid_challenge")
    assert Session.objects.count() == 1


def test_a_step_that_was_added_meanwhile_is_asked(
    user: Any, caller: JSONClient, steps: Any
) -> None:
    steps("Code")
    token = asked(log_in(caller))
    steps("Word", "Code")
    asked(complete(caller, token, code=CODE), "word")
    assert Session.objects.count() == 0


def test_who_need_not_be_asked_is_not(user: Any, caller: JSONClient, steps: Any) -> None:
    steps("ForStaff", "passes", "passes_later")
    pair_of(log_in(caller))
    type(user).objects.update(is_staff=True)
    asked(log_in(caller), "for-staff")


def test_classes_objects_and_functions_may_stand_in_the_list(
    user: Any, caller: JSONClient, steps: Any
) -> None:
    steps(login_steps.passes, Word(), Code)
    token = asked(log_in(caller), "word")
    asked(complete(caller, token, word=WORD), "code")


@pytest.mark.parametrize("name", ["refuses", "refuses_aloud"])
def test_a_step_refuses(user: Any, caller: JSONClient, steps: Any, told: Any, name: str) -> None:
    steps("passes", name)
    answer = log_in(caller)
    if name == "refuses":
        assert_refused(answer, 401, "invalid_credentials")
        assert told == [("failed", {"username": "alice"})]
    else:
        assert_refused(answer, 403, "outside_office_hours")
    assert Session.objects.count() == 0


@pytest.mark.parametrize("name", ["refuses", "refuses_aloud"])
def test_a_step_refuses_after_an_answer(
    user: Any, caller: JSONClient, steps: Any, name: str
) -> None:
    steps("Code", name)
    token = asked(log_in(caller))
    assert complete(caller, token, code=CODE).status_code in (401, 403)
    assert_refused(complete(caller, token, code=CODE), 401, "invalid_challenge")
    assert Session.objects.count() == 0


@pytest.mark.parametrize(
    "name",
    [
        "raises",
        "forgets",
        "says_true",
        "is_not_awaited",
        "asks_what_it_cannot_read",
        "KeepsNoJSON",
        "ShowsSomethingElse",
    ],
)
@pytest.mark.parametrize("path", ["login/", "token/"])
def test_a_step_that_is_broken_lets_nobody_in(
    user: Any,
    caller: JSONClient,
    steps: Any,
    caplog: pytest.LogCaptureFixture,
    name: str,
    path: str,
) -> None:
    steps(name)
    credentials = {"username": "alice", "password": PASSWORD}
    with caplog.at_level(logging.DEBUG, "tegata"):
        if path == "login/":
            answer = caller.post("auth/login/", credentials)
        else:
            answer = caller.post_form("auth/token/", **credentials)
    assert_refused(answer, 503, "service_unavailable")
    assert "database" not in answer.json()["detail"]
    assert f"the login step {conf.current().LOGIN_STEPS[0].name} failed in begin" in caplog.text
    assert CODE not in caplog.text + answer.content.decode()
    assert (Session.objects.count(), LoginChallenge.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "name", ["RaisesAtTheEnd", "GivesNothing", "GivesSomething", "ForgetsToAwait"]
)
def test_a_step_that_breaks_at_the_answer_lets_nobody_in(
    user: Any, caller: JSONClient, steps: Any, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    steps(name)
    token = log_in(caller).json()["challenge_token"]
    for _ in range(2):
        with caplog.at_level(logging.DEBUG, "tegata"):
            answer = complete(caller, token, code=CODE)
        assert_refused(answer, 503, "service_unavailable")
    assert "failed in complete" in caplog.text
    assert CODE not in caplog.text + answer.content.decode()
    # It counts, or a step that fails after it has looked could be asked for ever.
    assert LoginChallenge.objects.get().attempts == 2
    assert Session.objects.count() == 0


def test_a_refusal_of_the_site_s_own_at_the_answer(
    user: Any, caller: JSONClient, steps: Any
) -> None:
    steps("RefusesAloud")
    token = log_in(caller).json()["challenge_token"]
    assert_refused(complete(caller, token, code=CODE), 403, "card_is_stolen")
    assert Session.objects.count() == 0


def test_the_form_never_skips_a_step(user: Any, caller: JSONClient, steps: Any, told: Any) -> None:
    form = {"username": "alice", "password": PASSWORD}
    for names, description in (
        (["Code"], "login/"),
        (["passes", "Word"], "login/"),
        (["refuses"], "accepted"),
        (["refuses_aloud"], "accepted"),
    ):
        steps(*names)
        answer = caller.post_form("auth/token/", **form)
        body = answer.json()
        assert (answer.status_code, body["error"]) == (400, "invalid_grant"), names
        assert description in body["error_description"]
        assert body.keys() == {"error", "error_description"}
    assert (Session.objects.count(), LoginChallenge.objects.count()) == (0, 0)
    assert "in" not in [kind for kind, _ in told]
    steps("passes", "ForStaff")
    assert caller.post_form("auth/token/", **form).status_code == 200


def test_without_rows_of_sessions_the_steps_are_the_same(
    user: Any, caller: JSONClient, steps: Any
) -> None:
    steps("Code", SESSION_CHECK="off")
    token = asked(log_in(caller))
    assert_refused(complete(caller, token, code="no"), 401, "invalid_credentials")
    assert complete(caller, token, code=CODE).json().keys() == {"access_token", "refresh_token"}
    assert_refused(complete(caller, token, code=CODE), 401, "invalid_challenge")


@pytest.mark.django_db(transaction=True)
async def test_under_asgi(user: Any, steps: Any) -> None:
    steps("Word", "Code", "passes_later")
    client = AsyncClient()

    async def post(where: str, body: Any) -> Any:
        return await client.post(f"/api/auth/{where}", body, content_type="application/json")

    answer = await post("login/", {"username": "alice", "password": PASSWORD})
    for given in ({"word": WORD}, {"code": CODE}):
        assert answer.status_code == 202
        token = answer.json()["challenge_token"]
        answer = await post("login/challenge/", {"challenge_token": token, "answer": given})
    assert pair_of(answer)


@pytest.mark.parametrize("is_async", [False, True])
def test_both_kinds_of_authenticators_are_asked_for_more(
    user: Any, caller: JSONClient, steps: Any, is_async: bool
) -> None:
    def at_once(request: Any, payload: Any) -> Any:
        return user

    async def later(request: Any, payload: Any) -> Any:
        return user

    steps("Code", USER_LOGIN_AUTHENTICATOR=later if is_async else at_once)
    assert pair_of(complete(caller, asked(log_in(caller)), code=CODE))


@pytest.mark.django_db(transaction=True)
async def test_a_view_of_one_s_own(user: Any, steps: Any) -> None:
    steps("Code")
    request = RequestFactory().post("/api/auth/sso/")
    assert await logins.alog_in_at_once(request, user) is None
    challenge = await logins.alog_in(request, user)
    assert isinstance(challenge, ChallengeSchema)
    assert challenge.challenge_token not in repr(challenge)
    with pytest.raises(APIError, match="not accepted"):
        await logins.aanswer(request, challenge.challenge_token, {"code": "no"})
    tokens = await logins.aanswer(request, challenge.challenge_token, {"code": CODE})
    assert isinstance(tokens, Tokens)


def test_the_document_says_what_the_steps_ask_and_show(steps: Any) -> None:
    steps("Code", "Word", "passes")
    document = new_api().get_openapi_schema(path_prefix="")
    schemas = document["components"]["schemas"]
    answers = document["paths"]["/auth/login/challenge/"]["post"]["responses"]
    shown = answers[202]["content"]["application/json"]["schema"]
    assert shown == {"$ref": "#/components/schemas/ChallengeSchema"}
    challenge = schemas["ChallengeSchema"]
    assert challenge["properties"]["step"]["enum"] == ["code", "word"]
    assert challenge["properties"]["letters"]["type"] == "integer"
    assert challenge["required"] == ["challenge_token", "step", "expires_in"]
    answer = schemas["ChallengeAnswerSchema"]["properties"]["answer"]
    # Some versions of pydantic refer to a schema that stands apart.
    answers = [
        schemas.get(each.get("$ref", "").rpartition("/")[2], each) for each in answer["anyOf"]
    ]
    assert [each["title"] for each in answers] == ["CodeAnswer", "WordAnswer"]
    assert answers[1]["required"] == ["word"]


def test_without_steps_the_document_has_an_object() -> None:
    schemas = new_api().get_openapi_schema(path_prefix="")["components"]["schemas"]
    assert schemas["ChallengeAnswerSchema"]["properties"]["answer"]["type"] == "object"
    assert "enum" not in schemas["ChallengeSchema"]["properties"]["step"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("absent", "cannot be imported"),
        ("NoStep", "no subclass of tegata.steps.LoginStep"),
        ("NUMBER", "neither a tegata.steps.LoginStep nor a function"),
        ("of_one_argument", r"not one of \(request, user\)"),
        ("NoName", "has no `name`"),
        ("BadName", "has no `name`"),
        ("NoBeginning", "does not say how it begins"),
        ("NoEnd", "both `answer_schema` and `complete`"),
        ("NoSchema", "no pydantic model"),
        ("ShowsTaken", "shows step"),
        ("NeedsArguments", "cannot be made without arguments"),
    ],
)
def test_what_is_no_step_stops_start_up(steps: Any, name: str, problem: str) -> None:
    steps("Code", name)
    with pytest.raises(ImproperlyConfigured, match=problem) as error:
        conf.engine()
    assert str(error.value).startswith("TEGATA['LOGIN_STEPS'] ")
    assert name in str(error.value)


def test_two_steps_of_one_name_stop_start_up(steps: Any) -> None:
    steps("Code", Code)
    with pytest.raises(ImproperlyConfigured, match="another step is called 'code' too"):
        conf.engine()


@pytest.mark.parametrize("value", ["tests.ninja.login_steps.Code", {"code": Code}, None, 3])
def test_what_is_no_list_stops_start_up(settings: Any, value: Any) -> None:
    settings.TEGATA = {"LOGIN_STEPS": value}
    with pytest.raises(ImproperlyConfigured, match=r"\['LOGIN_STEPS'\] must be a list"):
        conf.current()
