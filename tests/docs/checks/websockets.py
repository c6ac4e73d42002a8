"""What docs/guides/websockets.md says; `asked` and `driver` are for a server."""

from __future__ import annotations

import asyncio
import importlib
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.test import AsyncClient

from tegata.models import Session
from tests.docs.checks.helpers import log_in, new_user

pytestmark = pytest.mark.django_db(transaction=True)


async def signed_in() -> str:
    await sync_to_async(new_user)()
    tokens: Any = await sync_to_async(log_in)()
    return str(tokens["access_token"])


def handshake(app: Any, path: str, token: str | None = None) -> Any:
    headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "websocket", "path": path, "headers": headers, "subprotocols": []}
    communicator: Any = ApplicationCommunicator
    return communicator(app, scope)


async def said(server: Any, **message: Any) -> Any:
    await server.send_input(message)
    return await server.receive_output(10)


async def test_the_gate() -> None:
    token = await signed_in()
    app = importlib.import_module("mysite.asgi").application
    server = handshake(app, "/", token)
    assert (await said(server, type="websocket.connect"))["type"] == "websocket.accept"
    assert (await server.receive_output(10))["text"] == "hello alice"
    assert (await said(server, type="websocket.receive", text="x"))["text"] == "x"
    await said(handshake(app, "/"), type="websocket.connect")
    first = handshake(app, "/")
    assert (await said(first, type="websocket.connect"))["type"] == "websocket.accept"
    text = json.dumps({"access_token": token})
    assert (await said(first, type="websocket.receive", text=text))["text"] == "hello alice"


async def test_channels() -> None:
    token = await signed_in()
    app = importlib.import_module("mysite.routing").application
    server = handshake(app, "/chat/", token)
    assert (await said(server, type="websocket.connect"))["type"] == "websocket.accept"
    assert json.loads((await server.receive_output(10))["text"]) == {"hello": "alice"}
    refused = await said(handshake(app, "/chat/"), type="websocket.connect")
    assert refused == {"type": "websocket.close", "code": 4401, "reason": "missing_token"}


async def test_renewing() -> None:
    from tegata.websockets import WebSocketAuth

    token = await signed_in()
    app = WebSocketAuth(importlib.import_module("mysite.renewing").chat, every=0.05)
    server = handshake(app, "/", token)
    await said(server, type="websocket.connect")
    assert (await said(server, type="websocket.receive", text=token))["text"] == "renewed"
    assert (await said(server, type="websocket.receive", text="x"))["text"] == "invalid_token"
    await Session.objects.all().adelete()
    closed = await server.receive_output(10)
    assert (closed["code"], closed["reason"]) == (4401, "session_not_found")


async def test_streams() -> None:
    token = await signed_in()
    answer: Any = await AsyncClient().get(
        "/api/events/", headers={"Authorization": f"Bearer {token}"}
    )
    parts = []
    async with asyncio.timeout(10):
        async for part in answer.streaming_content:
            parts.append(part)
            if len(parts) == 2:
                await Session.objects.all().adelete()
    assert set(parts) == {b"data: tick\n\n"}
    refused = await AsyncClient().get("/api/events/", headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 401
