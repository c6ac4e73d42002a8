"""What serves as a key: each form that PyJWT takes, and none that it does not."""

from __future__ import annotations

import codecs
import gc
import json
import secrets
import subprocess
import sys
import threading
import warnings
import weakref
from types import ModuleType
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed448, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tegata import jose
from tegata.compat import jwt as ours
from tegata.compat.jwt import keys
from tests.compat.materials import (
    ALGORITHMS,
    LIBRARIES,
    OBJECTS,
    SECRET,
    WEAK_RSA,
    private_pem,
    public_pem,
    public_ssh,
    signing,
    verifying,
)

WAYS = [(pyjwt, ours), (ours, pyjwt), (ours, ours)]
CLAIMS = {"sub": "alice", "text": "ü 🎟", "exp": 4_000_000_000, "list": [1, 2.5, None]}


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.parametrize(("signer", "verifier"), WAYS)
def test_each_reads_what_the_other_signed(
    alg: str, signer: ModuleType, verifier: ModuleType
) -> None:
    token = signer.encode(CLAIMS, signing(alg), alg)
    assert isinstance(token, str)
    assert verifier.decode(token, verifying(alg), [alg]) == CLAIMS
    complete = verifier.decode_complete(token, verifying(alg), ALGORITHMS)
    assert complete == pyjwt.decode_complete(token, verifying(alg), [alg])
    assert complete["header"] == {"alg": alg, "typ": "JWT"}


def _private_forms(key: Any) -> dict[str, Any]:
    traditional = key.private_bytes(
        Encoding.PEM,
        PrivateFormat.TraditionalOpenSSL
        if hasattr(key, "private_numbers")
        else PrivateFormat.PKCS8,
        NoEncryption(),
    )
    return {
        "object": key,
        "PKCS#8": private_pem(key),
        "PKCS#8 as bytes": private_pem(key).encode(),
        "traditional": traditional,
    }


def _public_forms(key: Any) -> dict[str, Any]:
    return {
        "object": key.public_key(),
        "SPKI": public_pem(key),
        "SPKI as bytes": public_pem(key).encode(),
        "SSH": public_ssh(key),
    }


@pytest.mark.parametrize("alg", ["RS256", "PS384", "ES256", "ES384", "ES512", "EdDSA"])
def test_every_form(alg: str) -> None:
    for private in _private_forms(OBJECTS[alg]).values():
        token = ours.encode(CLAIMS, private, alg)
        for public in _public_forms(OBJECTS[alg]).values():
            assert pyjwt.decode(token, public, [alg]) == CLAIMS
            assert ours.decode(token, public, [alg]) == CLAIMS
            assert ours.decode(token, public, ALGORITHMS) == CLAIMS
        assert ours.decode(token, private, [alg]) == CLAIMS


def test_a_secret_that_is_no_text() -> None:
    secret = bytes(range(64))
    assert ours.decode(pyjwt.encode(CLAIMS, secret), secret, ["HS256"]) == CLAIMS


@pytest.mark.parametrize(
    "secret",
    [
        public_pem(OBJECTS["RS256"]),
        private_pem(OBJECTS["RS256"]),
        public_ssh(OBJECTS["RS256"]),
        public_ssh(OBJECTS["EdDSA"]),
        '{"kty": "oct", "k": "YWJj"}',
        OBJECTS["RS256"].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=["public PEM", "private PEM", "ssh-rsa", "ssh-ed25519", "JWK", "DER"],
)
@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_a_key_is_no_secret(library: ModuleType, secret: str | bytes) -> None:
    """Or whoever knows the public key could sign."""
    _is_no_secret(library, secret)


_JWK = ours.algorithms.RSAAlgorithm.to_jwk(OBJECTS["RS256"].public_key())
JWK_FORMS: dict[str, str | bytes] = {
    "as it is": _JWK,
    "indented": json.dumps(json.loads(_JWK), indent=4) + "\n",
    "a set": f'{{"keys":[{_JWK}]}}',
    "an array": f"[{_JWK}]",
    "arrays": f"[[{_JWK}]]",
    "a member": f'{{"a":[{{"b":{_JWK}}}]}}',
    "too deep for most": "[" * 200 + _JWK + "]" * 200,
    "too deep for all": '{"a":' * 100_000 + _JWK + "}" * 100_000,
    "a number too large": _JWK.replace("{", f'{{"a":{"9" * 5000},', 1),
    "a number that is none": _JWK.replace("{", '{"a":NaN,', 1),
    "an escape in its name": _JWK.replace("kty", r"\u006bty"),
    "UTF-8 with a mark": codecs.BOM_UTF8 + _JWK.encode(),
    "UTF-16 with another mark": codecs.BOM_UTF16_BE + _JWK.encode("utf-16-be"),
    "an array in UTF-16": f"[{_JWK}]".encode("utf-16"),
    "UTF-32 with another mark": codecs.BOM_UTF32_BE + _JWK.encode("utf-32-be"),
    **{
        f"UTF-{form}": _JWK.encode(f"utf-{form}")
        for form in ("16", "16-le", "16-be", "32", "32-le", "32-be")
    },
}


@pytest.mark.parametrize("form", JWK_FORMS)
@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_a_jwk_is_no_secret(library: ModuleType, form: str) -> None:
    _is_no_secret(library, JWK_FORMS[form])


@pytest.mark.parametrize("secret", ['{"not": "a key, merely JSON of 32 letters"}', "[" * 32])
@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_other_json_is_a_secret(library: ModuleType, secret: str) -> None:
    token = library.encode(CLAIMS, secret)
    assert library.decode(token, secret, ["HS256"]) == CLAIMS


def _is_no_secret(library: ModuleType, secret: str | bytes) -> None:
    with pytest.raises(library.InvalidKeyError):
        library.encode({}, secret, "HS256")
    with pytest.raises(library.InvalidKeyError):
        library.decode(pyjwt.encode({}, SECRET), secret, ["RS256", "HS256"])


def test_a_token_does_not_choose_how_it_is_checked() -> None:
    public = public_pem(OBJECTS["RS256"])
    forged = pyjwt.encode({}, SECRET, "HS256")
    with pytest.raises(ours.InvalidAlgorithmError):
        ours.decode(forged, public, ["RS256"])


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_a_short_secret_verifies_with_a_warning(library: ModuleType) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        token = pyjwt.encode(CLAIMS, "short")
    for call in (library.decode, library.decode_complete, library.PyJWT().decode):
        with pytest.warns(library.InsecureKeyLengthWarning) as caught:
            call(token, "short", ["HS256"])
        # PyJWT names a line of its own.
        assert library is pyjwt or caught[0].filename == __file__
    with pytest.raises(library.InvalidKeyError):
        library.decode(token, "short", ["HS256"], {"enforce_minimum_key_length": True})


@pytest.mark.parametrize("secret", ["short", "s" * 31, b"\x00"])
def test_a_short_secret_does_not_sign(secret: str | bytes) -> None:
    with pytest.raises(ours.InvalidKeyError, match=f"this one has {len(secret)}; hint:"):
        ours.encode({}, secret)


@pytest.mark.parametrize(("alg", "least"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_what_is_said_of_a_short_secret_mends_it(alg: str, least: int) -> None:
    with pytest.raises(ours.InvalidKeyError, match=f"at least {least} bytes; .* has 6;") as caught:
        ours.encode({}, "secret", alg)
    hint = f"hint: sign with secrets.token_bytes({least}), this one can only verify"
    assert str(caught.value).endswith(hint)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        secret = secrets.token_bytes(least)
        assert ours.decode(ours.encode({}, secret, alg), secret, [alg]) == {}


def test_each_hash_has_its_own_least_length() -> None:
    secret = "s" * 40
    assert ours.encode({}, secret, "HS256")
    with pytest.raises(ours.InvalidKeyError):
        ours.encode({}, secret, "HS512")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ours.decode(pyjwt.encode({}, secret), secret, ["HS256", "HS512"]) == {}


def test_a_short_rsa_key_verifies_with_a_warning_and_does_not_sign() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        token = pyjwt.encode(CLAIMS, WEAK_RSA, "RS256")
    for key in (WEAK_RSA, WEAK_RSA.public_key(), public_pem(WEAK_RSA)):
        with pytest.warns(ours.InsecureKeyLengthWarning):
            assert ours.decode(token, key, ["RS256"]) == CLAIMS
    with pytest.raises(ours.InvalidKeyError, match="2048 bits; this one has 1024; hint:"):
        ours.encode({}, WEAK_RSA, "RS256")
    with pytest.raises(ours.InvalidKeyError):
        ours.decode(token, WEAK_RSA, ["RS256"], {"enforce_minimum_key_length": True})


def test_a_public_key_does_not_sign() -> None:
    for alg in ("RS256", "ES256", "EdDSA"):
        for key in (OBJECTS[alg].public_key(), public_pem(OBJECTS[alg])):
            with pytest.raises(ours.InvalidKeyError, match="hint: give the private key"):
                ours.encode({}, key, alg)


def test_a_private_key_under_a_password() -> None:
    pem = OBJECTS["ES256"].private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
    )
    with pytest.raises(ours.InvalidKeyError, match="encrypted"):
        ours.encode({}, pem, "ES256")


def test_a_key_of_a_curve_that_there_is_not() -> None:
    with pytest.raises(ours.InvalidKeyError):
        ours.encode({}, ed448.Ed448PrivateKey.generate(), "EdDSA")  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [5, None, object(), bytearray(SECRET.encode())])
@pytest.mark.parametrize("alg", ["HS256", "RS256", "ES256"])
def test_what_is_no_key(key: Any, alg: str) -> None:
    for library in LIBRARIES.values():
        with pytest.raises(TypeError):
            library.encode({}, key, alg)


def test_every_refusal_of_a_key_has_its_cause() -> None:
    with pytest.raises(ours.InvalidKeyError) as caught:
        ours.encode({}, "no PEM", "ES256")
    assert isinstance(caught.value.__cause__, jose.NotPemError)
    assert "no PEM block" in str(caught.value)


def test_a_key_is_read_once() -> None:
    pem = public_pem(OBJECTS["ES256"])
    first = keys.key_for(pem, "ES256").key
    assert keys.key_for("".join(pem), "ES256").key is first
    assert keys.key_for(pem.encode(), "ES256").key is first
    key = OBJECTS["ES256"].public_key()
    assert keys.key_for(key, "ES256").key is keys.key_for(key, "ES256").key


def test_a_secret_is_the_same_as_text_and_as_bytes() -> None:
    """To compare the two raises under `-bb`, and a cache compares."""
    code = f"""
from tegata.compat import jwt
for secret in ({SECRET!r}, {SECRET.encode()!r}, {SECRET!r}):
    print(jwt.decode(jwt.encode({{"a": 1}}, secret), secret, ["HS256"]))
"""
    command = [sys.executable, "-bb", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("{'a': 1}\n" * 3, "")


@pytest.mark.parametrize("alg", ["HS256", "ES256"])
def test_text_without_utf8_is_no_key(alg: str) -> None:
    with pytest.raises(ours.InvalidKeyError, match="UTF-8") as caught:
        ours.encode({}, f"{SECRET}\ud800", alg)
    assert SECRET not in repr(caught.value)
    assert caught.value.__suppress_context__


def test_keys_are_not_kept_for_ever() -> None:
    jwk = keys.Jwk({"kty": "oct", "k": "YWJj" * 20})
    seen = weakref.ref(jwk)
    keys.key_for(jwk, "HS256")
    del jwk
    for number in range(100):
        keys.key_for(keys.Jwk({"kty": "oct", "k": f"{number:0100}"}), "HS256")
    gc.collect()
    assert seen() is None


def test_an_object_in_the_place_of_another_is_not_taken_for_it() -> None:
    """As the one before is gone, the next has its address, and no other than it is."""
    for _ in range(20):
        key = rsa.generate_private_key(65537, 1024)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            token = pyjwt.encode({}, key, "RS256")
            assert ours.decode(token, key.public_key(), ["RS256"]) == {}


def test_threads() -> None:
    tokens = {alg: pyjwt.encode({"alg": alg}, signing(alg), alg) for alg in ALGORITHMS}
    wrong: list[str] = []

    def work() -> None:
        for number in range(200):
            # More secrets than are kept.
            secret = f"{number}{SECRET}"
            token = ours.encode({"n": number}, secret)
            alg = ALGORITHMS[number % len(ALGORITHMS)]
            read = ours.decode(tokens[alg], verifying(alg), ALGORITHMS)
            if ours.decode(token, secret, ["HS256"]) != {"n": number} or read != {"alg": alg}:
                wrong.append(alg)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_key_is_shown() -> None:
    secret = "a secret that must not be seen, anywhere"
    jwk = ours.PyJWK({"kty": "oct", "k": "c2VjcmV0" * 8})
    shown = f"{jwk!r} {jwk.material!r} {keys.key_for(secret, 'HS256')!r}"
    assert "secret" not in shown.replace("_secret", "")
    assert "c2Vj" not in shown
