"""Which sites are asked for what, side by side."""

from __future__ import annotations

from dataclasses import dataclass

from whole_requests.databases import POSTGRES, SQLITE

REQUEST = "request"
WHO = "who"
LOGIN = "login"
REFRESH = "refresh"
SESSIONS = "sessions"
MINT = "mint"

_VIEWS = (REQUEST, WHO)
_ROUTES = (LOGIN, REFRESH, SESSIONS)
_OF_THE_FACE = (*_VIEWS, LOGIN, REFRESH, MINT)


@dataclass(frozen=True)
class Variant:
    """A way to authenticate: a row of the tables.

    Attributes:
        name: What the tables call it.
        library: The module of `sites`.
        mode: Which of its ways to authenticate.
        note: What its numbers must be read with.
        works: What it is asked for, where its library has it.
    """

    name: str
    library: str
    mode: str
    note: str
    works: tuple[str, ...] = (*_VIEWS, *_ROUTES, MINT)


@dataclass(frozen=True)
class Phase:
    """What is measured at one time, and can be compared."""

    database: str
    is_async: bool
    algorithm: str
    works: tuple[str, ...]
    variants: tuple[Variant, ...]

    def __str__(self) -> str:
        interface = "async" if self.is_async else "sync"
        return f"{self.database}, {interface}, {self.algorithm}"


TEGATA = {
    "request": Variant(
        'tegata "request"', "tegata", "request", "The session row and its user at every request"
    ),
    "cache": Variant(
        'tegata "cache"', "tegata", "cache", "The state of the session in a local cache", _VIEWS
    ),
    "user": Variant('tegata "user"', "tegata", "user", "The user at every request", _VIEWS),
    "refresh": Variant('tegata "refresh"', "tegata", "refresh", "The token alone", _VIEWS),
    "off": Variant('tegata "off"', "tegata", "off", "The token alone, and no session rows"),
}
TEGATA_STATELESS = Variant(
    "tegata stateless", "tegata", "stateless", "The token alone, by StatelessJWTAuth", _VIEWS
)
FACE = Variant(
    "tegata as ninja_jwt",
    "ninja_jwt_face",
    "",
    "JWTAuth of tegata.compat.ninja_jwt: the user; a refresh gives both tokens",
    _OF_THE_FACE,
)
FACE_STATELESS = Variant(
    "tegata as ninja_jwt stateless",
    "ninja_jwt_face",
    "stateless",
    "JWTTokenUserAuth of tegata.compat.ninja_jwt: the token alone",
    _VIEWS,
)
# What everything is compared with.
DEFAULT = TEGATA["request"]
JWT_NINJA = Variant(
    "jwt-ninja", "jwt_ninja", "", "The session row and its user; its throttles are off"
)
NINJA_JWT = Variant(
    "django-ninja-jwt",
    "ninja_jwt",
    "",
    "As it comes: the user; a refresh gives an access token alone, and stores nothing",
)
NINJA_JWT_STATELESS = Variant(
    "django-ninja-jwt stateless", "ninja_jwt", "stateless", "The token alone", _VIEWS
)
NINJA_JWT_BLACKLIST = Variant(
    "django-ninja-jwt blacklist",
    "ninja_jwt",
    "blacklist",
    "A refresh gives both tokens, and stores that the old one is used up",
    (LOGIN, REFRESH),
)
TUTORIAL = Variant("PyJWT tutorial", "tutorial", "", "The user; written by hand, as tutorials do")

VARIANTS = (
    *TEGATA.values(),
    TEGATA_STATELESS,
    FACE,
    FACE_STATELESS,
    JWT_NINJA,
    NINJA_JWT,
    NINJA_JWT_STATELESS,
    NINJA_JWT_BLACKLIST,
    TUTORIAL,
)
_SIGNING = (DEFAULT, FACE, JWT_NINJA, NINJA_JWT, NINJA_JWT_BLACKLIST)

PHASES = (
    Phase(SQLITE, False, "HS256", _VIEWS + _ROUTES, VARIANTS),
    Phase(SQLITE, True, "HS256", _VIEWS, VARIANTS),
    Phase(POSTGRES, False, "HS256", _VIEWS + _ROUTES, VARIANTS),
    Phase(POSTGRES, True, "HS256", _VIEWS, VARIANTS),
    Phase(SQLITE, False, "RS256", (LOGIN, REFRESH, MINT), _SIGNING),
)
