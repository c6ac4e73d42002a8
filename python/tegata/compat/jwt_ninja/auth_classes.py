"""The gate."""

from tegata.auth import AuthDetails, AuthedRequest, JWTAuth

__all__ = ["AuthDetails", "AuthedRequest", "JWTAuth"]
