"""Bodies and answers of logins."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables
from ninja import Schema
from pydantic import Field, SecretStr, ValidationInfo, create_model, model_validator

from tegata import logins, sessions
from tegata.authenticators import authenticate_login
from tegata.compat.ninja_jwt import exceptions
from tegata.compat.ninja_jwt.schema_base import InputSchemaMixin, members_of, refusals, request_of
from tegata.compat.ninja_jwt.tokens import RefreshToken, SlidingToken, request_of_login
from tegata.internal import store
from tegata.internal.user_rule import may_log_in
from tegata.schemas import Text

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

_user_model: Any = get_user_model()
user_name_field: str = _user_model.USERNAME_FIELD

_FIELDS: dict[str, Any] = {user_name_field: (Text, Field(min_length=1, max_length=1024))}
_UserName = create_model("_UserName", __base__=Schema, **_FIELDS)


class AuthUserSchema(_UserName):
    """What the user logs in by."""


class TokenInputSchemaMixin(InputSchemaMixin):
    """Of the schemas of a login."""

    _user: Any = None
    _default_error_messages: ClassVar[dict[str, Any]] = {
        "no_active_account": exceptions.NO_ACTIVE_ACCOUNT
    }

    def check_user_authentication_rule(self) -> None:
        """Makes sure that the user may log in.

        Raises:
            AuthenticationFailed: It may not.
        """
        if self._user is None or not may_log_in(self._user):
            raise self._no_active_account()

    @classmethod
    def validate_values(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Makes sure that there are credentials.

        Raises:
            ValidationError: Names those that are missing.
        """
        missing = {
            name: f"{name} is required"
            for name in (user_name_field, "password")
            if not values.get(name)
        }
        if missing:
            raise exceptions.ValidationError(missing)
        return values

    @sensitive_variables()
    def authenticate(self, request: HttpRequest | None, credentials: dict[str, Any]) -> None:
        """Finds the user by `TEGATA["USER_LOGIN_AUTHENTICATOR"]`, which asks Django's backends.

        Raises:
            AuthenticationFailed: There is none, or it may not log in.
        """
        payload = _Credentials(credentials)
        self._user = authenticate_login(request or HttpRequest(), payload)
        if self._user is None:
            raise self._no_active_account()

    def output_schema(self) -> Any:
        """As `to_response_schema`."""
        warnings.warn(
            "output_schema() is deprecated in favor of to_response_schema()",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.to_response_schema()

    @classmethod
    def get_token(cls, user: AbstractBaseUser) -> dict[str, Any]:
        """The tokens of a login, and whatever else the answer holds."""
        raise NotImplementedError("Must implement `get_token` method")

    def _no_active_account(self) -> exceptions.AuthenticationFailed:
        return exceptions.AuthenticationFailed(self._default_error_messages["no_active_account"])


class TokenObtainInputSchemaBase(AuthUserSchema, TokenInputSchemaMixin):
    """A login: once it is read, the user has a session and `user_logged_in` was sent."""

    password: SecretStr = Field(max_length=4096)

    @model_validator(mode="before")
    @classmethod
    def validate_inputs(cls, values: Any) -> Any:
        """Asks `validate_values`."""
        with refusals():
            members = members_of(values)
            if members is not None:
                cls.validate_values(members)
        return values

    @model_validator(mode="after")
    @sensitive_variables()
    def post_validate(self, info: ValidationInfo) -> Self:
        """Logs in."""
        request = self._request = request_of(info)
        credentials = self.model_dump()
        credentials["password"] = self.password.get_secret_value()
        with refusals(request), store.database_errors("endpoint"):
            if "\0" in credentials["password"]:
                # As with a name: PostgreSQL would not take it.
                raise exceptions.ValidationError({"password": "must not contain a NUL character"})
            self.authenticate(request, credentials)
            self.check_user_authentication_rule()
            opened = logins.log_in_at_once_by(self._open, request or HttpRequest(), self._user)
            if opened is None:
                # A login step asks for more than a password, and here nobody can be asked.
                raise self._no_active_account()
        return self

    def _open(self, request: HttpRequest, user: AbstractBaseUser) -> Self:
        token = request_of_login.set(self._request)
        try:
            self.post_validate_schema(self)
        finally:
            request_of_login.reset(token)
        sessions.announce_login(self._request, user)
        return self

    @classmethod
    def post_validate_schema(cls, values: TokenObtainInputSchemaBase) -> None:
        """Makes the tokens.

        Raises:
            TypeError: `get_token` gave no dict.
        """
        data = cls.get_token(values._user)
        if not isinstance(data, dict):
            raise TypeError("`get_token` must return a dict.")
        # No field, so that no document shows it.
        attributes: Any = values.__dict__
        attributes["token_data"] = data

    def get_response_schema_init_kwargs(self) -> dict[str, Any]:
        """What the answer is made of."""
        return {**self.model_dump(exclude={"password"}), **self.__dict__.get("token_data", {})}

    def to_response_schema(self) -> Any:
        """The answer."""
        return self.get_response_schema()(**self.get_response_schema_init_kwargs())


class TokenObtainPairOutputSchema(AuthUserSchema):
    """What a login gives."""

    refresh: str = Field(repr=False)
    access: str = Field(repr=False)


class TokenObtainPairInputSchema(TokenObtainInputSchemaBase):
    """A login for a pair."""

    @classmethod
    def get_response_schema(cls) -> type[Schema]:
        """The schema of the answer."""
        return TokenObtainPairOutputSchema

    @classmethod
    def get_token(cls, user: AbstractBaseUser) -> dict[str, Any]:
        """The pair."""
        refresh = RefreshToken.for_user(user)
        return {"refresh": str(refresh), "access": str(refresh.access_token)}


class TokenObtainSlidingOutputSchema(AuthUserSchema):
    """What a login gives where tokens slide."""

    token: str = Field(repr=False)


class TokenObtainSlidingInputSchema(TokenObtainInputSchemaBase):
    """A login for a sliding token."""

    @classmethod
    def get_response_schema(cls) -> type[Schema]:
        """The schema of the answer."""
        return TokenObtainSlidingOutputSchema

    @classmethod
    def get_token(cls, user: AbstractBaseUser) -> dict[str, Any]:
        """The token."""
        return {"token": str(SlidingToken.for_user(user))}


class _Credentials:
    """What is handed to the authenticator: `username`, `password`, and other fields if any."""

    def __init__(self, credentials: Mapping[str, Any]) -> None:
        vars(self).update({"username": credentials.get(user_name_field), **credentials})
