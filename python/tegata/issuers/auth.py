"""The gate for tokens from elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Unpack, cast

from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables
from ninja.security.base import SecuritySchema
from pydantic import ValidationError

from tegata import conf
from tegata._tegata import ExternalClaims, ExternalUnread, unverified_issuer
from tegata.auth import ForeignTokenError, InsufficientTokenError, JWTAuth
from tegata.auth_details import AuthDetails
from tegata.exceptions import APIError
from tegata.internal import clock
from tegata.internal.asking import asking_document
from tegata.internal.calling import call
from tegata.internal.gate_document import document_gate
from tegata.internal.scopes import foreign_requirement
from tegata.internal.user_rule import may_log_in
from tegata.issuers.claims import IssuerClaims
from tegata.issuers.details import IssuerAuthDetails, RemoteUser
from tegata.issuers.issuer import Issuer, Rules

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tegata.jwks import JWKSUnavailableError

logger = logging.getLogger("tegata")


class IssuerAuth(JWTAuth):
    """Lets a request in by a token of another issuer; needs `tegata[jwks]`.

    For `auth=` of an operation, a router or a whole API, sync or async, alone or in a list. The
    `iss` of a token picks the issuer, byte for byte, and the keys of that one alone verify it. What
    none of them has signed for this audience is passed on, as `JWTAuth` does.

    `request.auth` is an `IssuerAuthDetails` with `claims`, `scopes`, `issuer` and `subject`.
    Without `user`, no row is looked at, and `request.user` is a `RemoteUser`.

    Args:
        issuers: The issuers: `Issuer`, or what a preset such as `keycloak(…)` gives.
        issuer: The name of one issuer, in place of these or besides them.
        rules: What the tokens of `issuer` must say: `audience`, and the other arguments of
            `Issuer`.
        user: `(request, claims) -> user | None`, sync or async: whose token it is, by issuer and
            subject; `LocalUsers` is one. `None`, and a user who is not active, is refused.
        claims_class: The type of `request.auth.claims`, a subclass of `IssuerClaims`.
        scopes: What the token must cover, all of them, by the names that the issuer gives them.
        fresh: How long ago the login may be at most, by the claim `auth_time`.

    Raises:
        ImproperlyConfigured: There is no issuer, or an argument cannot be.
        APIError: `missing_token`, `invalid_token`, `invalid_token_type`, `expired_token`,
            `invalid_user` or `login_required` (401), `insufficient_scope` (403), or
            `service_unavailable` (503) while there are no keys to verify with.
    """

    # For the OpenAPI document.
    may_be_unavailable = True

    def __init__(
        self,
        *issuers: Issuer,
        issuer: str | None = None,
        user: Callable[[HttpRequest, Any], Any] | None = None,
        claims_class: type[IssuerClaims] = IssuerClaims,
        scopes: list[str] | tuple[str, ...] | set[str] | frozenset[str] | None = None,
        fresh: timedelta | float | None = None,
        **rules: Unpack[Rules],
    ) -> None:
        # A cookie of this site holds a token of this site.
        super().__init__(session_check="refresh", transport="header")
        if issuer is not None:
            issuers = (*issuers, Issuer(issuer, **rules))
        elif rules:
            raise ImproperlyConfigured(
                f"IssuerAuth: {min(rules)}=… belongs to an issuer; name it with issuer=…, or give "
                "it to its preset."
            )
        self.issuers = _distinct(issuers)
        self.requirement = foreign_requirement(scopes, fresh)
        self.scopes = tuple(scopes or ())
        self.fresh = fresh
        self.user = user
        self.claims_class = claims_class

    @sensitive_variables()
    def authenticate(self, request: HttpRequest, token: str) -> AuthDetails[Any, Any]:
        """Lets a request in by `token`.

        Raises:
            ForeignTokenError: None of the issuers signed it for us.
            InsufficientTokenError: It does not cover the scopes, or the login is too long ago.
            APIError: As the class.
        """
        from tegata.jwks import JWKSUnavailableError

        issuer = self._issuer_of(token)
        try:
            keys = issuer.keys.key_set()
            read = _read(issuer, token, keys)
            if isinstance(read, ExternalUnread) and read.misses_key:
                newer = issuer.keys.newer_than(keys)
                read = _read_anew(issuer, token, newer) or read
        except JWKSUnavailableError as error:
            raise _unavailable(error) from None
        verified = self._verified(read)
        claims = self._claims(verified)
        if self.user is None:
            return self._details(verified, claims, self._remote_user(verified))
        return self._details(verified, claims, self._local_user(request, claims))

    @sensitive_variables()
    async def aauthenticate(self, request: HttpRequest, token: str) -> AuthDetails[Any, Any]:
        """`authenticate` for async operations, in which the keys are awaited."""
        from tegata.jwks import JWKSUnavailableError

        if self._has_own_rule():
            # A subclass asks for more, and may wait for it.
            return await sync_to_async(self._to_be_called(request, token))()
        issuer = self._issuer_of(token)
        try:
            keys = await issuer.keys.akey_set()
            read = _read(issuer, token, keys)
            if isinstance(read, ExternalUnread) and read.misses_key:
                newer = await issuer.keys.anewer_than(keys)
                read = _read_anew(issuer, token, newer) or read
        except JWKSUnavailableError as error:
            raise _unavailable(error) from None
        verified = self._verified(read)
        claims = self._claims(verified)
        if self.user is None:
            return self._details(verified, claims, self._remote_user(verified))
        if iscoroutinefunction(self.user):
            user = await sync_to_async(_let_in)(await self.user(request, claims))
        else:
            user = await sync_to_async(self._local_user)(request, claims)
        return self._details(verified, claims, user)

    @property
    def openapi_security_schema(self) -> SecuritySchema:  # type: ignore[override]
        """How to authenticate, for the OpenAPI document; adds the refusals to the operation."""
        if (asked := asking_document()) is not None:
            document_gate(*asked)
        scheme = conf.current().AUTH_HEADER_TYPES[0].lower()
        return SecuritySchema("http", scheme=scheme, bearerFormat="JWT")

    def _has_own_rule(self) -> bool:
        return type(self).authenticate is not IssuerAuth.authenticate

    def _issuer_of(self, token: str) -> Issuer:
        name = unverified_issuer(token, conf.current().MAX_TOKEN_LENGTH)
        for each in self.issuers:
            if name is not None and each.rules.is_named(name):
                return each
        logger.debug("token refused: its `iss` names no issuer whose tokens are taken here")
        raise ForeignTokenError.refuse("invalid_token", "gate")

    def _verified(self, read: ExternalClaims | ExternalUnread) -> ExternalClaims:
        if isinstance(read, ExternalUnread):
            logger.debug("token of another issuer refused: %s", read.reason)
            error = APIError if read.theirs else ForeignTokenError
            raise error.refuse(read.refusal, "gate")
        if (asked := self.requirement) is not None:
            refusal = read.require(clock.now(), asked)
            if refusal is not None:
                challenge = asked.challenge(refusal)
                raise InsufficientTokenError.refuse(refusal, "gate", challenge=challenge)
        return read

    def _claims(self, read: ExternalClaims) -> Any:
        try:
            return self.claims_class.model_validate(read.to_dict())
        except ValidationError as error:
            # By the fields of the class alone: values, and names further inside, are the token's.
            told = error.errors(include_url=False, include_input=False)
            names = sorted({str(each["loc"][0]) for each in told if each["loc"]})
            logger.debug("token of another issuer refused: its claims %s do not fit", names)
            raise APIError.refuse("invalid_token", "gate") from None

    def _remote_user(self, read: ExternalClaims) -> Any:
        return RemoteUser({**read.to_dict(), conf.current().USER_ID_CLAIM: read.subject})

    def _local_user(self, request: HttpRequest, claims: Any) -> Any:
        return _let_in(
            call("IssuerAuth(user=…)", cast("Callable[..., Any]", self.user), request, claims)
        )

    def _details(self, read: ExternalClaims, claims: Any, user: Any) -> AuthDetails[Any, Any]:
        return IssuerAuthDetails(user=user, claims=claims, read=read)


def _let_in(user: Any) -> Any:
    if user is None or not may_log_in(user):
        raise APIError.refuse("invalid_user", "gate")
    return user


def _read(issuer: Issuer, token: str, keys: Any) -> ExternalClaims | ExternalUnread:
    rules = conf.current()
    return issuer.rules.read(clock.now(), rules.LEEWAY, token, keys, rules.MAX_TOKEN_LENGTH)


def _read_anew(
    issuer: Issuer, token: str, newer: Any | None
) -> ExternalClaims | ExternalUnread | None:
    """With a newer set, in which its key may be; `None` if there is none, and that is all there is
    to know.

    Raises:
        JWKSUnavailableError: The issuer cannot be asked, so that nobody knows whether it has a key
            of that name by now.
    """
    if newer is not None:
        return _read(issuer, token, newer)
    if (trouble := issuer.keys.trouble) is not None:
        raise trouble
    return None


def _distinct(issuers: tuple[Issuer, ...]) -> tuple[Issuer, ...]:
    if not issuers:
        raise ImproperlyConfigured("IssuerAuth needs an issuer: IssuerAuth(issuer=…, audience=…).")
    for each in issuers:
        if not isinstance(each, Issuer):
            raise ImproperlyConfigured(
                f"IssuerAuth takes Issuer objects, not {type(each).__name__}; a name goes into "
                "issuer=…."
            )
    for each in issuers:
        if sum(other.name == each.name or other.rules.is_named(each.name) for other in issuers) > 1:
            raise ImproperlyConfigured(
                f"IssuerAuth has the issuer {each.name!r} twice, and its tokens could be meant for "
                "either; give one of them all audiences, or make two gates."
            )
    return issuers


def _unavailable(error: JWKSUnavailableError) -> APIError:
    return APIError.refuse(
        "service_unavailable",
        "gate",
        detail="The keys to verify the token with cannot be had now; try again.",
        retry_after=error.retry_after,
    )
