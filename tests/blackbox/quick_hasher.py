"""Django's own form of password hashes, at no cost."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """Both faces verify what it makes, which a hash that is no form of passwords would not be."""

    iterations = 1
