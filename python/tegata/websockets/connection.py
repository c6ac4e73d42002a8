"""One WebSocket, between its server and the application behind the gate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tegata._tegata import Refusal, handshake_protocol
from tegata.exceptions import APIError

_DENIAL = "websocket.http.response"
# What the application has to put things away once its client is gone.
_GRACE_SECONDS = 5


class Connection:
    """The messages of a WebSocket, some of which are the gate's own affair.

    Args:
        scope: The scope of the handshake.
        receive: The server's.
        send: The server's.
    """

    def __init__(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self._connect: Any = None
        self._is_accepted = False
        # What the server may still bring after the application has given up waiting for it.
        self._upcoming: asyncio.Future[Any] | None = None
        self._closed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def begin(self) -> bool:
        """Takes the first event; whether there is a client."""
        self._connect = await self._receive()
        return bool(self._connect["type"] == "websocket.connect")

    async def first_message(self, seconds: float) -> Any:
        """Accepts the handshake and gives the first message; `None` if the client is gone.

        Raises:
            APIError: `missing_token`: none came in time.
        """
        await self._accept({"type": "websocket.accept"})
        try:
            async with asyncio.timeout(seconds):
                message = await self._receive()
        except TimeoutError:
            raise APIError.refuse(Refusal("missing_token"), "gate") from None
        return message if message["type"] == "websocket.receive" else None

    async def refuse(self, error: APIError) -> None:
        """Answers the handshake, or closes what was accepted already."""
        if self._is_accepted:
            await self._send(_close(error))
        elif _DENIAL in (self.scope.get("extensions") or {}):
            body = json.dumps({"error_code": error.error_code, "detail": error.detail})
            headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
            if error.http_status_code == 401:
                headers.append((b"www-authenticate", error.challenge.encode()))
            if error.retry_after is not None:
                headers.append((b"retry-after", b"%d" % error.retry_after))
            start = {"status": error.http_status_code, "headers": headers}
            await self._send({"type": f"{_DENIAL}.start", **start})
            await self._send({"type": f"{_DENIAL}.body", "body": body.encode()})
        else:
            await self._send(_close(error))

    async def receive(self) -> Any:
        """The application's `receive`."""
        if self._connect is not None:
            connect, self._connect = self._connect, None
            return connect
        if self._upcoming is None:
            self._upcoming = asyncio.ensure_future(self._receive())
        waited_for = {self._upcoming, self._closed}
        await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
        if self._closed.done():
            return self._closed.result()
        message, self._upcoming = self._upcoming.result(), None
        if message["type"] == "websocket.disconnect" and not self._closed.done():
            self._closed.set_result(message)
        return message

    async def send(self, message: Any) -> None:
        """The application's `send`; after the end, nothing goes out."""
        if self._closed.done():
            return
        if message["type"] == "websocket.accept":
            await self._accept(message)
        else:
            await self._send(message)

    async def end(self, error: APIError) -> None:
        """Closes the connection, for the client and for the application."""
        if not self._closed.done():
            close = _close(error)
            self._closed.set_result({**close, "type": "websocket.disconnect"})
            await self._send(close)

    async def give_time_to(self, app: asyncio.Future[Any]) -> None:
        """Waits for the application to be through, but not for long."""
        await asyncio.wait({app}, timeout=_GRACE_SECONDS)

    async def finish(self) -> None:
        """Leaves nothing running."""
        if self._upcoming is not None:
            self._upcoming.cancel()
            await asyncio.gather(self._upcoming, return_exceptions=True)

    async def _accept(self, message: Any) -> None:
        if self._is_accepted:
            # It was accepted to hear the first message.
            return
        self._is_accepted = True
        offered = list(self.scope.get("subprotocols", ()))
        chosen = message.get("subprotocol")
        # Whatever is chosen goes back in the clear, so that may not be the token.
        if chosen is None or handshake_protocol([chosen]) is None:
            message = {**message, "subprotocol": handshake_protocol(offered)}
        await self._send(message)


def _close(error: APIError) -> dict[str, Any]:
    code = 4000 + error.http_status_code
    return {"type": "websocket.close", "code": code, "reason": error.error_code}
