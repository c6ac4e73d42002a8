"""`GET sessions/` and `DELETE sessions/{id}/`."""

from __future__ import annotations

from tegata import sessions
from tegata._tegata import is_session_id
from tegata.auth import AuthedRequest
from tegata.exceptions import APIError
from tegata.internal import cookie_answers, store
from tegata.models import Session


def list_sessions(request: AuthedRequest) -> list[Session]:
    """Lists the caller's active sessions, the newest first; the current one is marked."""
    own = store.sessions().filter(user_id=request.auth.user.pk)
    return list(own.active().order_by("-created_at", "id"))


def end_session(request: AuthedRequest, session_id: str) -> None:
    """Ends one of the caller's sessions."""
    sessions.require_sessions()
    own = store.sessions().filter(user_id=request.auth.user.pk)
    if is_session_id(session_id) and own.filter(pk=session_id).end("ended_by_owner"):
        if session_id == request.auth.claims.session_id:
            cookie_answers.take_back_with_session(request)
        return
    raise APIError.refuse("session_not_found", "resource")
