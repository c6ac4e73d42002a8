"""One GET, bounded in size, that follows nobody anywhere."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2

from tegata.jwks import address
from tegata.jwks.freshness import stated_pause


class FetchError(Exception):
    """Nothing usable was fetched. Its text names the host and says why, and holds no body.

    Attributes:
        status: The status of the answer, if that is why.
        retry_after: The seconds for which the answer asks to be left alone, if it does.
    """

    def __init__(
        self,
        url: httpx2.URL,
        why: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{address.host(url)} {why}")
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    headers: httpx2.Headers
    body: bytes | None
    """`None` if what the ETag names is still right (RFC 9110 section 15.4.5)."""


async def get(
    client: httpx2.AsyncClient, url: httpx2.URL, *, max_bytes: int, etag: str | None = None
) -> Answer:
    """Fetches a document.

    Args:
        client: Sends the request. Its own rules about redirects do not count.
        url: From where.
        max_bytes: How long the body may be; no more than this and one piece is ever read.
        etag: That of the document which the caller has already.

    Raises:
        FetchError: It could not be fetched, or not within the bounds.
    """
    headers = {
        "Accept": "application/jwk-set+json, application/json",
        "Accept-Encoding": "identity",
    }
    if etag is not None:
        headers["If-None-Match"] = etag
    try:
        async with client.stream("GET", url, headers=headers, follow_redirects=False) as response:
            if response.status_code == httpx2.codes.NOT_MODIFIED and etag is not None:
                return Answer(response.headers, None)
            return Answer(response.headers, await _body(url, response, max_bytes))
    except (httpx2.HTTPError, OSError) as error:
        raise FetchError(url, _why(error)) from error


async def _body(url: httpx2.URL, response: httpx2.Response, max_bytes: int) -> bytes:
    if response.has_redirect_location:
        raise FetchError(url, "redirects elsewhere, which is not followed; hint: give that URL")
    if response.status_code != httpx2.codes.OK:
        raise FetchError(
            url,
            f"answered with status {response.status_code}",
            status=response.status_code,
            retry_after=stated_pause(response.headers),
        )
    # A few bytes can be the compressed form of very many.
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise FetchError(url, "answered in an encoding that was not asked for")
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > max_bytes:
            raise FetchError(url, f"answered with more than {max_bytes} bytes")
    return bytes(body)


def _why(error: Exception) -> str:
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        hint = "hint: a CA of your own goes into the client that `client` makes"
        return f"has a certificate that was not accepted; {hint}"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "could not be spoken to by TLS"
    if isinstance(error, httpx2.TimeoutException):
        return "did not answer in time"
    if isinstance(error, httpx2.ProxyError):
        return "could not be reached by the proxy"
    if isinstance(error, httpx2.ConnectError):
        return "could not be reached"
    return "broke the connection, or answered something that is not HTTP"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
