"""`POST refresh/`."""

from __future__ import annotations

from django.http import HttpRequest

from tegata import sessions
from tegata._tegata import Tokens
from tegata.schemas import RefreshTokenSchema


def refresh(request: HttpRequest, payload: RefreshTokenSchema) -> Tokens:
    """Gives the next tokens. The answer may be asked for again if it was lost."""
    return sessions.refresh(request, payload.refresh_token)
