"""What PyJWT raises: the same names and bases. Each is raised from the `tegata.jose.JoseError`."""


class PyJWTError(Exception):
    """The base of everything here."""


class NotSupportedError(PyJWTError, NotImplementedError):
    """Something of PyJWT that has no counterpart; the only exception that PyJWT does not have."""


class InvalidTokenError(PyJWTError):
    """A token that was refused."""


class DecodeError(InvalidTokenError):
    """A token that could not be read."""


class InvalidSignatureError(DecodeError):
    """The signature is not one of the key given."""


class ExpiredSignatureError(InvalidTokenError):
    """`exp` has passed."""


class InvalidAudienceError(InvalidTokenError):
    """`aud` names none of those expected."""


class InvalidIssuerError(InvalidTokenError):
    """`iss` is none of those expected."""


class InvalidIssuedAtError(InvalidTokenError):
    """`iat` is not a time."""


class ImmatureSignatureError(InvalidTokenError):
    """`nbf` or `iat` is in the future."""


class InvalidKeyError(PyJWTError):
    """A key that is none for the algorithm."""


class InvalidAlgorithmError(InvalidTokenError):
    """The token's `alg` is not one of those allowed."""


class MissingRequiredClaimError(InvalidTokenError):
    """A claim that must be there is not; `claim` is its name."""

    def __init__(self, claim: str) -> None:
        super().__init__(claim)
        self.claim = claim

    def __str__(self) -> str:
        return f'Token is missing the "{self.claim}" claim'


class PyJWKError(PyJWTError):
    """A JWK that could not be used."""


class MissingCryptographyError(PyJWKError):
    """Never raised: no algorithm needs `cryptography` here."""


class PyJWKSetError(PyJWTError):
    """A JWK Set without a usable key."""


class PyJWKClientError(PyJWTError):
    """A JWK Set could not be had, or has not the key."""


class PyJWKClientConnectionError(PyJWKClientError):
    """The server of a JWK Set did not answer with one."""


class InvalidSubjectError(InvalidTokenError):
    """`sub` is not a string, or not the one expected."""


class InvalidJTIError(InvalidTokenError):
    """`jti` is not a string."""
