"""The whole life of a key, in real processes: no token is refused while the next one takes over."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tegata import jose
from tests.blackbox.client import Person
from tests.blackbox.servers import GUNICORN_THREADS, UVICORN, manage, serve

SETTINGS = "rotating_site"
JWKS = "/.well-known/jwks.json"
# Far beyond what a cycle takes.
PATIENCE_SECONDS = 30


@pytest.fixture
def keys(variables: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of a site with a file of one key."""
    file = tmp_path / "keys.json"
    chosen = {**variables, "TEGATA_BLACKBOX_KEYS": str(file)}
    make = ("--algorithm", "EdDSA", "--format", "jwks", "--out", str(file))
    manage("demo_site", chosen, "tegata_keys", "generate", *make)
    return chosen


@contextmanager
def verifier(*urls: str) -> Iterator[subprocess.Popen[str]]:
    """A process that verifies what it is told."""
    script = Path(__file__).with_name("verifier.py")
    process = subprocess.Popen(
        [sys.executable, str(script), *urls],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_no_token_is_refused_from_published_to_dropped(
    keys: dict[str, str], tmp_path: Path
) -> None:
    with (
        serve(UVICORN, tmp_path, SETTINGS, keys) as one,
        serve(GUNICORN_THREADS, tmp_path, SETTINGS, keys) as other,
        verifier(f"{one.base_url}{JWKS}", f"{other.base_url}{JWKS}") as service,
    ):
        servers = [Person(each.base_url) for each in (one, other)]
        (first,) = published(one.base_url)

        def until(new_state: str, wanted: set[str]) -> None:
            """Logs in all the time, until these keys are published by both servers."""
            deadline = time.monotonic() + PATIENCE_SECONDS
            while {frozenset(published(each.base_url)) for each in (one, other)} != {
                frozenset(wanted)
            }:
                assert time.monotonic() < deadline, new_state
                tell()

        def tell() -> str:
            """Has each server sign a token, which the other one and the service are told."""
            # Leaves the processes some of the machine.
            time.sleep(0.05)
            kid = ""
            for here, there in (servers, servers[::-1]):
                tokens = here.log_in().tokens
                there.tokens = tokens
                assert there.get("profile/").status_code == 200
                assert service.stdin is not None
                service.stdin.write(f"{tokens['access_token']}\n")
                kid = kid_of(tokens["access_token"])
            return kid

        assert tell() == first
        manage(SETTINGS, keys, "tegata_keys", "rotate")
        second, old = kids_in(Path(keys["TEGATA_BLACKBOX_KEYS"]))
        assert old == first
        until("published", {first, second})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while tell() == first:
            assert time.monotonic() < deadline
        until("retired and over", {second})
        manage(SETTINGS, keys, "tegata_keys", "rotate")
        assert first not in kids_in(Path(keys["TEGATA_BLACKBOX_KEYS"]))
        tell()

        said, _ = service.communicate(timeout=PATIENCE_SECONDS)
        for server in (one, other):
            assert "Traceback" not in server.log.read_text(), server.log.read_text()

    seen = json.loads(said)
    assert seen["refused"] == []
    assert seen["verifiers"] in (2, 4)
    assert set(seen["verified"]) == {first, second}
    # How often is up to the machine.
    assert min(seen["verified"].values()) > 0


def published(base_url: str) -> list[str]:
    """The keys that a server publishes."""
    return [each["kid"] for each in httpx.get(f"{base_url}{JWKS}").json()["keys"]]


def kids_in(file: Path) -> list[str]:
    """The keys of the file."""
    return [each["kid"] for each in json.loads(file.read_text())["keys"]]


def kid_of(token: str) -> str:
    """The key that signed."""
    kid: str = jose.unverified_header(token)["kid"]
    return kid
