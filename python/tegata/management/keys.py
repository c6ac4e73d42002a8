"""What `manage.py tegata_keys` does."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tegata import conf
from tegata._tegata import Key
from tegata.internal import clock, key_file, key_rotation
from tegata.internal.keys import NamedKey, named_keys
from tegata.management.table import write_table

_BY_HAND = (
    "hint: by hand: put a new key in front of TEGATA['KEYS'], keep the old one behind it for "
    "REFRESH_TOKEN_LIFETIME, and restart the servers"
)
_TO_A_FILE = (
    "hint: `tegata_keys generate --format jwks --out FILE` makes a file that can be rotated; put "
    "it in front of the keys of now: TEGATA['KEYS'] = [Path(FILE), …]"
)


def generate(command: BaseCommand, options: dict[str, Any]) -> None:
    """Make a new key.

    It is printed, or written to a file that only its owner can read; a file that is there already
    is never touched. Then name it in TEGATA['KEYS'], as a pathlib.Path or from the environment.
    """
    algorithm = options["algorithm"] or _settings().ALGORITHM
    jwk = _new_jwk(algorithm)
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
    path = Path(options["out"])
    try:
        key_file.create(path, text)
    except FileExistsError:
        raise CommandError(
            f"`{path}` is there already, and a key that is lost cannot be made again\n"
            "hint: name another file"
        ) from None
    except OSError as error:
        raise CommandError(f"`{path}` cannot be written: {error.strerror}") from None
    command.stderr.write(f"wrote {path} ({algorithm}), which only its owner can read")


def list_keys(command: BaseCommand, options: dict[str, Any]) -> None:
    """List the keys of the settings.

    The first one signs, all of them verify. No private part and no secret is ever shown.
    """
    keys = _keys()
    if options["json"]:
        rows = [_as_object(each, signs=each is keys[0]) for each in keys]
        command.stdout.write(json.dumps(rows, indent=2))
        return
    head = ("kid", "algorithm", "does", "from")
    write_table(command.stdout, head, [_as_row(each, signs=each is keys[0]) for each in keys])


def _as_object(named: NamedKey, *, signs: bool) -> dict[str, Any]:
    return {
        "kid": named.key.kid,
        "algorithm": named.key.algorithm,
        "signs": signs,
        "source": named.source,
        "file": None if named.path is None else str(named.path),
    }


def _as_row(named: NamedKey, *, signs: bool) -> tuple[str, ...]:
    return (
        named.key.kid or "-",
        named.key.algorithm,
        "signs, verifies" if signs else "verifies",
        named.source if named.path is None else f"{named.source} {named.path}",
    )


def rotate(command: BaseCommand, options: dict[str, Any]) -> None:
    """Put a new key in front of the JWK Set file that TEGATA['KEYS'] names.

    The new key signs as soon as the servers have been restarted; restart them all right after
    this, since one that has not been refuses tokens of the new key. The old keys stay to verify,
    and nobody is logged out. A key that has not signed for longer than REFRESH_TOKEN_LIFETIME is
    dropped: nobody can hold a token of it any more. The file is replaced at once, with the same
    mode and owner.
    """
    rules, now = _settings(), clock.now()
    signing = _keys()[0]
    path = _set_file(signing)
    new = _new_jwk(options["algorithm"] or signing.key.algorithm)
    lifetime = rules.REFRESH_TOKEN_LIFETIME + rules.LEEWAY
    said: list[str] = []

    def change(keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rotation = key_rotation.rotate(keys, new, now, lifetime, keep=options["keep"])
        first, *others = rotation.keys
        said.append(f"signs     {_name(first)}")
        said.extend(f"verifies  {_name(jwk)}, until {_date(jwk['exp'])}" for jwk in others)
        said.extend(
            f"dropped   {_name(jwk)}, over since {_date(jwk['exp'])}" for jwk in rotation.dropped
        )
        if options["dry_run"]:
            raise _NothingWrittenError
        return rotation.keys

    try:
        key_file.change_set(path, change)
    except _NothingWrittenError:
        pass
    except FileExistsError as error:
        raise CommandError(
            f"`{path}` is being rotated by somebody else: `{error.filename}` is there\n"
            "hint: if that rotation died, remove that file and try again"
        ) from None
    except OSError as error:
        raise CommandError(f"`{path}` cannot be replaced: {error.strerror}") from None
    for line in said:
        command.stdout.write(line)
    if options["dry_run"]:
        command.stderr.write("nothing was written: --dry-run")
    else:
        command.stderr.write(f"wrote {path}\nhint: restart all servers now; they read it at start")


class _NothingWrittenError(Exception):
    """What keeps a file from being written, for `--dry-run`."""


def _set_file(signing: NamedKey) -> Path:
    if signing.path is None:
        raise CommandError(
            f"the key that signs comes from {signing.source}, which no command can change\n"
            f"{_TO_A_FILE}\n{_BY_HAND}"
        )
    if not key_file.is_set(signing.path):
        raise CommandError(
            f"`{signing.path}` is no JWK Set, so there is no place for a second key\n"
            f"{_TO_A_FILE}\n{_BY_HAND}"
        )
    return signing.path


def _settings() -> conf.Settings:
    try:
        return conf.current()
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None


def _keys() -> list[NamedKey]:
    rules = _settings()
    try:
        return named_keys(rules.KEYS, rules.ALGORITHM)
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None


def _new_jwk(algorithm: str) -> dict[str, Any]:
    jwk = Key.generate(algorithm).to_jwk()
    # A secret has no thumbprint that could be told, and without a name all would be tried.
    jwk.setdefault("kid", token_urlsafe(12))
    return jwk


def _name(jwk: dict[str, Any]) -> str:
    return f"{jwk.get('kid') or '-'} ({jwk.get('alg') or jwk.get('kty')})"


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.get_current_timezone()).strftime(
        "%Y-%m-%d %H:%M %Z"
    )
