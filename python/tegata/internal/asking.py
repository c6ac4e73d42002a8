"""Which operation is asking?

Django Ninja calls an authenticator with the request alone, and reads its security scheme with
nothing at all. Whether the operation awaits an answer, whether another authenticator comes after
this one, and which document is being written can only be read off the caller.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ninja.operation import Operation

if TYPE_CHECKING:
    from types import FrameType

    from ninja.openapi.schema import OpenAPISchema

# An authenticator that a subclass wraps in a few calls of its own is still found.
_REACH = 12


def asking_operation() -> Operation | None:
    """The operation that is authenticating its request, or `None` outside of one."""
    found = _asking()
    return None if found is None else found[0]


def asking_request() -> object | None:
    """The request that the nearest operation is answering, or `None` outside of one."""
    found = _asking()
    return None if found is None else found[1].get("request")


def _asking() -> tuple[Operation, dict[str, Any]] | None:
    for frame in _outward(sys._getframe(2)):
        found = frame.f_locals
        if isinstance(operation := found.get("self"), Operation):
            return operation, found
    return None


def asking_document() -> tuple[OpenAPISchema, Operation, list[dict[str, Any]]] | None:
    """The OpenAPI document that is being written, the operation it has come to, and what it has
    written of that one's security requirements."""
    from ninja.openapi.schema import OpenAPISchema

    for frame in _outward(sys._getframe(1)):
        document, operation = frame.f_locals.get("self"), frame.f_locals.get("operation")
        if isinstance(document, OpenAPISchema) and isinstance(operation, Operation):
            written = frame.f_locals.get("result")
            return document, operation, written if isinstance(written, list) else []
    return None


def _outward(frame: FrameType | None) -> Iterator[FrameType]:
    # One at a time: the first is nearly always the one, and reading a frame's locals copies them.
    for _ in range(_REACH):
        if frame is None:
            return
        yield frame
        frame = frame.f_back
