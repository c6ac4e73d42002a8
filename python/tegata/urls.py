"""What a site publishes about its tokens, for the root of its URLs.

urlpatterns = [path("", include("tegata.urls")), path("api/", api.urls)]
"""

from __future__ import annotations

from django.urls import path

from tegata.well_known import issuer_metadata, jwks

app_name = "tegata"
urlpatterns = [
    path(".well-known/jwks.json", jwks, name="jwks"),
    path(".well-known/oauth-authorization-server", issuer_metadata, name="issuer_metadata"),
    # Of an issuer whose identifier has a path (RFC 8414 section 3.1).
    path(".well-known/oauth-authorization-server/<path:issuer_path>", issuer_metadata),
]
