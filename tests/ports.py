"""Ports for servers that a test starts."""

from __future__ import annotations

import socket


def free_port() -> int:
    """One that nobody listens at now; another program can take it before its server does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
