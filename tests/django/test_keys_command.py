"""`manage.py tegata_keys`: what it makes, what it shows, and that a rotation logs nobody out."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from freezegun import freeze_time

from tegata import conf
from tegata._tegata import Key, algorithms
from tegata.internal import key_file
from tegata.models import Session
from tests.django.helpers import KEYS, code, header_of, log_in, profile, refresh

SECRET = "a secret of no less than thirty-two bytes"
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}
LIFETIME = timedelta(days=14)


def run(*arguments: str) -> tuple[str, str]:
    """What the command says on stdout and on stderr."""
    out, err = StringIO(), StringIO()
    call_command("tegata_keys", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def fails(*arguments: str) -> str:
    """The message of a command that must fail."""
    with pytest.raises(CommandError) as error:
        run(*arguments)
    assert error.value.returncode == 1
    return str(error.value)


@pytest.fixture
def file(tmp_path: Path, tegata: Any) -> Path:
    """A file with one key, named by the settings."""
    path = tmp_path / "keys.json"
    run("generate", "--algorithm", "EdDSA", "--format", "jwks", "--out", str(path))
    tegata(KEYS=path)
    return path


@pytest.fixture
def restart() -> Callable[[], None]:
    """Has the settings read again, as the start of a server does."""

    def again() -> None:
        conf.engine.cache_clear()

    return again


def keys_of(file: Path) -> list[dict[str, Any]]:
    """The JWKs of a file."""
    keys: list[dict[str, Any]] = json.loads(file.read_text())["keys"]
    return keys


@pytest.mark.parametrize("algorithm", sorted({*algorithms()} - {"RS384", "RS512", "PS384"}))
@pytest.mark.parametrize("form", ["jwk", "jwks", None])
def test_what_is_generated_can_be_used(
    tmp_path: Path, tegata: Any, algorithm: str, form: str | None
) -> None:
    given = () if form is None else ("--format", form)
    printed, _ = run("generate", "--algorithm", algorithm, *given)
    file = tmp_path / "key"
    file.write_text(printed.strip())

    for entry in (file, printed.strip()):
        tegata(ALGORITHM=algorithm, KEYS=[entry])
        assert conf.engine()


def test_a_key_of_the_sites_algorithm_by_default(tegata: Any) -> None:
    assert len(run("generate")[0].strip()) == 43

    tegata(ALGORITHM="ES256", KEYS=[KEYS / "es256.pem"])
    assert run("generate")[0].startswith("-----BEGIN PRIVATE KEY-----")


def test_a_file_is_for_its_owner_only_and_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    before = os.umask(0)
    try:
        out, err = run("generate", "--algorithm", "EdDSA", "--out", str(file))
    finally:
        os.umask(before)
    assert (out, stat.S_IMODE(file.stat().st_mode)) == ("", 0o600)
    assert str(file) in err
    written = file.read_text()

    said = fails("generate", "--algorithm", "EdDSA", "--out", str(file))
    assert "is there already" in said
    assert "hint:" in said
    assert file.read_text() == written
    assert "No such file" in fails("generate", "--out", str(tmp_path / "no" / "key.pem"))


def test_a_form_that_an_algorithm_does_not_have() -> None:
    assert "hint: --format secret" in fails("generate", "--algorithm", "HS256", "--format", "pem")
    assert "hint: --format pem" in fails("generate", "--algorithm", "EdDSA", "--format", "secret")


def test_the_list_says_which_signs_and_where_from_and_shows_no_secret(
    file: Path, tegata: Any
) -> None:
    old = {"kty": "oct", "alg": "HS256", "kid": "old", "k": "c2VjcmV0" * 6}
    tegata(KEYS=[file, old, "SECRET_KEY"])
    (own,) = keys_of(file)

    printed, _ = run("list")
    rows = [line.split() for line in printed.splitlines()]
    assert rows == [
        ["kid", "algorithm", "does", "from"],
        [own["kid"], "EdDSA", "signs,", "verifies", "KEYS[0]", str(file)],
        ["old", "HS256", "verifies", "KEYS[1]"],
        ["-", "HS256", "verifies", "SECRET_KEY"],
    ]
    listed, _ = run("list", "--json")
    assert [each["signs"] for each in json.loads(listed)] == [True, False, False]
    for text in (printed, listed):
        assert own["d"] not in text
        assert old["k"] not in text


@pytest.mark.django_db
def test_a_rotation_logs_nobody_out_and_drops_what_nobody_needs(
    ada: User, client: Client, file: Path, restart: Callable[[], None]
) -> None:
    with freeze_time("2027-01-01 00:00:00") as clock:
        (first,) = keys_of(file)
        tokens = log_in(client)

        out, err = run("rotate")
        assert "hint: restart all servers" in err
        new, old = keys_of(file)
        assert (out.count("signs "), out.count("verifies "), out.count("dropped")) == (1, 1, 0)
        assert (old["kid"], old["exp"] - new["nbf"]) == (first["kid"], 14 * 24 * 3600 + 10)
        assert new["iat"] == new["nbf"] == int(time.time())
        # Until they are restarted, servers sign as before.
        assert header_of(log_in(client)["access_token"])["kid"] == first["kid"]

        restart()
        assert profile(client, tokens["access_token"]).status_code == 200
        after = refresh(client, tokens["refresh_token"]).json()  # type: ignore[attr-defined]
        assert header_of(after["access_token"])["kid"] == new["kid"]

        clock.tick(timedelta(days=10))
        assert "dropped" not in run("rotate")[0]
        restart()
        tokens = refresh(client, after["refresh_token"]).json()  # type: ignore[attr-defined]
        assert len(keys_of(file)) == 3

        clock.tick(timedelta(days=5))
        kept, _ = run("rotate", "--dry-run", "--keep")
        assert "dropped" not in kept
        before = file.read_bytes()
        out, err = run("rotate", "--dry-run")
        assert f"dropped   {first['kid']}" in out
        assert "nothing was written" in err
        assert file.read_bytes() == before
        assert f"dropped   {first['kid']}" in run("rotate")[0]
        restart()
        assert len(keys_of(file)) == 3
        assert code(refresh(client, tokens["refresh_token"]))[0] == 200
        assert Session.objects.filter(expired_at__isnull=False).count() == 0


def test_the_key_that_signs_is_never_dropped_by_the_rotation_that_retires_it(file: Path) -> None:
    jwks = {"keys": [{**keys_of(file)[0], "exp": 1}], "made_by": "hand"}
    file.write_text(json.dumps(jwks))

    assert "dropped" not in run("rotate")[0]
    assert keys_of(file)[1]["exp"] > 1
    assert json.loads(file.read_text())["made_by"] == "hand"


def test_a_rotation_to_another_algorithm(file: Path, restart: Callable[[], None]) -> None:
    run("rotate", "--algorithm", "HS256")
    run("rotate")

    assert [each["alg"] for each in keys_of(file)] == ["HS256", "HS256", "EdDSA"]
    assert len({each["kid"] for each in keys_of(file)}) == 3
    restart()
    assert conf.engine()


def test_a_rotation_keeps_mode_and_link_and_leaves_nothing_behind(
    file: Path, tmp_path: Path, tegata: Any
) -> None:
    file.chmod(0o640)
    link = tmp_path / "elsewhere" / "link.json"
    link.parent.mkdir()
    link.symlink_to(file)
    tegata(KEYS=[link])

    run("rotate")

    assert link.is_symlink()
    assert len(keys_of(file)) == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["elsewhere", "keys.json"]
    assert [each.name for each in link.parent.iterdir()] == ["link.json"]


def test_a_rotation_that_dies_leaves_the_file_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(key_file.os, "fsync", full)
    assert "No space left" in fails("rotate")

    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == ["keys.json"]


def test_two_rotations_at_once_lose_no_key(file: Path) -> None:
    other = file.with_name(".keys.json.new")
    other.touch()
    before = file.read_bytes()

    said = fails("rotate")

    assert str(other) in said
    assert "hint:" in said
    assert file.read_bytes() == before
    other.unlink()
    run("rotate")


@pytest.mark.parametrize(
    ("keys", "algorithm", "source"),
    [
        (None, "HS256", "SECRET_KEY"),
        ([SECRET], "HS256", "KEYS[0]"),
        ([KEYS / "es256.pem"], "ES256", "es256.pem"),
    ],
)
def test_keys_from_elsewhere_are_not_rotated_and_it_says_what_to_do(
    tegata: Any, keys: Any, algorithm: str, source: str
) -> None:
    tegata(KEYS=keys, ALGORITHM=algorithm)

    said = fails("rotate")

    assert source in said.splitlines()[0]
    assert "generate --format jwks" in said
    assert "by hand" in said
    assert SECRET not in said


def test_going_from_the_secret_key_to_a_file(file: Path, tegata: Any) -> None:
    tegata(KEYS=[file, "SECRET_KEY"])
    run("rotate")
    tegata(KEYS=[file, "SECRET_KEY"])

    assert [each["source"] for each in json.loads(run("list", "--json")[0])] == [
        *("KEYS[0]", "KEYS[0]"),
        "SECRET_KEY",
    ]


@pytest.mark.parametrize(
    "keys", ["[]", "{}", '{"a": 1}', "[1]", '[{"kty": "oct"}]', "null", '"x"', '[{"k": "AAAA"}]']
)
def test_a_broken_set_stops_the_start_and_shows_nothing(
    tmp_path: Path, tegata: Any, keys: str
) -> None:
    file = tmp_path / "keys.json"
    file.write_text(f'{{"keys": {keys}}}')

    for entry in (file, file.read_text(), json.loads(file.read_text())):
        tegata(KEYS=[entry])
        with pytest.raises(ImproperlyConfigured, match=r"TEGATA\['KEYS'\]\[0\]: "):
            conf.engine()


def test_a_set_that_is_no_file_has_all_its_keys(tegata: Any) -> None:
    new, old = (Key.generate("EdDSA") for _ in range(2))
    tegata(KEYS=[{"keys": [new.to_jwk(), old.to_jwk()]}])

    assert [each["kid"] for each in json.loads(run("list", "--json")[0])] == [new.kid, old.kid]


def test_no_part_of_a_key_is_said_by_a_rotation(file: Path) -> None:
    said = "".join(run("rotate")) + "".join(run("rotate", "--dry-run"))

    for jwk in keys_of(file):
        assert [name for name in PRIVATE & jwk.keys() if jwk[name] in said] == []
