"""The gate: one authenticator for sync and async views."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from typing import TYPE_CHECKING, Any, Generic, cast

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer
from ninja.security.base import SecuritySchema
from pydantic import ValidationError
from typing_extensions import TypeVar

from tegata import conf
from tegata._tegata import AccessClaims, Refusal, bearer_token
from tegata.exceptions import APIError
from tegata.handlers import remember_refusal
from tegata.internal import store
from tegata.internal.asking import asking_document, asking_operation
from tegata.internal.gate_document import document_refusals, security_scheme
from tegata.payload import JWTPayload
from tegata.sessions import carry_out

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AbstractUser
    from ninja.operation import Operation

    from tegata.models import Session

logger = logging.getLogger("tegata")

UserT = TypeVar("UserT", bound="AbstractBaseUser", default="AbstractUser")
ClaimsT = TypeVar("ClaimsT", bound=JWTPayload, default=JWTPayload)


@dataclass(frozen=True, slots=True)
class AuthDetails(Generic[UserT, ClaimsT]):
    """What `request.auth` holds once `JWTAuth` has let a request in.

    Attributes:
        user: The user, loaded; `request.user` is the same object.
        session: The `Session` of the token, loaded.
        claims: The token's claims, an instance of `TEGATA["PAYLOAD_CLASS"]`.
    """

    user: UserT
    session: Session
    claims: ClaimsT

    def __str__(self) -> str:
        """The user's primary key, by which Django Ninja's `AuthRateThrottle` counts."""
        return str(self.user.pk)

    async def aget_user(self) -> UserT:
        """The user, for async views that would rather not know what is loaded."""
        return self.user


class AuthedRequest(HttpRequest, Generic[UserT, ClaimsT]):
    """The type of a request that `JWTAuth` has let in, for annotations.

    `AuthedRequest[MyUser, MyPayload]` says which user model and payload class the site has.
    """

    auth: AuthDetails[UserT, ClaimsT]


class ForeignTokenError(APIError):
    """An access token that no key of ours signed for us: another authenticator may know it."""


class _Pending:
    """An answer that only an `await` brings.

    Should anything take it for the answer itself, it counts as a no.
    """

    def __init__(self, answer: Callable[[], Awaitable[AuthDetails[Any, Any] | None]]) -> None:
        self._answer = answer

    def __await__(self) -> Generator[Any, None, AuthDetails[Any, Any] | None]:
        return self._answer().__await__()

    def __bool__(self) -> bool:
        return False


class JWTAuth(HttpBearer):
    """Lets a request in by the access token of its `Authorization: Bearer` header.

    For `auth=` of an operation, a router or a whole API, sync or async, alone or in a list. In a
    list it passes on what carries no token of ours; if nobody takes the request, the answer still
    says why this one did not.

    Raises:
        APIError: One of `missing_token`, `invalid_token`, `invalid_token_type`, `expired_token`,
            `invalid_user`, `session_not_found`, `session_expired` (401), or
            `service_unavailable` (503).
    """

    def __init__(self) -> None:
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

    def __call__(self, request: HttpRequest) -> Any:
        """What Django Ninja calls; the answer fits the operation that asks."""
        operation = asking_operation()
        token = bearer_token(request.headers.get("Authorization"))
        if isinstance(token, Refusal):
            self._pass_on(request, operation, APIError.refuse(token, "gate"))
            return None
        if operation is not None and operation.is_async:
            return _Pending(partial(self._answer_async, request, operation, token))
        try:
            return _admitted(request, self.authenticate(request, token))
        except ForeignTokenError as error:
            self._pass_on(request, operation, error)
            return None

    def authenticate(self, request: HttpRequest, token: str) -> AuthDetails[Any, Any]:
        """Lets a request in by `token`. Override it to ask for more; async operations ask it too.

        Raises:
            ForeignTokenError: No key of ours signed the token for us.
            APIError: As the class.
        """
        return self._admit(request, self._read(token))

    async def aauthenticate(self, request: HttpRequest, token: str) -> AuthDetails[Any, Any]:
        """`authenticate` for async operations: on the database thread, once the token is read."""
        if _is_own(type(self), "authenticate"):
            return await sync_to_async(self.authenticate)(request, token)
        return await sync_to_async(self._admit)(request, self._read(token))

    @property
    def openapi_security_schema(self) -> SecuritySchema:  # type: ignore[override]
        """How to authenticate, for the OpenAPI document; adds the 401 to the operation."""
        if (asked := asking_document()) is None:
            return SecuritySchema("http", scheme="bearer", bearerFormat="JWT")
        document, operation = asked
        document_refusals(document, operation)
        return security_scheme(document.api)

    async def _answer_async(
        self, request: HttpRequest, operation: Operation, token: str
    ) -> AuthDetails[Any, Any] | None:
        try:
            answer = await self.aauthenticate(request, token)
        except ForeignTokenError as error:
            self._pass_on(request, operation, error)
            return None
        return _admitted(request, answer)

    def _pass_on(self, request: HttpRequest, operation: Operation | None, error: APIError) -> None:
        # Called by hand, this authenticator is in no list that another could come after it in.
        if operation is None or not any(each is self for each in operation.auth_callbacks[:-1]):
            raise error
        remember_refusal(operation.api, request, error)

    def _read(self, token: str) -> AccessClaims:
        claims = conf.engine().read_access(timezone.now(), token)
        if isinstance(claims, AccessClaims):
            return claims
        logger.debug("access token refused: %s", claims.reason)
        error = APIError if claims.ours else ForeignTokenError
        raise error.refuse(claims.refusal, "gate")

    def _admit(self, request: HttpRequest, claims: AccessClaims) -> AuthDetails[Any, Any]:
        with store.database_errors("gate"):
            session = store.load(claims.session_id)
            admission = conf.engine().admit(timezone.now(), claims, *store.rows(session))
            carry_out(admission, claims.session_id, "gate")
        if session is None:
            raise APIError.refuse("session_not_found", "gate")
        user: AbstractBaseUser = session.user
        return AuthDetails(user=user, session=session, claims=_payload(claims))


def _is_own(cls: type[JWTAuth], method: str) -> bool:
    return getattr(cls, method) is not getattr(JWTAuth, method)


def _payload(claims: AccessClaims) -> JWTPayload:
    rules = conf.current()
    values = claims.to_dict()
    # All out before any goes in: one may bear the name that another has here.
    values |= {
        field: values.pop(name)
        for field, name in (
            ("type", rules.TOKEN_TYPE_CLAIM),
            ("user_id", rules.USER_ID_CLAIM),
            ("session_id", rules.SESSION_ID_CLAIM),
            ("generation", rules.GENERATION_CLAIM),
        )
    }
    try:
        return rules.PAYLOAD_CLASS.model_validate(values)
    except ValidationError:
        raise APIError.refuse("invalid_token", "gate") from None


def _admitted(request: HttpRequest, answer: Any) -> AuthDetails[Any, Any] | None:
    """The answer of `authenticate`; with a yes, the request has its user."""
    if isawaitable(answer):
        # A decorator can hide an `async def` from the check of the class, and what is not awaited
        # would count as a yes.
        if iscoroutine(answer):
            answer.close()
        raise TypeError("authenticate gave an awaitable; override aauthenticate for async code")
    if isinstance(answer, AuthDetails):
        user: Any = answer.user

        async def auser() -> Any:
            return user

        request.user = user
        request.auser = auser
    return cast("AuthDetails[Any, Any] | None", answer)
