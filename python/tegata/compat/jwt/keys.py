"""From what PyJWT calls a key to a `tegata.jose.Key`.

A key of Tegata is bound to one algorithm, one of PyJWT to none, so each is made for the algorithm
that is asked for. What was made is kept for the next call: to read a PEM takes longer than to
verify a token with it.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, get_args

from tegata import jose
from tegata.compat.jwt.exceptions import InvalidKeyError
from tegata.compat.jwt.utils import from_base64url_uint

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    AllowedPrivateKeys: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey
    AllowedPublicKeys: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
    AllowedKeys: TypeAlias = AllowedPrivateKeys | AllowedPublicKeys

# A secret has at least as many bytes as the hash (RFC 7518 section 3.2).
_LEAST_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}
SYMMETRIC = _LEAST_BYTES.keys()
# Keys stay in memory for as long as they are among the last so many used.
_MOST_KEPT = 64
_LEAST_RSA_BITS = 2048
_SSH = ("ssh-", "ecdsa-sha2-")


class Usable(NamedTuple):
    """A key for one algorithm."""

    key: jose.Key
    weakness: str | None
    """Why it verifies and does not sign, where it is too weak for that."""


class Jwk:
    """The key material of a JWK, without what it says about its use. Its `repr` shows nothing."""

    _MEMBERS = ("kty", "crv", "n", "e", "d", "p", "q", "dp", "dq", "qi", "oth", "x", "y", "k")

    def __init__(self, jwk: Mapping[str, Any]) -> None:
        self.members = {name: jwk[name] for name in self._MEMBERS if name in jwk}


def key_for(key: object, alg: str) -> Usable:
    """The key for an algorithm, without a `kid`, so that no token's `kid` rules it out.

    Args:
        key: A secret or PEM as `str` or `bytes`, a `Jwk`, or a key of `cryptography`.
        alg: The name of an algorithm.

    Raises:
        jose.InvalidKeyError: It is no key for this algorithm, or there is no such algorithm.
        InvalidKeyError: It is text that has no UTF-8, or an OpenSSH key that cannot be read.
        TypeError: It is nothing that can be a key.
    """
    if isinstance(key, str):
        key = _utf8(key)
    if isinstance(key, bytes):
        return _of_text(key, alg)
    return _of_object(_Same(key), alg)


def as_object(key: jose.Key) -> "AllowedKeys | str":
    """The key as one of `cryptography`, where that is installed, else as PEM.

    Raises:
        jose.NoPublicPartError: It is a secret.
    """
    pem = key.to_pem()
    try:
        from cryptography.hazmat.primitives import serialization
    except ModuleNotFoundError:
        return pem
    loaded: Any
    if key.can_sign:
        loaded = serialization.load_pem_private_key(pem.encode(), password=None)
    else:
        loaded = serialization.load_pem_public_key(pem.encode())
    return loaded  # type: ignore[no-any-return]


class _Same:
    """Stands for an object, and is equal to nothing but itself: public keys have no hash."""

    __slots__ = ("it",)

    def __init__(self, it: object) -> None:
        self.it = it

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.it is other.it


def _utf8(text: str) -> bytes:
    # Never both kinds in the cache, which compares them: under `python -bb` that raises.
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Its own repr has the text.
        raise InvalidKeyError("the key holds half a surrogate pair, which has no UTF-8") from None


@lru_cache(_MOST_KEPT)
def _of_text(key: bytes, alg: str) -> Usable:
    if alg in SYMMETRIC:
        return _usable(lambda legacy: jose.Key.from_secret(key, alg, legacy=legacy))
    text = key.decode(errors="replace")
    if text.startswith(_SSH):
        return _of_object(_Same(_ssh_key(text)), alg)
    return _usable(lambda legacy: jose.Key.from_pem(text, alg, legacy=legacy))


@lru_cache(_MOST_KEPT)
def _of_object(same: _Same, alg: str) -> Usable:
    key = same.it
    if isinstance(key, Jwk):
        members = key.members
        return _usable(lambda legacy: jose.Key.from_jwk(members, alg, legacy=legacy))
    der = _der(key)
    if alg in SYMMETRIC:
        raise TypeError("Expected a string or bytes value")
    return _usable(lambda legacy: jose.Key.from_der(der, alg, legacy=legacy))


def _usable(read: Callable[[bool], jose.Key]) -> Usable:
    try:
        return Usable(read(False).with_kid(None), None)
    except (jose.ShortSecretError, jose.UnusableKeyError) as error:
        try:
            weak = read(True)
        except jose.InvalidKeyError:
            raise error from None
        return Usable(weak.with_kid(None), _weakness(weak, error))


def _weakness(weak: jose.Key, error: jose.InvalidKeyError) -> str:
    if isinstance(error, jose.ShortSecretError):
        least = _LEAST_BYTES[weak.algorithm]
        return f"{error}; hint: sign with secrets.token_bytes({least}), this one can only verify"
    # Whatever else is wrong with a private key is none of its public half, and so not seen there.
    bits = from_base64url_uint(weak.to_jwk().get("n", "")).bit_length()
    if not 0 < bits < _LEAST_RSA_BITS:
        raise error
    return (
        f"{weak.algorithm} needs an RSA key of at least {_LEAST_RSA_BITS} bits; this one has "
        f"{bits}; hint: sign with a longer one, this one can only verify"
    )


def _der(key: Any) -> bytes:
    # Who has a key of `cryptography` has the library; without it, this is something else.
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import types
    except ModuleNotFoundError:
        raise _no_key() from None
    form = serialization.Encoding.DER
    if isinstance(key, get_args(types.PrivateKeyTypes)):
        private = serialization.PrivateFormat.PKCS8
        der = key.private_bytes(form, private, serialization.NoEncryption())
    elif isinstance(key, get_args(types.PublicKeyTypes)):
        der = key.public_bytes(form, serialization.PublicFormat.SubjectPublicKeyInfo)
    else:
        raise _no_key()
    return bytes(der)


def _no_key() -> TypeError:
    return TypeError("Expecting a PEM-formatted key, a secret, a PyJWK or a key of `cryptography`.")


def _ssh_key(text: str) -> object:
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_ssh_public_key
    except ModuleNotFoundError as error:
        raise InvalidKeyError(
            "the library `cryptography` reads OpenSSH keys, and is not installed; "
            "hint: write the key as PEM, with `ssh-keygen -e -m pkcs8`"
        ) from error
    try:
        return load_ssh_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidKeyError("Could not parse the provided public key.") from None
