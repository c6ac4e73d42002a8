"""Another site, whose pages try to act at the first one in the name of its user."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Blank(BaseHTTPRequestHandler):
    """An empty page for every address."""

    def do_GET(self) -> None:
        """Answer with it."""
        body = b"<!doctype html><title>elsewhere</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def elsewhere(host: str) -> Iterator[str]:
    """The origin of such a site.

    Args:
        host: `127.0.0.1` is another origin of the same site, since only the port differs;
            `localhost` is another site.
    """
    with ThreadingHTTPServer(("127.0.0.1", 0), _Blank) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{host}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
