"""Bodies and answers of the token routes.

A schema does the work of its route while it is read, so a view of your own that takes one needs
nothing else. Such a view must not stand inside of a transaction.
"""

from __future__ import annotations

import warnings
from typing import Any

from tegata.compat.ninja_jwt.schema_base import InputSchemaMixin
from tegata.compat.ninja_jwt.schema_login import (
    AuthUserSchema,
    TokenInputSchemaMixin,
    TokenObtainInputSchemaBase,
    TokenObtainPairInputSchema,
    TokenObtainPairOutputSchema,
    TokenObtainSlidingInputSchema,
    TokenObtainSlidingOutputSchema,
    user_name_field,
)
from tegata.compat.ninja_jwt.schema_tokens import (
    TokenBlacklistInputSchema,
    TokenRefreshInputSchema,
    TokenRefreshOutputSchema,
    TokenRefreshSlidingInputSchema,
    TokenRefreshSlidingOutputSchema,
    TokenVerifyInputSchema,
)

__all__ = [
    "AuthUserSchema",
    "InputSchemaMixin",
    "TokenBlacklistInputSchema",
    "TokenInputSchemaMixin",
    "TokenObtainInputSchemaBase",
    "TokenObtainPairInputSchema",
    "TokenObtainPairOutputSchema",
    "TokenObtainSlidingInputSchema",
    "TokenObtainSlidingOutputSchema",
    "TokenRefreshInputSchema",
    "TokenRefreshOutputSchema",
    "TokenRefreshSlidingInputSchema",
    "TokenRefreshSlidingOutputSchema",
    "TokenVerifyInputSchema",
    "user_name_field",
]

_FORMER = {
    "TokenBlacklistSerializer": TokenBlacklistInputSchema,
    "TokenVerifySerializer": TokenVerifyInputSchema,
    "TokenRefreshSlidingSerializer": TokenRefreshSlidingOutputSchema,
    "TokenRefreshSlidingSchema": TokenRefreshSlidingInputSchema,
    "TokenRefreshSerializer": TokenRefreshOutputSchema,
    "TokenRefreshSchema": TokenRefreshInputSchema,
    "TokenObtainSlidingOutput": TokenObtainSlidingOutputSchema,
    "TokenObtainSerializer": TokenObtainInputSchemaBase,
    "TokenObtainPairOutput": TokenObtainPairOutputSchema,
    "TokenObtainPairSerializer": TokenObtainPairInputSchema,
    "TokenObtainSlidingSerializer": TokenObtainSlidingInputSchema,
}


def __getattr__(name: str) -> Any:
    """The names of former releases."""
    if name not in _FORMER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = _FORMER[name]
    warnings.warn(
        f"'{name}' is deprecated. Use '{value.__name__}' instead.",
        category=DeprecationWarning,
        stacklevel=2,
    )
    return value
