"""Ending the session of a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.contrib.auth.signals import user_logged_out

from tegata import conf
from tegata._tegata import Refusal, end_of_token
from tegata.internal import clock
from tegata.tokens.base import Token, TokenError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tegata._tegata import TypedClaims


class BlacklistMixin(Token):
    """For tokens whose session can be ended by them: put it in front of the token class.

    There is one row for each login, whatever number of tokens it has had, so every token of the
    session goes with it: refresh tokens at once, access tokens as SESSION_CHECK says.
    """

    def blacklist(self, request: HttpRequest | None = None) -> bool:
        """Ends the session of the token, and sends `user_logged_out` if it was live.

        An expired token will do, and doing it twice is no mistake.

        Args:
            request: For the receivers of the signal.

        Returns:
            Whether the session was live until now.

        Raises:
            TokenError: `session_not_found`: there is no row, since the token was made without one
                or it was purged.
            APIError: `session_not_found`: SESSION_CHECK is `"off"`, and so nothing can be ended.
        """
        return end(self._claims(), request)

    def check_blacklist(self) -> None:
        """Makes sure that the session of the token has not ended, and that its user may log in.

        A refresh token that was replaced is refused too; asking about it ends nothing.

        Raises:
            TokenError: `session_expired`, `session_not_found`, `invalid_user`, or another refusal.
            APIError: `session_not_found`: SESSION_CHECK is `"off"`, and so nothing can be ended.
        """
        from tegata import sessions
        from tegata.internal import checking

        sessions.require_sessions()
        checking.check(self._claims())

    async def ablacklist(self, request: HttpRequest | None = None) -> bool:
        """`blacklist`, for async code."""
        return await sync_to_async(self.blacklist)(request)

    async def acheck_blacklist(self) -> None:
        """`check_blacklist`, for async code."""
        await sync_to_async(self.check_blacklist)()


def end(claims: TypedClaims, request: HttpRequest | None) -> bool:
    """Ends the session of a token that was read; see `BlacklistMixin.blacklist`."""
    from tegata import sessions
    from tegata.internal import loading, opening, store, user_key

    sessions.require_sessions()
    asked = end_of_token(conf.engine(), clock.now(), claims)
    if isinstance(asked, Refusal):
        raise TokenError.refuse(asked, "endpoint")
    if user_key.is_nobodys(asked.user_id):
        raise TokenError.refuse("invalid_user", "endpoint")
    with store.database_errors("endpoint"):
        loaded = loading.load(asked.session_id or "")
        if loaded is None and claims.opens_session:
            if (why := opening.insert(claims, request)) is not None:
                raise TokenError.refuse(why, "endpoint")
            loaded = loading.load(asked.session_id or "")
        if loaded is None:
            raise TokenError.refuse("session_not_found", "endpoint")
        ended = bool(store.end(asked))
    if ended:
        user = loaded.session.user
        user_logged_out.send(sender=type(user), request=request, user=user)
    return ended
