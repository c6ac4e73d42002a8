"""Ends of users whose primary key is no integer: run by `test_user_keys.py` in other projects."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.test import RequestFactory

from tegata import APIError, JWTAuth
from tegata.models import Session
from tests.cache.client import ENDED, GONE, Device, connect
from tests.django.helpers import PASSWORD
from tests.redis import Redis

User: Any = get_user_model()

# Which the key is in one of the projects; in the other one login is as good as another.
LOGINS = ["ada@example.com", "42", "ü\u2028 \n*", "a" * 90]


@pytest.fixture(params=LOGINS if User._meta.pk.name == User.USERNAME_FIELD else LOGINS[:1])
def user(request: pytest.FixtureRequest, transactional_db: None, redis_cache: None) -> Any:
    """A user, by each login name, which may be the key."""
    return User.objects.create_user(request.param, PASSWORD)


def log_out_all(user: Any, device: Device) -> None:
    device.post("logout/all/")


def invalidate_all(user: Any, device: Device) -> None:
    assert Session.invalidate_all_user_sessions(user) == 1


def invalidate_all_by_text(user: Any, device: Device) -> None:
    key = user.pk.hex if isinstance(user.pk, UUID) else str(user.pk)
    assert Session.invalidate_all_user_sessions(User(pk=key)) == 1


def deactivate(user: Any, device: Device) -> None:
    user.is_active = False
    user.save()


def change_password(user: Any, device: Device) -> None:
    user.set_password("another")
    user.save()


def delete(user: Any, device: Device) -> None:
    user.delete()


@pytest.mark.parametrize(
    ("way", "refusal"),
    [
        (log_out_all, ENDED),
        (invalidate_all, ENDED),
        (invalidate_all_by_text, ENDED),
        (deactivate, (401, "invalid_user")),
        (change_password, ENDED),
        (delete, GONE),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_an_end_in_bulk_acts_at_once(
    user: Any, way: Callable[[Any, Device], None], refusal: tuple[int, str]
) -> None:
    device = Device.of(user.get_username()).warm()

    way(user, device)

    assert device.ask() == refusal


def test_keys_are_such_as_any_cache_takes(user: Any, redis: Redis) -> None:
    Device.of(user.get_username()).warm()

    for key in connect(redis).scan_iter():
        assert re.fullmatch(rb"[!-~]{1,200}", key)


def test_users_are_told_apart(user: Any) -> None:
    stranger = User.objects.create_user("stranger@example.com", PASSWORD)
    device = Device.of(user.get_username()).warm()

    Session.invalidate_all_user_sessions(stranger)

    assert device.cost() == 0


def test_a_hit_says_who_it_is(user: Any) -> None:
    device = Device.of(user.get_username()).warm()

    details = JWTAuth().authenticate(RequestFactory().get("/"), device.access_token)

    assert details.user == user
    user.delete()
    with pytest.raises(APIError):
        JWTAuth().authenticate(RequestFactory().get("/"), device.access_token)
