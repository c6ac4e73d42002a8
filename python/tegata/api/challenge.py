"""`POST login/challenge/`."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse

from tegata import logins
from tegata._tegata import Tokens
from tegata.api.login import answer_of
from tegata.challenge_schemas import ChallengeAnswerSchema
from tegata.internal import transport


def answer_challenge(request: HttpRequest, payload: ChallengeAnswerSchema) -> Tokens | HttpResponse:
    """Takes the answer to a login's challenge: gives the tokens as `login/` does, or the next
    challenge."""
    by_cookie = transport.login_uses_cookies(request)
    given = cast("dict[str, Any]", payload.answer)
    return answer_of(request, logins.answer(request, payload.challenge_token, given), by_cookie)
