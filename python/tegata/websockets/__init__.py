"""The gate for WebSockets, under Django Channels or on a bare ASGI server.

::

    application = ProtocolTypeRouter(
        {"http": django_application, "websocket": WebSocketAuth(URLRouter(routes))}
    )
"""

from tegata.websockets.handshake import cookie_token
from tegata.websockets.middleware import WebSocketAuth

__all__ = ["WebSocketAuth", "cookie_token"]
