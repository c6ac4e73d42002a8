"""A service of its own that trusts the site's tokens, and keeps a copy of its keys.

It says that it is ready, and is told tokens on stdin, a line each. It verifies each at once, and
again and again until it is over. At the end of stdin it says what it saw: how often it verified, by
which keys, and what it refused.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from importlib.util import find_spec
from queue import SimpleQueue
from typing import Any

from tegata import jose
from tegata.jwks import JWKS

ISSUER = AUDIENCE = "tegata"


def by_tegata(url: str) -> Any:
    """Trusts its copy for as long as it may be kept, and asks for no other before."""
    keys = JWKS(url, allow_http=True, min_lifetime=0, min_refetch_interval=3600)
    return lambda token: keys.decode(token, issuer=ISSUER, audience=AUDIENCE, leeway=0)


def by_pyjwt(url: str) -> Any:
    """PyJWT's own client, which keeps its copy for a second too."""
    import jwt

    keys = jwt.PyJWKClient(url, lifespan=1)

    def decode(token: str) -> Any:
        key = keys.get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=["EdDSA"], audience=AUDIENCE, issuer=ISSUER)

    return decode


def listen() -> SimpleQueue[str]:
    """What is said on stdin, the moment it is said; an empty line at its end."""
    said: SimpleQueue[str] = SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            said.put(line)
        said.put("")

    threading.Thread(target=read, daemon=True).start()
    return said


def main(*urls: str) -> None:
    """Verifies until stdin ends."""
    verifiers = [by_tegata(url) for url in urls]
    if find_spec("jwt"):
        verifiers += [by_pyjwt(url) for url in urls]
    tokens: list[tuple[float, str]] = []
    seen: dict[str, int] = {}
    refused: list[str] = []
    said = listen()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    is_over = False
    while not is_over:
        time.sleep(0.05)
        while not said.empty():
            line = said.get()
            if not line:
                is_over = True
                break
            read = jose.decode_unverified(line.strip())
            tokens.append((read.claims["exp"], line.strip()))
            seen.setdefault(read.header["kid"], 0)
        # What is about to be over may be so before it is looked at.
        tokens = [each for each in tokens if time.time() < each[0] - 0.2]
        for expires_at, token in tokens:
            kid = jose.unverified_header(token)["kid"]
            for number, verify in enumerate(verifiers):
                try:
                    verify(token)
                # Of two libraries.
                except Exception as error:
                    # A machine with much to do may have kept it waiting until it was over.
                    if time.time() < expires_at:
                        refused.append(f"{time.time()}: verifier {number}, {kid}: {error!r}")
                else:
                    seen[kid] += 1
    report = {"verifiers": len(verifiers), "verified": seen, "refused": refused}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
