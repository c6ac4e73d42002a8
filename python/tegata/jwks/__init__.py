"""Keys that another issuer publishes over HTTP, for verifying its tokens (RFC 7517 section 5).

Nothing of Django is needed here::

    from tegata.jwks import JWKS

    keys = JWKS.for_issuer("https://login.example.com/realms/shop")
    claims = keys.decode(token, audience="shop-api", require=["exp"]).claims

It comes with the extra `tegata[jwks]`.
"""

try:
    import httpx2 as _httpx2  # noqa: F401
except ImportError as error:
    message = "tegata.jwks fetches with httpx2, which is missing; hint: install tegata[jwks]"
    raise ImportError(message, name=error.name) from error

from tegata.jwks.discovery import Discovery
from tegata.jwks.errors import JWKSUnavailableError
from tegata.jwks.jwks import JWKS, Checks
from tegata.jwks.options import Options

__all__ = ["JWKS", "Checks", "Discovery", "JWKSUnavailableError", "Options"]
