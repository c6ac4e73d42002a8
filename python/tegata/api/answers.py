"""The bodies of login and refresh, as the OpenAPI document shows them: by the site's transport."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from tegata import conf, schemas
from tegata.challenge_schemas import core_of
from tegata.internal import transport
from tegata.schemas import CookieSchema, Token


class _Given:
    """Shows what hands out tokens: in the body, in cookies, or as the client asks."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        in_cookies = core_of(CookieSchema)
        # Where the access token comes in the header, it is in the body, wherever the refresh token
        # is.
        by_site = {"header": [schema], "cookie": [in_cookies], "both": [schema, in_cookies]}
        documents: list[Any] = [handler(each) for each in by_site[conf.current().TRANSPORT]]
        return documents[0] if len(documents) == 1 else {"anyOf": documents}


TokenAnswer = Annotated[schemas.TokenSchema, _Given()]
SlidingAnswer = Annotated[schemas.SlidingTokenSchema, _Given()]


# The name of each is what the document calls it.
class RefreshTokenSchema(Schema):
    """A body with a refresh token, which may be left out where a cookie has it."""

    refresh_token: Token | None = Field(default=None, repr=False)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return _required("refresh_token", handler(schema), handler)


class SlidingTokenSchema(Schema):
    """A body with a sliding token, which may be left out where a cookie has it."""

    token: Token | None = Field(default=None, repr=False)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return _required("token", handler(schema), handler)


def _required(
    name: str, reference: JsonSchemaValue, handler: GetJsonSchemaHandler
) -> JsonSchemaValue:
    if not transport.uses_cookies():
        document = handler.resolve_ref_schema(reference)
        document["properties"][name] = {"title": name.replace("_", " ").title(), "type": "string"}
        document["required"] = [name]
    return reference
