"""Threads: who waits for whom, and whether they get in each other's way."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tegata import jose
from tests.jose.materials import ALGORITHMS, KEY, base64url, signing_key

RS256 = signing_key("RS256")
RS256_TOKEN = jose.encode({"n": 1}, RS256)
THREADS = 8


@pytest.fixture
def _nobody_interrupts() -> Iterator[None]:
    """The interpreter goes from one thread to another only where one of them lets go of it."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1_000)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_nobody_interrupts")
@pytest.mark.parametrize(
    ("work", "most"),
    [
        (lambda: jose.Key.generate("RS256"), 3),
        (lambda: jose.encode({}, RS256), 1_000),
        (lambda: jose.decode(RS256_TOKEN, RS256), 10_000),
    ],
    ids=["generate", "encode", "decode"],
)
def test_others_go_on_meanwhile(work: Callable[[], object], most: int) -> None:
    """A thread that held on to the interpreter would never see the other one's count grow."""
    count = 0
    has_grown = False

    def repeat() -> None:
        nonlocal has_grown
        for _ in range(most):
            before = count
            work()
            if count != before:
                has_grown = True
                return

    worker = threading.Thread(target=repeat)
    worker.start()
    while worker.is_alive():
        count += 1
        # Lets go of the interpreter, as nothing else here does.
        time.sleep(0)
    worker.join()
    assert has_grown


def test_many_threads_on_the_same_keys() -> None:
    """Headers are remembered by the keys, which all threads share."""
    keys = jose.KeySet([signing_key(alg) for alg in ALGORITHMS])
    together = threading.Barrier(THREADS)

    def work(thread: int) -> int:
        together.wait()
        right = 0
        for number in range(2_000):
            key = keys.keys[(thread + number) % len(keys)] if number % 20 == 0 else keys.keys[0]
            claims = {"thread": thread, "number": number}
            # More headers than are remembered.
            headers = {"typ": f"{number % 7}", "number": number % 11}
            token = jose.encode(claims, key, headers=headers)
            read = jose.decode(token, keys, typ=f"{number % 7}")
            assert read.claims == claims
            assert read.header["number"] == number % 11
            header, payload, signature = token.split(".")
            forged = base64url(b'{"thread":%d}' % thread)
            with pytest.raises(jose.BadSignatureError):
                jose.decode(f"{header}.{forged}.{signature}", keys)
            assert forged != payload
            right += 1
        return right

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(work, range(THREADS))) == THREADS * 2_000


def test_many_threads_read_one_token() -> None:
    """The dict of a header is made when somebody asks for it first."""
    for _ in range(50):
        token = jose.decode(jose.encode({"a": 1}, KEY), KEY)
        together = threading.Barrier(THREADS)

        def header(token: jose.Token = token, together: threading.Barrier = together) -> int:
            together.wait()
            return id(token.header)

        with ThreadPoolExecutor(THREADS) as pool:
            assert len({each.result() for each in [pool.submit(header) for _ in range(8)]}) == 1


@pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"),
    reason="this interpreter has a GIL; `nox --session free_threaded` runs these tests on one "
    "without, where there is one: on the machine that CI runs on there is none, so nobody does yet",
)
def test_the_lock_of_the_interpreter_stays_off() -> None:
    code = "import sys, tegata.jose; sys.exit(sys._is_gil_enabled())"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
