"""The demo's API: Tegata's own routes and four guarded ones."""

from typing import Any, Literal

from django.utils import timezone
from ninja import NinjaAPI, Schema

from tegata import AuthedRequest, JWTAuth, conf, mount
from tegata.jose import decode_unverified

api = NinjaAPI(title="Tegata demo")
mount(api)

Theme = Literal["system", "light", "dark"]


class ProfileOut(Schema):
    """What a signed-in person may read about themselves."""

    username: str
    email: str
    session_id: str


class Life(Schema):
    """From when until when a token is good, in seconds since 1970."""

    iat: float
    exp: float


class InsideOut(Schema):
    """What is inside of the access token of a request, and how long a refresh is possible."""

    username: str
    header: dict[str, Any]
    claims: dict[str, Any]
    encoded: str
    refresh: Life
    now: float
    theme: str


class ThemeBody(Schema):
    """The look of the page, asked for or stored."""

    theme: Theme


class PingOut(Schema):
    """Answer of the asynchronous view."""

    ping: str
    session_id: str


@api.get("/profile/", response=ProfileOut, auth=JWTAuth(), tags=["demo"])
def profile(request: AuthedRequest) -> ProfileOut:
    """Tell who is signed in, and by which session.

    Args:
        request: The request, authenticated by its access token.

    Returns:
        The user's name and address, and the session's id.
    """
    user = request.auth.user
    return ProfileOut(
        username=user.get_username(),
        email=user.email,
        session_id=str(request.auth.session.id),
    )


@api.get("/inside/", response=InsideOut, auth=JWTAuth(), tags=["demo"])
def inside(request: AuthedRequest) -> InsideOut:
    """Tell what is inside of the access token, which no script of the page can read.

    Args:
        request: The request, authenticated by its access token.

    Returns:
        Header and claims, and the token without its signature.
    """
    rules, session = conf.current(), request.auth.session
    # It was verified a moment ago, wherever it came.
    token = request.COOKIES.get(conf.cookies().access().name, "")
    header = request.headers.get("Authorization", "")
    token = header.partition(" ")[2].strip() if header.startswith("Bearer ") else token
    read = decode_unverified(token)
    ends = min(
        session.minted_at + rules.REFRESH_TOKEN_LIFETIME,
        session.created_at + rules.SESSION_LIFETIME,
    )
    return InsideOut(
        username=request.auth.user.get_username(),
        header=read.header,
        claims=read.claims,
        encoded=f"{token.rpartition('.')[0]}.…",
        refresh=Life(iat=session.minted_at.timestamp(), exp=ends.timestamp()),
        now=timezone.now().timestamp(),
        theme=session.data.get("theme", "system"),
    )


@api.post("/set-theme/", response=ThemeBody, auth=JWTAuth(), tags=["demo"])
def set_theme(request: AuthedRequest, body: ThemeBody) -> ThemeBody:
    """Keep the chosen theme with the session, on the server.

    Args:
        request: The request, authenticated by its access token.
        body: The theme to keep.

    Returns:
        The theme as stored.
    """
    session = request.auth.session
    session.data["theme"] = body.theme
    session.save()
    return body


@api.get("/ping/", response=PingOut, auth=JWTAuth(), tags=["demo"])
async def ping(request: AuthedRequest) -> PingOut:
    """Answer from an asynchronous view, guarded by the same class.

    Args:
        request: The request, authenticated by its access token.

    Returns:
        A fixed word and the session's id.
    """
    return PingOut(ping="pong", session_id=request.auth.claims.session_id)
