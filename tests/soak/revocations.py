"""Whether an end that was told of holds, at once and everywhere."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import psycopg

from tests.soak.callers import PLAIN, Caller, NotSentError
from tests.soak.history import Pair
from tests.soak.properties import Breach, Violation
from tests.soak.world import World


def confirm_end(world: World, caller: Caller, user: str, pair: Pair) -> None:
    """Presents the tokens of a session that is over to every server, and looks at its row.

    What the servers answer is judged with everything else on record.
    """
    try:
        row = world.database.row(pair.session)
    except (psycopg.OperationalError, sqlite3.OperationalError):
        # It is away; the row is looked at once more at the end.
        pass
    else:
        if not row.has_ended:
            told = f"{caller.name} was told that it is over, and its row has no end"
            world.violations.append(Violation(Breach.UNDONE, pair.session, told))
    for server in world.fleet.servers:
        for question in (caller.use, caller.refresh, caller.verify):
            try:
                question(user, pair, replace(PLAIN, server=server))
            except NotSentError:
                continue
