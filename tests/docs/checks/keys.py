"""What docs/guides/keys.md says: tokens that are kept in a file, while deployments come and go."""

from __future__ import annotations

import json
import shlex
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client, override_settings
from django.test.utils import setup_test_environment
from freezegun import freeze_time

from tegata import conf, jose
from tegata.internal import clock
from tests.docs.checks.helpers import code_of, get, log_in, new_user, part_of, post

# Lets the test client in; the project's settings know no host.
setup_test_environment()
_KEPT = Path("tokens.json")
_SETTINGS = Path("mysite") / "settings.py"
_OF_INTEREST = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "TEGATA")


def deploy_all() -> None:
    """Goes through `deployments.json`: each time with the settings of then."""
    for number, step in enumerate(json.loads(Path("deployments.json").read_text())):
        module: dict[str, Any] = {"__file__": str(_SETTINGS.resolve()), "__name__": "settings"}
        exec(step["settings"], module)
        changed = {name: module[name] for name in _OF_INTEREST if name in module}
        try:
            with override_settings(**{"TEGATA": {}, "SECRET_KEY_FALLBACKS": []} | changed):
                globals()[step["look"]](*step["arguments"])
        except Exception as error:
            error.add_note(f"deployment {number}: {step['look']}")
            raise


def logs_in(algorithm: str) -> None:
    """Logs in, and keeps the tokens."""
    if not get_user_model().objects.exists():
        new_user()
    tokens = log_in()
    assert part_of(tokens["access_token"], 0)["alg"] == algorithm
    _keep(tokens)


def still_good() -> None:
    """The kept tokens are good, and a refresh replaces them."""
    assert get("api/auth/sessions/", json.loads(_KEPT.read_text())).status_code == 200
    refreshed()


def refreshed() -> None:
    """A refresh replaces the kept tokens, whose access token may have run out."""
    tokens = json.loads(_KEPT.read_text())
    answer = post("auth/refresh/", {"refresh_token": tokens["refresh_token"]})
    assert answer.status_code == 200, answer.content
    _keep(answer.json())


def refused() -> None:
    """The kept tokens are not good any more."""
    tokens = json.loads(_KEPT.read_text())
    assert code_of(get("api/auth/sessions/", tokens)) == (401, "invalid_token")
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert code_of(post("auth/refresh/", refresh)) == (401, "invalid_token")


def rotates(rotate: str, listing: str) -> None:
    """A crontab, from a new key to the end of the old one; the kept tokens stay good."""
    with freeze_time(clock.now()) as frozen:
        for _ in range(100):
            _command(rotate)
            frozen.tick(timedelta(days=1))
            refreshed()
            states = [line.split()[2] for line in _command(listing).splitlines()[1:]]
            if states == ["signing", "retired"]:
                break
        else:
            raise AssertionError(states)
        frozen.tick(timedelta(days=13))
        refreshed()
        frozen.tick(timedelta(days=2))
        assert "dropped" in _command(rotate)
        assert _command(listing).count("signing") == 1
    # Back in the present, where it would be waiting still: nobody waits here.
    log_in()


def publishes(export: str) -> None:
    """The keys, the metadata that leads to them, and the same in an export."""
    keys = Client().get("/.well-known/jwks.json")
    tokens = log_in()
    read = jose.decode(
        tokens["access_token"],
        jose.KeySet.from_jwks(keys.content),
        issuer="https://example.org",
        audience="shop-api",
    )
    metadata = Client().get("/.well-known/oauth-authorization-server").json()
    assert metadata["issuer"] == read.claims["iss"]
    assert metadata["jwks_uri"] == "https://example.org/.well-known/jwks.json"
    assert metadata["token_endpoint"] == "https://example.org/api/auth/token/"
    exported = json.loads(_command(export))
    assert exported["jwks"] == keys.json()
    assert exported["audience"] == conf.current().AUDIENCE


def _command(block: str) -> str:
    """What a command of the page says."""
    python, manage, *arguments = shlex.split(block)
    assert (python, manage) == ("python", "manage.py")
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def _keep(tokens: dict[str, str]) -> None:
    _KEPT.write_text(json.dumps(tokens))
