"""A fetch in a thread and on an event loop of its own, so that anybody may wait for it.

Neither a task that is cancelled nor a loop that is closed or blocked can hold up a fetch that
others wait for. And on a loop everything about a fetch can be given up in time, down to a header
that comes byte by byte.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tegata.jwks.http import FetchError
from tegata.jwks.sources import Fetched


@dataclass(frozen=True)
class Trouble:
    """Why nothing was fetched."""

    why: str
    """In words that begin with the host."""
    retry_after: float | None = None
    """The seconds for which the host asks to be left alone, if it does."""


Outcome = Fetched | Trouble


def depart(
    fetch: Callable[[], Awaitable[Fetched]],
    *,
    host: str,
    timeout: float,
    land: Callable[[Outcome], None],
) -> None:
    """Starts a fetch, and returns at once.

    Args:
        fetch: What to run in the thread.
        host: Who is asked, for messages.
        timeout: The seconds after which it is given up.
        land: Called with the outcome. What a second call brings is to be ignored.
    """

    def fly() -> None:
        try:
            with asyncio.Runner() as runner:
                # Before the loop is closed, which waits for a name that is being looked up.
                land(runner.run(_outcome(fetch, host, timeout)))
        # Whatever it is, there are callers who wait.
        except BaseException as error:
            land(Trouble(f"{host} could not be asked, because of a {type(error).__name__}"))

    try:
        threading.Thread(target=fly, name="tegata-jwks", daemon=True).start()
    except RuntimeError:
        land(Trouble(f"{host} could not be asked, because no thread could be started"))


async def _outcome(fetch: Callable[[], Awaitable[Fetched]], host: str, seconds: float) -> Outcome:
    fetching = asyncio.ensure_future(fetch())
    await asyncio.wait({fetching}, timeout=seconds)
    if not fetching.done():
        # Closing the loop cancels it.
        return Trouble(f"{host} did not answer within {seconds:g} seconds")
    try:
        return fetching.result()
    except FetchError as error:
        return Trouble(str(error), error.retry_after)
