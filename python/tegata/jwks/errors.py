"""What `tegata.jwks` raises besides what `tegata.jose` does."""

from tegata.jose import JoseError


class JWKSUnavailableError(JoseError):
    """There is no key set to verify with: none was ever fetched, or the last is older than allowed.

    It says nothing about the token. Answer 503, not 401.
    """

    code = "jwks_unavailable"
