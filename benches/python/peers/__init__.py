"""Tegata and its peers, each asked for the same work by a module of its own.

Reading a token means: the signature under one algorithm; `exp`, which must be there; `nbf`; `iat`;
`iss`; `aud`; then the claims as a dict. Writing one means: a dict of claims in, the compact form
out. What a library cannot be asked for is found out by showing it flawed tokens, not noted here.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module, metadata
from typing import Protocol, cast

from material import Claims, Keys

Call = Callable[[], object]

MODULES = (
    "tegata",
    "pyjwt",
    "joserfc",
    "python_jose",
    "authlib",
    "ryjwt",
    "ryjwt_checked",
    "oxyjwt",
    "pyjwt_rs",
    "webtoken",
    "pyjosers",
)


class UnsupportedAlgorithmError(Exception):
    """The library has no such algorithm."""


class Peer(Protocol):
    """What each module of this package has."""

    NAME: str
    PACKAGE: str
    NOTE: str

    def encoder(self, keys: Keys, claims: Claims) -> Call:
        """Prepare the writing of a token, as far as the library lets its user prepare it."""

    def decoder(self, keys: Keys, token: str) -> Call:
        """Prepare the reading of a token, as far as the library lets its user prepare it."""


def load(module: str) -> Peer:
    """The library of a module; raises ImportError where it is not installed."""
    return cast(Peer, import_module(f"{__name__}.{module}"))


def version(peer: Peer) -> str:
    """The installed version of a library."""
    return metadata.version(peer.PACKAGE)
