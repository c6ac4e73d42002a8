"""Keys of three types, and an address in the place of a user name."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


def text_key() -> str:
    """A key that looks like no number and no UUID."""
    return f"user:{uuid4().hex}/\u00e9"


class AddressManager(BaseUserManager[Any]):
    """Makes users by address and password."""

    def create_user(self, email: str, password: str) -> Any:
        """A user who can log in."""
        user = self.model(email=email)
        user.set_password(password)
        user.save(using=self._db)
        return user


class AddressUser(AbstractBaseUser):
    """Logs in by address."""

    email = models.EmailField(unique=True)

    objects: ClassVar[AddressManager] = AddressManager()

    USERNAME_FIELD = "email"

    class Meta:
        abstract = True


class UUIDUser(AddressUser):
    """Has a UUID for a key."""

    id = models.UUIDField(primary_key=True, default=uuid4)

    class Meta:
        swappable = "AUTH_USER_MODEL"


class TextUser(AddressUser):
    """Has any text for a key."""

    id = models.CharField(primary_key=True, max_length=64, default=text_key)

    class Meta:
        swappable = "AUTH_USER_MODEL"


class BigUser(AddressUser):
    """Has a number for a key that a float cannot hold."""

    id = models.BigIntegerField(primary_key=True, default=2**53 + 1)

    class Meta:
        swappable = "AUTH_USER_MODEL"


class PublicIdUser(AddressUser):
    """Has a number for a key, and another name by which tokens call it."""

    public_id = models.UUIDField(unique=True, default=uuid4)

    class Meta:
        swappable = "AUTH_USER_MODEL"
