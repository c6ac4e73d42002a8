"""A site whose views do nothing but to be guarded, so that their cost is the cost of the gate."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI

from tegata import AuthedRequest, JWTAuth, mount

api = NinjaAPI(urls_namespace="cache")
mount(api)


@api.get("/ping/", auth=JWTAuth())
def ping(request: HttpRequest) -> dict[str, bool]:
    """Let in, and that is all."""
    return {"pong": True}


@api.get("/aping/", auth=JWTAuth())
async def aping(request: HttpRequest) -> dict[str, bool]:
    """The same, asynchronous."""
    return {"pong": True}


class DeliberateError(Exception):
    """What a broken view raises."""


@api.post("/invalidate/", auth=JWTAuth())
def invalidate(request: AuthedRequest[Any, Any], fails: bool = False) -> dict[str, bool]:
    """Ends the session of the caller; fails afterwards if it is told to."""
    ended = request.auth.session.invalidate("by a view")
    if fails:
        raise DeliberateError
    return {"ended": ended}


@api.get("/broken/", auth=JWTAuth())
def broken(request: HttpRequest) -> None:
    """Fails."""
    raise DeliberateError


urlpatterns = [path("api/", api.urls)]
