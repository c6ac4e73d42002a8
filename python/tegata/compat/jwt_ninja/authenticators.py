"""Who is logging in."""

from tegata.authenticators import django_user_authenticator

__all__ = ["django_user_authenticator"]
