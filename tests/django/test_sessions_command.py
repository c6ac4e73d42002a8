"""`manage.py tegata_sessions`: what it lists, what it ends, and what it removes."""

from __future__ import annotations

import json
import os
import pty
import select
import sys
import termios
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from tegata.models import Session
from tests.django.helpers import code, log_in, profile
from tests.django.test_retention import LIFETIMES, OVER, SECOND, many

REASON = "incident_42"


def run(*arguments: str) -> tuple[str, str]:
    """What the command says on stdout and on stderr."""
    out, err = StringIO(), StringIO()
    call_command("tegata_sessions", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def listed(*arguments: str) -> list[dict[str, Any]]:
    """What `list --json` lists."""
    sessions: list[dict[str, Any]] = json.loads(run("list", "--json", *arguments)[0])
    return sessions


def ids(*arguments: str) -> set[str]:
    """The ids of what it lists."""
    return {each["id"] for each in listed(*arguments)}


def test_the_list_says_who_is_signed_in_from_where(ada: User, bob: User, client: Client) -> None:
    tokens = log_in(client)
    log_in(client, "bob")
    Session.objects.filter(user=bob).end(REASON)

    out, err = run("list")

    head, *rows = out.splitlines()
    assert head.split()[:4] == ["id", "user", "active", "from"]
    bobs, adas = ([*row.split()] for row in rows)
    assert (bobs[1:4], bobs[-1]) == (["bob", "no", "127.0.0.1"], REASON)
    assert adas[1:4] == ["ada", "yes", "127.0.0.1"]
    assert err == ""
    for text in (out, json.dumps(listed())):
        for token in tokens.values():
            assert token.split(".")[2] not in text
    (shown,) = listed("--user", "ada")
    session = Session.objects.get(user=ada)
    assert shown == {
        "id": session.pk,
        "user_id": ada.pk,
        "username": "ada",
        "is_active": True,
        "ip_address": "127.0.0.1",
        "location": None,
        "device": None,
        "user_agent": "",
        "created_at": session.created_at.isoformat(),
        "last_activity_at": session.updated_at.isoformat(),
        "ended_at": None,
        "end_reason": None,
        "generation": 1,
    }


def test_the_filters(ada: User, bob: User) -> None:
    now = timezone.now()
    live = Session.objects.create(user=ada).pk
    idle = Session.objects.create(
        user=ada, minted_at=now - timedelta(days=20), created_at=now - timedelta(days=20)
    ).pk
    ended = Session.objects.create(user=bob, expired_at=now, end_reason=REASON).pk

    assert ids() == {live, idle, ended}
    assert ids("--active") == {live}
    assert ids("--ended") == {idle, ended}
    assert ids("--user", "ada") == ids("--user", str(ada.pk)) == {live, idle}
    assert ids("--user", "ada", "--active") == {live}
    assert ids("--since", "7d") == {live, ended}
    assert ids("--since", (now - timedelta(days=30)).isoformat()) == {live, idle, ended}
    assert ids("--since", f"{now + timedelta(days=2):%Y-%m-%d}") == set()
    assert run("list", "--since", "0s") == ("", "no sessions\n")


def test_the_list_is_bounded_and_says_so(ada: User) -> None:
    for _ in range(3):
        Session.objects.create(user=ada)

    out, err = run("list", "--limit", "2")

    assert len(out.splitlines()) == 1 + 2
    assert "more than 2" in err
    assert run("list", "--limit", "3")[1] == ""


def test_what_a_client_sent_moves_no_cursor(ada: User) -> None:
    ada.username = "a\x1b[2Jda"
    ada.save()
    Session.objects.create(user=ada)

    assert "\x1b" not in run("list")[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--user", "nobody"), "no user `nobody`"),
        (("list", "--since", "yesterday"), "is no time"),
        (("list", "--since", "2026-13-40"), "is no time"),
        (("list", "--limit", "0"), "no number from 1"),
        (("list", "--limit", "10001"), "no number from 1"),
        (("list", "--active", "--ended"), "not allowed with"),
        (("end",), "one of the arguments"),
        (("end", "--all", "--user", "ada"), "not allowed with"),
        (("end", "--all", "--reason", "x" * 33), "1 to 32 characters"),
        (("end", "--id", "x"), "no session 'x'"),
        (("end", "--user", "\0"), "no user"),
        (("purge", "--older-than", "1"), "no length of time"),
        (("purge", "--older-than", "99999999999d"), "no length of time"),
        ((), "required: command"),
    ],
)
def test_mistakes_are_named(db: None, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*arguments)


def test_ending_by_id(ada: User, client: Client) -> None:
    tokens, others = log_in(client), log_in(client)
    session_id = profile(client, tokens["access_token"]).json()["session"]  # type: ignore[attr-defined]

    assert run("end", "--id", session_id, "--dry-run")[0] == "1 session would be ended\n"
    assert profile(client, tokens["access_token"]).status_code == 200
    assert run("end", "--id", session_id, "--reason", REASON)[0] == "1 session ended\n"
    assert run("end", "--id", session_id)[0] == "0 sessions ended\n"

    assert code(profile(client, tokens["access_token"])) == (401, "session_expired")
    assert profile(client, others["access_token"]).status_code == 200
    assert Session.objects.get(pk=session_id).end_reason == REASON


def test_an_id_that_is_nobodys_ends_nothing(ada: User) -> None:
    live = Session.objects.create(user=ada)

    with pytest.raises(CommandError, match="hint:"):
        run("end", "--id", live.pk, "A" * 43)

    assert Session.objects.active().count() == 1


@pytest.mark.parametrize("start", ["-", "--", "-v", "-h", "--user-"])
def test_an_id_that_begins_like_an_option(ada: User, start: str) -> None:
    ids = [f"{start}{mark * (43 - len(start))}" for mark in ("a", "_")]
    Session.objects.bulk_create([Session(id=each, user=ada) for each in ids])

    assert run("end", "--id", *ids, "--dry-run")[0] == "2 sessions would be ended\n"
    assert run("end", "--reason", REASON, "--id", ids[0])[0] == "1 session ended\n"
    assert run("end", "--id", *ids)[0] == "1 session ended\n"

    with pytest.raises(CommandError, match="unrecognized arguments: --dry-ru"):
        run("end", "--id", *ids, "--dry-ru_")


def test_ending_by_user(ada: User, bob: User) -> None:
    for user in (ada, ada, bob):
        Session.objects.create(user=user)

    assert run("end", "--user", "ada", "--dry-run")[0] == "2 sessions would be ended\n"
    assert run("end", "--user", "ada")[0] == "2 sessions ended\n"

    assert set(Session.objects.active()) == set(Session.objects.filter(user=bob))
    assert set(Session.objects.inactive().values_list("end_reason", flat=True)) == {"administrator"}


def test_ending_all_in_batches(ada: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.management.end_sessions._BATCH", 2)
    minted = timezone.now()
    Session.objects.bulk_create(Session(user=ada, minted_at=minted) for _ in range(5))
    Session.objects.create(user=bob)
    Session.objects.create(user=bob, expired_at=minted, end_reason="log_out")

    assert run("end", "--all", "--dry-run")[0] == "6 sessions would be ended\n"
    assert run("end", "--all", "--reason", REASON)[0] == "6 sessions ended\n"

    assert Session.objects.active().count() == 0
    assert Session.objects.filter(end_reason=REASON).count() == 6


def test_j10_a_purge_removes_what_nothing_can_use_and_says_how_many_before(
    ada: User, tegata: Any
) -> None:
    tegata(SESSION_RETENTION=timedelta(days=30), **LIFETIMES)
    now = timezone.now()
    for since in (timedelta(days=31), timedelta(days=29)):
        for columns in OVER.values():
            moved = {column: now - ago - since for column, ago in columns.items()}
            Session.objects.create(user=ada, **moved)
        # Due for every reason at once: it is one row all the same.
        Session.objects.create(
            user=ada,
            **{column: now - ago - since for kind in OVER.values() for column, ago in kind.items()},
        )
    Session.objects.create(user=ada)

    assert run("purge", "--dry-run")[0] == "4 rows would go\n"
    assert Session.objects.count() == 9
    assert run("purge")[0] == "4 rows removed\n"
    assert run("purge")[0] == "0 rows removed\n"
    assert run("purge", "--older-than", "0s", "--dry-run")[0] == "4 rows would go\n"
    assert run("purge", "--older-than", "0s")[0] == "4 rows removed\n"
    assert Session.objects.count() == 1


def test_a_purge_without_a_retention_asks_for_one(ada: User, tegata: Any) -> None:
    tegata(SESSION_RETENTION=None)
    many(ada, 2, since=SECOND)

    with pytest.raises(CommandError, match="hint: say which may go: --older-than"):
        run("purge")
    assert run("purge", "--older-than", "0s")[0] == "2 rows removed\n"


def test_a_purge_shows_a_bar_on_a_terminal_and_none_elsewhere(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(ada, 150, since=SECOND)
    assert run("purge", "--older-than", "0s")[1] == ""

    many(ada, 150, since=SECOND)
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    with os.fdopen(ours, "rb", buffering=0) as screen, os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        out = StringIO()
        call_command("tegata_sessions", "purge", "--older-than", "0s", stdout=out, stderr=terminal)
        shown = ""
        # What a terminal shows can be read in as many pieces as it was written in.
        while "150/150" not in shown and select.select([screen], [], [], 5)[0]:
            shown += screen.read(4096).decode()
    assert "150/150" in shown
    assert out.getvalue() == "150 rows removed\n"


def test_the_help_of_each_command_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    for name, commands in (
        ("tegata_sessions", ("list", "end", "purge")),
        ("tegata_keys", ("generate", "list", "rotate")),
    ):
        for command in commands:
            with pytest.raises(SystemExit) as exit_:
                call_command(name, command, "--help")
            assert exit_.value.code == 0
            said = capsys.readouterr().out
            assert len(said.split("options:")[0].splitlines()) > 4
