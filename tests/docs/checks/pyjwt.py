"""What docs/guides/coming-from-pyjwt.md says of passes that a site makes with `jwt`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from django.contrib.auth.models import User

from tegata.compat import jwt as ours


def _by_hand(claims: dict[str, Any], secret: str) -> str:
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    signature = hmac.digest(secret.encode(), b".".join(encoded), hashlib.sha256)
    encoded.append(base64.urlsafe_b64encode(signature).rstrip(b"="))
    return b".".join(encoded).decode()


def test_passes() -> None:
    from mysite.passes import make_pass, read_pass  # type: ignore[import-not-found]

    assert jwt is ours
    token = make_pass(User(pk=7))
    assert read_pass(token)["user_id"] == 7
    assert read_pass(token[:-2]) is None


def test_an_old_secret() -> None:
    from mysite.passes import OLD_SECRET, make_pass, read_old_or_new

    assert read_old_or_new(make_pass(User(pk=7)))["user_id"] == 7
    old = _by_hand({"user_id": 8}, OLD_SECRET)
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        assert read_old_or_new(old) == {"user_id": 8}
    assert read_old_or_new(_by_hand({}, "s" * 40)) is None
    with pytest.raises(jwt.InvalidKeyError, match="32 bytes"):
        jwt.encode({}, OLD_SECRET)
