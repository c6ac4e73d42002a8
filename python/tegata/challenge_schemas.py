"""The challenge of a login step, and its answer, as they go over the wire."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from tegata import conf
from tegata.schemas import Token


# Not a Schema of Django Ninja: that one drops members that it has no field for.
class ChallengeSchema(BaseModel):
    """A login that is not done yet: which step asks. What that step shows stands beside.

    Attributes:
        challenge_token: Send it to `login/challenge/` with the answer, from the same client.
        step: The name of the step.
        expires_in: Seconds left for the answer.
    """

    model_config = ConfigDict(extra="allow")

    challenge_token: str = Field(repr=False)
    step: str
    expires_in: int

    def response(self) -> JsonResponse:
        """As the answer of a view: 202, never cached."""
        response = JsonResponse(self.model_dump(mode="json"), status=202)
        response["Cache-Control"] = "no-store"
        return response

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        reference = handler(schema)
        document = handler.resolve_ref_schema(reference)
        asking = [step for step in conf.current().LOGIN_STEPS if step.answer_schema is not None]
        if asking:
            document["properties"]["step"]["enum"] = [step.name for step in asking]
        for step in asking:
            if step.shown_schema is not None:
                shown = handler.resolve_ref_schema(handler(core_of(step.shown_schema)))
                for name, member in shown.get("properties", {}).items():
                    known = document["properties"].setdefault(name, member)
                    # Two steps that show different things under one name.
                    if known != member:
                        document["properties"][name] = {}
        return reference


def _storable(answer: dict[str, Any]) -> dict[str, Any]:
    """Refuses text that no database and no UTF-8 can hold, however deep it lies."""
    left: list[Any] = [answer]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            left += value
        elif isinstance(value, str):
            if "\0" in value:
                raise ValueError("must not contain a NUL character")
            try:
                value.encode()
            except UnicodeEncodeError:
                raise ValueError("must not contain a lone surrogate") from None
    return answer


class StepAnswer:
    """An answer: a JSON object as the `answer_schema` of the step that asks."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        any_object = core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema())
        return core_schema.no_info_after_validator_function(_storable, any_object)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schemas = [step.answer_schema for step in conf.current().LOGIN_STEPS]
        documents = [handler(core_of(each)) for each in schemas if each is not None]
        if not documents:
            return {"type": "object"}
        return documents[0] if len(documents) == 1 else {"anyOf": documents}


class ChallengeAnswerSchema(Schema):
    """The body of `login/challenge/`."""

    challenge_token: Token = Field(repr=False)
    answer: StepAnswer = Field(repr=False)


def core_of(model: type[BaseModel]) -> CoreSchema:
    """What pydantic knows of a model."""
    model.model_rebuild()
    return model.__pydantic_core_schema__
