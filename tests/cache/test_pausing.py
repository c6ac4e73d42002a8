"""When a service that failed is asked again, and what the log says of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from freezegun.api import FrozenDateTimeFactory

from tegata.internal.outage import Outage, OutageError
from tegata.internal.untold import Untold


class Service:
    """Answers, or fails after some time."""

    def __init__(self, clock: FrozenDateTimeFactory) -> None:
        self.asked = 0
        self.fails_after: float | None = None
        self._clock = clock

    def answer(self, question: str) -> str:
        self.asked += 1
        if self.fails_after is None:
            return question.upper()
        self._clock.tick(self.fails_after)
        raise ConnectionError("no route")


@pytest.fixture
def service(clock: FrozenDateTimeFactory) -> Service:
    """A service."""
    return Service(clock)


@pytest.fixture
def outage() -> Outage:
    """What is known of its state."""
    return Outage("it failed: %s", "it is back")


def asking(outage: Outage, service: Service) -> Callable[[], str | None]:
    """Gives the answer, or `None` if there is none."""

    def ask() -> str | None:
        try:
            return outage.ask(service.answer, "question")
        except OutageError:
            return None

    return ask


def test_an_answer_is_passed_on(outage: Outage, service: Service) -> None:
    assert asking(outage, service)() == "QUESTION"


@pytest.mark.parametrize(("wait", "pause"), [(0.0, 1.0), (0.3, 1.0), (5.0, 5.0)])
def test_nobody_asks_for_as_long_as_the_failure_took_and_a_second_at_least(
    outage: Outage, service: Service, clock: FrozenDateTimeFactory, wait: float, pause: float
) -> None:
    ask = asking(outage, service)
    service.fails_after = wait
    assert ask() is None
    clock.tick(pause - 0.01)
    assert [ask(), ask(), service.asked] == [None, None, 1]

    clock.tick(0.02)
    assert [ask(), ask(), service.asked] == [None, None, 2]

    service.fails_after = None
    clock.tick(pause - 0.01)
    assert [ask(), service.asked] == [None, 2]
    clock.tick(0.02)
    assert [ask(), ask(), service.asked] == ["QUESTION", "QUESTION", 4]


def test_the_log_says_once_that_it_began_and_once_that_it_is_over(
    outage: Outage,
    service: Service,
    clock: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ask = asking(outage, service)
    for _ in range(2):
        service.fails_after = 0
        for _ in range(5):
            ask()
            clock.tick(0.6)
        service.fails_after = None
        for _ in range(5):
            ask()
            clock.tick(0.6)

    assert [(each.levelno, each.getMessage()) for each in caplog.records] == [
        (logging.ERROR, "it failed: no route"),
        (logging.WARNING, "it is back"),
    ] * 2


def test_one_goes_ahead_and_the_others_do_not_wait_with_it(
    outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In real time: threads of a pool do not see the clock that stands still.
    monkeypatch.setattr("tegata.internal.outage._PAUSE_SECONDS", 0)
    with pytest.raises(OutageError):
        outage.ask(int, "no number")
    is_asking, may_answer = Event(), Event()

    def answer() -> str:
        is_asking.set()
        assert may_answer.wait(30)
        return "at last"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(outage.ask, answer)
        try:
            assert is_asking.wait(30)
            with pytest.raises(OutageError):
                outage.ask(int, "1")
        finally:
            may_answer.set()
        assert first.result(30) == "at last"

    assert outage.ask(int, "1") == 1


def test_an_answer_to_a_question_of_before_says_nothing_of_now(
    outage: Outage, service: Service
) -> None:
    service.fails_after = 0

    def answer() -> str:
        assert asking(outage, service)() is None
        return "late"

    assert outage.ask(answer) == "late"
    assert [asking(outage, service)(), service.asked] == [None, 1]


def test_who_is_interrupted_while_going_ahead_does_not_keep_the_others_out(
    outage: Outage, service: Service, clock: FrozenDateTimeFactory
) -> None:
    service.fails_after = 0
    asking(outage, service)()
    clock.tick(2)

    def answer() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outage.ask(answer)

    service.fails_after = None
    assert asking(outage, service)() == "QUESTION"


def test_what_could_not_be_told_is_forgotten_when_it_matters_no_more(
    clock: FrozenDateTimeFactory,
) -> None:
    untold = Untold(10)
    assert not untold

    untold.add(["a", "b"])
    clock.tick(6)
    untold.add(["b", "c"])
    assert list(untold) == ["a", "b", "c"]
    clock.tick(6)
    untold.add(["d"])
    assert list(untold) == ["b", "c", "d"]
    assert "a" not in untold
    untold.remove(["c", "d", "never added"])
    assert list(untold) == ["b"]
    assert untold
