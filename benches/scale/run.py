"""Measure what grows with the number of sessions, and what a purge does to those who refresh.

`python benches/scale/run.py [--rows 1000000] [--database sqlite|postgres] [--quick]`

It fills a file of SQLite and a PostgreSQL server of its own, each with 1,000 sessions and with
`--rows` of them, and asks both in turns for the same: logins, refreshes, requests, the list of a
user's sessions, the list of the admin; in the large one for a user without ended sessions and for
one with 20,000 of them. Then it purges what is ended, half of all rows, while other processes
refresh, for ten minutes at most: one batch is like the next. It prints medians and ratios, and
asserts nothing. It takes some minutes more for a million rows; `--only` takes one part alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATABASES = ["sqlite", "postgres"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many sessions")
    parser.add_argument("--database", choices=DATABASES, help="measure one only")
    parser.add_argument("--journal", choices=["delete", "wal"], default="delete", help="of SQLite")
    parser.add_argument("--folder", type=Path, help="where the files of SQLite are made")
    parser.add_argument("--quick", action="store_true", help="measure less steadily")
    parser.add_argument("--seconds", type=float, default=600, help="how long a purge may take")
    parser.add_argument("--only", choices=["requests", "purge"], help="measure one part only")
    arguments = parser.parse_args()
    if arguments.database is None:
        # The engine of a database is part of the settings, which a process reads once.
        for database in DATABASES:
            subprocess.run([sys.executable, *sys.argv, "--database", database], check=True)
        return
    set_up(arguments.database)
    from measuring import measure

    measure(arguments)


def set_up(database: str) -> None:
    """Makes this process one of the project of the tests."""
    os.environ["TEGATA_TEST_DATABASE"] = database
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()


if __name__ == "__main__":
    main()
