"""A throw-away PostgreSQL server, for as long as a ``with`` block lasts."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ports import free_port

USER = "tegata"

_PROGRAM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)

# Durability is worth nothing for data that lives for one run, and costs most of its time.
_CONFIGURATION = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
fsync = off
full_page_writes = off
synchronous_commit = off
"""

# The guard outlives its parent, however that one ends: the pipe it reads from is then closed, and
# it stops the server that it was given and removes the folder.
_GUARD = """
cat >/dev/null
"$1" stop --pgdata "$2/data" --mode fast --timeout 20 --silent >/dev/null 2>&1 ||
    "$1" stop --pgdata "$2/data" --mode immediate --silent >/dev/null 2>&1
rm -rf -- "$2"
"""


class PostgresNotFoundError(RuntimeError):
    """PostgreSQL's server programs are not installed."""

    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL's server program `initdb` was not found\n"
            "hint: install the package `postgresql` (Debian, Ubuntu, Homebrew) or "
            "`postgresql-server` (Fedora), or put the folder of `initdb` on PATH"
        )


class PostgresStartError(RuntimeError):
    """The server is installed but did not start."""

    def __init__(self, step: str, output: str) -> None:
        super().__init__(
            f"a throw-away PostgreSQL server did not start: {step} failed\n{output.rstrip()}\n"
            "hint: the lines above are PostgreSQL's own; a full disk and a temporary folder that "
            "other accounts cannot enter are the usual causes"
        )


@dataclass(frozen=True)
class Postgres:
    """How to reach a running server; every local connection is trusted, without a password."""

    host: str
    port: int
    user: str
    socket_folder: Path


def find_programs() -> Path:
    """The folder of the newest ``initdb`` and ``pg_ctl``, one on PATH first."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for pattern in _PROGRAM_FOLDERS:
        found = Path("/").glob(pattern.removeprefix("/"))
        folders += sorted(found, key=_version, reverse=True)
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file():
            return folder
    raise PostgresNotFoundError


@contextmanager
def run_postgres() -> Iterator[Postgres]:
    """Start a server on a free port of 127.0.0.1 and stop it when the block is left."""
    programs = find_programs()
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="tegata-postgres-"))
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    try:
        guard = subprocess.Popen(
            ["sh", "-c", _GUARD, "guard", programs / "pg_ctl", folder],
            stdin=subprocess.PIPE,
            cwd=folder,
            # An interrupt typed at the terminal must not end the guard before the server.
            start_new_session=True,
            **_identity(account),
        )
    except PermissionError as error:
        folder.rmdir()
        raise PostgresStartError("entering its folder", str(error)) from error
    try:
        yield _start(programs, folder, account)
    finally:
        guard.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def _start(programs: Path, folder: Path, account: pwd.struct_passwd | None) -> Postgres:
    data = folder / "data"
    log = folder / "log"

    def run(program: str, *arguments: str | Path) -> str | None:
        """What a failed program said, or None."""
        # Not a pipe: the server would inherit it, and reading from it would never end.
        with log.open("a") as output:
            done = subprocess.run(
                [programs / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                check=False,
                **_identity(account),
            )
        return log.read_text(errors="replace") if done.returncode else None

    said = run(
        "initdb",
        *("--pgdata", data, "--username", USER, "--auth", "trust"),
        *("--encoding", "UTF8", "--no-locale", "--no-sync"),
    )
    if said is not None:
        raise PostgresStartError("initdb", said)

    # Another program can take the port between the choice and the start, so the choice is renewed.
    for _ in range(5):
        port = free_port()
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(_CONFIGURATION.format(port=port, folder=folder))
        said = run("pg_ctl", "start", "--pgdata", data, "--wait", "--timeout", "60")
        if said is None:
            return Postgres("127.0.0.1", port, USER, folder)
        if "Address already in use" not in said:
            break
    raise PostgresStartError("pg_ctl start", said or "")


def _account() -> pwd.struct_passwd | None:
    """The account to run as when this process is root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresStartError("dropping root's privileges", "no account `postgres` or `nobody`")


def _identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _version(folder: Path) -> list[int]:
    """The numbers in a folder's name, so that version 15 sorts after version 9."""
    digits = "".join(sign if sign.isdigit() else " " for sign in str(folder))
    return [int(number) for number in digits.split()]
