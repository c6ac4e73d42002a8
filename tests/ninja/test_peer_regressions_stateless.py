"""What another library of token classes gets wrong, one test for each finding.

The numbers are those of the findings. Most are tested in depth elsewhere; here they stand under
their names.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import APIError, AuthedRequest, JWTAuth, JWTPayload, StatelessJWTAuth, conf
from tegata.api import create_token_router
from tegata.handlers import error_handler
from tegata.models import Session
from tegata.token_user import TokenUser
from tegata.tokens import AccessToken, RefreshToken, SlidingToken
from tests.api import ApiKey
from tests.ninja.helpers import (
    PASSWORD,
    SECRET,
    JSONClient,
    Pair,
    assert_refused,
    claims_of,
    forge,
    new_api,
    pair_of,
)

LOGIN = {"username": "alice", "password": PASSWORD}
BOTH = pytest.mark.parametrize("where", ["plain/", "aplain/"])


@pytest.fixture(autouse=True)
def site(settings: Settings, serve: Callable[[NinjaAPI], None]) -> NinjaAPI:
    """A site with every token route, checking as that library does: by the user's row."""
    settings.TEGATA = {
        "SESSION_CHECK": "user",
        "KEYS": [SECRET],
        "AUTH_TOKEN_CLASSES": ["tegata.tokens.AccessToken", "tegata.tokens.SlidingToken"],
    }
    api = new_api(mounted=False)
    routes = ("pair", "refresh", "verify", "blacklist", "sliding", "sliding/refresh")
    api.add_router("token/", create_token_router(*routes))
    api.add_exception_handler(APIError, error_handler)

    @api.get("/plain/", auth=JWTAuth())
    def plain(request: AuthedRequest) -> Any:
        return request.user.get_username()

    @api.get("/aplain/", auth=JWTAuth())
    async def aplain(request: AuthedRequest) -> Any:
        return (await request.auser()).get_username()

    @api.get("/stateless/", auth=StatelessJWTAuth())
    def stateless(request: AuthedRequest[TokenUser]) -> Any:
        return request.auth.user.id

    @api.get("/either/", auth=[JWTAuth(), StatelessJWTAuth(), ApiKey()])
    def either(request: Any) -> Any:
        return type(request.auth).__name__

    serve(api)
    return api


def log_in(caller: JSONClient) -> Pair:
    return pair_of(caller.post("token/pair/", LOGIN))


def refresh(caller: JSONClient, token: str) -> Any:
    return caller.post("token/refresh/", {"refresh_token": token})


@pytest.mark.parametrize("what", ["password", "inactive", "deleted"])
def test_n1_a_refresh_loads_the_user(user: Any, caller: JSONClient, what: str) -> None:
    by_login = log_in(caller).refresh
    by_hand = str(RefreshToken.for_user(user, session=True))
    users = get_user_model().objects
    if what == "password":
        users.update(password="another hash")
    elif what == "inactive":
        users.update(is_active=False)
    else:
        user.delete()

    code = {"password": "session_expired", "inactive": "invalid_user"}.get(what)
    for token in (by_login, by_hand):
        assert_refused(refresh(caller, token), 401, code or "session_not_found")
    # Nor is a hash of the hash in any token.
    assert not {"hash", "revoke", "password"} & {
        part for claim in claims_of(by_hand) for part in claim.split("_")
    }


@pytest.mark.django_db(transaction=True)
def test_n2_of_many_threads_with_one_token_all_hold_the_same_session(user: Any) -> None:
    pair = log_in(JSONClient())

    def turn(_: int) -> Any:
        try:
            return refresh(JSONClient(), pair.refresh)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(turn, range(4)))
    generations = {claims_of(pair_of(each).refresh)["generation"] for each in answers}
    assert generations == {2}
    assert Session.objects.get().generation == 2


def test_n3_what_was_rotated_can_be_listed_and_ended(user: Any, caller: JSONClient) -> None:
    pair = log_in(caller)
    for _ in range(3):
        pair = pair_of(refresh(caller, pair.refresh))

    session = Session.objects.get()
    assert session.pk == claims_of(pair.refresh)["session_id"]
    session.invalidate()
    assert_refused(refresh(caller, pair.refresh), 401, "session_expired")


def test_n4_reuse_ends_the_branch_of_the_thief(
    user: Any, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    stolen = log_in(caller).refresh
    thief = pair_of(refresh(caller, stolen))
    clock.tick(60)
    assert_refused(refresh(caller, stolen), 401, "token_reuse_detected")
    assert_refused(refresh(caller, thief.refresh), 401, "session_expired")


def test_n5_rotation_needs_no_app_besides(user: Any, caller: JSONClient) -> None:
    first = log_in(caller)
    second = pair_of(refresh(caller, first.refresh))
    third = pair_of(refresh(caller, second.refresh))
    assert_refused(refresh(caller, first.refresh), 401, "token_reuse_detected")
    assert_refused(refresh(caller, third.refresh), 401, "session_expired")


def test_n9_lifetimes_follow_override_settings(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {
        **settings.TEGATA,
        "ACCESS_TOKEN_LIFETIME": 60,
        "SLIDING_TOKEN_LIFETIME": 30,
    }

    for claims, seconds in (
        (claims_of(log_in(caller).access), 60),
        (AccessToken.for_user(user), 60),
        (SlidingToken.for_user(user), 30),
        (claims_of(caller.post("token/sliding/", LOGIN).json()["token"]), 30),
    ):
        assert claims["exp"] - claims["iat"] == seconds


@pytest.mark.parametrize("user_id", ["not a number", ["1"], {"a": 1}, None, 1.5, 2**70, "\0"])
@pytest.mark.parametrize("where", ["plain/", "aplain/", "stateless/"])
def test_n10_a_user_id_of_another_type_is_a_clear_401(
    user: Any, caller: JSONClient, where: str, user_id: Any
) -> None:
    claims = {**AccessToken.for_user(user), "user_id": user_id, "sub": str(user_id)}
    answer = caller.get(where, forge(claims))
    if where == "stateless/" and isinstance(user_id, str):
        # A text is what a user's key may be, and no row is looked at.
        assert answer.json() == user_id
        return
    assert answer.status_code == 401
    assert answer.json()["error_code"] in ("invalid_token", "invalid_user")


def test_n11_what_is_not_ours_reaches_the_next_authenticator(user: Any, caller: JSONClient) -> None:
    foreign = forge(dict(AccessToken.for_user(user)), key=b"another secret of 32 bytes and more")
    assert caller.get("either/", foreign, X_API_Key="let me in").json() == "str"
    assert caller.get("either/", X_API_Key="let me in").json() == "str"
    assert_refused(caller.get("either/", foreign), 401, "invalid_token")


def test_n12_no_token_is_stored(user: Any, caller: JSONClient) -> None:
    pair = log_in(caller)
    by_hand = RefreshToken.for_user(user, session=True)
    row = str(list(Session.objects.values()))
    for token in (pair.refresh, pair.access, str(by_hand)):
        for part in (token, *token.split("."), claims_of(token)["jti"]):
            assert part not in row


def test_n13_purging_takes_a_few_statements_by_an_index(
    user: Any, clock: FrozenDateTimeFactory
) -> None:
    Session.objects.bulk_create(Session(user=user) for _ in range(300))
    kept = RefreshToken.for_user(user, session=True)
    clock.tick(timedelta(days=800))
    RefreshToken.for_user(user, session=True)
    with CaptureQueriesContext(connection) as queries:
        assert Session.purge_expired_sessions() >= 281
    assert len(queries) < 40
    assert Session.objects.count() == 1
    with pytest.raises(APIError):
        RefreshToken(str(kept), allow_expired=True).check_blacklist()


@pytest.mark.parametrize("name", ["is_superusr", "emial", "_private", "__len__"])
def test_n14_a_misspelt_attribute_is_an_error(user: Any, name: str) -> None:
    token = AccessToken.for_user(user)
    token["email"] = "alice@example.org"
    known = TokenUser(token)
    assert (known.email, known.id, hasattr(known, "email")) == ("alice@example.org", user.pk, True)
    assert not hasattr(known, name)
    with pytest.raises(AttributeError, match=name):
        getattr(known, name)


@pytest.mark.django_db(transaction=True)
def test_n15_a_sliding_refresh_leaves_one_token_of_one_identifier(
    user: Any, caller: JSONClient, settings: Settings, clock: FrozenDateTimeFactory
) -> None:
    settings.TEGATA = {**settings.TEGATA, "SESSION_CHECK": "request"}
    old = caller.post("token/sliding/", LOGIN).json()["token"]
    new = caller.post("token/sliding/refresh/", {"token": old}).json()["token"]
    assert claims_of(old)["jti"] != claims_of(new)["jti"]
    assert caller.get("plain/", new).status_code == 200
    clock.tick(11)
    assert_refused(caller.get("plain/", old), 401, "expired_token")
    assert caller.get("plain/", new).status_code == 200


def test_n16_verify_says_yes_to_what_opens_views_only(user: Any, caller: JSONClient) -> None:
    pair = log_in(caller)

    def verify(token: str) -> Any:
        return caller.post("token/verify/", {"token": token})

    assert verify(pair.access).status_code == 200
    assert_refused(verify(pair.refresh), 400, "invalid_token_type")
    caller.post("token/blacklist/", {"refresh_token": pair.refresh})
    assert_refused(verify(pair.access), 401, "session_expired")
    assert_refused(verify(pair.refresh), 400, "invalid_token_type")


class _Roles(JWTPayload):
    is_staff: bool = False


def test_n17_claims_are_built_anew_at_each_refresh(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {**settings.TEGATA, "PAYLOAD_CLASS": _Roles}
    get_user_model().objects.update(is_staff=True)
    user.refresh_from_db()
    by_hand = RefreshToken.for_user(user, session=True)
    pairs = [log_in(caller).refresh, str(by_hand)]
    assert by_hand.access_token["is_staff"] is True
    get_user_model().objects.update(is_staff=False)
    for token in pairs:
        assert claims_of(pair_of(refresh(caller, token)).access)["is_staff"] is False


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"KEYS": [b"x"]}, "KEYS"),
        ({"KEYS": [b"a secret of less than 32 bytes"]}, "KEYS"),
        ({"LEEWAY": timedelta(days=365)}, "LEEWAY"),
        ({"LEEWAY": 121}, "LEEWAY"),
    ],
)
def test_n18_no_weak_key_and_no_leeway_without_bound(
    settings: Settings, wrong: dict[str, Any], name: str
) -> None:
    settings.TEGATA = wrong
    with pytest.raises(ImproperlyConfigured, match=name):
        conf.engine()


def test_n19_signals_challenges_and_documented_errors(
    user: Any, caller: JSONClient, site: NinjaAPI
) -> None:
    told: list[Any] = []

    def logged_out(request: Any, user: Any, **_: Any) -> None:
        told.append((request is not None, user.pk))

    user_logged_out.connect(logged_out)
    pair = log_in(caller)
    user.refresh_from_db()
    assert user.last_login is not None
    caller.post("token/blacklist/", {"refresh_token": pair.refresh})
    RefreshToken.for_user(user, session=True).blacklist()
    user_logged_out.disconnect(logged_out)
    assert told == [(True, user.pk), (False, user.pk)]

    assert refresh(caller, "x").headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert caller.get("stateless/").headers["WWW-Authenticate"] == "Bearer"
    paths = site.get_openapi_schema(path_prefix="/")["paths"]
    for path, operations in paths.items():
        for operation in operations.values():
            assert 401 in operation["responses"], path
