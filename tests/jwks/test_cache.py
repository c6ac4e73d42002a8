"""When keys are fetched anew, and what is served while that fails."""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tegata import jose
from tegata.jwks import JWKS, JWKSUnavailableError
from tests.jwks.issuer import CERTS, Behaviour, Clock, Issuer, answers


def new_keys() -> jose.KeySet:
    return jose.KeySet([jose.Key.generate("ES256")])


def kids(keys: jose.KeySet) -> list[str | None]:
    return [key.kid for key in keys]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 300),
        ({"Cache-Control": "max-age=600"}, 600),
        ({"Cache-Control": "max-age=600", "Age": "100"}, 500),
        ({"Cache-Control": "no-cache"}, 60),
        ({"Cache-Control": "no-store, max-age=600"}, 60),
        ({"Cache-Control": "max-age=31536000"}, 86_400),
    ],
)
def test_a_set_is_fresh_for_as_long_as_its_answer_says(
    headers: dict[str, str], seconds: int, issuer: Issuer, clock: Clock
) -> None:
    issuer.headers = headers
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    first = keys.key_set()
    clock.pass_by(seconds - 1)
    assert keys.key_set() is first
    assert issuer.asked() == 1
    issuer.keys = new_keys()
    clock.pass_by(1)
    assert kids(keys.key_set()) == kids(issuer.keys)
    assert issuer.asked() == 2


def test_a_set_is_as_old_as_the_request(issuer: Issuer, clock: Clock) -> None:
    def answer_late(handler: Any) -> None:
        clock.pass_by(20)
        issuer.as_it_should(handler)

    issuer.behaviour = answer_late
    issuer.headers = {"Cache-Control": "max-age=100"}
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    keys.key_set()
    clock.pass_by(80)
    keys.key_set()
    assert issuer.asked() == 2


def test_options_bound_the_lifetime(issuer: Issuer, clock: Clock) -> None:
    options: dict[str, Any] = {"default_lifetime": 10, "min_lifetime": 5, "max_lifetime": 20}
    keys = JWKS(issuer.certs, allow_http=True, clock=clock, **options)
    for cache_control, seconds in (("", 10), ("max-age=1", 5), ("max-age=100", 20)):
        issuer.headers = {"Cache-Control": cache_control}
        before = issuer.asked()
        keys.key_set()
        clock.pass_by(seconds - 1)
        keys.key_set()
        clock.pass_by(1)
        assert issuer.asked() == before + 1


@pytest.mark.parametrize(
    "failure",
    [
        answers(status=503),
        answers(b"<html>"),
        answers(b'{"keys": []}'),
        answers(json.dumps({"keys": [new_keys().keys[0].to_jwk()]}).encode()),
        answers(b" " * 1_000_000),
        answers(status=301, headers={"Location": "https://elsewhere.example"}),
    ],
)
def test_the_last_good_set_stays_in_use(failure: Behaviour, issuer: Issuer, clock: Clock) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    token = issuer.token()
    keys.decode(token)
    issuer.behaviour = failure
    for attempts in (1, 2, 3):
        clock.pass_by(8 * 3600)
        keys.decode(token)
        assert issuer.asked() == 1 + attempts


def test_the_last_good_set_stays_in_use_where_nobody_answers(clock: Clock) -> None:
    with Issuer() as issuer:
        keys = JWKS(issuer.certs, allow_http=True, clock=clock)
        token = issuer.token()
        keys.decode(token)
    clock.pass_by(1000)
    assert keys.decode(token).claims["sub"] == "alice"


def test_the_last_good_set_ends_with_max_stale(issuer: Issuer, clock: Clock) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock, max_stale=1000)
    keys.key_set()
    issuer.behaviour = answers(status=500)
    clock.pass_by(300 + 999)
    keys.key_set()
    clock.pass_by(1)
    with pytest.raises(JWKSUnavailableError, match="status 500"):
        keys.key_set()
    issuer.behaviour = issuer.as_it_should
    clock.pass_by(60)
    keys.key_set()


def test_the_log_says_what_is_left(
    issuer: Issuer, clock: Clock, logged: Callable[[], list[logging.LogRecord]]
) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock, max_stale=1000)
    issuer.behaviour = answers(status=500)
    with pytest.raises(JWKSUnavailableError):
        keys.key_set()
    issuer.behaviour = issuer.as_it_should
    clock.pass_by(1)
    keys.key_set()
    issuer.behaviour = answers(status=500)
    clock.pass_by(300 + 999)
    keys.key_set()
    clock.pass_by(1)
    with pytest.raises(JWKSUnavailableError):
        keys.key_set()
    assert [record.getMessage().partition("; ")[2] for record in logged()] == [
        "there are no keys yet",
        "the last good keys stay in use",
        "the last good keys are too old to be used",
    ]


class Obstacle(logging.Handler):
    """Raises, or holds whoever logs until it is taken away."""

    def __init__(self, *, raises: bool) -> None:
        super().__init__()
        self.raises = raises
        self.gone = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if self.raises:
            raise OSError("the disk is full")
        self.gone.wait(10)


@pytest.fixture(params=[True, False], ids=["raises", "takes its time"])
def obstacle(request: pytest.FixtureRequest) -> Iterator[Obstacle]:
    """A handler of the logger."""
    handler = Obstacle(raises=request.param)
    logger = logging.getLogger("tegata")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    handler.gone.set()


@pytest.mark.usefixtures("obstacle")
def test_nobody_waits_for_the_log(issuer: Issuer, clock: Clock) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    issuer.behaviour = answers(status=500)
    begun = time.perf_counter()
    with pytest.raises(JWKSUnavailableError, match="status 500"):
        keys.key_set()
    issuer.behaviour = issuer.as_it_should
    clock.pass_by(1)
    keys.key_set()
    assert time.perf_counter() - begun < 4


def test_max_stale_without_an_end(issuer: Issuer, clock: Clock) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock, max_stale=math.inf)
    first = keys.key_set()
    issuer.behaviour = answers(status=500)
    clock.pass_by(1e9)
    assert keys.key_set() is first


def test_a_new_set_serves_even_if_none_may_be_stale(issuer: Issuer, clock: Clock) -> None:
    keys = JWKS(
        issuer.certs, allow_http=True, min_lifetime=0, default_lifetime=0, max_stale=0, clock=clock
    )
    for asked in (1, 2, 3):
        keys.key_set()
        assert issuer.asked() == asked


def test_a_failing_issuer_is_asked_ever_less_often(issuer: Issuer, clock: Clock) -> None:
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    first = keys.key_set()
    issuer.behaviour = answers(status=500)
    clock.pass_by(300)
    asked_at = []
    for second in range(200):
        before = issuer.asked()
        assert keys.key_set() is keys.key_set() is first
        if issuer.asked() > before:
            asked_at.append(second)
        clock.pass_by(1)
    assert asked_at == [0, 1, 3, 7, 15, 31, 61, 91, 121, 151, 181]

    issuer.behaviour = issuer.as_it_should
    clock.pass_by(30)
    assert keys.key_set() is not first
    issuer.behaviour = answers(status=500)
    clock.pass_by(300)
    before = issuer.asked()
    for _ in range(2):
        keys.key_set()
        clock.pass_by(1)
    assert issuer.asked() == before + 2


def test_an_issuer_that_was_never_there_is_not_asked_by_each_call(
    issuer: Issuer, clock: Clock
) -> None:
    issuer.behaviour = answers(status=500)
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    for _ in range(20):
        with pytest.raises(JWKSUnavailableError, match="status 500"):
            keys.key_set()
    assert issuer.asked() == 1
    issuer.behaviour = issuer.as_it_should
    clock.pass_by(1)
    keys.key_set()
    assert issuer.asked() == 2


def serve_tagged(issuer: Issuer, etag: str, first: dict[str, str], then: dict[str, str]) -> None:
    def behave(handler: Any) -> None:
        if handler.headers.get("If-None-Match") == etag:
            handler.answer(b"", 304, then)
        else:
            body = json.dumps(issuer.keys.to_jwks()).encode()
            handler.answer(body, headers={"ETag": etag, **first})

    issuer.behaviours[CERTS] = behave


def test_a_set_that_has_not_changed_is_not_sent_again(issuer: Issuer, clock: Clock) -> None:
    serve_tagged(issuer, '"one"', {"Cache-Control": "max-age=600", "Age": "500"}, {})
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    first = keys.key_set()
    clock.pass_by(100)
    assert keys.key_set() is first
    # The short answer says nothing, so what the first one said holds again, and from now on.
    clock.pass_by(599)
    assert keys.key_set() is first
    assert issuer.asked() == 2
    clock.pass_by(1)
    assert keys.key_set() is first
    tags = [headers.get("If-None-Match") for _, headers in issuer.requests]
    assert tags == [None, '"one"', '"one"']

    issuer.keys = new_keys()
    serve_tagged(issuer, '"two"', {}, {"Cache-Control": "max-age=1000"})
    clock.pass_by(600)
    assert kids(keys.key_set()) == kids(issuer.keys)
    clock.pass_by(300)
    keys.key_set()
    clock.pass_by(999)
    keys.key_set()
    tags = [headers.get("If-None-Match") for _, headers in issuer.requests]
    assert tags[3:] == ['"one"', '"two"']


def test_a_tag_outlives_a_failure(issuer: Issuer, clock: Clock) -> None:
    serve_tagged(issuer, '"one"', {}, {})
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    first = keys.key_set()
    good, issuer.behaviours[CERTS] = issuer.behaviours[CERTS], answers(status=500)
    clock.pass_by(300)
    keys.key_set()
    issuer.behaviours[CERTS] = good
    clock.pass_by(10)
    assert keys.key_set() is first
    assert issuer.requests[-1][1]["If-None-Match"] == '"one"'


@pytest.mark.parametrize("etag", ["", "one", '"on\xe9"', "*", '"a", "b"'])
def test_a_tag_that_cannot_be_sent_back_is_none(etag: str, issuer: Issuer, clock: Clock) -> None:
    serve_tagged(issuer, etag, {}, {})
    keys = JWKS(issuer.certs, allow_http=True, clock=clock)
    first = keys.key_set()
    clock.pass_by(300)
    assert keys.key_set() is not first
    assert [headers.get("If-None-Match") for _, headers in issuer.requests] == [None, None]
