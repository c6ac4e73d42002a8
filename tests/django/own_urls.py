"""A site with login views of its own, sync and async, built from the helpers."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI, Schema

from tegata import AuthedRequest, JWTAuth, mount, sessions
from tegata.models import Session

api = NinjaAPI(urls_namespace="own")
mount(api)


class Token(Schema):
    """A token in a body."""

    token: str


@api.post("/magic/{username}/")
def magic(request: HttpRequest, username: str) -> dict[str, Any]:
    """Logs in whoever knows the link."""
    tokens = sessions.open_session(
        request, User.objects.get(username=username), data={"by": "magic"}
    )
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "expires_in": tokens.expires_in,
    }


@api.post("/amagic/{username}/")
async def amagic(request: HttpRequest, username: str) -> dict[str, Any]:
    """The same under ASGI."""
    user = await User.objects.aget(username=username)
    tokens = await sessions.aopen_session(request, user, data={"by": "magic"})
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "expires_in": tokens.expires_in,
    }


@api.post("/arefresh/")
async def arefresh(request: HttpRequest, body: Token) -> dict[str, Any]:
    """Refreshes in an async view."""
    tokens = await sessions.arefresh(request, body.token)
    return {"access_token": tokens.access_token, "refresh_token": tokens.refresh_token}


@api.post("/averify/")
async def averify(request: HttpRequest, body: Token) -> dict[str, Any]:
    """Verifies in an async view."""
    claims = await sessions.averify(request, body.token)
    return {"kind": claims.kind, "session_id": claims.session_id}


@api.post("/alogout/")
async def alogout(request: HttpRequest) -> None:
    """Logs out in an async view."""
    await sessions.alog_out(request)


@api.post("/aremember/", auth=JWTAuth())
async def aremember(request: AuthedRequest) -> dict[str, Any]:
    """Keeps something with the session, then ends all of the user's others."""
    request.auth.session.data["seen"] = True
    await request.auth.session.asave()
    others = Session.objects.filter(user=request.auth.user).exclude(pk=request.auth.session.pk)
    return {"others": await others.acount(), "data": request.auth.session.data}


urlpatterns = [path("api/", api.urls)]
