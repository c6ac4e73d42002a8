"""`POST password/`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import router, transaction

from tegata import conf
from tegata.auth import AuthedRequest
from tegata.exceptions import APIError
from tegata.internal import throttle, user_changes
from tegata.internal.hash_upgrade import PasswordChangedError
from tegata.schemas import PasswordSchema


def change_password(request: AuthedRequest, payload: PasswordSchema) -> None:
    """Changes the caller's password and ends every other session.

    The new password is held against the site's own rules.
    """
    user: Any = request.auth.user
    # By session, so that a thief's guesses do not keep the owner from changing it.
    guess = throttle.guess("password", str(user.pk), request.auth.claims.session_id)
    if not _is_password(payload.current_password, user):
        guess.failed()
        raise APIError.refuse("invalid_credentials", "resource")
    guess.succeeded()
    # Only now: the check may have upgraded the hash.
    checked = user.password
    try:
        # By AUTH_PASSWORD_VALIDATORS.
        validate_password(payload.new_password, user)
    except ValidationError as error:
        detail = f"new_password: {' '.join(error.messages)}"
        raise APIError.refuse("invalid_request", "endpoint", detail=detail) from None
    user.set_password(payload.new_password)
    keeps_sessions = conf.current().SESSION_CHECK != "off"
    # Together, or a request of this very session could come in between and end it.
    spared = user_changes.sparing(request.auth.session.pk if keeps_sessions else None)
    alias = router.db_for_write(type(user))
    unchanged = type(user)._base_manager.using(alias).filter(pk=user.pk, password=checked)
    with spared, transaction.atomic(using=alias):
        # Hashing takes long, and a change that came in meanwhile must not be undone.
        if not unchanged.update(password=user.password):
            raise APIError.refuse("invalid_credentials", "resource")
        user.save(update_fields=["password"])


def _is_password(password: str, user: Any) -> bool:
    try:
        return bool(user.check_password(password))
    except PasswordChangedError:
        return False
