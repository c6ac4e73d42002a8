"""Looking at the newest sessions only, so that it takes no longer with millions."""

from __future__ import annotations

from django.db.models import Max, Min, QuerySet

from tegata.models import Session

# How many of them a list looks at.
COUNT = 10_000


def among_newest(
    queryset: QuerySet[Session], everything: QuerySet[Session], count: int = COUNT
) -> QuerySet[Session]:
    """Those of a queryset that are among the newest sessions.

    Args:
        queryset: Which.
        everything: Of which sessions the newest are meant.
        count: How many.
    """
    newest = everything.order_by("-created_at")[:count]
    span = newest.aggregate(first=Min("created_at"), last=Max("created_at"))
    if span["first"] is None:
        return queryset
    # Both ends, or SQLite may think that another index finds fewer rows.
    return queryset.filter(created_at__range=(span["first"], span["last"]))
