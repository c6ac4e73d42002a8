"""Streams that end with what let their request in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from datetime import timedelta
from typing import Any, TypeVar, overload

from tegata.auth_details import AuthDetails
from tegata.live.watch import Watch

T = TypeVar("T")


@overload
def while_good(
    auth: AuthDetails[Any, Any],
    stream: AsyncIterable[T],
    *,
    every: float | timedelta = 30,
    past_expiry: bool = False,
) -> AsyncIterator[T]: ...
@overload
def while_good(
    auth: AuthDetails[Any, Any],
    stream: Iterable[T],
    *,
    every: float | timedelta = 30,
    past_expiry: bool = False,
) -> Iterator[T]: ...
def while_good(
    auth: AuthDetails[Any, Any],
    stream: AsyncIterable[T] | Iterable[T],
    *,
    every: float | timedelta = 30,
    past_expiry: bool = False,
) -> AsyncIterator[T] | Iterator[T]:
    """What `stream` yields, until what let its request in is no longer good.

    For a `StreamingHttpResponse`. An async stream is ended while it waits, a sync one before its
    next item.

    Args:
        auth: `request.auth`.
        stream: An async or a sync iterable.
        every: As `Watch` takes it.
        past_expiry: As `Watch` takes it.
    """
    watch = Watch(auth, every=every, past_expiry=past_expiry)
    if isinstance(stream, AsyncIterable):
        return _while_good_async(watch, stream)
    return _while_good(watch, stream)


async def _while_good_async(watch: Watch, stream: AsyncIterable[T]) -> AsyncIterator[T]:
    iterator = aiter(stream)
    ended = asyncio.ensure_future(watch.ended())
    tasks: set[asyncio.Future[Any]] = {ended}
    try:
        while True:
            upcoming = asyncio.ensure_future(_next(iterator))
            tasks = {ended, upcoming}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                ended.result()
                return
            if (found := upcoming.result()) is None:
                return
            yield found[0]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if (close := getattr(iterator, "aclose", None)) is not None:
            await close()


async def _next(iterator: AsyncIterator[T]) -> tuple[T] | None:
    try:
        return (await anext(iterator),)
    except StopAsyncIteration:
        return None


def _while_good(watch: Watch, stream: Iterable[T]) -> Iterator[T]:
    iterator = iter(stream)
    try:
        for item in iterator:
            if watch.is_due and watch.look() is not None:
                return
            yield item
    finally:
        if (close := getattr(iterator, "close", None)) is not None:
            close()
