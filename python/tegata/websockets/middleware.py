"""ASGI middleware that lets WebSockets in, and ends them with their session."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from tegata import conf, events
from tegata._tegata import Refusal, is_allowed_origin
from tegata.auth import ForeignTokenError, JWTAuth
from tegata.auth_details import AuthDetails
from tegata.exceptions import APIError
from tegata.live import Watch
from tegata.websockets.connection import Connection
from tegata.websockets.handshake import carried_token, handshake_request

# A token that is too long for any gate, and the JSON around it.
_LONGEST_MESSAGE = 16 * 1024

Message = MutableMapping[str, Any]
Application = Callable[
    [Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]


def _cookie_for(gate: JWTAuth) -> str | None:
    transport = gate.transport or conf.current().TRANSPORT
    return None if transport == "header" else conf.cookies().access().name


class WebSocketAuth:
    """Lets a WebSocket in by its access token, and closes it when its session ends.

    The token is looked for in the `Authorization` header, then among the subprotocols, as
    `bearer.` and the token, then in the cookie, whose page must be of this site (`Origin`). With
    `first_message`, whoever carries none may send `{"access_token": "…"}` as the first message.

    Whoever is not let in gets the answer of a protected route where the server can give one, else a
    403; after the first message, a close with a code of 4000 and the status, such as 4401, and the
    `error_code` as its reason. So does whoever's session ends later.

    The application finds `scope["auth"]`, as `request.auth` is elsewhere, `scope["user"]`, and
    `scope["watch"]`, whose `renew` takes a newer token of the same session.

    Args:
        app: The ASGI application, such as a `URLRouter` of Channels. What is no WebSocket goes
            through untouched.
        gate: What lets in, if not `JWTAuth()`.
        cookie: The name of the cookie with the access token. `None` is the site's own where the
            `transport` of the gate, or else `TRANSPORT`, has one; otherwise no cookie is looked at.
        allowed_origins: Pages of other origins that the cookie is good for, each exactly as in
            `https://app.example`. `None` are those of `CSRF_TRUSTED_ORIGINS`.
        first_message: How many seconds to wait for the token as the first message; not at all if it
            is not said.
        every: As `tegata.live.Watch` takes it.
        past_expiry: As `tegata.live.Watch` takes it.

    Raises:
        ImproperlyConfigured: An origin is none, or a span is nothing that one can wait for.
    """

    def __init__(
        self,
        app: Application,
        *,
        gate: JWTAuth | None = None,
        cookie: str | None = None,
        allowed_origins: Sequence[str] | None = None,
        first_message: float | None = None,
        every: float | timedelta = 30,
        past_expiry: bool = False,
    ) -> None:
        for origin in allowed_origins or ():
            if not is_allowed_origin(origin, origin, []):
                raise ImproperlyConfigured(
                    f"WebSocketAuth: {origin!r} is no origin; hint: scheme, host and port, as in "
                    "'https://app.example'."
                )
        if first_message is not None and not first_message > 0:
            raise ImproperlyConfigured("WebSocketAuth: `first_message` is seconds, more than none.")
        self._app = app
        self._gate = JWTAuth() if gate is None else gate
        self._cookie = cookie
        self._allowed_origins = None if allowed_origins is None else tuple(allowed_origins)
        self._first_message = first_message
        self._every = every
        self._past_expiry = past_expiry

    async def __call__(
        self,
        scope: Any,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """What the ASGI server calls."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        connection = Connection(scope, receive, send)
        if not await connection.begin():
            return
        request = handshake_request(scope)
        try:
            auth = await self._let_in(connection, request)
        except APIError as error:
            await events.arefused(request, error, "gate")
            await connection.refuse(error)
            return
        if auth is not None:
            await self._serve(connection, auth)

    async def _let_in(
        self, connection: Connection, request: HttpRequest
    ) -> AuthDetails[Any, Any] | None:
        token = carried_token(
            connection.scope,
            request,
            cookie=_cookie_for(self._gate) if self._cookie is None else self._cookie,
            allowed_origins=(
                settings.CSRF_TRUSTED_ORIGINS
                if self._allowed_origins is None
                else self._allowed_origins
            ),
        )
        is_missing = isinstance(token, Refusal) and token.code == "missing_token"
        if is_missing and self._first_message is not None:
            message = await connection.first_message(self._first_message)
            if message is None:
                return None
            token = _token_of(message)
        return await self._authenticate(request, token)

    async def _authenticate(
        self, request: HttpRequest, token: str | Refusal
    ) -> AuthDetails[Any, Any]:
        if isinstance(token, Refusal):
            raise ForeignTokenError.refuse(token, "gate")
        # No request of Django's begins or ends here, which is where it looks after connections.
        await sync_to_async(close_old_connections)()
        try:
            auth: Any = await self._gate.aauthenticate(request, token)
        finally:
            await sync_to_async(close_old_connections)()
        if not isinstance(auth, AuthDetails):
            raise APIError.refuse("invalid_token", "gate")
        return auth

    async def _serve(self, connection: Connection, auth: AuthDetails[Any, Any]) -> None:
        watch = Watch(auth, every=self._every, past_expiry=self._past_expiry)
        user = SimpleLazyObject(lambda: watch.auth.user)
        scope = {**connection.scope, "auth": auth, "user": user, "watch": watch}
        app = asyncio.ensure_future(self._app(scope, connection.receive, connection.send))
        ended = asyncio.ensure_future(watch.ended())
        try:
            await asyncio.wait({app, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not app.done():
                await connection.end(ended.result())
                await connection.give_time_to(app)
            if app.done():
                app.result()
        finally:
            for task in (app, ended):
                task.cancel()
            await asyncio.gather(app, ended, return_exceptions=True)
            await connection.finish()


def _token_of(message: Message) -> str | Refusal:
    text: Any = message.get("text")
    is_short = isinstance(text, str) and len(text) <= _LONGEST_MESSAGE
    try:
        said: Any = json.loads(text) if is_short else None
    except (ValueError, RecursionError):
        said = None
    token: Any = said.get("access_token") if isinstance(said, dict) and len(said) == 1 else None
    # JSON can hold half of a surrogate pair, which is no text for anybody.
    if isinstance(token, str) and token.isascii() and token:
        return token
    return Refusal("invalid_token")
