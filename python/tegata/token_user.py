"""A user by what a token says, without a look at the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tegata import conf
from tegata.payload import JWTPayload

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from tegata.models import Session


class TokenUser:
    """What `StatelessJWTAuth` puts in the place of a user's row.

    It knows what the token says, and nothing that has happened since: a user who was deleted or
    lost a permission keeps it until the token ends. Other claims are attributes; what the token
    does not say is no attribute.

    Attributes:
        token: The claims, a `tegata.tokens.Token`.
    """

    is_active = True
    is_anonymous = False
    is_authenticated = True

    def __init__(self, token: Mapping[str, Any]) -> None:
        self.token = token

    @property
    def id(self) -> Any:
        """The claim USER_ID_CLAIM: the user's primary key, unless USER_ID_FIELD says otherwise."""
        return self.token[conf.current().USER_ID_CLAIM]

    @property
    def pk(self) -> Any:
        """As `id`."""
        return self.id

    @property
    def username(self) -> str:
        """The claim `username`, or nothing."""
        username = self.token.get("username")
        return username if isinstance(username, str) else ""

    @property
    def is_staff(self) -> bool:
        """Whether the claim `is_staff` is true; a text or a number never is."""
        return self.token.get("is_staff") is True

    @property
    def is_superuser(self) -> bool:
        """Whether the claim `is_superuser` is true; a text or a number never is."""
        return self.token.get("is_superuser") is True

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the claim `groups`, if that is a list of texts."""
        return _texts(self.token.get("groups"))

    @property
    def user_permissions(self) -> tuple[str, ...]:
        """The claim `permissions`, if that is a list of texts such as `app.codename`."""
        return _texts(self.token.get("permissions"))

    def get_username(self) -> str:
        """As `username`."""
        return self.username

    def get_user_permissions(self, obj: object = None) -> set[str]:
        """As `get_all_permissions`: a token does not say whose they are."""
        return self.get_all_permissions(obj)

    def get_group_permissions(self, obj: object = None) -> set[str]:
        """None: a token does not say which permissions come by a group."""
        return set()

    def get_all_permissions(self, obj: object = None) -> set[str]:
        """The permissions that the token names; none for an object, as with Django's backend."""
        return set(self.user_permissions) if obj is None else set()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Whether the token names a permission; one of a superuser has them all."""
        return self.is_superuser or perm in self.get_all_permissions(obj)

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        """Whether the token names all of these permissions.

        Raises:
            ValueError: It is one text, whose letters would be taken for permissions.
        """
        if isinstance(perm_list, str):
            raise ValueError("perm_list must be an iterable of permissions")
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, module: str) -> bool:
        """Whether the token names a permission of an app."""
        prefix = f"{module}."
        return self.is_superuser or any(each.startswith(prefix) for each in self.user_permissions)

    async def aget_user_permissions(self, obj: object = None) -> set[str]:
        """As `get_user_permissions`."""
        return self.get_user_permissions(obj)

    async def aget_group_permissions(self, obj: object = None) -> set[str]:
        """As `get_group_permissions`."""
        return self.get_group_permissions(obj)

    async def aget_all_permissions(self, obj: object = None) -> set[str]:
        """As `get_all_permissions`."""
        return self.get_all_permissions(obj)

    async def ahas_perm(self, perm: str, obj: object = None) -> bool:
        """As `has_perm`."""
        return self.has_perm(perm, obj)

    async def ahas_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        """As `has_perms`."""
        return self.has_perms(perm_list, obj)

    async def ahas_module_perms(self, module: str) -> bool:
        """As `has_module_perms`."""
        return self.has_module_perms(module)

    def save(self, *args: object, **kwargs: object) -> None:
        """There is no row.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(_NO_ROW)

    def delete(self, *args: object, **kwargs: object) -> None:
        """There is no row.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(_NO_ROW)

    def set_password(self, raw_password: str) -> None:
        """There is no row.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(_NO_ROW)

    def check_password(self, raw_password: str) -> bool:
        """There is no row.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(_NO_ROW)

    def __getattr__(self, name: str) -> Any:
        # Names with an underscore in front are Python's, and `token` is not there before __init__.
        if not name.startswith("_") and name != "token" and name in self.token:
            return self.token[name]
        raise AttributeError(f"the token has no claim {name!r}, and a TokenUser no such attribute")

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, TokenUser) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        return f"TokenUser {self.id}"

    def __repr__(self) -> str:
        return f"<TokenUser {self.id}>"


class TokenUserPayload(JWTPayload):
    """A payload class with what a `TokenUser` knows, for `TEGATA["PAYLOAD_CLASS"]`.

    At login and at every refresh it asks for the user's groups and permissions.

    Attributes:
        username: What the user logs in by.
        is_staff: As on the user.
        is_superuser: As on the user.
        groups: The names of the user's groups.
        permissions: All permissions that the backends give, such as `app.codename`.
    """

    username: str = ""
    is_staff: bool = False
    is_superuser: bool = False
    groups: list[str] = []
    permissions: list[str] = []

    @classmethod
    def claims_for(
        cls, user: AbstractBaseUser, request: HttpRequest, session: Session | None
    ) -> dict[str, Any]:
        """The claims of the user as it is now; those of a subclass as `JWTPayload` has them."""
        claims = super().claims_for(user, request, session)
        of_user: Any = user
        claims["username"] = user.get_username()
        if hasattr(of_user, "groups"):
            claims["groups"] = sorted(of_user.groups.values_list("name", flat=True))
        if hasattr(of_user, "get_all_permissions"):
            # A superuser has them all, and says so in fewer bytes.
            is_superuser = getattr(user, "is_superuser", False)
            claims["permissions"] = [] if is_superuser else sorted(of_user.get_all_permissions())
        return claims


_NO_ROW = "a TokenUser is what a token says, and has no row in the database"


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return tuple(value)
    return ()
