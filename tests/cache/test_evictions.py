"""Every way that ends a session ends it at once, for whoever asks the cache too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tegata.models import Session
from tests.cache.client import ENDED, GONE, IN, SYNC, Configure, Device, RoundTrips, connect
from tests.django.helpers import PASSWORD, bearer, code, post, refresh
from tests.redis import Redis

Way = Callable[[Device, Device], None]

INACTIVE = (401, "invalid_user")


def row(device: Device) -> Session:
    """Its session."""
    return Session.objects.get(pk=device.session_id)


def its_user() -> User:
    """The user of all devices."""
    return User.objects.get(username="ada")


def log_out(lost: Device, other: Device) -> None:
    lost.post("logout/")


def log_out_by_refresh_token(lost: Device, other: Device) -> None:
    body = {"refresh_token": lost.tokens["refresh_token"]}
    assert post(Client(), "logout/", body).status_code == 200


def log_out_others(lost: Device, other: Device) -> None:
    other.post("logout/others/")


def delete_from_the_list(lost: Device, other: Device) -> None:
    path = f"/api/auth/sessions/{lost.session_id}/"
    assert Client().delete(path, headers=bearer(other.access_token)).status_code == 200


def reuse(lost: Device, other: Device) -> None:
    spent = lost.tokens["refresh_token"]
    lost.refresh().warm()
    Session.objects.filter(pk=lost.session_id).update(
        first_used_at=timezone.now() - timedelta(minutes=1)
    )
    assert code(refresh(Client(), spent)) == (401, "token_reuse_detected")


def login_beyond_the_limit(lost: Device, other: Device) -> None:
    # `lost` is older than `other`.
    Device.of()


def invalidate(lost: Device, other: Device) -> None:
    assert row(lost).invalidate()


def ainvalidate(lost: Device, other: Device) -> None:
    assert async_to_sync(row(lost).ainvalidate)()


def invalidate_all_but_one(lost: Device, other: Device) -> None:
    assert Session.invalidate_all_user_sessions(its_user(), other.session_id) == 1


def end_a_queryset(lost: Device, other: Device) -> None:
    assert Session.objects.filter(pk=lost.session_id).end("a test") == 1


def end_those_of_a_relation(lost: Device, other: Device) -> None:
    assert its_user().tegata_sessions.exclude(pk=other.session_id).end("a test") == 1  # type: ignore[attr-defined]


def admin_action(lost: Device, other: Device) -> None:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root"))
    body = {"action": "end_selected", "_selected_action": [lost.session_id]}
    assert browser.post("/admin/tegata/session/", body).status_code == 302


def delete(lost: Device, other: Device) -> None:
    row(lost).delete()


def adelete(lost: Device, other: Device) -> None:
    async_to_sync(row(lost).adelete)()


def delete_a_queryset(lost: Device, other: Device) -> None:
    Session.objects.filter(pk=lost.session_id).delete()


def change_the_password(lost: Device, other: Device) -> None:
    body = {"current_password": PASSWORD, "new_password": "another horse, another battery"}
    other.post("password/", body)


ONE = [
    (log_out, ENDED),
    (log_out_by_refresh_token, ENDED),
    (log_out_others, ENDED),
    (delete_from_the_list, ENDED),
    (reuse, ENDED),
    (login_beyond_the_limit, ENDED),
    (invalidate, ENDED),
    (ainvalidate, ENDED),
    (invalidate_all_but_one, ENDED),
    (end_a_queryset, ENDED),
    (end_those_of_a_relation, ENDED),
    (admin_action, ENDED),
    (delete, GONE),
    (adelete, GONE),
    (delete_a_queryset, GONE),
    (change_the_password, ENDED),
]


@pytest.mark.parametrize(("way", "refusal"), ONE, ids=[way.__name__ for way, _ in ONE])
def test_an_end_acts_at_once_and_on_the_right_session(
    ada: User,
    redis_cache: None,
    tegata: Configure,
    settings: Any,
    way: Way,
    refusal: tuple[int, str],
) -> None:
    settings.ROOT_URLCONF = "tests.cache.site_with_admin"
    if way is login_beyond_the_limit:
        tegata(MAX_SESSIONS_PER_USER=2)
    lost, other = Device.of(), Device.of()
    lost.warm()
    other.warm()

    way(lost, other)

    assert [lost.ask(), lost.ask()] == [refusal, refusal]
    assert other.ask() == IN


def log_out_all(lost: Device, other: Device) -> None:
    other.post("logout/all/")


def invalidate_all(lost: Device, other: Device) -> None:
    assert Session.invalidate_all_user_sessions(its_user()) == 2


def ainvalidate_all(lost: Device, other: Device) -> None:
    assert async_to_sync(Session.ainvalidate_all_user_sessions)(its_user()) == 2


def set_password_and_save(lost: Device, other: Device) -> None:
    user = its_user()
    user.set_password("another")
    user.save()


def deactivate(lost: Device, other: Device) -> None:
    user = its_user()
    user.is_active = False
    user.save(update_fields=["is_active"])


def delete_the_user(lost: Device, other: Device) -> None:
    its_user().delete()


def delete_users(lost: Device, other: Device) -> None:
    User.objects.filter(username="ada").delete()


ALL = [
    (log_out_all, ENDED),
    (invalidate_all, ENDED),
    (ainvalidate_all, ENDED),
    (set_password_and_save, ENDED),
    (deactivate, INACTIVE),
    (delete_the_user, GONE),
    (delete_users, GONE),
]


@pytest.mark.parametrize(("way", "refusal"), ALL, ids=[way.__name__ for way, _ in ALL])
def test_an_end_in_bulk_acts_at_once_on_that_user_alone(
    ada: User, bob: User, redis_cache: None, way: Way, refusal: tuple[int, str]
) -> None:
    lost, other, stranger = Device.of(), Device.of(), Device.of("bob").warm()
    lost.warm()
    other.warm()

    way(lost, other)

    assert [lost.ask(), other.ask()] == [refusal, refusal]
    assert stranger.cost() == 0


@pytest.mark.parametrize("way", [log_out, log_out_all], ids=["one", "all"])
def test_an_end_acts_at_once_in_every_kind_of_cache(ada: User, any_cache: str, way: Way) -> None:
    lost = Device.of().warm()

    way(lost, lost)

    assert lost.ask() == ENDED


def test_switched_off_and_on_again_brings_nobody_back(ada: User, fast_cache: str) -> None:
    device = Device.of().warm()

    for is_active in (False, True):
        ada.is_active = is_active
        ada.save()

    assert device.ask() == ENDED


def test_after_an_end_in_bulk_what_was_spared_is_cached_again(
    ada: User, locmem: None, clock: Any
) -> None:
    other, device = Device.of().warm(), Device.of().warm()

    device.post("logout/others/")

    # As long as a reader of before might write, the rows decide.
    assert [device.cost(), device.cost()] == [1, 1]
    clock.tick(60 + 10 + 2)
    assert [device.cost(), device.cost()] == [1, 0]
    assert other.ask() == ENDED


def test_a_new_login_after_logging_out_everywhere_is_let_in(ada: User, fast_cache: str) -> None:
    Device.of().warm().post("logout/all/")

    device = Device.of()

    assert [device.ask(), device.ask()] == [IN, IN]


def test_many_ends_at_once_are_told_in_batches(ada: User, redis_cache: None) -> None:
    device = Device.of().warm()
    Session.objects.bulk_create(Session(user=ada) for _ in range(1100))

    assert Session.objects.filter(user=ada).end("a test") == 1101

    assert device.ask() == ENDED


def test_a_purge_has_nothing_to_tell(ada: User, redis_cache: None, redis: Redis) -> None:
    ended = Device.of().warm()
    ended.post("logout/")
    live = Device.of().warm()
    trips = RoundTrips(redis)

    assert Session.purge_expired_sessions() == 1

    assert trips.made() == 0
    assert live.cost() == 0
    assert ended.ask() == GONE


def test_without_a_cache_nothing_is_told(
    ada: User, redis_cache: None, redis: Redis, settings: Any
) -> None:
    settings.TEGATA = {"LOGIN_THROTTLE": None, "REFRESH_THROTTLE": None}
    client = connect(redis)

    for way, refusal in ((log_out, ENDED), (log_out_all, ENDED), (delete, GONE)):
        device = Device.of()
        way(device, device)
        assert device.ask(SYNC) == refusal

    assert client.dbsize() == 0
