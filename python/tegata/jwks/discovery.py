"""Where an issuer says that its keys are (OpenID Connect Discovery 1.0 section 4, RFC 8414)."""

from __future__ import annotations

import json
from typing import Any, Literal, get_args

import httpx2

from tegata.jose import InvalidArgumentError
from tegata.jwks import address
from tegata.jwks.http import FetchError

Discovery = Literal["openid", "oauth", "either"]


def document_urls(issuer: str, discovery: Discovery, *, allow_http: bool) -> tuple[httpx2.URL, ...]:
    """Where the issuer's metadata may stand, in the order in which to look.

    Args:
        issuer: The issuer's identifier, as its tokens name it in `iss`.
        discovery: `openid` puts the well-known path behind the issuer's own (OpenID Connect
            Discovery 1.0 section 4.1), `oauth` in front of it (RFC 8414 section 3.1); with
            `either` the second counts where the first is not there.
        allow_http: Whether `http` will do.

    Raises:
        InvalidArgumentError: An issuer's identifier cannot be like this.
    """
    url = address.checked("issuer", issuer, allow_http=allow_http)
    if "?" in issuer:
        raise InvalidArgumentError("issuer: an issuer has no query; hint: give it as in `iss`")
    if discovery not in get_args(Discovery):
        raise InvalidArgumentError("discovery: give 'openid', 'oauth' or 'either'")
    own = url.raw_path.decode("ascii").rstrip("/")
    paths = {
        "openid": f"{own}/.well-known/openid-configuration",
        "oauth": f"/.well-known/oauth-authorization-server{own}",
    }
    wanted = paths.values() if discovery == "either" else [paths[discovery]]
    return tuple(url.copy_with(raw_path=path.encode("ascii")) for path in wanted)


def jwks_url(document: bytes, *, issuer: str, found_at: httpx2.URL, allow_http: bool) -> httpx2.URL:
    """What the metadata names as `jwks_uri`.

    Args:
        document: The metadata.
        issuer: Whose it has to be, exactly (OpenID Connect Discovery 1.0 section 4.3).
        found_at: Where it stood, for messages.
        allow_http: Whether `http` will do.

    Raises:
        FetchError: It is another issuer's, or names no URL that may be fetched from.
    """
    try:
        metadata = json.loads(document, object_pairs_hook=_members)
    except _RepeatedNameError:
        raise FetchError(found_at, "answered with metadata that names a member twice") from None
    # Nested too deep to be read, or not UTF-8, or not JSON.
    except (ValueError, RecursionError):
        metadata = None
    if not isinstance(metadata, dict):
        raise FetchError(found_at, "answered with metadata that is not a JSON object")
    if metadata.get("issuer") != issuer:
        hint = "hint: give the issuer as it writes itself, to the last slash"
        raise FetchError(found_at, f"answered with the metadata of another issuer; {hint}")
    uri = metadata.get("jwks_uri")
    if not isinstance(uri, str):
        raise FetchError(found_at, "names no `jwks_uri` in its metadata")
    try:
        return address.checked("jwks_uri", uri, allow_http=allow_http)
    except InvalidArgumentError:
        raise FetchError(found_at, "names a `jwks_uri` that may not be fetched from") from None


class _RepeatedNameError(ValueError):
    pass


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    # Which of them counts, another reader may see otherwise (RFC 8259 section 4).
    if len(members) < len(pairs):
        raise _RepeatedNameError
    return members
