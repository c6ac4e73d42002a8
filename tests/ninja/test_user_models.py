"""User models with UUID, text and large integer keys, which log in by address."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def story_of(kind: str) -> Any:
    """Runs the site with that user model; its settings cannot be had within this process."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    run = subprocess.run(
        [sys.executable, "-m", "tests.ninja.other_user_model", kind],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize(("kind", "type_name"), [("uuid", "str"), ("text", "str"), ("big", "int")])
def test_the_whole_story_without_a_payload_class(kind: str, type_name: str) -> None:
    story = story_of(kind)

    pk = story["pk"]
    claim: Any = int(pk) if type_name == "int" else pk
    assert story == {
        "pk": pk,
        "login": 200,
        "claims": {"sub": pk, "user_id": claim},
        "verified": claim,
        "who": {"user": pk, "claim": claim, "type": type_name},
        # By the key that the token carries, not by the row of a session.
        "loaded": {"user": pk, "refresh": pk, "off": pk},
        "listed": 1,
        "logout": 200,
        "ended": "log_out",
        "after": "session_expired",
        # UPDATE_LAST_LOGIN is off, and `tegata` stands before `django.contrib.auth`.
        "last_login": "None",
    }
