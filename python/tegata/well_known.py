"""The views of `tegata.urls`: the public keys, and what others may know of the issuer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from tegata import conf
from tegata._tegata import Issuer
from tegata.internal import clock
from tegata.internal.gate_document import TOKEN_ROUTE

_METADATA = "/.well-known/oauth-authorization-server"


def _public(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For everybody, by GET and HEAD, without a look at the database."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    for alias in settings.DATABASES:
        transaction.non_atomic_requests(using=alias)(guarded)
    return login_not_required(require_safe(guarded))


@_public
def jwks(request: HttpRequest) -> HttpResponseBase:
    """The public keys that tokens are verified with (RFC 7517 section 5).

    One signs, others will sign or have signed. Where tokens are signed with secrets, there is none.
    """
    text = conf.engine().jwks(clock.now())
    # RFC 7517 section 8.5.2.
    return _published(request, text, "application/jwk-set+json")


@_public
def issuer_metadata(request: HttpRequest, issuer_path: str = "") -> HttpResponseBase:
    """What clients and other services may know of the issuer (RFC 8414)."""
    rules = conf.current()
    try:
        issuer = Issuer(rules.ISSUER)
    except ValueError as error:
        return _nothing_here(
            f"This site's tokens name an issuer that has no metadata: {error}. RFC 8414 asks for "
            "an https URL without a query; it is set by TEGATA['ISSUER']."
        )
    asked_for = f"{_METADATA}/{issuer_path}" if issuer_path else _METADATA
    if asked_for != unquote(issuer.metadata_path):
        return _nothing_here(
            f"There is no such issuer here. The metadata of the one that there is stands at "
            f"{issuer.metadata_path} (RFC 8414 section 3.1)."
        )
    match = request.resolver_match
    assert match is not None  # noqa: S101 (a view is called by way of one)
    text = issuer.metadata(
        jwks_path=reverse(":".join([*match.namespaces, "jwks"])),
        token_path=_token_path(),
        scope_names=list(rules.SCOPES),
    )
    return _published(request, text, "application/json")


def _published(request: HttpRequest, text: str, content_type: str) -> HttpResponseBase:
    response = HttpResponse(text, content_type=content_type)
    etag = f'"{sha256(text.encode()).hexdigest()[:32]}"'
    response["ETag"] = etag
    seconds = int(conf.current().JWKS_MAX_AGE.total_seconds())
    patch_cache_control(response, public=True, max_age=seconds)
    answer = get_conditional_response(request, etag=etag, response=response)
    return response if answer is None else answer


def _nothing_here(why: str) -> HttpResponse:
    response = JsonResponse({"detail": why}, status=404)
    patch_cache_control(response, no_store=True)
    return response


def _token_path() -> str | None:
    """Where the password form of OAuth 2.0 is mounted, if it is: the first place of several."""
    for namespace in _namespaces(get_resolver()):
        try:
            return reverse(f"{namespace}:{TOKEN_ROUTE}")
        except NoReverseMatch:
            continue
    return None


def _namespaces(resolver: URLResolver, outer: str = "") -> Iterator[str]:
    for name, (_, inner) in resolver.namespace_dict.items():
        yield f"{outer}{name}"
        yield from _namespaces(inner, f"{outer}{name}:")
