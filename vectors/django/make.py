"""Makes passwords.json: passwords and what Django stores of them.

pip install 'Django>=6.1' argon2-cffi bcrypt
python vectors/django/make.py > vectors/django/passwords.json
"""

import json
import sys

import django
from django.conf import settings
from django.contrib.auth import hashers

PASSWORDS = ["correct horse battery staple", "pässwörd 日本 😀", "", " x ", "a" * 300, "nul\0byte"]
WEAKER = [
    ("pbkdf2_sha256", {"iterations": 1000}),
    ("pbkdf2_sha1", {"iterations": 1000}),
    ("bcrypt_sha256", {"rounds": 4}),
    ("argon2", {"time_cost": 1, "memory_cost": 64, "parallelism": 2}),
    ("scrypt", {"work_factor": 16, "block_size": 2, "parallelism": 1}),
]


def make() -> dict[str, object]:
    """Each password by each hasher with little work, and one with as much as Django does."""
    vectors = []
    for name, parameters in WEAKER:
        hasher = hashers.get_hasher(name)
        for key, value in parameters.items():
            setattr(hasher, key, value)
        for password in PASSWORDS:
            encoded = hasher.encode(password, hasher.salt())
            vectors.append({"password": password, "encoded": encoded})
    for name, _ in WEAKER:
        hasher = type(hashers.get_hasher(name))()
        encoded = hasher.encode(PASSWORDS[0], hasher.salt())
        vectors.append({"password": PASSWORDS[0], "encoded": encoded})
    refused = [hashers.make_password(None), hashers.make_password("x", hasher="md5"), ""]
    return {"source": f"Django {django.__version__}", "vectors": vectors, "refused": refused}


if __name__ == "__main__":
    settings.configure(
        PASSWORD_HASHERS=[
            *(
                f"django.contrib.auth.hashers.{name}PasswordHasher"
                for name in ("PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "Scrypt", "MD5")
            )
        ]
    )
    json.dump(make(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
