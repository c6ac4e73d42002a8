"""Removing sessions on which models of the site hang."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from tegata.models import Session
from tests.django.helpers import PASSWORD, log_in
from tests.scale.attached.models import Note, Receipt, Seal, Trace, Warrant

# More than a purge takes at once.
MANY = 120


@pytest.fixture
def ada(transactional_db: None) -> User:
    """A user."""
    return User.objects.create_user("ada", password=PASSWORD)


def ended(user: User, count: int, days_ago: int) -> list[Session]:
    """Sessions that have ended at one moment."""
    expired_at = timezone.now() - timedelta(days=days_ago)
    return Session.objects.bulk_create(
        Session(user=user, expired_at=expired_at) for _ in range(count)
    )


def test_what_goes_along_is_counted(ada: User) -> None:
    sessions = ended(ada, MANY, 50)
    Note.objects.bulk_create(Note(session=session) for session in sessions)
    traces = Trace.objects.bulk_create(Trace(session=session) for session in sessions)

    assert Session.purge_expired_sessions() == 2 * MANY

    assert not Session.objects.exists()
    assert not Note.objects.exists()
    assert Trace.objects.filter(session=None).count() == len(traces)


def _keep_by_a_note(session: Session) -> None:
    Seal.objects.create(note=Note.objects.create(session=session))


def _keep_by(model: type[Model]) -> Any:
    return lambda session: model._default_manager.create(session=session)


@pytest.mark.parametrize(
    "keep", [_keep_by(Receipt), _keep_by(Warrant), _keep_by_a_note], ids=["own", "one", "note"]
)
def test_what_is_kept_stays_and_the_others_go(ada: User, keep: Any) -> None:
    kept, others = ended(ada, MANY, 60), ended(ada, MANY, 50)
    for session in kept:
        keep(session)

    assert Session.purge_expired_sessions() == len(others)

    assert set(Session.objects.all()) == set(kept)
    assert Session.purge_expired_sessions() == 0


@pytest.mark.parametrize("model", [Receipt, Warrant])
def test_what_is_kept_does_not_stand_in_the_way_of_logins(
    ada: User, client: Client, model: type[Model]
) -> None:
    kept, others = ended(ada, MANY, 60), ended(ada, 5, 50)
    for session in kept:
        _keep_by(model)(session)

    log_in(client)

    left = {session.pk for session in Session.objects.exclude(expired_at=None)}
    assert left == {session.pk for session in kept}
    assert not left & {session.pk for session in others}


def test_a_login_takes_no_harm_from_what_is_kept_by_something_that_hangs_on_it(
    ada: User, client: Client
) -> None:
    first, second = ended(ada, 2, 60)
    _keep_by_a_note(first)

    log_in(client)

    assert Session.objects.filter(pk=first.pk).exists()
    assert not Session.objects.filter(pk=second.pk).exists()
