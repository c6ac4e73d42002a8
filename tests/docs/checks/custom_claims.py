"""What docs/guides/custom-claims.md says, section by section: each runs in a state of its own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import RequestFactory, override_settings

from tegata import JWTAuth, JWTPayload
from tegata.models import Session
from tests.docs.checks.helpers import code_of, get, log_in, new_user, part_of, post

pytestmark = pytest.mark.django_db


def claims(tokens: dict[str, str]) -> dict[str, Any]:
    answer = get("api/claims/", tokens)
    assert answer.status_code == 200, answer.content
    seen: dict[str, Any] = answer.json()
    return seen


def test_fields() -> None:
    user = new_user(email="alice@example.org")
    tokens = log_in()
    assert claims(tokens)["team_id"] == part_of(tokens["access_token"], 1)["team_id"] == 7
    assert claims(tokens)["email"] == "alice@example.org"
    assert "team_id" not in part_of(tokens["refresh_token"], 1)

    user.team_id = 8
    user.save()
    assert claims(tokens)["team_id"] == 7
    refreshed = post("auth/refresh/", {"refresh_token": tokens["refresh_token"]}).json()
    assert claims(refreshed)["team_id"] == 8


class Unfilled(JWTPayload):
    """A claim that no user has."""

    favourite_colour: str


def test_check() -> None:
    call_command("check")
    with (
        override_settings(TEGATA={"PAYLOAD_CLASS": Unfilled}),
        pytest.raises(SystemCheckError, match=r"tegata\.E002"),
    ):
        call_command("check")


class WithExtra(JWTPayload):
    """A claim that is no field, one that is wrong, or one that is taken."""

    @classmethod
    def claims_for(cls, user: Any, request: Any, session: Any) -> dict[str, Any]:
        return {"team_name": "blue"}


class Wrong(JWTPayload):
    """A claim of another type than its field."""

    team_id: int

    @classmethod
    def claims_for(cls, user: Any, request: Any, session: Any) -> dict[str, Any]:
        return {"team_id": "seven"}


class Taken(JWTPayload):
    """A name that the engine writes."""

    @classmethod
    def claims_for(cls, user: Any, request: Any, session: Any) -> dict[str, Any]:
        return {"sub": "somebody else"}


def test_claims_for() -> None:
    user = new_user()
    user.groups.add(Group.objects.create(name="staff"))
    tokens = log_in()
    seen = claims(tokens)
    assert (seen["team_id"], seen["groups"], seen["theme"]) == (7, ["staff"], "system")

    Session.objects.update(data={"theme": "dark"})
    refreshed = post("auth/refresh/", {"refresh_token": tokens["refresh_token"]}).json()
    assert claims(refreshed)["theme"] == "dark"

    with override_settings(TEGATA={"PAYLOAD_CLASS": WithExtra}):
        assert claims(log_in())["team_name"] == "blue"
    for wrong in (Wrong, Taken):
        with (
            override_settings(TEGATA={"PAYLOAD_CLASS": wrong}),
            pytest.raises(ImproperlyConfigured),
        ):
            log_in()


def test_uuid(rf: RequestFactory) -> None:
    user = new_user()
    tokens = log_in()

    def type_of_user_id() -> type:
        auth = JWTAuth().authenticate(rf.get("/"), tokens["access_token"])
        return type(auth.claims.user_id)

    assert claims(tokens)["user_id"] == str(user.pk)
    assert type_of_user_id() is UUID
    # Without a payload class it works as well; the key is text then.
    with override_settings(TEGATA={}):
        assert claims(tokens)["user_id"] == str(user.pk)
        assert type_of_user_id() is str


def test_renamed() -> None:
    user = new_user()
    tokens = log_in()
    payload = part_of(tokens["access_token"], 1)
    assert payload["uid"] == str(user.pk)
    assert payload["token_use"] == "access"
    assert payload.keys().isdisjoint({"user_id", "session_id", "type", "generation"})
    seen = claims(tokens)
    assert (seen["user_id"], seen["type"], seen["generation"]) == (str(user.pk), "access", 1)
    assert seen["session_id"] == payload["sid"]
    with override_settings(TEGATA={}):
        assert code_of(get("api/claims/", tokens)) == (401, "invalid_token")
