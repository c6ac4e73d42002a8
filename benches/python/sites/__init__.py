"""A Django site for each library, every one with the same views, each in a process of its own.

Settings are read when Django is imported, and installed applications cannot be taken back, so no
two of these sites fit into one process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from material import Keys

if TYPE_CHECKING:
    from ninja import NinjaAPI

# Longer than any run, and within what every library allows.
ACCESS_SECONDS = 3_600


class UnavailableError(Exception):
    """The library is not what this site needs, or not installed."""


@dataclass(frozen=True)
class Site:
    """What one process is set up for.

    Attributes:
        library: The module of this package.
        mode: Which of its ways to authenticate.
        is_async: Whether the views are, and Django is driven as an ASGI application.
        algorithm: What the tokens are signed with.
        database: The entry of `DATABASES`.
    """

    library: str
    mode: str
    is_async: bool
    algorithm: str
    database: dict[str, Any]


@dataclass(frozen=True)
class Routes:
    """Where a library has its routes, None where it has none, and how it calls the tokens."""

    login: str
    refresh: str | None = None
    sessions: str | None = None
    log_out: str | None = None
    access_member: str = "access_token"
    refresh_member: str = "refresh_token"


@dataclass(frozen=True)
class Built:
    """What a library gives to the views of its site.

    Attributes:
        api: The API with the library's own routes.
        gate: What a view is protected with.
        username: The name of the user of a request that was let in; async if the site is.
    """

    api: NinjaAPI
    gate: object
    username: Callable[[Any], Any]


class Library(Protocol):
    """What each library's module of this package has.

    Attributes:
        PACKAGE: The distribution whose version is reported.
        ROUTES: Its own routes.
        LOGINS: The model with a row for each login, if it has one.
    """

    PACKAGE: str
    ROUTES: Routes
    LOGINS: str | None

    def settings(self, site: Site, keys: Keys) -> dict[str, Any]:
        """What the site's settings have because of this library."""

    def build(self, site: Site, keys: Keys) -> Built:
        """The library's share of the site, once Django is set up."""


def load(site: Site) -> Library:
    """The module for a site's library."""
    return cast("Library", import_module(f"{__name__}.{site.library}"))
