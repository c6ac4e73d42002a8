"""What the package exports, and what it does without."""

from __future__ import annotations

import re
import subprocess
import sys

from tegata import jose
from tegata.jose import errors

_WITHOUT_DJANGO = """
import sys
import tegata.jose

names = {name.partition(".")[0] for name in sys.modules}
assert names.isdisjoint({"django", "ninja", "pydantic", "httpx2"}), names
key = tegata.jose.Key.generate("ES256")
assert tegata.jose.decode(tegata.jose.encode({"sub": "alice"}, key), key).claims
"""


def test_nothing_of_django_is_imported() -> None:
    subprocess.run([sys.executable, "-c", _WITHOUT_DJANGO], check=True, timeout=60)


def test_every_exception_is_exported() -> None:
    kinds = set(errors.BY_CODE.values())
    assert {getattr(jose, kind.__name__) for kind in kinds} == kinds
    # Under the bases of the tokens and the keys there is a class for each refusal.
    bases = {base for kind in kinds for base in kind.__bases__} & kinds
    assert {kind.__name__ for kind in bases} == {
        *("JoseError", "InvalidKeyError", "InvalidTokenError", "InvalidClaimError")
    }
    assert {name for name in jose.__all__ if not name.endswith("Error")} == {
        *(
            "Holds",
            "Key",
            "KeySet",
            "Token",
            "check_claims",
            "decode",
            "decode_unverified",
            "encode",
        ),
        "unverified_header",
    }
    assert all(hasattr(jose, name) for name in jose.__all__)


def test_each_code_is_of_one_class() -> None:
    for code, kind in errors.BY_CODE.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
        assert kind.code == code
        assert "code" in vars(kind), f"{kind.__name__} has the code of its base"
        assert kind.__doc__


def test_what_a_wrong_value_raises_is_a_value_error() -> None:
    """As elsewhere in Python; a token that is refused is no mistake of the program."""
    for kind in (jose.InvalidArgumentError, jose.UnencodableClaimsError, jose.InvalidKeyError):
        assert issubclass(kind, ValueError)
    assert not issubclass(jose.InvalidTokenError, ValueError)
