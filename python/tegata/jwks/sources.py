"""Where key sets come from: a URL, or what an issuer's metadata names."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Protocol

import httpx2

from tegata import jose
from tegata.jwks import address
from tegata.jwks.discovery import Discovery, document_urls, jwks_url
from tegata.jwks.freshness import stated_lifetime
from tegata.jwks.http import Answer, FetchError, get
from tegata.jwks.options import Settings

# RFC 9110 section 8.8.3, of which only what every client can send back.
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')

_NOT_THERE = {httpx2.codes.NOT_FOUND, httpx2.codes.GONE, httpx2.codes.FORBIDDEN}


@dataclass(frozen=True)
class Fetched:
    """A good key set."""

    keys: jose.KeySet
    lifetime: float | None
    """The seconds for which its answer says that it stays fresh."""


class Source(Protocol):
    """What a key set can be fetched from, by one at a time."""

    @property
    def url(self) -> httpx2.URL:
        """Where it begins."""
        ...

    async def fetch(self, client: httpx2.AsyncClient) -> Fetched:
        """Fetches the set. Raises `FetchError` if it cannot be had or used."""
        ...


@dataclass(frozen=True)
class _Tagged:
    etag: str
    keys: jose.KeySet
    headers: dict[str, str]


class KeysAt:
    """The key set that stands at a URL (RFC 7517 section 5)."""

    def __init__(self, url: httpx2.URL, settings: Settings, issuer: str | None = None) -> None:
        self.url = url
        self._issuer = issuer
        self._max_bytes = settings.max_bytes
        self._tagged: _Tagged | None = None

    async def fetch(self, client: httpx2.AsyncClient) -> Fetched:
        """See `Source`."""
        tagged = self._tagged
        etag = tagged.etag if tagged else None
        answer = await get(client, self.url, max_bytes=self._max_bytes, etag=etag)
        headers = dict(answer.headers)
        if answer.body is None and tagged is not None:
            # What the short answer leaves out stays as it was (RFC 9111 section 4.3.4), but for
            # how long ago the first one was made.
            before = {name: value for name, value in tagged.headers.items() if name != "age"}
            keys, headers = tagged.keys, {**before, **headers}
        else:
            keys = self._read(answer.body or b"")
        etag = headers.get("etag", "")
        self._tagged = _Tagged(etag, keys, headers) if _ETAG.fullmatch(etag) else None
        return Fetched(keys, stated_lifetime(headers))

    def _read(self, body: bytes) -> jose.KeySet:
        try:
            return jose.KeySet.from_jwks(body, issuer=self._issuer)
        except jose.JoseError as error:
            # Its own text may name a key by what the body calls it.
            why = f"answered with a key set that cannot be used ({error.code})"
            raise FetchError(self.url, why) from None


class KeysOf:
    """The key set that an issuer's metadata names."""

    def __init__(
        self, issuer: str, discovery: Discovery, settings: Settings, metadata: str | None = None
    ) -> None:
        allow_http = settings.allow_http
        if metadata is None:
            self._urls = document_urls(issuer, discovery, allow_http=allow_http)
        else:
            self._urls = (address.checked("metadata", metadata, allow_http=allow_http),)
        self._issuer = issuer
        self._settings = settings
        self._named: KeysAt | None = None
        self._good_until = -math.inf

    @property
    def url(self) -> httpx2.URL:
        """See `Source`."""
        return self._urls[0]

    async def fetch(self, client: httpx2.AsyncClient) -> Fetched:
        """See `Source`."""
        named = self._named
        if named is None or self._settings.clock() >= self._good_until:
            named = await self._look_up(client)
        try:
            return await named.fetch(client)
        except FetchError:
            # The keys may have moved.
            self._good_until = -math.inf
            raise

    async def _look_up(self, client: httpx2.AsyncClient) -> KeysAt:
        asked_at = self._settings.clock()
        found_at, answer = await self._metadata(client)
        url = jwks_url(
            answer.body or b"",
            issuer=self._issuer,
            found_at=found_at,
            allow_http=self._settings.allow_http,
        )
        if self._named is None or self._named.url != url:
            self._named = KeysAt(url, self._settings, self._issuer)
        stated = stated_lifetime(answer.headers)
        self._good_until = asked_at + self._settings.lifetime(stated)
        return self._named

    async def _metadata(self, client: httpx2.AsyncClient) -> tuple[httpx2.URL, Answer]:
        max_bytes = self._settings.max_bytes
        for url in self._urls[:-1]:
            try:
                return url, await get(client, url, max_bytes=max_bytes)
            except FetchError as error:
                # Only an issuer that is up and has no such document is asked for the other.
                if error.status not in _NOT_THERE:
                    raise
        return self._urls[-1], await get(client, self._urls[-1], max_bytes=max_bytes)


def keys_at(url: str, settings: Settings, issuer: str | None = None) -> KeysAt:
    """The source for a URL. Raises `InvalidArgumentError` for one that keys may not come from."""
    return KeysAt(address.checked("url", url, allow_http=settings.allow_http), settings, issuer)
