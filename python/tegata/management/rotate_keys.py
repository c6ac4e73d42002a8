"""What `manage.py tegata_keys rotate` does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tegata import conf
from tegata._tegata import Key, KeySchedule, KeyTimes, RotationPlan
from tegata.internal import clock, key_file
from tegata.internal.keys import NamedKey
from tegata.management.key_settings import date, named_keys_of_settings, new_jwk, settings

Jwk = dict[str, Any]

_BY_HAND = (
    "hint: by hand: put a new key behind the one that signs in TEGATA['KEYS'], and in front of it "
    "once all servers have been restarted; keep the old one for REFRESH_TOKEN_LIFETIME"
)
_TO_A_FILE = (
    "hint: `tegata_keys generate --format jwks --out FILE` makes a file that can be rotated; put "
    "it in front of the keys of now: TEGATA['KEYS'] = [Path(FILE), …]"
)


def rotate(command: BaseCommand, options: dict[str, Any]) -> None:
    """Do what is due for the JWK Set file that TEGATA['KEYS'] names; meant for a crontab.

    If the key that signs is older than KEY_ROTATION_PERIOD, or will be after KEY_LEAD_TIME, a new
    one goes in front. It is published at once and signs after KEY_LEAD_TIME; then the old one
    verifies until its last token is over, and the rotation after that drops it. Running servers
    look at the file every KEY_RELOAD_INTERVAL; nothing has to be restarted, and no token is refused
    on the way. If nothing is due, nothing is written. The file is replaced at once, with the same
    mode and owner, and several rotations at once wait for each other.
    """
    keys = named_keys_of_settings()
    change = _Change(
        begin="at_once" if options["now"] else "anyway" if options["force"] else "when_due",
        algorithm=options["algorithm"],
        is_dry=options["dry_run"],
    )
    path = _set_file(keys[0])
    try:
        key_file.change_set(path, change)
    except OSError as error:
        raise CommandError(f"`{path}` cannot be replaced: {error.strerror}") from None
    for line in change.said:
        command.stdout.write(line)
    command.stderr.write(_closing(change, path))


@dataclass
class _Change:
    """Makes the new keys of a file of the old ones, and says what became of them."""

    begin: str
    algorithm: str | None
    is_dry: bool
    said: list[str] = field(default_factory=list)
    due_at: datetime | None = None
    has_changes: bool = False

    def __call__(self, keys: list[Jwk]) -> list[Jwk] | None:
        times = [KeyTimes(json.dumps(jwk)) for jwk in keys]
        now = clock.now()
        new: Jwk | None = None
        plan = conf.rotation().plan(times, now, self.begin)
        if plan.added is not None:
            new = new_jwk(self.algorithm or _algorithm(keys, now))
            # To find a key may take a while, and it is not published before it is written.
            now = clock.now()
            plan = conf.rotation().plan(times, now, self.begin)
        elif self.begin == "at_once":
            self._require_algorithm(keys, plan)
        changed = [_timed(keys[index], each) for index, each in plan.kept]
        if new is not None and plan.added is not None:
            changed.insert(0, _timed(new, plan.added))
        self.due_at, self.has_changes = plan.due_at, plan.has_changes
        self._say(changed, [keys[index] for index in plan.dropped], now)
        return changed if plan.has_changes and not self.is_dry else None

    def _require_algorithm(self, keys: list[Jwk], plan: RotationPlan) -> None:
        waiting = keys[plan.kept[0][0]]
        if self.algorithm is not None and waiting.get("alg") != self.algorithm:
            raise CommandError(
                f"a key of {waiting.get('alg')} is waiting to sign, and `--now` has it do so\n"
                "hint: leave `--algorithm` out"
            )

    def _say(self, keys: list[Jwk], dropped: list[Jwk], now: datetime) -> None:
        for jwk, (state, _, until) in zip(keys, _lives(keys, now), strict=True):
            end = "" if until is None else f", {_UNTIL[state]} {date(until)}"
            self.said.append(f"{state:<9}  {_name(jwk)}{end}")
        self.said.extend(f"{'dropped':<9}  {_name(jwk)}" for jwk in dropped)


_UNTIL = {"published": "signs from", "signing": "until", "retired": "verifies until"}


def _closing(change: _Change, path: Path) -> str:
    if change.is_dry:
        return "nothing was written: --dry-run"
    due = "" if change.due_at is None else f"a new key is due {date(change.due_at)}"
    if not change.has_changes:
        return f"nothing is to be done; {due}"
    seconds = settings().KEY_RELOAD_INTERVAL.total_seconds()
    said = f"wrote {path}; running servers look at it every {seconds:g} s; {due}"
    if change.begin != "at_once":
        return said
    return (
        f"{said}\nhint: until they do, servers refuse tokens of the key that signs now, and so do "
        "others for as long as they keep a copy of the published keys"
    )


def _algorithm(keys: list[Jwk], now: datetime) -> str:
    """That of the key which signs now."""
    states = [state for state, _, _ in _lives(keys, now)]
    signs = keys[states.index("signing")]
    return Key.from_jwk(signs, str(signs.get("alg", settings().ALGORITHM))).algorithm


def _lives(keys: list[Jwk], now: datetime) -> list[tuple[str, datetime | None, datetime | None]]:
    default = settings().ALGORITHM
    timed = [
        (Key.from_jwk(jwk, str(jwk.get("alg", default))), KeyTimes(json.dumps(jwk))) for jwk in keys
    ]
    return KeySchedule(timed, conf.key_retention()).lives_at(now)


def _timed(jwk: Jwk, times: KeyTimes) -> Jwk:
    return jwk | dict(times.members())


def _set_file(first: NamedKey) -> Path:
    if first.path is None:
        raise CommandError(
            f"the key that signs comes from {first.source}, which no command can change\n"
            f"{_TO_A_FILE}\n{_BY_HAND}"
        )
    if not key_file.is_set(first.path):
        raise CommandError(
            f"`{first.path}` is no JWK Set, so there is no place for a second key\n"
            f"{_TO_A_FILE}\n{_BY_HAND}"
        )
    return first.path


def _name(jwk: Jwk) -> str:
    return f"{jwk.get('kid') or '-'} ({jwk.get('alg') or jwk.get('kty')})"
