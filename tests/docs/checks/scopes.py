"""What docs/guides/scopes.md says."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory
from freezegun import freeze_time

from tegata import JWTAuth, sessions
from tests.docs.checks.helpers import (
    PASSWORD,
    bearer,
    code_of,
    get,
    log_in,
    new_user,
    part_of,
    post,
)

pytestmark = pytest.mark.django_db


def delete(tokens: dict[str, str]) -> Any:
    return Client().delete("/api/reports/7/", headers=bearer(tokens))


def form(**fields: str) -> Any:
    fields = {"username": "alice", "password": PASSWORD, **fields}
    return Client().post("/api/auth/token/", fields)


def test_scopes() -> None:
    user = new_user()
    tokens = log_in()
    assert part_of(tokens["access_token"], 1)["scope"] == "reports:read"
    assert get("api/reports/", tokens).json() == {"may_write": False}
    refused = delete(tokens)
    assert code_of(refused) == (403, "insufficient_scope")
    assert refused["WWW-Authenticate"] == (
        'Bearer error="insufficient_scope", scope="reports:read reports:write"'
    )

    user.is_staff = True
    user.save()
    tokens = post("auth/refresh/", {"refresh_token": tokens["refresh_token"]}).json()
    assert get("api/reports/", tokens).json() == {"may_write": True}
    assert delete(tokens).json() == {"deleted": 7}

    user.is_staff = False
    user.save()
    tokens = post("auth/refresh/", {"refresh_token": tokens["refresh_token"]}).json()
    assert code_of(delete(tokens)) == (403, "insufficient_scope")


def test_mistakes() -> None:
    with pytest.raises(ImproperlyConfigured, match="Did you mean 'reports:read'"):
        JWTAuth(scopes=["report:read"])


def test_document() -> None:
    document = Client().get("/api/openapi.json").json()
    flow = document["components"]["securitySchemes"]["JWTAuth"]["flows"]["password"]
    assert flow["scopes"]["reports:read"] == "Read reports"
    operation = document["paths"]["/api/reports/"]["get"]
    assert operation["security"] == [{"JWTAuth": ["reports:read"]}]
    assert "403" in operation["responses"]


def test_asking_for_less(rf: RequestFactory) -> None:
    user = new_user(is_staff=True)
    assert form().json()["scope"] == "reports:read reports:write"
    tokens = form(scope="reports:read").json()
    assert tokens["scope"] == "reports:read"
    tokens = post("auth/refresh/", {"refresh_token": tokens["refresh_token"]}).json()
    assert get("api/reports/", tokens).json() == {"may_write": False}
    assert form(scope="reports").json()["error"] == "invalid_scope"

    assert (
        sessions.open_session(rf.post("/"), user, scopes=["reports:read"]).scope == "reports:read"
    )
    user.is_staff = False
    user.save()
    assert form(scope="reports:write").json()["error"] == "invalid_scope"


def test_fresh() -> None:
    new_user()
    with freeze_time("2027-01-01 12:00", real_asyncio=True) as clock:
        tokens = log_in()
        assert post("transfer/", headers=bearer(tokens)).json() == {"sent": True}
        clock.tick(400)
        tokens = post("auth/refresh/", {"refresh_token": tokens["refresh_token"]}).json()
        refused = post("transfer/", headers=bearer(tokens))
        assert code_of(refused) == (401, "login_required")
        assert refused["WWW-Authenticate"] == (
            'Bearer error="insufficient_user_authentication", max_age="300"'
        )
        assert post("transfer/", headers=bearer(log_in())).json() == {"sent": True}
