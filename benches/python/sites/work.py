"""What a site is asked for again and again."""

from __future__ import annotations

import time
from typing import Any, Protocol

from sites import Library
from sites.accounts import Account, Tokens, ask
from sites.client import Answer, Asked, Client
from sites.urls import BARE, PROTECTED, WHO

# How many devices the one who lists sessions has.
_DEVICES = 3

Step = dict[str, Answer]


class Work(Protocol):
    """Requests of one kind, each step as good as the one before."""

    def prepare(self) -> None:
        """What has to be done before some steps, and is not measured."""

    def step(self) -> Step:
        """The answers by what was asked: `whole`, and `bare` where there is a bare view of it."""


class View:
    """A protected view, beside the bare one, so that what slows one down slows down the other."""

    def __init__(self, client: Client, path: str, tokens: Tokens) -> None:
        self._client = client
        self._bare = Asked("GET", BARE)
        self._protected = Asked("GET", path, token=tokens.access)

    def prepare(self) -> None:
        """Nothing."""

    def step(self) -> Step:
        return {
            "bare": ask(self._client, self._bare),
            "whole": ask(self._client, self._protected),
        }


class LogIn:
    """The login of somebody with few sessions."""

    def __init__(self, client: Client, visitor: Account) -> None:
        self._client = client
        self._visitor = visitor

    def prepare(self) -> None:
        self._visitor.forget_logins()

    def step(self) -> Step:
        return {"whole": ask(self._client, self._visitor.login)}


class Refresh:
    """A refresh, each with the token that the one before gave, where it gave one."""

    def __init__(self, client: Client, visitor: Account, library: Library) -> None:
        self._client = client
        self._visitor = visitor
        self._routes = library.ROUTES
        self._token = ""

    def prepare(self) -> None:
        self._visitor.forget_logins()
        self._token = self._visitor.log_in().refresh or ""

    def step(self) -> Step:
        body = {self._routes.refresh_member: self._token}
        answer = ask(self._client, Asked("POST", self._routes.refresh or "", body=body))
        self._token = Tokens.of(answer, self._routes).refresh or self._token
        return {"whole": answer}


class ListSessions:
    """The list of somebody's sessions."""

    def __init__(self, client: Client, library: Library, tokens: Tokens) -> None:
        self._client = client
        self._list = Asked("GET", library.ROUTES.sessions or "", token=tokens.access)

    def prepare(self) -> None:
        """Nothing."""

    def step(self) -> Step:
        return {"whole": ask(self._client, self._list)}


class Mint:
    """An access token made by hand for a user that is loaded, by the library's token class."""

    def __init__(self, library: Any, visitor: Account) -> None:
        self._mint = library.mint
        self._user = visitor.user

    def prepare(self) -> None:
        """Nothing."""

    def step(self) -> Step:
        start = time.perf_counter_ns()
        token = self._mint(self._user)
        taken = time.perf_counter_ns() - start
        return {"whole": Answer(200, token.encode(), taken)}


def works(client: Client, library: Library) -> dict[str, Work]:
    """All that a library has routes for, by its name."""
    owner, visitor = (Account(name, client, library) for name in ("owner", "visitor"))
    tokens = [owner.log_in() for _ in range(_DEVICES)][-1]
    found: dict[str, Work] = {
        "request": View(client, PROTECTED, tokens),
        "who": View(client, WHO, tokens),
        "login": LogIn(client, visitor),
    }
    if library.ROUTES.refresh:
        found["refresh"] = Refresh(client, visitor, library)
    if library.ROUTES.sessions:
        found["sessions"] = ListSessions(client, library, tokens)
    if hasattr(library, "mint"):
        found["mint"] = Mint(library, visitor)
    return found
