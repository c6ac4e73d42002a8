"""Django signals that tell what happened to sessions.

Each is sent once what it tells of is committed. Receivers may be sync or async. One that raises is
logged by Django and changes nothing: what was written stays written, and the answer goes out.
"""

from __future__ import annotations

from django.dispatch import Signal

login_challenged = Signal()
session_opened = Signal()
session_refreshed = Signal()
session_repeated = Signal()
reuse_detected = Signal()
session_ended = Signal()
refused = Signal()
