"""WebSockets behind the gate: on uvicorn with a client of another library, and under Channels."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
import uvicorn
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.generic.websocket import AsyncJsonWebsocketConsumer, WebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIHandler
from django.urls import path
from freezegun import freeze_time
from pytest_django import Settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tegata import JWTAuth, conf
from tegata.models import Session
from tegata.websockets import WebSocketAuth
from tests.ninja.helpers import JSONClient, Pair, bearer, forge

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("looks_are_over"),
]
SOON = 0.02
Serve = Callable[..., AbstractAsyncContextManager[str]]


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Says who is there, then what it hears."""
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
            said = scope["auth"].user.username
        elif (said := message["text"]) == "leave":
            await send({"type": "websocket.close", "code": 1000})
            return
        await send({"type": "websocket.send", "text": said})


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """A real server, in the loop of the test."""
    options: Any = {"lifespan": "off", "log_level": "warning"}
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, **options))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (it sets nothing that could be waited for)
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        await running


async def closed(client: ClientConnection) -> tuple[int | None, str]:
    """The close that the server sends, after whatever else it says."""
    async with asyncio.timeout(10):
        try:
            while True:
                await client.recv()
        except ConnectionClosed:
            return client.close_code, client.close_reason or ""


async def refused(address: str, **options: Any) -> tuple[int, dict[str, Any], Any]:
    with pytest.raises(InvalidStatus) as caught:
        async with connect(address, **options):
            pass
    response = caught.value.response
    return response.status_code, json.loads(response.body or b"{}"), response.headers


async def test_a_token_in_the_header(pair: Pair) -> None:
    async with serving(WebSocketAuth(echo)) as address:
        async with connect(address, additional_headers=bearer(pair.access)) as client:
            assert await client.recv() == "alice"
            await client.send("hello")
            assert await client.recv() == "hello"
            await client.send("leave")
            assert await closed(client) == (1000, "")
        for token, code in ((None, "missing_token"), ("x", "invalid_token"), (pair.refresh, "")):
            status, body, headers = await refused(address, additional_headers=bearer(token))
            assert (status, body["error_code"]) == (401, code or "invalid_token_type")
            assert headers["WWW-Authenticate"].startswith("Bearer")
            assert headers["Cache-Control"] == "no-store"


async def test_a_token_among_the_subprotocols(pair: Pair) -> None:
    token = f"bearer.{pair.access}"
    async with serving(WebSocketAuth(echo)) as address:
        async with connect(address, subprotocols=[token, "chat"]) as client:  # type: ignore[list-item]
            # What is selected goes back in the clear, so never the token.
            assert client.subprotocol == "chat"
            assert await client.recv() == "alice"
        async with connect(address, subprotocols=[token]) as client:  # type: ignore[list-item]
            assert client.subprotocol is None
            assert await client.recv() == "alice"
        for offered in (["chat"], ["bearer.x"], [token, token], [token[:-5]]):
            status, body, _ = await refused(address, subprotocols=offered)
            assert (status, body["error_code"]) in ((401, "missing_token"), (401, "invalid_token"))


async def test_an_application_cannot_select_the_token(pair: Pair) -> None:
    async def careless(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": scope["subprotocols"][0]})
        await receive()

    offered: Any = [f"bearer.{pair.access}", "chat"]
    async with (
        serving(WebSocketAuth(careless)) as address,
        connect(address, subprotocols=offered) as client,
    ):
        assert client.subprotocol == "chat"


@pytest.mark.parametrize("transport", ["both", "cookie", "header"])
async def test_the_cookie_of_the_site(settings: Settings, pair: Pair, transport: str) -> None:
    """As the routes set it, for pages that may act with it there too."""
    settings.TEGATA = {"TRANSPORT": transport}
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example", "https://*.example.org"]
    options: dict[str, Any] = {
        "additional_headers": {"Cookie": f"{conf.cookies().access().name}={pair.access}"}
    }
    async with serving(WebSocketAuth(echo)) as address:
        if transport == "header":
            answer = await refused(address, **options, origin="https://app.example")
            assert (answer[0], answer[1]["error_code"]) == (401, "missing_token")
            return
        async with connect(address, **options, origin="https://app.example") as client:
            assert await client.recv() == "alice"
        for origin in ("https://x.example.org", "https://evil.example"):
            answer = await refused(address, **options, origin=origin)
            assert (answer[0], answer[1]["error_code"]) == (403, "csrf_failed")


@pytest.mark.parametrize("transport", ["both", "cookie", "header"])
async def test_the_gate_says_whether_the_cookie_counts(
    settings: Settings, pair: Pair, transport: str
) -> None:
    settings.TEGATA = {"TRANSPORT": "cookie" if transport == "header" else "header"}
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example"]
    options: dict[str, Any] = {
        "additional_headers": {"Cookie": f"{conf.cookies().access().name}={pair.access}"},
        "origin": "https://app.example",
    }
    async with serving(WebSocketAuth(echo, gate=JWTAuth(transport=transport))) as address:
        if transport == "header":
            assert (await refused(address, **options))[1]["error_code"] == "missing_token"
            return
        async with connect(address, **options) as client:
            assert await client.recv() == "alice"


async def test_a_planted_cookie_opens_nothing(settings: Settings, pair: Pair) -> None:
    settings.TEGATA = {"TRANSPORT": "cookie"}
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example"]
    name = conf.cookies().access().name
    async with serving(WebSocketAuth(echo)) as address:
        for cookies, code in (
            (f"{name}=x; {name}={pair.access}", "invalid_token"),
            (f"\xa0{name}={pair.access}", "missing_token"),
        ):
            headers = {"Cookie": cookies}
            answer = await refused(
                address, additional_headers=headers, origin="https://app.example"
            )
            assert (answer[0], answer[1]["error_code"]) == (401, code)


async def test_a_cookie_needs_a_page_of_the_site(pair: Pair) -> None:
    allowed = ["https://app.example"]
    app = WebSocketAuth(echo, cookie="access", allowed_origins=allowed)
    async with serving(app) as address:
        own = address.replace("ws://", "http://").rstrip("/")

        def options(origin: str | None, token: str = pair.access) -> dict[str, Any]:
            headers = {"Cookie": f"other=1; access={token}"}
            return {"additional_headers": headers, "origin": origin}

        for origin in (own, "https://app.example", "https://app.example:443"):
            async with connect(address, **options(origin)) as client:
                assert await client.recv() == "alice"
        for origin in (
            None,
            "null",
            "https://evil.example",
            "https://app.example.evil.example",
            "http://app.example",
            own.replace("http://", "https://"),
            f"{own}0",
            f"{own}/",
        ):
            status, body, _ = await refused(address, **options(origin))
            assert (status, body["error_code"]) == (403, "csrf_failed"), origin
        status, body, _ = await refused(address, **options(own, "x"))
        assert (status, body["error_code"]) == (401, "invalid_token")
        # What is said on purpose decides alone, good or bad.
        both = options("https://evil.example")
        both["additional_headers"] |= bearer(pair.access)
        async with connect(address, **both) as client:
            assert await client.recv() == "alice"
        both["additional_headers"] |= bearer("x")
        assert (await refused(address, **both | {"origin": own}))[0] == 401
    async with serving(WebSocketAuth(echo)) as address:
        # Nobody said that there is a cookie.
        assert (await refused(address, **options(own)))[1]["error_code"] == "missing_token"


async def test_a_token_as_the_first_message(pair: Pair) -> None:
    async with serving(WebSocketAuth(echo, first_message=5)) as address:
        async with connect(address, subprotocols=["chat"]) as client:  # type: ignore[list-item]
            assert client.subprotocol == "chat"
            await client.send(json.dumps({"access_token": pair.access}))
            assert await client.recv() == "alice"
            await client.send("hello")
            assert await client.recv() == "hello"
        for message, code in (
            (pair.access, "invalid_token"),
            ("", "invalid_token"),
            ("{", "invalid_token"),
            ("[" * 9000, "invalid_token"),
            ("[]", "invalid_token"),
            (json.dumps({"access_token": 7}), "invalid_token"),
            (json.dumps({"access_token": "x"}), "invalid_token"),
            (json.dumps({"access_token": "\ud800"}), "invalid_token"),
            (json.dumps({"access_token": pair.access, "more": 1}), "invalid_token"),
            (json.dumps({"access_token": pair.refresh}), "invalid_token_type"),
            (json.dumps({"access_token": pair.access}).encode(), "invalid_token"),
            ("a" * 100_000, "invalid_token"),
        ):
            async with connect(address) as client:
                await client.send(message)
                assert await closed(client) == (4401, code), message[:40]
        # A bad token in the handshake is not asked for once more.
        assert (await refused(address, additional_headers=bearer("x")))[0] == 401
        async with connect(address):
            pass
    async with (
        serving(WebSocketAuth(echo, first_message=SOON)) as address,
        connect(address) as idle,
    ):
        assert await closed(idle) == (4401, "missing_token")


async def test_a_logout_closes_it(pair: Pair, caller: JSONClient) -> None:
    gone = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        gone.append(await receive())
        # There is nobody left to hear it.
        await send({"type": "websocket.send", "text": "late"})

    async with (
        serving(WebSocketAuth(app, every=SOON)) as address,
        connect(address, additional_headers=bearer(pair.access)) as client,
    ):
        await asyncio.sleep(SOON * 3)
        assert client.close_code is None
        out = await sync_to_async(caller.post)("auth/logout/", {}, pair.access)
        assert out.status_code == 200
        assert await closed(client) == (4401, "session_expired")
    assert gone == [{"type": "websocket.disconnect", "code": 4401, "reason": "session_expired"}]


async def test_the_end_of_the_token_closes_it(user: Any) -> None:
    with freeze_time("2027-03-04 05:06:07", real_asyncio=True) as clock:
        pair = await sync_to_async(JSONClient().log_in)()
        async with (
            serving(WebSocketAuth(echo, every=SOON)) as address,
            connect(address, additional_headers=bearer(pair.access)) as client,
        ):
            assert await client.recv() == "alice"
            clock.tick(301)
            assert await closed(client) == (4401, "expired_token")


async def test_a_newer_token_keeps_it_open(user: Any) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            scope["watch"].renew(await JWTAuth().aauthenticate(None, message["text"]))
            await send({"type": "websocket.send", "text": "renewed"})

    caller = JSONClient()
    with freeze_time("2027-03-04 05:06:07", real_asyncio=True) as clock:
        pair = await sync_to_async(caller.log_in)()
        async with (
            serving(WebSocketAuth(app, every=SOON)) as address,
            connect(address, additional_headers=bearer(pair.access)) as client,
        ):
            clock.tick(250)
            answer = await sync_to_async(caller.refresh)(pair.refresh)
            await client.send(answer.json()["access_token"])
            assert await client.recv() == "renewed"
            clock.tick(250)
            await asyncio.sleep(SOON * 3)
            assert client.close_code is None
            clock.tick(60)
            assert await closed(client) == (4401, "expired_token")


async def test_an_application_that_does_not_stop_is_stopped(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tegata.websockets import connection

    monkeypatch.setattr(connection, "_GRACE_SECONDS", SOON)
    stopped = asyncio.Event()

    async def stubborn(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    async with (
        serving(WebSocketAuth(stubborn, every=SOON)) as address,
        connect(address, additional_headers=bearer(pair.access)) as client,
    ):
        await Session.objects.all().adelete()
        assert await closed(client) == (4401, "session_not_found")
        async with asyncio.timeout(10):
            await stopped.wait()


async def test_scopes_of_the_gate(pair: Pair) -> None:
    gate = JWTAuth(fresh=3600)
    with freeze_time("2027-03-04 05:06:07", real_asyncio=True) as clock:
        caller = JSONClient()
        old = await sync_to_async(caller.log_in)()
        clock.tick(3700)
        fresh = (await sync_to_async(caller.refresh)(old.refresh)).json()["access_token"]
        async with serving(WebSocketAuth(echo, gate=gate)) as address:
            status, body, headers = await refused(address, additional_headers=bearer(fresh))
    assert (status, body["error_code"]) == (401, "login_required")
    assert "max_age" in headers["WWW-Authenticate"]


async def test_a_stranger_s_key_opens_nothing(pair: Pair) -> None:
    forged = forge({"sub": "1", "exp": 4_000_000_000})
    async with serving(WebSocketAuth(echo)) as address:
        assert (await refused(address, additional_headers=bearer(forged)))[0] == 401


class Greeter(AsyncJsonWebsocketConsumer):
    """A consumer of Channels."""

    async def connect(self) -> None:
        await self.accept()
        await self.send_json({"user": self.scope["user"].username})

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.send_json({"heard": content})


class SyncGreeter(WebsocketConsumer):
    """As `Greeter`, in a thread."""

    def connect(self) -> None:
        self.accept()
        self.send(json.dumps({"user": self.scope["user"].username}))


def channels_app(**options: Any) -> Any:
    routes: Any = [path("chat/", Greeter.as_asgi()), path("sync/", SyncGreeter.as_asgi())]
    gate = WebSocketAuth(URLRouter(routes), **options)
    return ProtocolTypeRouter({"http": ASGIHandler(), "websocket": gate})


@pytest.mark.parametrize("where", ["chat/", "sync/"])
async def test_channels_on_a_server(pair: Pair, settings: Settings, where: str) -> None:
    settings.CHANNEL_LAYERS = {}
    async with serving(channels_app(every=SOON)) as address:
        headers = bearer(pair.access)
        async with connect(f"{address}{where}", additional_headers=headers) as client:
            assert json.loads(await client.recv()) == {"user": "alice"}
            await (await Session.objects.aget()).ainvalidate("over")
            assert await closed(client) == (4401, "session_expired")
        assert (await refused(f"{address}{where}", additional_headers=headers))[0] == 401


def without_denials(app: Any, **scope: Any) -> ApplicationCommunicator:
    """A server that cannot answer a handshake over HTTP, as some cannot."""
    asked = {"type": "websocket", "path": "/chat/", "headers": [], "subprotocols": [], **scope}
    return ApplicationCommunicator(app, asked)


@pytest.mark.parametrize("transport", ["both", "header"])
@pytest.mark.parametrize(
    "sent",
    [
        {"query_string": b"\xff%ff", "path": "/\x00\xe9//.."},
        {"headers": [(b"host", b"\xff\xfe"), (b"origin", b"\xff")]},
        {"headers": [(b"cookie", b"\xff=\xfe; <cookie>=\xff"), (b"origin", b"http://testserver")]},
        {"headers": [(b"cookie", b"<cookie>=x"), (b"host", b"testserver:99999999")]},
        {"headers": [(b"authorization", b"\xff"), (b"authorization", b"Bearer x")]},
        {"headers": [(b"content-type", b"text/plain; charset=nothing")], "client": None},
        {"subprotocols": ["bearer.\x00", "\xe9"]},
        {"subprotocols": ["bearer." + "a" * 100_000]},
    ],
)
async def test_whatever_a_handshake_holds_is_no_error_of_the_server(
    settings: Settings, sent: dict[str, Any], transport: str
) -> None:
    settings.TEGATA = {"TRANSPORT": transport}
    name = conf.cookies().access().name.encode()
    headers = [(of, said.replace(b"<cookie>", name)) for of, said in sent.get("headers", [])]
    scope = {**sent, "headers": headers, "extensions": {"websocket.http.response": {}}}
    server = without_denials(WebSocketAuth(echo), **scope)
    await server.send_input({"type": "websocket.connect"})
    answer = await server.receive_output(10)
    assert answer.get("status") in (401, 403), answer


async def answer_to(server: ApplicationCommunicator) -> Any:
    await server.send_input({"type": "websocket.connect"})
    return await server.receive_output(10)


async def test_a_server_that_cannot_say_why(pair: Pair) -> None:
    app = channels_app(cookie="access")
    headers = [(b"authorization", f"Bearer {pair.access}".encode())]
    server = without_denials(app, headers=headers)
    assert (await answer_to(server))["type"] == "websocket.accept"
    assert json.loads((await server.receive_output(10))["text"]) == {"user": "alice"}
    await server.send_input({"type": "websocket.receive", "text": '{"a": 1}'})
    assert json.loads((await server.receive_output(10))["text"]) == {"heard": {"a": 1}}
    await server.send_input({"type": "websocket.disconnect", "code": 1000})
    await server.wait(10)
    refused = {"type": "websocket.close", "code": 4401, "reason": "missing_token"}
    assert await answer_to(without_denials(app)) == refused
    headers = [(b"cookie", f"access={pair.access}".encode()), (b"origin", b"http://evil.example")]
    refused = {"type": "websocket.close", "code": 4403, "reason": "csrf_failed"}
    assert await answer_to(without_denials(app, headers=headers)) == refused
    # Not even whose page it might be.
    headers[1] = (b"origin", b"http://unknown")
    assert await answer_to(without_denials(app, headers=headers)) == refused


async def test_a_client_that_is_gone_before_it_is_let_in() -> None:
    server = without_denials(WebSocketAuth(echo, first_message=5))
    assert (await answer_to(server))["type"] == "websocket.accept"
    await server.send_input({"type": "websocket.disconnect", "code": 1001})
    await server.wait(10)
    server = without_denials(WebSocketAuth(echo))
    await server.send_input({"type": "websocket.disconnect", "code": 1001})
    await server.wait(10)
    assert await server.receive_nothing()


async def test_http_goes_through_untouched() -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    for kind in ("http", "lifespan"):
        await WebSocketAuth(app)({"type": kind}, None, None)  # type: ignore[arg-type]
    assert seen == ["http", "lifespan"]


async def test_what_the_application_raises_comes_out(pair: Pair) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise ZeroDivisionError

    headers = [(b"authorization", f"Bearer {pair.access}".encode())]
    server = without_denials(WebSocketAuth(broken), headers=headers)
    await server.send_input({"type": "websocket.connect"})
    with pytest.raises(ZeroDivisionError):
        await server.wait(10)


def test_mistakes_stop_the_start_up() -> None:
    for origins in (["*"], ["https://*.example"], ["app.example"], ["https://app.example/"]):
        with pytest.raises(ImproperlyConfigured, match="is no origin"):
            WebSocketAuth(echo, allowed_origins=origins)
    with pytest.raises(ImproperlyConfigured, match="first_message"):
        WebSocketAuth(echo, first_message=0)
