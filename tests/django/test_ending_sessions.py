"""Ending and deleting sessions by the model: all of a user, all but one, what a query finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import Client

from tegata.models import Session
from tests.django.helpers import claims_of, code, log_in, profile, refresh


def session_id(tokens: dict[str, str]) -> str:
    """The session of a login."""
    found: str = claims_of(tokens["access_token"])["session_id"]
    return found


def reason(tokens: dict[str, str]) -> str:
    """Why it ended; nothing if it lives, which the gate has to confirm."""
    row = Session.objects.get(pk=session_id(tokens))
    answer = code(profile(Client(), tokens["access_token"]))
    assert answer == ((401, "session_expired") if row.expired_at else (200, None))
    return row.end_reason


def in_async_code(call: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
    return async_to_sync(call)


ALL = pytest.mark.parametrize(
    "end_all",
    [
        Session.invalidate_all_user_sessions,
        in_async_code(Session.ainvalidate_all_user_sessions),
    ],
    ids=["sync", "async"],
)


@ALL
@pytest.mark.parametrize("by_id", [False, True], ids=["object", "id"])
def test_everywhere_else(
    ada: User,
    bob: User,
    client: Client,
    django_assert_num_queries: Any,
    end_all: Callable[..., int],
    by_id: bool,
) -> None:
    here, there, elsewhere = (log_in(client) for _ in range(3))
    earlier, of_bob = log_in(client), log_in(client, "bob")
    Session.objects.get(pk=session_id(earlier)).invalidate("earlier")
    spared = session_id(here) if by_id else Session.objects.get(pk=session_id(here))

    with django_assert_num_queries(1):
        assert end_all(ada, spared) == 2

    assert [reason(each) for each in (there, elsewhere)] == ["administrator"] * 2
    assert (reason(here), reason(earlier), reason(of_bob)) == ("", "earlier", "")
    assert end_all(ada, except_session=spared) == 0
    assert refresh(client, here["refresh_token"]).status_code == 200


@ALL
def test_everywhere_for_a_reason(
    ada: User, bob: User, client: Client, end_all: Callable[..., int]
) -> None:
    tokens, of_bob = [log_in(client), log_in(client)], log_in(client, "bob")

    assert end_all(ada, reason="moved house") == 2

    assert [reason(each) for each in tokens] == ["moved house"] * 2
    assert reason(of_bob) == ""


@ALL
@pytest.mark.parametrize("exception", ["another user's", "ended", "nobody's"])
def test_an_exception_that_is_none_spares_nothing(
    ada: User, bob: User, client: Client, end_all: Callable[..., int], exception: str
) -> None:
    tokens, ended, of_bob = log_in(client), log_in(client), log_in(client, "bob")
    Session.objects.get(pk=session_id(ended)).invalidate("earlier")
    spared = {
        "another user's": session_id(of_bob),
        "ended": session_id(ended),
        "nobody's": "A" * 43,
    }[exception]

    assert end_all(ada, spared) == 1

    assert reason(tokens) == "administrator"
    assert (reason(ended), reason(of_bob)) == ("earlier", "")


def test_the_reason_is_given_by_name(ada: User) -> None:
    with pytest.raises(TypeError):
        Session.invalidate_all_user_sessions(ada, None, "a reason")  # type: ignore[call-arg]


def test_what_a_query_finds_ends_in_one_update(
    ada: User, bob: User, client: Client, django_assert_num_queries: Any
) -> None:
    phone, laptop = log_in(client), log_in(client)
    Session.objects.filter(pk=session_id(phone)).update(user_agent="phone")
    of_bob = log_in(client, "bob")

    phones = Session.objects.active().filter(user_agent="phone")
    with django_assert_num_queries(1):
        assert phones.end("lost") == 1

    assert [reason(each) for each in (phone, laptop, of_bob)] == ["lost", "", ""]
    assert phones.end("found") == 0
    assert Session.objects.active().end("over") == 2
    assert [reason(each) for each in (phone, laptop, of_bob)] == ["lost", "over", "over"]


@pytest.mark.parametrize("cached", [False, True])
def test_deleted_rows_take_their_tokens_along(
    ada: User, client: Client, tegata: Any, cached: bool
) -> None:
    if cached:
        tegata(SESSION_CHECK="cache")
    first, second, third = (log_in(client) for _ in range(3))
    for each in (first, second, third):
        assert profile(client, each["access_token"]).status_code == 200

    assert Session.objects.get(pk=session_id(first)).delete() == (1, {"tegata.Session": 1})
    found = Session.objects.filter(pk=session_id(second))
    assert found.delete() == (1, {"tegata.Session": 1})

    for each in (first, second):
        assert code(profile(client, each["access_token"])) == (401, "session_not_found")
        assert code(refresh(client, each["refresh_token"])) == (401, "session_not_found")
    assert profile(client, third["access_token"]).status_code == 200
    assert Session.objects.none().delete() == (0, {})
    assert Session.objects.get().pk == session_id(third)
