"""What `tegata.jwks` needs, and what it does not."""

from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import fields

from tegata import jose
from tegata.jwks import Checks, Options
from tegata.jwks.options import Settings


def run(code: str) -> str:
    """What a new interpreter prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_django_is_not_imported() -> None:
    code = "import sys, tegata.jwks; print([name for name in sys.modules if 'django' in name])"
    assert run(code) == "[]\n"


def test_without_the_extra_the_message_names_it() -> None:
    code = """
import sys
sys.modules["httpx2"] = None
try:
    import tegata.jwks
except ImportError as error:
    print(error, error.name)
"""
    said = "tegata.jwks fetches with httpx2, which is missing; hint: install tegata[jwks] httpx2\n"
    assert run(code) == said


def test_a_fetch_does_not_keep_a_process_alive() -> None:
    code = """
import socket, threading
from tegata.jwks import JWKS
deaf = socket.socket()
deaf.bind(("127.0.0.1", 0))
deaf.listen()
keys = JWKS(f"http://127.0.0.1:{deaf.getsockname()[1]}/", allow_http=True, timeout=600)
threading.Thread(target=keys.key_set, daemon=True).start()
deaf.accept()
print("done")
"""
    assert run(code) == "done\n"


def test_every_check_and_option_can_be_given() -> None:
    checks = [
        name
        for name, parameter in inspect.signature(jose.decode).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    assert set(checks) == Checks.__optional_keys__
    assert {field.name for field in fields(Settings)} == Options.__optional_keys__
