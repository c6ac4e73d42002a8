"""A program that makes the tables, the users, and a chronicle that the database keeps itself.

`python -m tests.soak.prepare_site 20` makes twenty users. The chronicle is written by a trigger, in
the transaction of what it tells of, so it knows what no answer told: a swap whose answer was lost,
and a swap that should not have been.
"""

from __future__ import annotations

import sys

import django
from django.core.management import call_command
from django.db import connection

PASSWORD = "soaked"

_COLUMNS = "session_id, old_generation, new_generation, was_minted, was_ended, has_moved_end"

_TABLE = """
CREATE TABLE soak_chronicle (
    number {number},
    session_id varchar(43),
    old_generation bigint,
    new_generation bigint,
    was_minted boolean,
    was_ended boolean,
    has_moved_end boolean
)
"""

_NOTE = f"""
INSERT INTO soak_chronicle ({_COLUMNS}) VALUES (
    OLD.id,
    OLD.generation,
    NEW.generation,
    NEW.minted_at <> OLD.minted_at,
    OLD.expired_at IS NOT NULL,
    NEW.expired_at {{differs}} OLD.expired_at
);
"""

_WHEN = """
    NEW.generation <> OLD.generation OR NEW.minted_at <> OLD.minted_at
    OR NEW.expired_at {differs} OLD.expired_at
"""

_SQLITE = (
    _TABLE.format(number="integer PRIMARY KEY"),
    f"""
    CREATE TRIGGER soak_chronicle AFTER UPDATE ON tegata_session
    WHEN {_WHEN.format(differs="IS NOT")}
    BEGIN {_NOTE.format(differs="IS NOT")} END
    """,
)

_POSTGRES = (
    _TABLE.format(number="bigserial PRIMARY KEY"),
    f"""
    CREATE FUNCTION soak_note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {_NOTE.format(differs="IS DISTINCT FROM")} RETURN NULL; END $$
    """,
    f"""
    CREATE TRIGGER soak_chronicle AFTER UPDATE ON tegata_session FOR EACH ROW
    WHEN ({_WHEN.format(differs="IS DISTINCT FROM")})
    EXECUTE FUNCTION soak_note()
    """,
)


def main() -> None:
    """Prepares the database of `tests.soak.settings`."""
    django.setup()
    call_command("migrate", verbosity=0)
    _make_users(int(sys.argv[1]))
    with connection.cursor() as cursor:
        for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRES:
            cursor.execute(statement)


def _make_users(number: int) -> None:
    # No model can be imported before the set-up.
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User

    password = make_password(PASSWORD)
    users = [User(username=user_name(each), password=password) for each in range(number)]
    User.objects.bulk_create(users)


def user_name(number: int) -> str:
    """What the users are called."""
    return f"person-{number}"


if __name__ == "__main__":
    main()
