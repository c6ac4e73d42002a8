"""Code that sites have written for django-ninja-jwt, on the stand-in for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import AsyncClient, Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI, Schema
from pytest_django import Settings

from tegata import APIError
from tegata.handlers import error_handler
from tegata.models import Session
from tests.ninja import ninja_jwt_site
from tests.ninja.helpers import (
    PASSWORD,
    SECRET,
    JSONClient,
    bearer,
    claims_of,
    forge,
    new_api,
    urlconf_of,
)

LOGIN = {"username": "alice", "password": PASSWORD}


@pytest.fixture(autouse=True)
def facade(settings: Settings) -> Iterator[None]:
    ninja_jwt_site.install(settings, ROTATE_REFRESH_TOKENS=True)
    yield
    ninja_jwt_site.forget()


def api_with(view: Callable[..., Any], **options: Any) -> NinjaAPI:
    api = new_api(mounted=False)
    api.get("/view/", **options)(view)
    return api


# Tokens


def test_what_a_bad_token_is_called(user: Any, clock: FrozenDateTimeFactory) -> None:
    from ninja_jwt.exceptions import TokenError  # type: ignore[import-not-found]
    from ninja_jwt.tokens import (  # type: ignore[import-not-found]
        AccessToken,
        RefreshToken,
        SlidingToken,
        Token,
        UntypedToken,
    )

    refresh = RefreshToken.for_user(user)
    forged = forge(dict(refresh), typ="rt+jwt", key=b"another secret of 32 bytes and more")
    for made, message in (
        (lambda: Token(), "Cannot create token with no type or lifetime"),
        (lambda: AccessToken(str(refresh)), "Token has wrong type"),
        (lambda: RefreshToken("x.y.z"), "Token is invalid or expired"),
        (lambda: RefreshToken(b"\xff"), "Token is invalid or expired"),
        (lambda: RefreshToken(7), "Token is invalid or expired"),
        (lambda: RefreshToken("\ud800"), "Token is invalid or expired"),
        # There is no way around the signature.
        (lambda: RefreshToken(forged, verify=False), "Token is invalid or expired"),
        (lambda: refresh.check_exp("none"), "Token has no 'none' claim"),
        (lambda: SlidingToken(str(refresh)), "Token has wrong type"),
    ):
        with pytest.raises(TokenError) as refused:
            made()
        assert (str(refused.value), str(refused.value.args[0])) == (message, message)
    assert RefreshToken(str(refresh).encode())["user_id"] == user.pk
    assert UntypedToken(str(refresh))["token_type"] == "refresh"
    assert str(refresh) not in repr(refresh)
    assert refresh.token is None
    assert RefreshToken(str(refresh)).token == str(refresh)
    text = str(refresh.access_token)
    clock.tick(301)
    with pytest.raises(TokenError, match="Token is invalid or expired"):
        AccessToken(text)
    old = AccessToken(text, verify=False)
    with pytest.raises(TokenError, match="Token 'exp' claim has expired"):
        old.check_exp()


def test_a_token_class_of_the_site(user: Any) -> None:
    from ninja_jwt.exceptions import TokenError
    from ninja_jwt.tokens import AccessToken, RefreshToken

    class Short(AccessToken):  # type: ignore[misc]
        lifetime = timedelta(seconds=7)

    class Mine(RefreshToken):  # type: ignore[misc]
        access_token_class = Short
        no_copy_claims = (*RefreshToken.no_copy_claims, "hidden")

        @classmethod
        def for_user(cls, user: Any) -> Any:
            token = super().for_user(user)
            token["name"], token["hidden"] = user.username, True
            return token

        def verify(self) -> None:
            super().verify()
            if self["name"] != "alice":
                raise TokenError("Nobody but Alice")

    token = Mine.for_user(user)
    access = Mine(str(token)).access_token
    assert (access["name"], "hidden" in access) == ("alice", False)
    assert access["exp"] - access["iat"] == 7
    token["name"] = "bob"
    with pytest.raises(TokenError, match="Nobody but Alice"):
        Mine(str(token))
    # One row for the login, which every token of it hangs on.
    assert Session.objects.get().pk == token["session_id"] == access["session_id"]


def test_the_gates_ask_what_a_token_class_of_the_site_asks(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    from ninja_jwt.authentication import AsyncJWTTokenUserAuth, JWTAuth, JWTTokenUserAuth
    from ninja_jwt.exceptions import TokenError
    from ninja_jwt.tokens import AccessToken, SlidingToken

    class Denying(AccessToken):  # type: ignore[misc]
        def verify(self) -> None:
            super().verify()
            if self.get("denied"):
                raise TokenError("It is on the list")

    classes = [Denying, SlidingToken]
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "AUTH_TOKEN_CLASSES": classes}
    api = new_api(mounted=False)

    def guard(path: str, gate: Any) -> None:
        api.get(path, auth=gate)(lambda request: "in")

    async def view(request: Any) -> str:
        return "in"

    guard("user/", JWTAuth())
    guard("stateless/", JWTTokenUserAuth())
    api.get("astateless/", auth=AsyncJWTTokenUserAuth())(view)
    settings.ROOT_URLCONF = urlconf_of(api)
    good, denied = (Denying.for_user(user) for _ in range(2))
    denied["denied"] = True
    ended, kept = (SlidingToken.for_user(user) for _ in range(2))
    ended.blacklist()
    for where in ("user/", "stateless/", "astateless/"):
        for token, status in ((good, 200), (denied, 401), (kept, 200), (ended, 401)):
            assert caller.get(where, str(token)).status_code == status, where


def test_blacklisting_by_hand(user: Any, settings: Settings) -> None:
    from ninja_jwt.exceptions import TokenError
    from ninja_jwt.token_blacklist.models import (  # type: ignore[import-not-found]
        BlacklistedToken,
        OutstandingToken,
    )
    from ninja_jwt.tokens import AccessToken, RefreshToken

    assert not AccessToken.for_user(user) or not Session.objects.exists()
    token = RefreshToken.for_user(user)
    token.check_blacklist()
    row, created = token.blacklist()
    assert (type(row), created) == (BlacklistedToken, True)
    assert token.blacklist() == (row, False)
    assert (row.token.jti, row.user) == (token["session_id"], user)
    assert BlacklistedToken.objects.filter(token__jti=token["session_id"]).exists()
    assert row.blacklisted_at is not None
    with pytest.raises(TokenError, match="Token is blacklisted"):
        token.check_blacklist()
    # As with that library, whether a token is read after its end depends on the app.
    with pytest.raises(TokenError, match="Token is blacklisted"):
        RefreshToken(str(token))
    settings.INSTALLED_APPS = [
        each for each in settings.INSTALLED_APPS if each != "ninja_jwt.token_blacklist"
    ]
    assert RefreshToken(str(token))
    others = [RefreshToken.for_user(user) for _ in range(3)]
    for outstanding in OutstandingToken.objects.filter(user=user):
        BlacklistedToken.objects.get_or_create(token=outstanding)
    for other in others:
        with pytest.raises(TokenError, match="Token is blacklisted"):
            other.check_blacklist()
    with pytest.raises(TypeError, match="only a row is blacklisted"):
        OutstandingToken.objects.create(user=user, jti="x", token="x")


@pytest.fixture
def admin_pages() -> Iterator[None]:
    """The pages, until the end of the test: the app is gone by then, and its models stay."""
    from django.contrib import admin
    from ninja_jwt.token_blacklist import admin as pages
    from ninja_jwt.token_blacklist import models

    made = (
        (models.OutstandingToken, pages.OutstandingTokenAdmin),
        (models.BlacklistedToken, pages.BlacklistedTokenAdmin),
    )
    for model, page in made:
        if not admin.site.is_registered(model):
            admin.site.register(model, page)
    yield
    admin.site.unregister([model for model, _ in made])


def test_the_admin_pages(user: Any, admin_pages: None) -> None:
    from django.contrib import admin
    from ninja_jwt.tokens import RefreshToken

    live, ended = RefreshToken.for_user(user), RefreshToken.for_user(user)
    ended.blacklist()
    urlconf = urlconf_of(new_api(mounted=False))
    urlconf.urlpatterns.append(path("admin/", admin.site.urls))
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root", password=PASSWORD))
    with override_settings(ROOT_URLCONF=urlconf):
        for name, ids in (
            ("outstandingtoken", {live["session_id"], ended["session_id"]}),
            ("blacklistedtoken", {ended["session_id"]}),
        ):
            page = client.get(f"/admin/token_blacklist/{name}/")
            assert page.status_code == 200
            for each in (live, ended):
                url = f"/admin/token_blacklist/{name}/{quote(each['session_id'])}/change/"
                assert (url in page.content.decode()) is (each["session_id"] in ids)
            assert str(live) not in page.content.decode()


def test_the_backend_reads_and_makes_what_is_no_token_of_ours(user: Any) -> None:
    from ninja_jwt.backends import TokenBackend  # type: ignore[import-not-found]
    from ninja_jwt.exceptions import TokenBackendError
    from ninja_jwt.state import token_backend  # type: ignore[import-not-found]
    from ninja_jwt.tokens import RefreshToken

    assert token_backend.decode(str(RefreshToken.for_user(user)))["user_id"] == user.pk
    backend = TokenBackend("HS256", SECRET.decode(), audience="a", issuer="i", leeway=3)
    text = backend.encode({"x": 1})
    assert backend.decode(text) == {"x": 1, "aud": "a", "iss": "i"}
    assert backend.get_leeway() == timedelta(seconds=3)
    for bad in (text[:-3], "x", b"\xff", "\ud800", forge({"aud": "b", "iss": "i"})):
        with pytest.raises(TokenBackendError):
            backend.decode(bad)
    for algorithm in ("none", "HS1", "EdDSA"):
        with pytest.raises(TokenBackendError, match="Unrecognized algorithm type"):
            TokenBackend(algorithm)


# Gates


async def _name(request: Any) -> Any:
    return [request.user.id, (await request.auser()).id, request.auth.id]


@pytest.mark.django_db(transaction=True)
async def test_stateless_asks_no_database(user: Any, settings: Settings) -> None:
    from ninja_jwt.authentication import (  # type: ignore[import-not-found]
        AsyncJWTTokenUserAuth,
        JWTTokenUserAuth,
    )
    from ninja_jwt.tokens import AccessToken

    token = str(await AccessToken.afor_user(user))
    api = api_with(_name, auth=AsyncJWTTokenUserAuth())
    api.get("/sync/", auth=JWTTokenUserAuth())(lambda request: request.user.groups.count())
    settings.ROOT_URLCONF = urlconf_of(api)
    await user.adelete()
    answer = await AsyncClient().get("/api/view/", headers=bearer(token))
    assert answer.json() == [claims_of(token)["user_id"]] * 3
    answer = await AsyncClient().get("/api/sync/", headers=bearer(token))
    assert answer.json() == 0
    refused = await AsyncClient().get("/api/view/", headers=bearer("x"))
    assert refused.json()["code"] == "token_not_valid"


def test_a_gate_of_the_site(user: Any, serve: Any, caller: JSONClient) -> None:
    from ninja_jwt.authentication import JWTAuth
    from ninja_jwt.exceptions import AuthenticationFailed, InvalidToken
    from ninja_jwt.tokens import AccessToken, RefreshToken

    class OnlyBob(JWTAuth):  # type: ignore[misc]
        def authenticate(self, request: Any, token: str) -> Any:
            found = super().authenticate(request, token)
            if found.username != "bob":
                raise AuthenticationFailed("Bob only", code="not_bob")
            return found

    class ByClaim(JWTAuth):  # type: ignore[misc]
        def get_user(self, validated_token: Any) -> Any:
            return {"id": validated_token["user_id"]}

    api = api_with(lambda request: "never", auth=OnlyBob())
    api.get("/claim/", auth=ByClaim())(lambda request: request.auth)
    serve(api)
    token = str(AccessToken.for_user(user))
    answer = caller.get("view/", token)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Bob only", "code": "not_bob"})
    assert caller.get("claim/", token).json() == {"id": user.pk}
    gate = JWTAuth()
    with CaptureQueriesContext(connection) as queries:
        assert gate.get_user(gate.get_validated_token(token)) == user
    assert len(queries) == 1
    assert gate.get_user({"user_id": user.pk}) == user
    for claims, error, message in (
        ({}, InvalidToken, "Token contained no recognizable user identification"),
        ({"user_id": 0}, AuthenticationFailed, "User not found"),
        ({"user_id": [1]}, AuthenticationFailed, "User not found"),
    ):
        with pytest.raises(error) as refused:
            gate.get_user(claims)
        assert refused.value.detail["detail"] == message
    # By hand too, what has ended lets nobody in where the rows are asked.
    refresh = RefreshToken.for_user(user)
    access = AccessToken(str(refresh.access_token))
    access["more"] = 1
    with override_settings(TEGATA={"SESSION_CHECK": "request"}):
        assert gate.get_user(access) == user
        refresh.blacklist()
        with pytest.raises(InvalidToken, match="Token is blacklisted"):
            gate.get_user(access)
    with pytest.raises(TypeError, match="must not be async; see aauthenticate"):

        class Async(JWTAuth):  # type: ignore[misc]
            async def authenticate(self, request: Any, token: str) -> Any:
                return True


def test_a_handler_of_the_site_is_left_alone(user: Any, serve: Any, caller: JSONClient) -> None:
    from ninja_jwt.authentication import JWTAuth
    from ninja_jwt.exceptions import InvalidToken
    from ninja_jwt.views import AuthRouter  # type: ignore[import-not-found]

    api = api_with(lambda request: "never", auth=JWTAuth())
    api.add_router("auth/", AuthRouter())

    def answer_of_the_site(request: Any, exc: Any) -> Any:
        return api.create_response(request, exc.detail["code"], status=499)

    api.add_exception_handler(InvalidToken, answer_of_the_site)
    api.add_exception_handler(APIError, error_handler)
    serve(api)
    answer = caller.get("view/", "x")
    assert (answer.status_code, answer.json()) == (499, "token_not_valid")
    # What is Tegata's own is answered as the site has it.
    assert caller.post("auth/token/", b"[]").json()["error_code"] == "invalid_request"
    assert caller.post("auth/token/", {**LOGIN, "password": "x"}).json()["code"] == (
        "authentication_failed"
    )


# Schemas


class _User(Schema):
    email: str


class _Out(Schema):
    refresh: str
    access: str
    user: _User


def _schemas() -> tuple[Any, Any]:
    from ninja_jwt.schema import (  # type: ignore[import-not-found]
        TokenObtainPairInputSchema,
        TokenRefreshInputSchema,
    )
    from ninja_jwt.tokens import RefreshToken

    class MyLogin(TokenObtainPairInputSchema):  # type: ignore[misc]
        channel: str = "web"

        @classmethod
        def get_response_schema(cls) -> type[Schema]:
            return _Out

        @classmethod
        def get_token(cls, user: Any) -> dict[str, Any]:
            refresh = RefreshToken.for_user(user)
            refresh["name"] = user.username
            return {
                "refresh": str(refresh),
                "access": str(refresh.access_token),
                "user": _User(email=user.email),
            }

    class MyRefresh(TokenRefreshInputSchema):  # type: ignore[misc]
        pass

    return MyLogin, MyRefresh


def test_schemas_of_the_site(user: Any, serve: Any, caller: JSONClient, settings: Settings) -> None:
    from ninja_jwt.views import AuthRouter

    my_login, my_refresh = _schemas()
    api = new_api(mounted=False)
    api.add_router("auth/", AuthRouter())

    # A view of the site's own with such a schema needs nothing else.
    def own(request: Any, user_token: Any) -> Any:
        user_token.check_user_authentication_rule()
        return user_token.to_response_schema()

    own.__annotations__["user_token"] = my_login
    api.post("/own/")(own)
    serve(api)
    assert caller.post("auth/token/", b"[]").json()["code"] == "invalid_request"
    assert "user" not in caller.post("auth/token/", LOGIN).json()
    settings.SIMPLE_JWT = {
        **settings.SIMPLE_JWT,
        "TOKEN_OBTAIN_PAIR_INPUT_SCHEMA": my_login,
        "TOKEN_OBTAIN_PAIR_REFRESH_INPUT_SCHEMA": my_refresh,
    }
    for where in ("auth/token/", "own/"):
        answer = caller.post(where, LOGIN).json()
        assert answer["user"] == {"email": user.email}
        assert claims_of(answer["access"])["name"] == "alice"
        assert caller.post("auth/token/refresh/", {"refresh": answer["refresh"]}).status_code == 200
        refused = caller.post(where, {**LOGIN, "password": "x"})
        assert (refused.status_code, refused.json()["code"]) == (401, "authentication_failed")
    document = api.get_openapi_schema(path_prefix="/")
    answer = document["paths"]["/auth/token/"]["post"]["responses"][200]
    assert "user" in str(answer) or "Out" in str(answer)


def test_former_names(user: Any) -> None:
    from ninja_jwt import schema

    with pytest.warns(DeprecationWarning, match="Use 'TokenObtainPairInputSchema' instead"):
        assert schema.TokenObtainPairSerializer is schema.TokenObtainPairInputSchema
    with pytest.raises(AttributeError):
        _ = schema.Nothing


def test_without_sessions_asking_says_so(
    user: Any, serve: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"SESSION_CHECK": "off"}
    from ninja_jwt.routers.blacklist import blacklist_router  # type: ignore[import-not-found]
    from ninja_jwt.tokens import RefreshToken
    from ninja_jwt.views import AuthRouter

    api = new_api(mounted=False)
    api.add_router("auth/", AuthRouter())
    blacklist_router.api = None
    api.add_router("auth/", blacklist_router)
    serve(api)
    pair = caller.post("auth/token/", LOGIN).json()
    assert not Session.objects.exists()
    assert RefreshToken(pair["refresh"])
    assert caller.post("auth/token/refresh/", {"refresh": pair["refresh"]}).status_code == 200
    answer = caller.post("auth/blacklist", {"refresh": pair["refresh"]})
    assert answer.status_code == 404
    assert "keeps no sessions" in answer.json()["detail"]
