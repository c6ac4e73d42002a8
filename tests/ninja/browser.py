"""A browser: it keeps cookies, sends them along with whatever it is made to send, and a page in it
knows of the CSRF token."""

from __future__ import annotations

import json
from http.cookies import Morsel
from typing import Any

from django.test import Client

from tests.ninja.helpers import PASSWORD

OWN = "http://testserver"
ACCESS, REFRESH = "__Host-access_token", "__Secure-refresh_token"


class Browser:
    """Django's test client with the checks of its CSRF token on. Paths are below `/api/`.

    Attributes:
        page: The headers of a page of the site: its origin, and the token, once it has asked.
    """

    def __init__(self, **defaults: Any) -> None:
        self.django = Client(enforce_csrf_checks=True, **defaults)
        self.page: dict[str, str] = {"Origin": OWN}

    def open_page(self) -> Browser:
        """Loads a page of the site, which asks for the CSRF token."""
        self.page["X-CSRFToken"] = self.get("auth/csrf/").json()["csrf_token"]
        return self

    def log_in(self, username: str = "alice", where: str = "auth/login/") -> Any:
        """Logs in on a page of the site, which must work."""
        self.open_page()
        answer = self.post(where, {"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.content
        return answer

    def get(self, where: str, **headers: str) -> Any:
        """As a page of the site."""
        return self.django.get(f"/api/{where}", headers=headers)

    def post(self, where: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """As a page of the site, unless there are headers of another one."""
        return self.django.post(
            f"/api/{where}",
            data=b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers=self.page if headers is None else headers,
        )

    def delete(self, where: str, headers: dict[str, str] | None = None) -> Any:
        """As `post`."""
        return self.django.delete(
            f"/api/{where}", headers=self.page if headers is None else headers
        )

    def value(self, name: str) -> str:
        """That of a cookie, empty if it was cleared."""
        return self.django.cookies[name].value

    def keep(self, **cookies: str) -> None:
        """Puts cookies into it; `access` and `refresh` are ours."""
        names = {"access": ACCESS, "refresh": REFRESH}
        for name, value in cookies.items():
            self.django.cookies[names.get(name, name)] = value


def attributes(cookie: Morsel[str]) -> dict[str, Any]:
    """By what a browser tells cookies of one name apart, and what it does with them."""
    return {name: cookie[name] for name in ("path", "domain", "secure", "httponly", "samesite")}
