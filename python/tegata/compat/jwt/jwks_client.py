"""The keys that an issuer publishes: `PyJWKClient`, over `tegata.jwks`."""

import math
from ssl import SSLContext
from typing import TYPE_CHECKING, Any

from tegata import jose
from tegata.compat.jwt.api_jwk import PyJWK, PyJWKSet
from tegata.compat.jwt.api_jws import read_unverified_header
from tegata.compat.jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError

if TYPE_CHECKING:
    from tegata.jwks import Options


class PyJWKClient:
    """The JWK Set at a URL, kept for `lifespan`; needs the extra `tegata[jwks]`.

    While a fetch fails the last good set stays in use, for up to a day. A set with a private key or
    a secret in it is refused, and a redirect is not followed.

    Args:
        uri: Where the set is. https; PyJWT takes http without being asked to.
        cache_keys: Without effect: a key goes when its set does.
        max_cached_keys: Without effect.
        cache_jwk_set: Whether the set is kept at all.
        lifespan: For how many seconds.
        headers: What is sent along.
        timeout: For all of a fetch, in seconds.
        ssl_context: In the place of the default one.
        cooldown_duration: Seconds between two fetches because of an unknown `kid`.
        allow_http: Whether `http` will do, for a test or a network of which every part is trusted.

    Raises:
        PyJWKClientError: The URL or a duration is one that cannot be.
        ImportError: The extra is not installed.
    """

    def __init__(
        self,
        uri: str,
        cache_keys: bool = False,
        max_cached_keys: int = 16,
        cache_jwk_set: bool = True,
        lifespan: float = 300,
        headers: dict[str, Any] | None = None,
        timeout: float = 30,
        ssl_context: SSLContext | None = None,
        cooldown_duration: float = 30,
        *,
        allow_http: bool = False,
    ) -> None:
        import httpx2

        from tegata.jwks import JWKS

        if not 0 < lifespan < math.inf:
            raise PyJWKClientError("Lifespan must be greater than 0")
        self.uri = uri
        self.headers = headers or {}
        self.timeout = timeout
        self.ssl_context = ssl_context
        kept = lifespan if cache_jwk_set else 0
        settings: Options = {
            "timeout": timeout,
            "default_lifetime": kept,
            "min_lifetime": kept,
            "max_lifetime": kept,
            "min_refetch_interval": cooldown_duration if cache_jwk_set else 0,
            "allow_http": allow_http,
            "client": lambda: httpx2.AsyncClient(
                headers=self.headers,
                timeout=self.timeout,
                verify=True if self.ssl_context is None else self.ssl_context,
            ),
        }
        if not cache_jwk_set:
            settings["max_stale"] = 0
        try:
            self._source = JWKS(uri, **settings)
        except jose.InvalidArgumentError as error:
            raise PyJWKClientError(str(error)) from error
        self._seen: jose.KeySet | None = None
        self._made: tuple[jose.KeySet, PyJWKSet] | None = None

    def fetch_data(self) -> dict[str, Any]:
        """The set as a dict. Raises `PyJWKClientConnectionError` if it cannot be had."""
        return {**self._keys(refresh=True).to_jwks()}

    def get_jwk_set(self, refresh: bool = False) -> PyJWKSet:
        """The set.

        Args:
            refresh: Fetch it anew, unless that was done less than `cooldown_duration` ago.

        Raises:
            PyJWKClientConnectionError: It cannot be had.
        """
        keys = self._keys(refresh=refresh)
        # The same objects for the same set, so that what they hold ready is of use.
        made = self._made
        if made is None or made[0] is not keys:
            made = self._made = keys, PyJWKSet.from_dict({**keys.to_jwks()})
        return made[1]

    def get_signing_keys(self, refresh: bool = False) -> list[PyJWK]:
        """The keys of the set that are for signatures. Raises as `get_jwk_set` does."""
        return list(self.get_jwk_set(refresh))

    def get_signing_key(self, kid: str) -> PyJWK:
        """The key of this name; the set is fetched anew if it has none.

        Raises:
            PyJWKClientError: It has none then either.
            PyJWKClientConnectionError: There is no set.
        """
        for refresh in (False, True):
            if key := self.match_kid(self.get_signing_keys(refresh), kid):
                return key
        raise PyJWKClientError("Unable to find a signing key that matches the `kid`")

    def get_signing_key_from_jwt(self, token: str | bytes) -> PyJWK:
        """The key that a token's header names. Raises as `get_signing_key`, and `DecodeError`."""
        return self.get_signing_key(read_unverified_header(token).get("kid", ""))

    @staticmethod
    def match_kid(signing_keys: list[PyJWK], kid: str) -> PyJWK | None:
        """The key of this name among these."""
        return next((key for key in signing_keys if key.key_id == kid), None)

    def _keys(self, *, refresh: bool) -> jose.KeySet:
        from tegata.jwks import JWKSUnavailableError

        try:
            keys = self._source.key_set()
        except JWKSUnavailableError as error:
            raise PyJWKClientConnectionError(str(error)) from error
        # A set that nobody has got from here yet is as new as one can be asked for.
        if refresh and keys is self._seen:
            newer = self._source.newer_than(keys)
            keys = keys if newer is None else newer
        self._seen = keys
        return keys
