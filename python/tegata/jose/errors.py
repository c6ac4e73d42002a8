"""What `tegata.jose` raises: one class for each refusal, each with its `code`.

Messages say what was expected and how to mend it, never what a token or a key held.
"""

from typing import ClassVar


class JoseError(Exception):
    """The base of everything that `tegata.jose` raises."""

    code: ClassVar[str] = "jose_error"


class InvalidArgumentError(JoseError, ValueError):
    """An argument that no call may have; the message names it."""

    code = "invalid_argument"


class UnencodableClaimsError(JoseError, ValueError):
    """Claims or header parameters that cannot go into a token."""

    code = "unencodable"


class InvalidKeyError(JoseError, ValueError):
    """A key that could not be made, or not be used for what was asked of it."""

    code = "invalid_key"


class EmptyKeySetError(InvalidKeyError):
    """A key set in which there is no key that can be used."""

    code = "empty_key_set"


class EncryptedPemError(InvalidKeyError):
    """A private key under a password."""

    code = "encrypted_pem"


class InvalidJwkError(InvalidKeyError):
    """A member of a JWK is missing or wrong (RFC 7517 section 4, RFC 7518 section 6)."""

    code = "invalid_jwk"


class InvalidJwksError(InvalidKeyError):
    """No JWK Set (RFC 7517 section 5), too large a one, or one with a key that cannot be used."""

    code = "invalid_jwks"


class NoPublicPartError(InvalidKeyError):
    """A secret was asked for its public half."""

    code = "no_public_part"


class NotDerError(InvalidKeyError):
    """Bytes that are not the DER of one key or certificate."""

    code = "not_der"


class NotForSigningError(InvalidKeyError):
    """A public key, or one accepted for verifying only, was asked to sign."""

    code = "not_for_signing"


class NotPemError(InvalidKeyError):
    """Text without a PEM block (RFC 7468)."""

    code = "not_pem"


class NotSecretError(InvalidKeyError):
    """A PEM, JWK or DER offered as an HMAC secret (RFC 8725 section 2.1)."""

    code = "not_secret"


class PrivateInPublicSetError(InvalidKeyError):
    """A JWK with a private part, or a secret, in a set that is to be public."""

    code = "private_in_public_set"


class SeveralKeysError(InvalidKeyError):
    """More than one key where one is asked for."""

    code = "several_keys"


class ShortSecretError(InvalidKeyError):
    """A secret of fewer bytes than the hash has (RFC 7518 section 3.2)."""

    code = "short_secret"


class SigningFailedError(InvalidKeyError):
    """The cryptography library reported a failure."""

    code = "signing_failed"


class UnknownAlgorithmError(InvalidKeyError):
    """A name that is no signature algorithm of JOSE."""

    code = "unknown_algorithm"


class UnsupportedJwkError(InvalidKeyError):
    """A JWK for something else than the signatures that are supported."""

    code = "unsupported_jwk"


class UnusableKeyError(InvalidKeyError):
    """A key of another type than its algorithm needs, malformed, or too weak for it."""

    code = "unusable_key"


class InvalidTokenError(JoseError):
    """A token that was refused."""

    code = "invalid_token"


class AlgorithmMismatchError(InvalidTokenError):
    """The header's `alg` is not the algorithm of the key that `kid` names."""

    code = "algorithm_mismatch"


class BadSignatureError(InvalidTokenError):
    """The signature does not verify under any key that could have made it."""

    code = "bad_signature"


class CriticalHeaderError(InvalidTokenError):
    """The header has `crit` or `b64`; no extension is supported (RFC 7515 section 4.1.11)."""

    code = "critical_header"


class DuplicateMemberError(InvalidTokenError):
    """An object in the token has two members of one name (RFC 7515 section 4)."""

    code = "duplicate_member"


class MalformedTokenError(InvalidTokenError):
    """Not a compact JWS of JSON objects (RFC 7515 section 7.1)."""

    code = "malformed_token"


class TokenTooLongError(InvalidTokenError):
    """Longer than `max_token_length`."""

    code = "token_too_long"


class TooDeepError(InvalidTokenError):
    """Nested deeper than `max_depth`."""

    code = "too_deep"


class UnknownKeyError(InvalidTokenError):
    """No key has the token's `kid`, or none is of its algorithm."""

    code = "unknown_key"


class UnsupportedAlgorithmError(InvalidTokenError):
    """The `alg` is none that is supported; `none` never is."""

    code = "unsupported_algorithm"


class InvalidClaimError(InvalidTokenError):
    """A token whose signature is good, refused for what it claims.

    `claim` is the name of the claim, or of the header parameter `typ`.
    """

    code = "invalid_claim"

    def __init__(self, message: str, claim: str) -> None:
        super().__init__(message, claim)
        self.claim = claim

    def __str__(self) -> str:
        return str(self.args[0])


class ClaimTypeError(InvalidClaimError):
    """A registered claim of another JSON type than RFC 7519 section 4.1 gives it."""

    code = "claim_wrong_type"


class ExpiredTokenError(InvalidClaimError):
    """`exp` is not in the future (RFC 7519 section 4.1.4)."""

    code = "expired_token"


class ImmatureTokenError(InvalidClaimError):
    """`nbf` is in the future (RFC 7519 section 4.1.5)."""

    code = "immature_token"


class IssuedInFutureError(InvalidClaimError):
    """`iat` is in the future (RFC 7519 section 4.1.6)."""

    code = "issued_in_future"


class MissingClaimError(InvalidClaimError):
    """A claim that must be there is not."""

    code = "missing_claim"


class TooOldError(InvalidClaimError):
    """`iat` is longer ago than `max_age`."""

    code = "too_old"


class UnexpectedClaimError(InvalidClaimError):
    """A rule of `claims` does not hold."""

    code = "unexpected_claim"


class WrongAudienceError(InvalidClaimError):
    """`aud` names none of those expected, or none was named to expect (RFC 7519 section 4.1.3)."""

    code = "wrong_audience"


class WrongIssuerError(InvalidClaimError):
    """`iss` is none of those expected (RFC 7519 section 4.1.1)."""

    code = "wrong_issuer"


class WrongTypError(InvalidClaimError):
    """The header's `typ` is not the one expected (RFC 8725 section 3.11)."""

    code = "wrong_typ"


def _by_code(base: type[JoseError]) -> dict[str, type[JoseError]]:
    found = {base.code: base}
    for kind in base.__subclasses__():
        found.update(_by_code(kind))
    return found


BY_CODE = _by_code(JoseError)
