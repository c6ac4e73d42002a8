"""Rows written by either are read by the other, with every user model.

`test_rows.py` runs these in the tests' own project, `test_user_models.py` in those of
`tests/projects`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import connection

from tegata._tegata import UserRow, security_stamp
from tegata.internal import security_columns, user_key
from tegata.models import LoginChallenge, Session, new_session_id
from tests.django.helpers import PASSWORD
from tests.sqlx.rust import Rust, connected, micros

NOW = datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)
WHOLE_SECOND = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
AT = micros(NOW)
AGENT = "agent é日😀 '\"\\%_"
COLUMNS = [
    "id",
    "ip_address",
    "user_agent",
    "generation",
    "repeats",
    "security_stamp",
    "legacy_jti",
]
TIMES = ["created_at", "updated_at", "expired_at", "minted_at", "refreshed_at", "first_used_at"]

ADDRESSES = [
    None,
    "192.0.2.7",
    "2001:db8::1",
    "::",
    "::1",
    "::ffff:192.0.2.7",
    "2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1",
    "fe80::1:0:0:1",
    "::192.0.2.7",
]


def stamp_of(user: Any) -> str:
    """The user's security stamp, as Django has it now."""
    user.refresh_from_db()
    return security_stamp(UserRow(user_key.of(user), True, security_columns.of(user)))


def name_of(user: Any) -> int | str:
    """What tokens call a user."""
    return user.pk if isinstance(user.pk, int) else str(user.pk)


def raw(key: str) -> dict[str, Any]:
    """A session's row as the database has it, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tegata_session WHERE id = %s", [key])
        assert cursor.description is not None
        names = [column[0] for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))
        for name in names:
            cursor.execute(
                f"SELECT CAST({name} AS text) FROM tegata_session WHERE id = %s",
                [key],
            )
            row[name] = cursor.fetchone()[0]
    return row


def told(session: Session) -> dict[str, Any]:
    """A session as the Rust host tells of it."""
    columns = {name: getattr(session, name) for name in COLUMNS}
    times = {name: micros(getattr(session, name)) for name in TIMES}
    # PostgreSQL and Python write some addresses in different ways.
    address = session.ip_address and str(ip_address(session.ip_address))
    others = {"user_id": name_of(session.user), "end_reason": session.end_reason}
    return {**columns, **times, **others, "ip_address": address}


def canonical(session: dict[str, Any]) -> dict[str, Any]:
    """The same with its address as Python writes it."""
    address = session["ip_address"]
    return {**session, "ip_address": address and str(ip_address(address))}


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_session_that_django_opened_is_read(ada: Any, rust: Rust, address: str | None) -> None:
    session = Session.objects.create(
        user=ada,
        created_at=WHOLE_SECOND,
        updated_at=NOW,
        minted_at=NOW + timedelta(microseconds=1),
        refreshed_at=datetime(2026, 3, 4, 9, 0, tzinfo=UTC),
        first_used_at=NOW,
        expired_at=WHOLE_SECOND,
        end_reason="log_out_all",
        ip_address=address,
        user_agent=AGENT,
        generation=2**40,
        repeats=7,
        security_stamp="s" * 43,
        legacy_jti="",
        data={"é": [1, 2.5, None]},
        location={"city": "Zürich"},
    )
    session = Session.objects.get(pk=session.pk)

    loaded = rust.ask("load", id=session.pk)

    assert canonical(loaded["session"]) == told(session)
    assert loaded["user"] == {
        "id": name_of(ada),
        "is_active": True,
        "security_stamp": stamp_of(ada),
    }
    assert rust.ask("data", id=session.pk) == [session.data, session.location]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_session_that_rust_opened_has_the_bytes_of_django(
    ada: Any, rust: Rust, address: str | None
) -> None:
    for at in (NOW, WHOLE_SECOND):
        key, twin = new_session_id(), new_session_id()
        values = {"ip_address": address, "user_agent": AGENT}
        rust.ask("insert", id=key, user=name_of(ada), device=values, at=micros(at))
        data = {"é": ["日😀", 1, 2.5, 1e16, 1e-7, True, None, {"b": "\x7f\n\\"}]}
        rust.ask("set_data", id=key, data=data, location="Zürich", at=micros(at))

        session = Session.objects.get(pk=key)
        assert told(session) == canonical(rust.ask("load", id=key)["session"])
        assert (session.data, session.location) == (data, "Zürich")
        times = dict.fromkeys(["created_at", "updated_at", "minted_at", "refreshed_at"], at)
        Session.objects.create(
            pk=twin,
            user=ada,
            security_stamp=stamp_of(ada),
            data=data,
            location="Zürich",
            **times,
            **values,
        )
        written, by_django = raw(key), raw(twin)
        for name in written.keys() - {"id"}:
            assert written[name] == by_django[name], name


def test_both_change_one_row_in_turn(ada: Any, rust: Rust) -> None:
    session = Session.objects.create(user=ada, security_stamp=stamp_of(ada))

    assert rust.ask("advance", id=session.pk, **{"from": 1}, at=AT) is True
    assert rust.ask("advance", id=session.pk, **{"from": 1}, at=AT) is False
    session.refresh_from_db()
    assert (session.generation, session.minted_at, session.first_used_at) == (2, NOW, None)

    assert session.invalidate()
    assert rust.ask("advance", id=session.pk, **{"from": 2}, at=AT) is False
    assert rust.ask("end", id=session.pk, at=AT) == 0, "an end is final"

    other = Session.objects.create(user=ada, security_stamp=stamp_of(ada))
    assert rust.ask("end", id=other.pk, at=AT) == 1
    other.refresh_from_db()
    assert (other.expired_at, other.end_reason) == (NOW, "log_out")
    assert not other.invalidate()


def test_challenges_of_either_are_read_by_the_other(ada: Any, rust: Rust) -> None:
    challenge = LoginChallenge.objects.create(
        id="d" * 43,
        user=ada,
        step="totp",
        passed="email sms",
        state=json.dumps({"a": 1}),
        security_stamp=stamp_of(ada),
        client="client",
        created_at=NOW,
    )
    rust.ask("open_challenge", id="r" * 43, user=name_of(ada), at=AT)

    of_django, of_rust = (rust.ask("challenge", id=key * 43) for key in "dr")

    assert of_django == of_rust
    assert of_rust["created_at"] == AT
    twin = LoginChallenge.objects.get(pk="r" * 43)
    for name in ("user_id", "step", "passed", "state", "security_stamp", "client", "created_at"):
        assert getattr(twin, name) == getattr(challenge, name), name


def test_a_password_that_either_has_set_is_verified_by_the_other(ada: Any, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["tests.sqlx.weak_hashers.WeakPBKDF2"]
    ada.set_password(PASSWORD)
    ada.save()

    with connected() as (rust, _):
        check_passwords(ada, rust)


def check_passwords(ada: Any, rust: Rust) -> None:
    """Changes her password and deactivates her, and looks at what Django makes of it."""
    username = ada.get_username()
    known = rust.ask("authenticate", username=username, password=PASSWORD)

    assert known == {"id": name_of(ada), "is_active": True, "security_stamp": stamp_of(ada)}
    assert rust.ask("authenticate", username=username, password="wrong") is None
    change = {"id": name_of(ada), "current": PASSWORD, "new": "another", "spared": None}
    assert rust.ask("change_password", **change, at=AT) is True
    assert authenticate(username=username, password="another") == ada
    assert authenticate(username=username, password=PASSWORD) is None
    assert rust.ask("deactivate", id=name_of(ada), at=AT) is True
    assert authenticate(username=username, password="another") is None
    rust.ask("note_last_login", id=name_of(ada), at=AT)
    ada.refresh_from_db()
    assert ada.last_login == NOW


def test_a_purge_by_rust_leaves_what_legacy_tokens_are_known_by(ada: Any, rust: Rust) -> None:
    over = {"user": ada, "expired_at": WHOLE_SECOND, "end_reason": "log_out"}
    gone, kept = new_session_id(), new_session_id()
    Session.objects.create(pk=gone, legacy_jti=kept, **over)
    Session.objects.create(pk=kept, legacy_jti=kept, **over)
    later = micros(WHOLE_SECOND + timedelta(seconds=1))

    assert rust.ask("purge", at=later) == 1
    assert list(Session.objects.values_list("pk", flat=True)) == [kept]
