"""Which exception of PyJWT's stands for which of `tegata.jose`.

Texts are PyJWT's own where it has one for the case, because programs show and compare them; the
exception of `tegata.jose` is the cause and says more.
"""

from tegata import jose
from tegata.compat.jwt.exceptions import (
    DecodeError,
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAlgorithmError,
    InvalidAudienceError,
    InvalidIssuedAtError,
    InvalidIssuerError,
    InvalidJTIError,
    InvalidKeyError,
    InvalidSignatureError,
    InvalidSubjectError,
    InvalidTokenError,
    MissingRequiredClaimError,
    PyJWTError,
)

_BY_CLASS: dict[type[jose.JoseError], tuple[type[PyJWTError], str | None]] = {
    jose.AlgorithmMismatchError: (InvalidAlgorithmError, "The specified alg value is not allowed"),
    jose.BadSignatureError: (InvalidSignatureError, "Signature verification failed"),
    jose.CriticalHeaderError: (InvalidTokenError, None),
    jose.ExpiredTokenError: (ExpiredSignatureError, "Signature has expired"),
    jose.ImmatureTokenError: (ImmatureSignatureError, "The token is not yet valid (nbf)"),
    jose.IssuedInFutureError: (ImmatureSignatureError, "The token is not yet valid (iat)"),
    jose.UnencodableClaimsError: (InvalidTokenError, None),
    jose.UnknownAlgorithmError: (InvalidAlgorithmError, "Algorithm not supported"),
    jose.UnknownKeyError: (InvalidAlgorithmError, "The specified alg value is not allowed"),
    jose.UnsupportedAlgorithmError: (InvalidAlgorithmError, "Algorithm not supported"),
    jose.WrongAudienceError: (InvalidAudienceError, None),
    jose.WrongIssuerError: (InvalidIssuerError, "Invalid issuer"),
}
_OF_WRONG_TYPE: dict[str, tuple[type[InvalidTokenError], str]] = {
    "aud": (InvalidAudienceError, "Invalid claim format in token"),
    "exp": (DecodeError, "Expiration Time claim (exp) must be an integer."),
    "iat": (InvalidIssuedAtError, "Issued At claim (iat) must be an integer."),
    "iss": (InvalidIssuerError, "Payload Issuer (iss) must be a string"),
    "jti": (InvalidJTIError, "JWT ID must be a string"),
    "nbf": (DecodeError, "Not Before claim (nbf) must be an integer."),
    "sub": (InvalidSubjectError, "Subject must be a string"),
}
_UNEXPECTED: dict[str, tuple[type[InvalidTokenError], str]] = {
    "aud": (InvalidAudienceError, "Audience doesn't match"),
    "iss": (InvalidIssuerError, "Invalid issuer"),
    "sub": (InvalidSubjectError, "Invalid subject"),
}


def refusal(error: jose.JoseError) -> PyJWTError:
    """The exception to raise from `error`."""
    if isinstance(error, jose.MissingClaimError):
        return MissingRequiredClaimError(error.claim)
    kind: type[PyJWTError]
    text: str | None
    if isinstance(error, jose.ClaimTypeError):
        kind, text = _OF_WRONG_TYPE[error.claim]
    elif isinstance(error, jose.UnexpectedClaimError):
        kind, text = _UNEXPECTED[error.claim]
    else:
        fallback = InvalidKeyError if isinstance(error, jose.InvalidKeyError) else DecodeError
        kind, text = _BY_CLASS.get(type(error), (fallback, None))
    return kind(text or str(error))
