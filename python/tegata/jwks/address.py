"""Which URLs keys may be fetched from, and how they are shown."""

from __future__ import annotations

import httpx2

from tegata.jose import InvalidArgumentError


def checked(name: str, url: str, *, allow_http: bool) -> httpx2.URL:
    """The URL, if keys may be fetched from there: https, a host, no user, no fragment.

    It is read by the client that will fetch it, so that the two cannot disagree about the host.

    Args:
        name: What the message calls it.
        url: The URL.
        allow_http: Whether `http` will do.

    Raises:
        InvalidArgumentError: They may not; the message does not repeat the URL.
    """
    try:
        read = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError, ValueError):
        raise InvalidArgumentError(f"{name}: this is no URL") from None
    if read.scheme == "http" and not allow_http:
        hint = "hint: give an https URL, or allow_http=True where nobody can listen or answer"
        raise InvalidArgumentError(f"{name}: http is not trusted; {hint}")
    if read.scheme not in {"http", "https"}:
        raise InvalidArgumentError(f"{name}: only https is fetched from; hint: give an https URL")
    if not read.host:
        raise InvalidArgumentError(f"{name}: the URL names no host")
    if read.userinfo:
        hint = "hint: let `client` make a client with `auth`"
        raise InvalidArgumentError(f"{name}: a URL is no place for credentials; {hint}")
    if "#" in url:
        raise InvalidArgumentError(f"{name}: a fragment is never sent; hint: leave it out")
    return read


def host(url: httpx2.URL) -> str:
    """The host, and the port if it is not the usual one."""
    return url.netloc.decode("ascii")


def shown(url: httpx2.URL) -> str:
    """The URL without its query, which may hold a key to the API."""
    return f"{url.scheme}://{host(url)}{url.path}"
