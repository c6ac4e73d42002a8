"""A Rust host on the database of the tests: `crates/sqlx/examples/rows.rs`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CargoNotFoundError(RuntimeError):
    """There is no cargo to build the Rust host with."""

    def __init__(self) -> None:
        super().__init__(
            "there is no `cargo`, so the Rust store cannot be tried beside Django\n"
            "hint: install Rust 1.94 or newer, and open a new terminal"
        )


@cache
def program() -> Path:
    """Build the Rust host, with the features that the other tests of Rust build it with.

    Raises:
        CargoNotFoundError: Rust is not installed.
    """
    cargo = shutil.which("cargo")
    if cargo is None:
        raise CargoNotFoundError
    # Of PyO3's build script an environment of nox is another interpreter than the one before.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    built = subprocess.run(
        [cargo, "build", "--workspace", "--example", "rows", "--message-format", "json"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "rows":
            return Path(message["executable"])
    raise RuntimeError("cargo did not say where it has built the example `rows`")


class RustError(Exception):
    """What a store refused, in its own words."""


class Rust:
    """A Rust process that has the store open."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [program()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=10)

    def ask(self, request: str, **values: Any) -> Any:
        """What the store answers.

        Raises:
            RustError: It refuses.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps({request: values})}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RustError(answer["error"])
        return answer["answer"]


@contextmanager
def connected(
    hasher: str | None = None, url: str | None = None, **users: Any
) -> Iterator[tuple[Rust, dict[str, str]]]:
    """A store on the tests' own database, and what it says of it.

    Args:
        hasher: What it is to prefer, of PBKDF2 the iterations; `None` leaves that to it.
        url: Another database.
        users: What the site configures besides the columns of its user model.
    """
    meta: Any = get_user_model()._meta
    configured = {
        "table": meta.db_table,
        "key": meta.pk.column,
        "username": meta.get_field(get_user_model().USERNAME_FIELD).column,
        **users,
    }
    with Rust() as rust:
        found = rust.ask("connect", url=url or database_url(), users=configured, hasher=hasher)
        yield rust, found


def database_url() -> str:
    """The tests' database, as a Rust host writes its address."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        return f"sqlite://{database['NAME']}?mode=rw"
    place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return f"postgres://{database['USER']}@{place}"


def micros(instant: datetime | None) -> int | None:
    """Microseconds since 1970, as the engine counts."""
    return None if instant is None else (instant - EPOCH) // timedelta(microseconds=1)
