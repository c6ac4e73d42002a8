"""Sessions in the admin, by the names that there were."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from tegata import admin as tegata_admin
from tegata.compat.ninja_jwt.token_blacklist.models import BlacklistedToken, OutstandingToken


class _OfThisApp(tegata_admin.SessionAdmin):
    def has_end_permission(self, request: HttpRequest) -> bool:
        """Ending needs the permission to change the rows of this app."""
        user: Any = request.user
        return bool(user.has_perm(f"token_blacklist.change_{self.opts.model_name}"))


@admin.register(OutstandingToken)
class OutstandingTokenAdmin(_OfThisApp):
    """Every session."""


@admin.register(BlacklistedToken)
class BlacklistedTokenAdmin(_OfThisApp):
    """Those that have ended."""
