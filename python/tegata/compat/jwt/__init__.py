"""PyJWT's interface over `tegata.jose`: code written for PyJWT 2 runs, on Tegata's engine.

Use it by name, `from tegata.compat import jwt`, or put it in the place of PyJWT with
`tegata.compat.install("jwt")`. `cryptography` is needed for nothing; its key objects are taken
where it is installed.

It is a translation, and what PyJWT does against the advice of RFC 8725 it does not do:

- `none` is no algorithm: no token is made without a signature. Reading one without looking at its
  signature takes `options={"verify_signature": False}`.
- A secret that is shorter than its hash, and an RSA key below 2048 bits, verify with PyJWT's
  `InsecureKeyLengthWarning`, and do not sign: `InvalidKeyError`. RSA below 1024 bits does neither.
- `subject` makes `sub` mandatory. In PyJWT a token without it passes.
- A token is refused that has a repeated member name, base64url with padding, more than 16 levels
  of JSON or more than 1 MiB, and so is a time that is a string.
- `crit`, `b64` and detached payloads are not supported; neither are signatures over bytes
  (`PyJWS.encode`, `Algorithm.sign`), algorithms of one's own and Ed448.
- The hooks of subclasses, `_encode_payload` and `_decode_payload`, are not called.

Where several things are wrong with a token, PyJWT may name another of them.
"""

from tegata.compat.jwt.api_jwk import PyJWK, PyJWKSet
from tegata.compat.jwt.api_jws import (
    PyJWS,
    get_algorithm_by_name,
    get_unverified_header,
    register_algorithm,
    unregister_algorithm,
)
from tegata.compat.jwt.api_jwt import PyJWT, decode, decode_complete, encode
from tegata.compat.jwt.exceptions import (
    DecodeError,
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAlgorithmError,
    InvalidAudienceError,
    InvalidIssuedAtError,
    InvalidIssuerError,
    InvalidKeyError,
    InvalidSignatureError,
    InvalidTokenError,
    MissingRequiredClaimError,
    PyJWKClientConnectionError,
    PyJWKClientError,
    PyJWKError,
    PyJWKSetError,
    PyJWTError,
)
from tegata.compat.jwt.jwks_client import PyJWKClient
from tegata.compat.jwt.warnings import InsecureKeyLengthWarning

# The release of PyJWT whose interface this is; programs compare it.
__version__ = "2.15.1"

__all__ = [
    "DecodeError",
    "ExpiredSignatureError",
    "ImmatureSignatureError",
    "InsecureKeyLengthWarning",
    "InvalidAlgorithmError",
    "InvalidAudienceError",
    "InvalidIssuedAtError",
    "InvalidIssuerError",
    "InvalidKeyError",
    "InvalidSignatureError",
    "InvalidTokenError",
    "MissingRequiredClaimError",
    "PyJWK",
    "PyJWKClient",
    "PyJWKClientConnectionError",
    "PyJWKClientError",
    "PyJWKError",
    "PyJWKSet",
    "PyJWKSetError",
    "PyJWS",
    "PyJWT",
    "PyJWTError",
    "decode",
    "decode_complete",
    "encode",
    "get_algorithm_by_name",
    "get_unverified_header",
    "register_algorithm",
    "unregister_algorithm",
]
