"""A chart of the sign-ins and reuse events of the last weeks, as numbers and as lengths.

What it costs does not grow with the table: a day's sign-ins are counted up to a limit, along the
index of their time, and so are the sessions that ended for reuse, which are few.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from tegata.models import Session

# Four weeks, which is less than rows are kept for by default.
DAYS = 28
# As far as a day is counted.
LIMIT = 10_000
_REUSE = "token_reuse"

# In the units of the picture.
_STEP, _WIDTH = 30, 22
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Count:
    """A number, or at least that.

    Attributes:
        number: The number.
        is_more: Whether it was counted no further.
    """

    number: int
    is_more: bool = False

    def __str__(self) -> str:
        return f"{number_format(self.number, force_grouping=True)}{'+' if self.is_more else ''}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One day; its place is in texts, which no locale changes."""

    day: str
    count: Count
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Series:
    """One number a day.

    Attributes:
        name: Of what, for a class of the style sheet.
        title: The same in words.
        total: Of all days.
        note: What a look at the picture tells.
        height: That of the picture.
        bars: The days, the oldest first.
    """

    name: str
    title: str
    total: Count
    note: str
    height: str
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole of it.

    Attributes:
        series: Sign-ins, and reuse events.
        width: That of the pictures.
        ticks: Some days, each with its place, for the axis.
        rows: The same numbers as a table: a day, and its number in each series.
    """

    series: list[Series]
    width: str
    ticks: list[tuple[str, str]]
    rows: list[tuple[str, list[Count]]]


def chart(sessions: QuerySet[Session]) -> Chart:
    """Counts sessions by day, in two statements.

    Args:
        sessions: Those that whoever looks may see.
    """
    today = timezone.localdate()
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    # Of a session there is neither an order nor a user in this.
    sessions = sessions.order_by().prefetch_related(None)
    series = [
        _series("opened", _("Sign-ins"), days, _opened(sessions, days), 90),
        _series("reused", _("Reuse detected"), days, _reused(sessions, days), 45),
    ]
    ticks = [(str(_middle(index)), date_format(days[index], "M j")) for index in _mondays(days)]
    rows = [
        (date_format(day, "DATE_FORMAT"), [each.bars[index].count for each in series])
        for index, day in enumerate(days)
    ]
    return Chart(series, str(_STEP * DAYS), ticks, rows[::-1])


def _opened(sessions: QuerySet[Session], days: list[date]) -> list[Count]:
    """How many were opened each day, in one statement."""
    parts, parameters = [], list[Any]()
    for index, day in enumerate(days):
        of_day = sessions.filter(
            created_at__gte=_midnight(day), created_at__lt=_midnight(day + timedelta(days=1))
        )
        few = of_day.values_list("pk")[: LIMIT + 1]
        sql, values = few.query.get_compiler(using=sessions.db).as_sql()
        # Not a union of Django's: on SQLite that takes no parts with a limit.
        parts.append(f"SELECT {index}, COUNT(*) FROM ({sql}) day{index}")  # noqa: S608
        parameters += values
    with connections[sessions.db].cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        counts = dict(cursor.fetchall())
    return [Count(min(counts[index], LIMIT), counts[index] > LIMIT) for index in range(len(days))]


def _reused(sessions: QuerySet[Session], days: list[date]) -> list[Count]:
    """How many ended for reuse each day, among the newest sessions that did."""
    # The index is that of the ended ones, by reason.
    ended = sessions.filter(end_reason=_REUSE, expired_at__isnull=False).order_by("-created_at")
    times = list(ended.values_list("expired_at", flat=True)[: LIMIT + 1])
    counts = Counter(timezone.localdate(when) for when in times[:LIMIT] if when is not None)
    return [Count(counts[day], len(times) > LIMIT) for day in days]


def _series(name: str, title: str, days: list[date], counts: list[Count], height: int) -> Series:
    most = max(count.number for count in counts)
    bars = []
    for index, (day, count) in enumerate(zip(days, counts, strict=True)):
        length = max(_LEAST, round(height * count.number / most)) if count.number else 0
        bars.append(
            Bar(
                day=date_format(day, "DATE_FORMAT"),
                count=count,
                x=str(_middle(index) - _WIDTH // 2),
                y=str(height - length),
                width=str(_WIDTH),
                height=str(length),
            )
        )
    total = Count(sum(count.number for count in counts), any(count.is_more for count in counts))
    peak = max(bars, key=lambda bar: bar.count.number)
    note = _("in %(days)d days") % {"days": len(days)}
    if most:
        words = _("%(note)s, most on %(day)s: %(count)s")
        note = words % {"note": note, "day": peak.day, "count": peak.count}
    return Series(name, title, total, note, str(height), bars)


def _mondays(days: list[date]) -> list[int]:
    return [index for index, day in enumerate(days) if day.weekday() == 0]


def _middle(index: int) -> int:
    return index * _STEP + _STEP // 2


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
