"""The site's user model, by the type that most user models have."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth import get_user_model

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


def user_model() -> type[AbstractUser]:
    """The model that `AUTH_USER_MODEL` names."""
    return cast("type[AbstractUser]", get_user_model())
