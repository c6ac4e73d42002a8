"""Serve the Django demo and a service in Rust beside it, on one database, until Ctrl-C.

`make demo-both` builds what it needs and runs it. The first run makes the database and its users.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "examples" / "django"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=8000, help="of Django")
    parser.add_argument("--service-port", type=int, default=8001, help="of the service")
    parser.add_argument("--database", type=Path, default=SITE / "demo.sqlite3")
    arguments = parser.parse_args()
    database = arguments.database.resolve()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "demo.settings",
        "TEGATA_DEMO_DATABASE": str(database),
    }

    def manage(*command: str) -> list[str]:
        return [sys.executable, "manage.py", *command]

    def prepare(*command: str) -> None:
        subprocess.run(manage(*command), cwd=SITE, env=environment, check=True)

    prepare("migrate", "--verbosity", "0")
    prepare("seed_demo")
    with tempfile.TemporaryDirectory() as folder:
        policy = Path(folder) / "policy.json"
        prepare("tegata_keys", "export", "--private", "--out", str(policy))
        address = f"127.0.0.1:{arguments.service_port}"
        service = [service_program(), policy, f"sqlite://{database}", address]
        site = manage("runserver", f"127.0.0.1:{arguments.port}", "--noreload")
        print(f"site:   http://127.0.0.1:{arguments.port}/ (demo / tegata-demo)", flush=True)
        running = [
            subprocess.Popen(service),
            subprocess.Popen(site, cwd=SITE, env=environment),
        ]
        return wait(running)


def service_program() -> Path:
    """As `cargo build --package tegata-example-django-and-axum` leaves it."""
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    return target / "debug" / "tegata-example-django-and-axum"


def wait(running: list[subprocess.Popen[bytes]]) -> int:
    """Waits for the first that ends, and ends the other one."""
    try:
        while True:
            for process in running:
                try:
                    return process.wait(timeout=0.2)
                except subprocess.TimeoutExpired:
                    continue
    except KeyboardInterrupt:
        return 0
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
