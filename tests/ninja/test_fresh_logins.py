"""`JWTAuth(fresh=…)`: a recent login, by `auth_time` alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import AuthedRequest, JWTAuth
from tests.api import ApiKey
from tests.ninja.helpers import JSONClient, assert_refused, claims_of, forge, new_api, pair_of

STALE = 'Bearer error="insufficient_user_authentication", max_age="300"'
BOTH = pytest.mark.parametrize("prefix", ["", "a"])
LEEWAY = 10


def guarded_api(**options: Any) -> NinjaAPI:
    api = new_api()
    guards: dict[str, Any] = {
        "fresh": JWTAuth(fresh=timedelta(minutes=5), **options),
        "any": JWTAuth(**options),
        "either": [JWTAuth(fresh=300, **options), ApiKey()],
    }

    def view(request: AuthedRequest) -> str:
        return "in"

    async def aview(request: AuthedRequest) -> str:
        return "in"

    for path, guard in guards.items():
        api.get(f"/{path}/", auth=guard, operation_id=path)(view)
        api.get(f"/a{path}/", auth=guard, operation_id=f"a{path}")(aview)
    return api


@pytest.fixture(params=["request", "cache", "user", "refresh", "off"])
def site(
    request: pytest.FixtureRequest,
    settings: Settings,
    clock: FrozenDateTimeFactory,
    user: Any,
    serve: Callable[[NinjaAPI], None],
) -> JSONClient:
    settings.TEGATA = {"SESSION_CHECK": request.param}
    serve(guarded_api())
    return JSONClient()


@BOTH
def test_a_login_is_fresh_for_so_long(
    site: JSONClient, clock: FrozenDateTimeFactory, settings: Settings, prefix: str
) -> None:
    settings.TEGATA = {**settings.TEGATA, "ACCESS_TOKEN_LIFETIME": timedelta(hours=1)}
    token = site.log_in().access

    assert site.get(f"{prefix}fresh/", token).status_code == 200
    clock.tick(300 + LEEWAY)
    assert site.get(f"{prefix}fresh/", token).status_code == 200
    clock.tick(1)
    assert_refused(site.get(f"{prefix}fresh/", token), 401, "login_required", STALE)
    assert site.get(f"{prefix}any/", token).status_code == 200


@BOTH
def test_a_refresh_makes_no_login_fresh(
    site: JSONClient, clock: FrozenDateTimeFactory, prefix: str
) -> None:
    pair = site.log_in()
    for _ in range(4):
        clock.tick(100)
        pair = pair_of(site.refresh(pair.refresh))

    assert claims_of(pair.access)["iat"] - claims_of(pair.access)["auth_time"] == 400
    assert_refused(site.get(f"{prefix}fresh/", pair.access), 401, "login_required", STALE)
    assert site.get(f"{prefix}any/", pair.access).status_code == 200
    # A login does, and so the client is told to have one.
    assert site.get(f"{prefix}fresh/", site.log_in().access).status_code == 200


@BOTH
def test_in_a_list_the_next_is_asked(
    site: JSONClient, clock: FrozenDateTimeFactory, prefix: str
) -> None:
    pair = site.log_in()
    clock.tick(311)
    token = pair_of(site.refresh(pair.refresh)).access

    assert site.get(f"{prefix}either/", token, X_API_Key="let me in").status_code == 200
    assert_refused(site.get(f"{prefix}either/", token), 401, "login_required", STALE)


@pytest.mark.parametrize("site", ["request"], indirect=True)
@BOTH
def test_only_auth_time_counts(site: JSONClient, forging_key: bytes, prefix: str) -> None:
    claims = claims_of(site.log_in().access)
    silent = {name: value for name, value in claims.items() if name != "auth_time"}
    ahead = {**claims, "auth_time": claims["iat"] + LEEWAY + 1}

    for token in (forge(silent), forge(ahead)):
        assert site.get(f"{prefix}any/", token).status_code == 200
        assert_refused(site.get(f"{prefix}fresh/", token), 401, "login_required", STALE)


@pytest.mark.parametrize(
    ("fresh", "told"),
    [
        (0, "at least 1 second"),
        (-1, "at least 1 second"),
        (timedelta(0), "at least 1 second"),
        (timedelta(milliseconds=999), "at least 1 second"),
        (float("nan"), "out of range"),
        (float("inf"), "out of range"),
        (10**30, "out of range"),
        ("5 minutes", "a timedelta or a number of seconds"),
        (True, "a timedelta or a number of seconds"),
    ],
)
def test_a_gate_with_another_span_cannot_be_made(fresh: Any, told: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"JWTAuth\(fresh=…\).*{told}"):
        JWTAuth(fresh=fresh)


@pytest.mark.parametrize("site", ["request"], indirect=True)
def test_scopes_come_first(
    site: JSONClient,
    settings: Settings,
    clock: FrozenDateTimeFactory,
    serve: Callable[[NinjaAPI], None],
) -> None:
    settings.TEGATA = {"SCOPES": {"a": "", "b": ""}, "SCOPES_FOR": lambda *_: ["a"]}
    api = new_api()

    @api.get("/both/", auth=JWTAuth(scopes=["a"], fresh=300))
    def both(request: AuthedRequest) -> str:
        return "in"

    @api.get("/other/", auth=JWTAuth(scopes=["b"], fresh=300))
    def other(request: AuthedRequest) -> str:
        return "in"

    serve(api)
    pair = site.log_in()
    assert site.get("both/", pair.access).status_code == 200
    clock.tick(311)
    token = pair_of(site.refresh(pair.refresh)).access

    assert_refused(site.get("both/", token), 401, "login_required", STALE)
    missing = 'Bearer error="insufficient_scope", scope="b"'
    assert_refused(site.get("other/", token), 403, "insufficient_scope", missing)


@pytest.mark.parametrize("site", ["request"], indirect=True)
def test_the_document_says_so(site: JSONClient) -> None:
    document = site.get("openapi.json").json()

    def codes(path: str) -> Any:
        answer = document["paths"][path]["get"]["responses"]["401"]
        name = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        return document["components"]["schemas"][name]["properties"]["error_code"]["enum"]

    for path in ("/api/fresh/", "/api/afresh/", "/api/either/"):
        assert "login_required" in codes(path)
    assert "login_required" not in codes("/api/any/")
    assert site.get("openapi.json").json() == document
