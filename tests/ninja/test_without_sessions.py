"""SESSION_CHECK "off": no rows of sessions, so nothing can be ended and nothing is remembered."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest
from freezegun.api import FrozenDateTimeFactory
from pytest_django import Settings

from tegata import JWTPayload
from tegata.models import Session
from tests.ninja.helpers import PASSWORD, JSONClient, Pair, assert_refused, claims_of, pair_of

LEEWAY = timedelta(seconds=10)


@pytest.fixture(autouse=True)
def off(settings: Settings) -> None:
    settings.TEGATA = {"SESSION_CHECK": "off"}


def configure(settings: Settings, **values: Any) -> None:
    settings.TEGATA = {"SESSION_CHECK": "off", **values}


class TestLogin:
    """`login/` and `token/`."""

    def test_it_makes_no_row(
        self, user: Any, caller: JSONClient, django_assert_num_queries: Any
    ) -> None:
        # Who it is, and when he was last here.
        with django_assert_num_queries(2):
            pair = caller.log_in()
        form = caller.post_form("auth/token/", username="alice", password=PASSWORD)

        assert form.status_code == 200
        assert not Session.objects.exists()
        for token in (pair.access, pair.refresh, form.json()["access_token"]):
            claims = claims_of(token)
            # As wherever else, so that whoever reads them need not know.
            assert (len(claims["session_id"]), claims["generation"]) == (43, 1)
            assert caller.post("auth/verify/", {"token": token}).status_code == 200

    def test_no_number_of_them_is_too_many(
        self, user: Any, caller: JSONClient, settings: Settings
    ) -> None:
        configure(settings, MAX_SESSIONS_PER_USER=1)

        pairs = [caller.log_in() for _ in range(3)]

        assert all(caller.refresh(pair.refresh).status_code == 200 for pair in pairs)


class TestRefresh:
    """`refresh/`, by the token and its user alone."""

    def test_with_rotation_there_are_two_new_tokens_of_the_same_login(
        self, clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient
    ) -> None:
        clock.tick(60)

        after = pair_of(caller.refresh(pair.refresh))

        old, new = claims_of(pair.refresh), claims_of(after.refresh)
        assert new["generation"] == claims_of(after.access)["generation"] == 2
        for claim in ("session_id", "auth_time", "user_id", "sub"):
            assert new[claim] == claims_of(after.access)[claim] == old[claim]
        assert new["exp"] == old["exp"] + 60
        assert not Session.objects.exists()

    def test_the_old_token_stays_good_until_it_expires(
        self, clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient
    ) -> None:
        for _ in range(3):
            assert pair_of(caller.refresh(pair.refresh)).session_id == pair.session_id
            clock.tick(timedelta(days=4))
        clock.tick(timedelta(days=2) + LEEWAY)
        assert_refused(caller.refresh(pair.refresh), 401, "expired_token")

    def test_without_rotation_there_is_an_access_token_only(
        self, clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient, settings: Settings
    ) -> None:
        configure(settings, ROTATE_REFRESH_TOKENS=False)
        clock.tick(timedelta(days=13, hours=23, minutes=59))

        response = caller.refresh(pair.refresh)

        assert response.json().keys() == {"access_token"}
        claims = claims_of(response.json()["access_token"])
        assert claims["session_id"] == pair.session_id
        assert claims["exp"] - claims["iat"] == 300
        clock.tick(timedelta(minutes=1) + LEEWAY)
        assert_refused(caller.refresh(pair.refresh), 401, "expired_token")

    def test_no_chain_goes_on_beyond_the_lifetime_of_a_session(
        self, clock: FrozenDateTimeFactory, user: Any, caller: JSONClient, settings: Settings
    ) -> None:
        configure(settings, SESSION_LIFETIME=timedelta(days=20))
        end = clock().replace(tzinfo=UTC) + timedelta(days=20)
        pair = caller.log_in()

        clock.tick(timedelta(days=10))
        pair = pair_of(caller.refresh(pair.refresh))
        clock.tick(timedelta(days=9, hours=23, minutes=59))
        pair = pair_of(caller.refresh(pair.refresh))

        assert claims_of(pair.refresh)["exp"] == claims_of(pair.access)["exp"] == end.timestamp()
        # Between two clocks the token is good for a little longer; the login is not.
        clock.tick(60)
        assert_refused(caller.refresh(pair.refresh), 401, "session_expired")
        clock.tick(LEEWAY)
        assert_refused(caller.refresh(pair.refresh), 401, "expired_token")

    def test_with_rotation_an_idle_login_ends(
        self, clock: FrozenDateTimeFactory, user: Any, caller: JSONClient, settings: Settings
    ) -> None:
        configure(settings, SESSION_IDLE_TIMEOUT=timedelta(hours=1))
        pair = caller.log_in()

        for _ in range(3):
            clock.tick(timedelta(minutes=59))
            pair = pair_of(caller.refresh(pair.refresh))
        clock.tick(timedelta(hours=1) + LEEWAY)

        assert_refused(caller.refresh(pair.refresh), 401, "expired_token")

    @pytest.mark.parametrize("rotate", [True, False])
    @pytest.mark.parametrize("by", ["switched off", "deleted"])
    def test_a_user_who_is_not_welcome_any_more(
        self, user: Any, caller: JSONClient, settings: Settings, rotate: bool, by: str
    ) -> None:
        configure(settings, ROTATE_REFRESH_TOKENS=rotate)
        pair = caller.log_in()

        if by == "deleted":
            user.delete()
        else:
            get_user_model().objects.update(is_active=False)

        assert_refused(caller.refresh(pair.refresh), 401, "invalid_user")
        for token in (pair.access, pair.refresh):
            assert_refused(caller.post("auth/verify/", {"token": token}), 401, "invalid_user")
        if by == "switched off":
            get_user_model().objects.update(is_active=True)
            assert caller.refresh(pair.refresh).status_code == 200

    def test_it_costs_one_query(
        self, pair: Pair, caller: JSONClient, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(1):
            assert caller.refresh(pair.refresh).status_code == 200

    def test_claims_are_made_anew_without_a_session(
        self, user: Any, caller: JSONClient, settings: Settings
    ) -> None:
        class Mail(JWTPayload):
            email: str

            @classmethod
            def claims_for(
                cls, user: Any, request: HttpRequest, session: Session | None
            ) -> dict[str, Any]:
                assert session is None
                return {"email": user.email}

        configure(settings, PAYLOAD_CLASS=Mail)
        pair = caller.log_in()
        get_user_model().objects.update(email="alicia@example.org")

        after = pair_of(caller.refresh(pair.refresh))

        assert claims_of(pair.access)["email"] == "alice@example.org"
        assert claims_of(after.access)["email"] == "alicia@example.org"


class TestEnds:
    """There is nothing to end, and every route that would says so."""

    @pytest.mark.parametrize("where", ["logout/", "logout/all/", "logout/others/"])
    def test_logouts(self, pair: Pair, caller: JSONClient, where: str) -> None:
        told: list[Any] = []

        def logged_out(**kwargs: Any) -> None:
            told.append(kwargs)

        user_logged_out.connect(logged_out)
        try:
            answer = caller.post(f"auth/{where}", token=pair.access)
        finally:
            user_logged_out.disconnect(logged_out)

        detail = assert_refused(answer, 404, "session_not_found")
        assert "until they expire" in detail
        assert told == []
        assert caller.refresh(pair.refresh).status_code == 200

    def test_a_logout_by_the_refresh_token(self, pair: Pair, caller: JSONClient) -> None:
        body = {"refresh_token": pair.refresh}
        assert_refused(caller.post("auth/logout/", body), 404, "session_not_found")

    def test_one_of_the_sessions(self, pair: Pair, caller: JSONClient) -> None:
        for session_id in (pair.session_id, "A" * 43, "x"):
            answer = caller.delete(f"auth/sessions/{session_id}/", pair.access)
            assert_refused(answer, 404, "session_not_found")

    def test_the_list_is_empty(self, pair: Pair, caller: JSONClient) -> None:
        assert caller.get("auth/sessions/", pair.access).json() == []

    @pytest.mark.parametrize(
        ("method", "where"),
        [
            ("post", "logout/all/"),
            ("post", "logout/others/"),
            ("post", "password/"),
            ("get", "sessions/"),
            ("delete", "sessions/x/"),
        ],
    )
    def test_the_gate_of_these_routes_looks_at_the_user(
        self, pair: Pair, caller: JSONClient, method: str, where: str
    ) -> None:
        ask = getattr(caller, method)
        get_user_model().objects.update(is_active=False)

        assert_refused(ask(f"auth/{where}", token=pair.access), 401, "invalid_user")
        assert_refused(ask(f"auth/{where}", token=pair.refresh), 401, "invalid_token_type")
        assert_refused(ask(f"auth/{where}"), 401, "missing_token")


class TestPassword:
    """`password/` changes it, and ends nothing."""

    def test_it_is_changed_and_tokens_stay_good(self, pair: Pair, caller: JSONClient) -> None:
        other = caller.log_in()
        body = {"current_password": PASSWORD, "new_password": "a new and better password"}

        assert caller.post("auth/password/", body, pair.access).status_code == 200

        caller.log_in(password="a new and better password")
        refused = caller.post("auth/login/", {"username": "alice", "password": PASSWORD})
        assert_refused(refused, 401, "invalid_credentials")
        for each in (pair, other):
            assert caller.refresh(each.refresh).status_code == 200

    def test_the_current_one_is_asked_for(self, pair: Pair, caller: JSONClient) -> None:
        body = {"current_password": "wrong", "new_password": "a new and better password"}
        assert_refused(caller.post("auth/password/", body, pair.access), 403, "invalid_credentials")


class TestTurningItOnAndOff:
    """A site that changes its mind."""

    def test_tokens_from_when_there_were_rows(
        self, user: Any, caller: JSONClient, settings: Settings
    ) -> None:
        settings.TEGATA = {}
        before = caller.log_in()
        configure(settings)

        after = pair_of(caller.refresh(before.refresh))

        assert after.session_id == before.session_id
        # Its row is left over; nothing writes it.
        assert Session.objects.get().generation == 1
        now = caller.log_in()
        listed = caller.get("auth/sessions/", now.access).json()
        assert [(each["id"], each["is_current"]) for each in listed] == [(before.session_id, False)]

    def test_tokens_from_when_there_were_none(
        self, pair: Pair, caller: JSONClient, settings: Settings
    ) -> None:
        settings.TEGATA = {}

        for where in ("profile/", "aprofile/"):
            assert_refused(caller.get(where, pair.access), 401, "session_not_found")
        assert_refused(caller.refresh(pair.refresh), 401, "session_not_found")
        assert caller.get("profile/", caller.log_in().access).status_code == 200
