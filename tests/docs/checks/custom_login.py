"""What docs/guides/custom-login.md says, section by section."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.signals import user_login_failed
from django.test import AsyncClient, Client
from django.utils import timezone

from tegata.models import Session
from tests.docs.checks.helpers import PASSWORD, bearer, code_of, get, log_in, new_user, post

pytestmark = pytest.mark.django_db


def test_magic_link() -> None:
    from accounts.magic import MagicLinkGenerator  # type: ignore[import-not-found]

    user = new_user()
    link = {"user_id": user.pk, "token": MagicLinkGenerator().make_token(user)}
    refused = (401, "invalid_credentials")
    assert code_of(post("auth/login/", {**link, "token": "guessed"})) == refused
    assert code_of(post("auth/login/", {**link, "user_id": user.pk + 1})) == refused
    answer = post("auth/login/", link)
    assert answer.status_code == 200, answer.content
    assert get("api/auth/sessions/", answer.json()).status_code == 200
    assert code_of(post("auth/login/", link)) == refused
    assert code_of(post("auth/login/", {"username": "alice", "password": PASSWORD})) == (
        422,
        "invalid_request",
    )


def test_magic_link_of_an_inactive_user() -> None:
    from accounts.magic import MagicLinkGenerator

    user = new_user(is_active=False)
    link = {"user_id": user.pk, "token": MagicLinkGenerator().make_token(user)}
    assert code_of(post("auth/login/", link)) == (401, "invalid_credentials")


def test_one_time_code() -> None:
    from accounts.models import OneTimeCode  # type: ignore[import-not-found]

    user = new_user()
    until = timezone.now() + timedelta(minutes=1)
    OneTimeCode.objects.create(user=user, code="123456", expires_at=until)
    failures: list[Any] = []

    def note(**kwargs: Any) -> None:
        failures.append(kwargs["credentials"]["username"])

    user_login_failed.connect(note)
    body = {"username": "alice", "password": PASSWORD, "code": "123456"}
    refused = (401, "invalid_credentials")
    assert code_of(post("auth/login/", {**body, "code": "654321"})) == refused
    assert code_of(post("auth/login/", {**body, "password": "a guess"})) == refused
    assert failures == ["alice", "alice"]
    assert post("auth/login/", body).status_code == 200
    assert code_of(post("auth/login/", body)) == refused


def test_swagger_form() -> None:
    new_user()
    form = {"username": "alice", "password": PASSWORD}
    answer = Client().post("/api/auth/token/", form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_register() -> None:
    answer = post("register/", {"username": "carol", "password": PASSWORD})
    assert answer.status_code == 200, answer.content
    assert Session.objects.get().data == {"onboarding": 1}
    assert get("api/auth/sessions/", answer.json()).status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_log_in_as() -> None:
    await sync_to_async(new_user)("alice")
    await sync_to_async(new_user)("boss", is_superuser=True)

    async def ask(caller: str) -> Any:
        headers = bearer(await sync_to_async(log_in)(caller))
        return await AsyncClient().post("/api/log-in-as/alice/", headers=headers)

    assert code_of(await ask("alice")) == (403, "not_allowed")
    answer = await ask("boss")
    assert answer.status_code == 200, answer.content
    opened = Session.objects.filter(data__opened_by="boss").values_list("user__username")
    assert [name async for (name,) in opened] == ["alice"]
