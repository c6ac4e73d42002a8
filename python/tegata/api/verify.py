"""`POST verify/`."""

from __future__ import annotations

from django.http import HttpRequest

from tegata import sessions
from tegata.schemas import VerifiedSchema, VerifySchema


def verify(request: HttpRequest, payload: VerifySchema) -> VerifiedSchema:
    """Says what a token is and until when, or why it is not good. It is not consumed."""
    claims = sessions.verify(request, payload.token)
    return VerifiedSchema(
        type=claims.kind,
        user_id=claims.user_id,
        session_id=claims.session_id,
        issued_at=claims.issued_at,
        expires_at=claims.expires_at,
    )
