"""The demo with logins that take their time."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

from demo_site import *  # noqa: F403
from django.http import HttpRequest
from quick_hasher import QuickHasher

SECONDS = 1.5

PASSWORD_HASHERS = ["slow_site.SlowHasher", "quick_hasher.QuickHasher"]

if "TEGATA_BLACKBOX_ASYNC_LOGIN" in os.environ:
    TEGATA = {"USER_LOGIN_AUTHENTICATOR": "slow_site.ask_somebody_far_away"}


class SlowHasher(QuickHasher):
    """A hash that keeps its thread busy."""

    algorithm = "slow"

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """As its parent, later."""
        time.sleep(SECONDS)
        return super().encode(password, salt, iterations)


async def ask_somebody_far_away(request: HttpRequest, payload: Any) -> Any:
    """A login that waits for an answer over the net."""
    from django.contrib.auth.models import User

    await asyncio.sleep(SECONDS)
    return await User.objects.aget(username=payload.username)
