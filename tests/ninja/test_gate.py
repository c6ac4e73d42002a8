"""`JWTAuth` on sync and async views, under every client, alone and subclassed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import SynchronousOnlyOperation
from django.db import OperationalError
from django.http import HttpRequest, JsonResponse
from django.test import AsyncClient
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError
from ninja.operation import AsyncOperation
from ninja.testing import TestAsyncClient, TestClient

from tegata import APIError, AuthDetails, AuthedRequest, JWTAuth, JWTPayload
from tegata.api import create_router
from tegata.internal import loading
from tegata.models import Session
from tests.ninja.helpers import JSONClient, Pair, assert_refused, bearer, new_api

BOTH = pytest.mark.parametrize("where", ["profile/", "aprofile/"])


def guarded(auth: Any) -> NinjaAPI:
    """An API with a sync and an async view behind `auth`."""
    api = new_api()

    @api.get("/profile/", auth=auth)
    def profile(request: AuthedRequest) -> dict[str, str]:
        return {"user": request.auth.user.get_username()}

    @api.get("/aprofile/", auth=auth)
    async def aprofile(request: AuthedRequest) -> dict[str, str]:
        return {"user": request.auth.user.get_username()}

    return api


class TestClients:
    """Sync and async views, called in every way that Django and Django Ninja have."""

    @BOTH
    def test_django_s_sync_client(self, pair: Pair, caller: JSONClient, where: str) -> None:
        assert caller.get(where, pair.access).json() == {
            "user": "alice",
            "request_user": "alice",
            "session": pair.session_id,
            "generation": 1,
        }
        assert_refused(caller.get(where), 401, "missing_token")
        assert_refused(caller.get(where, "garbage"), 401, "invalid_token")

    @BOTH
    @pytest.mark.django_db(transaction=True)
    async def test_django_s_async_client(
        self, pair: Pair, async_client: AsyncClient, where: str
    ) -> None:
        response: Any = await async_client.get(f"/api/{where}", headers=bearer(pair.access))
        assert response.json()["user"] == "alice"

        assert_refused(await async_client.get(f"/api/{where}"), 401, "missing_token")
        response = await async_client.get(f"/api/{where}", headers=bearer("garbage"))
        assert_refused(response, 401, "invalid_token")

    def test_ninja_s_sync_client(self, pair: Pair) -> None:
        client = TestClient(guarded(JWTAuth()))

        response = client.get("/profile/", headers=bearer(pair.access))

        assert response.json() == {"user": "alice"}
        assert client.get("/profile/").status_code == 401
        assert client.get("/profile/", headers=bearer("garbage")).status_code == 401

    @pytest.mark.django_db(transaction=True)
    async def test_ninja_s_async_client(self, pair: Pair) -> None:
        client = TestAsyncClient(guarded(JWTAuth()))

        response = await client.get("/aprofile/", headers=bearer(pair.access))

        assert response.json() == {"user": "alice"}
        assert (await client.get("/aprofile/")).status_code == 401
        response = await client.get("/aprofile/", headers=bearer("garbage"))
        assert response.status_code == 401

    @pytest.mark.django_db(transaction=True)
    async def test_sync_and_async_operations_on_one_path(self, pair: Pair) -> None:
        api = new_api()
        both = Router()

        @both.get("/", auth=JWTAuth())
        def read(request: AuthedRequest) -> str:
            return f"sync {request.auth.user.get_username()}"

        @both.post("/", auth=JWTAuth())
        async def write(request: AuthedRequest) -> str:
            return f"async {request.auth.user.get_username()}"

        api.add_router("both", both)
        client = TestAsyncClient(api)

        answers = [
            (await client.get("/both/", headers=bearer(pair.access))).json(),
            (await client.post("/both/", headers=bearer(pair.access))).json(),
        ]

        assert answers == ["sync alice", "async alice"]
        assert (await client.get("/both/")).status_code == 401
        assert (await client.post("/both/")).status_code == 401

    @pytest.mark.django_db(transaction=True)
    async def test_every_auth_route_under_asgi(self, user: Any, async_client: AsyncClient) -> None:
        async def post(where: str, body: Any, token: str | None = None) -> Any:
            return await async_client.post(
                f"/api/auth/{where}", body, content_type="application/json", headers=bearer(token)
            )

        password = "correct horse battery staple"
        first = (await post("login/", {"username": "alice", "password": password})).json()
        form = {"username": "alice", "password": password}
        second = (await async_client.post("/api/auth/token/", form)).json()
        pair = (await post("refresh/", {"refresh_token": first["refresh_token"]})).json()
        token = pair["access_token"]
        listed = await async_client.get("/api/auth/sessions/", headers=bearer(token))
        assert len(listed.json()) == 2
        kind = (await post("verify/", {"token": token})).json()["type"]
        assert kind == "access"
        other = [each["id"] for each in listed.json() if not each["is_current"]]
        url = f"/api/auth/sessions/{other[0]}/"
        assert (await async_client.delete(url, headers=bearer(token))).status_code == 200
        refused = await post("verify/", {"token": second["access_token"]})
        assert_refused(refused, 401, "session_expired")
        assert (await post("logout/others/", None, token)).status_code == 200
        assert (await post("logout/", {}, token)).status_code == 200
        assert_refused(await post("logout/all/", None, token), 401, "session_expired")


class TestRunningLoop:
    """The operation decides what the gate answers, not whether a loop happens to run."""

    @pytest.mark.django_db(transaction=True)
    async def test_a_sync_operation_is_not_let_in_unasked(self, pair: Pair) -> None:
        client = TestClient(guarded(JWTAuth()))

        # Django will not ask the database here, so nobody can know whether to let it in.
        with pytest.raises(SynchronousOnlyOperation):
            client.get("/profile/", headers=bearer(pair.access))
        assert client.get("/profile/", headers=bearer("garbage")).status_code == 401
        assert client.get("/profile/").status_code == 401

    @pytest.mark.django_db(transaction=True)
    async def test_a_sync_operation_gets_its_answer_at_once(
        self, pair: Pair, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        client = TestClient(guarded(JWTAuth()))

        response = client.get("/profile/", headers=bearer(pair.access))

        assert response.json() == {"user": "alice"}


class TestFailingClosed:
    """Nothing but an awaited yes lets a request in."""

    def test_an_answer_that_is_not_awaited_is_a_no(self, pair: Pair, serve: Any) -> None:
        seen = []

        class Curious(JWTAuth):
            def __call__(self, request: HttpRequest) -> Any:
                answer = super().__call__(request)
                seen.append((type(answer).__name__, bool(answer)))
                return answer

        serve(guarded(Curious()))
        caller = JSONClient()

        assert caller.get("profile/", pair.access).status_code == 200
        assert caller.get("aprofile/", pair.access).status_code == 200
        assert [truth for _, truth in seen] == [True, False]
        assert seen[0][0] == "AuthDetails"

    @pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
    def test_a_django_ninja_that_does_not_await_lets_nobody_in(
        self, pair: Pair, serve: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def careless(self: Any, request: HttpRequest) -> Any:
            for callback in self.auth_callbacks:
                result = callback(request)
                if result:
                    request.auth = result  # type: ignore[attr-defined]
                    return None
            return self.api.on_exception(request, AuthenticationError())

        monkeypatch.setattr(AsyncOperation, "_run_authentication", careless)
        serve(guarded(JWTAuth()))

        assert JSONClient().get("aprofile/", pair.access).status_code == 401

    @BOTH
    def test_a_database_that_is_gone_lets_nobody_in(
        self, pair: Pair, caller: JSONClient, where: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def gone(session_id: str) -> None:
            raise OperationalError("database is locked")

        monkeypatch.setattr(loading, "load", gone)

        response = caller.get(where, pair.access)

        assert_refused(response, 503, "service_unavailable")
        assert response.headers["Retry-After"] == "1"


class Inherited(JWTAuth):
    """Overrides nothing."""


class Deep(JWTAuth):
    """Calls the gate from some depth."""

    def __call__(self, request: HttpRequest) -> Any:
        return self._one(request)

    def _one(self, request: HttpRequest) -> Any:
        return self._two(request)

    def _two(self, request: HttpRequest) -> Any:
        return next(super(Deep, self).__call__(request) for _ in range(1))


class Staff(JWTAuth):
    """Has one more condition."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        details = super().authenticate(request, token)
        return details if details.user.is_staff else None


class AsyncStaff(JWTAuth):
    """Has one more condition, which async operations await."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        details = super().authenticate(request, token)
        if not details.user.is_staff:
            raise APIError("staff_only", 403, "This is for the staff.")
        return details

    async def aauthenticate(self, request: HttpRequest, token: str) -> Any:
        details = await super().aauthenticate(request, token)
        await asyncio.sleep(0)
        if not details.user.is_staff:
            raise APIError("staff_only", 403, "This is for the staff.")
        return details


class TestSubclasses:
    """A site may build on the class."""

    @BOTH
    @pytest.mark.parametrize("auth", [Inherited, Deep])
    def test_the_gate_stands(self, pair: Pair, serve: Any, auth: type[JWTAuth], where: str) -> None:
        serve(guarded(auth()))
        caller = JSONClient()

        assert caller.get(where, pair.access).json() == {"user": "alice"}
        assert_refused(caller.get(where), 401, "missing_token")
        assert_refused(caller.get(where, pair.refresh), 401, "invalid_token_type")

    @BOTH
    @pytest.mark.parametrize(("auth", "status"), [(Staff, 401), (AsyncStaff, 403)])
    def test_a_condition_of_one_s_own_is_asked(
        self, pair: Pair, serve: Any, auth: type[JWTAuth], status: int, where: str
    ) -> None:
        serve(guarded(auth()))
        caller = JSONClient()

        assert caller.get(where, pair.access).status_code == status
        assert_refused(caller.get(where), 401, "missing_token")
        get_user_model().objects.update(is_staff=True)
        assert caller.get(where, pair.access).json() == {"user": "alice"}

    def test_an_async_authenticate_is_refused_when_it_is_written(self) -> None:
        with pytest.raises(TypeError, match=r"Late\.authenticate must not be async"):

            class Late(JWTAuth):
                async def authenticate(  # type: ignore[override]
                    self, request: HttpRequest, token: str
                ) -> Any:
                    return object()

    def test_an_async_rule_alone_is_refused_when_it_is_written(self) -> None:
        with pytest.raises(TypeError, match="Half must override authenticate"):

            class Half(JWTAuth):
                async def aauthenticate(self, request: HttpRequest, token: str) -> Any:
                    return object()

    def test_an_async_wrapper_of_the_call(self, pair: Pair, serve: Any) -> None:
        class Wrapped(JWTAuth):
            async def __call__(self, request: HttpRequest) -> Any:
                return await super().__call__(request)

        serve(guarded(Wrapped()))
        caller = JSONClient()

        assert caller.get("aprofile/", pair.access).json() == {"user": "alice"}
        assert_refused(caller.get("aprofile/"), 401, "missing_token")


class TestPlaces:
    """On an operation (every other test here), a router, an API, and outside of any."""

    def test_on_a_router(self, pair: Pair, serve: Any) -> None:
        api, router = new_api(), Router(auth=JWTAuth())

        @router.get("/name/")
        def name(request: AuthedRequest) -> str:
            return request.auth.user.get_username()

        @router.get("/open/", auth=None)
        def open_to_all(request: HttpRequest) -> str:
            return "hello"

        api.add_router("guarded/", router)
        serve(api)
        caller = JSONClient()

        assert caller.get("guarded/name/", pair.access).json() == "alice"
        assert_refused(caller.get("guarded/name/"), 401, "missing_token")
        assert caller.get("guarded/open/").json() == "hello"

    def test_on_a_whole_api_that_one_can_still_log_in_to(self, user: Any, serve: Any) -> None:
        api = new_api(auth=JWTAuth())

        @api.get("/name/")
        async def name(request: AuthedRequest) -> str:
            return request.auth.user.get_username()

        serve(api)
        caller = JSONClient()
        assert_refused(caller.get("name/"), 401, "missing_token")

        pair = caller.log_in()

        assert caller.get("name/", pair.access).json() == "alice"
        assert caller.refresh(pair.refresh).status_code == 200
        assert caller.post("auth/verify/", {"token": pair.access}).status_code == 200
        assert caller.post("auth/logout/", {"refresh_token": pair.refresh}).status_code == 200

    def test_outside_of_an_operation(self, pair: Pair, rf: Any) -> None:
        request = rf.get("/", headers=bearer(pair.access))

        assert JWTAuth()(request).user.get_username() == "alice"
        assert JWTAuth().authenticate(rf.get("/"), pair.access).session.id == pair.session_id
        for headers, code in (({}, "missing_token"), (bearer("x"), "invalid_token")):
            with pytest.raises(APIError) as refusal:
                JWTAuth()(rf.get("/", headers=headers))
            assert (refusal.value.error_code, refusal.value.http_status_code) == (code, 401)
        with pytest.raises(APIError) as refusal:
            JWTAuth().authenticate(rf.get("/"), pair.refresh)
        assert refusal.value.error_code == "invalid_token_type"

    @pytest.mark.django_db(transaction=True)
    async def test_outside_of_an_operation_in_async_code(self, pair: Pair, rf: Any) -> None:
        details = await JWTAuth().aauthenticate(rf.get("/"), pair.access)

        assert (await details.aget_user()).get_username() == "alice"


class TestWhatAViewGets:
    """`request.auth`, `request.user` and `request.auser`."""

    @BOTH
    def test_everything_is_loaded_and_agrees(
        self, pair: Pair, user: Any, serve: Any, where: str, django_assert_num_queries: Any
    ) -> None:
        seen: list[Any] = []
        api = new_api()

        def look(request: AuthedRequest) -> None:
            auth = request.auth
            seen.extend([auth, auth.user.email, auth.session.data, auth.session.user.username])
            assert auth.user is auth.session.user
            assert request.user == auth.user

        @api.get("/profile/", auth=JWTAuth())
        def profile(request: AuthedRequest) -> None:
            look(request)

        @api.get("/aprofile/", auth=JWTAuth())
        async def aprofile(request: AuthedRequest) -> None:
            look(request)
            assert await request.auser() is await request.auth.aget_user() is request.auth.user
            assert await request.auth.aget_session() is request.auth.session

        serve(api)
        with django_assert_num_queries(1):
            assert JSONClient().get(where, pair.access).status_code == 200

        auth = seen[0]
        assert isinstance(auth, AuthDetails)
        assert type(auth.user) is get_user_model()
        assert isinstance(auth.session, Session)
        assert type(auth.claims) is JWTPayload
        assert auth.user == user
        assert auth.session.id == auth.claims.session_id == pair.session_id
        assert (auth.claims.sub, auth.claims.user_id) == (str(user.pk), user.pk)
        assert seen[1:] == ["alice@example.org", {}, "alice"]

    def test_a_browser_session_of_somebody_else_does_not_matter(
        self, pair: Pair, other_user: Any, caller: JSONClient
    ) -> None:
        caller.django.force_login(other_user)

        for where in ("profile/", "aprofile/"):
            body = caller.get(where, pair.access).json()
            assert body["user"] == body["request_user"] == "alice"
            assert_refused(caller.get(where), 401, "missing_token")

    def test_nothing_of_a_request_stays_on_the_authenticator(
        self, pair: Pair, other_user: Any, serve: Any
    ) -> None:
        auth = JWTAuth()
        serve(guarded(auth))
        before = dict(vars(auth))
        caller = JSONClient()

        for token in (pair.access, None, caller.log_in("bob").access, "garbage"):
            caller.get("profile/", token)
            caller.get("aprofile/", token)

        assert vars(auth) == before

    def test_data_of_the_session_is_kept(self, pair: Pair, caller: JSONClient) -> None:
        assert caller.post("set-theme/?theme=dark", token=pair.access).status_code == 200

        assert Session.objects.get().data == {"theme": "dark"}
        assert caller.get("profile/", pair.access).status_code == 200


class TestRows:
    """What the rows say against a token."""

    @BOTH
    def test_an_ended_session(self, pair: Pair, caller: JSONClient, where: str) -> None:
        Session.objects.get().invalidate()
        assert_refused(caller.get(where, pair.access), 401, "session_expired")

    @BOTH
    def test_a_session_that_is_gone(self, pair: Pair, caller: JSONClient, where: str) -> None:
        Session.objects.all().delete()
        assert_refused(caller.get(where, pair.access), 401, "session_not_found")

    @BOTH
    def test_an_inactive_user_ends_the_session(
        self, pair: Pair, caller: JSONClient, where: str
    ) -> None:
        get_user_model().objects.update(is_active=False)
        assert_refused(caller.get(where, pair.access), 401, "invalid_user")

        assert Session.objects.get().end_reason == "user_inactive"
        get_user_model().objects.update(is_active=True)
        assert_refused(caller.get(where, pair.access), 401, "session_expired")

    @BOTH
    def test_expiry_with_ten_seconds_of_leeway(
        self, clock: FrozenDateTimeFactory, user: Any, caller: JSONClient, where: str
    ) -> None:
        pair = caller.log_in()
        clock.tick(timedelta(minutes=5, seconds=10, microseconds=-1))
        assert caller.get(where, pair.access).status_code == 200
        clock.tick(timedelta(microseconds=1))
        assert_refused(caller.get(where, pair.access), 401, "expired_token")


class TestWithoutOurHandler:
    """A site that forgot `error_handler` answers with the right status all the same."""

    @pytest.fixture
    def bare(self, user: Any, serve: Callable[[NinjaAPI], None]) -> JSONClient:
        api = new_api(mounted=False)
        api.add_router("auth/", create_router())

        @api.get("/profile/", auth=JWTAuth())
        def profile(request: AuthedRequest) -> str:
            return request.auth.user.get_username()

        @api.get("/aprofile/", auth=JWTAuth())
        async def aprofile(request: AuthedRequest) -> str:
            return request.auth.user.get_username()

        serve(api)
        return JSONClient()

    def test_statuses(self, bare: JSONClient) -> None:
        pair = bare.log_in()
        body = {"refresh_token": pair.access}
        answers = [
            bare.get("profile/"),
            bare.get("aprofile/", "garbage"),
            bare.post("auth/login/", {"username": "alice", "password": "wrong"}),
            bare.post("auth/login/", b"{"),
            bare.post("auth/refresh/", body),
            bare.post_form("auth/verify/", token="x"),
            bare.delete("auth/sessions/x/", pair.access),
        ]

        statuses = [answer.status_code for answer in answers]
        assert statuses == [401, 401, 401, 422, 400, 415, 404]
        assert all(answer.json()["detail"] for answer in answers)

    def test_a_handler_of_the_site_s_own(self, user: Any, serve: Any) -> None:
        api = guarded(JWTAuth())

        def handle(request: HttpRequest, exc: Any) -> JsonResponse:
            return JsonResponse({"code": exc.error_code}, status=exc.http_status_code)

        api.add_exception_handler(APIError, handle)
        serve(api)
        caller = JSONClient()

        assert caller.get("aprofile/").json() == {"code": "missing_token"}
        response = caller.post("auth/login/", {"username": "alice", "password": "wrong"})
        assert (response.status_code, response.json()) == (401, {"code": "invalid_credentials"})
