"""What the bearer and the cookie class share."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

from tegata.async_jwt import current
from tegata.async_jwt.claim_rules import ClaimsRegistry, with_settings
from tegata.async_jwt.encoding import read_jwt
from tegata.async_jwt.errors import is_refusal
from tegata.async_jwt.keys import default_algorithm, verifying_keys
from tegata.async_jwt.purpose import opens_views
from tegata.internal.asking import asking_operation
from tegata.internal.pending import Pending

if TYPE_CHECKING:
    from django.http import HttpRequest

_SETTING = "JWT_PUBLIC_KEY"


class JwtAuthMixin:
    """Lets a request in by a signed token and by what `auth_handler` makes of its claims.

    For sync and async operations alike. There are no sessions: a token is good until it expires.
    One that calls itself a refresh or an ID token is refused.

    Attributes:
        jwt_public: The key or key set that verifies, of `tegata.jose` or joserfc; JWT_PUBLIC_KEY if
            it is not said.
        claims: The rules for claims, as `ClaimsRegistry` takes them. Those for `iss` and `aud` are
            JWT_ISSUER and JWT_AUDIENCE if they are not said.
        algorithms: The algorithms accepted; JWT_ALGORITHM, if that is set and they are not said.
    """

    jwt_public: Any = None
    claims: Mapping[str, Mapping[str, Any]] = {}
    algorithms: Sequence[str] = ["RS256"]
    # Django Ninja awaits what comes from an authenticator with this mark in async operations and
    # takes it as it is in sync ones.
    is_async = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Made once, for all requests.

        Raises:
            ImproperlyConfigured: The key is none, or is for none of the algorithms, or a rule is
                none.
        """
        super().__init__(*args, **kwargs)
        self.is_async = True
        name = type(self).__name__
        try:
            self.get_claims()
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}.{error}") from None
        if self.jwt_public is not None:
            verifying_keys(self.jwt_public, self._algorithms(), f"{name}.jwt_public")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuses a subclass whose rules nobody would wait for.

        Raises:
            TypeError: `validate_claims` is an async def, whose answer would count as a yes.
        """
        super().__init_subclass__(**kwargs)
        if iscoroutinefunction(cls.validate_claims):
            raise TypeError(f"{cls.__name__}.validate_claims must not be async; see auth_handler")

    def __call__(self, request: HttpRequest) -> Any:
        """What Django Ninja calls, for a class of the site's own over another of Django Ninja's.

        Such a class finds the token and calls `authenticate`; the answer fits the operation that
        asks.
        """
        current.begin(request, self)
        answer: Any = super().__call__(request)  # type: ignore[misc] # pyright: ignore

        async def decide() -> Any:
            return self._settled(await answer)

        return self._fit(decide) if isawaitable(answer) else answer

    @property
    def dcd(self) -> Any:
        """The token that this authenticator has read for the request that is being answered.

        A `tegata.jose.Token`, and in `auth_handler` there always is one. `None` where it has read
        none, or has not let it in: in a view behind another authenticator, or after the request.
        """
        return current.token_of(self)

    @dcd.setter
    def dcd(self, token: Any) -> None:
        current.put(self, token)

    @classmethod
    def get_claims(cls) -> ClaimsRegistry:
        """The registry of the class's rules."""
        return ClaimsRegistry(with_settings(cls.claims))

    def validate_claims(self, claims: Mapping[str, Any]) -> None:
        """Checks the claims of a token that was verified. Override it to ask for more.

        Raises:
            JoseError: One is refused; it is joserfc's `JoseError` too, if that is installed.
        """
        self.get_claims().validate(claims)

    async def auth_handler(self, request: HttpRequest) -> Any:
        """Whose request it is, by `self.dcd.claims`; what comes out is `request.auth`.

        Override it: `None` and everything else that is false lets nobody in.
        """
        return None

    @sensitive_variables()
    async def authenticate(self, request: HttpRequest, token: str | None) -> Any:
        """Reads the token, checks its claims, and asks `auth_handler`.

        Returns:
            What that says, or `False` if the token is refused.

        Raises:
            ImproperlyConfigured: There is no key.
        """
        with current.deciding(request, self):
            let_in = False
            try:
                if not token or not self._reads(token):
                    return False
                answer: Any = self.auth_handler(request)
                answer = await answer if isawaitable(answer) else answer
                let_in = bool(answer)
                return answer
            finally:
                if not let_in:
                    current.put(self, None)

    @sensitive_variables()
    def _reads(self, token: str) -> bool:
        keys = verifying_keys(self.jwt_public, self._algorithms(), self._key_name())
        try:
            decoded = read_jwt(token, keys, require=ClaimsRegistry(self.claims).required)
            if not opens_views(decoded, self.claims):
                return False
            current.put(self, decoded)
            self.validate_claims(decoded.claims)
        except Exception as error:
            if not is_refusal(error):
                raise
            return False
        return True

    def _algorithms(self) -> Sequence[str] | str | None:
        if self.algorithms and self.algorithms is not JwtAuthMixin.algorithms:
            return self.algorithms
        return default_algorithm() or self.algorithms

    def _key_name(self) -> str:
        return _SETTING if self.jwt_public is None else f"{type(self).__name__}.jwt_public"

    async def _check(self, request: HttpRequest) -> None:
        """What is asked of the request before its token is looked at."""

    def _answer(self, request: HttpRequest, token: str) -> Any:
        """What Django Ninja gets; it fits the operation that asks."""

        return self._fit(partial(self._decide, request, token))

    @sensitive_variables()
    async def _decide(self, request: HttpRequest, token: str) -> Any:
        await self._check(request)
        answer: Any = self.authenticate(request, token)
        return self._settled(await answer if isawaitable(answer) else answer)

    def _fit(self, decide: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        operation = asking_operation()
        if operation is not None and not operation.is_async:
            return async_to_sync(decide)()
        return Pending(decide)

    def _settled(self, answer: Any) -> Any:
        if isawaitable(answer):
            # What is not awaited would count as a yes.
            if iscoroutine(answer):
                answer.close()
            raise TypeError(f"{type(self).__name__} gave an awaitable where an answer was due")
        return answer
