"""The keys of another issuer, and verifying its tokens with them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any, Self, TypedDict, Unpack

import httpx2

from tegata import jose
from tegata.jwks import address
from tegata.jwks.cache import KeyCache, Landing
from tegata.jwks.discovery import Discovery
from tegata.jwks.errors import JWKSUnavailableError
from tegata.jwks.options import Options, Settings
from tegata.jwks.sources import Fetched, KeysOf, Source, keys_at


class _Limits(TypedDict, total=False):
    max_token_length: int
    max_depth: int


class Checks(_Limits, total=False):
    """What `jose.decode` takes besides a token and keys."""

    issuer: str | Collection[str] | None
    audience: str | Collection[str] | None
    leeway: float | timedelta | None
    require: str | Collection[str] | None
    claims: Mapping[str, Any] | None
    typ: str | None
    max_age: float | timedelta | None
    now: datetime | float | None
    skip: str | Collection[str] | None


class JWKS:
    """The JWK Set at a URL (RFC 7517 section 5), kept and renewed, for any thread and event loop.

    Nothing is fetched before it is needed; call `key_set` at the start to know early. A set is
    fresh for as long as its answer says by `Cache-Control` or `Expires`. Then the next caller waits
    for a new one, and the others go on with the old. While a fetch fails, the last good set stays
    in use, and there are growing pauses of up to half a minute between the attempts. A fetch fails
    that ends in anything but a set of public keys: a redirect is not followed, and a set with a
    private key is refused as a whole.

    A process that is forked goes on with the set of its parent. What a token's header says about
    where its key is (`jku`, `x5u`, `jwk`) is never looked at.

    Args:
        url: Where the set is. https, without credentials or a fragment.
        issuer: Whose set it is, if one is meant: `decode` checks for it by default, and keys that
            say of themselves to be another issuer's are left out.
        timeout: For all of a fetch, from the look-up of the name on; 5 seconds.
        max_bytes: How long a document may be; 512 KiB.
        min_refetch_interval: Between two fetches because of a token with an unknown `kid`; 30
            seconds.
        default_lifetime: How long a set is fresh whose answer does not say; 300 seconds.
        min_lifetime: The shortest, whatever the answer says, `no-store` included; 60 seconds.
        max_lifetime: The longest, whatever the answer says; a day.
        max_stale: How long the last good set stays in use after it was fresh, while no new one can
            be had; a day. `math.inf` for ever, 0 not at all.
        allow_http: Whether `http` will do, for a test or a network of which every part is trusted.
        client: Makes the `httpx2.AsyncClient` of a fetch, for a proxy, a CA or credentials of your
            own; it is closed afterwards. Without it, `httpx2.AsyncClient` itself.
        clock: Seconds that only ever grow, `time.monotonic` by default.

    Spans are seconds or a `timedelta`.

    Raises:
        InvalidArgumentError: The URL or an option is one that cannot be.
    """

    def __init__(self, url: str, *, issuer: str | None = None, **options: Unpack[Options]) -> None:
        settings = Settings.of(options)
        self._begin(keys_at(url, settings, issuer), settings, issuer)

    @classmethod
    def for_issuer(
        cls,
        issuer: str,
        *,
        discovery: Discovery = "openid",
        metadata: str | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """The keys of an issuer, found by its metadata, which has to name that very issuer.

        The metadata is fetched with the keys, within the same bounds, and kept for as long as its
        own answer says; it is looked at anew whenever the keys cannot be fetched.

        Args:
            issuer: As tokens name it in `iss`. `decode` checks for it by default.
            discovery: `openid` for OpenID Connect Discovery 1.0, `oauth` for RFC 8414, `either` for
                the first of them that is there.
            metadata: Where the metadata is, for an issuer that has it somewhere else.
            options: Those of `JWKS`.

        Raises:
            InvalidArgumentError: The issuer or an option is one that cannot be.
        """
        settings = Settings.of(options)
        keys = cls.__new__(cls)
        keys._begin(KeysOf(issuer, discovery, settings, metadata), settings, issuer)
        return keys

    def _begin(self, source: Source, settings: Settings, issuer: str | None = None) -> None:
        self._source = source
        self._settings = settings
        self._issuer = issuer
        self._cache = KeyCache(self._fetch, host=address.host(source.url), settings=settings)

    @property
    def issuer(self) -> str | None:
        """The issuer that `decode` checks for by default; `None` for a set named by its URL."""
        return self._issuer

    @property
    def trouble(self) -> JWKSUnavailableError | None:
        """Why the last fetch failed, if it did: then the set at hand may lack a key of today.

        A token that names an unknown key is neither good nor bad as long as this is so.
        """
        return self._cache.trouble()

    async def _fetch(self) -> Fetched:
        make = self._settings.client
        # One for each fetch, and these are rare: a client belongs to its event loop, and the
        # connections of one that is kept would be shared by processes that fork.
        made = make() if make else httpx2.AsyncClient(timeout=self._settings.timeout)
        async with made as client:
            return await self._source.fetch(client)

    def key_set(self) -> jose.KeySet:
        """The keys.

        Raises:
            JWKSUnavailableError: There are none.
        """
        return self._cache.settle(self._landed(self._cache.ask()))

    async def akey_set(self) -> jose.KeySet:
        """`key_set` for async code."""
        return self._cache.settle(await self._alanded(self._cache.ask()))

    def newer_than(self, seen: jose.KeySet) -> jose.KeySet | None:
        """Another set than the one seen, in which a key was missing; fetched anew if need be.

        For code that looks for keys by itself, as `decode` does. Callers share a fetch, and wait
        for it no longer than `timeout` and a second.

        Args:
            seen: What `key_set` gave.

        Returns:
            The set, or `None` if there is no other: the fetch failed or found nothing changed, or
            the last one of this kind was less than `min_refetch_interval` ago.
        """
        return _unless_seen(seen, self._landed(self._cache.ask_again(seen)))

    async def anewer_than(self, seen: jose.KeySet) -> jose.KeySet | None:
        """`newer_than` for async code."""
        return _unless_seen(seen, await self._alanded(self._cache.ask_again(seen)))

    def decode(self, token: str | bytes | memoryview, **checks: Unpack[Checks]) -> jose.Token:
        """Verifies a token as `jose.decode` does, with the keys; fetches them anew if need be.

        That is if the token names a key that the set does not have, and no such fetch was less than
        `min_refetch_interval` ago.

        Args:
            token: The token.
            checks: What `jose.decode` takes. For the keys of an issuer, `issuer` is that one.

        Raises:
            InvalidTokenError: The token is refused.
            InvalidArgumentError: A check is one that cannot be.
            JWKSUnavailableError: There are no keys.
        """
        self._add_issuer(checks)
        keys = self.key_set()
        try:
            return jose.decode(token, keys, **checks)
        except jose.UnknownKeyError:
            newer = self.newer_than(keys) if _is_named(token, checks) else None
            if newer is None:
                raise
        return jose.decode(token, newer, **checks)

    async def adecode(
        self, token: str | bytes | memoryview, **checks: Unpack[Checks]
    ) -> jose.Token:
        """`decode` for async code."""
        self._add_issuer(checks)
        keys = await self.akey_set()
        try:
            return jose.decode(token, keys, **checks)
        except jose.UnknownKeyError:
            newer = await self.anewer_than(keys) if _is_named(token, checks) else None
            if newer is None:
                raise
        return jose.decode(token, newer, **checks)

    def _landed(self, answer: jose.KeySet | Landing | None) -> jose.KeySet | None:
        if not isinstance(answer, Future):
            return answer
        try:
            return answer.result(self._cache.patience)
        except TimeoutError:
            return None

    async def _alanded(self, answer: jose.KeySet | Landing | None) -> jose.KeySet | None:
        if not isinstance(answer, Future):
            return answer
        try:
            return await asyncio.wait_for(asyncio.wrap_future(answer), self._cache.patience)
        except TimeoutError:
            return None

    def _add_issuer(self, checks: Checks) -> None:
        if checks.get("issuer") is None and self._issuer is not None:
            checks["issuer"] = self._issuer

    def __repr__(self) -> str:
        return f"<JWKS {address.shown(self._source.url)}>"


def _unless_seen(seen: jose.KeySet, keys: jose.KeySet | None) -> jose.KeySet | None:
    # An answer that nothing has changed brings the very set that was there.
    return None if keys is seen else keys


def _is_named(token: str | bytes | memoryview, checks: Checks) -> bool:
    """Whether the token names its key; else it cannot be told from one of nobody's key."""
    limits: _Limits = {}
    if "max_token_length" in checks:
        limits["max_token_length"] = checks["max_token_length"]
    if "max_depth" in checks:
        limits["max_depth"] = checks["max_depth"]
    return "kid" in jose.unverified_header(token, **limits)
