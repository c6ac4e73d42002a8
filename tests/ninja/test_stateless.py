"""Views that need no user row: no query, and a user made of what the token says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import AuthedRequest, JWTAuth, StatelessJWTAuth, conf
from tegata.token_user import TokenUser, TokenUserPayload
from tegata.tokens import AccessToken, RefreshToken, SlidingToken
from tests.api import ApiKey
from tests.api import api as project_api
from tests.ninja.helpers import JSONClient, Pair, assert_refused, claims_of, forge, new_api

BOTH = pytest.mark.parametrize("where", ["plain/", "aplain/"])
EVERY_CHECK = pytest.mark.parametrize("check", ["request", "cache", "user", "refresh", "off"])


class OwnUser(TokenUser):
    """A class of the site's own."""

    @property
    def is_editor(self) -> bool:
        return "editors" in self.groups


def _about(request: AuthedRequest[TokenUser]) -> dict[str, Any]:
    user = request.auth.user
    assert request.user == user
    return {
        "class": type(user).__name__,
        "id": user.id,
        "pk": user.pk,
        "username": user.get_username(),
        "staff": user.is_staff,
        "superuser": user.is_superuser,
        "groups": list(user.groups),
        "may": user.has_perm("auth.view_group"),
        "throttled_by": str(request.auth),
    }


@pytest.fixture
def serve_views(serve: Callable[[NinjaAPI], None]) -> Callable[..., None]:
    """Serves `plain/`, `aplain/` and, with others in a list, `either/` behind a gate."""

    def put(gate: Any = None) -> None:
        gate = gate or StatelessJWTAuth()
        api = new_api()

        @api.get("/plain/", auth=gate)
        def plain(request: AuthedRequest[TokenUser]) -> Any:
            return _about(request)

        @api.get("/aplain/", auth=gate)
        async def aplain(request: AuthedRequest[TokenUser]) -> Any:
            assert await request.auser() == await request.auth.aget_user()
            assert await request.auth.user.ahas_perm("auth.view_group") in (True, False)
            return _about(request)

        @api.get("/either/", auth=[gate, ApiKey()])
        def either(request: Any) -> Any:
            return type(request.auth).__name__

        @api.get("/session/", auth=gate)
        def session(request: AuthedRequest[TokenUser]) -> Any:
            return request.auth.session.pk

        serve(api)

    return put


@BOTH
@EVERY_CHECK
def test_no_query_at_all(
    user: Any,
    caller: JSONClient,
    settings: Settings,
    serve_views: Callable[..., None],
    check: str,
    where: str,
) -> None:
    settings.TEGATA = {"SESSION_CHECK": check}
    serve_views()
    token = str(AccessToken.for_user(user))

    with CaptureQueriesContext(connection) as queries:
        answer = caller.get(where, token)
    assert answer.json() == {
        "class": "TokenUser",
        "id": user.pk,
        "pk": user.pk,
        "username": "",
        "staff": False,
        "superuser": False,
        "groups": [],
        "may": False,
        "throttled_by": str(user.pk),
    }
    assert len(queries) == 0


@BOTH
def test_what_the_token_says_of_its_user(
    user: Any,
    caller: JSONClient,
    settings: Settings,
    serve_views: Callable[..., None],
    where: str,
) -> None:
    settings.TEGATA = {
        "PAYLOAD_CLASS": TokenUserPayload,
        "TOKEN_USER_CLASS": f"{__name__}.OwnUser",
    }
    serve_views()
    group = Group.objects.create(name="editors")
    group.permissions.add(Permission.objects.get(codename="view_group"))
    user.groups.add(group)
    user.is_staff = True
    user.save()

    pair = caller.log_in()
    assert claims_of(pair.access)["permissions"] == ["auth.view_group"]
    assert caller.get(where, pair.access).json() == {
        "class": "OwnUser",
        "id": user.pk,
        "pk": user.pk,
        "username": "alice",
        "staff": True,
        "superuser": False,
        "groups": ["editors"],
        "may": True,
        "throttled_by": str(user.pk),
    }

    # Made anew at the next refresh, and only then.
    user.groups.clear()
    assert caller.get(where, pair.access).json()["may"] is True
    after = caller.refresh(pair.refresh).json()["access_token"]
    assert caller.get(where, after).json()["may"] is False


def test_the_session_is_there_for_those_who_ask(
    user: Any, caller: JSONClient, serve_views: Callable[..., None]
) -> None:
    serve_views()
    pair = caller.log_in()
    assert caller.get("session/", pair.access).json() == pair.session_id
    assert_refused(
        caller.get("session/", str(AccessToken.for_user(user))), 401, "session_not_found"
    )


@BOTH
def test_what_is_refused(
    user: Any,
    caller: JSONClient,
    serve_views: Callable[..., None],
    clock: FrozenDateTimeFactory,
    where: str,
) -> None:
    serve_views()
    assert_refused(caller.get(where), 401, "missing_token")
    assert_refused(caller.get(where, "x"), 401, "invalid_token")
    refresh = str(RefreshToken.for_user(user))
    assert_refused(caller.get(where, refresh), 401, "invalid_token_type")
    token = str(AccessToken.for_user(user))
    clock.tick(311)
    assert_refused(caller.get(where, token), 401, "expired_token")


def test_in_a_list_a_foreign_token_reaches_the_next_one(
    user: Any, caller: JSONClient, serve_views: Callable[..., None]
) -> None:
    serve_views()
    foreign = forge(dict(AccessToken.for_user(user)))
    assert caller.get("either/", foreign, X_API_Key="let me in").json() == "str"
    assert caller.get("either/", str(AccessToken.for_user(user))).json() == "AuthDetails"


@BOTH
def test_several_classes_of_tokens(
    user: Any, caller: JSONClient, serve_views: Callable[..., None], where: str
) -> None:
    class ApiToken(AccessToken):
        token_type = "api"

    gate = StatelessJWTAuth(token_classes=[ApiToken, SlidingToken], token_user_class=OwnUser)
    serve_views(gate)

    for made in (ApiToken, SlidingToken):
        assert caller.get(where, str(made.for_user(user))).json()["class"] == "OwnUser"
    access = str(AccessToken.for_user(user))
    assert_refused(caller.get(where, access), 401, "invalid_token_type")
    # A token of ones own that is nobody's opens nothing.
    nobodys = ApiToken()
    assert_refused(caller.get(where, str(nobodys)), 401, "invalid_token")


@BOTH
def test_gates_for_different_types_stand_in_one_list(
    user: Any, caller: JSONClient, serve: Callable[[NinjaAPI], None], where: str
) -> None:
    gates = [StatelessJWTAuth(token_classes=[each]) for each in (SlidingToken, AccessToken)]
    api = new_api()

    @api.get("/plain/", auth=gates)
    def plain(request: AuthedRequest[TokenUser]) -> Any:
        return request.auth.claims.type

    @api.get("/aplain/", auth=gates)
    async def aplain(request: AuthedRequest[TokenUser]) -> Any:
        return request.auth.claims.type

    serve(api)
    for made in (SlidingToken, AccessToken):
        assert caller.get(where, str(made.for_user(user))).json() == made.token_type
    refresh = str(RefreshToken.for_user(user))
    assert_refused(caller.get(where, refresh), 401, "invalid_token_type")


@pytest.mark.parametrize("classes", [[RefreshToken], [], [dict], ["nowhere.Token"]])
def test_classes_that_open_no_view(settings: Settings, classes: list[Any]) -> None:
    with pytest.raises(ImproperlyConfigured, match="token_classes"):
        JWTAuth(token_classes=classes)
    settings.TEGATA = {"AUTH_TOKEN_CLASSES": classes}
    with pytest.raises(ImproperlyConfigured, match=r"TEGATA\['AUTH_TOKEN_CLASSES'\]"):
        conf.current()


def _user(**claims: Any) -> TokenUser:
    token = AccessToken()
    token.update({"user_id": 7, **claims})
    return TokenUser(token)


@pytest.mark.parametrize("value", ["false", "True", 1, [True], None, {}])
def test_nobody_is_staff_by_a_claim_of_another_type(value: Any) -> None:
    user = _user(is_staff=value, is_superuser=value)
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert not user.has_perm("auth.view_group")


@pytest.mark.parametrize("value", ["auth.view_group", [1, "auth.view_group"], {"a": 1}, 7, None])
def test_permissions_of_another_type_are_none(value: Any) -> None:
    user = _user(permissions=value, groups=value, username=7)
    assert (user.user_permissions, user.groups, user.username) == ((), (), "")
    assert not user.has_perm("auth.view_group")


def test_a_permission_for_an_object_is_none_of_the_token() -> None:
    user = _user(permissions=["auth.view_group", "auth.add_group"])
    assert user.has_perms(["auth.view_group", "auth.add_group"])
    assert not user.has_perms(["auth.view_group", "auth.delete_group"])
    assert not user.has_perm("auth.view_group", object())
    assert (user.has_module_perms("auth"), user.has_module_perms("aut")) == (True, False)
    assert _user(is_superuser=True).has_perm("any.thing")
    assert _user(is_superuser=True).has_module_perms("any")
    with pytest.raises(ValueError, match="iterable of permissions"):
        user.has_perms("auth.view_group")


def test_two_users_of_one_id_are_one() -> None:
    assert _user() == _user(username="alice")
    assert len({_user(), _user()}) == 1
    assert _user() != _user(user_id=8)
    assert _user() != 7
    assert str(_user()) == "TokenUser 7"


@pytest.mark.parametrize("method", ["save", "delete"])
def test_there_is_no_row_to_write(method: str) -> None:
    with pytest.raises(NotImplementedError, match="no row in the database"):
        getattr(_user(), method)()
    for each in ("set_password", "check_password"):
        with pytest.raises(NotImplementedError):
            getattr(_user(), each)("x")


def test_other_schemes_than_bearer(pair: Pair, caller: JSONClient, settings: Settings) -> None:
    def profile(header: str) -> Any:
        return caller.django.get("/api/profile/", headers={"Authorization": header})

    assert profile(f"JWT {pair.access}").status_code == 401
    settings.TEGATA = {"AUTH_HEADER_TYPES": ("JWT", "Token")}
    for scheme in ("JWT", "jwt", "Token"):
        assert profile(f"{scheme} {pair.access}").status_code == 200
    refused = profile(f"Bearer {pair.access}")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "JWT"
    assert profile("JWT x").headers["WWW-Authenticate"] == 'JWT error="invalid_token"'
    logout = caller.django.post(
        "/api/auth/logout/", headers={"Authorization": f"JWT {pair.access}"}
    )
    assert logout.status_code == 200
    assert profile(f"JWT {pair.access}").status_code == 401


def test_the_document_names_the_scheme(settings: Settings) -> None:
    def scheme() -> Any:
        document = project_api.get_openapi_schema(path_prefix="/api/")
        return document["components"]["securitySchemes"]["JWTAuth"]

    assert scheme()["type"] == "oauth2"
    settings.TEGATA = {"AUTH_HEADER_TYPES": ["JWT"]}
    assert scheme() == {"type": "http", "scheme": "jwt", "bearerFormat": "JWT"}


@pytest.mark.parametrize("schemes", [[], "", ["two words"], [7], None])
def test_schemes_that_are_none(settings: Settings, schemes: Any) -> None:
    settings.TEGATA = {"AUTH_HEADER_TYPES": schemes}
    with pytest.raises(ImproperlyConfigured, match=r"TEGATA\['AUTH_HEADER_TYPES'\]"):
        conf.current()
