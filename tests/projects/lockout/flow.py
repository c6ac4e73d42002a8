"""What django-axes sees of Tegata's logins: run by `tests/django/test_lockout.py`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.test import Client


def log_in(client: Client, password: str) -> Any:
    body = json.dumps({"username": "ada", "password": password})
    return client.post("/api/auth/login/", body, content_type="application/json")


@pytest.mark.django_db(transaction=True)
def test_an_account_is_locked_out_and_let_in_again(client: Client) -> None:
    User.objects.create_user("ada", password="right")

    assert [log_in(client, "wrong").status_code for _ in range(3)] == [401, 401, 429]
    assert log_in(client, "right").status_code == 429
    [attempt] = AccessAttempt.objects.all()
    assert attempt.username == "ada"

    attempt.delete()
    assert log_in(client, "right").status_code == 200
    assert AccessLog.objects.filter(username="ada").count() == 1


@pytest.mark.django_db(transaction=True)
def test_wrong_answers_to_a_login_step_lock_an_account_out(client: Client, settings: Any) -> None:
    User.objects.create_user("ada", password="right")
    settings.TEGATA = {"LOGIN_STEPS": ["tests.ninja.login_steps.Code"]}
    token = log_in(client, "right").json()["challenge_token"]
    body = json.dumps({"challenge_token": token, "answer": {"code": "wrong"}})

    def answer() -> int:
        path = "/api/auth/login/challenge/"
        return client.post(path, body, content_type="application/json").status_code

    assert [answer() for _ in range(3)] == [401, 401, 429]
    assert log_in(client, "right").status_code == 429
    assert AccessAttempt.objects.get().username == "ada"
