"""The site's own claims, made and checked before they are signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from pydantic import ValidationError
from pydantic_core import from_json

from tegata import conf
from tegata.internal import user_key
from tegata.internal.claims_json import claims_json
from tegata.payload import JWTPayload

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from tegata.models import Session


def custom_claims(
    user: AbstractBaseUser,
    request: HttpRequest,
    session: Session | None,
    beside: dict[str, str],
) -> str | None:
    """What `TEGATA["PAYLOAD_CLASS"]` adds to the next access token, as the text of a JSON object.

    Args:
        user: Whose token it is.
        request: The login or refresh request.
        session: The session that is refreshed; `None` at login.
        beside: Claims that only some tokens have, and this one will: `scope`, the tenant.

    Raises:
        ImproperlyConfigured: The gate would refuse a token with these claims.
    """
    payload_class = conf.current().PAYLOAD_CLASS
    if payload_class is JWTPayload:
        return None
    claims = payload_class.claims_for(user, request, session)
    try:
        text = claims_json(claims)
        payload_class.model_validate(from_json(text) | _claims_of_the_engine(user) | beside)
    except ValidationError as error:
        # Without the input: claims may be personal data, and this text goes to a log.
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
            for each in error.errors(include_input=False, include_url=False)
        )
        raise ImproperlyConfigured(
            f"TEGATA['PAYLOAD_CLASS'].claims_for gave claims that its own fields refuse: {problems}"
        ) from None
    except ValueError as error:
        raise ImproperlyConfigured(f"TEGATA['PAYLOAD_CLASS']: {error}") from error
    return text


def _claims_of_the_engine(user: AbstractBaseUser) -> dict[str, Any]:
    """Claims as they will stand beside the site's own, by type if not by value."""
    user_id = user_key.of(user)
    return {
        "iss": "",
        "aud": "",
        "sub": str(user_id),
        "client_id": "",
        "iat": 0,
        "exp": 0,
        "jti": "",
        "auth_time": 0,
        "type": "access",
        "user_id": user_id if isinstance(user_id, int) else str(user_id),
        "session_id": "",
        "generation": 1,
    }
