"""Makes `jws.json` anew, with joserfc and jwcrypto; see ../README.md."""

import json
from pathlib import Path

from joserfc import jws
from joserfc.jwk import import_key
from jwcrypto.jwk import JWK

KEYS = Path(__file__).parents[2] / "crates" / "jose" / "tests" / "keys"
RFC8037 = Path(__file__).parents[1] / "rfc" / "rfc8037_appendix_a.json"
PAYLOAD = "No RFC has an example of this algorithm."
SECRET = {"kty": "oct", "k": "YSBzZWNyZXQgZm9yIHZlY3RvcnMsIG9mIDY0IGJ5dGVz" * 2}


def fixture(name: str) -> dict[str, str]:
    members: dict[str, str] = json.loads((KEYS / f"{name}.jwk.json").read_text())
    return members


def public(members: dict[str, str]) -> dict[str, str]:
    return {name: members[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in members}


def vector(algorithm: str, key: dict[str, str]) -> dict[str, object]:
    token = jws.serialize_compact(
        {"alg": algorithm}, PAYLOAD, import_key(key), algorithms=[algorithm]
    )
    made: dict[str, object] = {"alg": algorithm, "jwk": key, "jws": token}
    if key["kty"] != "oct":
        made |= {"jwk": public(key), "thumbprint": JWK(**key).thumbprint()}
    return made


rsa = fixture("rsa2048")
ed25519 = json.loads(RFC8037.read_text())["private"]
keys = {
    "HS384": SECRET,
    "HS512": SECRET,
    "RS384": rsa,
    "RS512": rsa,
    "PS256": rsa,
    "PS512": rsa,
    "ES384": fixture("p384"),
    "ES256K": fixture("secp256k1"),
    "Ed25519": ed25519,
}
vectors = [vector(algorithm, key) for algorithm, key in keys.items()]
Path(__file__).with_name("jws.json").write_text(json.dumps(vectors, indent=2) + "\n")
