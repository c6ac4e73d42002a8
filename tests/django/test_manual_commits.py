"""A site that commits by itself (`AUTOCOMMIT = False`): what the gate notes is part of that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tegata.models import Session
from tests.django.helpers import claims_of, code, log_in, post, profile, refresh

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = pytest.mark.parametrize("path", ["/api/profile/", "/api/aprofile/"])


@pytest.fixture
def renewed(committed_ada: User, client: Client) -> dict[str, str]:
    """Tokens of a second generation, which nobody was seen using."""
    tokens: dict[str, str] = refresh(client, log_in(client)["refresh_token"]).json()  # type: ignore[attr-defined]
    return tokens


@pytest.fixture
def _manual(renewed: dict[str, str]) -> Iterator[None]:
    transaction.set_autocommit(False)
    yield
    transaction.rollback()
    transaction.set_autocommit(True)


@pytest.mark.usefixtures("_manual")
@BOTH
def test_the_first_use_is_noted_with_the_site_s_commit(
    renewed: dict[str, str], client: Client, path: str
) -> None:
    assert profile(client, renewed["access_token"], path).status_code == 200
    transaction.commit()

    transaction.rollback()
    assert Session.objects.get().first_used_at is not None
    with CaptureQueriesContext(connection) as queries:
        assert profile(client, renewed["access_token"], path).status_code == 200
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]


@pytest.mark.usefixtures("_manual")
@BOTH
def test_a_rollback_leaves_the_note_to_the_next_request(
    renewed: dict[str, str], client: Client, path: str
) -> None:
    assert profile(client, renewed["access_token"], path).status_code == 200
    transaction.rollback()
    assert Session.objects.get().first_used_at is None

    assert profile(client, renewed["access_token"], path).status_code == 200
    transaction.commit()
    transaction.rollback()
    assert Session.objects.get().first_used_at is not None


@pytest.mark.usefixtures("_manual")
def test_a_whole_flow_waits_for_nothing_but_the_commit(committed_ada: User, client: Client) -> None:
    tokens = log_in(client)
    session_id = claims_of(tokens["access_token"])["session_id"]
    after = refresh(client, tokens["refresh_token"]).json()  # type: ignore[attr-defined]
    assert profile(client, after["access_token"]).status_code == 200
    assert post(client, "logout/", None, after["access_token"]).status_code == 200
    transaction.commit()

    transaction.rollback()
    assert Session.objects.get(pk=session_id).end_reason == "log_out"
    assert code(profile(client, after["access_token"])) == (401, "session_expired")
