"""The gate: one authenticator for sync and async views."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from typing import TYPE_CHECKING, Any, Self, cast

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.views.decorators.debug import sensitive_variables
from ninja.security import HttpBearer
from ninja.security.base import SecuritySchema

from tegata import conf, events
from tegata._tegata import AccessClaims, Refusal, Requirement
from tegata.async_jwt.bearer import AsyncJwtBearer
from tegata.async_jwt.claim_rules import JWT_MANDATORY_CLAIMS, ClaimsRegistry
from tegata.async_jwt.cookie import AsyncJwtCookie
from tegata.async_jwt.encoding import decode_jwt, encode_jwt, validate_mandatory_claims
from tegata.async_jwt.keys import validate_key
from tegata.async_jwt.mixin import JwtAuthMixin
from tegata.async_jwt.response_cookies import delete_jwt_cookie, set_jwt_cookie
from tegata.auth_details import AuthDetails, AuthedRequest
from tegata.exceptions import APIError
from tegata.handlers import remember_refusal
from tegata.internal import clock, csrf
from tegata.internal.asking import asking_document, asking_operation
from tegata.internal.authorization import token_of
from tegata.internal.gate_document import document_gate, security_scheme
from tegata.internal.pending import Pending
from tegata.internal.scopes import requirement
from tegata.internal.tenants import tenant_of
from tegata.internal.transport import access_credential

if TYPE_CHECKING:
    from ninja.operation import Operation

    from tegata.internal import gate, token_types
    from tegata.tokens import Token

logger = logging.getLogger("tegata")

__all__ = [
    "JWT_MANDATORY_CLAIMS",
    "AsyncJwtBearer",
    "AsyncJwtCookie",
    "AuthDetails",
    "AuthedRequest",
    "ClaimsRegistry",
    "ForeignTokenError",
    "InsufficientTokenError",
    "JWTAuth",
    "JwtAuthMixin",
    "decode_jwt",
    "delete_jwt_cookie",
    "encode_jwt",
    "set_jwt_cookie",
    "validate_key",
    "validate_mandatory_claims",
]


class ForeignTokenError(APIError):
    """No access token, or one that no key of ours signed for us: not for this authenticator."""


class InsufficientTokenError(APIError):
    """A good access token that is not enough here: another authenticator may ask for less."""


# What leaves a request to the next authenticator of a list.
_PASSED_ON = (ForeignTokenError, InsufficientTokenError, csrf.UnprovenCookieError)


class JWTAuth(HttpBearer):
    """Lets a request in by the access token of its `Authorization: Bearer` header or its cookie.

    For `auth=` of an operation, a router or a whole API, sync or async, alone or in a list. In a
    list it passes on what carries no token of ours, or one that is not enough here; if nobody takes
    the request, the answer still says why this one did not.

    Args:
        scopes: What the token must cover, all of it: names of `TEGATA["SCOPES"]`.
        fresh: How long ago the user may have logged in at most, a timedelta or seconds; a refresh
            does not count. `None` for any time.
        session_check: What the token is checked against, if not `TEGATA["SESSION_CHECK"]`:
            `"request"`, `"cache"`, `"user"`, `"refresh"` or `"off"`.
        token_classes: The classes of `tegata.tokens` whose tokens are taken, if not
            `TEGATA["AUTH_TOKEN_CLASSES"]`.
        transport: Where the token is looked for, if not by `TEGATA["TRANSPORT"]`: `"header"`,
            `"cookie"`, or `"both"`, where one in the header wins. By a cookie, nothing is changed
            without a proof that a page of this site asks for it (CSRF).

    Raises:
        ImproperlyConfigured: There is no such scope, check or class, or the site's settings rule it
            out.
        APIError: One of `missing_token`, `invalid_token`, `invalid_token_type`, `expired_token`,
            `invalid_user`, `session_not_found`, `session_expired`, `login_required` (401),
            `csrf_failed`, `insufficient_scope` (403), or `service_unavailable` (503).
    """

    # For subclasses that do not call `__init__`.
    session_check: str | None = None
    requirement: Requirement | None = None
    scopes: tuple[str, ...] = ()
    fresh: timedelta | float | None = None
    token_classes: tuple[type[Token], ...] | None = None
    transport: str | None = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Brings in what needs the app's models; the other classes here do without the app."""
        global gate, token_types
        from tegata.internal import gate, token_types

        return super().__new__(cls)

    def __init__(
        self,
        *,
        scopes: list[str] | tuple[str, ...] | set[str] | frozenset[str] | None = None,
        fresh: timedelta | float | None = None,
        session_check: str | None = None,
        token_classes: Sequence[type[Token]] | None = None,
        transport: str | None = None,
    ) -> None:
        self.requirement = requirement(scopes, fresh)
        self.scopes = tuple(scopes or ())
        self.fresh = fresh
        if session_check is not None:
            conf.require_check(session_check)
        self.session_check = session_check
        self.token_classes = (
            None if token_classes is None else conf.require_token_classes(token_classes)
        )
        if transport is not None:
            conf.require_transport(transport)
        self.transport = transport
        # Django Ninja awaits what comes from an authenticator with this mark in async operations
        # and takes it as it is in sync ones.
        self.is_async = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuses a subclass whose own rule would be passed over somewhere.

        Raises:
            TypeError: `authenticate` is an async def, whose answer would count as a yes before it
                is awaited; or `aauthenticate` stands alone, and sync operations would not ask it.
        """
        super().__init_subclass__(**kwargs)
        if iscoroutinefunction(cls.authenticate):
            raise TypeError(f"{cls.__name__}.authenticate must not be async; see aauthenticate")
        if _is_own(cls, "aauthenticate") and not _is_own(cls, "authenticate"):
            raise TypeError(f"{cls.__name__} must override authenticate besides aauthenticate")

    # Reports of errors hide the locals of whatever is called from here on; what is awaited, or runs
    # in another thread, has to say so itself.
    @sensitive_variables()
    def __call__(self, request: HttpRequest) -> Any:
        """What Django Ninja calls; the answer fits the operation that asks."""
        operation = asking_operation()
        transport = self.transport or conf.current().TRANSPORT
        if transport == "header":
            token, is_cookie = token_of(request), False
        else:
            token, is_cookie = access_credential(request, transport)
        if operation is not None and operation.is_async:
            return Pending(partial(self._answer_async, request, operation, token, is_cookie))
        try:
            try:
                if is_cookie:
                    _prove(request)
                return _admitted(request, self.authenticate(request, _carried(token)))
            except _PASSED_ON as error:
                self._pass_on(request, operation, error)
                return None
        except APIError as error:
            events.refused(request, error, "gate")
            raise

    @sensitive_variables()
    def authenticate(self, request: HttpRequest, token: str) -> AuthDetails[Any, Any]:
        """Lets a request in by `token`. Override it to ask for more; async operations ask it too.

        Raises:
            ForeignTokenError: No key of ours signed the token for us.
            InsufficientTokenError: It does not cover the scopes, or the login is too long ago.
            APIError: As the class.
        """
        return self._admit(request, self._read(request, token))

    @sensitive_variables()
    async def aauthenticate(self, request: HttpRequest, token: str) -> AuthDetails[Any, Any]:
        """`authenticate` for async operations.

        Where rows have to be read it goes over to the database thread, once the token is read.
        Where there are tenants it does so at once: the site may have to look up whose a request is.
        """
        if _is_own(type(self), "authenticate") or conf.current().TENANT is not None:
            return await sync_to_async(self._to_be_called(request, token))()
        claims = self._read(request, token)
        if (admitted := self._let_in_at_once(claims)) is not None:
            return admitted if self.requirement is None else self._sufficient(claims, admitted)
        return await sync_to_async(self._admit)(request, claims)

    @property
    def openapi_security_schema(self) -> SecuritySchema:  # type: ignore[override]
        """How to authenticate, for the OpenAPI document; adds what it asks for
        and its refusals to the operation."""
        if (asked := asking_document()) is None:
            return SecuritySchema("http", scheme="bearer", bearerFormat="JWT")
        document, operation, requirements = asked
        document_gate(document, operation, requirements)
        return security_scheme(document.api, conf.current().TRANSPORT)

    @sensitive_variables()
    async def _answer_async(
        self, request: HttpRequest, operation: Operation, token: str | Refusal, is_cookie: bool
    ) -> AuthDetails[Any, Any] | None:
        try:
            try:
                if is_cookie and csrf.may_read_session():
                    await sync_to_async(_prove)(request)
                elif is_cookie:
                    _prove(request)
                return _admitted(request, await self.aauthenticate(request, _carried(token)))
            except _PASSED_ON as error:
                self._pass_on(request, operation, error)
                return None
        except APIError as error:
            await events.arefused(request, error, "gate")
            raise

    def _to_be_called(
        self, request: HttpRequest, token: str
    ) -> Callable[[], AuthDetails[Any, Any]]:
        """`authenticate` for another thread, to which no argument shows the token."""

        @sensitive_variables()
        def authenticate() -> AuthDetails[Any, Any]:
            return self.authenticate(request, token)

        return authenticate

    def _pass_on(self, request: HttpRequest, operation: Operation | None, error: APIError) -> None:
        # Who knows the token tells more than who does not.
        earlier = getattr(request, "_tegata_refusal", None)
        if isinstance(earlier, InsufficientTokenError) and isinstance(error, ForeignTokenError):
            error = earlier
        # Called by hand, this authenticator is in no list that another could come after it in.
        if operation is None or not any(each is self for each in operation.auth_callbacks[:-1]):
            raise error
        remember_refusal(operation.api, request, error)

    def _read(self, request: HttpRequest, token: str) -> AccessClaims:
        # Not by `tenant_of` alone: most sites have none, and a call takes longer than a look.
        tenant = None if conf.current().TENANT is None else tenant_of(request, "gate")
        claims = token_types.read(token, self.token_classes, tenant)
        if isinstance(claims, AccessClaims):
            return claims
        logger.debug("access token refused: %s", claims.reason)
        error = APIError if claims.ours else ForeignTokenError
        raise error.refuse(claims.refusal, "gate")

    def _admit(self, request: HttpRequest, claims: AccessClaims) -> AuthDetails[Any, Any]:
        admitted = self._let_in(claims)
        return admitted if self.requirement is None else self._sufficient(claims, admitted)

    def _sufficient(
        self, claims: AccessClaims, admitted: AuthDetails[Any, Any]
    ) -> AuthDetails[Any, Any]:
        asked = self.requirement
        if asked is None:
            return admitted
        refusal = conf.engine().require(clock.now(), claims, asked)
        if refusal is None:
            return admitted
        challenge = asked.challenge(refusal)
        raise InsufficientTokenError.refuse(refusal, "gate", challenge=challenge)

    def _let_in(self, claims: AccessClaims) -> AuthDetails[Any, Any]:
        return gate.admit(claims, self._check())

    def _let_in_at_once(self, claims: AccessClaims) -> AuthDetails[Any, Any] | None:
        return gate.admit_at_once(claims, self._check())

    def _check(self) -> str:
        return gate.resolve(self.session_check)


def _prove(request: HttpRequest) -> None:
    """Makes sure that a page of the site has sent a request that a cookie speaks for."""
    csrf.require(request, "gate")
    request._tegata_by_cookie = True  # type: ignore[attr-defined]


def _carried(token: str | Refusal) -> str:
    if isinstance(token, Refusal):
        raise ForeignTokenError.refuse(token, "gate")
    return token


def _is_own(cls: type[JWTAuth], method: str) -> bool:
    return getattr(cls, method) is not getattr(JWTAuth, method)


def _admitted(request: HttpRequest, answer: Any) -> AuthDetails[Any, Any] | None:
    """The answer of `authenticate`; with a yes, the request has its user."""
    if isawaitable(answer):
        # A decorator can hide an `async def` from the check of the class, and what is not awaited
        # would count as a yes.
        if iscoroutine(answer):
            answer.close()
        raise TypeError("authenticate gave an awaitable; override aauthenticate for async code")
    if isinstance(answer, AuthDetails):
        # As Django does it: nobody may ask for the user.
        user: Any = SimpleLazyObject(lambda: answer.user)
        request.user = user
        request.auser = answer.aget_user
    return cast("AuthDetails[Any, Any] | None", answer)
