"""Tokens of a library that kept no sessions, on a site that has moved: attacks and races."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import md5
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import update_last_login
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import APIError, AuthedRequest, JWTAuth, conf, sessions
from tegata._tegata import given_up_legacy_id
from tegata.api import create_token_router
from tegata.internal import clock as clocks
from tegata.internal import opening, retention
from tegata.models import Session, new_session_id
from tegata.tokens import RefreshToken, TokenError
from tests.ninja.hearing import hearing
from tests.ninja.helpers import JSONClient, assert_refused, claims_of, forge, new_api

# What is noted after the answer stays only where transactions are real.
pytestmark = pytest.mark.django_db(transaction=True)

OLD = b"the secret of before, of thirty-two bytes"
CLASSES = ["tegata.tokens.AccessToken", "tegata.tokens.SlidingToken"]


def old(kind: str = "refresh", *, age: float = 60, left: float = 3_600, **claims: Any) -> str:
    """A token as the old library has made it so many seconds ago, good for so many more."""
    now = clocks.now().timestamp()
    made = {
        "token_type": kind,
        "exp": int(now + left),
        "iat": int(now - age),
        "jti": "5f2c9e",
        "user_id": get_user_model().objects.get(username="alice").pk,
    }
    return forge({**made, **claims}, typ="JWT", key=OLD)


def sliding(**claims: Any) -> str:
    return old("sliding", refresh_exp=int(clocks.now().timestamp()) + 7_200, **claims)


def settled(settings: Settings, **given: Any) -> None:
    settings.TEGATA = {
        "ACCEPT_LEGACY": {
            "KEYS": [OLD],
            "TOKEN_TYPE_CLAIM": "token_type",
            "SESSION_ID_CLAIM": None,
            "UNTIL": clocks.now() + timedelta(days=30),
        },
        "AUTH_TOKEN_CLASSES": CLASSES,
        **given,
    }


@pytest.fixture(autouse=True)
def site(
    user: Any, clock: FrozenDateTimeFactory, settings: Settings, serve: Callable[[NinjaAPI], None]
) -> None:
    cache.clear()
    settled(settings)
    api = new_api()
    api.add_router(
        "token/", create_token_router("refresh", "verify", "blacklist", "sliding/refresh")
    )

    @api.get("/who/", auth=JWTAuth())
    def who(request: AuthedRequest) -> str:
        return str(request.auth.user.get_username())

    @api.get("/awho/", auth=JWTAuth())
    async def awho(request: AuthedRequest) -> str:
        return str((await request.auth.aget_user()).get_username())

    @api.get("/fresh/", auth=JWTAuth(fresh=timedelta(hours=1)))
    def fresh(request: AuthedRequest) -> str:
        return "yes"

    serve(api)


def test_nobody_is_logged_out(caller: JSONClient) -> None:
    with hearing() as heard:
        answer = caller.refresh(old())
    assert answer.status_code == 200, answer.content
    tokens = answer.json()
    claims = claims_of(tokens["access_token"])
    assert (claims["generation"], claims["type"]) == (3, "access")
    assert caller.get("who/", tokens["access_token"]).json() == "alice"
    session = Session.objects.get()
    assert session.id == claims["session_id"]
    assert session.created_at == clocks.now() - timedelta(seconds=60)
    assert (session.ip_address, session.legacy_jti) == ("127.0.0.1", session.id)
    names = ["session_opened", "session_refreshed"]
    assert [name for name, _ in heard.signals] == names
    assert {arguments["session_id"] for _, arguments in heard.signals} == {session.id}
    assert caller.refresh(tokens["refresh_token"]).status_code == 200
    assert [each["id"] for each in caller.get("auth/sessions/", tokens["access_token"]).json()]


def test_a_lost_answer_logs_nobody_out(caller: JSONClient) -> None:
    first, again = caller.refresh(old()).json(), caller.refresh(old()).json()
    for tokens in (first, again):
        assert claims_of(tokens["access_token"])["generation"] == 3
        assert caller.get("who/", tokens["access_token"]).status_code == 200
    assert Session.objects.count() == 1


def test_a_later_replay_is_found_and_ends_the_session(
    caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    token = old()
    tokens = caller.refresh(token).json()
    assert caller.get("who/", tokens["access_token"]).status_code == 200
    clock.tick(60)
    assert_refused(caller.refresh(token), 401, "token_reuse_detected")
    assert_refused(caller.refresh(tokens["refresh_token"]), 401, "session_expired")
    assert_refused(caller.refresh(token), 401, "session_expired")
    assert Session.objects.count() == 1


def test_two_that_race_get_one_chain(caller: JSONClient, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(4, timeout=20)
    insert = opening.store.insert

    def at_once(*args: Any) -> None:
        # Each has seen that there is no row.
        together.wait()
        insert(*args)

    monkeypatch.setattr(opening.store, "insert", at_once)
    token = old()

    def turn(_: int) -> Any:
        try:
            return JSONClient().refresh(token)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(turn, range(4)))
    good = [each.json() for each in answers if each.status_code == 200]
    # On SQLite the others may find the table locked, and are told to ask again.
    assert good
    assert {each.status_code for each in answers} <= {200, 503}
    assert {claims_of(each["refresh_token"])["generation"] for each in good} == {3}
    session = Session.objects.get()
    assert (session.generation, session.expired_at) == (3, None)


def test_a_logout_and_a_refresh_that_race_leave_no_session(
    caller: JSONClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    locate, token = opening.locate, old()

    def overtaken(address: str | None) -> Any:
        # The refresh has seen that there is no row.
        monkeypatch.setattr(opening, "locate", locate)
        assert JSONClient().post("token/blacklist/", {"refresh_token": token}).status_code == 200
        return locate(address)

    monkeypatch.setattr(opening, "locate", overtaken)
    assert_refused(caller.refresh(token), 401, "session_expired")
    assert Session.objects.get().end_reason == "log_out"


def test_a_purge_does_not_let_a_token_open_a_second_session(
    caller: JSONClient, clock: FrozenDateTimeFactory, settings: Settings
) -> None:
    settled(
        settings,
        SESSION_RETENTION=timedelta(0),
        REFRESH_TOKEN_LIFETIME=timedelta(hours=1),
        SESSION_LIFETIME=timedelta(hours=2),
    )
    token, unused = old(left=86_400 * 20), old(jti="another", left=86_400 * 20)
    tokens = caller.refresh(token).json()
    caller.post("auth/logout/", {"refresh_token": tokens["refresh_token"]})
    caller.post("auth/logout/", {"refresh_token": unused})
    ours = caller.log_in()
    caller.post("auth/logout/", {"refresh_token": ours.refresh})
    clock.tick(86_400 * 10)
    assert Session.purge_expired_sessions() == 1
    assert caller.log_in()
    for each in (token, unused):
        assert_refused(caller.refresh(each), 401, "session_expired")
    # From UNTIL on none is accepted, so nothing has to be remembered.
    clock.tick(86_400 * 20 + 60)
    assert Session.purge_expired_sessions() == 3
    assert_refused(caller.refresh(token), 401, "invalid_token")


def test_a_logout_before_the_first_refresh(caller: JSONClient) -> None:
    for number, path in enumerate(("auth/logout/", "token/blacklist/")):
        token = old(jti=f"{number}")
        answer = caller.post(path, {"refresh_token": token})
        assert answer.status_code in (200, 204), answer.content
        assert_refused(caller.refresh(token), 401, "session_expired")
        assert_refused(caller.post("auth/verify/", {"token": token}), 401, "session_expired")
        # Twice is no mistake.
        assert caller.post(path, {"refresh_token": token}).status_code == answer.status_code
    token = RefreshToken(old(jti="x"))
    assert token.blacklist()
    with pytest.raises(TokenError):
        token.check_blacklist()
    assert Session.objects.filter(expired_at__isnull=False).count() == 3


@pytest.mark.parametrize("check", ["request", "user", "refresh"])
def test_an_access_token_alone_does_not_seem_to_log_out(
    caller: JSONClient, settings: Settings, check: str
) -> None:
    settled(settings, SESSION_CHECK=check)
    for path in ("auth/logout/", "auth/logout/all/"):
        assert_refused(caller.post(path, token=old("access")), 401, "session_not_found")
    body = {"refresh_token": old()}
    assert caller.post("auth/logout/", body, token=old("access")).status_code == 200
    assert_refused(caller.refresh(old()), 401, "session_expired")


def test_what_is_only_asked_about_opens_nothing(caller: JSONClient) -> None:
    assert caller.post("auth/verify/", {"token": old()}).status_code == 200
    assert caller.post("token/verify/", {"token": sliding()}).status_code == 200
    RefreshToken(old()).check_blacklist()
    assert caller.get("who/", sliding()).json() == "alice"
    assert not Session.objects.exists()


def test_users_who_are_switched_off_or_gone(user: Any, caller: JSONClient) -> None:
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)
    for path, body in (("auth/refresh/", "refresh_token"), ("auth/verify/", "token")):
        assert_refused(caller.post(path, {body: old()}), 401, "invalid_user")
    token = old(jti="one that did not come meanwhile")
    get_user_model().objects.filter(pk=user.pk).update(is_active=True)
    assert_refused(caller.refresh(old()), 401, "session_expired")
    assert_refused(caller.refresh(token), 401, "session_expired")
    user.delete()
    assert_refused(caller.refresh(token), 401, "invalid_user")


@pytest.mark.parametrize("how", ["password", "is_active", "log_out_all"])
def test_what_ends_all_sessions_ends_tokens_that_have_none_yet(
    user: Any, caller: JSONClient, how: str
) -> None:
    known, unknown = old(), old(jti="of another device, which has not come yet")
    tokens = caller.refresh(known).json()
    if how == "password":
        user.set_password("another one for tests")
        user.save()
    elif how == "is_active":
        user.is_active = False
        user.save()
        user.is_active = True
        user.save()
    else:
        assert caller.post("auth/logout/all/", token=tokens["access_token"]).status_code == 200
    assert_refused(caller.refresh(tokens["refresh_token"]), 401, "session_expired")
    for token in (known, unknown):
        assert_refused(caller.refresh(token), 401, "session_expired")
        assert_refused(caller.post("auth/verify/", {"token": token}), 401, "session_expired")
    assert_refused(
        caller.post("token/sliding/refresh/", {"token": sliding(jti="s")}), 401, "session_expired"
    )
    assert_refused(caller.get("who/", sliding(jti="s")), 401, "session_expired")


def test_a_password_is_as_good_as_changed_while_it_is_saved(user: Any, caller: JSONClient) -> None:
    """Who refreshes after the new password is there, and before anything else is, gets nothing."""
    from django.db.models.signals import post_save

    refused = []

    def at_once(**_: Any) -> None:
        refused.append(caller.refresh(old()).json()["error_code"])

    # Ahead of Tegata's own receiver.
    post_save.receivers.insert(0, post_save.receivers.pop(_connected(post_save, at_once)))
    try:
        user.set_password("another one for tests")
        user.save()
    finally:
        post_save.disconnect(at_once)
    assert refused == ["session_expired"]


def _connected(signal: Any, receiver: Any) -> int:
    signal.connect(receiver)
    return len(signal.receivers) - 1


def test_what_simplejwt_had_refused_for_its_password_stays_refused(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settled(settings)
    rules = {**settings.TEGATA["ACCEPT_LEGACY"], "PASSWORD_CLAIM": "hash_password"}
    settled(settings, ACCEPT_LEGACY=rules)
    digest = md5(user.password.encode()).hexdigest().upper()
    for good in (old(hash_password=digest), sliding(jti="s", hash_password=digest)):
        assert caller.post("token/blacklist/", {"refresh_token": good}).status_code == 200
    assert caller.refresh(old(jti="2", hash_password=digest)).status_code == 200
    for jti, bad in (("3", {"hash_password": "0" * 32}), ("4", {}), ("5", {"hash_password": None})):
        assert_refused(caller.refresh(old(jti=jti, **bad)), 401, "session_expired")
        assert_refused(caller.get("who/", sliding(jti=jti, **bad)), 401, "session_expired")


def test_further_columns_that_end_sessions_do_so_for_tokens_that_have_none_yet(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settled(settings, SECURITY_STAMP_FIELDS=["email"])
    user.first_name = "Alice"
    user.save()
    assert caller.refresh(old()).status_code == 200
    user.email = "alice@elsewhere.example"
    user.save()
    assert_refused(caller.refresh(old(jti="another")), 401, "session_expired")


def test_what_changes_no_password_gives_nothing_up(user: Any, caller: JSONClient) -> None:
    user.first_name = "Alice"
    user.save()
    update_last_login(None, user)
    assert user.check_password("correct horse battery staple")
    assert caller.refresh(old()).status_code == 200
    assert not Session.objects.filter(pk=given_up_legacy_id(user.pk)).exists()


def test_a_row_that_was_opened_bears_the_password_of_its_time(
    user: Any, caller: JSONClient
) -> None:
    tokens = caller.refresh(old()).json()
    # Without a signal.
    user.set_password("another one for tests")
    get_user_model().objects.filter(pk=user.pk).update(password=user.password)
    assert_refused(caller.refresh(tokens["refresh_token"]), 401, "session_expired")
    assert_refused(caller.refresh(old(jti="another")), 401, "session_expired")


@pytest.mark.parametrize("check", ["request", "cache", "user", "refresh"])
def test_access_tokens_where_no_row_of_a_session_is_looked_at(
    caller: JSONClient, settings: Settings, check: str
) -> None:
    settled(settings, SESSION_CHECK=check)
    for path in ("who/", "awho/"):
        answer = caller.get(path, old("access"))
        if check in ("user", "refresh"):
            assert answer.json() == "alice"
        else:
            assert_refused(answer, 401, "session_not_found")
    verified = caller.post("token/verify/", {"token": old("access")})
    assert verified.status_code == (200 if check in ("user", "refresh") else 401)
    assert_refused(caller.get("who/", old()), 401, "invalid_token_type")


@pytest.mark.parametrize("check", ["request", "cache", "user", "refresh"])
def test_sliding_tokens(
    caller: JSONClient, settings: Settings, clock: FrozenDateTimeFactory, check: str
) -> None:
    settled(settings, SESSION_CHECK=check)
    token = sliding()
    for path in ("who/", "awho/"):
        assert caller.get(path, token).json() == "alice"
    answer = caller.post("token/sliding/refresh/", {"token": token})
    assert answer.status_code == 200, answer.content
    fresh = answer.json()["token"]
    assert claims_of(fresh)["refresh_exp"] == claims_of(token)["refresh_exp"]
    assert caller.get("who/", fresh).json() == "alice"
    clock.tick(60)
    assert_refused(caller.get("who/", token), 401, "expired_token")
    assert_refused(
        caller.post("token/sliding/refresh/", {"token": token}), 401, "token_reuse_detected"
    )
    # What its session is, that is looked at whatever the check.
    assert_refused(caller.get("who/", token), 401, "session_expired")


def test_a_sliding_token_that_was_blacklisted_opens_nothing(
    caller: JSONClient, settings: Settings
) -> None:
    settled(settings, SESSION_CHECK="user")
    assert caller.post("token/blacklist/", {"refresh_token": sliding()}).status_code == 200
    assert_refused(caller.get("who/", sliding()), 401, "session_expired")
    assert_refused(
        caller.post("token/sliding/refresh/", {"token": sliding()}), 401, "session_expired"
    )


def test_without_rotation_a_client_keeps_its_old_token(
    caller: JSONClient, settings: Settings
) -> None:
    settled(settings, ROTATE_REFRESH_TOKENS=False)
    for _ in range(3):
        answer = caller.refresh(old())
        assert answer.json().keys() == {"access_token"}
        assert caller.get("who/", answer.json()["access_token"]).status_code == 200
    assert Session.objects.get().generation == 2


def test_an_old_login_is_not_fresh(caller: JSONClient) -> None:
    tokens = caller.refresh(old(age=0)).json()
    assert "auth_time" not in claims_of(tokens["access_token"])
    assert caller.get("fresh/", tokens["access_token"]).json()["error_code"] == "login_required"
    next_ones = caller.refresh(tokens["refresh_token"]).json()
    assert caller.get("fresh/", next_ones["access_token"]).status_code == 401


def test_a_number_that_was_written_as_a_text(user: Any, caller: JSONClient) -> None:
    """simplejwt does so from 5.5 on."""
    assert caller.refresh(old(user_id=str(user.pk))).status_code == 200
    # The same token, whoever wrote it.
    assert claims_of(caller.refresh(old()).json()["access_token"])["generation"] == 3
    assert Session.objects.get().user_id == user.pk


@pytest.mark.parametrize(
    "user_id",
    ["", "x", "0", "01", " 1", "1.0", -1, 0, 2**63, 2**70, "9" * 400, "a\0b", "1\n", True],
)
def test_a_user_who_cannot_be(caller: JSONClient, user_id: object) -> None:
    for path, body in (
        ("auth/refresh/", {"refresh_token": old(user_id=user_id)}),
        ("auth/verify/", {"token": old(user_id=user_id)}),
        ("token/blacklist/", {"refresh_token": old(user_id=user_id)}),
        ("token/sliding/refresh/", {"token": sliding(user_id=user_id)}),
    ):
        answer = caller.post(path, body)
        assert answer.status_code == 401, answer.content
    assert caller.get("who/", sliding(user_id=user_id)).status_code == 401
    assert not Session.objects.exists()


@pytest.mark.parametrize("jti", ["x" * 4_000, "a\0b", "é" * 300, " ", "'\"; --"])
def test_an_identifier_of_any_kind(caller: JSONClient, jti: str) -> None:
    assert caller.refresh(old(jti=jti)).status_code == 200
    assert caller.refresh(old(jti=jti)).status_code == 200
    assert Session.objects.count() == 1


def test_the_limit_of_sessions_counts_them(caller: JSONClient, settings: Settings) -> None:
    settled(settings, MAX_SESSIONS_PER_USER=2)
    caller.log_in()
    for jti in ("1", "2"):
        assert caller.refresh(old(jti=jti)).status_code == 200
    assert Session.objects.active().count() == 2


def test_a_key_of_ours_makes_none_and_theirs_none_of_ours(
    caller: JSONClient, settings: Settings
) -> None:
    pair = caller.log_in()
    claims = claims_of(pair.refresh)
    assert_refused(caller.refresh(forge(claims, typ="rt+jwt", key=OLD)), 401, "invalid_token")
    named = old(session_id=pair.session_id, generation=1)
    tokens = caller.refresh(named).json()
    assert claims_of(tokens["access_token"])["session_id"] != pair.session_id


def test_the_token_class_hands_out_no_access_token(caller: JSONClient) -> None:
    with pytest.raises(TokenError) as refused:
        _ = RefreshToken(old()).access_token
    assert refused.value.error_code == "session_not_found"


def test_inside_of_a_transaction_nothing_is_opened(caller: JSONClient) -> None:
    from django.db import transaction

    with transaction.atomic(), pytest.raises(RuntimeError):
        sessions.refresh(RequestFactory().get("/"), old())
    with pytest.raises(APIError):
        sessions.refresh(RequestFactory().get("/"), old(left=-60))
    assert not Session.objects.exists()


def test_a_site_that_names_users_by_another_field(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settled(settings, USER_ID_FIELD="username")
    known, unknown = old(user_id="alice"), old(user_id="alice", jti="another")
    tokens = caller.refresh(known).json()
    assert caller.get("who/", tokens["access_token"]).json() == "alice"
    assert_refused(caller.refresh(old(user_id=user.pk, jti="x")), 401, "invalid_user")
    user.set_password("another one for tests")
    user.save()
    assert_refused(caller.refresh(tokens["refresh_token"]), 401, "session_expired")
    assert_refused(caller.refresh(unknown), 401, "session_expired")


def test_what_a_site_of_before_was_not_told_costs_nothing(
    user: Any, settings: Settings, django_assert_num_queries: Any
) -> None:
    settings.TEGATA = {}
    assert not conf.current().ACCEPT_LEGACY
    user.set_password("another one for tests")
    with django_assert_num_queries(2):
        user.save()


@pytest.mark.parametrize("columns", [None, ["password", "first_name"]])
def test_a_hash_that_is_assigned_is_a_change_of_password(
    user: Any, caller: JSONClient, columns: list[str] | None
) -> None:
    user.password = make_password("another one for tests")
    user.save(update_fields=columns)
    assert_refused(caller.refresh(old()), 401, "session_expired")


def test_a_hash_that_is_upgraded_is_not(user: Any, caller: JSONClient, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    before = user.password
    assert caller.log_in()
    user.refresh_from_db()
    assert user.password != before
    assert caller.refresh(old()).status_code == 200


def test_a_site_may_end_the_sessions_of_a_user_who_is_being_deleted(user: Any) -> None:
    from django.db.models.signals import post_delete, pre_delete

    model = get_user_model()

    def goes(instance: Any, **_: Any) -> None:
        Session.invalidate_all_user_sessions(instance)

    for signal in (pre_delete, post_delete):
        signal.connect(goes, sender=model)
    try:
        user.delete()
    finally:
        for signal in (pre_delete, post_delete):
            signal.disconnect(goes, sender=model)
    assert not model.objects.exists()
    assert not Session.objects.exists()


def test_two_libraries_may_have_had_one_key(caller: JSONClient, settings: Settings) -> None:
    without_sessions = settings.TEGATA["ACCEPT_LEGACY"]
    with_sessions = {"KEYS": [OLD], "UNTIL": without_sessions["UNTIL"]}
    for number, given in enumerate(
        ([with_sessions, without_sessions], [without_sessions, with_sessions])
    ):
        settled(settings, ACCEPT_LEGACY=given)
        assert caller.refresh(old(jti=f"{number}")).status_code == 200


def test_a_logout_by_a_token_of_ours_and_an_old_one_that_writes_the_number_as_a_text(
    user: Any, caller: JSONClient
) -> None:
    pair, before = caller.log_in(), old(user_id=str(user.pk))
    body = {"refresh_token": before}
    assert caller.post("auth/logout/", body, token=pair.access).status_code == 200
    for token in (pair.refresh, before):
        assert_refused(caller.refresh(token), 401, "session_expired")


def test_the_signals_name_a_user_by_the_key_whatever_the_token_does(
    user: Any, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    token = old(user_id=str(user.pk))
    with hearing() as heard:
        tokens = caller.refresh(token).json()
        caller.get("who/", tokens["access_token"])
        clock.tick(60)
        assert_refused(caller.refresh(token), 401, "token_reuse_detected")
    named = [repr(each["user_id"]) for _, each in heard.signals if "user_id" in each]
    assert named == [repr(user.pk)] * 4


def test_rows_that_are_kept_are_not_read_again_by_each_login_that_removes(
    user: Any, clock: FrozenDateTimeFactory, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A blacklist that was taken over may have had a million."""
    settled(settings, SESSION_RETENTION=timedelta(minutes=10))
    monkeypatch.setattr(retention, "_EVERY", 1)
    now = clocks.now()
    for number in range(3):
        key = new_session_id()
        ended = now - timedelta(days=9, seconds=number)
        Session.objects.create(
            id=key, legacy_jti=key, user=user, created_at=ended, expired_at=ended
        )
    goes, later = now - timedelta(days=1), now
    for ended in (goes, later):
        Session.objects.create(user=user, expired_at=ended)

    def removed() -> tuple[int, str]:
        count = Session.objects.count()
        with CaptureQueriesContext(connection) as queries:
            retention.remove_some()
        (asked,) = [each["sql"] for each in queries if " UNION ALL " in each["sql"]]
        return count - Session.objects.count(), asked

    count, asked = removed()
    assert count == 1
    assert '"expired_at" >=' not in asked
    for _ in range(2):
        count, asked = removed()
        assert count == 0
        assert '"expired_at" >=' in asked
    clock.tick(timedelta(minutes=11))
    assert removed()[0] == 1
    # What came to be among them meanwhile goes too, if not at once.
    Session.objects.create(user=user, expired_at=now - timedelta(days=10))
    clock.tick(timedelta(hours=1))
    assert removed()[0] == 1
    assert Session.objects.count() == 3


def test_who_ends_everybodys_sessions_is_told_of_tokens_that_have_none_yet(
    caller: JSONClient, settings: Settings
) -> None:
    tokens = caller.refresh(old()).json()

    def end_all() -> tuple[str, str]:
        output, errors = StringIO(), StringIO()
        call_command("tegata_sessions", "end", "--all", stdout=output, stderr=errors)
        return output.getvalue(), errors.getvalue()

    said, warned = end_all()
    assert said == "1 session ended\n"
    assert "out of TEGATA['ACCEPT_LEGACY']" in warned
    assert_refused(caller.refresh(tokens["refresh_token"]), 401, "session_expired")
    settled(settings, ACCEPT_LEGACY=None)
    assert_refused(caller.refresh(old(jti="another")), 401, "invalid_token")
    assert end_all() == ("0 sessions ended\n", "")


def test_another_name_gets_no_old_token_back(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settled(settings, USER_ID_FIELD="username")
    token = old(user_id="alice")
    user.username = "bob"
    user.set_password("another one for tests")
    user.save()
    assert_refused(caller.refresh(token), 401, "invalid_user")
    user.username = "alice"
    user.save()
    assert_refused(caller.refresh(token), 401, "session_expired")


@pytest.mark.parametrize("user_id", ["", "x", "1.0", "9" * 400, "a\0b"])
def test_a_logout_of_a_user_who_cannot_be(caller: JSONClient, user_id: object) -> None:
    assert_refused(
        caller.post("auth/logout/", {"refresh_token": old(user_id=user_id)}), 401, "invalid_user"
    )
    assert not Session.objects.exists()
