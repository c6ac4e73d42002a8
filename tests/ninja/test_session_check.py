"""SESSION_CHECK: how soon an end bites by each of its values, and what asking costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import AuthedRequest, JWTAuth
from tegata._tegata import session_checks
from tegata.internal import loading
from tegata.models import Session
from tests.ninja.helpers import JSONClient, Pair, assert_refused, new_api, pair_of

BOTH = pytest.mark.parametrize("where", ["plain/", "aplain/"])
EVERY_CHECK = pytest.mark.parametrize("check", ["request", "cache", "user", "refresh", "off"])


@dataclass(frozen=True)
class Site:
    """A site whose views `plain/` and `aplain/` know the caller by the claims alone."""

    check: str
    caller: JSONClient
    # Whether there are rows of sessions; `"off"` may stand at one view of a site that has them.
    keeps_sessions: bool

    def assert_in(self, where: str, pair: Pair) -> None:
        response = self.caller.get(where, pair.access)
        assert response.status_code == 200, response.content
        assert response.json() == {"user_id": get_user_model().objects.get().pk}

    def assert_out(self, where: str, pair: Pair, code: str) -> None:
        assert_refused(self.caller.get(where, pair.access), 401, code)


@pytest.fixture(params=["site", "gate"])
def site(
    request: pytest.FixtureRequest,
    check: str,
    user: Any,
    settings: Settings,
    serve: Callable[[NinjaAPI], None],
) -> Site:
    """The check as the site's, and as one that the gate has of its own."""
    cache.clear()
    if request.param == "site":
        settings.TEGATA = {"SESSION_CHECK": check}
        gate = JWTAuth()
    else:
        of_site = "refresh" if check == "request" else "request"
        settings.TEGATA = {"SESSION_CHECK": of_site, "SESSION_CACHE": "default"}
        gate = JWTAuth(session_check=check)
    api = new_api()

    @api.get("/plain/", auth=gate)
    def plain(request: AuthedRequest) -> Any:
        return {"user_id": request.auth.claims.user_id}

    @api.get("/aplain/", auth=gate)
    async def aplain(request: AuthedRequest) -> Any:
        return {"user_id": request.auth.claims.user_id}

    serve(api)
    return Site(check, JSONClient(), keeps_sessions=(check, request.param) != ("off", "site"))


def test_every_check_is_tested_here() -> None:
    assert session_checks() == ["request", "cache", "user", "refresh", "off"]


@EVERY_CHECK
@BOTH
def test_a_request_costs_so_many_queries(site: Site, where: str) -> None:
    pair = site.caller.log_in()
    counts = []

    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert site.caller.get(where, pair.access).status_code == 200
        counts.append(len(queries))

    once = {"request": 1, "cache": 0, "user": 1, "refresh": 0, "off": 0}[site.check]
    first = 1 if site.check == "cache" else once
    assert counts == [first, once, once]


@EVERY_CHECK
@BOTH
def test_a_logout(site: Site, where: str, clock: FrozenDateTimeFactory) -> None:
    pair = site.caller.log_in()
    site.assert_in(where, pair)

    logout = site.caller.post("auth/logout/", token=pair.access)

    if not site.keeps_sessions:
        assert_refused(logout, 404, "session_not_found")
        site.assert_in(where, pair)
        assert site.caller.refresh(pair.refresh).status_code == 200
        return
    assert logout.status_code == 200
    assert_refused(site.caller.refresh(pair.refresh), 401, "session_expired")
    if site.check in ("request", "cache"):
        site.assert_out(where, pair, "session_expired")
    else:
        site.assert_in(where, pair)
        clock.tick(timedelta(minutes=5, seconds=10))
        site.assert_out(where, pair, "expired_token")


@EVERY_CHECK
@BOTH
@pytest.mark.parametrize("by", ["save", "update"])
def test_a_user_who_is_switched_off(site: Site, where: str, by: str, user: Any) -> None:
    pair, phone = site.caller.log_in(), site.caller.log_in()
    for each in (pair, phone):
        site.assert_in(where, each)

    if by == "save":
        user.is_active = False
        user.save()
    else:
        get_user_model().objects.update(is_active=False)

    is_seen = site.check in ("request", "user") or (site.check == "cache" and by == "save")
    if is_seen:
        site.assert_out(where, pair, "invalid_user")
    else:
        site.assert_in(where, pair)
    assert_refused(site.caller.refresh(pair.refresh), 401, "invalid_user")
    if site.keeps_sessions:
        # Whoever saw it, all sessions are over.
        assert set(Session.objects.values_list("end_reason", flat=True)) == {"user_inactive"}
        get_user_model().objects.update(is_active=True)
        assert_refused(site.caller.refresh(phone.refresh), 401, "session_expired")


@EVERY_CHECK
@BOTH
def test_a_user_who_is_deleted(site: Site, where: str, user: Any) -> None:
    pair = site.caller.log_in()
    site.assert_in(where, pair)

    user.delete()

    answer = site.caller.get(where, pair.access)
    if site.check in ("request", "cache"):
        assert_refused(answer, 401, "session_not_found")
    elif site.check == "user":
        assert_refused(answer, 401, "invalid_user")
    else:
        assert answer.status_code == 200
    gone = "session_not_found" if site.keeps_sessions else "invalid_user"
    assert_refused(site.caller.refresh(pair.refresh), 401, gone)


@EVERY_CHECK
@BOTH
def test_a_new_password(site: Site, where: str, user: Any) -> None:
    pair = site.caller.log_in()
    site.assert_in(where, pair)

    get_user_model().objects.update(password=make_password("another password"))

    if site.check == "request":
        site.assert_out(where, pair, "session_expired")
    else:
        site.assert_in(where, pair)
    if site.keeps_sessions:
        assert_refused(site.caller.refresh(pair.refresh), 401, "session_expired")
        assert Session.objects.get().end_reason == "password_changed"
    else:
        # Nothing remembers which password a login was by.
        assert site.caller.refresh(pair.refresh).status_code == 200


@pytest.mark.parametrize("check", ["user", "refresh", "off"])
@BOTH
def test_a_refresh_brings_new_access(site: Site, where: str) -> None:
    pair = site.caller.log_in()

    after = pair_of(site.caller.refresh(pair.refresh))

    for each in (after, pair):
        site.assert_in(where, each)
    assert_refused(site.caller.get(where, after.refresh), 401, "invalid_token_type")
    site.assert_out(where, Pair(after.access[:-4] + "AAAA", ""), "invalid_token")


@pytest.mark.parametrize("check", ["request", "user"])
@BOTH
def test_a_database_that_is_gone_lets_nobody_in(
    site: Site, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("database is locked")

    pair = site.caller.log_in()
    monkeypatch.setattr(loading, "load", gone)
    monkeypatch.setattr(loading, "load_user", gone)

    response = site.caller.get(where, pair.access)

    assert_refused(response, 503, "service_unavailable")
    assert response.headers["Retry-After"] == "1"


def test_strict_and_lax_views_of_one_site(
    pair: Pair, serve: Callable[[NinjaAPI], None], caller: JSONClient
) -> None:
    """A public page may live with a logout that bites later; the one beside it need not."""
    api = new_api()

    @api.get("/strict/", auth=JWTAuth())
    def strict(request: AuthedRequest) -> None: ...

    @api.get("/lax/", auth=JWTAuth(session_check="refresh"))
    def lax(request: AuthedRequest) -> None: ...

    @api.get("/astrict/", auth=JWTAuth())
    async def astrict(request: AuthedRequest) -> None: ...

    @api.get("/alax/", auth=JWTAuth(session_check="refresh"))
    async def alax(request: AuthedRequest) -> None: ...

    serve(api)
    caller.post("auth/logout/", token=pair.access)

    for where in ("strict/", "astrict/"):
        assert_refused(caller.get(where, pair.access), 401, "session_expired")
    for where in ("lax/", "alax/"):
        assert caller.get(where, pair.access).status_code == 200


@pytest.mark.parametrize("check", ["cache", "user", "refresh"])
def test_the_auth_routes_look_at_the_rows_whatever_the_views_do(
    user: Any, caller: JSONClient, settings: Settings, check: str
) -> None:
    """A session that has ended must not list, end or take over others."""
    settings.TEGATA = {"SESSION_CHECK": check}
    ended, other = caller.log_in(), caller.log_in()
    assert caller.get("auth/sessions/", ended.access).status_code == 200
    Session.objects.filter(pk=ended.session_id).update(
        expired_at=Session.objects.get(pk=ended.session_id).created_at, end_reason="log_out"
    )

    body = {"current_password": "correct horse battery staple", "new_password": "x" * 20}
    for refused in (
        caller.get("auth/sessions/", ended.access),
        caller.delete(f"auth/sessions/{other.session_id}/", ended.access),
        caller.post("auth/logout/all/", token=ended.access),
        caller.post("auth/logout/others/", token=ended.access),
        caller.post("auth/password/", body, ended.access),
        caller.post("auth/verify/", {"token": ended.access}),
        caller.post("auth/verify/", {"token": ended.refresh}),
    ):
        assert_refused(refused, 401, "session_expired")
    assert Session.objects.get(pk=other.session_id).expired_at is None
    user.refresh_from_db()
    assert user.check_password("correct horse battery staple")
