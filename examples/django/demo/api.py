"""The demo's API: Tegata's own routes and three guarded ones."""

from typing import Literal

from ninja import NinjaAPI, Schema

from tegata import AuthedRequest, JWTAuth, mount

api = NinjaAPI(title="Tegata demo")
mount(api)

Theme = Literal["system", "light", "dark"]


class ProfileOut(Schema):
    """What a signed-in person may read about themselves."""

    username: str
    email: str
    session_id: str


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
