"""Where signing keys come from, and how they are changed without signing anybody out."""

from __future__ import annotations

import base64
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings

from tegata import conf
from tegata._tegata import Refusal
from tegata.models import Session
from tests.django.helpers import KEYS, claims_of, code, header_of, log_in, profile, refresh

SECRET = "a secret of no less than thirty-two bytes"
OTHER_SECRET = "another secret, and quite as long as that"


def pem(name: str) -> str:
    """The text of one of the test keys."""
    return (KEYS / f"{name}.pem").read_text()


def base64url(raw: bytes) -> str:
    """As JOSE writes bytes."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def ed25519_jwk(**members: str) -> dict[str, str]:
    """The Ed25519 test key as a JWK: both halves are the last 32 bytes of their DER."""
    private, public = (
        base64.b64decode("".join(pem(name).splitlines()[1:-1])) for name in ("eddsa", "eddsa.pub")
    )
    x, d = base64url(public[-32:]), base64url(private[-32:])
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "d": d, **members}


def secret_jwk(**members: str) -> dict[str, str]:
    """A secret as a JWK."""
    return {"kty": "oct", "k": base64url(SECRET.encode()), **members}


FORMS: list[tuple[str, Any, str]] = [
    ("secret", SECRET, "HS256"),
    ("secret in bytes", SECRET.encode(), "HS256"),
    ("secret that is not text", bytes(range(128, 192)), "HS256"),
    ("PEM", pem("rs256"), "RS256"),
    ("PEM in bytes", pem("rs256").encode(), "RS256"),
    ("PEM after blank lines", "\n\n  " + pem("es256"), "ES256"),
    ("JWK", ed25519_jwk(), "EdDSA"),
    ("JWK with an alg of its own", ed25519_jwk(alg="EdDSA"), "HS256"),
    ("JWK of a secret", secret_jwk(), "HS256"),
    ("JWK as text", json.dumps(ed25519_jwk(), indent=2), "EdDSA"),
    ("JWK as text in bytes", json.dumps(secret_jwk(kid="one")).encode(), "HS256"),
]


def goes_round(client: Client) -> dict[str, str]:
    """Logs in, asks, refreshes, asks again; gives the last tokens."""
    tokens = log_in(client)
    assert profile(client, tokens["access_token"]).status_code == 200
    answer = refresh(client, tokens["refresh_token"])
    assert answer.status_code == 200, answer.content
    renewed: dict[str, str] = answer.json()  # type: ignore[attr-defined]
    assert profile(client, renewed["access_token"]).status_code == 200
    return renewed


@pytest.mark.parametrize(
    ("name", "algorithm"), [("rs256", "RS256"), ("es256", "ES256"), ("eddsa", "EdDSA")]
)
def test_each_asymmetric_algorithm_goes_round(
    ada: User, client: Client, name: str, algorithm: str
) -> None:
    with override_settings(TEGATA={"KEYS": [KEYS / f"{name}.pem"], "ALGORITHM": algorithm}):
        tokens = goes_round(client)

        for token in (tokens["access_token"], tokens["refresh_token"]):
            header = header_of(token)
            assert header["alg"] == algorithm
            assert len(header["kid"]) == 43  # A thumbprint by SHA-256.


@pytest.mark.parametrize(
    ("entry", "algorithm"), [each[1:] for each in FORMS], ids=[each[0] for each in FORMS]
)
def test_every_form_of_a_key_serves(
    ada: User, client: Client, entry: Any, algorithm: str, tmp_path: Path
) -> None:
    with override_settings(TEGATA={"KEYS": [entry], "ALGORITHM": algorithm}):
        access_token = goes_round(client)["access_token"]

    if isinstance(entry, dict):
        entry = json.dumps(entry)
    file = tmp_path / "key"
    file.write_bytes(entry if isinstance(entry, bytes) else entry.encode())
    with override_settings(TEGATA={"KEYS": [file], "ALGORITHM": algorithm}):
        assert profile(client, access_token).status_code == 200
        goes_round(client)


def test_the_first_key_signs_and_all_verify(ada: User, client: Client) -> None:
    old = {"KEYS": [SECRET]}
    both = {"KEYS": [OTHER_SECRET, SECRET]}
    new = {"KEYS": [OTHER_SECRET]}

    with override_settings(TEGATA=old):
        by_old = log_in(client)["access_token"]
    with override_settings(TEGATA=both):
        assert profile(client, by_old).status_code == 200
        by_both = log_in(client)["access_token"]
    with override_settings(TEGATA=new):
        assert profile(client, by_both).status_code == 200
        assert code(profile(client, by_old)) == (401, "invalid_token")


def test_algorithms_may_stand_side_by_side_while_a_site_moves(ada: User, client: Client) -> None:
    with override_settings(TEGATA={"KEYS": [SECRET]}):
        by_secret = log_in(client)
    moving = {"KEYS": [KEYS / "eddsa.pem", secret_jwk(alg="HS256")], "ALGORITHM": "EdDSA"}
    with override_settings(TEGATA=moving):
        assert profile(client, by_secret["access_token"]).status_code == 200
        renewed = refresh(client, by_secret["refresh_token"]).json()  # type: ignore[attr-defined]
    assert header_of(renewed["access_token"])["alg"] == "EdDSA"


def test_a_public_key_after_the_first_verifies(ada: User, client: Client) -> None:
    with override_settings(TEGATA={"KEYS": [KEYS / "es256.pem"], "ALGORITHM": "ES256"}):
        access_token = log_in(client)["access_token"]
    rotated = {
        "KEYS": [KEYS / "eddsa.pem", {**ed25519_jwk(), "d": ""}],
        "ALGORITHM": "EdDSA",
    }
    del rotated["KEYS"][1]["d"]
    with override_settings(TEGATA=rotated):
        assert code(profile(client, access_token)) == (401, "invalid_token")
    with override_settings(
        TEGATA={"KEYS": [pem("eddsa.2"), pem("eddsa.pub")], "ALGORITHM": "EdDSA"}
    ):
        assert code(profile(client, access_token)) == (401, "invalid_token")
        fresh = log_in(client)["access_token"]
        assert profile(client, fresh).status_code == 200


def test_a_token_of_a_retired_private_key_is_good_by_its_public_half(
    ada: User, client: Client
) -> None:
    with override_settings(TEGATA={"KEYS": [pem("eddsa")], "ALGORITHM": "EdDSA"}):
        tokens = log_in(client)
    with override_settings(
        TEGATA={"KEYS": [pem("eddsa.2"), pem("eddsa.pub")], "ALGORITHM": "EdDSA"}
    ):
        assert profile(client, tokens["access_token"]).status_code == 200
        answer = refresh(client, tokens["refresh_token"])
        assert answer.status_code == 200
    renewed = answer.json()  # type: ignore[attr-defined]
    assert header_of(renewed["access_token"])["kid"] != header_of(tokens["access_token"])["kid"]


def test_keys_are_derived_from_the_secret_key(ada: User, client: Client) -> None:
    access_token = log_in(client)["access_token"]

    assert header_of(access_token) == {"alg": "HS256", "typ": "at+jwt"}
    assert profile(client, access_token).status_code == 200
    with override_settings(SECRET_KEY="another secret key, as long as it should be"):
        assert code(profile(client, access_token)) == (401, "invalid_token")


def test_the_derivation_stays_what_it_is(ada: User, client: Client, settings: Any) -> None:
    """HKDF-SHA-256 (RFC 5869) by hand: another result would sign everybody out at an update."""

    def mac(key: bytes, message: bytes) -> bytes:
        return hmac.digest(key, message, "sha256")

    extracted = mac(bytes(32), settings.SECRET_KEY.encode())
    key = mac(extracted, b"tegata signing key v1" + b"\x01")

    message, _, signature = log_in(client)["access_token"].rpartition(".")

    assert base64url(mac(key, message.encode())) == signature


def test_the_secret_key_itself_signs_nothing(ada: User, client: Client, settings: Any) -> None:
    by_derived_key = log_in(client)["access_token"]

    with override_settings(TEGATA={"KEYS": [settings.SECRET_KEY]}):
        assert code(profile(client, by_derived_key)) == (401, "invalid_token")
        by_raw_key = log_in(client)["access_token"]
    assert code(profile(client, by_raw_key)) == (401, "invalid_token")


@pytest.mark.parametrize("secret_key", ["o" * 50, b"o" * 50])
def test_fallbacks_verify_until_they_are_removed(
    ada: User, client: Client, secret_key: str | bytes
) -> None:
    with override_settings(SECRET_KEY=secret_key):
        tokens = log_in(client)

    with override_settings(SECRET_KEY="n" * 50, SECRET_KEY_FALLBACKS=["x" * 50, secret_key]):
        assert profile(client, tokens["access_token"]).status_code == 200
        renewed = refresh(client, tokens["refresh_token"]).json()  # type: ignore[attr-defined]
    with override_settings(SECRET_KEY="n" * 50):
        assert code(profile(client, tokens["access_token"])) == (401, "invalid_token")
        assert code(refresh(client, tokens["refresh_token"])) == (401, "invalid_token")
        assert profile(client, renewed["access_token"]).status_code == 200


def test_changing_keys_ends_no_session(ada: User, client: Client) -> None:
    first = log_in(client)
    session = Session.objects.get()
    stages: list[dict[str, Any]] = [
        {"SECRET_KEY": "n" * 50, "SECRET_KEY_FALLBACKS": ["o" * 50]},
        {"TEGATA": {"KEYS": [pem("eddsa"), pem("eddsa.2")], "ALGORITHM": "EdDSA"}},
        {"TEGATA": {"KEYS": [pem("eddsa.2")], "ALGORITHM": "EdDSA"}},
    ]
    # Tokens of the site's first key are not among these keys; the session outlives them all.
    assert profile(client, first["access_token"]).status_code == 200
    for stage in stages:
        with override_settings(**stage):
            second = log_in(client)
            assert profile(client, second["access_token"]).status_code == 200
            for session_id in Session.objects.values_list("pk", flat=True):
                listed = client.get(
                    "/api/auth/sessions/",
                    headers={"Authorization": f"Bearer {second['access_token']}"},
                )
                assert session_id in {each["id"] for each in listed.json()}

    before = session.security_stamp
    session.refresh_from_db()
    assert (session.expired_at, session.security_stamp) == (None, before)
    assert profile(client, first["access_token"]).status_code == 200
    assert refresh(client, first["refresh_token"]).status_code == 200


ENCRYPTED = "es256.encrypted"
BROKEN: list[tuple[str, Any, str, str]] = [
    ("a short secret", "thirty-one bytes are too few!!!", "HS256", "at least 32 bytes"),
    ("an empty secret", "", "HS256", "at least 32 bytes"),
    ("a PEM as HMAC secret", pem("rs256"), "HS256", "HS256"),
    ("a public PEM as HMAC secret", pem("rs256.pub"), "HS256", "HS256"),
    ("a key of another algorithm", pem("es256"), "RS256", "not a usable key for RS256"),
    ("a secret under RS256", SECRET, "RS256", "RS256"),
    ("an encrypted PEM", pem(ENCRYPTED), "ES256", "encrypted"),
    ("a PEM cut in half", pem("rs256")[:400], "RS256", "PEM"),
    ("two keys in one PEM", pem("eddsa") + pem("eddsa.2"), "EdDSA", "several keys"),
    ("broken JSON", '{"kty": "oct", "k": "c2VjcmV0', "HS256", "not a JSON object"),
    ("a JWK without kty", {"k": secret_jwk()["k"]}, "HS256", "kty"),
    ("a JWK with a short secret", {"kty": "oct", "k": "c2VjcmV0"}, "HS256", "at least 32 bytes"),
    ("a JWK of another algorithm", ed25519_jwk(alg="RS256"), "EdDSA", "kty"),
    ("a JWK with an unknown alg", ed25519_jwk(alg="none"), "EdDSA", "unknown algorithm"),
    ("a JWK for encryption", ed25519_jwk(use="enc"), "EdDSA", "use"),
    ("a JWK that JSON cannot write", {"kty": "oct", "k": b"secret bytes"}, "HS256", "JSON"),
    ("a number", 5, "HS256", "str, bytes, dict or pathlib.Path"),
    ("an object", object(), "HS256", "str, bytes, dict or pathlib.Path"),
]


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize(
    ("entry", "algorithm", "shown"), [each[1:] for each in BROKEN], ids=[each[0] for each in BROKEN]
)
def test_a_broken_key_is_named_and_not_shown(
    index: int, entry: Any, algorithm: str, shown: str
) -> None:
    good = {"HS256": SECRET, "RS256": pem("rs256"), "ES256": pem("es256"), "EdDSA": pem("eddsa")}
    entries = [good[algorithm], entry] if index else [entry]

    with (
        override_settings(TEGATA={"KEYS": entries, "ALGORITHM": algorithm}),
        pytest.raises(ImproperlyConfigured) as raised,
    ):
        conf.engine()

    message = str(raised.value)
    assert message.startswith(f"TEGATA['KEYS'][{index}]: ")
    assert shown in message
    assert_nothing_leaks(raised.value, entry)


def assert_nothing_leaks(error: BaseException, entry: Any) -> None:
    """Neither the message nor what is behind it in a traceback shows a piece of the key."""
    if isinstance(entry, dict):
        pieces = [str(value) for name, value in entry.items() if name in {"k", "d"}]
    elif isinstance(entry, str | bytes):
        text = entry if isinstance(entry, str) else entry.decode(errors="ignore")
        pieces = [line for line in text.splitlines() if line and not line.startswith("-----")]
    else:
        pieces = []
    chain: BaseException | None = error
    while chain is not None:
        said = f"{chain!s} {chain!r}"
        assert not [piece for piece in pieces if piece in said or piece[:12] in said]
        chain = None if chain.__suppress_context__ else chain.__cause__ or chain.__context__


def test_a_file_that_is_not_there_is_named_by_its_place(tmp_path: Path) -> None:
    for entry, problem in ((tmp_path / "absent.pem", "No such file"), (tmp_path, "directory")):
        with (
            override_settings(TEGATA={"KEYS": [SECRET, entry]}),
            pytest.raises(ImproperlyConfigured, match=rf"^TEGATA\['KEYS'\]\[1\]: .*{problem}"),
        ):
            conf.engine()


def test_a_file_that_is_no_text_is_refused_without_showing_it(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(b"-----BEGIN PRIVATE KEY-----\n\xff\xfe secret\n")
    with (
        override_settings(TEGATA={"KEYS": [file], "ALGORITHM": "RS256"}),
        pytest.raises(ImproperlyConfigured, match=r"^TEGATA\['KEYS'\]\[0\]: is not text") as raised,
    ):
        conf.engine()
    assert_nothing_leaks(raised.value, "secret")


def test_a_public_key_cannot_be_the_first() -> None:
    with (
        override_settings(TEGATA={"KEYS": [pem("rs256.pub"), pem("rs256")], "ALGORITHM": "RS256"}),
        pytest.raises(ImproperlyConfigured, match=r"^TEGATA\['KEYS'\].*public"),
    ):
        conf.engine()


def test_no_repr_shows_a_key_or_a_token(ada: User, client: Client) -> None:
    with override_settings(TEGATA={"KEYS": [SECRET]}):
        from tegata._tegata import Key
        from tegata.internal import loading

        key, engine = Key.from_secret(SECRET.encode(), "HS256"), conf.engine()
        from django.utils import timezone

        opened = engine.open_session(
            timezone.now(), loading.user_row(ada), None, "", None, None, None, None
        )
        assert not isinstance(opened, Refusal)
        shown = " ".join(map(repr, (key, engine, opened, opened.tokens, loading.user_row(ada))))

    assert SECRET not in shown
    assert ada.password not in shown
    assert opened.tokens.access_token not in shown
    assert opened.tokens.access_token.rsplit(".", 1)[1] not in shown
    assert claims_of(opened.tokens.access_token)["jti"] not in shown


@pytest.mark.parametrize("nothing", ["", b"", None])
def test_nothing_is_no_fallback(settings: Any, nothing: Any) -> None:
    """A key that is derived from nothing is one that everybody has."""
    settings.SECRET_KEY_FALLBACKS = ["an older secret of thirty-two bytes", nothing]

    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY_FALLBACKS\[1\] must be"):
        conf.engine()
