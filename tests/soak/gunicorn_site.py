"""Gunicorn's configuration: how the site is served, and where its processes can be found."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

bind = "127.0.0.1:0"
workers = 2
worker_class = "gthread"
threads = 4
# A worker that takes the place of a killed one is a fork, and there at once.
preload_app = True
control_socket_disable = True

_folder = Path(os.environ["SOAK_FOLDER"])


def on_starting(server: Any) -> None:
    """Ends the server when what started it is gone, however that came: the pipe closes then."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def when_ready(server: Any) -> None:
    """Says which port the system has given it."""
    port = server.LISTENERS[0].sock.getsockname()[1]
    unfinished = _folder / "port.new"
    unfinished.write_text(str(port))
    unfinished.rename(_folder / "port")


def post_fork(server: Any, worker: Any) -> None:
    """Lists a worker."""
    (_folder / "workers" / str(os.getpid())).touch()


def child_exit(server: Any, worker: Any) -> None:
    """Strikes it off."""
    (_folder / "workers" / str(worker.pid)).unlink(missing_ok=True)
