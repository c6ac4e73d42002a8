"""`encode_jwt` and `decode_jwt`, with keys of ours and of joserfc, against joserfc itself."""

from __future__ import annotations

import gc
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpRequest
from freezegun.api import FrozenDateTimeFactory
from joserfc import errors, jwk, jwt
from pytest_django import Settings

from tegata import jose
from tegata.async_jwt import keys as converting
from tegata.auth import decode_jwt, encode_jwt, validate_key, validate_mandatory_claims
from tests.docs.pages import ROOT
from tests.ninja.async_jwt_site import NO_ROWS, PRIVATE, Bearer, claims

pytestmark = NO_ROWS
THEIRS: dict[str, Any] = {
    "RS256": jwk.RSAKey.generate_key(2048),
    "PS384": jwk.RSAKey.generate_key(2048, {"kid": "rsa", "alg": "PS384", "use": "sig"}),
    "ES256": jwk.ECKey.generate_key("P-256", {"kid": "ec"}),
    "ES384": jwk.ECKey.generate_key("P-384"),
    "ES512": jwk.ECKey.generate_key("P-521"),
    "EdDSA": jwk.OKPKey.generate_key("Ed25519"),
    "HS256": jwk.OctKey.generate_key(256),
}
ALGORITHMS = pytest.mark.parametrize("algorithm", THEIRS)


def public_of(key: Any) -> Any:
    return key if isinstance(key, jwk.OctKey) else type(key).import_key(key.as_dict(private=False))


@ALGORITHMS
def test_joserfc_reads_what_we_sign(algorithm: str) -> None:
    key = THEIRS[algorithm]
    token = encode_jwt(claims(more=[1, {"a": None}]), 60, key, algorithm)
    read = jwt.decode(token, public_of(key), algorithms=[algorithm])
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": "https://auth.example"},
        aud={"essential": True, "value": "my-api"},
        exp={"essential": True},
    ).validate(read.claims)
    assert read.claims["more"] == [1, {"a": None}]
    assert read.header == {
        "alg": algorithm,
        "typ": "JWT",
        **({"kid": key.kid} if key.kid else {}),
    }


@ALGORITHMS
def test_we_read_what_joserfc_signs(algorithm: str) -> None:
    key = THEIRS[algorithm]
    times = {"iat": datetime.now(UTC), "exp": datetime.now(UTC) + timedelta(minutes=1)}
    # With one key, its name decides nothing.
    for kid in ({}, {"kid": "another"}):
        token = jwt.encode({"alg": algorithm, **kid}, claims(**times), key, [algorithm])
        for either in (key, public_of(key)):
            read = decode_jwt(token, either, [algorithm])
            assert (read.claims["sub"], read.header["alg"]) == ("alice", algorithm)
        with pytest.raises(errors.JoseError):
            decode_jwt(f"{token[:-6]}AAAAAA", key, [algorithm])


@ALGORITHMS
async def test_a_bearer_with_a_key_of_joserfc(algorithm: str) -> None:
    names = {"jwt_public": public_of(THEIRS[algorithm]), "algorithms": [algorithm]}
    gate = type("Theirs", (Bearer,), names)()
    token = encode_jwt(claims(), 60, THEIRS[algorithm], algorithm)
    assert await gate.authenticate(HttpRequest(), token) == {"user_id": "alice"}


def test_key_sets_of_both_pick_by_kid() -> None:
    ours = jose.KeySet([jose.Key.generate("ES256"), jose.Key.generate("ES256")])
    theirs = jwk.KeySet([jwk.ECKey.generate_key("P-256") for _ in range(2)])
    for keys in (ours, theirs):
        for single in list(keys):
            token = encode_jwt(claims(), 60, single)
            assert decode_jwt(token, keys).claims["sub"] == "alice"
        # The first signs.
        assert decode_jwt(encode_jwt(claims(), 60, keys), next(iter(keys))).claims
        stranger = encode_jwt(claims(), 60, jose.Key.generate("ES256"))
        with pytest.raises(jose.UnknownKeyError):
            decode_jwt(stranger, keys)


def test_the_algorithm_is_what_the_key_is_for() -> None:
    for algorithm in ("RS256", "ES256", "ES384", "EdDSA"):
        token = encode_jwt(claims(), 60, THEIRS[algorithm])
        assert decode_jwt(token, THEIRS[algorithm]).header["alg"] == algorithm
    token = encode_jwt(claims(), 60, THEIRS["PS384"])
    assert decode_jwt(token, THEIRS["PS384"]).header["alg"] == "PS384"
    ps512 = encode_jwt(claims(), 60, THEIRS["RS256"], "PS512")
    assert decode_jwt(ps512, THEIRS["RS256"], ["RS256", "PS512"]).claims
    with pytest.raises(jose.UnknownKeyError):
        decode_jwt(ps512, THEIRS["RS256"])
    for key, algorithm in (
        (PRIVATE, "PS256"),
        (THEIRS["RS256"], "ES256"),
        (THEIRS["PS384"], "PS256"),
        (THEIRS["ES256"], "none"),
    ):
        with pytest.raises(ValueError, match=r"JWT_PRIVATE_KEY|algorithm"):
            encode_jwt(claims(), 60, key, algorithm)
        with pytest.raises(ValueError, match=r"JWT_PUBLIC_KEY|algorithm"):
            decode_jwt(ps512, key, algorithm)


def test_a_secret_is_no_public_key_and_a_public_key_no_secret() -> None:
    secret = THEIRS["HS256"]
    token = encode_jwt(claims(), 60, secret, "HS256")
    with pytest.raises(jose.InvalidTokenError):
        decode_jwt(token, THEIRS["RS256"], ["RS256"])
    with pytest.raises(ValueError, match="no key for RS256"):
        decode_jwt(token, secret, ["RS256"])
    for public in (PRIVATE.public(), public_of(THEIRS["ES256"])):
        with pytest.raises(ValueError, match="public key cannot sign"):
            encode_jwt(claims(), 60, public)


@pytest.mark.filterwarnings("ignore")
def test_weak_keys_are_refused() -> None:
    for weak in (jwk.OctKey.import_key(b"short"), jwk.RSAKey.generate_key(1024)):
        with pytest.raises(ValueError, match="JWT_PRIVATE_KEY: "):
            encode_jwt(claims(), 60, weak)


def test_validate_key(settings: Settings) -> None:
    key = THEIRS["RS256"]
    for each in (key, PRIVATE, jose.KeySet([PRIVATE]), jwk.KeySet([key])):
        assert validate_key(each, "JWT_PRIVATE_KEY") is each
    with pytest.raises(ValueError, match="JWT_PRIVATE_KEY is required"):
        validate_key(None, "JWT_PRIVATE_KEY")
    for bad in ("text", b"text", {}, object(), jwk.KeySet([])):
        with pytest.raises(ValueError, match="JWT_PRIVATE_KEY must be a key"):
            validate_key(bad, "JWT_PRIVATE_KEY")
    settings.JWT_PRIVATE_KEY = key
    assert validate_key(None, "JWT_PRIVATE_KEY") is key


def test_settings(settings: Settings) -> None:
    given = {"sub": "alice"}
    with pytest.raises(ValueError, match="jwt iss is required"):
        validate_mandatory_claims(given)
    settings.JWT_ISSUER = "https://auth.example"
    with pytest.raises(ValueError, match="jwt aud is required"):
        validate_mandatory_claims(given)
    settings.JWT_AUDIENCE = "my-api"
    assert validate_mandatory_claims(given) == claims()
    assert validate_mandatory_claims({**given, "aud": "x"})["aud"] == "x"
    assert given == {"sub": "alice"}
    settings.JWT_PRIVATE_KEY, settings.JWT_PUBLIC_KEY = PRIVATE, PRIVATE.public()
    read = decode_jwt(encode_jwt(given, 3600))
    assert read.claims.items() >= claims().items()
    assert read.claims["exp"] - read.claims["iat"] == 3600
    assert read.claims["nbf"] == read.claims["iat"]


async def test_an_algorithm_in_the_settings(settings: Settings) -> None:
    settings.JWT_ALGORITHM = "RS512"
    key = THEIRS["RS256"]
    token = encode_jwt(claims(), 60, key)
    assert decode_jwt(token, key).header["alg"] == "RS512"

    class Unsaid(Bearer):
        jwt_public = key

    class Said(Bearer):
        jwt_public = key
        algorithms = ["RS256"]

    assert await Unsaid().authenticate(HttpRequest(), token)
    assert await Said().authenticate(HttpRequest(), token) is False
    said = encode_jwt(claims(), 60, key, "RS256")
    assert await Said().authenticate(HttpRequest(), said)
    assert await Unsaid().authenticate(HttpRequest(), said) is False


def test_times(clock: FrozenDateTimeFactory) -> None:
    now = int(datetime.now(UTC).timestamp())
    key = THEIRS["ES256"]
    for duration in (90, 90.7, timedelta(seconds=90)):
        assert decode_jwt(encode_jwt(claims(), duration, key), key).claims["exp"] == now + 90
    sooner = encode_jwt(claims(exp=now + 5, nbf=now - 9, iat=now - 9), 90, key)
    read = decode_jwt(sooner, key).claims
    assert (read["exp"], read["nbf"], read["iat"]) == (now + 5, now - 9, now - 9)
    moment = datetime.fromtimestamp(now + 7, UTC)
    assert decode_jwt(encode_jwt(claims(exp=moment), 90, key), key).claims["exp"] == now + 7
    clock.tick(5)
    with pytest.raises(jose.ExpiredTokenError):
        decode_jwt(sooner, key)
    assert decode_jwt(sooner, key, leeway=1).claims
    bad: Any
    for bad in (True, "60", None, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="duration"):
            encode_jwt(claims(), bad, key)
    for bad in (True, "60", float("nan"), datetime(2030, 1, 1)):  # noqa: DTZ001
        with pytest.raises(ValueError, match="exp"):
            encode_jwt(claims(exp=bad), 90, key)


def test_our_refusals_are_joserfc_s() -> None:
    def refused(**more: Any) -> Any:
        with pytest.raises(errors.JoseError) as caught:
            Bearer.get_claims().validate(claims(**more))
        return caught.value

    later = 4_000_000_000
    for error, ours, theirs in (
        (refused(exp=1), jose.ExpiredTokenError, errors.ExpiredTokenError),
        (refused(), jose.MissingClaimError, errors.MissingClaimError),
        (refused(exp=later, iss="x"), jose.UnexpectedClaimError, errors.InvalidClaimError),
        (refused(exp=later, iss=["x"]), jose.ClaimTypeError, errors.InvalidClaimError),
    ):
        assert isinstance(error, ours)
        assert isinstance(error, theirs)
        assert isinstance(error, ValueError)
        assert error.claim in ("exp", "iss")
        assert error.description == str(error)
    for bad, theirs in (
        ("x", errors.DecodeError),
        (encode_jwt(claims(), 9, jose.Key.generate("RS256")), errors.BadSignatureError),
        (encode_jwt(claims(), 9, jose.Key.generate("ES256")), errors.JoseError),
    ):
        with pytest.raises(theirs):
            decode_jwt(bad, PRIVATE)
        with pytest.raises(ValueError, match=r"."):
            decode_jwt(bad, PRIVATE)


async def test_a_check_of_the_site_may_raise_joserfc_s() -> None:
    class Own(Bearer):
        def validate_claims(self, claims: Any) -> None:
            raise errors.InvalidClaimError("sub")

    token = encode_jwt(claims(), 60, PRIVATE)
    assert await Own().authenticate(HttpRequest(), token) is False


async def test_a_registry_of_joserfc_s_own() -> None:
    class Own(Bearer):
        @classmethod
        def get_claims(cls) -> Any:
            return jwt.JWTClaimsRegistry(leeway=5, **cls.claims)

    token = encode_jwt(claims(), 60, PRIVATE)
    assert await Own().authenticate(HttpRequest(), token)
    assert (
        await Own().authenticate(HttpRequest(), encode_jwt(claims(aud="x"), 60, PRIVATE)) is False
    )


def test_a_key_is_converted_once_and_then_forgotten() -> None:
    key = jwk.ECKey.generate_key("P-256")
    token = encode_jwt(claims(), 60, key)
    for _ in range(3):
        decode_jwt(token, key)
    assert len(converting._KNOWN[id(key)][1]) == 1
    number = id(key)
    del key
    gc.collect()
    assert number not in converting._KNOWN


_WITHOUT = """
import sys
for hidden in ("joserfc", "cryptography"):
    sys.modules[hidden] = None
import django
from django.conf import settings
settings.configure(USE_TZ=True, JWT_ISSUER="i", JWT_AUDIENCE="a")
django.setup()
import asyncio
from django.http import HttpRequest, HttpResponse
from tegata import jose
from tegata.auth import *
from tegata.auth import AsyncJwtBearer, AsyncJwtCookie, delete_jwt_cookie, set_jwt_cookie
key = jose.Key.generate("ES256")
token = encode_jwt({"sub": "alice"}, 60, key)
assert decode_jwt(token, key.public()).claims["sub"] == "alice"
for gate in (AsyncJwtBearer, AsyncJwtCookie):
    class Gate(gate):
        jwt_public, algorithms = key, ["ES256"]
        async def auth_handler(self, request):
            return self.dcd.claims["sub"]
    assert asyncio.run(Gate().authenticate(HttpRequest(), token)) == "alice"
    assert asyncio.run(Gate().authenticate(HttpRequest(), token[:-9])) is False
response = HttpResponse()
set_jwt_cookie(response, token)
delete_jwt_cookie(response)
try:
    Gate.get_claims().validate({})
except jose.JoseError as error:
    assert isinstance(error, ValueError)
else:
    raise AssertionError
assert "tegata.models" not in sys.modules
"""


def test_without_joserfc_and_without_the_app() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
