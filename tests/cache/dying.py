"""A process that ends sessions and dies over it.

    python -m tests.cache.dying {one,all} {before,after} SESSION

It kills itself before the commit, or after it and before the cache is told for the second time.
"""

from __future__ import annotations

import os
import signal
import sys

import django
from django.db import transaction


def die() -> None:
    """Ends this process without giving it time for anything."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(which: str, when: str, session_id: str) -> None:
    """Ends the session, or all of its user."""
    from tegata.models import Session

    session = Session.objects.select_related("user").get(pk=session_id)
    with transaction.atomic():
        # Before anything that waits for the commit too.
        transaction.on_commit(die)
        if which == "one":
            assert session.invalidate()
        else:
            assert Session.invalidate_all_user_sessions(session.user)
        if when == "before":
            die()


if __name__ == "__main__":
    django.setup()
    main(*sys.argv[1:])
