"""What docs/concepts/ says: the stories of a time line, and the shape of the tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from freezegun import freeze_time

from tegata.models import Session
from tests.docs.checks.helpers import bearer, code_of, get, log_in, new_user, part_of, post
from tests.docs.pages import DOCS, blocks_of

# A note of the first use waits for a commit.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock() -> Iterator[Any]:
    with freeze_time("2027-03-04 12:00:00") as clock:
        yield clock


def refresh(tokens: dict[str, str]) -> Any:
    return post("auth/refresh/", {"refresh_token": tokens["refresh_token"]})


def works(tokens: dict[str, str]) -> bool:
    return bool(get("api/auth/sessions/", tokens).status_code == 200)


def row() -> tuple[int, bool]:
    session = Session.objects.get()
    return session.generation, session.first_used_at is not None


def test_a_lost_answer(clock: Any) -> None:
    new_user()
    first = log_in()
    assert refresh(first).status_code == 200
    assert row() == (2, False)
    clock.tick(3600)
    again = refresh(first).json()
    assert row() == (2, False)
    assert works(again)
    assert row() == (2, True)
    assert refresh(again).status_code == 200
    assert Session.objects.get().is_active


def test_two_tabs(clock: Any) -> None:
    new_user()
    first = log_in()
    a = refresh(first).json()
    clock.tick(0.2)
    assert works(a)
    clock.tick(0.3)
    b = refresh(first).json()
    assert row() == (2, True)
    assert works(b)
    clock.tick(300)
    assert refresh(b).status_code == 200
    assert row() == (3, False)


def test_a_thief(clock: Any) -> None:
    new_user()
    first = log_in()
    owner = refresh(first).json()
    assert works(owner)
    clock.tick(20 * 60)
    assert code_of(refresh(first)) == (401, "token_reuse_detected")
    assert Session.objects.get().end_reason == "token_reuse"
    assert code_of(refresh(owner)) == (401, "session_expired")


def test_a_thief_who_is_first(clock: Any) -> None:
    new_user()
    first = log_in()
    thief = refresh(first).json()
    assert works(thief)
    clock.tick(20 * 60)
    assert code_of(refresh(first)) == (401, "token_reuse_detected")
    assert code_of(refresh(thief)) == (401, "session_expired")


def test_a_thief_who_keeps_pace_is_not_stopped(clock: Any) -> None:
    new_user()
    owner = thief = log_in()
    for _ in range(3):
        owner = refresh(owner).json()
        assert works(owner)
        clock.tick(9)
        thief = refresh(thief).json()
        assert works(thief)
        clock.tick(300)
    assert Session.objects.get().is_active


def test_any_other_generation_is_reuse(clock: Any) -> None:
    new_user()
    first = log_in()
    assert refresh(refresh(first).json()).status_code == 200
    assert code_of(refresh(first)) == (401, "token_reuse_detected")


def test_a_grace_of_zero_is_single_use(clock: Any) -> None:
    new_user()
    with override_settings(TEGATA={"REFRESH_GRACE": 0}):
        first = log_in()
        assert refresh(first).status_code == 200
        assert code_of(refresh(first)) == (401, "token_reuse_detected")


def test_a_repeat_lives_no_longer(clock: Any) -> None:
    new_user()
    first = log_in()
    lost = refresh(first).json()
    clock.tick(3600)
    again = refresh(first).json()
    expiries = {part_of(each["refresh_token"], 1)["exp"] for each in (lost, again)}
    assert len(expiries) == 1


def test_without_rotation() -> None:
    new_user()
    with override_settings(TEGATA={"ROTATE_REFRESH_TOKENS": False}):
        first = log_in()
        for _ in range(3):
            answer = refresh(first).json()
            assert list(answer) == ["access_token"]
            assert works(answer)
    assert row()[0] == 1


def test_the_tokens_have_the_shape_that_the_page_shows() -> None:
    new_user()
    tokens = log_in()
    page = blocks_of(DOCS / "concepts" / "tokens.md")
    header, claims = (json.loads(block.code) for block in page if block.language == "json")
    access, refresh_token = tokens["access_token"], tokens["refresh_token"]
    assert part_of(access, 0) == header
    assert part_of(refresh_token, 0) == {**header, "typ": "rt+jwt"}
    made = part_of(access, 1)
    assert list(made) == list(claims)
    assert {name: type(value) for name, value in made.items()} == {
        name: type(value) for name, value in claims.items()
    }
    assert made["exp"] - made["iat"] == claims["exp"] - claims["iat"]
    assert {name: len(made[name]) for name in ("jti", "session_id")} == {
        name: len(claims[name]) for name in ("jti", "session_id")
    }
    assert part_of(refresh_token, 1) | {"type": "access"} == made | {
        name: part_of(refresh_token, 1)[name] for name in ("exp", "jti")
    }


def test_the_columns_of_the_row_are_those_of_the_page() -> None:
    page = (DOCS / "concepts" / "sessions-and-generations.md").read_text()
    table = page.partition("| Column |")[2].partition("\n\n")[0]
    named = re.findall(r"`(\w+)`", "\n".join(line.split("|")[1] for line in table.splitlines()[2:]))
    assert sorted(named) == sorted(field.name for field in Session._meta.fields)


def test_a_logout_acts_at_once() -> None:
    new_user()
    tokens = log_in()
    assert post("auth/logout/", headers=bearer(tokens)).status_code == 200
    assert code_of(get("api/auth/sessions/", tokens)) == (401, "session_expired")
