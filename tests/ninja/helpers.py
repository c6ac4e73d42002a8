"""Speaking to the auth routes, and reading their answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from uuid import uuid4

import jwt
from django.test import Client
from django.urls import path
from ninja import NinjaAPI

from tegata import mount

PASSWORD = "correct horse battery staple"

# For the tests that forge tokens; `forging_key` puts it into the settings.
SECRET = b"thirty-two bytes, or a few more."

# The refusals of a request that carried no token (RFC 6750 section 3.1).
_WITHOUT_TOKEN = {"invalid_challenge", "invalid_credentials", "missing_token"}


@dataclass(frozen=True)
class Pair:
    """What a login hands out."""

    access: str
    refresh: str

    @property
    def session_id(self) -> str:
        return str(claims_of(self.access)["session_id"])


class JSONClient:
    """Django's test client, for bodies and answers in JSON. Paths are relative to `/api/`."""

    def __init__(self, client: Client | None = None) -> None:
        self.django = client or Client()

    def get(self, where: str, token: str | None = None, **headers: str) -> Any:
        return self.django.get(f"/api/{where}", headers=bearer(token, **headers))

    def delete(self, where: str, token: str | None = None) -> Any:
        return self.django.delete(f"/api/{where}", headers=bearer(token))

    def post(self, where: str, body: Any = None, token: str | None = None, **headers: str) -> Any:
        """Posts `body` as JSON; bytes go out as they are, and `None` means no body at all."""
        if body is None:
            body = b""
        return self.django.post(
            f"/api/{where}",
            data=body if isinstance(body, bytes) else json.dumps(body),
            content_type="application/json",
            headers=bearer(token, **headers),
        )

    def post_form(self, where: str, **fields: str) -> Any:
        return self.django.post(f"/api/{where}", data=fields)

    def log_in(self, username: str = "alice", password: str = PASSWORD) -> Pair:
        response = self.post("auth/login/", {"username": username, "password": password})
        assert response.status_code == 200, response.content
        return pair_of(response)

    def refresh(self, refresh_token: str) -> Any:
        return self.post("auth/refresh/", {"refresh_token": refresh_token})


def bearer(token: str | None, **headers: str) -> dict[str, str]:
    """Headers with `token`, if there is one; `user_agent=` becomes `User-Agent`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return named if token is None else {"Authorization": f"Bearer {token}", **named}


def pair_of(response: Any) -> Pair:
    """The pair in the answer to a login or refresh."""
    body = response.json()
    assert body.keys() == {"access_token", "refresh_token"}
    return Pair(body["access_token"], body["refresh_token"])


def claims_of(token: str) -> dict[str, Any]:
    """The payload, unverified, as a curious client reads it."""
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def forge(
    claims: Any, *, typ: str | None = "at+jwt", key: Any = SECRET, alg: str = "HS256", **header: Any
) -> str:
    """A token with any payload: bytes as they are, anything else as JSON."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return jwt.PyJWS().encode(payload, key, algorithm=alg, headers={"typ": typ, **header})


def assert_refused(response: Any, status: int, code: str, challenge: str | None = None) -> str:
    """Checks the status, the shape and the headers of a refusal; `challenge` is that of a gate
    that asks for more than a good token.

    Returns:
        The detail.
    """
    body = response.json()
    assert (response.status_code, body.get("error_code")) == (status, code), body
    assert body.keys() == {"error_code", "detail"}
    assert response.headers["Cache-Control"] == "no-store"
    if challenge is None and status == 401:
        challenge = "Bearer" if code in _WITHOUT_TOKEN else 'Bearer error="invalid_token"'
    assert response.headers.get("WWW-Authenticate") == challenge
    assert isinstance(body["detail"], str)
    assert body["detail"]
    return str(body["detail"])


def new_api(*, mounted: bool = True, **options: Any) -> NinjaAPI:
    """An API of a test's own, with the auth routes and the error handler unless told otherwise."""
    api = NinjaAPI(urls_namespace=f"test-{uuid4()}", **options)
    if mounted:
        mount(api)
    return api


def urlconf_of(api: NinjaAPI) -> ModuleType:
    """A URLconf for `ROOT_URLCONF` that serves `api` under `/api/`."""
    urlconf = ModuleType("urlconf")
    urlconf.urlpatterns = [path("api/", api.urls)]  # type: ignore[attr-defined]
    return urlconf
