"""The example of a service in Rust beside a Django site."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.blackbox.client import USER, Person, code
from tests.blackbox.servers import PATIENCE_SECONDS, ROOT
from tests.ports import free_port


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Those of the site and of the service, both started by the example's one command."""
    site, service = free_port(), free_port()
    command = [sys.executable, "examples/django-and-axum/run.py", "--port", str(site)]
    command += ["--service-port", str(service), "--database", str(tmp_path / "demo.sqlite3")]
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        for port in (site, service):
            _wait_for(port, process, log)
        yield site, service
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0, log.read_text()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/")
        except httpx.TransportError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        else:
            return


def test_who_logs_in_at_the_site_is_known_to_the_service(ports: tuple[int, int]) -> None:
    site, service = ports
    person = Person(f"http://127.0.0.1:{site}").log_in()
    orders = f"http://127.0.0.1:{service}/orders/"

    known = httpx.get(orders, headers=person.credentials)
    assert (known.status_code, known.json()["username"]) == (200, USER)
    assert code(httpx.get(orders)) == (401, "missing_token")

    assert person.post_signed("auth/logout/").status_code == 200
    assert code(httpx.get(orders, headers=person.credentials)) == (401, "session_expired")
