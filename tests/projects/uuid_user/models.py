"""Accounts that log in by their address and are named by a UUID."""

from __future__ import annotations

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts."""

    def create_user(self, email: str, password: str) -> Account:
        """An account that can log in."""
        account = self.model(email=email)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser, PermissionsMixin):
    """An account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email: models.EmailField[str, str] = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    USERNAME_FIELD = "email"

    objects = AccountManager()

    def __str__(self) -> str:
        return self.email
