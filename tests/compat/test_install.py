"""`tegata.compat.install`, each case in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.docs.pages import ROOT

ALL_OF_IT = """
import sys
import tegata.compat
tegata.compat.install("jwt")
tegata.compat.install("jwt")

import jwt
import jwt.exceptions
from jwt import PyJWKClient, algorithms
from jwt.algorithms import RSAAlgorithm, has_crypto, requires_cryptography
from jwt.api_jwk import PyJWK, PyJWKSet
from jwt.api_jws import PyJWS
from jwt.api_jwt import PyJWT
from jwt.exceptions import ExpiredSignatureError, PyJWTError
from jwt.jwks_client import PyJWKClient
from jwt.types import Options
from jwt.utils import base64url_decode
from jwt.warnings import InsecureKeyLengthWarning

assert jwt.__name__ == "tegata.compat.jwt", jwt
assert jwt.exceptions.ExpiredSignatureError is jwt.ExpiredSignatureError
assert sys.modules["jwt.api_jwt"] is sys.modules["tegata.compat.jwt.api_jwt"]
for name, module in list(sys.modules.items()):
    if name == "jwt" or name.startswith("jwt."):
        assert "/tegata/compat/jwt/" in module.__file__, name
assert "django" not in sys.modules
assert "cryptography" not in sys.modules
secret = "a secret of no less than thirty-two bytes"
assert jwt.decode(jwt.encode({"a": 1}, secret), secret, ["HS256"]) == {"a": 1}
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_install() -> None:
    done = run(ALL_OF_IT)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_the_optional_libraries() -> None:
    """PyJWT itself, `cryptography` and httpx2 need not be there."""
    hidden = "import sys\nfor name in ('cryptography', 'httpx2'): sys.modules[name] = None\n"
    more = """
from tegata import jose
pem = jose.Key.generate("ES256").to_pem()
token = jwt.encode({}, pem, "ES256")
assert jwt.decode(token, pem, ["ES256"]) == {}
jwk = jose.Key.from_pem(pem, "ES256").public().to_jwk()
key = jwt.PyJWK(jwk)
assert jwt.decode(token, key) == jwt.decode(token, key.key, ["ES256"]) == {}
assert key.key.startswith("-----BEGIN PUBLIC KEY-----")
for call, kind in (
    (lambda: jwt.PyJWKClient("https://example.com/jwks"), ImportError),
    (lambda: jwt.encode({}, object(), "ES256"), TypeError),
    (lambda: jwt.decode(token, "ssh-rsa AAAA", ["ES256"]), jwt.InvalidKeyError),
):
    try:
        call()
    except kind as error:
        assert str(error)
    else:
        raise AssertionError(kind)
"""
    code = hidden + ALL_OF_IT.replace('assert "cryptography" not in sys.modules\n', "") + more
    done = run(code)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("first", ["import jwt", "import jwt.exceptions"])
def test_after_the_library_itself(first: str) -> None:
    done = run(f"{first}\nimport tegata.compat\ntegata.compat.install('jwt')")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("RuntimeError: another library was imported as `jwt")
    assert "hint: call tegata.compat.install('jwt') ahead of the first `import jwt`" in last


KNOWN = "'jwt', 'jwt_ninja', 'ninja_aio.auth', 'ninja_jwt'"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("'jtw'", "no stand-in for 'jtw'; hint: there are those for " + KNOWN),
        ("'jwt', 'jtw'", "no stand-in for 'jtw'; hint: there are those for " + KNOWN),
        ("", "no stand-in for nothing; hint: there are those for " + KNOWN),
    ],
)
def test_an_unknown_name(arguments: str, message: str) -> None:
    code = f"""
import sys
import tegata.compat
try:
    tegata.compat.install({arguments})
except ValueError as error:
    print(error)
assert "jwt" not in sys.modules
"""
    done = run(code)
    assert (done.stdout.strip(), done.stderr) == (message, "")
