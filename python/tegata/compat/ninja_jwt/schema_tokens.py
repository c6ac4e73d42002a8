"""Bodies and answers for tokens that are presented."""

from __future__ import annotations

from functools import partial
from typing import Any, Self

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables
from ninja import Schema
from pydantic import Field, ValidationInfo, model_validator

from tegata import conf, sessions, sliding
from tegata._tegata import read_sliding
from tegata.api import token_views
from tegata.api.refresh import count
from tegata.compat.ninja_jwt import exceptions
from tegata.compat.ninja_jwt.schema_base import InputSchemaMixin, members_of, refusals, request_of
from tegata.internal import store
from tegata.schemas import Token


class _OneToken(Schema, InputSchemaMixin):
    """A body with a token."""

    @model_validator(mode="before")
    @classmethod
    def validate_schema(cls, values: Any) -> Any:
        """Makes sure that there is one.

        Raises:
            ValidationError: There is none.
        """
        name = "refresh" if "refresh" in cls.model_fields else "token"
        with refusals():
            members = members_of(values)
            if members is not None and not members.get(name):
                raise exceptions.ValidationError({name: "token is required"})
        return values

    @model_validator(mode="after")
    @sensitive_variables()
    def post_validate(self, info: ValidationInfo) -> Self:
        """Does the work of the route."""
        self._request = request_of(info)
        with refusals(self._request), store.database_errors("endpoint"):
            self._present(self._request or HttpRequest())
        return self

    def _present(self, request: HttpRequest) -> None:
        """What is done while it is read."""


class TokenRefreshOutputSchema(Schema):
    """What a refresh gives: where rotation is off, the refresh token that was presented."""

    refresh: str = Field(repr=False)
    access: str | None = Field(repr=False)


class TokenRefreshInputSchema(_OneToken):
    """A refresh token."""

    refresh: Token = Field(repr=False)

    @classmethod
    def get_response_schema(cls) -> type[Schema]:
        """The schema of the answer."""
        return TokenRefreshOutputSchema

    @sensitive_variables()
    def to_response_schema(self) -> Any:
        """The answer; the token is used now.

        Raises:
            InvalidToken: The token is not good.
            AuthenticationFailed: The user is gone or may not be let in.
        """
        request = self._request or HttpRequest()
        with refusals(request):
            count(request, self.refresh, conf.engine().read_refresh)
            tokens = sessions.refresh(request, self.refresh)
        fresh = {"refresh": tokens.refresh_token or self.refresh, "access": tokens.access_token}
        return self.get_response_schema()(**{**self.model_dump(), **fresh})


class TokenRefreshSlidingOutputSchema(Schema):
    """What a refresh gives where tokens slide."""

    token: str = Field(repr=False)


class TokenRefreshSlidingInputSchema(_OneToken):
    """A sliding token."""

    token: Token = Field(repr=False)

    @classmethod
    def get_response_schema(cls) -> type[Schema]:
        """The schema of the answer."""
        return TokenRefreshSlidingOutputSchema

    @sensitive_variables()
    def to_response_schema(self) -> Any:
        """The answer; the token is used now.

        Raises:
            InvalidToken: The token is not good.
            AuthenticationFailed: The user is gone or may not be let in.
        """
        request = self._request or HttpRequest()
        with refusals(request):
            count(request, self.token, partial(read_sliding, conf.engine()))
            fresh = sliding.refresh(request, self.token)
        return self.get_response_schema()(**{**self.model_dump(), "token": fresh})


class TokenVerifyInputSchema(_OneToken):
    """A token of those that open views: once it is read, it was good."""

    token: Token = Field(repr=False)

    @classmethod
    def get_response_schema(cls) -> type[Schema]:
        """The schema of the answer."""
        return Schema

    def to_response_schema(self) -> Any:
        """The answer."""
        return {}

    def _present(self, request: HttpRequest) -> None:
        token_views.verify(request, self)


class TokenBlacklistInputSchema(_OneToken):
    """A refresh token, or a sliding one: once it is read, its session has ended."""

    refresh: Token = Field(repr=False)

    @classmethod
    def get_response_schema(cls) -> type[Schema]:
        """The schema of the answer."""
        return Schema

    @property
    def refresh_token(self) -> str:
        """The token, by Tegata's name."""
        return self.refresh

    def to_response_schema(self) -> Any:
        """The answer."""
        return {}

    def _present(self, request: HttpRequest) -> None:
        token_views.blacklist(request, self)
