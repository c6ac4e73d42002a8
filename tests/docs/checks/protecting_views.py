"""What docs/guides/protecting-views.md says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import AsyncClient, RequestFactory
from django.urls import path
from django.utils import timezone
from freezegun import freeze_time

from tegata import APIError, AuthedRequest, JWTAuth, mount
from tegata.models import Session
from tests.docs.checks.helpers import bearer, code_of, get, log_in, new_user, post

pytestmark = pytest.mark.django_db


def test_operation(django_assert_num_queries: Any) -> None:
    new_user()
    tokens = log_in()
    with django_assert_num_queries(1):
        answer = get("api/profile/", tokens)
    assert answer.json()["username"] == "alice"
    foreign = {"Authorization": "Bearer a.b.c"}
    with django_assert_num_queries(0):
        assert code_of(get("api/profile/")) == (401, "missing_token")
        assert code_of(get("api/profile/", headers=foreign)) == (401, "invalid_token")


def test_router() -> None:
    new_user()
    assert get("api/notes/", log_in()).json() == {"notes_of": "alice"}
    assert code_of(get("api/notes/")) == (401, "missing_token")
    assert get("api/notes/public/").json() == {"notes_of": "everybody"}


def test_whole_api() -> None:
    new_user()
    tokens = log_in()
    assert get("private/whoami/", tokens).json() == {"username": "alice"}
    assert code_of(get("private/whoami/")) == (401, "missing_token")
    assert get("private/auth/sessions/", tokens).status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_async_view() -> None:
    from asgiref.sync import sync_to_async

    await sync_to_async(new_user)()
    headers = bearer(await sync_to_async(log_in)())
    answer = await AsyncClient().get("/api/async-profile/", headers=headers)
    assert answer.json()["username"] == "alice"
    assert (await AsyncClient().get("/api/async-profile/")).status_code == 401


def test_list_of_authenticators() -> None:
    new_user()
    tokens = log_in()
    key = {"X-API-Key": "let me in"}
    foreign = {"Authorization": "Bearer a.b.c"}
    assert get("api/report/", tokens).json() == {"for": "alice"}
    assert get("api/report/", headers=key).json() == {"for": "a machine"}
    assert get("api/report/", headers=key | foreign).json() == {"for": "a machine"}
    assert code_of(get("api/report/", headers=foreign)) == (401, "invalid_token")
    assert code_of(get("api/report/")) == (401, "missing_token")

    # Ours, and not good: that ends the matter, whatever else came with the request.
    with freeze_time(timezone.now() - timedelta(hours=1)):
        expired = log_in()
    assert code_of(get("api/report/", expired, key)) == (401, "expired_token")


def test_a_rule_of_ones_own() -> None:
    new_user()
    new_user("boss", is_staff=True)
    alice, boss = log_in(), log_in("boss")
    for url in ("api/staff/", "api/async-staff/"):
        assert code_of(get(url, alice)) == (403, "not_allowed")
        assert get(url, boss).json() == {"username": "boss"}
        assert code_of(get(url)) == (401, "missing_token")


def test_types() -> None:
    new_user(team_id=9)
    assert get("api/team/", log_in()).json() == {"user": 9, "claims": 9}


def test_document_names_the_codes() -> None:
    document = get("api/openapi.json").json()
    answer = document["paths"]["/api/profile/"]["get"]["responses"]["401"]
    assert "GateRefusal" in str(answer)


def test_plain_view(rf: RequestFactory) -> None:
    from mysite.views import hello  # type: ignore[import-not-found]

    new_user()
    tokens = log_in()
    assert hello(rf.get("/", headers=bearer(tokens))).content == b"Hello, alice"
    assert hello(rf.get("/")).status_code == 401
    request = rf.get("/")
    with pytest.raises(APIError):
        JWTAuth().authenticate(request, tokens["refresh_token"])


class TestAtomicRequests:
    """The site's database has `ATOMIC_REQUESTS` in this class."""

    pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]

    @pytest.fixture(autouse=True)
    def atomic(self) -> Any:
        connection = transaction.get_connection()
        connection.settings_dict["ATOMIC_REQUESTS"] = True
        yield
        connection.settings_dict["ATOMIC_REQUESTS"] = False

    def test_an_end_at_the_gate_is_committed_with_the_refusal(self) -> None:
        user = new_user()
        tokens = log_in()
        user.set_password("another")
        user.save()
        assert code_of(get("api/atomic/", tokens)) == (401, "session_expired")
        assert Session.objects.get().end_reason == "password_changed"

    def test_the_first_use_is_noted_by_the_view_that_commits(self) -> None:
        new_user()
        tokens = post("auth/refresh/", {"refresh_token": log_in()["refresh_token"]}).json()
        with pytest.raises(ZeroDivisionError):
            get("api/rolls-back/", tokens)
        assert Session.objects.get().first_used_at is None
        assert get("api/atomic/", tokens).json() == {"in_transaction": True, "noted": False}
        assert Session.objects.get().first_used_at is not None

    def test_django_refuses_async_views(self) -> None:
        new_user()
        with pytest.raises(RuntimeError, match="ATOMIC_REQUESTS"):
            get("api/async/", log_in())


def _atomic_api() -> Any:
    from ninja import NinjaAPI

    api = NinjaAPI(urls_namespace="atomic")
    mount(api)

    @api.get("/atomic/", auth=JWTAuth())
    def atomic(request: AuthedRequest) -> dict[str, bool]:
        in_transaction = transaction.get_connection().in_atomic_block
        noted = Session.objects.get().first_used_at is not None
        return {"in_transaction": in_transaction, "noted": noted}

    @api.get("/rolls-back/", auth=JWTAuth())
    def rolls_back(request: AuthedRequest) -> float:
        return 1 / 0

    @api.get("/async/", auth=JWTAuth())
    async def asynchronous(request: AuthedRequest) -> None:
        raise AssertionError("Django should not have called this")

    return api


urlpatterns = [path("api/", _atomic_api().urls)]
