"""An issuer for each test."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.jwks.certificates import make_ca
from tests.jwks.issuer import Clock, Issuer

# Nothing here has a database, so a run on another one would only do the same once more.
if os.environ.get("TEGATA_TEST_DATABASE", "sqlite") != "sqlite":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def one_ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the certificate of a CA that has signed nothing."""
    return make_ca(tmp_path_factory.mktemp("ca"))[0]


@pytest.fixture
def issuer(one_ca: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """One that speaks HTTP."""
    # A client reads the certificates of every CA, which takes longer than a test, and HTTP needs
    # none of them.
    monkeypatch.setenv("SSL_CERT_FILE", str(one_ca))
    with Issuer() as issuer:
        yield issuer


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], list[logging.LogRecord]]:
    """What `tegata` has logged, once every fetch has; callers go on before that."""

    def records() -> list[logging.LogRecord]:
        for thread in threading.enumerate():
            if thread.name == "tegata-jwks":
                thread.join(10)
        return [record for record in caplog.records if record.name == "tegata"]

    return records


@pytest.fixture(autouse=True)
def _no_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of their shortest length, so that tests can count the seconds."""
    monkeypatch.setattr("tegata.jwks.cache.random", lambda: 0.0)


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()
