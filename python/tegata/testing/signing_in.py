"""Clients that are signed in as a user."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, Protocol, cast

from asgiref.sync import sync_to_async
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory

from tegata import conf
from tegata.testing.issuing import IssuedTokens, tokens

if TYPE_CHECKING:
    from typing import Unpack

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from tegata.testing.issuing import TokenOptions


class HasHeaders(Protocol):
    """A client that sends the same headers with each request."""

    @property
    def headers(self) -> MutableMapping[str, Any]:
        """Those headers."""
        ...


# Django's stubs do not say that its clients are factories of requests.
AnyClient = Client | AsyncClient | RequestFactory | AsyncRequestFactory | HasHeaders
"""What `log_in` takes: Django's `Client` and `AsyncClient`, Django Ninja's `TestClient` and
`TestAsyncClient`, and clients with `headers` of their own, such as those of httpx and requests."""


def client(
    user: AbstractBaseUser, *, transport: str | None = None, **options: Unpack[TokenOptions]
) -> Client:
    """A Django test client that is signed in as `user`.

    Args:
        user: As whom.
        transport: As `log_in` has it.
        options: As `tokens`.
    """
    made = Client()
    log_in(made, user, transport=transport, **options)
    return made


def log_in(
    client: AnyClient,
    user: AbstractBaseUser | IssuedTokens,
    *,
    transport: str | None = None,
    **options: Unpack[TokenOptions],
) -> IssuedTokens:
    """Signs a client in, as `force_login` does for Django's sessions; other cookies stay.

    From now on each request carries the access token, until that expires or another call replaces
    it: in a header, or in a cookie where `TEGATA["TRANSPORT"]` is `"cookie"`. The login is a
    request by this client: of its host, and so of the tenant of the others. A request with an
    `Authorization` header of its own goes out with that one.

    Args:
        client: Django's `Client` or `AsyncClient`, Django Ninja's `TestClient` or
            `TestAsyncClient`, or any client with `headers` that it sends each time.
        user: As whom, or tokens that were issued before.
        transport: `"header"` or `"cookie"`, if not by the settings: with `"both"`, it is the
            header. By cookie, a client that enforces CSRF checks has to send a token, too.
        options: As `tokens`, unless tokens are given.

    Returns:
        The tokens.

    Raises:
        TypeError: It is no such client.
        ValueError: There is no such transport.
    """
    headers, name = _headers_of(client)
    if transport is None:
        transport = "cookie" if conf.current().TRANSPORT == "cookie" else "header"
    if transport not in ("header", "cookie"):
        raise ValueError(f"transport must be 'header' or 'cookie', not {transport!r}")
    cookies = _cookies_of(client) if transport == "cookie" else None
    if isinstance(user, IssuedTokens):
        issued = user
    else:
        # What the site reads off the request, such as its tenant, is that of the later ones.
        options.setdefault("request", _request_of(client, headers))
        issued = tokens(user, **options)
    if cookies is None:
        headers[name] = issued.headers["Authorization"]
    else:
        for cookie, value in issued.cookies.items():
            cookies[cookie] = value
    return issued


def _headers_of(client: AnyClient) -> tuple[MutableMapping[str, Any], str]:
    """Where a client keeps its headers, and what it calls the one for us.

    The name is the one that a header of a single request gets, so that the two do not both go out.
    """
    if isinstance(client, AsyncClient | AsyncRequestFactory):
        return cast("dict[str, Any]", client.defaults), "AUTHORIZATION"
    if isinstance(client, Client | RequestFactory):
        return client.defaults, "HTTP_AUTHORIZATION"
    headers = getattr(client, "headers", None)
    if isinstance(headers, MutableMapping):
        return headers, "Authorization"
    raise TypeError(
        f"{type(client).__name__} has no headers that it sends with each request; "
        "give tegata.testing.tokens(user).headers to each call instead"
    )


def _cookies_of(client: AnyClient) -> Any:
    """Where a client keeps its cookies, whose names are its keys."""
    cookies = getattr(client, "cookies", None)
    if cookies is None or not hasattr(cookies, "__setitem__"):
        raise TypeError(f"{type(client).__name__} has no cookies that it sends with each request")
    return cookies


def _request_of(client: AnyClient, headers: MutableMapping[str, Any]) -> HttpRequest:
    """A login by this client."""
    # Those of Django's clients, by which a factory knows them.
    defaults: Any = headers
    if isinstance(client, AsyncClient | AsyncRequestFactory):
        return AsyncRequestFactory(**defaults).post("/")
    if isinstance(client, Client | RequestFactory):
        return RequestFactory(**defaults).post("/")
    hosts = {key: value for key, value in headers.items() if key.lower() == "host"}
    return RequestFactory(headers=hosts).post("/")


async def aclient(
    user: AbstractBaseUser, *, transport: str | None = None, **options: Unpack[TokenOptions]
) -> AsyncClient:
    """`client` for async code: an `AsyncClient` that is signed in as `user`."""
    made = AsyncClient()
    await alog_in(made, user, transport=transport, **options)
    return made


alog_in = sync_to_async(log_in)
