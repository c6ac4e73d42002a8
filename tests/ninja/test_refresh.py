"""`POST refresh/`: the decision table of rotation over HTTP, and what stands against a refresh."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import OperationalError
from freezegun.api import FrozenDateTimeFactory
from pytest_django import Settings

from tegata import JWTPayload
from tegata.internal import loading, store
from tegata.models import Session
from tests.ninja.helpers import JSONClient, Pair, assert_refused, claims_of, pair_of

# Real commits: that a generation was seen in use is written when a request commits.
pytestmark = pytest.mark.django_db(transaction=True)

GRACE = timedelta(seconds=10)
MOMENT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _stop_the_clock(clock: FrozenDateTimeFactory) -> None:
    """Before anybody logs in."""


def generation(token: str) -> int:
    return int(claims_of(token)["generation"])


def use(caller: JSONClient, pair: Pair) -> None:
    """Uses the access token, so that the pair counts as arrived."""
    assert caller.get("profile/", pair.access).status_code == 200


def assert_revoked(caller: JSONClient, *pairs: Pair) -> None:
    """Checks that the session is over for every token of it, and stays so."""
    [session] = Session.objects.all()
    assert session.end_reason == "token_reuse"
    for pair in pairs:
        assert_refused(caller.get("profile/", pair.access), 401, "session_expired")
        assert_refused(caller.get("aprofile/", pair.access), 401, "session_expired")
        assert_refused(caller.refresh(pair.refresh), 401, "session_expired")
    again = Session.objects.get()
    assert (again.expired_at, again.end_reason) == (session.expired_at, "token_reuse")


def test_the_live_token_advances(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    clock.tick(60)

    response = caller.refresh(pair.refresh)

    after = pair_of(response)
    assert response.headers["Cache-Control"] == "no-store"
    assert generation(after.access) == generation(after.refresh) == 2
    assert after.session_id == pair.session_id
    session = Session.objects.get()
    now = clock().replace(tzinfo=UTC)
    assert session.generation == 2
    assert session.minted_at == session.updated_at == now
    assert session.created_at == now - timedelta(seconds=60)
    assert session.first_used_at is None
    use(caller, after)
    assert Session.objects.get().first_used_at == now


def test_an_access_token_of_the_generation_before_is_good_until_it_expires(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    use(caller, pair_of(caller.refresh(pair.refresh)))

    use(caller, pair)
    clock.tick(timedelta(seconds=310))
    assert_refused(caller.get("profile/", pair.access), 401, "expired_token")


def test_a_lost_answer_can_be_asked_for_again_however_late(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    lost = pair_of(caller.refresh(pair.refresh))
    clock.tick(timedelta(days=13))

    again = pair_of(caller.refresh(pair.refresh))

    assert again != lost
    assert generation(again.refresh) == generation(lost.refresh) == 2
    use(caller, again)
    # The chain goes on from there, with either of the two.
    assert generation(pair_of(caller.refresh(again.refresh)).refresh) == 3


def test_a_second_tab_within_the_grace_gets_tokens_of_the_same_generation(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    first_tab = pair_of(caller.refresh(pair.refresh))
    use(caller, first_tab)
    clock.tick(GRACE)

    second_tab = pair_of(caller.refresh(pair.refresh))

    assert generation(second_tab.refresh) == 2
    use(caller, second_tab)
    use(caller, first_tab)
    assert Session.objects.get().generation == 2


def test_the_grace_counts_from_the_first_use_not_from_the_last(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    after = pair_of(caller.refresh(pair.refresh))
    use(caller, after)
    clock.tick(GRACE - MOMENT)
    use(caller, after)
    assert caller.refresh(pair.refresh).status_code == 200
    clock.tick(2 * MOMENT)

    assert_refused(caller.refresh(pair.refresh), 401, "token_reuse_detected")


def test_a_replay_after_the_grace_ends_the_session_for_good(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    after = pair_of(caller.refresh(pair.refresh))
    use(caller, after)
    clock.tick(GRACE + MOMENT)

    assert_refused(caller.refresh(pair.refresh), 401, "token_reuse_detected")

    assert Session.objects.get().expired_at == clock().replace(tzinfo=UTC)
    clock.tick(1)
    assert_revoked(caller, pair, after)


def test_a_token_two_generations_old_is_a_replay_at_once(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    second = pair_of(caller.refresh(pair.refresh))
    third = pair_of(caller.refresh(second.refresh))

    assert_refused(caller.refresh(pair.refresh), 401, "token_reuse_detected")

    assert_revoked(caller, pair, second, third)


def test_the_next_refresh_shows_that_the_answer_arrived(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    second = pair_of(caller.refresh(pair.refresh))
    third = pair_of(caller.refresh(second.refresh))

    # The second is the one before now, and the third was not seen in use yet.
    assert generation(pair_of(caller.refresh(second.refresh)).refresh) == 3
    use(caller, third)


def test_a_lost_answer_later_in_the_chain_can_be_asked_for_too(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    second = pair_of(caller.refresh(pair.refresh))
    use(caller, second)
    clock.tick(timedelta(hours=1))
    caller.refresh(second.refresh)
    # That the second was in use says nothing of the third.
    assert Session.objects.get().first_used_at is None
    clock.tick(timedelta(hours=1))

    assert generation(pair_of(caller.refresh(second.refresh)).refresh) == 3


def test_a_note_of_the_first_use_that_fails_fails_no_request(
    pair: Pair, caller: JSONClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("database is locked")

    after = pair_of(caller.refresh(pair.refresh))
    with monkeypatch.context() as patch:
        patch.setattr(store, "_unended", locked)
        for where in ("profile/", "aprofile/"):
            assert caller.get(where, after.access).status_code == 200
    assert Session.objects.get().first_used_at is None

    # The next request notes it.
    use(caller, after)
    assert Session.objects.get().first_used_at is not None


def test_another_session_of_the_user_survives_a_replay(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    phone = caller.log_in()
    use(caller, pair_of(caller.refresh(pair.refresh)))
    clock.tick(GRACE + MOMENT)
    assert_refused(caller.refresh(pair.refresh), 401, "token_reuse_detected")

    use(caller, phone)
    assert caller.refresh(phone.refresh).status_code == 200


def test_no_grace_is_strict_single_use(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory, settings: Settings
) -> None:
    settings.TEGATA = {"REFRESH_GRACE": 0}
    after = pair_of(caller.refresh(pair.refresh))

    # Although the answer may have been lost.
    assert_refused(caller.refresh(pair.refresh), 401, "token_reuse_detected")

    assert_revoked(caller, pair, after)


def test_without_rotation_there_is_an_access_token_only(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory, settings: Settings
) -> None:
    settings.TEGATA = {"ROTATE_REFRESH_TOKENS": False}
    for _ in range(3):
        clock.tick(60)
        response = caller.refresh(pair.refresh)

        assert response.status_code == 200
        assert response.json().keys() == {"access_token"}
        access_token = response.json()["access_token"]
        assert caller.get("profile/", access_token).status_code == 200
    session = Session.objects.get()
    assert session.generation == 1
    assert session.updated_at == clock().replace(tzinfo=UTC)
    assert session.minted_at == session.created_at


def test_repeats_do_not_lengthen_the_life_of_the_refresh_token(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    lost = pair_of(caller.refresh(pair.refresh))
    clock.tick(timedelta(days=13))
    again = pair_of(caller.refresh(pair.refresh))

    assert claims_of(again.refresh)["exp"] == claims_of(lost.refresh)["exp"]
    clock.tick(timedelta(days=1, seconds=10))
    assert_refused(caller.refresh(again.refresh), 401, "expired_token")


def test_each_refresh_lengthens_it(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    for _ in range(3):
        clock.tick(timedelta(days=13))
        pair = pair_of(caller.refresh(pair.refresh))

    in_14_days = clock().replace(tzinfo=UTC) + timedelta(days=14)
    assert claims_of(pair.refresh)["exp"] == in_14_days.timestamp()


def test_no_token_outlives_the_session(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory, settings: Settings
) -> None:
    settings.TEGATA = {"SESSION_LIFETIME": timedelta(days=20), "REFRESH_GRACE": 0}
    end = Session.objects.get().created_at + timedelta(days=20)
    clock.tick(timedelta(days=10))
    pair = pair_of(caller.refresh(pair.refresh))
    assert claims_of(pair.refresh)["exp"] == end.timestamp()
    clock.tick(timedelta(days=9, hours=23, minutes=59))
    pair = pair_of(caller.refresh(pair.refresh))
    assert claims_of(pair.access)["exp"] == claims_of(pair.refresh)["exp"] == end.timestamp()
    use(caller, pair)

    # No leeway here: the end is in the row, and there is but one clock.
    clock.tick(60)
    assert_refused(caller.refresh(pair.refresh), 401, "session_expired")
    assert_refused(caller.get("profile/", pair.access), 401, "session_expired")


def test_an_access_token_is_of_the_wrong_type(pair: Pair, caller: JSONClient) -> None:
    assert_refused(caller.refresh(pair.access), 400, "invalid_token_type")
    use(caller, pair)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Bearer x.y.z", "x" * 100_000])
def test_garbage_is_no_token(user: Any, caller: JSONClient, token: str) -> None:
    assert_refused(caller.refresh(token), 401, "invalid_token")


def test_an_inactive_user(
    pair: Pair, user: Any, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    get_user_model().objects.update(is_active=False)
    assert_refused(caller.refresh(pair.refresh), 401, "invalid_user")

    session = Session.objects.get()
    assert session.expired_at == clock().replace(tzinfo=UTC)
    assert session.end_reason == "user_inactive"
    # An end is final.
    get_user_model().objects.update(is_active=True)
    assert_refused(caller.refresh(pair.refresh), 401, "session_expired")


def test_a_deleted_user(pair: Pair, user: Any, caller: JSONClient) -> None:
    user.delete()

    assert_refused(caller.refresh(pair.refresh), 401, "session_not_found")
    assert_refused(caller.get("profile/", pair.access), 401, "session_not_found")


def test_a_session_whose_user_was_exchanged(
    pair: Pair, user: Any, other_user: Any, caller: JSONClient
) -> None:
    Session.objects.update(user=other_user)

    assert_refused(caller.refresh(pair.refresh), 401, "invalid_token")
    assert_refused(caller.get("profile/", pair.access), 401, "invalid_token")


@pytest.mark.parametrize("by", ["refresh", "access"])
def test_a_new_password(
    pair: Pair, user: Any, caller: JSONClient, clock: FrozenDateTimeFactory, by: str
) -> None:
    # By no way that a signal tells of: the check sees it.
    get_user_model().objects.update(password=make_password("another password"))
    clock.tick(1)

    if by == "refresh":
        assert_refused(caller.refresh(pair.refresh), 401, "session_expired")
    else:
        assert_refused(caller.get("profile/", pair.access), 401, "session_expired")

    session = Session.objects.get()
    assert session.expired_at == clock().replace(tzinfo=UTC)
    assert session.end_reason == "password_changed"


def test_a_new_secret_key_ends_no_session(
    pair: Pair, caller: JSONClient, settings: Settings
) -> None:
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another secret key, with more than enough bytes"
    settings.SECRET_KEY_FALLBACKS = [old]

    use(caller, pair)
    after = pair_of(caller.refresh(pair.refresh))

    settings.SECRET_KEY_FALLBACKS = []
    use(caller, after)
    assert_refused(caller.get("profile/", pair.access), 401, "invalid_token")


_events: list[Callable[[], object]] = []


class Meanwhile(JWTPayload):
    """Lets something happen between the load of the rows and the swap."""

    @classmethod
    def claims_for(cls, user: Any, request: Any, session: Session | None) -> dict[str, Any]:
        if _events:
            _events.pop()()
        return {}


@pytest.fixture
def meanwhile(settings: Settings) -> Callable[[Callable[[], object]], None]:
    """Takes what is to happen."""
    settings.TEGATA = {"PAYLOAD_CLASS": Meanwhile}
    return _events.append


def test_a_swap_that_lost_gets_the_pair_of_the_winner_s_generation(
    pair: Pair, caller: JSONClient, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    def win() -> None:
        use(JSONClient(), pair_of(JSONClient().refresh(pair.refresh)))

    meanwhile(win)

    after = pair_of(caller.refresh(pair.refresh))

    session = Session.objects.get()
    assert generation(after.refresh) == session.generation == 2
    # The loser wrote nothing over what the winner did.
    assert session.first_used_at is not None
    use(caller, after)


def test_a_logout_wins_against_a_refresh_in_flight(
    pair: Pair, caller: JSONClient, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    meanwhile(lambda: JSONClient().post("auth/logout/", token=pair.access))

    assert_refused(caller.refresh(pair.refresh), 401, "session_expired")

    session = Session.objects.get()
    assert (session.generation, session.end_reason) == (1, "log_out")


def test_a_database_that_is_gone_consumes_nothing(
    pair: Pair, caller: JSONClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    for module, name in ((loading, "load"), (store, "advance")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, gone)
            response = caller.refresh(pair.refresh)
            detail = assert_refused(response, 503, "service_unavailable")
            assert response.headers["Retry-After"] == "1"
            assert "closed the connection" not in detail

    assert generation(pair_of(caller.refresh(pair.refresh)).refresh) == 2
