"""A site whose views each run in a transaction."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.db import connection
from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI

from tegata import AuthedRequest, JWTAuth, mount
from tegata.models import Session

api = NinjaAPI(urls_namespace="atomic")
mount(api)


class DeliberateError(Exception):
    """What a broken view raises."""


def while_it_runs() -> None:
    """What else happens while a view runs."""


@api.get("/profile/", auth=JWTAuth())
def profile(request: AuthedRequest) -> dict[str, Any]:
    """Says whether it runs in a transaction, and what the row says of the first use by now."""
    session = Session.objects.get(pk=request.auth.session.pk)
    while_it_runs()
    return {
        "in_transaction": connection.in_atomic_block,
        "noted": session.first_used_at is not None,
    }


@api.get("/broken/", auth=JWTAuth())
def broken(request: AuthedRequest) -> None:
    """Writes, then fails."""
    Group.objects.create(name="written by a view that failed")
    raise DeliberateError


@api.get("/open/")
def open_to_all(request: HttpRequest) -> dict[str, bool]:
    """Not guarded."""
    return {"in_transaction": connection.in_atomic_block}


urlpatterns = [path("api/", api.urls)]
