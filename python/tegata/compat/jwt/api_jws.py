"""Of PyJWT's `PyJWS` what is not about signing bytes: the algorithms, and looking at a header."""

from collections.abc import Sequence
from typing import Any, NoReturn

from tegata import jose
from tegata.compat.jwt.algorithms import Algorithm, get_default_algorithms
from tegata.compat.jwt.exceptions import DecodeError, InvalidTokenError, NotSupportedError
from tegata.compat.jwt.refusals import refusal
from tegata.compat.jwt.types import SigOptions

# Longer than any header that a web server takes, and short enough to be read at once.
MAX_TOKEN_LENGTH = 1_048_576


class PyJWS:
    """The algorithms that there are, or those of them that are named.

    Tokens are made and read by `PyJWT`; a JWS of bytes that are no claims is not supported.
    """

    header_typ = "JWT"

    def __init__(
        self, algorithms: Sequence[str] | None = None, options: SigOptions | None = None
    ) -> None:
        every = get_default_algorithms()
        allowed = every.keys() if algorithms is None else algorithms
        self._algorithms = {name: every[name] for name in every if name in allowed}
        self.options: SigOptions = {
            "verify_signature": True,
            "enforce_minimum_key_length": False,
            **(options or {}),
        }

    def register_algorithm(self, alg_id: str, alg_obj: Algorithm) -> NoReturn:
        """Raises `NotSupportedError`: the algorithms are those of `tegata.jose`."""
        raise NotSupportedError("no algorithm can be added to those of tegata.jose")

    def unregister_algorithm(self, alg_id: str) -> NoReturn:
        """Raises `NotSupportedError`: what may be used, each call of `jwt.decode` says."""
        raise NotSupportedError(
            "no algorithm can be taken away; hint: leave it out of `algorithms` of jwt.decode"
        )

    def get_algorithms(self) -> list[str]:
        """The names of the algorithms."""
        return list(self._algorithms)

    def get_algorithm_by_name(self, alg_name: str) -> Algorithm:
        """The algorithm of this name. Raises `NotImplementedError` if there is none."""
        try:
            return self._algorithms[alg_name]
        except KeyError as error:
            raise NotSupportedError("Algorithm not supported") from error

    def encode(self, payload: bytes, key: Any, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises `NotSupportedError`."""
        raise _no_bytes()

    def decode(self, jwt: str | bytes, key: Any = "", *args: Any, **kwargs: Any) -> NoReturn:
        """Raises `NotSupportedError`."""
        raise _no_bytes()

    def decode_complete(
        self, jwt: str | bytes, key: Any = "", *args: Any, **kwargs: Any
    ) -> NoReturn:
        """Raises `NotSupportedError`."""
        raise _no_bytes()

    def get_unverified_header(self, jwt: str | bytes) -> dict[str, Any]:
        """The header of a token whose signature nobody checked (RFC 7515 section 4).

        The rest of the token is not looked at.

        Raises `DecodeError` for what is no token and for `b64: false`, `InvalidTokenError` for a
        `crit` or for a `kid` that is no string.
        """
        return read_unverified_header(jwt)


def read_unverified_header(jwt: str | bytes) -> dict[str, Any]:
    """The header of a token of which nothing was checked.

    Raises as `PyJWS.get_unverified_header` does.
    """
    if not isinstance(jwt, str | bytes):
        raise DecodeError(f"Invalid token type. Token must be a {bytes}")
    try:
        header = jose.unverified_header(jwt, max_token_length=MAX_TOKEN_LENGTH)
    except jose.InvalidTokenError as error:
        raise refusal(error) from error
    if not isinstance(header.get("kid", ""), str):
        raise InvalidTokenError("Key ID header parameter must be a string")
    if header.get("b64") is False:
        raise DecodeError("a payload that is not base64url (`b64`, RFC 7797) is not supported")
    if "crit" in header:
        raise InvalidTokenError("no critical extension is supported")
    return header


def read_unverified(jwt: str | bytes) -> jose.Token:
    """Header and claims of a token of which nothing was checked.

    Raises as `PyJWS.get_unverified_header` does.
    """
    # It says whether the payload can be read at all.
    read_unverified_header(jwt)
    try:
        return jose.decode_unverified(jwt, max_token_length=MAX_TOKEN_LENGTH)
    except jose.InvalidTokenError as error:
        raise refusal(error) from error


def _no_bytes() -> NotSupportedError:
    return NotSupportedError("a JWS of bytes is not supported; hint: PyJWT, for a JWT")


_global = PyJWS()
register_algorithm = _global.register_algorithm
unregister_algorithm = _global.unregister_algorithm
get_algorithm_by_name = _global.get_algorithm_by_name
get_unverified_header = _global.get_unverified_header
