"""Making and reading tokens: PyJWT's arguments, handed to `tegata.jose`."""

import json
import sys
import time
import warnings
from calendar import timegm
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from tegata import jose
from tegata.compat.jwt.api_jwk import PyJWK
from tegata.compat.jwt.api_jws import MAX_TOKEN_LENGTH, read_unverified, read_unverified_header
from tegata.compat.jwt.exceptions import (
    DecodeError,
    InvalidAlgorithmError,
    InvalidKeyError,
    MissingRequiredClaimError,
    NotSupportedError,
)
from tegata.compat.jwt.keys import key_for
from tegata.compat.jwt.refusals import refusal
from tegata.compat.jwt.types import FullOptions, Options
from tegata.compat.jwt.utils import base64url_decode
from tegata.compat.jwt.warnings import InsecureKeyLengthWarning, RemovedInPyjwt3Warning

if TYPE_CHECKING:
    from tegata.compat.jwt.keys import AllowedKeys, AllowedPrivateKeys

    AllowedPrivateKeyTypes: TypeAlias = AllowedPrivateKeys | PyJWK | str | bytes
    # Who may sign may verify too.
    AllowedPublicKeyTypes: TypeAlias = AllowedKeys | PyJWK | str | bytes

_CLAIMS = ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
_OPTIONS = [(claim, f"verify_{claim}") for claim in _CLAIMS]
# PyJWT signs these whatever they are, and who reads them so leaves them unchecked.
_OF_ANY_TYPE = ("aud", "sub", "jti")
_UNSET: Any = object()


class PyJWT:
    """Makes and reads tokens, with options of its own in the place of the default ones."""

    def __init__(self, options: Options | None = None) -> None:
        self.options: FullOptions = {
            "verify_signature": True,
            "verify_exp": True,
            "verify_nbf": True,
            "verify_iat": True,
            "verify_aud": True,
            "verify_iss": True,
            "verify_sub": True,
            "verify_jti": True,
            "require": [],
            "strict_aud": False,
            "enforce_minimum_key_length": False,
        }
        self.options = self._merged(options)

    def encode(
        self,
        payload: dict[str, Any],
        key: "AllowedPrivateKeyTypes",
        algorithm: str | None = _UNSET,
        headers: dict[str, Any] | None = None,
        json_encoder: type[json.JSONEncoder] | None = None,
        sort_headers: bool = True,
    ) -> str:
        """Signs claims (RFC 7519 section 7.1).

        Args:
            payload: The claims. `exp`, `iat` and `nbf` may be `datetime`; a naive one is UTC.
            key: A secret, a private key as PEM or as an object of `cryptography`, or a `PyJWK`.
            algorithm: `HS256`, or that of the `PyJWK`, where none is given. `none` is refused.
            headers: More of the header; `alg` goes before `algorithm`.
            json_encoder: Says how to write what JSON has no form for.
            sort_headers: Without effect: the header is always sorted.

        Raises:
            TypeError: The claims are no dict, or hold what cannot be written.
            InvalidKeyError: The key does not sign, or is too weak to.
            InvalidTokenError: A claim or header parameter that every reader would refuse.
            NotImplementedError: There is no such algorithm.
        """
        if not isinstance(payload, dict):
            raise TypeError(
                "Expecting a dict object, as JWT only supports JSON objects as payloads."
            )
        if "iss" in payload and not isinstance(payload["iss"], str):
            raise TypeError("Issuer (iss) must be a string.")
        claims = _with_numeric_dates(payload)
        if headers:
            headers = {**headers, "typ": headers.get("typ", "JWT") or None}
        signing = _signing_key(key, algorithm, headers)
        try:
            if json_encoder is None:
                try:
                    return jose.encode(claims, signing, headers=headers, skip=_OF_ANY_TYPE)
                except jose.UnencodableClaimsError:
                    # PyJWT's writer takes more, such as numbers for names; what it does not take
                    # it says itself.
                    pass
            claims, headers = (
                json.loads(json.dumps(part, cls=json_encoder)) for part in (claims, headers)
            )
            return jose.encode(claims, signing, headers=headers, skip=_OF_ANY_TYPE)
        except (jose.InvalidKeyError, jose.UnencodableClaimsError) as error:
            raise refusal(error) from error

    def decode_complete(
        self,
        jwt: str | bytes,
        key: "AllowedPublicKeyTypes" = "",
        algorithms: Sequence[str] | None = None,
        options: Options | None = None,
        verify: bool | None = None,
        detached_payload: bytes | None = None,
        audience: str | Iterable[str] | None = None,
        issuer: str | Container[str] | None = None,
        subject: str | None = None,
        leeway: float | timedelta = 0,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """As `decode`, and gives a dict of `header`, `payload` (the claims) and `signature`."""
        _warn_of_arguments("decode_complete", options, verify, kwargs)
        token = self._read(
            jwt, key, algorithms, options, detached_payload, audience, issuer, subject, leeway
        )
        text = jwt.encode() if isinstance(jwt, str) else jwt
        return {
            "payload": token.claims,
            "header": token.header,
            "signature": base64url_decode(text.rpartition(b".")[2]),
        }

    def decode(
        self,
        jwt: str | bytes,
        key: "AllowedPublicKeyTypes" = "",
        algorithms: Sequence[str] | None = None,
        options: Options | None = None,
        verify: bool | None = None,
        detached_payload: bytes | None = None,
        audience: str | Iterable[str] | None = None,
        subject: str | None = None,
        issuer: str | Container[str] | None = None,
        leeway: float | timedelta = 0,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Verifies a token and gives its claims (RFC 7519 section 7.2).

        Args:
            jwt: The token.
            key: A secret, a key as PEM or as an object of `cryptography`, or a `PyJWK`.
            algorithms: The `alg` that the token may have; only a `PyJWK` goes without.
            options: What to check; see `jwt.types.Options`.
            verify: Without effect, as in PyJWT 2.
            detached_payload: Refused.
            audience: Who the caller is; makes `aud` mandatory.
            subject: What `sub` has to be; makes it mandatory.
            issuer: What `iss` has to be, or what it has to be in; makes it mandatory.
            leeway: How far clocks may disagree, in seconds or as a `timedelta`.

        Raises:
            InvalidTokenError: The token was refused, for the reason that the class says.
            InvalidKeyError: The key is none for the token's algorithm.
        """
        _warn_of_arguments("decode", options, verify, kwargs)
        return self._read(
            jwt, key, algorithms, options, detached_payload, audience, issuer, subject, leeway
        ).claims

    def _merged(self, options: Options | None) -> FullOptions:
        if options is None:
            return self.options
        merged: dict[str, Any] = {**self.options, **options}
        if not options.get("verify_signature", True):
            merged |= {option: False for _, option in _OPTIONS} | dict(options)
        return cast(FullOptions, merged)

    def _read(
        self,
        jwt: str | bytes,
        key: object,
        algorithms: Sequence[str] | None,
        options: Options | None,
        detached_payload: bytes | None,
        audience: str | Iterable[str] | None,
        issuer: str | Container[str] | None,
        subject: str | None,
        leeway: float | timedelta,
    ) -> jose.Token:
        if detached_payload is not None:
            raise NotSupportedError("a detached payload (RFC 7797) is not supported")
        merged = self._merged(options)
        checks = _checks(merged, audience, issuer, subject, leeway)
        # As PyJWT has it: only the options of the call can leave the signature unchecked.
        if options is not None and not options.get("verify_signature", True):
            token = read_unverified(jwt)
            if len(checks["skip"]) < len(_CLAIMS):
                _check(token.claims, checks)
        else:
            token = _verified(jwt, key, algorithms, merged, checks)
        for name in merged["require"]:
            if token.claims.get(name) is None:
                raise MissingRequiredClaimError(name)
        return token


def _verified(
    jwt: str | bytes,
    key: object,
    algorithms: Sequence[str] | None,
    options: FullOptions,
    checks: dict[str, Any],
) -> jose.Token:
    if isinstance(key, PyJWK):
        alg, key = key.algorithm_name, key.material
        if algorithms is not None and alg not in algorithms:
            raise InvalidAlgorithmError("The specified alg value is not allowed")
    elif algorithms:
        alg = _algorithm(jwt, algorithms)
    else:
        raise DecodeError(
            'It is required that you pass in a value for the "algorithms" argument when calling '
            "decode()."
        )
    if not isinstance(jwt, str | bytes):
        raise DecodeError(f"Invalid token type. Token must be a {bytes}")
    try:
        usable = key_for(key, alg)
        if usable.weakness is not None:
            if options["enforce_minimum_key_length"]:
                raise InvalidKeyError(usable.weakness)
            warnings.warn(usable.weakness, InsecureKeyLengthWarning, stacklevel=_to_the_caller())
        return jose.decode(jwt, usable.key, max_token_length=MAX_TOKEN_LENGTH, **checks)
    except (jose.InvalidKeyError, jose.InvalidTokenError) as error:
        raise refusal(error) from error


def _check(claims: dict[str, Any], checks: dict[str, Any]) -> None:
    rules = checks.pop("claims", None)
    try:
        jose.check_claims(claims, rules=rules, **checks)
    except jose.InvalidTokenError as error:
        raise refusal(error) from error


def _algorithm(jwt: str | bytes, algorithms: Collection[str]) -> str:
    if len(algorithms) == 1:
        (only,) = algorithms
        # A key of the only one that is allowed verifies nothing else, so nobody need look.
        if isinstance(only, str):
            return only
    alg = read_unverified_header(jwt).get("alg")
    if not isinstance(alg, str) or alg not in algorithms:
        raise InvalidAlgorithmError("The specified alg value is not allowed")
    return alg


def _checks(
    options: Mapping[str, object],
    audience: str | Iterable[str] | None,
    issuer: str | Container[str] | None,
    subject: str | None,
    leeway: float | timedelta,
) -> dict[str, Any]:
    """The arguments of `jose.decode` that say what claims have to be."""
    # Asked for here, so that a test that stops Python's clock stops this one.
    checks: dict[str, Any] = {"now": time.time()}
    if leeway:
        checks["leeway"] = leeway
    rules: dict[str, Any] = {}
    if audience is not None and options["verify_aud"]:
        if not isinstance(audience, str | Iterable):
            raise TypeError("audience must be a string, iterable or None")
        given: Iterable[object] = [audience] if isinstance(audience, str) else audience
        names = [name for name in given if isinstance(name, str)]
        if options["strict_aud"]:
            rules["aud"] = audience if isinstance(audience, str) else frozenset()
        elif names:
            checks["audience"] = names
        else:
            rules["aud"] = frozenset()
    if issuer is not None and options["verify_iss"]:
        if isinstance(issuer, str):
            checks["issuer"] = issuer
        else:
            rules["iss"] = lambda iss: iss in issuer
    if subject is not None and options["verify_sub"]:
        rules["sub"] = subject
    if rules:
        checks["claims"] = rules
    skip = [claim for claim, option in _OPTIONS if not options[option]]
    if issuer is None and options["verify_iss"]:
        skip.append("iss")
    checks["skip"] = skip
    return checks


def _signing_key(key: object, algorithm: str | None, headers: dict[str, Any] | None) -> jose.Key:
    default: str | None = "HS256"
    if isinstance(key, PyJWK):
        default, algorithm = key.algorithm_name, algorithm or _UNSET
        key = key.material
    alg = (headers or {}).get("alg") or (default if algorithm is _UNSET else algorithm)
    if alg is None or alg == "none":
        raise NotSupportedError("no token is made without a signature; hint: name an algorithm")
    try:
        usable = key_for(key, alg)
    except jose.UnknownAlgorithmError as error:
        raise NotSupportedError("Algorithm not supported") from error
    except jose.InvalidKeyError as error:
        raise refusal(error) from error
    if usable.weakness is not None:
        raise InvalidKeyError(usable.weakness)
    return usable.key


def _with_numeric_dates(payload: dict[str, Any]) -> dict[str, Any]:
    claims = payload
    for name in ("exp", "iat", "nbf"):
        moment = payload.get(name)
        if isinstance(moment, datetime):
            # What has no time zone is UTC here.
            claims = {**claims, name: timegm(moment.utctimetuple())}
    return claims


def _warn_of_arguments(
    function: str, options: Options | None, verify: bool | None, unknown: dict[str, Any]
) -> None:
    if unknown:
        warnings.warn(
            f"passing additional kwargs to {function}() is deprecated and will be removed in pyjwt "
            f"version 3. Unsupported kwargs: {tuple(unknown)}",
            RemovedInPyjwt3Warning,
            stacklevel=3,
        )
    if verify is not None and verify != (options or {}).get("verify_signature", True):
        warnings.warn(
            "The `verify` argument to `decode` does nothing in PyJWT 2.0 and newer. The equivalent "
            "is setting `verify_signature` to False in the `options` dictionary. This invocation "
            "has a mismatch between the kwarg and the option entry.",
            DeprecationWarning,
            stacklevel=3,
        )


def _to_the_caller() -> int:
    """The `stacklevel` of the frame that called into this module."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals is globals():
        level, frame = level + 1, frame.f_back
    return level


_global = PyJWT()
encode = _global.encode
decode = _global.decode
decode_complete = _global.decode_complete
