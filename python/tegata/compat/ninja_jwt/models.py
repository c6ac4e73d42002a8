"""A user by what a token says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import models as auth_models
from django.db.models.manager import EmptyManager

from tegata import token_user

_GROUPS: Any = EmptyManager(auth_models.Group)
_PERMISSIONS: Any = EmptyManager(auth_models.Permission)


class TokenUser(token_user.TokenUser):
    """What the stateless gate puts in the place of a user's row.

    Groups and permissions are none, whatever the token says; for those of the token there is
    `tegata.TokenUser`. What the token does not say is no attribute.
    """

    @property
    def groups(self) -> Any:
        """None."""
        return _GROUPS

    @property
    def user_permissions(self) -> Any:
        """None."""
        return _PERMISSIONS

    def get_all_permissions(self, obj: object = None) -> set[str]:
        """None."""
        return set()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Never."""
        return False

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        """Never."""
        return False

    def has_module_perms(self, module: str) -> bool:
        """Never."""
        return False
