"""`ATOMIC_REQUESTS = True`: a revocation is not rolled back with the refusal that tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in
from django.db import connection, connections, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tegata import sessions
from tegata.models import Session
from tests.django import atomic_urls
from tests.django.atomic_urls import DeliberateError
from tests.django.helpers import at_once, bearer, code, log_in, post, profile, refresh

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.django.atomic_urls")]


@pytest.fixture(autouse=True)
def _atomic_requests() -> Iterator[None]:
    database = connections.settings["default"]
    database["ATOMIC_REQUESTS"] = True
    yield
    database["ATOMIC_REQUESTS"] = False


def renewed(client: Client, tokens: dict[str, str]) -> dict[str, str]:
    """The next tokens."""
    answer = refresh(client, tokens["refresh_token"])
    assert answer.status_code == 200
    pair: dict[str, str] = answer.json()  # type: ignore[attr-defined]
    return pair


def test_protected_views_run_inside_a_transaction(committed_ada: User, client: Client) -> None:
    tokens = log_in(client)

    answer = profile(client, tokens["access_token"])

    assert answer.json()["in_transaction"] is True  # type: ignore[attr-defined]
    assert client.get("/api/open/").json() == {"in_transaction": True}


def test_what_a_view_wrote_goes_with_its_error(committed_ada: User, client: Client) -> None:
    tokens = log_in(client)

    with pytest.raises(DeliberateError):
        client.get("/api/broken/", headers=bearer(tokens["access_token"]))

    assert not Group.objects.exists()


def test_a_revocation_after_reuse_survives_the_refusal(committed_ada: User, client: Client) -> None:
    first = log_in(client)
    second = renewed(client, first)
    assert profile(client, second["access_token"]).status_code == 200
    Session.objects.update(first_used_at=timezone.now() - timedelta(minutes=1))

    assert code(refresh(client, first["refresh_token"])) == (401, "token_reuse_detected")

    assert Session.objects.get().end_reason == "token_reuse"
    assert code(profile(client, second["access_token"])) == (401, "session_expired")


def test_an_end_at_the_gate_survives_the_refusal(committed_ada: User, client: Client) -> None:
    tokens = log_in(client)
    # Saving the user would have ended the session already.
    User.objects.update(password=make_password("another"))

    assert code(profile(client, tokens["access_token"])) == (401, "session_expired")

    assert Session.objects.get().end_reason == "password_changed"


def test_every_auth_route_commits_by_itself(committed_ada: User, client: Client) -> None:
    seen: list[bool] = []

    def look(**_: object) -> None:
        seen.append(connection.in_atomic_block)

    user_logged_in.connect(look)
    try:
        tokens = log_in(client)
    finally:
        user_logged_in.disconnect(look)
    assert seen == [False]
    views = ("logout/all/", "logout/others/", "logout/")
    for path in views:
        other = log_in(client)
        assert post(client, path, None, other["access_token"]).status_code == 200
    assert profile(client, tokens["access_token"]).status_code == 401


def test_the_first_use_is_noted_when_the_view_has_committed(
    committed_ada: User, client: Client
) -> None:
    tokens = renewed(client, log_in(client))

    # Within the view the note is not written yet; after its commit it is.
    assert profile(client, tokens["access_token"]).json()["noted"] is False  # type: ignore[attr-defined]
    assert Session.objects.get().first_used_at is not None
    assert profile(client, tokens["access_token"]).json()["noted"] is True  # type: ignore[attr-defined]


def test_a_view_that_rolls_back_leaves_the_note_to_the_next(
    committed_ada: User, client: Client
) -> None:
    tokens = renewed(client, log_in(client))

    with pytest.raises(DeliberateError):
        client.get("/api/broken/", headers=bearer(tokens["access_token"]))
    assert Session.objects.get().first_used_at is None

    assert profile(client, tokens["access_token"]).status_code == 200
    assert Session.objects.get().first_used_at is not None


def test_the_note_costs_one_update_after_the_view(committed_ada: User, client: Client) -> None:
    tokens = renewed(client, log_in(client))

    statements = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert profile(client, tokens["access_token"]).status_code == 200
        statements.append([query["sql"].split()[0] for query in queries])

    # The gate looks, the view looks, and only when that is committed does anybody write.
    assert statements == [
        ["BEGIN", "SELECT", "SELECT", "COMMIT", "UPDATE"],
        ["BEGIN", "SELECT", "SELECT", "COMMIT"],
    ]


@pytest.mark.skipif(
    "os.environ['TEGATA_TEST_DATABASE'] == 'sqlite'",
    reason="there every transaction that reads keeps others from committing",
)
def test_a_refresh_does_not_wait_for_a_view_that_runs(
    committed_ada: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = renewed(client, log_in(client))

    def meanwhile() -> None:
        [answer] = at_once([lambda: refresh(Client(), tokens["refresh_token"])], timeout=10)
        assert answer.status_code == 200

    monkeypatch.setattr(atomic_urls, "while_it_runs", meanwhile)

    assert profile(client, tokens["access_token"]).status_code == 200

    # The note was of a generation that has a successor by now, and has hit nothing.
    row = Session.objects.get()
    assert (row.generation, row.first_used_at) == (3, None)


@pytest.mark.parametrize("call", ["refresh", "verify", "log_out"])
def test_what_can_revoke_refuses_to_run_inside_of_a_transaction(
    committed_ada: User, client: Client, rf: RequestFactory, call: str
) -> None:
    token = log_in(client)["refresh_token"]
    before = Session.objects.values().get()

    with pytest.raises(RuntimeError, match="non_atomic_requests"), transaction.atomic():
        getattr(sessions, call)(rf.post("/"), token)

    assert Session.objects.values().get() == before
    getattr(sessions, call)(rf.post("/"), token)
