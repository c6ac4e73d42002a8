"""Whose token an authenticator has read, for the request that is being answered and no other.

Authenticators are shared by all requests, so nothing of a request may stand on them. A context
variable is not enough: a WSGI thread keeps its context from one request to the next, and so does
whoever awaits several requests in one task. So the variable holds what belongs to one request,
which it refers to weakly; it is emptied where requests begin and end; and what was read for one
request is not shown to an operation that answers another.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.signals import request_finished, request_started

from tegata.internal.asking import asking_request


class _Readings:
    """What was read for one request; shared by all contexts that are copies of its own."""

    __slots__ = ("deciding", "outer", "request", "tokens")

    def __init__(self, request: object, outer: _Readings | None = None) -> None:
        self.request = _reference(request)
        # For the request that is being answered while this one is looked at by hand.
        self.outer = outer
        self.tokens: dict[int, tuple[object, Any]] = {}
        # How many authenticators are at work on it.
        self.deciding = 0


_READINGS: ContextVar[_Readings | None] = ContextVar("tegata_readings", default=None)


def begin(request: object, authenticator: object) -> None:
    """From here on `request` is the current one, and nothing was read for it by `authenticator`."""
    _of(request).tokens.pop(id(authenticator), None)


@contextmanager
def deciding(request: object, authenticator: object) -> Iterator[None]:
    """While an authenticator decides on a request, which need not be an operation's."""
    begin(request, authenticator)
    readings = _of(request)
    readings.deciding += 1
    try:
        yield
    finally:
        readings.deciding -= 1


def put(authenticator: object, token: Any) -> None:
    """Keeps what was read for the current request; `None` for nothing."""
    readings = _READINGS.get()
    if readings is None or readings.request() is _GONE:
        _READINGS.set(readings := _Readings(None))
    if token is None:
        readings.tokens.pop(id(authenticator), None)
    else:
        readings.tokens[id(authenticator)] = (authenticator, token)


def token_of(authenticator: object) -> Any:
    """What `authenticator` has read for the current request, or `None`."""
    readings = _READINGS.get()
    answered = asking_request()
    while readings is not None:
        request = readings.request()
        may_be_shown = readings.deciding or answered is None or answered is request
        if may_be_shown and request is not _GONE and id(authenticator) in readings.tokens:
            return readings.tokens[id(authenticator)][1]
        readings = readings.outer
    return None


def _of(request: object) -> _Readings:
    readings = _READINGS.get()
    if readings is not None and readings.request() is request:
        return readings
    is_within = readings is not None and (
        readings.deciding or asking_request() is readings.request()
    )
    _READINGS.set(readings := _Readings(request, readings if is_within else None))
    return readings


_GONE = object()


def _reference(request: object) -> Callable[[], object]:
    try:
        reference = weakref.ref(request)
    except TypeError:
        # Called by hand, with whatever the caller has in the place of a request.
        return lambda: request
    return lambda: _GONE if (found := reference()) is None else found


def _forget(**_: object) -> None:
    _READINGS.set(None)


request_started.connect(_forget, dispatch_uid="tegata.async_jwt")
request_finished.connect(_forget, dispatch_uid="tegata.async_jwt")
