"""The routes of every site: the library's own, and three views that differ in what they ask."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path

from sites import Built

BARE = "/bare"
PROTECTED = "/protected"
WHO = "/who"

urlpatterns: list[URLPattern | URLResolver] = []


def add(built: Built, *, is_async: bool) -> None:
    """Adds the views to a library's API, and the API to the routes."""
    (_add_async if is_async else _add_sync)(built)
    urlpatterns.append(path("", built.api.urls))


def _add_sync(built: Built) -> None:
    @built.api.get(BARE, auth=None)
    def bare(request: HttpRequest) -> dict[str, Any]:
        return {"name": "anybody"}

    @built.api.get(PROTECTED, auth=built.gate)
    def protected(request: HttpRequest) -> dict[str, Any]:
        return {"name": "somebody"}

    @built.api.get(WHO, auth=built.gate)
    def who(request: HttpRequest) -> dict[str, Any]:
        return {"name": built.username(request)}


def _add_async(built: Built) -> None:
    @built.api.get(BARE, auth=None)
    async def bare(request: HttpRequest) -> dict[str, Any]:
        return {"name": "anybody"}

    @built.api.get(PROTECTED, auth=built.gate)
    async def protected(request: HttpRequest) -> dict[str, Any]:
        return {"name": "somebody"}

    @built.api.get(WHO, auth=built.gate)
    async def who(request: HttpRequest) -> dict[str, Any]:
        return {"name": await built.username(request)}
