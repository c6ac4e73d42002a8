"""Sending signals so that no receiver can undo or hold up what they tell of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from django.db import connections
from django.dispatch import Signal

logger = logging.getLogger("tegata")


def deliver(signal: Signal, **arguments: Any) -> None:
    """Sends a signal; whatever its receivers raise is logged.

    On an event loop, where receivers could neither be awaited nor use the database, it does so in a
    thread, and waits for it.
    """
    if not signal.receivers:
        return

    def send() -> None:
        try:
            signal.send_robust(**arguments)
        # Django asks a receiver that failed for its name, and not each has one.
        except Exception:
            logger.exception("a receiver failed")

    if _is_on_a_loop():
        _in_a_thread(send)
    else:
        send()


async def deliver_async(signal: Signal, **arguments: Any) -> None:
    """`deliver` for async code."""
    if not signal.receivers:
        return
    try:
        await signal.asend_robust(**arguments)
    except Exception:
        logger.exception("a receiver failed")


def _is_on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _in_a_thread(call: Callable[[], None]) -> None:
    context = copy_context()

    def run() -> None:
        try:
            context.run(call)
        finally:
            # Those of this thread, which nobody else could close.
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()
