"""People who log in to a site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User

from sites import Library, Routes
from sites.client import Answer, Asked, Client

# Public, and hashed as cheaply as Django can.
_PASSWORD = "correct horse battery staple"  # noqa: S105 - of nobody


class UnexpectedAnswerError(Exception):
    """A site did not answer 200 where it has to."""


@dataclass(frozen=True)
class Tokens:
    """What a login or a refresh gave; without a refresh token where none is handed out."""

    access: str
    refresh: str | None

    @classmethod
    def of(cls, answer: Answer, routes: Routes) -> Tokens:
        """The tokens in an answer."""
        members = answer.members
        return cls(members[routes.access_member], members.get(routes.refresh_member))


class Account:
    """A user, and how it logs in."""

    def __init__(self, name: str, client: Client, library: Library) -> None:
        self.user: Any = User.objects.create_user(name, password=_PASSWORD)
        self._client = client
        self._library = library

    def log_in(self) -> Tokens:
        """Logs in once more."""
        return Tokens.of(ask(self._client, self.login), self._library.ROUTES)

    @property
    def login(self) -> Asked:
        """The request of a login."""
        body = {"username": self.user.get_username(), "password": _PASSWORD}
        return Asked("POST", self._library.ROUTES.login, body=body)

    def forget_logins(self) -> None:
        """Deletes the rows of the logins so far, so that none costs more than the one before."""
        if self._library.LOGINS:
            model = apps.get_model(self._library.LOGINS)
            model._default_manager.filter(user=self.user).delete()


def ask(client: Client, asked: Asked) -> Answer:
    """The answer to a request that has to succeed."""
    answer = client.ask(asked)
    if answer.status != 200:
        said = answer.content.decode(errors="replace")[:200]
        raise UnexpectedAnswerError(f"{asked.method} {asked.path}: {answer.status} {said}")
    return answer
