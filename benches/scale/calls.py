"""What is timed: whole requests, in this process, as a server would hand them to Django."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from tegata.models import Session
from tests.django.helpers import PASSWORD

_FACTORY = RequestFactory()
# Retention is kept out of the other calls, which are to find the same rows each time.
_KEEP = {"SESSION_RETENTION": None, "LOGIN_THROTTLE": None, "REFRESH_THROTTLE": None}


@dataclass(frozen=True)
class Timed:
    """One call.

    Attributes:
        name: What it is called in the tables.
        call: What is timed.
        around: What is entered before some calls in a row, and left after them.
    """

    name: str
    call: Callable[[], object]
    around: Callable[[], AbstractContextManager[Any]] = nullcontext


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks the site for things.

    Attributes:
        handler: Django, with its middleware.
        headers: What every request carries.
    """

    handler: BaseHandler
    headers: dict[str, str]

    def get(self, path: str, **query: str) -> HttpResponse:
        """The answer, which must be a good one."""
        return self._ask(_FACTORY.get(path, query, headers=self.headers))

    def post(self, path: str, body: dict[str, str]) -> Any:
        """What the JSON of the answer says."""
        request = _FACTORY.post(
            path, json.dumps(body), content_type="application/json", headers=self.headers
        )
        return json.loads(self._ask(request).content)

    def _ask(self, request: Any) -> HttpResponse:
        response: HttpResponse = self.handler.get_response(request)
        if response.status_code != 200:
            raise RuntimeError(f"{request.path} answered {response.status_code}")
        return response


def visitor(**headers: str) -> Visitor:
    """Somebody with these headers."""
    handler = BaseHandler()
    handler.load_middleware()
    return Visitor(handler, headers)


def log_in(username: str) -> dict[str, str]:
    """The tokens of a new session."""
    body = {"username": username, "password": PASSWORD}
    tokens: dict[str, str] = visitor().post("/api/auth/login/", body)
    return tokens


def of_a_user(username: str) -> Iterator[Timed]:
    """What the auth routes do for a user."""
    anybody = visitor()
    with override_settings(TEGATA=_KEEP):
        tokens = log_in(username)
        chain = [log_in(username)["refresh_token"]]
    bearer = visitor(Authorization=f"Bearer {tokens['access_token']}")
    credentials = {"username": username, "password": PASSWORD}

    def refresh() -> None:
        answer = anybody.post("/api/auth/refresh/", {"refresh_token": chain[-1]})
        chain[:] = [answer["refresh_token"]]

    def logging_in(**rules: object) -> Timed:
        return Timed(
            "login" if not rules else "login, at most 10",
            lambda: anybody.post("/api/auth/login/", credentials),
            lambda: _forgetting_logins(username, **rules),
        )

    yield logging_in()
    yield logging_in(MAX_SESSIONS_PER_USER=10)
    yield Timed("refresh", refresh)
    yield Timed("request", lambda: bearer.get("/api/profile/"))
    yield Timed("session list", lambda: bearer.get("/api/auth/sessions/"))


def of_the_admin(**searches: str) -> Iterator[Timed]:
    """The list of the admin, and what can be chosen there.

    Args:
        searches: What is searched for, by name.
    """
    client = Client()
    client.force_login(User.objects.get(username="root"))
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    root = visitor(Cookie=cookie)
    choices: dict[str, dict[str, str]] = {
        "first page": {},
        "fifth page": {"p": "5"},
        "by last seen": {"o": "6"},
        "active": {"active": "yes"},
        "inactive": {"active": "no"},
        "log_out": {"end_reason": "log_out"},
        "token_reuse": {"end_reason": "token_reuse"},
        "today": {"created": "today"},
        "this year": {"created": "year"},
        "inactive, today": {"active": "no", "created": "today"},
        **{f"search: {name}": {"q": text} for name, text in searches.items()},
    }
    for name, query in choices.items():
        yield Timed(
            f"admin, {name}", lambda query=query: root.get("/admin/tegata/session/", **query)
        )


@contextmanager
def _forgetting_logins(username: str, **rules: object) -> Iterator[None]:
    """Takes back what the logins within it have done, so that the next ones find the same."""
    own = Session.objects.filter(user__username=username)
    known = list(own.active().values_list("pk", flat=True))
    begun = timezone.now()
    with override_settings(TEGATA={**_KEEP, **rules}):
        yield
    own.filter(created_at__gte=begun).delete()
    # The limit may have ended some of those that were there.
    own.filter(pk__in=known).update(expired_at=None, end_reason="")
