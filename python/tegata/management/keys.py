"""What `manage.py tegata_keys` does."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tegata import conf
from tegata._tegata import Key
from tegata.internal import clock, key_file
from tegata.internal.keys import NamedKey, key_schedule
from tegata.management.key_settings import date, named_keys_of_settings, new_jwk, settings
from tegata.management.table import write_table

_Life = tuple[str, datetime | None, datetime | None]


def generate(command: BaseCommand, options: dict[str, Any]) -> None:
    """Make a new key.

    It is printed, or written to a file that only its owner can read; a file that is there already
    is never touched. Then name it in TEGATA['KEYS'], as a pathlib.Path or from the environment.
    """
    algorithm = options["algorithm"] or settings().ALGORITHM
    jwk = new_jwk(algorithm)
    kind = options["format"] or ("secret" if jwk["kty"] == "oct" else "pem")
    if kind == "secret":
        if jwk["kty"] != "oct":
            raise CommandError(
                f"`{algorithm}` signs with a private key, not with a secret\n"
                "hint: --format pem, jwk or jwks; or --algorithm HS256"
            )
        text = f"{jwk['k']}\n"
    elif kind == "pem":
        if jwk["kty"] == "oct":
            raise CommandError(
                f"`{algorithm}` signs with a secret, which has no PEM\n"
                "hint: --format secret, jwk or jwks; or --algorithm EdDSA"
            )
        text = Key.from_jwk(jwk).to_pem()
    else:
        now = int(clock.now().timestamp())
        jwk |= {"iat": now, "nbf": now}
        text = json.dumps({"keys": [jwk]} if kind == "jwks" else jwk, indent=2) + "\n"
    if options["out"] is None:
        command.stdout.write(text, ending="")
        return
    write_new(options["out"], text)
    command.stderr.write(f"wrote {options['out']} ({algorithm}), which only its owner can read")


def write_new(name: str, text: str) -> None:
    """Writes a file that is not there yet, for its owner only.

    Raises:
        CommandError: It is there, or cannot be written.
    """
    path = Path(name)
    try:
        key_file.create(path, text)
    except FileExistsError:
        raise CommandError(
            f"`{path}` is there already, and a key that is lost cannot be made again\n"
            "hint: name another file"
        ) from None
    except OSError as error:
        raise CommandError(f"`{path}` cannot be written: {error.strerror}") from None


def list_keys(command: BaseCommand, options: dict[str, Any]) -> None:
    """List the keys of the settings, and what each of them is doing.

    One that is `published` will sign, and everybody learns to verify with it. One is `signing`.
    Those that are `retired` verify until their last token is over, and those that are `over` do
    nothing any more. Keys without times are `verifying` for as long as they are there. No private
    part and no secret is ever shown.
    """
    keys = named_keys_of_settings()
    lives = key_schedule(keys, conf.key_retention()).lives_at(clock.now())
    known = list(zip(keys, lives, strict=True))
    if options["json"]:
        command.stdout.write(json.dumps([_as_object(*each) for each in known], indent=2))
        return
    head = ("kid", "algorithm", "state", "since", "until", "from")
    write_table(command.stdout, head, [_as_row(*each) for each in known])


def _as_object(named: NamedKey, life: _Life) -> dict[str, Any]:
    state, since, until = life
    return {
        "kid": named.key.kid,
        "algorithm": named.key.algorithm,
        "signs": state == "signing",
        "state": state,
        "since": None if since is None else since.isoformat(),
        "until": None if until is None else until.isoformat(),
        "source": named.source,
        "file": None if named.path is None else str(named.path),
    }


def _as_row(named: NamedKey, life: _Life) -> tuple[str, ...]:
    state, since, until = life
    return (
        named.key.kid or "-",
        named.key.algorithm,
        state,
        "-" if since is None else date(since),
        "-" if until is None else date(until),
        named.source if named.path is None else f"{named.source} {named.path}",
    )
