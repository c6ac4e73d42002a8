"""Holding a thread at a certain point until the test has done something in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, get_ident
from typing import Any, TypeVar

import pytest
from django.db import connections

ResultT = TypeVar("ResultT")

_PATIENCE_SECONDS = 30


class Pause:
    """A thread that stands still."""

    def __init__(self, work: Future[Any], go_on: Event) -> None:
        self._work = work
        self._go_on = go_on

    def end(self) -> Any:
        """Lets it go on; gives what its work comes to."""
        self._go_on.set()
        return self._work.result(_PATIENCE_SECONDS)


@contextmanager
def paused(
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[], Any],
    *,
    where: Any,
    name: str,
    after: bool = False,
    nth: int = 1,
) -> Iterator[Pause]:
    """Does `work` in a thread with a connection of its own, as far as a certain call.

    Args:
        monkeypatch: Of the test.
        work: What to do.
        where: A module or class.
        name: The function of it that is the point; other threads call it as it is.
        after: Whether the thread stands still behind the call, and not in front of it.
        nth: The how manieth call it is.
    """
    call = getattr(where, name)
    reached, go_on = Event(), Event()
    thread: list[int] = []
    count = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += thread == [get_ident()]
        is_the_point = thread == [get_ident()] and count == nth
        if is_the_point and not after:
            stand_still()
        answer = call(*args, **kwargs)
        if is_the_point and after:
            stand_still()
        return answer

    def stand_still() -> None:
        reached.set()
        assert go_on.wait(_PATIENCE_SECONDS)

    def run() -> Any:
        thread.append(get_ident())
        try:
            return work()
        finally:
            # Whoever waits for a point that is never reached is to hear why.
            reached.set()
            connections.close_all()

    monkeypatch.setattr(where, name, wrapped)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(run)
        try:
            assert reached.wait(_PATIENCE_SECONDS)
            if future.done():
                pytest.fail(f"{name} was never called: {future.result()!r}")
            yield Pause(future, go_on)
        finally:
            go_on.set()
