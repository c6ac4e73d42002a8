"""The gates, and a backend for `django.contrib.auth.authenticate`.

`request.auth` and `request.user` are the user. One class serves sync and async views; the names
with `Async` in front are there for code that uses them.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

import tegata.compat.ninja_jwt.installed  # noqa: F401 (ahead of what needs the tables)
from tegata import auth, conf
from tegata._tegata import AccessClaims, Refusal, TypedClaims, Unread
from tegata.auth_details import AuthDetails
from tegata.compat.ninja_jwt import exceptions, peers, tokens
from tegata.compat.ninja_jwt.exceptions import (
    AuthenticationFailed,
    InvalidToken,
    TokenError,
    UnknownTokenError,
)
from tegata.compat.ninja_jwt.handlers import answer_by, answer_here
from tegata.compat.ninja_jwt.openapi import document_refusals
from tegata.exceptions import APIError
from tegata.internal import gate, loading, store, token_types
from tegata.internal.asking import asking_document
from tegata.internal.gate_document import security_scheme
from tegata.internal.tenants import tenant_of
from tegata.internal.user_rule import may_log_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ninja.operation import Operation
    from ninja.security.base import SecuritySchema

    from tegata.tokens import Token

# Of the request whose token is read; `get_validated_token` is given the token alone.
_tenant: ContextVar[str | None] = ContextVar("ninja_jwt_tenant", default=None)

__all__ = [
    "AsyncJWTAuth",
    "AsyncJWTBaseAuthentication",
    "AsyncJWTTokenUserAuth",
    "JWTAuth",
    "JWTAuthBackend",
    "JWTBaseAuthentication",
    "JWTStatelessUserAuthentication",
    "JWTTokenUserAuth",
    "default_user_authentication_rule",
]


class JWTBaseAuthentication(auth.JWTAuth):
    """What the gates have in common: `tegata.JWTAuth`, with this library's steps and answers.

    Raises:
        APIException: `InvalidToken`, `AuthenticationFailed` or `NotAuthenticated` (401).
        APIError: `service_unavailable` (503).
    """

    def __init__(self) -> None:
        # That library knows of no cookies.
        super().__init__(transport="header")
        self.user_model = get_user_model()

    def __call__(self, request: HttpRequest) -> Any:
        """What Django Ninja calls."""
        try:
            return super().__call__(request)
        except APIError:
            answer_here()
            raise

    @classmethod
    @sensitive_variables()
    def get_validated_token(cls, raw_token: object) -> Token:
        """Reads a token of one of AUTH_TOKEN_CLASSES.

        Args:
            raw_token: A text or its bytes; anything else is no token.

        Raises:
            InvalidToken: It is not good for any of them.
        """
        try:
            text = raw_token.decode() if isinstance(raw_token, bytes) else raw_token
            # The backend is given whatever a site's own view was sent.
            text = text if isinstance(text, str) else ""
            claims: AccessClaims | Unread | peers.PeerClaims = token_types.read(
                text, None, _tenant.get()
            )
        except (APIError, UnicodeError):
            raise _invalid("invalid_token", is_ours=True) from None
        accepted = conf.current().AUTH_TOKEN_CLASSES
        if isinstance(claims, Unread):
            of_peer = None
            if not claims.ours:
                types = {each.token_type for each in accepted}
                of_peer = peers.read(text, types, _tenant.get())
            if of_peer is None:
                raise _invalid(claims.refusal.code, is_ours=claims.ours)
            claims = of_peer
        payload = claims.to_dict()
        token_type = payload.get(conf.current().TOKEN_TYPE_CLAIM)
        which = next((each for each in accepted if each.token_type == token_type), accepted[0])
        token = which._restored(payload, text, claims)
        if _checks_more(which):
            try:
                token.verify()
            except TokenError:
                raise _invalid("invalid_token", is_ours=True) from None
        return token

    def get_user(self, validated_token: Mapping[str, Any]) -> Any:
        """The user of a token, by SESSION_CHECK.

        Raises:
            InvalidToken: It names nobody, or its session has ended.
            AuthenticationFailed: The user is gone or may not be let in.
        """
        claims = _verified(validated_token)
        if isinstance(claims, peers.PeerClaims) and self._check() in ("request", "cache"):
            raise InvalidToken()
        if not isinstance(claims, AccessClaims):
            return _user_of(validated_token)
        name = conf.current().USER_ID_CLAIM
        user = _admit(claims, self._check()).user
        # Of a token that was changed since, its session is looked at all the same.
        return user if validated_token.get(name) == claims.user_id else _user_of(validated_token)

    def jwt_authenticate(self, request: HttpRequest, token: str) -> Any:
        """Lets a request in: reads the token, finds the user, and tells the request."""
        with _reading_for(request):
            validated = self.get_validated_token(token)
        user = self.get_user(validated)
        request.user = user
        request.auser = partial(_given, user)
        return user

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Lets a request in by `token`. Override it to ask for more; async operations ask it too.

        Raises:
            APIException: As the class.
        """
        return self.jwt_authenticate(request, token)

    @property
    def openapi_security_schema(self) -> SecuritySchema:  # type: ignore[override]
        """How to authenticate, for the OpenAPI document; adds the 401 to the operation."""
        if (asked := asking_document()) is None:
            return super().openapi_security_schema
        document, operation, _ = asked
        document_refusals(document, operation)
        return security_scheme(document.api)

    async def _answer_async(
        self, request: HttpRequest, operation: Operation, token: str | Refusal, is_cookie: bool
    ) -> Any:
        try:
            return await super()._answer_async(request, operation, token, is_cookie)
        except APIError:
            answer_by(operation.api)
            raise

    def _pass_on(self, request: HttpRequest, operation: Operation | None, error: APIError) -> None:
        if operation is not None:
            answer_by(operation.api)
        super()._pass_on(request, operation, exceptions.translated(error))


class JWTAuth(JWTBaseAuthentication):
    """Lets a request in by the access token of its `Authorization: Bearer` header.

    Unless `TEGATA["SESSION_CHECK"]` says otherwise, the token is checked against its user's row.
    """


class JWTStatelessUserAuthentication(JWTBaseAuthentication):
    """`JWTAuth` without a look at the database: the user is a TOKEN_USER_CLASS."""

    def get_user(self, validated_token: Mapping[str, Any]) -> Any:
        """The user that the token speaks of.

        Raises:
            InvalidToken: It names nobody.
        """
        rules, claims = conf.current(), _verified(validated_token)
        if rules.USER_ID_CLAIM not in validated_token:
            raise InvalidToken(exceptions.NO_USER_IN_TOKEN)
        if isinstance(claims, AccessClaims):
            _admit(claims, "refresh")
        return rules.TOKEN_USER_CLASS(validated_token)

    async def aauthenticate(self, request: HttpRequest, token: str) -> Any:
        """`authenticate` for async operations, which waits for nothing."""
        steps = ("authenticate", "jwt_authenticate", "get_validated_token", "get_user")
        rules = conf.current()
        # Any of these may look at rows, or wait for something else.
        asks_more = (
            rules.TENANT is not None
            or bool(rules.ACCEPT_LEGACY)
            or any(map(_checks_more, rules.AUTH_TOKEN_CLASSES))
        )
        if asks_more or any(_overrides(type(self), step) for step in steps):
            return await sync_to_async(self.authenticate)(request, token)
        return self.authenticate(request, token)


class AsyncJWTBaseAuthentication(JWTBaseAuthentication):
    """`JWTBaseAuthentication`, which serves async views too."""

    async def async_jwt_authenticate(self, request: HttpRequest, token: str) -> Any:
        """`jwt_authenticate` for async code."""
        return await sync_to_async(self.jwt_authenticate)(request, token)


class AsyncJWTAuth(AsyncJWTBaseAuthentication, JWTAuth):
    """`JWTAuth`, which serves async views too."""


class AsyncJWTTokenUserAuth(AsyncJWTBaseAuthentication, JWTStatelessUserAuthentication):
    """`JWTStatelessUserAuthentication`, which serves async views too."""


JWTTokenUserAuth = JWTStatelessUserAuthentication


class JWTAuthBackend(BaseBackend):
    """For `AUTHENTICATION_BACKENDS`: `authenticate(request, token=…)` gives the token's user."""

    @sensitive_variables()
    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, token: str | None = None
    ) -> Any:
        """The user whom a token lets in, or `None`."""
        if token is None:
            return None
        gate_of_site = JWTAuth()
        try:
            with _reading_for(request):
                validated = gate_of_site.get_validated_token(token)
            return gate_of_site.get_user(validated)
        except APIError:
            return None

    def get_user(self, user_id: Any) -> Any:
        """The user of a Django session, if it may still be let in."""
        return ModelBackend().get_user(user_id)


def default_user_authentication_rule(user: Any) -> bool:
    """Whether a user may be let in: one who is there and active."""
    return user is not None and bool(user.is_active)


@contextmanager
def _reading_for(request: HttpRequest | None) -> Iterator[None]:
    """Within it, tokens are read as those of the request's tenant."""
    token = _tenant.set(None if request is None else tenant_of(request, "gate"))
    try:
        yield
    finally:
        _tenant.reset(token)


def _overrides(cls: type[JWTBaseAuthentication], step: str) -> bool:
    made_here = next(each for each in cls.__mro__ if step in vars(each)).__module__
    return made_here != __name__


def _checks_more(token_class: type[Token]) -> bool:
    """Whether `verify` asks for more than what reading a token has made sure of."""
    verify = getattr(token_class, "verify", None)
    return verify is not None and verify is not tokens.Token.verify


def _invalid(code: str, *, is_ours: bool) -> InvalidToken:
    message = exceptions.message_of(APIError.refuse(code, "gate"))
    messages = [
        {"token_class": each.__name__, "token_type": each.token_type, "message": message}
        for each in conf.current().AUTH_TOKEN_CLASSES
    ]
    which = InvalidToken if is_ours else UnknownTokenError
    return which({"detail": exceptions.NOT_VALID_FOR_ANY_TYPE, "messages": messages})


def _verified(token: Mapping[str, Any]) -> AccessClaims | peers.PeerClaims | None:
    """What was verified when a token was read; `None` for claims from elsewhere."""
    source = getattr(token, "_source", None)
    if isinstance(source, TypedClaims):
        return source.access()
    return source if isinstance(source, AccessClaims | peers.PeerClaims) else None


def _admit(claims: AccessClaims, check: str) -> AuthDetails[Any, Any]:
    try:
        return gate.admit(claims, check)
    except APIError as error:
        if error.error_code == "invalid_user":
            # It says which of the two it is.
            _user_of(claims.to_dict())
        raise exceptions.translated(error) from None


def _user_of(claims: Mapping[str, Any]) -> Any:
    """The user whom claims name, by its row alone."""
    name = conf.current().USER_ID_CLAIM
    if name not in claims:
        raise InvalidToken(exceptions.NO_USER_IN_TOKEN)
    user_id = claims[name]
    with store.database_errors("gate"):
        is_key = isinstance(user_id, int | str)
        loaded = loading.load_user(user_id) if is_key else None
    if loaded is None:
        raise AuthenticationFailed(exceptions.USER_NOT_FOUND)
    if not may_log_in(loaded.user):
        raise AuthenticationFailed(exceptions.USER_INACTIVE)
    return loaded.user


async def _given(user: Any) -> Any:
    return user
