"""What is told of sessions and refusals: the signals, the log records, and what they never hold."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import AsyncClient, RequestFactory
from django.utils import timezone
from freezegun.api import FrozenDateTimeFactory
from pytest_django import Settings

from tegata import APIError, events, logins, sessions, signals
from tegata.internal import cache_access, ending
from tegata.models import Session
from tests.ninja.hearing import Heard, hearing
from tests.ninja.helpers import PASSWORD, JSONClient, Pair, bearer, claims_of, forge, pair_of
from tests.ninja.login_steps import CODE

WRONG = "mellon mellon mellon"
BETTER = "an even better horse battery"


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Whatever is told in the course of a test."""
    with hearing() as heard:
        yield heard


def fields_of(event: events.Event, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a receiver got besides what every receiver gets; no more and no less than listed."""
    rest = {name: arguments[name] for name in event.fields}
    assert arguments.keys() == {"signal", "sender", "request", *rest}
    return rest


@pytest.mark.django_db(transaction=True)
def test_the_story_of_a_session(
    clock: FrozenDateTimeFactory, user: Any, caller: JSONClient, heard: Heard
) -> None:
    first = caller.log_in()
    second = pair_of(caller.refresh(first.refresh))
    repeated = pair_of(caller.refresh(first.refresh))
    assert caller.get("profile/", repeated.access).status_code == 200
    third = pair_of(caller.refresh(second.refresh))
    assert caller.get("profile/", third.access).status_code == 200
    clock.tick(60)
    assert caller.refresh(second.refresh).status_code == 401

    assert heard.names == [
        "session_opened",
        "session_refreshed",
        "session_repeated",
        "session_refreshed",
        "session_ended",
        "reuse_detected",
        "refused",
    ]
    whose = {"session_id": first.session_id, "user_id": user.pk, "ip_address": "127.0.0.1"}
    told = [
        fields_of(event, arguments)
        for name, arguments in heard.signals
        for event in events.EVENTS
        if event.name == name
    ]
    assert told == [
        {**whose, "user_agent": ""},
        {**whose, "generation": 2},
        {**whose, "generation": 2},
        {**whose, "generation": 3},
        {**whose, "reason": "token_reuse"},
        {**whose, "generation": 2},
        {
            "error_code": "token_reuse_detected",
            "status": 401,
            "place": "endpoint",
            "route": "api/auth/refresh/",
            "ip_address": "127.0.0.1",
        },
    ]
    senders = [arguments["sender"] for _, arguments in heard.signals]
    assert senders == [Session] * 6 + [APIError]
    assert [arguments["request"].method for _, arguments in heard.signals] == ["POST"] * 7


def test_a_record_has_the_event_and_its_fields_and_says_so_in_words(
    user: Any, caller: JSONClient, heard: Heard
) -> None:
    pair = caller.log_in()
    Session.objects.get().invalidate(reason="locked_by_support")

    opened, ended = heard.records
    for record, event in ((opened, events.SESSION_OPENED), (ended, events.SESSION_ENDED)):
        (arguments,) = heard.of(event.name)
        given = {name: getattr(record, name) for name in event.fields}
        assert given == fields_of(event, arguments)
        assert json.loads(json.dumps(given)) == given
        assert (record.name, record.levelname) == ("tegata.events", "INFO")
    assert ended.getMessage() == (
        f"session ended: session_id={pair.session_id}, user_id={user.pk}, reason=locked_by_support"
    )


def test_only_a_reuse_is_a_warning() -> None:
    levels = {event.name: event.level for event in events.EVENTS}

    assert levels.pop("reuse_detected") == logging.WARNING
    assert set(levels.values()) == {logging.INFO}


def test_every_event_has_its_signal_and_no_field_hides_what_a_record_has() -> None:
    of_a_record = vars(logging.makeLogRecord({})).keys() | {"message", "asctime", "event"}

    for event in events.EVENTS:
        assert event.signal is getattr(signals, event.name)
        assert not event.fields.keys() & of_a_record


def test_without_rotation_a_refresh_is_told_too(
    user: Any, caller: JSONClient, heard: Heard, settings: Settings
) -> None:
    settings.TEGATA = {"ROTATE_REFRESH_TOKENS": False}
    pair = caller.post("auth/login/", {"username": "alice", "password": PASSWORD}).json()
    assert caller.refresh(pair["refresh_token"]).status_code == 200

    assert heard.names == ["session_opened", "session_refreshed"]
    assert heard.of("session_refreshed")[0]["generation"] == 1


# How a session ends, and what its `end_reason` is then.
def _log_out(caller: JSONClient, user: Any, here: Pair, there: Pair) -> None:
    caller.post("auth/logout/", token=here.access)


def _log_out_all(caller: JSONClient, user: Any, here: Pair, there: Pair) -> None:
    caller.post("auth/logout/all/", token=here.access)


def _log_out_others(caller: JSONClient, user: Any, here: Pair, there: Pair) -> None:
    caller.post("auth/logout/others/", token=there.access)


def _end_from_the_list(caller: JSONClient, user: Any, here: Pair, there: Pair) -> None:
    caller.delete(f"auth/sessions/{here.session_id}/", token=there.access)


def _change_password(caller: JSONClient, user: Any, here: Pair, there: Pair) -> None:
    body = {"current_password": PASSWORD, "new_password": BETTER}
    caller.post("auth/password/", body, token=there.access)


def _save_password(caller: JSONClient, user: Any, here: Pair, there: Pair) -> None:
    user.set_password(BETTER)
    user.save()


def _write_password(caller: JSONClient, user: Any, here: Pair, there: Pair) -> None:
    get_user_model().objects.update(password="!")
    caller.get("profile/", here.access)


def _deactivate(caller: JSONClient, user: Any, here: Pair, there: Pair) -> None:
    user.is_active = False
    user.save()


def _write_inactive(caller: JSONClient, user: Any, here: Pair, there: Pair) -> None:
    get_user_model().objects.update(is_active=False)
    caller.get("aprofile/", here.access)


def _end_by_code(caller: JSONClient, user: Any, here: Pair, there: Pair) -> None:
    Session.invalidate_all_user_sessions(user)


def _end_by_queryset(caller: JSONClient, user: Any, here: Pair, there: Pair) -> None:
    Session.objects.filter(user__username="alice").order_by("-created_at").end("maintenance")


@pytest.mark.parametrize("cache", [None, "default"])
@pytest.mark.parametrize(
    ("how", "reason", "both", "by_request"),
    [
        (_log_out, "log_out", False, True),
        (_log_out_all, "log_out_all", True, True),
        (_log_out_others, "log_out_others", False, True),
        (_end_from_the_list, "ended_by_owner", False, True),
        (_change_password, "password_changed", False, True),
        (_save_password, "password_changed", True, False),
        (_write_password, "password_changed", True, False),
        (_deactivate, "user_inactive", True, False),
        (_write_inactive, "user_inactive", True, False),
        (_end_by_code, "administrator", True, False),
        (_end_by_queryset, "maintenance", True, False),
    ],
)
def test_each_end_is_told_once_with_its_reason(
    user: Any,
    other_user: Any,
    caller: JSONClient,
    settings: Settings,
    django_capture_on_commit_callbacks: Any,
    cache: str | None,
    how: Any,
    reason: str,
    both: bool,
    by_request: bool,
) -> None:
    settings.TEGATA = {"SESSION_CACHE": cache}
    here, there, _ = caller.log_in(), caller.log_in(), caller.log_in("bob")

    with hearing() as heard:
        for _ in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                how(caller, user, here, there)

    ended = heard.of("session_ended")
    meant = {here.session_id, there.session_id} if both else {here.session_id}
    assert sorted(each["session_id"] for each in ended) == sorted(meant)
    assert {(each["user_id"], each["reason"]) for each in ended} == {(user.pk, reason)}
    assert {each["request"] is not None for each in ended} == {by_request}
    written = Session.objects.filter(expired_at__isnull=False)
    assert {(row.pk, row.end_reason) for row in written} == {(each, reason) for each in meant}


@pytest.mark.django_db(transaction=True)
def test_a_login_beyond_the_limit_tells_of_whom_it_ends(
    user: Any, caller: JSONClient, heard: Heard, settings: Settings
) -> None:
    settings.TEGATA = {"MAX_SESSIONS_PER_USER": 1}
    first = caller.log_in()
    second = caller.log_in()

    assert heard.names == ["session_opened", "session_ended", "session_opened"]
    (ended,) = heard.of("session_ended")
    assert (ended["session_id"], ended["reason"]) == (first.session_id, "session_limit")
    assert heard.of("session_opened")[1]["session_id"] == second.session_id


def test_a_purge_is_no_end(user: Any, caller: JSONClient, heard: Heard) -> None:
    caller.log_in()
    Session.objects.get().invalidate()
    heard.forget()

    assert Session.purge_expired_sessions() == 1
    assert heard.names == []


def test_a_queryset_of_nothing_ends_nothing(user: Any, heard: Heard) -> None:
    assert Session.objects.none().end("x") == 0
    assert Session.objects.filter(pk__in=[]).end("x") == 0
    assert heard.names == []


def test_a_database_whose_updates_return_no_rows_is_asked_for_them_before(
    user: Any, caller: JSONClient, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "_RETURNING", set())
    ids = {caller.log_in().session_id, caller.log_in().session_id}
    Session.objects.create(user=user, expired_at=timezone.now(), end_reason="log_out")

    assert Session.invalidate_all_user_sessions(user) == 2
    assert {each["session_id"] for each in heard.of("session_ended")} == ids


REFUSALS = [
    ("auth/login/", {"username": "alice", "password": WRONG}, "invalid_credentials", 401),
    ("auth/refresh/", {"refresh_token": "x"}, "invalid_token", 401),
    ("auth/verify/", {"token": "x"}, "invalid_token", 401),
    ("auth/logout/", {}, "missing_token", 401),
]


@pytest.mark.parametrize(("where", "body", "code", "status"), REFUSALS)
def test_a_refusal_of_an_auth_route_is_told_once(
    user: Any, caller: JSONClient, heard: Heard, where: str, body: Any, code: str, status: int
) -> None:
    assert caller.post(where, body).status_code == status

    assert heard.names == ["refused"]
    assert fields_of(events.REFUSED, heard.of("refused")[0]) == {
        "error_code": code,
        "status": status,
        "place": "endpoint",
        "route": f"api/{where}",
        "ip_address": "127.0.0.1",
    }


def test_a_login_by_form_that_is_refused_is_told(
    user: Any, caller: JSONClient, heard: Heard
) -> None:
    answer = caller.post_form("auth/token/", username="alice", password=WRONG)

    assert answer.json()["error"] == "invalid_grant"
    assert [each["error_code"] for each in heard.of("refused")] == ["invalid_credentials"]


@pytest.mark.parametrize("prefix", ["", "a"])
def test_a_refusal_of_the_gate_is_told_once(
    pair: Pair, caller: JSONClient, heard: Heard, prefix: str
) -> None:
    for where in ("profile/", "either/"):
        for token, code in ((None, "missing_token"), (forge({}), "invalid_token")):
            assert caller.get(f"{prefix}{where}", token).status_code == 401
            (told,) = heard.of("refused")
            assert (told["error_code"], told["place"], told["status"]) == (code, "gate", 401)
            assert told["route"] == f"api/{prefix}{where}"
            assert len(heard.names) == 1
            heard.forget()
    Session.objects.get().invalidate()
    heard.forget()
    caller.get(f"{prefix}profile/", pair.access)
    assert [each["error_code"] for each in heard.of("refused")] == ["session_expired"]


@pytest.mark.parametrize("where", ["either/", "aeither/"])
def test_what_another_authenticator_takes_is_no_refusal(
    pair: Pair, caller: JSONClient, heard: Heard, where: str
) -> None:
    assert caller.get(where, forge({}), X_API_Key="let me in").status_code == 200
    assert caller.get(where, X_API_Key="let me in").status_code == 200
    assert caller.get(where, pair.access).status_code == 200

    assert heard.names == []


def test_refusals_of_the_functions_are_told_with_their_request(
    pair: Pair, rf: RequestFactory, heard: Heard
) -> None:
    request = rf.post("/", REMOTE_ADDR="192.0.2.7")
    for call in (
        lambda: sessions.refresh(request, pair.access),
        lambda: sessions.log_out(request, "x"),
        lambda: async_to_sync(sessions.arefresh)(request, "x"),
        lambda: sessions.verify(request, "x"),
        lambda: logins.answer(request, "x", {}),
    ):
        with pytest.raises(APIError):
            call()

    told = heard.of("refused")
    assert [each["ip_address"] for each in told] == ["192.0.2.7"] * 5
    assert [each["route"] for each in told] == [None] * 5


@pytest.mark.django_db(transaction=True)
def test_no_token_and_no_password_is_ever_told(
    clock: FrozenDateTimeFactory, user: Any, caller: JSONClient, heard: Heard, settings: Settings
) -> None:
    first, other = caller.log_in(), caller.log_in()
    second = pair_of(caller.refresh(first.refresh))
    caller.refresh(first.refresh)
    for where in ("profile/", "aprofile/", "either/", "aeither/"):
        for token in (second.access, second.refresh, second.access[:-2], forge({}), WRONG):
            caller.get(where, token, X_API_Key=WRONG)
    caller.post("auth/login/", {"username": PASSWORD, "password": WRONG})
    caller.post_form("auth/token/", username="alice", password=WRONG)
    caller.refresh(second.access)
    caller.post("auth/verify/", {"token": second.refresh + "."})
    caller.post("auth/logout/", {"refresh_token": second.access})
    caller.get(f"nowhere/?token={second.access}")
    clock.tick(60)
    caller.refresh(first.refresh)
    changed = {"current_password": PASSWORD, "new_password": BETTER}
    caller.post("auth/password/", {**changed, "current_password": WRONG}, token=other.access)
    caller.post("auth/password/", changed, token=other.access)
    caller.post("auth/logout/", token=other.access)

    settings.TEGATA = {"LOGIN_STEPS": ["tests.ninja.login_steps.Code"]}
    asked = caller.post("auth/login/", {"username": "alice", "password": BETTER})
    challenge = asked.json()["challenge_token"]
    for code in (WRONG, CODE):
        body = {"challenge_token": challenge, "answer": {"code": code}}
        caller.post("auth/login/challenge/", body)

    user.refresh_from_db()
    secrets = [PASSWORD, WRONG, BETTER, user.password, challenge, CODE]
    for pair in (first, second, other):
        for token in (pair.access, pair.refresh):
            secrets += [token, *token.split(".")[1:]]
    # The request is handed on as Django's own signals do it, and nothing of it is written out.
    told = [{**arguments, "request": None} for _, arguments in heard.signals]
    said = "".join(map(str, told)) + "".join(f"{r.getMessage()}{vars(r)}" for r in heard.records)
    assert {name for name, _ in heard.signals} == {event.name for event in events.EVENTS}
    assert [secret for secret in secrets if secret in said] == []


class NamelessError(Exception):
    """What a broken receiver raises."""


class _Nameless:
    def __call__(self, **_: Any) -> None:
        raise NamelessError


def _broken(**_: Any) -> None:
    raise NamelessError


async def _abroken(**_: Any) -> None:
    raise NamelessError


@pytest.mark.parametrize("receiver", [_broken, _abroken, _Nameless()])
@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_raises_undoes_no_revocation_and_withholds_no_token(
    clock: FrozenDateTimeFactory, user: Any, caller: JSONClient, receiver: Any
) -> None:
    for event in events.EVENTS:
        event.signal.connect(receiver)
    try:
        first = caller.log_in()
        second = pair_of(caller.refresh(first.refresh))
        for where in ("profile/", "aprofile/"):
            assert caller.get(where, second.access).status_code == 200
        for where in ("profile/", "aprofile/", "either/", "aeither/"):
            assert caller.get(where, "x").status_code == 401
        clock.tick(60)
        answer = caller.refresh(first.refresh)
        assert (answer.status_code, answer.json()["error_code"]) == (401, "token_reuse_detected")
        assert Session.objects.get().end_reason == "token_reuse"
        pair = caller.log_in()
        assert caller.post("auth/logout/", token=pair.access).status_code == 200
    finally:
        for event in events.EVENTS:
            event.signal.disconnect(receiver)


@pytest.mark.django_db(transaction=True)
def test_what_is_told_is_committed(
    clock: FrozenDateTimeFactory, user: Any, caller: JSONClient
) -> None:
    seen: dict[str, Any] = {}

    def look(sender: Any, session_id: str, signal: Any, **_: Any) -> None:
        connection = transaction.get_connection()
        assert not connection.in_atomic_block
        row = Session.objects.get(pk=session_id)
        seen[next(each.name for each in events.EVENTS if each.signal is signal)] = row.end_reason

    told = [event for event in events.EVENTS if event is not events.REFUSED]
    for event in told:
        event.signal.connect(look)
    try:
        first = caller.log_in()
        second = pair_of(caller.refresh(first.refresh))
        caller.refresh(first.refresh)
        caller.get("profile/", second.access)
        clock.tick(60)
        caller.refresh(first.refresh)
    finally:
        for event in told:
            event.signal.disconnect(look)

    assert seen == {
        "session_opened": "",
        "session_refreshed": "",
        "session_repeated": "",
        "session_ended": "token_reuse",
        "reuse_detected": "token_reuse",
    }


@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_of_the_site_it_waits_for_the_commit(
    user: Any, rf: RequestFactory, heard: Heard
) -> None:
    with transaction.atomic():
        sessions.open_session(rf.post("/"), user)
        Session.objects.all().end("maintenance")
        assert heard.names == []
    assert heard.names == ["session_opened", "session_ended"]
    assert heard.of("session_opened")[0]["request"] is not None
    heard.forget()

    with transaction.atomic():
        sessions.open_session(rf.post("/"), user)
        transaction.set_rollback(True)
    assert heard.names == []


@pytest.mark.django_db(transaction=True)
async def test_async_receivers_are_awaited_and_may_ask_the_database() -> None:
    user = await get_user_model().objects.acreate_user("alice", password=PASSWORD)
    seen: list[tuple[str, int]] = []

    async def receive(sender: Any, signal: Any, **arguments: Any) -> None:
        count = await get_user_model().objects.acount()
        seen.append((str(arguments.get("error_code") or arguments["user_id"]), count))

    def receive_in_sync(sender: Any, **arguments: Any) -> None:
        seen.append(("sync", get_user_model().objects.count()))

    for event in events.EVENTS:
        event.signal.connect(receive)
        event.signal.connect(receive_in_sync)
    try:
        client = AsyncClient()
        body = {"username": "alice", "password": PASSWORD}
        answer = await client.post("/api/auth/login/", body, content_type="application/json")
        assert answer.status_code == 200
        # In a view, and by the handler for when no authenticator of a list takes a request.
        for where in ("aprofile", "aeither", "profile"):
            answer = await client.get(f"/api/{where}/", headers=bearer("x"))
            assert answer.status_code == 401
    finally:
        for event in events.EVENTS:
            event.signal.disconnect(receive)
            event.signal.disconnect(receive_in_sync)

    told = [(str(user.pk), 1)] + [("invalid_token", 1)] * 3
    assert sorted(seen) == sorted(told + [("sync", 1)] * 4)


def test_nobody_who_listens_costs_no_look_at_what_would_be_told(
    pair: Pair, caller: JSONClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not any(event.is_heard() for event in events.EVENTS if event.level < logging.WARNING)

    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError

    for name in ("_refusal", "_tell_of_session", "_log", "_address"):
        monkeypatch.setattr(events, name, fail)
    monkeypatch.setattr(ending, "_end_each", fail)

    for where in ("profile/", "aprofile/", "either/", "aeither/"):
        assert caller.get(where, forge({})).status_code == 401
    after = pair_of(caller.refresh(pair.refresh))
    assert caller.post("auth/logout/", token=after.access).status_code == 200
    assert Session.objects.get().end_reason == "log_out"


def test_without_sessions_there_is_none_to_tell_of(
    user: Any, caller: JSONClient, heard: Heard, settings: Settings
) -> None:
    settings.TEGATA = {"SESSION_CHECK": "off"}
    pair = caller.log_in()
    assert caller.refresh(pair.refresh).status_code == 200
    assert heard.names == []

    assert caller.get("profile/", "x").status_code == 401
    assert heard.names == ["refused"]


def test_the_user_of_an_event_is_the_one_of_its_tokens(
    user: Any, caller: JSONClient, heard: Heard
) -> None:
    pair = caller.log_in()
    caller.refresh(pair.refresh)
    Session.objects.get().invalidate()

    told = {arguments["user_id"] for _, arguments in heard.signals}
    assert told == {claims_of(pair.access)["user_id"]}


def test_an_old_session_is_told_of_when_its_refresh_is_refused(
    clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient, heard: Heard
) -> None:
    clock.tick(timedelta(days=400))

    assert caller.refresh(pair.refresh).status_code == 401
    assert [each["error_code"] for each in heard.of("refused")] == ["expired_token"]


@pytest.mark.django_db(transaction=True)
def test_a_slow_receiver_keeps_no_ended_session_alive_in_the_cache(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"SESSION_CHECK": "cache"}
    pair = caller.log_in()
    assert caller.get("profile/", pair.access).status_code == 200
    answers: list[int] = []
    told = cache_access.current().bury
    seen: list[str] = []

    def bury(keys: list[str]) -> None:
        seen.append("cache")
        told(keys)

    def ask_meanwhile(**_: Any) -> None:
        seen.append("receiver")
        answers.append(caller.get("profile/", pair.access).status_code)

    signals.session_ended.connect(ask_meanwhile)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cache_access.current(), "bury", bury)
            Session.invalidate_all_user_sessions(user)
    finally:
        signals.session_ended.disconnect(ask_meanwhile)

    assert (seen, answers) == (["cache", "cache", "receiver"], [401])


def test_a_login_that_a_step_stops_for_is_told_of_without_its_token(
    user: Any, caller: JSONClient, heard: Heard, settings: Settings
) -> None:
    settings.TEGATA = {"LOGIN_STEPS": ["tests.ninja.login_steps.Code"]}
    body = {"username": "alice", "password": PASSWORD}
    asked = caller.post("auth/login/", body)
    token = asked.json()["challenge_token"]
    assert heard.names == ["login_challenged"]
    ((_, told),) = heard.signals
    assert fields_of(events.LOGIN_CHALLENGED, told) == {
        "user_id": user.pk,
        "step": "code",
        "ip_address": "127.0.0.1",
    }
    answer = {"challenge_token": token, "answer": {"code": CODE}}
    assert caller.post("auth/login/challenge/", answer).status_code == 200
    assert heard.names == ["login_challenged", "session_opened"]
    assert not any(token in repr(vars(record)) for record in heard.records)


@pytest.mark.parametrize("path", ["login/", "token/", "login/challenge/", "refresh/"])
def test_what_a_throttle_refuses_is_told_of_from_the_client_behind_the_proxy(
    path: str, user: Any, caller: JSONClient, heard: Heard, settings: Settings
) -> None:
    settings.TEGATA = {
        "LOGIN_STEPS": ["tests.ninja.login_steps.Code"],
        "TRUSTED_PROXIES": ["127.0.0.1"],
        "LOGIN_THROTTLE": "1/h",
        "REFRESH_THROTTLE": {"address": "1/h"},
    }
    via = {"x_forwarded_for": "203.0.113.9"}

    def ask() -> Any:
        name = {"username": "alice", "password": WRONG}
        if path == "token/":
            return caller.django.post("/api/auth/token/", name, headers=bearer(None, **via))
        if path == "login/challenge/":
            asked = caller.post("auth/login/", {**name, "password": PASSWORD}, **via)
            token = asked.json()["challenge_token"]
            return caller.post(
                "auth/login/challenge/", {"challenge_token": token, "answer": {"code": "0"}}, **via
            )
        body = {"refresh_token": "x"} if path == "refresh/" else name
        return caller.post(f"auth/{path}", body, **via)

    ask()
    heard.forget()
    assert ask().status_code == 429
    told = [each for each in heard.of("refused") if each["status"] == 429]
    assert [(each["error_code"], each["ip_address"]) for each in told] == [
        ("rate_limited", "203.0.113.9")
    ]
    assert told[0]["route"] == f"api/auth/{path}"
    heard.forget()
    settings.TEGATA = {**settings.TEGATA, "STORE_ADDRESS": False}
    assert ask().status_code == 429
    assert {each["ip_address"] for _, each in heard.signals} == {None}
    assert "203.0.113.9" not in repr([vars(record) for record in heard.records])
