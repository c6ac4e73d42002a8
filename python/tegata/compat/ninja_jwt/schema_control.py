"""The schemas that the settings name."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from tegata.compat.ninja_jwt.schema import InputSchemaMixin, TokenInputSchemaMixin
from tegata.compat.ninja_jwt.settings import api_settings

_LOGINS = ("TOKEN_OBTAIN_PAIR_INPUT_SCHEMA", "TOKEN_OBTAIN_SLIDING_INPUT_SCHEMA")


def schema_of(setting: str) -> Any:
    """The schema that a setting names.

    Raises:
        ImproperlyConfigured: It cannot be imported, or is none for this place.
    """
    value = getattr(api_settings, setting)
    try:
        schema = import_string(value) if isinstance(value, str) else value
    except ImportError as error:
        raise ImproperlyConfigured(f"{setting} cannot be imported: {error}.") from error
    base = TokenInputSchemaMixin if setting in _LOGINS else InputSchemaMixin
    if not (isinstance(schema, type) and issubclass(schema, base)):
        raise ImproperlyConfigured(f"{setting} must inherit from ninja_jwt.schema.{base.__name__}.")
    return schema


class SchemaControl:
    """The schemas as attributes, each as the settings have it when it is asked for."""

    def __init__(self, api_settings: object = None) -> None:
        """Takes the settings for the sake of callers; there is one `api_settings` only."""

    @property
    def verify_schema(self) -> Any:
        """TOKEN_VERIFY_INPUT_SCHEMA."""
        return schema_of("TOKEN_VERIFY_INPUT_SCHEMA")

    @property
    def blacklist_schema(self) -> Any:
        """TOKEN_BLACKLIST_INPUT_SCHEMA."""
        return schema_of("TOKEN_BLACKLIST_INPUT_SCHEMA")

    @property
    def obtain_pair_schema(self) -> Any:
        """TOKEN_OBTAIN_PAIR_INPUT_SCHEMA."""
        return schema_of("TOKEN_OBTAIN_PAIR_INPUT_SCHEMA")

    @property
    def obtain_pair_refresh_schema(self) -> Any:
        """TOKEN_OBTAIN_PAIR_REFRESH_INPUT_SCHEMA."""
        return schema_of("TOKEN_OBTAIN_PAIR_REFRESH_INPUT_SCHEMA")

    @property
    def obtain_sliding_schema(self) -> Any:
        """TOKEN_OBTAIN_SLIDING_INPUT_SCHEMA."""
        return schema_of("TOKEN_OBTAIN_SLIDING_INPUT_SCHEMA")

    @property
    def obtain_sliding_refresh_schema(self) -> Any:
        """TOKEN_OBTAIN_SLIDING_REFRESH_INPUT_SCHEMA."""
        return schema_of("TOKEN_OBTAIN_SLIDING_REFRESH_INPUT_SCHEMA")
