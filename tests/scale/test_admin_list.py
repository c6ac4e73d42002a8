"""The list of the admin reads no more rows than it looks at, whatever is chosen."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from tests.scale import rows
from tests.scale.plans import explained

LIST = "/admin/tegata/session/"


@pytest.fixture
def of_root(client: Client, db: None) -> Client:
    """The browser of somebody who may see everything."""
    root, _ = User.objects.get_or_create(username="root", is_staff=True, is_superuser=True)
    client.force_login(root)
    return client


@pytest.fixture
def indexed(large: None) -> None:
    """The large table, as one whose every index is cheaper than to read all of it.

    The newest 10,000 are a good part of these rows, and PostgreSQL might as well read the others.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")


@pytest.mark.parametrize("statistics", ["analysed"], indirect=True)
@pytest.mark.parametrize(
    ("index", "query"),
    [
        ("created_at", {}),
        ("created_at", {"p": "5"}),
        ("created_at", {"o": "-2.6"}),
        ("created_at", {"active": "yes"}),
        ("created_at", {"active": "no"}),
        ("created_at", {"created": "today"}),
        ("created_at", {"created": "year"}),
        ("created_at", {"active": "no", "created": "week", "o": "7"}),
        ("created_at", {"q": "198.51."}),
        ("created_at", {"q": "firefox", "active": "yes"}),
        ("created_at", {"q": "no such thing"}),
        ("end_reason", {"end_reason": "log_out"}),
        ("end_reason", {"end_reason": "token_reuse"}),
        ("end_reason", {"end_reason": "none_of_ours"}),
        ("user", {"q": rows.BUSY}),
        ("user", {"q": rows.BUSY, "active": "no"}),
        ("ip_address", {"q": "198.51.7.7"}),
    ],
)
def test_the_list_reads_no_more_than_what_it_looks_at(
    indexed: None, of_root: Client, index: str, query: dict[str, str]
) -> None:
    with explained() as plans:
        assert of_root.get(LIST, query).status_code == 200

    # PostgreSQL, which knows how much of the table a choice is, may take the times in any case.
    assert {f"tegata_session_{index}"} <= plans.indexes
    of_the_chart = set() if query.keys() - {"p", "o"} else {"tegata_session_end_reason"}
    of_the_list = {f"tegata_session_{index}", "tegata_session_created_at"}
    assert plans.indexes <= of_the_list | of_the_chart


@pytest.mark.parametrize("statistics", ["analysed"], indirect=True)
def test_the_numbers_beside_the_choices_are_of_what_it_looks_at(
    indexed: None, of_root: Client
) -> None:
    with explained():
        assert of_root.get(LIST, {"_facets": "True"}).status_code == 200
