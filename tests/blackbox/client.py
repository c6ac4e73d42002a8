"""A client that knows the routes and nothing of what serves them."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx

USER, PASSWORD = "demo", "tegata-demo"
ADMIN, ADMIN_PASSWORD = "admin", "tegata-admin"
CAREFUL, CAREFUL_PASSWORD = "otp", "tegata-otp"


class Person:
    """Somebody with a device and, once logged in, with tokens."""

    def __init__(self, base_url: str, user_agent: str = "a browser") -> None:
        self.http = httpx.Client(
            base_url=f"{base_url}/api/",
            headers={"User-Agent": user_agent},
            timeout=30,
            # Without TLS there is nothing to verify, and certificates take long to load.
            verify=False,
        )
        self.tokens: dict[str, str] = {}

    def log_in(self, username: str = USER, password: str = PASSWORD) -> Person:
        """Logs in, which must work."""
        answer = self.post("auth/login/", {"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        return self

    def refresh(self, refresh_token: str | None = None) -> httpx.Response:
        """Refreshes; keeps what comes back."""
        body = {"refresh_token": refresh_token or self.tokens["refresh_token"]}
        answer = self.post("auth/refresh/", body)
        if answer.status_code == 200:
            self.tokens = answer.json()
        return answer

    def get(self, path: str) -> httpx.Response:
        """Asks with the access token."""
        return self.http.get(path, headers=self.credentials)

    def post(self, path: str, body: Any = None) -> httpx.Response:
        """Posts JSON without the access token."""
        return self.http.post(path, json=body)

    def post_signed(self, path: str, body: Any = None) -> httpx.Response:
        """Posts JSON with the access token."""
        return self.http.post(path, json=body, headers=self.credentials)

    def delete(self, path: str) -> httpx.Response:
        """Deletes with the access token."""
        return self.http.delete(path, headers=self.credentials)

    @property
    def credentials(self) -> dict[str, str]:
        """The header with the access token."""
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}


def code(answer: httpx.Response) -> tuple[int, str | None]:
    """Status and error code; a refusal has exactly our shape."""
    if answer.status_code < 400:
        return answer.status_code, None
    body = answer.json()
    assert set(body) == {"error_code", "detail"}
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, body["error_code"]


def claims_of(token: str) -> dict[str, Any]:
    """The claims, read without any library."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


class Browser:
    """A browser with a page of the site in it: it keeps cookies, and shows no token to the page."""

    def __init__(self, base_url: str, user_agent: str = "a browser") -> None:
        self.http = httpx.Client(
            base_url=f"{base_url}/api/",
            headers={"User-Agent": user_agent},
            timeout=30,
            verify=False,
        )
        self.origin = base_url
        self.csrf_token = ""

    def log_in(self, username: str = USER, password: str = PASSWORD) -> Browser:
        """Opens a page and logs in on it, which must work."""
        self.open_page()
        answer = self.post("auth/login/", {"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        return self

    def open_page(self) -> Browser:
        """Loads a page, which asks for the CSRF token."""
        self.csrf_token = self.get("auth/csrf/").json()["csrf_token"]
        return self

    def get(self, path: str) -> httpx.Response:
        """As the page does."""
        return self.http.get(path, headers={"Sec-Fetch-Site": "same-origin"})

    def post(self, path: str, body: Any = None) -> httpx.Response:
        """As the page does."""
        return self.http.post(path, json=body, headers=self.page)

    @property
    def page(self) -> dict[str, str]:
        """The headers of the page for what changes something."""
        return {
            "Origin": self.origin,
            "Sec-Fetch-Site": "same-origin",
            "X-CSRFToken": self.csrf_token,
        }

    @property
    def cookies(self) -> dict[str, str]:
        """What the browser has of ours, by the names without their prefixes."""
        kept = {
            name.removeprefix("__Host-").removeprefix("__Secure-"): value
            for name, value in self.http.cookies.items()
        }
        return {name: kept[name] for name in ("access_token", "refresh_token") if name in kept}
