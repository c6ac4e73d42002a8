"""The keys, claims and tokens that every side of the benchmark shares, in one folder."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")
SIZES = ("small", "large")
# The claims of a flawed token, and what a library that takes it for good does not check.
FLAWS = {
    "forged": "the signature",
    "expired": "`exp`",
    "eternal": "the presence of `exp`",
    "immature": "`nbf`",
    "from-the-future": "`iat`",
    "from-elsewhere": "`iss`",
    "from-nobody": "the presence of `iss`",
    "for-others": "`aud`",
    "for-nobody": "the presence of `aud`",
}

ISSUER = "https://login.example"
AUDIENCE = "https://api.example"
SECRET = "a secret of the benchmark, public like all of it"  # noqa: S105 - in this repository
DAY = 86_400

_TEST_KEYS = Path(__file__).resolve().parents[2] / "crates" / "jose" / "tests" / "keys"
_KEY_NAMES = {"RS256": "rsa2048", "ES256": "p256", "EdDSA": "ed25519"}

Claims = dict[str, Any]


@dataclass(frozen=True)
class Keys:
    """The key of one algorithm, in the encodings that every library reads."""

    algorithm: str
    secret: bytes
    private_pem: bytes
    public_pem: bytes

    @property
    def is_secret(self) -> bool:
        """Whether the key is an HMAC secret, and has no PEM."""
        return self.algorithm.startswith("HS")


@dataclass(frozen=True)
class Material:
    """The folder, as the side that measures reads it."""

    folder: Path

    def keys(self, algorithm: str) -> Keys:
        """The key of an algorithm."""
        if algorithm.startswith("HS"):
            return Keys(algorithm, (self.folder / f"{algorithm}.secret").read_bytes(), b"", b"")
        private, public = (self.folder / f"{algorithm}.{kind}.pem" for kind in _KINDS)
        return Keys(algorithm, b"", private.read_bytes(), public.read_bytes())

    def claims(self, name: str) -> Claims:
        """The claims of a size or of a flaw."""
        found: Claims = json.loads((self.folder / f"{name}.claims.json").read_text())
        return found

    def token(self, algorithm: str, name: str) -> str:
        """The token with these claims."""
        return (self.folder / f"{algorithm}.{name}.jwt").read_text()


_KINDS = {"private": "pkcs8", "public": "spki"}


def write(folder: Path) -> Material:
    """Make the folder anew, with everything but the tokens, which are signed in Rust."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "expected.json").write_text(json.dumps({"issuer": ISSUER, "audience": AUDIENCE}))
    (folder / "HS256.secret").write_text(SECRET)
    for algorithm, name in _KEY_NAMES.items():
        for kind, encoding in _KINDS.items():
            key = (_TEST_KEYS / f"{name}.{encoding}.pem").read_bytes()
            (folder / f"{algorithm}.{kind}.pem").write_bytes(key)
    for name, claims in _all_claims(int(time.time())).items():
        text = json.dumps(claims, separators=(",", ":"))
        (folder / f"{name}.claims.json").write_text(text)
    return Material(folder)


def _all_claims(now: int) -> dict[str, Claims]:
    small: Claims = {
        "iss": ISSUER,
        "sub": "018f3c6e-9d3b-7c55-b6d4-0d1c7a5f9e21",
        "aud": AUDIENCE,
        "exp": now + DAY,
        "nbf": now - 60,
        "iat": now - 60,
        "jti": "018f3c6e-a0c4-7b1e-8f6e-6d2f1b7c4a90",
        "sid": "018f3c6e-a0c4-7b1e-8f6e-5e0c9a3d2b17",
        "scope": "openid profile email",
    }
    return {
        "small": small,
        "large": small | _application_claims(),
        "expired": small | {"exp": now - DAY},
        "eternal": _without(small, "exp"),
        "immature": small | {"nbf": now + DAY // 2},
        "from-the-future": small | {"iat": now + DAY // 2},
        "from-elsewhere": small | {"iss": "https://elsewhere.example"},
        "from-nobody": _without(small, "iss"),
        "for-others": small | {"aud": "https://others.example"},
        "for-nobody": _without(small, "aud"),
    }


def _application_claims() -> Claims:
    """About fifty claims of every JSON type, 4 KB in all, as an identity provider adds them."""
    found: Claims = {}
    for number in range(17):
        uri = f"https://claims.example/{number:02}"
        found[f"{uri}/name"] = f"Vorname Nachname {number:02} of the department for measuring"
        found[f"{uri}/groups"] = [f"group-{number}-{member}" for member in range(3)]
        found[f"{uri}/level"] = number * 1_000 if number % 3 else number % 2 == 0
    return found


def _without(claims: Claims, name: str) -> Claims:
    return {key: value for key, value in claims.items() if key != name}
