"""Tokens from elsewhere: those that another issuer has signed, such as an identity provider.

It comes with the extra `tegata[jwks]`. The guide is
[Tokens from elsewhere](../guides/tokens-from-elsewhere.md).
"""

from tegata.issuers.auth import IssuerAuth
from tegata.issuers.claims import IssuerClaims
from tegata.issuers.details import IssuerAuthDetails, RemoteUser
from tegata.issuers.issuer import Issuer, Rules
from tegata.issuers.presets import (
    ANY_TENANT,
    auth0,
    cognito,
    entra,
    firebase,
    google,
    keycloak,
    supabase,
)
from tegata.issuers.users import LocalUsers, username_of

__all__ = [
    "ANY_TENANT",
    "Issuer",
    "IssuerAuth",
    "IssuerAuthDetails",
    "IssuerClaims",
    "LocalUsers",
    "RemoteUser",
    "Rules",
    "auth0",
    "cognito",
    "entra",
    "firebase",
    "google",
    "keycloak",
    "supabase",
    "username_of",
]
