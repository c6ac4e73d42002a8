"""Django's hashers with little work: most tests are not about how long a hash takes."""

from django.contrib.auth import hashers


class WeakArgon2(hashers.Argon2PasswordHasher):
    """64 KiB instead of 100 MiB."""

    time_cost = 1
    memory_cost = 64
    parallelism = 2


class WeakBCryptSHA256(hashers.BCryptSHA256PasswordHasher):
    """As few rounds as there can be."""

    rounds = 4


class WeakPBKDF2(hashers.PBKDF2PasswordHasher):
    """A thousandth of the iterations."""

    iterations = 1500


class WeakScrypt(hashers.ScryptPasswordHasher):
    """Sixteen blocks."""

    work_factor = 16
    block_size = 2
    parallelism = 1
