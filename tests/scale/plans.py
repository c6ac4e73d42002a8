"""How the database would carry out the statements of a piece of code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection
from django.test.utils import CaptureQueriesContext

_TABLE = "tegata_session"
# What reads a whole table or a whole index, which nothing but a limit can end.
_WHOLE = {
    "sqlite": re.compile(rf"SCAN {_TABLE}\b"),
    "postgresql": re.compile(
        rf"Seq Scan on {_TABLE}\b"
        rf"|Index (?:Only )?Scan[^\n]* on {_TABLE}\b[^\n]*(?!\n *Index Cond)$",
        re.MULTILINE,
    ),
}
_INDEX = re.compile(r"(?:INDEX|Index (?:Only )?Scan(?: Backward)? (?:using|on)) (\w+)")


@dataclass
class Plans:
    """What was found out.

    Attributes:
        of: The plan of each statement that reads or changes sessions.
    """

    of: dict[str, str] = field(default_factory=dict)

    @property
    def indexes(self) -> set[str]:
        """The indexes of the table that are used."""
        found = {name for plan in self.of.values() for name in _INDEX.findall(plan)}
        return {name for name in found if _TABLE in name}

    def of_one(self, *words: str) -> str:
        """The plan of the one statement that holds all these words."""
        (found,) = [sql for sql in self.of if all(word in sql for word in words)]
        return self.of[found]


@contextmanager
def explained() -> Iterator[Plans]:
    """Collects the plans of what is asked of sessions within it; none reads all of them."""
    plans = Plans()
    with CaptureQueriesContext(connection) as queries:
        yield plans
    for query in queries:
        sql = query["sql"]
        if _TABLE in sql and not sql.startswith("INSERT"):
            plans.of[sql] = plan(sql)
    assert plans.of
    for sql, each in plans.of.items():
        is_bounded = " LIMIT " in sql and " WHERE " not in sql
        assert is_bounded or not _WHOLE[connection.vendor].search(each), f"{sql}\n\n{each}"


def plan(sql: str) -> str:
    """How the database would carry out a statement, a line for each step."""
    words = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{words} {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
