"""The part about axum: a program of `benches/axum` does it all but to start the database."""

from __future__ import annotations

import subprocess
import sys
import tempfile

import environment

from tests.postgres import PostgresNotFoundError, find_programs, run_postgres


def measure(*, is_quick: bool) -> None:
    """Build that program, and run it on SQLite and on a PostgreSQL of its own."""
    program = environment.build_rust("axum") / "tegata-bench-axum"
    with tempfile.TemporaryDirectory() as folder:
        # The sites get the other processor.
        command = ["taskset", "--cpu-list", "1", str(program), "--folder", folder]
        command += ["--quick"] if is_quick else []
        try:
            find_programs()
        except PostgresNotFoundError as error:
            print(f"bench: nothing is measured on PostgreSQL: {error}", file=sys.stderr)
            subprocess.run(command, check=True)
            return
        with run_postgres() as server:
            url = f"postgres://{server.user}@{server.host}:{server.port}/postgres"
            subprocess.run([*command, "--postgres", url], check=True)
