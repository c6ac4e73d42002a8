"""Refusals that every caller can catch by the name that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from tegata.jose import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    JoseError,
    MalformedTokenError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)

# What joserfc calls it; its base for the rest.
_THEIR_NAMES: dict[type, str] = {
    BadSignatureError: "BadSignatureError",
    ExpiredTokenError: "ExpiredTokenError",
    InvalidClaimError: "InvalidClaimError",
    MalformedTokenError: "DecodeError",
    MissingClaimError: "MissingClaimError",
    UnsupportedAlgorithmError: "UnsupportedAlgorithmError",
}


@contextmanager
def known_to_all() -> Iterator[None]:
    """Has a `tegata.jose.JoseError` from within raised as one of a class that is also a
    `ValueError` and, where joserfc is installed, its class for it."""
    try:
        yield
    except JoseError as error:
        raise _known_to_all(error) from error.__cause__


def is_refusal(error: Exception) -> bool:
    """Whether it says that a token was refused, whoever raised it."""
    theirs = _joserfc_errors()
    return isinstance(error, JoseError) or (
        theirs is not None and isinstance(error, theirs.JoseError)
    )


def _known_to_all(error: JoseError) -> JoseError:
    ours: Any = type(error)
    made: JoseError = _kind(ours)(str(error), getattr(error, "claim", None))
    return made


@cache
def _kind(ours: type) -> Any:
    # An `except` goes by the bases and by nothing else, so it must be made of all of them.
    bases: list[type] = [ours]
    if (theirs := _joserfc_errors()) is not None:
        names = [_THEIR_NAMES[each] for each in ours.__mro__ if each in _THEIR_NAMES]
        bases.append(getattr(theirs, names[0] if names else "JoseError", theirs.JoseError))
    if not issubclass(ours, ValueError):
        bases.append(ValueError)
    body = {"__init__": _init, "__str__": _str, "__doc__": ours.__doc__, "__module__": __name__}
    return type(ours.__name__, tuple(bases), body)


def _init(self: Any, message: str, claim: str | None = None) -> None:
    # The bases have each their own idea of the arguments.
    Exception.__init__(self, message)
    self.description = message
    if claim is not None:
        self.claim = claim


def _str(self: Any) -> str:
    return str(self.description)


@cache
def _joserfc_errors() -> Any:
    try:
        from joserfc import errors
    except ImportError:
        return None
    return errors
