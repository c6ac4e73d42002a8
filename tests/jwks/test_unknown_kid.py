"""A token of a key that is not in the set has it fetched anew, and no flood of them more often."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from collections.abc import Callable

import httpx2
import pytest

from tegata import jose
from tegata.jwks import JWKS
from tests.jwks.issuer import Clock, Issuer, answers, drips
from tests.jwks.test_single_flight import together

NewerThan = Callable[[JWKS, jose.KeySet], jose.KeySet | None]


def rotate(issuer: Issuer, alg: str = "ES256") -> None:
    """A new key in front, as issuers do it."""
    issuer.keys = jose.KeySet([jose.Key.generate(alg), *issuer.keys])


def strange_token() -> str:
    """A token of nobody's key."""
    key = jose.Key.generate("ES256").with_kid(secrets.token_hex(8))
    return jose.encode({"sub": "mallory"}, key)


def test_a_new_key_is_fetched_at_once(issuer: Issuer, clock: Clock) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    old = issuer.token()
    keys.decode(old)
    rotate(issuer)
    assert keys.decode(issuer.token()).claims["sub"] == "alice"
    assert keys.decode(old).claims["sub"] == "alice"
    assert issuer.asked() == 2


async def test_no_more_is_read_than_the_header_before_the_key_is_known(issuer: Issuer) -> None:
    keys = JWKS(issuer.certs, allow_http=True, min_refetch_interval=0)
    keys.key_set()
    header, _, signature = strange_token().split(".")
    with pytest.raises(jose.UnknownKeyError):
        keys.decode(f"{header}.YWJj.{signature}")
    with pytest.raises(jose.UnknownKeyError):
        await keys.adecode(f"{header}.YWJj.{signature}")
    assert issuer.asked() == 3


async def test_a_new_key_is_fetched_at_once_for_async_code(issuer: Issuer) -> None:
    keys = JWKS(issuer.certs, allow_http=True)
    await keys.adecode(issuer.token())
    rotate(issuer)
    token = issuer.token()
    tokens = await asyncio.gather(*(keys.adecode(token) for _ in range(50)))
    assert {each.claims["sub"] for each in tokens} == {"alice"}
    assert issuer.asked() == 2
    with pytest.raises(jose.UnknownKeyError):
        await keys.adecode(strange_token())
    assert issuer.asked() == 2


def test_a_flood_of_unknown_kids_is_one_fetch(issuer: Issuer, clock: Clock) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    keys.key_set()
    tokens = [strange_token() for _ in range(50)]

    def refused(number: int) -> None:
        with pytest.raises(jose.UnknownKeyError):
            keys.decode(tokens[number])

    together(refused)
    assert issuer.asked() == 2
    for second in range(29):
        refused(second)
        clock.pass_by(1)
    assert issuer.asked() == 2
    clock.pass_by(1)
    together(refused)
    assert issuer.asked() == 3


@pytest.fixture(params=["sync", "async"])
def newer_than(request: pytest.FixtureRequest) -> NewerThan:
    """`newer_than`, or its twin."""
    if request.param == "sync":
        return JWKS.newer_than
    return lambda keys, seen: asyncio.run(keys.anewer_than(seen))


def test_a_newer_set_can_be_asked_for(issuer: Issuer, clock: Clock, newer_than: NewerThan) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    old = keys.key_set()
    rotate(issuer)
    new = newer_than(keys, old)
    assert new is keys.key_set()
    assert [key.kid for key in new] == [key.kid for key in issuer.keys]
    assert newer_than(keys, new) is None
    assert issuer.asked() == 2
    clock.pass_by(30)
    assert newer_than(keys, new) is not None
    assert issuer.asked() == 3


def test_a_set_that_has_come_meanwhile_is_not_fetched_again(
    issuer: Issuer, clock: Clock, newer_than: NewerThan
) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    old = keys.key_set()
    clock.pass_by(300)
    new = keys.key_set()
    # So it is for a caller that got the old set and was overtaken.
    assert newer_than(keys, old) is new
    assert issuer.asked() == 2


def test_a_set_that_is_too_old_is_none_that_is_newer(
    issuer: Issuer, clock: Clock, newer_than: NewerThan
) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock, max_stale=60)
    keys.key_set()
    stranger = jose.KeySet([jose.Key.generate("ES256")])
    clock.pass_by(360)
    issuer.behaviour = answers(status=500)
    assert newer_than(keys, stranger) is None
    issuer.behaviour = issuer.as_it_should
    clock.pass_by(30)
    assert newer_than(keys, stranger) is keys.key_set()
    assert issuer.asked() == 3


def test_an_unchanged_set_is_none_that_is_newer(issuer: Issuer, newer_than: NewerThan) -> None:
    issuer.headers["ETag"] = '"1"'
    keys = JWKS(issuer.certs, allow_http=True)
    seen = keys.key_set()
    issuer.behaviour = answers(status=304)
    assert newer_than(keys, seen) is None
    assert issuer.asked() == 2


def test_nobody_waits_for_ever_for_a_newer_set(issuer: Issuer, newer_than: NewerThan) -> None:
    gate = threading.Event()
    makers = iter([time.time, gate.wait])

    def make() -> httpx2.AsyncClient:
        next(makers)()
        return httpx2.AsyncClient()

    keys = JWKS(issuer.certs, allow_http=True, timeout=0.2, client=make)
    seen = keys.key_set()
    begun = time.monotonic()
    try:
        assert newer_than(keys, seen) is None
        assert time.monotonic() - begun < 4
        assert keys.key_set() is seen
    finally:
        gate.set()


def test_the_interval_can_be_set(issuer: Issuer, clock: Clock) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock, min_refetch_interval=5)
    for asked in (2, 3, 4):
        with pytest.raises(jose.UnknownKeyError):
            keys.decode(strange_token())
        assert issuer.asked() == asked
        clock.pass_by(5)


def test_a_flood_does_not_wake_an_issuer_that_is_down(issuer: Issuer, clock: Clock) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock, min_refetch_interval=0)
    good = issuer.token()
    keys.decode(good)
    issuer.behaviour = answers(status=500)
    for _ in range(100):
        with pytest.raises(jose.UnknownKeyError):
            keys.decode(strange_token())
    assert issuer.asked() == 2
    assert keys.decode(good).claims["sub"] == "alice"


def test_good_tokens_do_not_wait_for_a_flood(issuer: Issuer) -> None:
    keys = JWKS(issuer.certs, allow_http=True, timeout=1)
    good = issuer.token()
    keys.decode(good)
    issuer.behaviour = drips(b"HTTP/1.1 200 OK\r\n")

    def refused() -> None:
        with pytest.raises(jose.UnknownKeyError):
            keys.decode(strange_token())

    flood = [threading.Thread(target=refused) for _ in range(20)]
    for thread in flood:
        thread.start()
    while issuer.asked() < 2:
        time.sleep(0.01)
    for _ in range(100):
        keys.decode(good)
    assert all(thread.is_alive() for thread in flood)
    for thread in flood:
        thread.join(10)
    assert issuer.asked() == 2


def test_what_no_fetch_can_mend_makes_none(issuer: Issuer) -> None:
    keys = JWKS(issuer.certs, allow_http=True)
    keys.key_set()
    (key,) = issuer.keys
    forged = jose.encode({"sub": "mallory"}, jose.Key.generate("ES256").with_kid(key.kid))
    other_alg = jose.encode({"sub": "mallory"}, jose.Key.generate("EdDSA").with_kid(key.kid))
    nameless = jose.encode({"sub": "mallory"}, jose.Key.generate("ES256").with_kid(None))
    nameless_other_alg = jose.encode({"sub": "mallory"}, jose.Key.generate("EdDSA").with_kid(None))
    nameless_tokens = (nameless, nameless_other_alg)
    expired = issuer.token(exp=1)
    for token in (forged, other_alg, *nameless_tokens, expired, "a.b.c", "", "x" * 10_000):
        with pytest.raises(jose.InvalidTokenError):
            keys.decode(token)
    assert issuer.asked() == 1


def test_neither_keys_nor_tokens_need_a_name(issuer: Issuer) -> None:
    key = jose.Key.generate("ES256").with_kid(None)
    issuer.behaviour = answers(json.dumps({"keys": [key.public().to_jwk()]}).encode())
    keys = JWKS(issuer.certs, allow_http=True)
    assert keys.decode(jose.encode({"sub": "alice"}, key)).claims["sub"] == "alice"
    assert issuer.asked() == 1


def test_the_limits_of_the_caller_hold_for_reading_the_kid(issuer: Issuer) -> None:
    keys = JWKS(issuer.certs, allow_http=True)
    keys.key_set()
    rotate(issuer)
    long = issuer.token(padding="x" * 10_000)
    with pytest.raises(jose.TokenTooLongError):
        keys.decode(long)
    assert issuer.asked() == 1
    assert keys.decode(long, max_token_length=20_000).claims["sub"] == "alice"
    assert issuer.asked() == 2


def test_where_a_token_says_its_key_is_is_never_looked_at(issuer: Issuer) -> None:
    own = jose.Key.generate("ES256").with_kid("own")
    keys = JWKS(issuer.certs, allow_http=True)
    headers = {
        "jku": f"{issuer.origin}/jku",
        "x5u": f"{issuer.origin}/x5u",
        "jwk": own.public().to_jwk(),
    }
    with pytest.raises(jose.UnknownKeyError):
        keys.decode(jose.encode({"sub": "mallory"}, own, headers=headers))
    assert {path for path, _ in issuer.requests} == {issuer.certs.removeprefix(issuer.origin)}
