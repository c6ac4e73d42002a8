"""What django-ninja-jwt gets wrong, one test for each finding, through the stand-in for it.

The numbers are those of the findings. N6, N7 and N9 are about settings, and stand in
tests/django/test_ninja_jwt_settings.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import JWTPayload, conf
from tegata.models import Session
from tests.api import ApiKey
from tests.ninja import ninja_jwt_site
from tests.ninja.helpers import PASSWORD, JSONClient, claims_of, forge, new_api

LOGIN = {"username": "alice", "password": PASSWORD}
CLASSES = ["ninja_jwt.tokens.AccessToken", "ninja_jwt.tokens.SlidingToken"]
ROTATING = {"ROTATE_REFRESH_TOKENS": True, "BLACKLIST_AFTER_ROTATION": True}


@pytest.fixture(autouse=True)
def site(settings: Settings, serve: Callable[[NinjaAPI], None]) -> Iterator[NinjaAPI]:
    """A site with every route of the library, on a plain `NinjaAPI` without a handler."""
    ninja_jwt_site.install(settings, AUTH_TOKEN_CLASSES=CLASSES, **ROTATING)
    from ninja_jwt.authentication import (  # type: ignore[import-not-found]
        AsyncJWTAuth,
        JWTAuth,
        JWTStatelessUserAuthentication,
    )
    from ninja_jwt.routers.blacklist import (  # type: ignore[import-not-found]
        blacklist_router,
    )
    from ninja_jwt.routers.obtain import (  # type: ignore[import-not-found]
        obtain_pair_router,
        sliding_router,
    )
    from ninja_jwt.routers.verify import verify_router  # type: ignore[import-not-found]

    api = new_api(mounted=False)
    for router in (obtain_pair_router, sliding_router, verify_router, blacklist_router):
        # An older Django Ninja lets a router be mounted once in a process.
        router.api = None
        api.add_router("/token", router)

    @api.get("/plain/", auth=JWTAuth())
    def plain(request: Any) -> Any:
        assert request.auth == request.user
        return request.user.get_username()

    @api.get("/aplain/", auth=AsyncJWTAuth())
    async def aplain(request: Any) -> Any:
        assert request.auth == await request.auser()
        return request.user.get_username()

    @api.get("/stateless/", auth=JWTStatelessUserAuthentication())
    def stateless(request: Any) -> Any:
        return request.user.id

    @api.get("/either/", auth=[JWTAuth(), JWTStatelessUserAuthentication(), ApiKey()])
    def either(request: Any) -> Any:
        return type(request.auth).__name__

    serve(api)
    yield api
    ninja_jwt_site.forget()


def log_in(caller: JSONClient) -> dict[str, str]:
    answer = caller.post("token/pair", LOGIN)
    assert answer.status_code == 200, answer.content
    body: dict[str, str] = answer.json()
    assert body.keys() == {"username", "refresh", "access"}
    return body


def refresh(caller: JSONClient, token: str) -> Any:
    return caller.post("token/refresh", {"refresh": token})


def next_of(answer: Any) -> dict[str, str]:
    assert answer.status_code == 200, answer.content
    body: dict[str, str] = answer.json()
    assert body.keys() == {"refresh", "access"}
    return body


def refused(answer: Any, message: str, code: str = "token_not_valid", status: int = 401) -> None:
    assert (answer.status_code, answer.json()) == (status, {"detail": message, "code": code})
    assert ("WWW-Authenticate" in answer.headers) is (status == 401)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("what", ["password", "inactive", "deleted"])
def test_n1_a_refresh_loads_the_user(user: Any, caller: JSONClient, what: str) -> None:
    from ninja_jwt.tokens import RefreshToken  # type: ignore[import-not-found]

    by_login = log_in(caller)["refresh"]
    by_hand = str(RefreshToken.for_user(user))
    if what == "password":
        user.set_password("another one")
        user.save()
    elif what == "inactive":
        get_user_model().objects.update(is_active=False)
    else:
        user.delete()
    for token in (by_login, by_hand):
        answer = refresh(caller, token)
        if what == "inactive":
            refused(answer, "User not found", "authentication_failed")
        else:
            refused(answer, "Token is blacklisted")


@pytest.mark.django_db(transaction=True)
def test_n2_of_many_threads_with_one_token_all_hold_the_same_session(user: Any) -> None:
    pair = log_in(JSONClient())

    def turn(_: int) -> Any:
        try:
            return refresh(JSONClient(), pair["refresh"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        answers = [next_of(each) for each in threads.map(turn, range(4))]
    assert {claims_of(each["refresh"])["generation"] for each in answers} == {2}
    assert Session.objects.get().generation == 2


def test_n3_what_was_rotated_can_be_listed_and_ended(user: Any, caller: JSONClient) -> None:
    from ninja_jwt.token_blacklist.models import (  # type: ignore[import-not-found]
        BlacklistedToken,
        OutstandingToken,
    )

    pair = log_in(caller)
    for _ in range(3):
        pair = next_of(refresh(caller, pair["refresh"]))
    (outstanding,) = OutstandingToken.objects.filter(user=user)
    assert not BlacklistedToken.objects.exists()
    _, created = BlacklistedToken.objects.get_or_create(token=outstanding)
    assert created
    assert BlacklistedToken.objects.get_or_create(token=outstanding)[1] is False
    assert BlacklistedToken.objects.filter(token__user=user).count() == 1
    refused(refresh(caller, pair["refresh"]), "Token is blacklisted")


def test_n4_reuse_ends_the_branch_of_the_thief(
    user: Any, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    stolen = log_in(caller)["refresh"]
    thief = next_of(refresh(caller, stolen))
    clock.tick(60)
    refused(refresh(caller, stolen), "Token is blacklisted")
    refused(refresh(caller, thief["refresh"]), "Token is blacklisted")


def test_n5_rotation_needs_no_app_besides(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.INSTALLED_APPS = [
        each for each in settings.INSTALLED_APPS if each != "ninja_jwt.token_blacklist"
    ]
    first = log_in(caller)
    second = next_of(refresh(caller, first["refresh"]))
    third = next_of(refresh(caller, second["refresh"]))
    refused(refresh(caller, first["refresh"]), "Token is blacklisted")
    refused(refresh(caller, third["refresh"]), "Token is blacklisted")


def test_n8_jwk_url_stops_nothing(settings: Settings, user: Any, caller: JSONClient) -> None:
    url = "https://issuer.example/jwks.json"
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "JWK_URL": url}
    from ninja_jwt.backends import TokenBackend  # type: ignore[import-not-found]

    assert url == conf.current().JWK_URL
    assert TokenBackend("RS256", jwk_url=url).jwks_client is not None
    assert caller.get("plain/", log_in(caller)["access"]).status_code == 200


@pytest.mark.parametrize("user_id", ["not a number", ["1"], {"a": 1}, None, 1.5, 2**70, "\0"])
@pytest.mark.parametrize("where", ["plain/", "aplain/", "stateless/"])
def test_n10_a_user_id_of_another_type_is_a_clear_401(
    user: Any, caller: JSONClient, where: str, user_id: Any
) -> None:
    from ninja_jwt.tokens import AccessToken

    claims = {**AccessToken.for_user(user), "user_id": user_id, "sub": str(user_id)}
    answer = caller.get(where, forge(claims))
    if where == "stateless/" and isinstance(user_id, str):
        assert answer.json() == user_id
        return
    assert answer.status_code == 401
    assert answer.json()["code"] in ("token_not_valid", "authentication_failed")


def test_n11_what_is_not_ours_reaches_the_next_authenticator(user: Any, caller: JSONClient) -> None:
    from ninja_jwt.tokens import AccessToken

    foreign = forge(dict(AccessToken.for_user(user)), key=b"another secret of 32 bytes and more")
    assert caller.get("either/", foreign, X_API_Key="let me in").json() == "str"
    assert caller.get("either/", X_API_Key="let me in").json() == "str"
    answer = caller.get("either/", foreign)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Given token not valid for any token type"
    assert caller.get("either/").json() == {
        "detail": "Authentication credentials were not provided.",
        "code": "not_authenticated",
    }


def test_n12_no_token_is_stored(user: Any, caller: JSONClient) -> None:
    from ninja_jwt.token_blacklist.models import OutstandingToken
    from ninja_jwt.tokens import RefreshToken

    pair, by_hand = log_in(caller), str(RefreshToken.for_user(user))
    row = str(list(Session.objects.values()))
    for token in (pair["refresh"], pair["access"], by_hand):
        for part in (token, *token.split("."), claims_of(token)["jti"]):
            assert part not in row
    assert {each.token for each in OutstandingToken.objects.all()} == {""}


def test_n13_flushing_takes_a_few_statements_by_an_index(
    user: Any, clock: FrozenDateTimeFactory
) -> None:
    from ninja_jwt.tokens import RefreshToken

    Session.objects.bulk_create(Session(user=user) for _ in range(300))
    clock.tick(timedelta(days=800))
    RefreshToken.for_user(user)
    with CaptureQueriesContext(connection) as queries:
        call_command("flushexpiredtokens")
    assert len(queries) < 40
    assert Session.objects.count() == 1


@pytest.mark.parametrize("name", ["is_superusr", "emial", "_private", "__len__"])
def test_n14_a_misspelt_attribute_is_an_error(user: Any, name: str) -> None:
    from ninja_jwt.models import TokenUser  # type: ignore[import-not-found]
    from ninja_jwt.tokens import AccessToken

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
    settings.TEGATA = {"SESSION_CHECK": "request"}
    answer = caller.post("token/sliding", LOGIN).json()
    assert answer.keys() == {"username", "token"}
    old = answer["token"]
    new = caller.post("token/sliding/refresh", {"token": old}).json()["token"]
    assert claims_of(old)["jti"] != claims_of(new)["jti"]
    assert caller.get("plain/", new).status_code == 200
    clock.tick(11)
    assert caller.get("plain/", old).status_code == 401
    assert caller.get("plain/", new).status_code == 200


def test_n16_verify_says_yes_to_what_opens_views_only(user: Any, caller: JSONClient) -> None:
    pair = log_in(caller)

    def verify(token: str) -> Any:
        return caller.post("token/verify", {"token": token})

    assert (verify(pair["access"]).status_code, verify(pair["access"]).json()) == (200, {})
    refused(verify(pair["refresh"]), "Token has wrong type")
    answer = caller.post("token/blacklist", {"refresh": pair["refresh"]})
    assert (answer.status_code, answer.json()) == (200, {})
    refused(verify(pair["access"]), "Token is blacklisted")
    refused(refresh(caller, pair["refresh"]), "Token is blacklisted")


class _Roles(JWTPayload):
    is_staff: bool = False


def test_n17_claims_are_built_anew_at_each_refresh(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": _Roles}
    from ninja_jwt.tokens import RefreshToken

    get_user_model().objects.update(is_staff=True)
    user.refresh_from_db()
    by_hand = RefreshToken.for_user(user)
    assert by_hand.access_token["is_staff"] is True
    tokens = [log_in(caller)["refresh"], str(by_hand)]
    get_user_model().objects.update(is_staff=False)
    for token in tokens:
        assert claims_of(next_of(refresh(caller, token))["access"])["is_staff"] is False


@pytest.mark.parametrize("wrong", [{"SIGNING_KEY": "x"}, {"LEEWAY": timedelta(days=1)}])
def test_n18_no_weak_key_and_no_leeway_without_bound(
    settings: Settings, wrong: dict[str, Any]
) -> None:
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, **wrong}
    with pytest.raises(ImproperlyConfigured, match=next(iter(wrong))):
        conf.engine()


def test_n19_signals_challenges_and_documented_errors(
    user: Any, caller: JSONClient, site: NinjaAPI
) -> None:
    told: list[Any] = []

    def logged_in(request: Any, user: Any, **_: Any) -> None:
        told.append(("in", request.path, user.pk))

    def logged_out(request: Any, user: Any, **_: Any) -> None:
        told.append(("out", request.path, user.pk))

    user_logged_in.connect(logged_in)
    user_logged_out.connect(logged_out)
    try:
        pair = log_in(caller)
        caller.post("token/blacklist", {"refresh": pair["refresh"]})
    finally:
        user_logged_in.disconnect(logged_in)
        user_logged_out.disconnect(logged_out)
    assert told == [
        ("in", "/api/token/pair", user.pk),
        ("out", "/api/token/blacklist", user.pk),
    ]
    assert Session.objects.get().ip_address == "127.0.0.1"
    assert refresh(caller, "x").headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert caller.get("plain/").headers["WWW-Authenticate"] == "Bearer"
    document = site.get_openapi_schema(path_prefix="/")
    for path, operations in document["paths"].items():
        for operation in operations.values():
            answer = operation["responses"][401]["content"]["application/json"]["schema"]
            name = answer["$ref"].rpartition("/")[2]
            assert {"detail", "code"} <= document["components"]["schemas"][name][
                "properties"
            ].keys(), path
            assert path.endswith("/") or 400 in operation["responses"], path
