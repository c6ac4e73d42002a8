"""The backend of the settings."""

from __future__ import annotations

from typing import Any

from tegata.compat.ninja_jwt.backends import TokenBackend
from tegata.compat.ninja_jwt.settings import api_settings


class _OfSettings(TokenBackend):
    """A backend that is made anew from the settings whenever it is asked."""

    def __init__(self) -> None:
        """Nothing is read yet."""

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__"):
            return super().__getattribute__(name)
        backend = TokenBackend(
            api_settings.ALGORITHM,
            api_settings.SIGNING_KEY,
            api_settings.VERIFYING_KEY,
            api_settings.AUDIENCE,
            api_settings.ISSUER,
            api_settings.JWK_URL,
            api_settings.LEEWAY,
            api_settings.JSON_ENCODER,
        )
        return getattr(backend, name)


token_backend: TokenBackend = _OfSettings()
