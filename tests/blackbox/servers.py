"""Server processes: started on a free port, logged to a file, and ended whatever happens."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.ports import free_port
from tests.program import PROGRAM

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "django"

# A server that is slower than this to start or to stop does not do so at all.
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Host:
    """One way to serve the routes under test.

    Attributes:
        name: For the test's id.
        command: Its command line; `{port}` stands for the port, `{database}` for a URL.
        is_async: Whether async views share one loop.
        is_django: Whether it is Django that serves.
    """

    name: str
    command: tuple[str, ...]
    is_async: bool = False
    is_django: bool = True


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


_GUNICORN = ("-m", "gunicorn", "demo.wsgi", "--bind", "127.0.0.1:{port}", "--workers", "1")

RUNSERVER = Host("runserver", _python("manage.py", "runserver", "127.0.0.1:{port}", "--noreload"))
GUNICORN_SYNC = Host("gunicorn-sync", _python(*_GUNICORN, "--worker-class", "sync"))
GUNICORN_THREADS = Host(
    "gunicorn-gthread", _python(*_GUNICORN, "--worker-class", "gthread", "--threads", "4")
)
UVICORN = Host(
    "uvicorn",
    _python("-m", "uvicorn", "demo.asgi:application", "--host", "127.0.0.1", "--port", "{port}"),
    is_async=True,
)
# The other face: the program `tegata`, in Rust.
AXUM = Host(
    "axum",
    (str(PROGRAM), "serve", "--demo", "--listen", "127.0.0.1:{port}", "--database", "{database}"),
    is_django=False,
)
HOSTS = (RUNSERVER, GUNICORN_SYNC, GUNICORN_THREADS, UVICORN, AXUM)


@dataclass(frozen=True)
class Server:
    """A running one."""

    host: Host
    base_url: str
    log: Path


def environment(settings: str, variables: Mapping[str, str]) -> dict[str, str]:
    """What a process needs to serve the demo."""
    folders = [DEMO, Path(__file__).parent, ROOT]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": settings,
        **variables,
    }


def _environment_of(host: Host, settings: str, variables: Mapping[str, str]) -> dict[str, str]:
    if host.is_django:
        return environment(settings, variables)
    # To the program, each of these would be a key of its configuration.
    return {name: value for name, value in os.environ.items() if not name.startswith("TEGATA_")}


def database_url(variables: Mapping[str, str]) -> str:
    """The demo's database, as a URL."""
    if "TEGATA_BLACKBOX_POSTGRES_PORT" in variables:
        user = variables["TEGATA_BLACKBOX_POSTGRES_USER"]
        return f"postgres://{user}@127.0.0.1:{variables['TEGATA_BLACKBOX_POSTGRES_PORT']}/postgres"
    return f"sqlite://{variables['TEGATA_DEMO_DATABASE']}"


def manage(settings: str, variables: Mapping[str, str], *arguments: str) -> None:
    """Runs a management command of the demo."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=DEMO,
        env=environment(settings, variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@contextmanager
def serve(
    host: Host, folder: Path, settings: str, variables: Mapping[str, str]
) -> Iterator[Server]:
    """Runs a server for as long as the block lasts."""
    database = database_url(variables) if "{database}" in host.command else ""
    # Another program can take the port between the choice and the start.
    for attempt in range(5):
        port = free_port()
        log = folder / f"{host.name}-{attempt}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [part.format(port=port, database=database) for part in host.command],
                cwd=DEMO if host.is_django else folder,
                env=_environment_of(host, settings, variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            base_url = f"http://127.0.0.1:{port}"
            if _answers(process, base_url):
                yield Server(host, base_url, log)
                return
        finally:
            _stop(process)
        if "in use" not in log.read_text():
            break
    raise AssertionError(f"{host.name} did not start:\n{log.read_text()}")


def _answers(process: subprocess.Popen[bytes], base_url: str) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{base_url}/api/profile/", timeout=PATIENCE_SECONDS)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return process.poll() is None
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE_SECONDS / 6)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
