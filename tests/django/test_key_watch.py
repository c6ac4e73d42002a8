"""Running servers and a key file: a change is noticed, a broken file changes nothing."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from freezegun import freeze_time

from tegata import conf
from tegata._tegata import Key
from tegata.internal import key_watch
from tegata.internal.key_watch import KeyWatch


@pytest.fixture
def clock() -> Iterator[Any]:
    """Stands still."""
    with freeze_time("2027-01-01") as frozen:
        yield frozen


def write(file: Path, *keys: Key) -> None:
    """Replaces a file of keys, as a rotation does."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"keys": [key.to_jwk() for key in keys]}))
    new.replace(file)


def published() -> list[str]:
    """The keys that are in use."""
    from tegata.internal.clock import now

    return [each["kid"] for each in json.loads(conf.engine().jwks(now()))["keys"]]


def test_a_change_is_noticed_after_the_interval_and_not_before(
    clock: Any, tmp_path: Path, tegata: Any
) -> None:
    file = tmp_path / "keys.json"
    old, new = (Key.generate("EdDSA") for _ in range(2))
    write(file, old)
    tegata(KEYS=file, KEY_RELOAD_INTERVAL=30)
    assert published() == [old.kid]

    write(file, new, old)
    clock.tick(29)
    assert published() == [old.kid]
    clock.tick(1)
    assert published() == [new.kid, old.kid]


def test_a_file_that_has_not_changed_is_not_read_again(
    clock: Any, tmp_path: Path, tegata: Any
) -> None:
    file = tmp_path / "keys.json"
    write(file, Key.generate("EdDSA"))
    tegata(KEYS=[file, "SECRET_KEY"])
    engine = conf.engine()

    clock.tick(3600)
    assert conf.engine() is engine


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{",
        '{"keys": []}',
        '{"keys": [{"kty": "OKP", "d": "a secret part"}]}',
        f'{{"keys": {"[" * 100_000}',
        "<html>502: what a proxy says, and no secret for HS256</html>",
        None,
    ],
    ids=["empty", "no JSON", "no keys", "no key", "deep", "no secret", "gone"],
)
def test_a_broken_file_keeps_the_last_good_keys_and_is_told_of_once(
    clock: Any,
    tmp_path: Path,
    tegata: Any,
    caplog: pytest.LogCaptureFixture,
    broken: str | None,
) -> None:
    file = tmp_path / "keys.json"
    old, new = (Key.generate("EdDSA") for _ in range(2))
    write(file, old)
    tegata(KEYS=file)
    assert published() == [old.kid]
    caplog.set_level(logging.INFO, "tegata")

    if broken is None:
        file.unlink()
    else:
        file.write_text(broken)
    for _ in range(3):
        clock.tick(10)
        assert published() == [old.kid]
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "so the last good ones stay" in record.message
    assert "a secret part" not in caplog.text

    write(file, new)
    clock.tick(10)
    assert published() == [new.kid]
    assert [each.levelname for each in caplog.records] == ["ERROR", "WARNING"]


def test_another_fault_is_told_of_again(
    clock: Any, tmp_path: Path, tegata: Any, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "keys.json"
    write(file, Key.generate("EdDSA"))
    tegata(KEYS=file)
    conf.engine()

    for text in ("{", '{"keys": []}'):
        file.write_text(text)
        clock.tick(10)
        conf.engine()
    assert len(caplog.records) == 2


def test_a_file_that_is_broken_at_the_start_stops_it(tmp_path: Path, tegata: Any) -> None:
    file = tmp_path / "keys.json"
    file.write_text("{")
    tegata(KEYS=file)

    with pytest.raises(ImproperlyConfigured):
        conf.engine()


def test_nobody_waits_for_who_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    # freezegun lets threads of their own go on.
    monkeypatch.setattr(key_watch, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    file = tmp_path / "keys"
    file.write_text("1")
    reading, go_on = threading.Event(), threading.Event()
    made: list[int] = []

    def make() -> int:
        if made:
            reading.set()
            assert go_on.wait(10)
        made.append(len(made))
        return made[-1]

    watch = KeyWatch([file], timedelta(seconds=1), make)
    file.write_text("22")
    seconds[0] += 1
    reader = threading.Thread(target=watch.current)
    reader.start()
    assert reading.wait(10)
    seconds[0] += 1
    assert watch.current() == 0
    go_on.set()
    reader.join(10)
    assert watch.current() == 1
    assert made == [0, 1]
