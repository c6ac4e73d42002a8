"""`dcd` is of the request that is being answered, whatever else runs on its thread."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from ninja.testing import TestAsyncClient, TestClient

from tests.ninja.async_jwt_site import NO_ROWS, Bearer, guarded, seen, token
from tests.ninja.helpers import bearer, new_api, urlconf_of

pytestmark = NO_ROWS
OPEN = pytest.mark.parametrize("where", ["open/", "aopen/"])


class Waiting(Bearer):
    """Lets others run before it looks."""

    async def auth_handler(self, request: Any) -> Any:
        for _ in range(3):
            await asyncio.sleep(0)
        helper = await asyncio.create_task(self._in_a_task())
        thread = await sync_to_async(lambda: seen(self), thread_sensitive=False)()
        return {"user_id": seen(self), "task": helper, "thread": thread}

    async def _in_a_task(self) -> Any:
        await asyncio.sleep(0)
        return seen(self)


async def test_a_thousand_interleaved_requests_see_their_own_claims() -> None:
    gate = Waiting()
    client = TestAsyncClient(guarded(gate))
    names = [f"user-{number}" for number in range(1000)]
    tokens = [token(sub=name) for name in names]
    answers = await asyncio.gather(
        *(client.get("/aplain/", headers=bearer(each)) for each in tokens)
    )
    for name, answer in zip(names, answers, strict=True):
        assert answer.json() == [{"user_id": name, "task": name, "thread": name}, name]
    assert gate.dcd is None


async def test_interleaved_requests_over_asgi_see_their_own_claims(serve: Any) -> None:
    serve(guarded(Waiting()))

    async def ask(name: str, where: str) -> Any:
        return (await over_asgi(where, token(sub=name))).get("sub", name)

    async def over_asgi(where: str, text: str) -> dict[str, Any]:
        answer: Any = await AsyncClient().get(f"/api/{where}", headers=bearer(text))
        return dict(zip(("auth", "sub"), answer.json(), strict=True))

    names = [f"user-{number}" for number in range(60)]
    wheres = ["plain/", "aplain/", "aplain/"] * 20
    asked = await asyncio.gather(*map(ask, names, wheres))
    assert asked == names


@OPEN
def test_the_next_request_on_the_thread_sees_nothing(serve: Any, where: str) -> None:
    serve(guarded(Bearer()))
    for before in ("plain/", "aplain/"):
        client = Client()
        assert client.get(f"/api/{before}", headers=bearer(token())).status_code == 200
        assert client.get(f"/api/{where}").json() is None


@OPEN
async def test_the_next_request_of_the_task_sees_nothing(serve: Any, where: str) -> None:
    serve(guarded(Bearer()))
    for before in ("plain/", "aplain/"):
        client = AsyncClient()
        answer: Any = await client.get(f"/api/{before}", headers=bearer(token()))
        assert answer.status_code == 200
        answer = await client.get(f"/api/{where}")
        assert answer.json() is None


def test_ninja_s_clients_send_no_signals_and_see_nothing_either() -> None:
    gate = Bearer()
    client = TestClient(guarded(gate))
    for _ in range(2):
        assert client.get("/plain/", headers=bearer(token())).json()[1] == "alice"
        assert client.get("/open/").json() is None


async def test_ninja_s_async_client_in_one_task() -> None:
    client = TestAsyncClient(guarded(Bearer()))
    for _ in range(2):
        assert (await client.get("/aplain/", headers=bearer(token()))).json()[1] == "alice"
        assert (await client.get("/aopen/")).json() is None


def call_wsgi(where: str, text: str | None = None, *, close: bool = True) -> bytes:
    """A request as a server makes it, on the thread of the caller and in its context."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": f"/api/{where}",
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }
    if text is not None:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {text}"
    answer: Any = WSGIHandler()(environ, lambda *_: lambda _: None)
    body = b"".join(answer)
    if close:
        answer.close()
    return body


@pytest.mark.parametrize("close", [True, False])
@OPEN
def test_a_worker_s_thread_that_is_used_again_shows_nothing(
    serve: Any, where: str, close: bool
) -> None:
    """As gunicorn's sync and gthread workers do it; a server may even forget to close."""
    gate = Bearer()
    serve(guarded(gate))
    gc.disable()
    try:
        with ThreadPoolExecutor(1) as worker:
            for before in ("plain/", "aplain/"):
                call = worker.submit(call_wsgi, before, token(), close=close)
                assert b"alice" in call.result()
                assert worker.submit(call_wsgi, where).result() == b"null"
                if close:
                    assert worker.submit(lambda: gate.dcd).result() is None
    finally:
        gc.enable()


def test_a_view_of_django_s_own_on_the_same_thread_sees_nothing(serve: Any, settings: Any) -> None:
    gate, kept = Bearer(), []
    api = new_api(mounted=False)

    @api.get("/kept/", auth=gate)
    def keep(request: Any) -> Any:
        kept.append(request)
        return seen(gate)

    def show(request: Any) -> JsonResponse:
        return JsonResponse([seen(gate)], safe=False)

    urlconf = urlconf_of(api)
    urlconf.urlpatterns.append(path("api/plain/", show))
    settings.ROOT_URLCONF = urlconf
    for close in (True, False):
        assert call_wsgi("kept/", token(), close=close) == b'"alice"'
        assert call_wsgi("plain/") == b"[null]"


def test_many_threads_at_once(serve: Any) -> None:
    serve(guarded(Waiting()))
    names = [f"user-{number}" for number in range(60)]
    with ThreadPoolExecutor(8) as workers:
        calls = [workers.submit(call_wsgi, "plain/", token(sub=name)) for name in names]
        for name, call in zip(names, calls, strict=True):
            assert call.result().count(f'"{name}"'.encode()) == 4
        assert {workers.submit(call_wsgi, "open/").result() for _ in names} == {b"null"}


async def test_a_refused_token_is_not_seen(serve: Any) -> None:
    gate = Bearer()
    looked = []

    class Other(Bearer):
        async def auth_handler(self, request: Any) -> Any:
            looked.append((seen(gate), seen(self)))
            return "other"

    class No(Bearer):
        async def auth_handler(self, request: Any) -> Any:
            return seen(self) == "nobody"

    class Raising(Bearer):
        async def auth_handler(self, request: Any) -> Any:
            raise RuntimeError(seen(self))

    no = No()
    serve(guarded([no, Other()]))
    answer: Any = await AsyncClient().get("/api/aplain/", headers=bearer(token()))
    assert answer.json() == ["other", None]
    # Neither is that of one authenticator by another.
    assert looked == [(None, "alice")]
    raising = Raising()
    with pytest.raises(RuntimeError, match="alice"):
        await raising.authenticate(HttpRequest(), token())
    assert raising.dcd is None
    request = HttpRequest()
    assert await gate.authenticate(request, token())
    assert seen(gate) == "alice"
    assert await gate.authenticate(request, "x") is False
    assert gate.dcd is None


async def test_by_hand_it_lives_as_long_as_its_request() -> None:
    gate, request = Bearer(), HttpRequest()
    assert await gate.authenticate(request, token())
    assert seen(gate) == "alice"
    del request
    gc.collect()
    assert gate.dcd is None


async def test_within_an_operation_another_request_can_be_looked_at() -> None:
    inner, seen_inside = Waiting(), []
    api = new_api(mounted=False)

    class Impersonating(Bearer):
        async def auth_handler(self, request: Any) -> Any:
            other = HttpRequest()
            seen_inside.append((await inner.authenticate(other, token(sub="bob")))["user_id"])
            return seen(self) or "lost"

    gate = Impersonating()

    @api.get("/", auth=gate)
    async def view(request: Any) -> Any:
        return [request.auth, seen(inner)]

    answer = await TestAsyncClient(api).get("/", headers=bearer(token()))
    assert seen_inside == ["bob"]
    assert answer.json() == ["alice", None]


def test_a_stream_still_sees_it(serve: Any) -> None:
    api, gate = new_api(mounted=False), Bearer()

    @api.get("/stream/", auth=gate)
    def stream(request: Any) -> Any:
        return StreamingHttpResponse(str(seen(gate)) for _ in range(2))

    serve(api)
    assert call_wsgi("stream/", token()) == b"alicealice"


def test_it_can_be_put_by_a_test_of_the_site() -> None:
    gate = Bearer()
    context = contextvars.copy_context()
    context.run(lambda: setattr(gate, "dcd", "anything"))
    assert context.run(lambda: gate.dcd) == "anything"
    assert gate.dcd is None
