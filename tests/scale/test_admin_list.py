"""The list of the admin reads no more rows than it looks at, whatever is chosen."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
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


@pytest.mark.parametrize("statistics", ["analysed"], indirect=True)
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"p": "5"},
        {"o": "-2.6"},
        {"active": "yes"},
        {"active": "no"},
        {"end_reason": "log_out"},
        {"end_reason": "token_reuse"},
        {"end_reason": "none_of_ours"},
        {"created": "today"},
        {"created": "year"},
        {"active": "no", "created": "week", "o": "4"},
        {"active": "yes", "end_reason": "log_out"},
        {"q": rows.BUSY},
        {"q": rows.BUSY, "active": "no", "end_reason": "log_out"},
        {"q": "198.51.7.7"},
        {"q": "198.51."},
        {"q": "firefox", "active": "yes"},
        {"q": "no such thing"},
        {"_facets": "True"},
    ],
)
def test_no_choice_reads_the_whole_table(
    large: None, of_root: Client, query: dict[str, str]
) -> None:
    with explained():
        assert of_root.get(LIST, query).status_code == 200
