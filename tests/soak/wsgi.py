"""The site as Gunicorn loads it, with all that its workers would import at their first request."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

application = get_wsgi_application()
# A worker is a fork of what was loaded, and many are killed.
_ = get_resolver().url_patterns

# No model can be imported before the set-up.
from tegata.internal import retention  # noqa: E402

# Each login removes rows: or the age of its worker would decide how many steps it has, and luck
# whether one is killed while it removes.
retention._EVERY = 1
