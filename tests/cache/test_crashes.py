"""A process that is killed while it ends sessions."""

from __future__ import annotations

import signal

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches

from tegata.internal import loading
from tegata.models import Session
from tests.cache.client import ENDED, Device
from tests.cache.pauses import paused
from tests.django.helpers import run_python
from tests.redis import Redis

pytestmark = pytest.mark.parametrize("which", ["one", "all"])


@pytest.fixture(autouse=True)
def _on_redis(ada: User, redis_cache: None) -> None: ...


def die(redis: Redis, which: str, when: str, device: Device) -> None:
    """Ends sessions in another process, which is killed `before` or `after` the commit."""
    done = run_python(
        *("-m", "tests.cache.dying", which, when, device.session_id),
        settings="tests.cache.redis_settings",
        TEGATA_TEST_REDIS=redis.url,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_before_the_commit(redis: Redis, which: str) -> None:
    device = Device.of().warm()

    die(redis, which, "before", device)

    # It did not end; for a while the rows say so, since nobody can know.
    assert Session.objects.get().expired_at is None
    assert [device.cost(), device.cost()] == [1, 1]


def test_after_the_commit(redis: Redis, which: str) -> None:
    device = Device.of().warm()

    die(redis, which, "after", device)

    assert Session.objects.get().expired_at is not None
    assert [device.ask(), device.ask()] == [ENDED, ENDED]


def test_after_the_commit_and_a_reader_of_before_goes_on(
    redis: Redis, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device.of()

    with paused(monkeypatch, device.ask, where=loading, name="load", after=True) as reader:
        die(redis, which, "after", device)
        reader.end()

    assert f"tegata:session:{device.session_id}:1" in caches["default"]
    assert [device.ask(), device.ask()] == [ENDED, ENDED]
