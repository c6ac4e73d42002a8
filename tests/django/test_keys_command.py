"""`manage.py tegata_keys`: what it makes, what it shows, and that a rotation logs nobody out."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from tegata import conf, jose
from tegata._tegata import Key, Unread, algorithms, read_token, sign_token
from tegata.internal import key_file
from tegata.models import Session
from tegata.tokens import AccessToken
from tests.django.helpers import KEYS, ROOT, header_of, log_in, profile, refresh, run_python

SECRET = "a secret of no less than thirty-two bytes"
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}


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


def test_the_list_says_what_each_does_and_where_it_is_from_and_shows_no_secret(
    file: Path, tegata: Any, settings: Any
) -> None:
    settings.TIME_ZONE = "UTC"
    old = {"kty": "oct", "alg": "HS256", "kid": "old", "k": "c2VjcmV0" * 6}
    tegata(KEYS=[file, old, "SECRET_KEY"])
    (own,) = keys_of(file)

    printed, _ = run("list")
    since = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(own["nbf"])).split()
    rows = [line.split() for line in printed.splitlines()]
    assert rows == [
        ["kid", "algorithm", "state", "since", "until", "from"],
        [own["kid"], "EdDSA", "signing", *since, "-", "KEYS[0]", str(file)],
        ["old", "HS256", "verifying", "-", "-", "KEYS[1]"],
        ["-", "HS256", "verifying", "-", "-", "SECRET_KEY"],
    ]
    listed, _ = run("list", "--json")
    assert [each["signs"] for each in json.loads(listed)] == [True, False, False]
    assert datetime.fromisoformat(json.loads(listed)[0]["since"]).timestamp() == own["nbf"]
    for text in (printed, listed):
        assert own["d"] not in text
        assert old["k"] not in text


@pytest.mark.django_db
def test_keys_follow_each_other_on_a_schedule_and_nobody_is_logged_out(
    ada: User, client: Client, tmp_path: Path, tegata: Any
) -> None:
    with freeze_time("2027-01-01 00:00:00") as clock:
        file = tmp_path / "keys.json"
        run("generate", "--algorithm", "EdDSA", "--format", "jwks", "--out", str(file))
        tegata(KEYS=file, KEY_ROTATION_PERIOD=timedelta(days=20))
        (first,) = keys_of(file)
        tokens = log_in(client)

        def refreshed() -> str:
            nonlocal tokens
            tokens = refresh(client, tokens["refresh_token"]).json()  # type: ignore[attr-defined]
            kid: str = header_of(tokens["access_token"])["kid"]
            return kid

        # A crontab, every day.
        for _ in range(18):
            clock.tick(timedelta(days=1))
            out, err = run("rotate")
            assert (out.split(), len(keys_of(file))) == (["signing", first["kid"], "(EdDSA)"], 1)
            assert "nothing is to be done; a new key is due 2027-01-" in err
            assert refreshed() == first["kid"]

        clock.tick(timedelta(days=1))
        out, err = run("rotate")
        new, old = keys_of(file)
        assert [line.split()[:2] for line in out.splitlines()] == [
            ["published", new["kid"]],
            ["signing", first["kid"]],
        ]
        assert "running servers look at it every 10 s" in err
        assert new["iat"] == int(time.time())
        assert new["nbf"] - new["iat"] == 24 * 3600
        assert (old["kid"], old["exp"] - new["nbf"]) == (first["kid"], 14 * 24 * 3600 + 10)
        assert "nothing is to be done" in run("rotate")[1]

        # No server is restarted.
        clock.tick(timedelta(days=1, seconds=-1))
        last = log_in(client)
        assert header_of(last["access_token"])["kid"] == first["kid"]
        clock.tick(timedelta(seconds=1))
        assert profile(client, last["access_token"]).status_code == 200
        assert refreshed() == new["kid"]
        assert profile(client, tokens["access_token"]).status_code == 200
        listed = json.loads(run("list", "--json")[0])
        assert [each["state"] for each in listed] == ["signing", "retired"]

        clock.tick(timedelta(days=13, hours=23))
        assert refreshed() == new["kid"]
        assert "nothing is to be done" in run("rotate")[1]
        assert refresh(client, last["refresh_token"]).status_code == 200
        clock.tick(timedelta(hours=1, seconds=10))
        before = file.read_bytes()
        out, err = run("rotate", "--dry-run")
        assert f"dropped    {first['kid']}" in out
        assert "nothing was written" in err
        assert file.read_bytes() == before
        assert f"dropped    {first['kid']}" in run("rotate")[0]
        assert [each["kid"] for each in keys_of(file)] == [new["kid"]]
        assert refreshed() == new["kid"]
        assert Session.objects.filter(expired_at__isnull=False).count() == 0


def test_a_key_that_is_over_verifies_nothing_even_if_it_is_still_in_the_file(
    file: Path, tegata: Any
) -> None:
    (jwk,) = keys_of(file)
    own = TokenType("invitation")
    with freeze_time("2027-01-01 00:00:00") as clock:
        token = own.signed()
        run("rotate", "--force")
        clock.tick(timedelta(days=15, seconds=9))
        assert own.reads(token)
        clock.tick(timedelta(seconds=1))
        assert not own.reads(token)
        assert jwk["kid"] in [each["kid"] for each in keys_of(file)]


class TokenType:
    """Tokens of a type of the site's own, whose time is never up."""

    def __init__(self, name: str) -> None:
        self._name = name

    def signed(self) -> str:
        """One that is signed now."""
        claims = {"iss": "tegata", "aud": "tegata", "jti": "1", "iat": 0, "exp": 250_000_000_000}
        text = json.dumps({**claims, "type": self._name})
        return sign_token(conf.engine(), timezone.now(), self._name, text)

    def reads(self, token: str) -> bool:
        """Whether it is good now."""
        read = read_token(conf.engine(), timezone.now(), token, [self._name], False, None)
        return not isinstance(read, Unread)


def test_a_forced_rotation_keeps_to_the_order_of_things(file: Path) -> None:
    out, _ = run("rotate", "--force")
    assert out.startswith("published")
    assert len(keys_of(file)) == 2
    before = file.read_bytes()
    # A key is waiting already.
    assert "nothing is to be done" in run("rotate", "--force")[1]
    assert file.read_bytes() == before


def test_at_once_the_waiting_key_signs_or_else_a_new_one(file: Path) -> None:
    (first,) = keys_of(file)
    out, err = run("rotate", "--now")
    assert out.startswith("signing")
    assert "refuse tokens of the key that signs now" in err
    second, _ = keys_of(file)
    assert second["kid"] != first["kid"]
    assert second["nbf"] <= time.time()

    run("rotate", "--force")
    third = keys_of(file)[0]
    assert "is waiting to sign" in fails("rotate", "--now", "--algorithm", "HS256")
    run("rotate", "--now")
    assert [each["kid"] for each in keys_of(file)] == [
        each["kid"] for each in (third, second, first)
    ]
    assert keys_of(file)[0]["nbf"] <= time.time()


def test_the_key_that_signs_is_never_dropped_by_the_rotation_that_retires_it(file: Path) -> None:
    jwks = {"keys": [{**keys_of(file)[0], "exp": 1}], "made_by": "hand"}
    file.write_text(json.dumps(jwks))

    assert "dropped" not in run("rotate", "--force")[0]
    assert keys_of(file)[1]["exp"] > 1
    assert json.loads(file.read_text())["made_by"] == "hand"


def test_a_set_without_times_is_rotated_and_its_keys_stay_for_as_long_as_any(file: Path) -> None:
    old = [Key.generate("EdDSA").to_jwk() for _ in range(2)]
    file.write_text(json.dumps({"keys": old}))

    run("rotate")

    new, *others = keys_of(file)
    assert [each["kid"] for each in others] == [each["kid"] for each in old]
    assert {each["exp"] - new["nbf"] for each in others} == {14 * 24 * 3600 + 10}


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ({"REFRESH_TOKEN_LIFETIME": timedelta(days=20), "LEEWAY": 0}, 20 * 86400),
        ({"SLIDING_TOKEN_REFRESH_LIFETIME": timedelta(days=30)}, 30 * 86400 + 10),
        ({"AUTH_TOKEN_CLASSES": ["tests.django.test_keys_command.Invitation"]}, 60 * 86400 + 10),
        ({"KEY_RETENTION": timedelta(days=400)}, 400 * 86400),
    ],
)
def test_a_retired_key_stays_for_as_long_as_the_longest_token(
    file: Path, tegata: Any, more: dict[str, Any], seconds: int
) -> None:
    tegata(KEYS=file, **more)

    run("rotate", "--force")

    new, old = keys_of(file)
    assert old["exp"] - new["nbf"] == seconds


class Invitation(AccessToken):
    """Opens views for two months."""

    lifetime = timedelta(days=60)


def test_a_rotation_to_another_algorithm(file: Path) -> None:
    run("rotate", "--now", "--algorithm", "HS256")
    run("rotate", "--force")

    assert [each["alg"] for each in keys_of(file)] == ["HS256", "HS256", "EdDSA"]
    assert len({each["kid"] for each in keys_of(file)}) == 3


def test_a_rotation_keeps_mode_and_link_and_leaves_nothing_behind(
    file: Path, tmp_path: Path, tegata: Any
) -> None:
    file.chmod(0o640)
    link = tmp_path / "elsewhere" / "link.json"
    link.parent.mkdir()
    link.symlink_to(file)
    tegata(KEYS=[link])

    run("rotate", "--force")

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
    assert "No space left" in fails("rotate", "--force")

    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == ["keys.json"]


def test_rotations_at_once_wait_for_each_other_and_make_one_key(file: Path, tmp_path: Path) -> None:
    site = tmp_path / "rotating_site.py"
    site.write_text(
        "from pathlib import Path\nfrom tests.settings import *\n"
        f"TEGATA = {{'KEYS': Path({str(file)!r})}}\n"
    )
    command = ("-m", "django", "tegata_keys", "rotate", "--force")

    def rotate(_: int) -> subprocess.CompletedProcess[str]:
        return run_python(*command, settings="rotating_site", path=[tmp_path])

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(rotate, range(3)))

    assert [each.returncode for each in done] == [0] * 3, [each.stderr for each in done]
    assert len(keys_of(file)) == 2
    assert sum("wrote" in each.stderr for each in done) == 1


def test_what_a_rotation_that_died_left_behind_is_in_nobodys_way(file: Path) -> None:
    left = file.with_name(".keys.json.new")
    left.write_text('{"keys": [')

    run("rotate", "--force")

    assert len(keys_of(file)) == 2
    assert not left.exists()


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
    run("rotate", "--force")

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
    said = "".join(run("rotate", "--force")) + "".join(run("rotate", "--now", "--dry-run"))
    said += "".join(run("rotate")) + "".join(run("list")) + "".join(run("export"))

    for jwk in keys_of(file):
        assert [name for name in PRIVATE & jwk.keys() if jwk[name] in said] == []


@pytest.mark.parametrize("member", ["iat", "nbf", "exp"])
def test_a_time_that_is_none_stops_the_start_and_is_named(
    file: Path, tegata: Any, member: str
) -> None:
    file.write_text(json.dumps({"keys": [{**keys_of(file)[0], member: "tomorrow"}]}))
    tegata(KEYS=file)

    with pytest.raises(ImproperlyConfigured, match=r"TEGATA\['KEYS'\]\[0\]: its `iat`"):
        conf.engine()


def test_an_export_for_who_verifies_has_the_public_keys(file: Path, tegata: Any) -> None:
    tegata(KEYS=[file, "SECRET_KEY"], ISSUER="https://example.org", AUDIENCE=["a", "b"])
    run("rotate", "--force")

    out, _ = run("export")

    exported = json.loads(out)
    assert (exported["issuer"], exported["audience"]) == ("https://example.org", ["a", "b"])
    assert exported["access_token_lifetime"] == 300
    keys = exported["jwks"]["keys"]
    assert {each["kid"] for each in keys} == {each["kid"] for each in keys_of(file)}
    assert [PRIVATE & each.keys() for each in keys] == [set(), set()]


def test_an_export_for_who_signs_goes_into_a_file_of_its_owner(
    file: Path, tegata: Any, tmp_path: Path
) -> None:
    tegata(KEYS=[file, "SECRET_KEY"])
    out = tmp_path / "export.json"

    assert "add `--out FILE`" in fails("export", "--private")
    said, _ = run("export", "--private", "--out", str(out))

    assert (said, stat.S_IMODE(out.stat().st_mode)) == ("", 0o600)
    own, derived = json.loads(out.read_text())["jwks"]["keys"]
    assert own == keys_of(file)[0]
    # Another host reads the same keys out of it.
    token = jose.encode({"sub": "1"}, Key.from_jwk(derived, "HS256"))
    tegata(KEYS=["SECRET_KEY"])
    jose.decode(token, conf.engine().signing_key(timezone.now()), skip="exp")
    assert "is there already" in fails("export", "--out", str(out))


def test_an_export_has_what_another_host_decides_by(tegata: Any) -> None:
    tegata(
        SESSION_CHECK="refresh",
        REFRESH_GRACE=3,
        MAX_SESSIONS_PER_USER=2,
        SESSION_IDLE_TIMEOUT=timedelta(hours=1),
        SCOPES={"read": "reading"},
        LOGIN_THROTTLE={"account_and_address": "3/m", "address": None},
        REFRESH_THROTTLE=None,
        TRANSPORT="cookie",
        SECURITY_STAMP_FIELDS=["email"],
    )
    exported = json.loads(run("export")[0])

    assert (exported["session_check"], exported["refresh_grace"]) == ("refresh", 3)
    assert (exported["max_sessions_per_user"], exported["session_idle_timeout"]) == (2, 3600)
    assert (exported["transport"], exported["scopes"]) == ("cookie", {"read": "reading"})
    limits = {"account_and_address": "3/60s", "account": "100/3600s", "address": None}
    assert (exported["login_throttle"], exported["refresh_throttle"]) == (limits, None)
    model = get_user_model()
    assert exported["users"] == {
        "table": model._meta.db_table,
        "key": "id",
        "named_by": None,
        "username": "username",
        "password": "password",
        "is_active": "is_active",
        "last_login": "last_login",
        "stamp_columns": ["email"],
    }
    assert exported["only_in_django"] == []


def test_an_export_names_the_code_of_the_site_that_no_other_host_can_run(tegata: Any) -> None:
    tegata(USER_AUTHENTICATION_RULE=lambda user: user.is_staff, TENANT=lambda request: None)
    exported = json.loads(run("export")[0])
    assert exported["only_in_django"] == ["TENANT", "USER_AUTHENTICATION_RULE"]


def test_an_export_has_every_key_that_the_server_takes_from_a_site() -> None:
    """The server refuses a key that it does not know, and lacks none that it decides by."""
    source = ROOT / "crates" / "server" / "src" / "config" / "settings.rs"
    known = set(re.findall(r"^    ([a-z_]+), [A-Z][a-z]+, \"", source.read_text(), re.MULTILINE))
    exported = json.loads(run("export")[0])
    claims = {f"{name}_claim" for name in exported.pop("claims")}
    assert exported.pop("jwks") is not None
    assert (exported.keys() | claims) - known == set()


def test_an_export_without_public_keys_says_so(tegata: Any) -> None:
    tegata()
    out, err = run("export")
    assert json.loads(out)["jwks"] == {"keys": []}
    assert "hint: secrets are in it with `--private` only" in err
