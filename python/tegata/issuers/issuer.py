"""One issuer: where its keys are, and what its tokens must say."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypedDict, cast

from django.core.exceptions import ImproperlyConfigured

from tegata._tegata import ExternalIssuer
from tegata.jose import InvalidArgumentError

if TYPE_CHECKING:
    from tegata.jwks import JWKS, Discovery, Options

ScopeSource = str | tuple[str, ...]
"""A claim that holds scopes, or the path to a member of one: `("realm_access", "roles")`."""


class Rules(TypedDict, total=False):
    """What can be told to an `Issuer` besides its name and tenants; it describes them."""

    audience: str | Collection[str] | None
    clients: str | Collection[str] | None
    client_claim: str
    jwks: str | None
    metadata: str | None
    discovery: Discovery
    keys: JWKS | None
    algorithms: Collection[str] | None
    typ: str | None
    token_type: tuple[str, Collection[str]] | None
    absent: Collection[str]
    require: Collection[str]
    require_any: Collection[str]
    claims: Mapping[str, Any]
    scopes_from: Collection[ScopeSource]
    fetch: Options


class Issuer:
    """An issuer whose tokens are taken: where its keys are, and what its tokens must say.

    Gates may share one. Its keys are fetched when the first token comes, and kept as
    `tegata.jwks.JWKS` says; issuers of the same name and addresses share them. A token is verified
    with the keys of the issuer that its `iss` names, byte for byte, and with no others.

    Args:
        issuer: What its tokens have for `iss`, to the last slash. With `{tenantid}` in it, one
            issuer for many tenants, as Entra ID has it: the claim `tid` must say the same tenant.
        audience: What `aud` must name: one of these. Without it, `clients` decide.
        clients: The clients whose tokens are taken, by `client_claim`; without them, all.
        client_claim: The claim that names the client: `azp` (OpenID Connect) unless told
            otherwise, `client_id` in RFC 9068.
        tenants: With `{tenantid}`, the tenants that are taken, each a GUID in lower case; without
            them, every tenant there is.
        jwks: Where the keys are. Without it, where the issuer's metadata says.
        metadata: Where the metadata is, for an issuer that has it somewhere else.
        discovery: `openid`, `oauth` (RFC 8414), or `either`, the default.
        keys: A `JWKS` made already, in place of these three.
        algorithms: Which ones the issuer may sign with; all asymmetric ones unless told otherwise.
        typ: What the header's `typ` must be, such as `at+jwt` (RFC 9068). Without it, `at+jwt`,
            `JWT` and none will do.
        token_type: A claim that says what a token is for, and the values of an access token.
        absent: Claims that tell its other tokens from its access tokens.
        require: Claims that must be there besides `iss`, `sub` and `exp`.
        require_any: Claims of which one must be there.
        claims: What claims must be: a value, or a list of those that will do.
        scopes_from: Where scopes stand: each a claim, or a tuple of names for a member of one. A
            text is split at its spaces. Names that cannot be scopes (RFC 6749 section 3.3), such as
            those with a space, are left out.
        fetch: The options of `JWKS`: `timeout`, `max_bytes`, `client`, …

    Raises:
        ImproperlyConfigured: An argument cannot be, or neither an audience nor clients are named.
    """

    def __init__(
        self,
        issuer: str,
        *,
        audience: str | Collection[str] | None = None,
        clients: str | Collection[str] | None = None,
        client_claim: str = "azp",
        tenants: Collection[str] = (),
        jwks: str | None = None,
        metadata: str | None = None,
        discovery: Discovery = "either",
        keys: JWKS | None = None,
        algorithms: Collection[str] | None = None,
        typ: str | None = None,
        token_type: tuple[str, Collection[str]] | None = None,
        absent: Collection[str] = (),
        require: Collection[str] = (),
        require_any: Collection[str] = (),
        claims: Mapping[str, Any] | None = None,
        scopes_from: Collection[ScopeSource] = ("scope", "scp"),
        fetch: Options | None = None,
    ) -> None:
        self.name = issuer
        try:
            self.rules = ExternalIssuer(
                issuer,
                tenants=_texts("tenants", tenants),
                audience=_texts("audience", audience),
                client_claim=client_claim,
                clients=_texts("clients", clients),
                algorithms=_texts("algorithms", algorithms),
                types=["at+jwt", "JWT"] if typ is None else [typ],
                untyped=typ is None,
                token_type=None if token_type is None else (token_type[0], list(token_type[1])),
                absent=_texts("absent", absent),
                require=_texts("require", require),
                require_any=_texts("require_any", require_any),
                claims=[
                    (name, json.dumps(_values(value))) for name, value in (claims or {}).items()
                ],
                scopes=[[each] if isinstance(each, str) else list(each) for each in scopes_from],
            )
        except (TypeError, ValueError) as problem:
            raise ImproperlyConfigured(f"The issuer {issuer!r} {problem}.") from problem
        self.keys = keys or _keys(
            issuer, jwks, metadata, discovery, tuple(sorted((fetch or {}).items()))
        )

    def __repr__(self) -> str:
        return f"<Issuer {self.name}>"


def _texts(name: str, given: object) -> list[str]:
    if given is None:
        return []
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, Iterable) or isinstance(texts, bytes):
        raise TypeError(
            f"has {name} of type {type(given).__name__}: give a text, or a list of texts"
        )
    found = list(texts)
    if not all(isinstance(each, str) and each for each in found):
        raise TypeError(f"has {name} that are no texts, or an empty one")
    return cast("list[str]", found)


def _values(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


@cache
def _keys(
    issuer: str,
    jwks: str | None,
    metadata: str | None,
    discovery: Discovery,
    fetch: tuple[tuple[str, Any], ...],
) -> JWKS:
    """One set of keys for each issuer, however many gates ask for it."""
    try:
        from tegata.jwks import JWKS
    except ImportError as error:
        raise ImproperlyConfigured(
            "Tokens of another issuer need httpx2: pip install 'tegata[jwks]'."
        ) from error
    options = cast("Options", dict(fetch))
    try:
        if jwks is not None:
            return JWKS(jwks, issuer=issuer, **options)
        return JWKS.for_issuer(issuer, discovery=discovery, metadata=metadata, **options)
    except InvalidArgumentError as problem:
        raise ImproperlyConfigured(f"The issuer {issuer!r}: {problem}.") from problem
