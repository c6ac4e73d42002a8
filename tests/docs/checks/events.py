"""What docs/guides/events.md says."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from freezegun import freeze_time

from tegata.models import Session
from tests.docs.checks.helpers import code_of, get, log_in, new_user, post
from tests.docs.pages import DOCS, blocks_of

PAGE = DOCS / "guides" / "events.md"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What the handler of the page writes."""
    stream = StringIO()
    handlers = logging.getLogger("tegata.events").handlers
    (handler,) = (each for each in handlers if type(each) is logging.StreamHandler)
    monkeypatch.setattr(handler, "stream", stream)
    return stream


def lines(log: StringIO) -> list[dict[str, Any]]:
    """Its lines."""
    return [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.mark.django_db
def test_a_login_leaves_the_line_that_the_page_shows(log: StringIO) -> None:
    user = new_user()
    log_in()
    (line,) = lines(log)
    (shown,) = (json.loads(each.code) for each in blocks_of(PAGE) if each.language == "json")
    assert line.keys() == shown.keys()
    session = Session.objects.get()
    said = f"session opened: session_id={session.pk}, user_id={user.pk}, ip_address=127.0.0.1"
    assert (line["message"], line["level"], line["event"]) == (said, "INFO", "session_opened")


@pytest.mark.django_db(transaction=True)
def test_the_user_hears_of_a_reuse(log: StringIO) -> None:
    new_user(email="alice@example.org")
    old = {"refresh_token": log_in()["refresh_token"]}
    new = post("auth/refresh/", old).json()
    assert get("api/profile/", new).status_code == 200
    with freeze_time(timezone.now() + timedelta(minutes=1)):
        assert code_of(post("auth/refresh/", old)) == (401, "token_reuse_detected")
    (message,) = mail.outbox
    assert message.to == ["alice@example.org"]
    assert "Somebody at 127.0.0.1" in message.body
    told = [(line["event"], line["level"]) for line in lines(log)]
    assert told[2:] == [
        ("session_ended", "INFO"),
        ("reuse_detected", "WARNING"),
        ("refused", "INFO"),
    ]
    assert old["refresh_token"] not in log.getvalue() + message.body
