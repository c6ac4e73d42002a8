"""Many wait, one fetches: threads, tasks and loops, cancelled, closed, blocked and forked."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tegata import jose
from tegata.jwks import JWKS, JWKSUnavailableError
from tests.jwks.issuer import Clock, Issuer, answers, held_by

MANY = 50


def together(call: Callable[[int], Any], count: int = MANY) -> list[Any]:
    """What `count` threads get that begin at the same moment."""
    barrier = threading.Barrier(count)

    def run(number: int) -> Any:
        barrier.wait(10)
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def soon(gate: threading.Event) -> None:
    """Opens the gate when everybody has had the time to come."""
    threading.Timer(0.3, gate.set).start()


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


def test_threads(issuer: Issuer, gate: threading.Event) -> None:
    issuer.behaviour = held_by(gate, issuer.as_it_should)
    keys = JWKS(issuer.certs, allow_http=True)
    soon(gate)
    (one,) = set(together(lambda _: keys.key_set()))
    assert len(one) == 1
    assert issuer.asked() == 1


async def test_tasks(issuer: Issuer, gate: threading.Event) -> None:
    issuer.behaviour = held_by(gate, issuer.as_it_should)
    keys = JWKS(issuer.certs, allow_http=True)
    soon(gate)
    assert len(set(await asyncio.gather(*(keys.akey_set() for _ in range(MANY))))) == 1
    assert issuer.asked() == 1


def test_threads_and_several_loops(issuer: Issuer, gate: threading.Event) -> None:
    issuer.behaviour = held_by(gate, issuer.as_it_should)
    keys = JWKS(issuer.certs, allow_http=True)
    token = issuer.token()

    async def tasks() -> set[str]:
        tokens = await asyncio.gather(*(keys.adecode(token) for _ in range(5)))
        return {each.claims["sub"] for each in tokens}

    def run(number: int) -> set[str]:
        return asyncio.run(tasks()) if number % 2 else {keys.decode(token).claims["sub"]}

    soon(gate)
    assert together(run) == [{"alice"}] * MANY
    assert issuer.asked() == 1


def test_failures_are_shared(issuer: Issuer, gate: threading.Event) -> None:
    issuer.behaviour = held_by(gate, answers(status=500))
    keys = JWKS(issuer.certs, allow_http=True)

    def refused(_: int) -> JWKSUnavailableError:
        with pytest.raises(JWKSUnavailableError) as error:
            keys.key_set()
        return error.value

    soon(gate)
    errors = together(refused)
    # Each has its own, because a traceback grows with every thread that it is raised in.
    assert len({id(error) for error in errors}) == MANY
    assert issuer.asked() == 1


async def test_the_loop_goes_on_while_keys_are_fetched(
    issuer: Issuer, gate: threading.Event
) -> None:
    issuer.behaviour = held_by(gate, issuer.as_it_should)
    keys = JWKS(issuer.certs, allow_http=True)
    waiting = asyncio.create_task(keys.adecode(issuer.token()))
    longest = 0.0
    for _ in range(30):
        begun = time.perf_counter()
        await asyncio.sleep(0.01)
        longest = max(longest, time.perf_counter() - begun)
    assert not waiting.done()
    gate.set()
    assert (await waiting).claims["sub"] == "alice"
    assert longest < 1


async def test_a_task_that_is_cancelled_takes_nobody_with_it(
    issuer: Issuer, gate: threading.Event
) -> None:
    issuer.behaviour = held_by(gate, issuer.as_it_should)
    keys = JWKS(issuer.certs, allow_http=True)
    first, second = (asyncio.create_task(keys.akey_set()) for _ in range(2))
    await asyncio.sleep(0.1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    gate.set()
    assert await second is keys.key_set()
    assert issuer.asked() == 1


def test_a_loop_that_is_closed_takes_nobody_with_it(
    issuer: Issuer, gate: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.behaviour = held_by(gate, issuer.as_it_should)
    keys = JWKS(issuer.certs, allow_http=True)

    async def give_up() -> None:
        await asyncio.wait_for(keys.akey_set(), 0.1)

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
    gate.set()
    assert len(keys.key_set()) == 1
    assert issuer.asked() == 1
    assert caplog.records == [record for record in caplog.records if record.name == "httpx2"]


async def test_sync_code_on_a_loop_does_not_wait_for_itself(
    issuer: Issuer, gate: threading.Event
) -> None:
    issuer.behaviour = held_by(gate, issuer.as_it_should)
    keys = JWKS(issuer.certs, allow_http=True)
    waiting = asyncio.create_task(keys.akey_set())
    await asyncio.sleep(0.1)
    threading.Timer(0.1, gate.set).start()
    # This blocks the loop on which the task waits that asked first.
    assert keys.key_set() is await waiting
    assert issuer.asked() == 1


def test_one_waits_for_the_new_set_while_others_use_the_old(
    issuer: Issuer, gate: threading.Event, clock: Clock
) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    old = keys.key_set()
    clock.pass_by(300)
    issuer.behaviour = held_by(gate, issuer.as_it_should)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(keys.key_set)
        while issuer.asked() < 2:
            time.sleep(0.01)
        assert set(together(lambda _: keys.key_set())) == {old}
        assert not first.done()
        gate.set()
        assert first.result(10) is keys.key_set() is not old
    assert issuer.asked() == 2


def test_a_client_of_ones_own(issuer: Issuer) -> None:
    made: list[httpx2.AsyncClient] = []

    def make() -> httpx2.AsyncClient:
        client = httpx2.AsyncClient(headers={"X-From": "shop"}, follow_redirects=True)
        made.append(client)
        return client

    keys = JWKS(issuer.certs, allow_http=True, client=make)
    keys.key_set()
    keys.key_set()
    assert [client.is_closed for client in made] == [True]
    assert issuer.requests[0][1]["X-From"] == "shop"

    issuer.behaviour = answers(status=302, headers={"Location": "/elsewhere"})
    with pytest.raises(JWKSUnavailableError, match="redirects elsewhere"):
        JWKS(issuer.certs, allow_http=True, client=make).key_set()
    assert issuer.asked("/elsewhere") == 0


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, asyncio.CancelledError])
def test_a_client_that_cannot_be_made(error: type[BaseException]) -> None:
    def make() -> httpx2.AsyncClient:
        raise error("s3cret")

    keys = JWKS("https://issuer.example/keys", client=make)
    for _ in range(2):
        with pytest.raises(JWKSUnavailableError, match=error.__name__) as refused:
            keys.key_set()
        assert "s3cret" not in str(refused.value)


async def test_nobody_waits_for_ever_for_a_client(issuer: Issuer, gate: threading.Event) -> None:
    makers = iter([gate.wait, time.time])

    def make() -> httpx2.AsyncClient:
        next(makers)()
        return httpx2.AsyncClient()

    keys = JWKS(issuer.certs, allow_http=True, timeout=0.3, client=make)
    begun = time.monotonic()
    with pytest.raises(JWKSUnavailableError, match="has not answered yet"):
        await keys.akey_set()
    assert time.monotonic() - begun < 5
    # The next caller does not find the first fetch in the way, nor what it brings in the end.
    first = keys.key_set()
    gate.set()
    await asyncio.sleep(0.3)
    assert keys.key_set() is first
    assert issuer.asked() in {1, 2}


def test_an_exception_of_a_signal_leaves_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, issuer: Issuer, clock: Clock
) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock, timeout=5)

    def depart(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(keys._cache, "_depart", depart)
        with pytest.raises(KeyboardInterrupt):
            keys.key_set()
    clock.pass_by(6)
    assert len(keys.key_set()) == 1


def test_no_more_threads(monkeypatch: pytest.MonkeyPatch, issuer: Issuer, clock: Clock) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    first = keys.key_set()
    clock.pass_by(300)

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        assert keys.key_set() is first
    clock.pass_by(60)
    assert keys.key_set() is not first


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_forked_during_a_fetch(issuer: Issuer, gate: threading.Event) -> None:
    issuer.behaviour = held_by(gate, issuer.as_it_should)
    keys = JWKS(issuer.certs, allow_http=True)
    token = issuer.token()
    fetching = threading.Thread(target=keys.key_set)
    fetching.start()
    while issuer.asked() < 1:
        time.sleep(0.01)
    # The parent's thread is in the middle of something for ever, as far as the child can see.
    keys._cache._lock.acquire()
    child = os.fork()
    if child == 0:
        status = 1
        signal.alarm(20)
        try:
            gate.set()
            status = 0 if keys.decode(token).claims["sub"] == "alice" else 2
        finally:
            os._exit(status)
    keys._cache._lock.release()
    # The child's own gate is another one.
    deadline = time.monotonic() + 20
    while issuer.asked() < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    gate.set()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    fetching.join(10)
    assert issuer.asked() == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_goes_on_with_the_set_of_its_parent(issuer: Issuer) -> None:
    keys = JWKS(issuer.certs, allow_http=True)
    token = issuer.token()
    keys.key_set()
    child = os.fork()
    if child == 0:
        status = 1
        signal.alarm(20)
        try:
            status = 0 if isinstance(keys.decode(token), jose.Token) else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert issuer.asked() == 1
