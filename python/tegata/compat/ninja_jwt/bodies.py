"""Types for the parameters and answers of routes whose schema a setting names.

Each is whatever the setting says at the time of the request.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from tegata.compat.ninja_jwt.schema_control import schema_of


class _OfSetting:
    setting: ClassVar[str]

    @classmethod
    def schema(cls) -> type[BaseModel]:
        """The schema in force."""
        raise NotImplementedError

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(cls.schema().__pydantic_core_schema__)


class _Body(_OfSetting):
    @classmethod
    def schema(cls) -> type[BaseModel]:
        found: type[BaseModel] = schema_of(cls.setting)
        return found

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def read(value: Any, info: ValidationInfo) -> BaseModel:
            return cls.schema().model_validate(value, context=info.context)

        return core_schema.with_info_plain_validator_function(read)


class _Answer(_OfSetting):
    @classmethod
    def schema(cls) -> type[BaseModel]:
        found: type[BaseModel] = schema_of(cls.setting).get_response_schema()
        return found

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def read(value: Any, info: ValidationInfo) -> BaseModel:
            return cls.schema().model_validate(value, context=info.context)

        return core_schema.with_info_plain_validator_function(
            read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda answer: answer.model_dump()
            ),
        )


def body(setting: str) -> Any:
    """The type of a parameter."""
    return type(setting.title().replace("_", ""), (_Body,), {"setting": setting})


def answer(setting: str) -> Any:
    """The type of an answer."""
    name = setting.replace("_INPUT_", "_OUTPUT_").title().replace("_", "")
    return type(name, (_Answer,), {"setting": setting})
