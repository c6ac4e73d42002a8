"""Connections that outlive their request: WebSockets, server-sent events, long downloads.

A request is checked when it begins. What goes on for hours has to be ended when its session ends:
after a logout, a revocation, a change of password, or the end of its token.
"""

from tegata.live.streams import while_good
from tegata.live.watch import Watch

__all__ = ["Watch", "while_good"]
