"""How long things take in a soak: the site, its clients and the judgement go by the same numbers.

A refresh that is still under way while its client has moved on looks like a thief's. What makes an
honest client safe from that is an order: a request that is given up acts no later than `FLIGHT`
after it was sent, and `FLIGHT` is shorter than the grace.
"""

from __future__ import annotations

# Settings of the site, in seconds.
REFRESH_GRACE = 1.5
ACCESS_TOKEN_LIFETIME = 4

# How long a statement waits for another one's lock on SQLite.
BUSY_TIMEOUT = 0.3

# A client gives up earlier than the site lets a request of its go on.
PATIENCE = 0.5
DEADLINE = 0.6

# When the last statement of a request has begun, and has waited for its lock, with some to spare.
FLIGHT = 1.1

# Long enough for what is presented again to be a reuse, however the clocks were read.
LONG_AFTER = REFRESH_GRACE * 1.3
CLOCK_TOLERANCE = 0.05
