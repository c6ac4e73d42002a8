"""Who is signed in, at `/admin/jwt_ninja/session/`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from tegata import admin as tegata_admin
from tegata.compat.jwt_ninja.models import Session


@admin.register(Session)
class SessionAdmin(tegata_admin.SessionAdmin):
    """That of Tegata, by the permissions of this app."""

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Ending needs the permission to change sessions."""
        user: Any = request.user
        return bool(user.has_perm("jwt_ninja.change_session"))
