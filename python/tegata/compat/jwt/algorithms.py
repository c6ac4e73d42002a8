"""PyJWT's algorithm classes, as far as programs use them.

They read and write JWKs, check keys and compute digests, say for the `at_hash` of OpenID Connect.
They neither sign nor verify: that is for `jwt.encode` and `jwt.decode`.
"""

import hashlib
import json
from abc import ABC
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal, TypeAlias, overload

from tegata import jose
from tegata.compat.jwt.exceptions import InvalidKeyError, NotSupportedError
from tegata.compat.jwt.keys import Jwk, as_object, key_for
from tegata.compat.jwt.refusals import refusal
from tegata.compat.jwt.types import HashlibHash, JWKDict
from tegata.compat.jwt.utils import base64url_decode, base64url_encode, force_bytes

# Names for annotations. What they stand for are classes of `cryptography`, which may be missing.
AllowedRSAKeys: TypeAlias = Any
AllowedECKeys: TypeAlias = Any
AllowedOKPKeys: TypeAlias = Any
AllowedKeys: TypeAlias = Any
AllowedPrivateKeys: TypeAlias = Any
AllowedPublicKeys: TypeAlias = Any

# PyJWT asks these two which algorithms it can do without another library; here it is all of them.
has_crypto = True
requires_cryptography = {
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES256K", "ES384", "ES512", "EdDSA"),
}


class Algorithm(ABC):
    """A signature algorithm."""

    name: str
    """Its `alg`."""
    hash_alg: HashlibHash | None = None

    _KTY: ClassVar[str]
    _MEMBERS: ClassVar[tuple[str, ...]]
    # The algorithms that keys of this type are for, the first of which fits is as good as any.
    _NAMES: ClassVar[tuple[str, ...]]

    def compute_hash_digest(self, bytestr: bytes) -> bytes:
        """The digest of this algorithm's hash.

        Raises `NotImplementedError` where it has none of its own.
        """
        if self.hash_alg is None:
            raise NotImplementedError
        digest: bytes = self.hash_alg(bytestr).digest()
        return digest

    def prepare_key(self, key: Any) -> Any:
        """A PEM as an object of `cryptography`, or as PEM without that library; an object as it is.

        Raises `InvalidKeyError` for a key that is none for this algorithm, `TypeError` for what
        cannot be a key.
        """
        try:
            usable = key_for(key, self.name)
            return as_object(usable.key) if isinstance(key, str | bytes) else key
        except jose.InvalidKeyError as error:
            raise refusal(error) from error

    def check_key_length(self, key: Any) -> str | None:
        """What to say of a key that is too weak to sign with; `None` for a good one."""
        try:
            return key_for(key, self.name).weakness
        except jose.InvalidKeyError as error:
            raise refusal(error) from error

    def sign(self, msg: bytes, key: Any) -> bytes:
        """Raises `NotSupportedError`."""
        raise _no_bare_signatures()

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:
        """Raises `NotSupportedError`."""
        raise _no_bare_signatures()

    @overload
    @classmethod
    def to_jwk(cls, key_obj: Any, as_dict: Literal[True]) -> JWKDict: ...
    @overload
    @classmethod
    def to_jwk(cls, key_obj: Any, as_dict: Literal[False] = False) -> str: ...
    @classmethod
    def to_jwk(cls, key_obj: Any, as_dict: bool = False) -> JWKDict | str:
        """The key as a JWK, with its private part if it has one; as JSON, or as a dict.

        Raises `InvalidKeyError` for a key of another type.
        """
        jwk = cls._as_jwk(_first_fit(key_obj, cls._NAMES))
        return jwk if as_dict else json.dumps(jwk)

    @classmethod
    def _as_jwk(cls, key: jose.Key) -> JWKDict:
        jwk = key.to_jwk()
        return {name: jwk[name] for name in cls._MEMBERS if name in jwk}

    @classmethod
    def from_jwk(cls, jwk: str | JWKDict) -> Any:
        """A JWK, as JSON or as a dict, as a key that `jwt.encode` and `jwt.decode` take.

        What it says about its algorithm and use does not count. Raises `InvalidKeyError`.
        """
        members = _members(jwk)
        if members.get("kty") != cls._KTY:
            raise InvalidKeyError(f"the JWK's `kty` is not `{cls._KTY}`")
        return as_object(_first_fit(Jwk(members), cls._NAMES))


class HMACAlgorithm(Algorithm):
    """HMAC (RFC 7518 section 3.2)."""

    SHA256: ClassVar[HashlibHash] = hashlib.sha256
    SHA384: ClassVar[HashlibHash] = hashlib.sha384
    SHA512: ClassVar[HashlibHash] = hashlib.sha512

    _KTY = "oct"

    def __init__(self, hash_alg: HashlibHash) -> None:
        self.hash_alg = hash_alg
        self.name = f"HS{_bits(hash_alg)}"

    def prepare_key(self, key: str | bytes) -> bytes:
        """The secret as bytes. Raises as that of any algorithm does."""
        raw = force_bytes(key)
        self.check_key_length(raw)
        return raw

    @classmethod
    def to_jwk(cls, key_obj: Any, as_dict: bool = False) -> Any:
        """The secret as a JWK."""
        jwk = {"k": base64url_encode(force_bytes(key_obj)).decode(), "kty": "oct"}
        return jwk if as_dict else json.dumps(jwk)

    @classmethod
    def from_jwk(cls, jwk: str | JWKDict) -> bytes:
        """The secret of a JWK. Raises `InvalidKeyError`."""
        members = _members(jwk)
        try:
            secret = base64url_decode(members["k"]) if members.get("kty") == "oct" else b""
        except (KeyError, TypeError, ValueError):
            secret = b""
        if not secret:
            raise InvalidKeyError(
                "the JWK is not a secret; hint: `kty` is `oct`, and `k` base64url"
            )
        return secret


class RSAAlgorithm(Algorithm):
    """RSASSA-PKCS1-v1_5 (RFC 7518 section 3.3)."""

    SHA256: ClassVar[HashlibHash] = hashlib.sha256
    SHA384: ClassVar[HashlibHash] = hashlib.sha384
    SHA512: ClassVar[HashlibHash] = hashlib.sha512

    _FAMILY: ClassVar[str] = "RS"
    _KTY = "RSA"
    _MEMBERS = ("n", "e", "d", "p", "q", "dp", "dq", "qi")
    _NAMES = ("RS256",)

    def __init__(self, hash_alg: HashlibHash) -> None:
        self.hash_alg = hash_alg
        self.name = f"{self._FAMILY}{_bits(hash_alg)}"

    @classmethod
    def _as_jwk(cls, key: jose.Key) -> JWKDict:
        operation = "sign" if key.can_sign else "verify"
        return {"kty": "RSA", "key_ops": [operation], **super()._as_jwk(key)}


class RSAPSSAlgorithm(RSAAlgorithm):
    """RSASSA-PSS (RFC 7518 section 3.5)."""

    _FAMILY = "PS"


class ECAlgorithm(Algorithm):
    """ECDSA (RFC 7518 section 3.4, RFC 8812 section 3.2)."""

    SHA256: ClassVar[HashlibHash] = hashlib.sha256
    SHA384: ClassVar[HashlibHash] = hashlib.sha384
    SHA512: ClassVar[HashlibHash] = hashlib.sha512

    _KTY = "EC"
    _MEMBERS = ("kty", "crv", "x", "y", "d")
    _NAMES = ("ES256", "ES384", "ES512", "ES256K")

    def __init__(self, hash_alg: HashlibHash, expected_curve: Any = None) -> None:
        self.hash_alg = hash_alg
        koblitz = getattr(expected_curve, "name", expected_curve) == "secp256k1"
        self.name = "ES256K" if koblitz else f"ES{_bits(hash_alg)}"


class OKPAlgorithm(Algorithm):
    """Ed25519 (RFC 8037 section 3.1)."""

    _KTY = "OKP"
    _MEMBERS = ("x", "d", "kty", "crv")
    _NAMES = ("EdDSA",)

    def __init__(self, **kwargs: Any) -> None:
        self.name = "EdDSA"


def get_default_algorithms() -> dict[str, Algorithm]:
    """Every algorithm by its name. `none` is not among them."""
    return {
        **_three(HMACAlgorithm),
        **_three(RSAAlgorithm),
        **_three(RSAPSSAlgorithm),
        **_three(ECAlgorithm),
        "ES256K": ECAlgorithm(ECAlgorithm.SHA256, "secp256k1"),
        "EdDSA": OKPAlgorithm(),
    }


def _three(kind: Callable[[HashlibHash], Algorithm]) -> dict[str, Algorithm]:
    made = [kind(hash_alg) for hash_alg in (hashlib.sha256, hashlib.sha384, hashlib.sha512)]
    return {algorithm.name: algorithm for algorithm in made}


def _bits(hash_alg: HashlibHash) -> int:
    bytes_long: int = hash_alg().digest_size
    return 8 * bytes_long


def _members(jwk: object) -> Mapping[str, Any]:
    try:
        members = json.loads(jwk) if isinstance(jwk, str) else jwk
    except ValueError:
        members = None
    if not isinstance(members, dict):
        raise InvalidKeyError("Key is not valid JSON")
    return members


def _first_fit(key: object, names: Iterable[str]) -> jose.Key:
    failures: list[jose.InvalidKeyError] = []
    for name in names:
        try:
            return key_for(key, name).key
        except TypeError as error:
            raise InvalidKeyError("Not a public or private key") from error
        except jose.InvalidKeyError as error:
            failures.append(error)
    raise refusal(failures[0]) from failures[0]


def _no_bare_signatures() -> NotSupportedError:
    return NotSupportedError(
        "a signature over bytes is not supported; hint: jwt.encode and jwt.decode"
    )
