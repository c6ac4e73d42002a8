"""Calling what the site has written, sync or async."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from typing import Any

from asgiref.sync import async_to_sync


def call(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """What `function` gives; an `async def` is awaited.

    Args:
        name: What the site calls it.
        function: What to call.
        arguments: With what.

    Raises:
        TypeError: It gave something to be awaited and is no `async def`.
    """
    if iscoroutinefunction(function):
        return async_to_sync(function)(*arguments)
    result = function(*arguments)
    if isawaitable(result):
        if iscoroutine(result):
            result.close()
        raise TypeError(f"{name} must be an `async def` to be awaited")
    return result
