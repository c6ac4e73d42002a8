"""Soak sessions: races, kills, lost answers, thieves and a database that goes away.

`python -m tests.soak [--minutes 10] [--database sqlite|postgres] [--seed SEED]` prints an account
for each database, and ends with an error if anything happened that must not.
"""

from __future__ import annotations

import argparse
import secrets
import sys

from tests.postgres import PostgresNotFoundError, find_programs
from tests.soak.databases import DATABASES
from tests.soak.soak import full, soak


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10, help="how long it all takes; 10")
    parser.add_argument("--database", choices=list(DATABASES), help="one only, instead of both")
    parser.add_argument("--seed", help="draw the chances of an earlier run")
    arguments = parser.parse_args()

    kinds = [arguments.database] if arguments.database else list(DATABASES)
    if "postgres" in kinds:
        try:
            find_programs()
        except PostgresNotFoundError as error:
            sys.exit(f"error: {error}")
    seed = arguments.seed or secrets.token_hex(4)
    plan = full(arguments.minutes * 60 / len(kinds))
    is_clean = True
    for kind in kinds:
        sys.stdout.write(f"Soaking on {kind} for {plan.seconds:.0f} seconds, seed {seed}\n")
        sys.stdout.flush()
        account = soak(kind, plan, seed)
        sys.stdout.write(f"{account}\n\n")
        is_clean = is_clean and account.is_clean
    sys.exit(not is_clean)


if __name__ == "__main__":
    main()
