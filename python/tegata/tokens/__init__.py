"""Tokens as objects: made for a user, read from a string, with their claims as a mapping.

What a token says and whether it is good is decided by the engine. These classes are for views of
your own; the auth routes need none of them.
"""

from tegata.tokens.base import Token, TokenError
from tegata.tokens.blacklist import BlacklistMixin
from tegata.tokens.kinds import AccessToken, RefreshToken, SlidingToken, UntypedToken

__all__ = [
    "AccessToken",
    "BlacklistMixin",
    "RefreshToken",
    "SlidingToken",
    "Token",
    "TokenError",
    "UntypedToken",
]
