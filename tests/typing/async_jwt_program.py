"""A site's code without sessions as it is meant to be written; type checkers read it alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, assert_type

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import NinjaAPI

from tegata import AuthedRequest, JWTAuth, jose
from tegata.auth import (
    AsyncJwtBearer,
    AsyncJwtCookie,
    decode_jwt,
    delete_jwt_cookie,
    encode_jwt,
    set_jwt_cookie,
    validate_mandatory_claims,
)
from tegata.live import Watch, while_good
from tegata.websockets import WebSocketAuth

key = jose.Key.generate("RS256")
api = NinjaAPI()


class Bearer(AsyncJwtBearer):
    """The way of the library's page."""

    jwt_public = key.public()
    algorithms = ["RS256"]
    claims = {"iss": {"value": "https://auth.example"}, "exp": {"essential": True}}

    async def auth_handler(self, request: HttpRequest) -> dict[str, str]:
        sub = self.dcd.claims.get("sub")
        return {"user_id": sub}


class Cookie(AsyncJwtCookie):
    """The same in a cookie."""

    param_name = "token"
    jwt_public = key.public()


@api.get("/", auth=[Bearer(), Cookie(csrf=True)])
async def view(request: HttpRequest) -> HttpResponse:
    token = encode_jwt({"sub": "alice"}, 60, key)
    assert_type(token, str)
    assert_type(decode_jwt(token, key), jose.Token)
    assert_type(validate_mandatory_claims({}), dict[str, Any])
    Bearer.get_claims().validate({"sub": "alice"})
    response = HttpResponse()
    set_jwt_cookie(response, token, samesite="Strict")
    delete_jwt_cookie(response, samesite="Strict")
    return response


async def ticks() -> AsyncIterator[bytes]:
    yield b"tick"


@api.get("/events/", auth=JWTAuth())
async def events(request: AuthedRequest) -> StreamingHttpResponse:
    async with Watch(request.auth, every=10) as watch:
        assert_type(watch, Watch)
    stream = while_good(request.auth, ticks())
    assert_type(stream, AsyncIterator[bytes])
    return StreamingHttpResponse(stream)


async def chat(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.accept"})


application = WebSocketAuth(chat, gate=JWTAuth(fresh=60), cookie="token", first_message=10)
