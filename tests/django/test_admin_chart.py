"""The chart above the list of sessions: what it counts, what it costs, and who sees it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.admin import AdminSite
from django.contrib.auth.models import Permission, User
from django.contrib.staticfiles import finders
from django.db.models import QuerySet
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone
from freezegun import freeze_time

from tegata.admin import SessionAdmin
from tegata.internal import sign_in_chart
from tegata.internal.sign_in_chart import DAYS, LIMIT, Count, chart
from tegata.models import Session

LIST = "/admin/tegata/session/"
NOW = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def of_staff(db: None) -> Client:
    """The browser of somebody who may look at sessions."""
    staff = User.objects.create_user("staff", is_staff=True)
    of_tegata = Permission.objects.filter(content_type__app_label="tegata")
    staff.user_permissions.add(of_tegata.get(codename="view_session"))
    client = Client()
    client.force_login(staff)
    return client


def made(user: User, when: datetime, **columns: Any) -> None:
    """A session that was opened then."""
    Session.objects.create(user=user, created_at=when, **columns)


def numbers(series: int) -> list[int]:
    """Of each day, the oldest first."""
    bars = chart(Session.objects.all()).series[series].bars
    assert len(bars) == DAYS
    return [bar.count.number for bar in bars]


def picture(client: Client, **query: str) -> str:
    """The part of the page that is the chart; empty if there is none."""
    text = client.get(LIST, query).content.decode()
    found = re.search(r'<section class="tegata-chart".*?</section>', text, re.DOTALL)
    return found[0] if found else ""


def test_each_day_has_its_sign_ins(ada: User) -> None:
    with freeze_time(NOW):
        for ago in (0, 0, 1, 27, 28):
            made(ada, NOW - ago * DAY)

        assert numbers(0) == [1, *[0] * 25, 1, 2]
        assert str(chart(Session.objects.all()).series[0].total) == "4"


def test_a_reuse_counts_on_the_day_it_was_detected(ada: User) -> None:
    with freeze_time(NOW):
        made(ada, NOW - 60 * DAY, expired_at=NOW - DAY, end_reason="token_reuse")
        made(ada, NOW - DAY, expired_at=NOW, end_reason="token_reuse")
        made(ada, NOW - DAY, expired_at=NOW, end_reason="log_out")
        made(ada, NOW - 90 * DAY, expired_at=NOW - 40 * DAY, end_reason="token_reuse")

        assert numbers(1) == [*[0] * 26, 1, 1]


def test_days_are_those_of_the_time_zone(ada: User) -> None:
    late = NOW.replace(hour=23)
    made(ada, late, expired_at=late, end_reason="token_reuse")

    with freeze_time(late), timezone.override("Asia/Tokyo"):
        assert numbers(0)[-2:] == numbers(1)[-2:] == [0, 1]
        assert chart(Session.objects.all()).series[0].bars[-1].day == "Nov. 28, 2026"
    with freeze_time(late):
        assert chart(Session.objects.all()).series[0].bars[-1].day == "Nov. 27, 2026"


def test_a_day_of_24_hours_more_or_less_misses_and_doubles_nobody(ada: User) -> None:
    begin = datetime(2026, 10, 23, tzinfo=UTC)
    for hours in range(96):
        made(ada, begin + timedelta(hours=hours))

    with freeze_time(begin + timedelta(days=6)), timezone.override("Europe/Berlin"):
        counted = numbers(0)
    assert (sum(counted), counted.count(25)) == (96, 1)


def test_many_are_counted_up_to_a_limit(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_chart, "LIMIT", 3)
    with freeze_time(NOW):
        for _ in range(4):
            made(ada, NOW, expired_at=NOW, end_reason="token_reuse")
        for _ in range(3):
            made(ada, NOW - DAY)

        opened, reused = chart(Session.objects.all()).series
    assert [str(bar.count) for bar in opened.bars[-2:]] == ["3", "3+"]
    assert (str(opened.total), str(reused.total)) == ("6+", "3+")
    assert str(Count(10_000, is_more=True)) == "10,000+"


def test_the_page_shows_it_with_all_numbers_in_a_table(of_staff: Client, ada: User) -> None:
    with freeze_time(NOW):
        of_staff.force_login(User.objects.get(username="staff"))
        for _ in range(5):
            made(ada, NOW - DAY)
        made(ada, NOW)
        shown = picture(of_staff)

    assert "<strong>6</strong> in 28 days, most on Nov. 26, 2026: 5" in shown
    # Well-formed, or a browser would guess.
    section = ElementTree.fromstring(shown)
    assert {each.get("role") for each in section.iterfind("figure/svg")} == {"img"}
    captions = {each.get("id") for each in section.iterfind("figure/figcaption")}
    assert {each.get("aria-labelledby") for each in section.iterfind("figure/svg")} == captions
    rows = [[*row.itertext()] for row in section.iterfind("details/table/tbody/tr")]
    assert rows[:3] == [
        ["Nov. 27, 2026", "1", "0"],
        ["Nov. 26, 2026", "5", "0"],
        ["Nov. 25, 2026", "0", "0"],
    ]
    assert len(rows) == DAYS
    heights = [
        bar.get("height") for bar in section.iterfind("figure/svg/g/rect[@class='tegata-bar']")
    ]
    assert heights[DAYS - 2 : DAYS] == ["90", "18"]


def test_an_empty_table_has_a_chart_without_bars(of_staff: Client) -> None:
    assert "<strong>0</strong> in 28 days</figcaption>" in picture(of_staff)


def test_a_strict_content_security_policy_lets_it_all_pass(of_staff: Client, ada: User) -> None:
    made(ada, timezone.now())
    shown = picture(of_staff)

    assert shown
    for forbidden in ("style=", "<style", "<script", "onclick", "http:", "https:", "url("):
        assert forbidden not in shown
    sheet = finders.find("tegata/chart.css")
    assert isinstance(sheet, str)
    assert 'href="/static/tegata/chart.css"' in of_staff.get(LIST).content.decode()


@pytest.mark.parametrize("language", ["de", "fr", "ar"])
def test_no_locale_changes_the_picture(
    of_staff: Client, ada: User, settings: Any, language: str
) -> None:
    settings.LANGUAGE_CODE, settings.USE_THOUSAND_SEPARATOR = language, True
    made(ada, timezone.now())

    section = ElementTree.fromstring(picture(of_staff))
    places = [bar.get("x") or "" for bar in section.iterfind("figure/svg/g/rect")]
    assert places
    assert all(place.isascii() and place.isdigit() for place in places)


def test_it_takes_two_statements(ada: User, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        made(ada, timezone.now())

    with django_assert_num_queries(2) as queries:
        chart(Session.objects.prefetch_related("user").order_by("-created_at"))

    # Whatever the table's size, no day and no list is read to its end.
    opened, reused = (query["sql"] for query in queries)
    assert opened.count(f" LIMIT {LIMIT + 1}") == DAYS
    assert reused.count(f" LIMIT {LIMIT + 1}") == 1


@pytest.mark.parametrize(
    "query", [{"q": "ada"}, {"active": "yes"}, {"end_reason": "log_out"}, {"created": "today"}]
)
def test_it_is_not_shown_of_other_sessions_than_the_list(
    of_staff: Client, query: dict[str, str]
) -> None:
    assert picture(of_staff, p="0", o="-2")
    assert picture(of_staff, **query) == ""


def test_who_may_not_look_has_nothing_counted(
    of_staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(sign_in_chart, "chart", fail)
    User.objects.get().user_permissions.clear()

    assert of_staff.get(LIST).status_code == 403


def test_a_site_that_shows_some_sessions_only_counts_no_others(
    ada: User, bob: User, rf: RequestFactory
) -> None:
    class OfAda(SessionAdmin):
        def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
            return super().get_queryset(request).filter(user=ada)

    for user in (ada, bob, bob):
        made(user, timezone.now())
    request = rf.get("/")
    request.user = User.objects.create_superuser("root")

    page: Any = OfAda(Session, AdminSite()).changelist_view(request)

    assert page.context_data["tegata_chart"].series[0].total.number == 1
