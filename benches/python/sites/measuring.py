"""A site that stands, and what can be found out about it."""

from __future__ import annotations

import gc
import os
import platform
import sys
import time
from importlib import metadata
from typing import Any

from material import Keys

from sites import Library, Site, flaws
from sites.accounts import UnexpectedAnswerError
from sites.client import AsyncClient, Client, SyncClient
from sites.statements import counted
from sites.work import Work, works

# What all sites stand on.
_GROUND = ("Django", "django-ninja", "PyJWT", "psycopg")
# What is made once has to be made before anything is timed.
_WARM_UP_STEPS = 10
_WARM_UP_SECONDS = 0.2
_COUNTED_STEPS = 10


class Standing:
    """The answers of one site."""

    def __init__(self, site: Site, library: Library, keys: Keys) -> None:
        self._library = library
        self._keys = keys
        self._client: Client = AsyncClient() if site.is_async else SyncClient()
        self._works = works(self._client, library)
        # Nothing of what is here by now ever becomes garbage.
        gc.collect()
        gc.freeze()
        gc.disable()
        _stay_on_one_cpu()

    def answer(self, ask: str, **about: Any) -> object:
        """The answer to one request."""
        match ask:
            case "about":
                return {
                    "package": _versioned(self._library.PACKAGE),
                    "ground": [f"Python {platform.python_version()}", *map(_versioned, _GROUND)],
                }
            case "taken-flaws":
                return flaws.taken(self._client, self._library, self._keys)
            case "counts":
                return self.counts(**about)
            case "turn":
                return self.turn(**about)
            case other:
                raise ValueError(f"{other} cannot be asked")

    def counts(self, work: str) -> dict[str, int] | None:
        """How many statements a request takes, and how often it is handed to another thread.

        None where the library has no route for the work, or fails at it.
        """
        if (found := self._works.get(work)) is None:
            return None
        try:
            found.prepare()
            _warm_up(found)
            # The most of some: not every login of a library may take as many.
            most = 0
            for _ in range(_COUNTED_STEPS):
                with counted() as statements:
                    step = found.step()
                most = max(most, len(statements))
        except UnexpectedAnswerError as error:
            print(f"bench: {self._library.PACKAGE}, {work}: {error}", file=sys.stderr)
            return None
        bare = step["bare"].hops if "bare" in step else 0
        return {"statements": most, "hops": step["whole"].hops - bare}

    def turn(self, work: str, times: int) -> dict[str, int]:
        """Nanoseconds of a request, and of a bare view in between: the lower quartiles of some.

        Whoever else uses the machine can only make them longer.
        """
        found = self._works[work]
        found.prepare()
        gc.collect()
        steps = [found.step() for _ in range(times)]
        return {
            asked: sorted(step[asked].taken for step in steps)[times // 4] for asked in steps[0]
        }


def _warm_up(work: Work) -> None:
    end = time.monotonic() + _WARM_UP_SECONDS
    for _ in range(_WARM_UP_STEPS):
        work.step()
        if time.monotonic() > end:
            return


def _versioned(package: str) -> str:
    return f"{package} {metadata.version(package)}"


def _stay_on_one_cpu() -> None:
    """One request at a time runs in one thread at a time, wherever that is.

    What it takes to wake a thread on another CPU is the machine's, and on a virtual one it changes
    by the minute, by more than all that is measured here.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
