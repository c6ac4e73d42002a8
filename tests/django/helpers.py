"""What the tests of the Django face say often."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

from django.db import connections
from django.http import HttpResponse
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
KEYS = Path(__file__).resolve().parent / "keys"
PASSWORD = "correct horse battery staple"

ResultT = TypeVar("ResultT")


def post(client: Client, path: str, body: Any = None, token: str | None = None) -> Any:
    """POSTs JSON to the auth routes."""
    headers = bearer(token) if token else {}
    return client.post(f"/api/auth/{path}", body, content_type="application/json", headers=headers)


def log_in(client: Client, username: str = "ada", password: str = PASSWORD) -> dict[str, str]:
    """The tokens of a login that must work."""
    response = post(client, "login/", {"username": username, "password": password})
    assert response.status_code == 200, response.content
    tokens: dict[str, str] = response.json()
    return tokens


def refresh(client: Client, refresh_token: str) -> Any:
    """The answer of `refresh/`."""
    return post(client, "refresh/", {"refresh_token": refresh_token})


def profile(client: Client, access_token: str, path: str = "/api/profile/") -> Any:
    """The answer of a protected view."""
    return client.get(path, headers=bearer(access_token))


def bearer(token: str) -> dict[str, str]:
    """The header that carries an access token."""
    return {"Authorization": f"Bearer {token}"}


def code(response: HttpResponse) -> tuple[int, str | None]:
    """Status and error code."""
    body = response.json() if response.content else None  # type: ignore[attr-defined]
    return response.status_code, body.get("error_code") if isinstance(body, dict) else None


def header_of(token: str) -> dict[str, Any]:
    """The JOSE header, read without any library."""
    return _decoded(token.split(".")[0])


def claims_of(token: str) -> dict[str, Any]:
    """The claims, read without any library."""
    return _decoded(token.split(".")[1])


def _decoded(part: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return value


def at_once(calls: Iterable[Callable[[], ResultT]], *, timeout: float = 60) -> list[ResultT]:
    """Runs each call in a thread with a connection of its own; all start together."""
    calls = list(calls)
    start = Barrier(len(calls))

    def run(call: Callable[[], ResultT]) -> ResultT:
        try:
            start.wait(timeout)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        running = [pool.submit(run, call) for call in calls]
        return [each.result(timeout) for each in running]


def run_python(
    *arguments: str | Path, settings: str, path: Iterable[Path] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs Python in a process of its own."""
    folders = os.pathsep.join(map(str, [*path, ROOT]))
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": settings,
            "PYTHONPATH": folders,
            **environment,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
