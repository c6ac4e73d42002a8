"""What `tegata.jwks` raises besides what `tegata.jose` does."""

from tegata.jose import JoseError


class JWKSUnavailableError(JoseError):
    """There is no key set to verify with: none was ever fetched, or the last is older than allowed.

    It says nothing about the token. Answer 503, not 401, with `Retry-After`.

    Attributes:
        retry_after: Whole seconds until it is worth asking again; at least 1.
    """

    code = "jwks_unavailable"

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after
