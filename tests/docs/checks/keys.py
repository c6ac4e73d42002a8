"""What docs/guides/keys.md says: tokens that are kept in a file, while processes come and go.

Each function runs in a process of its own, as after a deployment.
"""

from __future__ import annotations

import json
from pathlib import Path

from django.contrib.auth import get_user_model
from django.test.utils import setup_test_environment

from tests.docs.checks.helpers import code_of, get, log_in, new_user, part_of, post

# Lets the test client in; the project's settings know no host.
setup_test_environment()
_KEPT = Path("tokens.json")


def logs_in(algorithm: str) -> None:
    """Logs in, and keeps the tokens."""
    if not get_user_model().objects.exists():
        new_user()
    tokens = log_in()
    assert part_of(tokens["access_token"], 0)["alg"] == algorithm
    _keep(tokens)


def still_good() -> None:
    """The kept tokens are good, and a refresh replaces them."""
    tokens = json.loads(_KEPT.read_text())
    assert get("api/auth/sessions/", tokens).status_code == 200
    answer = post("auth/refresh/", {"refresh_token": tokens["refresh_token"]})
    assert answer.status_code == 200, answer.content
    _keep(answer.json())


def refused() -> None:
    """The kept tokens are not good any more."""
    tokens = json.loads(_KEPT.read_text())
    assert code_of(get("api/auth/sessions/", tokens)) == (401, "invalid_token")
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert code_of(post("auth/refresh/", refresh)) == (401, "invalid_token")


def _keep(tokens: dict[str, str]) -> None:
    _KEPT.write_text(json.dumps(tokens))
