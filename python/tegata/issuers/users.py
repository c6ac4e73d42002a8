"""Users of the site's own table for those whom another issuer knows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import DataError, IntegrityError, models, router, transaction

from tegata._tegata import external_username
from tegata.internal.user_model import user_model

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

logger = logging.getLogger("tegata")

_LENGTH = len(external_username("", ""))


def username_of(issuer: str, subject: str) -> str:
    """What `LocalUsers` calls somebody whom another issuer knows: 47 characters, for ever the same.

    It is a digest of both names and of nothing that changes hands, such as an e-mail address
    (OpenID Connect Core 1.0 section 5.7). To invite somebody, make a user of this name.

    Args:
        issuer: As its tokens name it in `iss`.
        subject: Their `sub`.
    """
    return external_username(issuer, subject)


class LocalUsers:
    """Users of your own table, one for each pair of issuer and subject: for `IssuerAuth(user=…)`.

    It needs no table of its own: the user's row has `username_of(issuer, subject)` in a unique
    field. Where that is the name to log in by, a row with a password of its own is refused:
    somebody may have signed up under that name before its owner came. Where users of both kinds are
    to be one, give the model a field of its own, which no form lets anybody fill, and name it here.

    Two requests at once make one user.

    Args:
        create: Whether the first token of somebody makes a user; if not, it is refused.
        field: The field of the user model; `USERNAME_FIELD` unless told otherwise. It must be
            unique and have room for 47 characters.
        fill: `(claims) -> dict`: further fields of a user who is made. An e-mail address belongs
            there only if the issuer says `email_verified`. Whoever's fields cannot be saved, such
            as an address that another row has, is refused, and the log says so.

    Raises:
        ImproperlyConfigured: The field cannot be.
    """

    def __init__(
        self,
        *,
        create: bool = False,
        field: str | None = None,
        fill: Callable[[Any], Mapping[str, Any]] | None = None,
    ) -> None:
        self.create = create
        self.field = field or user_model().USERNAME_FIELD
        self.fill = fill
        _check_field(self.field)

    def __call__(self, request: HttpRequest, claims: Any) -> AbstractBaseUser | None:
        """The user of a token that was verified, or `None` if there is none and none is made."""
        name = username_of(claims.iss, claims.sub)
        user = self._find(name)
        if user is None and self.create:
            user = self._make(name, claims)
        if user is None or (self._may_be_taken() and user.has_usable_password()):
            return None
        return user

    def _may_be_taken(self) -> bool:
        return self.field == user_model().USERNAME_FIELD

    def _find(self, name: str, using: str | None = None) -> AbstractBaseUser | None:
        users = user_model()._default_manager.using(using)
        return users.filter(**{self.field: name}).first()

    def _make(self, name: str, claims: Any) -> AbstractBaseUser | None:
        fields = {} if self.fill is None else dict(self.fill(claims))
        user = user_model()(**{**fields, self.field: name})
        user.set_unusable_password()
        using = router.db_for_write(user_model())
        try:
            # A savepoint, so that a transaction around the view goes on.
            with transaction.atomic(using=using):
                user.save(force_insert=True, using=using)
        except (IntegrityError, DataError, ValueError) as error:
            # Another request was first, which a replica may not know yet; if not, it was about
            # another field, which `fill` took from claims: whoever wrote those gets no 500.
            found = self._find(name, using)
            if found is None:
                kind = type(error).__name__
                logger.error("LocalUsers: what `fill` gave cannot be saved (%s)", kind)
            return found
        return user


def _check_field(name: str) -> None:
    model = user_model()
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        raise ImproperlyConfigured(f"LocalUsers: {model.__name__} has no field {name!r}.") from None
    is_address = isinstance(field, models.EmailField | models.URLField)
    if not isinstance(field, models.CharField | models.TextField) or is_address:
        raise ImproperlyConfigured(
            f"LocalUsers: {model.__name__}.{name} is no plain text; name another field of the "
            "model, such as a CharField(max_length=47, unique=True, null=True, editable=False)."
        )
    if not field.unique:
        raise ImproperlyConfigured(
            f"LocalUsers: {model.__name__}.{name} is not unique, so two requests at once could "
            "make two users."
        )
    if (field.max_length or _LENGTH) < _LENGTH:
        raise ImproperlyConfigured(
            f"LocalUsers: {model.__name__}.{name} has no room for {_LENGTH} characters."
        )
