"""The side that measures Python libraries: answers requests, one line of JSON for one line.

`worker.py FOLDER [APART]`: the folder of the material, and one with packages that must not shadow
any other. It runs in the environment of the peers.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import platform
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import peers
from material import Material
from peers import Call, Peer, UnsupportedAlgorithmError


class Worker:
    """The libraries that could be imported, and their prepared calls."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.peers: dict[str, Peer] = {}
        self.absent: dict[str, str] = {}
        for module in peers.MODULES:
            try:
                # Some announce their deprecation with filters of their own.
                with warnings.catch_warnings(record=True):
                    peer = peers.load(module)
            except ImportError as error:
                self.absent[module] = str(error)
            else:
                self.peers[peer.NAME] = peer
        warnings.simplefilter("ignore")
        self._calls: dict[tuple[str, ...], Call] = {}
        self._loop = min(_time(_nothing, 10_000) for _ in range(50)) / 10_000

    def answer(self, request: dict[str, Any]) -> object:
        """The answer to one request."""
        match request.pop("ask"):
            case "peers":
                present = [
                    {
                        "name": peer.NAME,
                        "package": f"{peer.PACKAGE} {peers.version(peer)}",
                        "note": peer.NOTE,
                    }
                    for peer in self.peers.values()
                ]
                return {
                    "version": platform.python_version(),
                    "present": present,
                    "absent": self.absent,
                }
            case "time":
                return self.time(**request)
            case "takes":
                return [name for name in request["tokens"] if self.takes(request["peer"], name)]
            case other:
                raise ValueError(f"{other} cannot be asked")

    def time(self, case: dict[str, str], threads: int, times: int) -> int | None:
        """The wall time, in nanoseconds, of some calls in each of some threads.

        None where the library lacks the algorithm, or fails.
        """
        try:
            call = self._prepared(case)
        except UnsupportedAlgorithmError:
            return None
        except Exception as error:
            # A peer that has changed must not keep the others from being measured.
            print(f"bench: {' '.join(case.values())}: {error!r}", file=sys.stderr)
            return None
        taken = _time(call, times) if threads == 1 else _time_threads(call, threads, times)
        return max(1, round(taken - self._loop * times))

    def takes(self, peer: str, token: str) -> bool:
        """Whether a library takes a token for good."""
        try:
            self.peers[peer].decoder(
                self.material.keys("HS256"), self.material.token("HS256", token)
            )()
        except Exception:
            # Each library refuses in a way of its own.
            return False
        return True

    def _prepared(self, case: dict[str, str]) -> Call:
        key = tuple(case.values())
        if key not in self._calls:
            call = self._prepare(**case)
            call()
            self._calls[key] = call
        return self._calls[key]

    def _prepare(self, peer: str, operation: str, algorithm: str, size: str) -> Call:
        keys = self.material.keys(algorithm)
        if operation == "encode":
            return self.peers[peer].encoder(keys, self.material.claims(size))
        return self.peers[peer].decoder(keys, self.material.token(algorithm, size))


def _nothing() -> None:
    """What a measured call costs besides what it does."""


def _run(call: Call, times: int) -> tuple[int, int]:
    start = time.perf_counter_ns()
    for _ in repeat(None, times):
        call()
    return start, time.perf_counter_ns()


def _time(call: Call, times: int) -> int:
    start, end = _run(call, times)
    return end - start


def _time_threads(call: Call, threads: int, times: int) -> int:
    """From the first start to the last end."""
    barrier = threading.Barrier(threads)

    def run(_number: int) -> tuple[int, int]:
        barrier.wait()
        return _run(call, times)

    with ThreadPoolExecutor(threads) as pool:
        runs = list(pool.map(run, range(threads)))
    return max(end for _, end in runs) - min(start for start, _ in runs)


def main() -> None:
    folder, *apart = sys.argv[1:]
    sys.path.extend(apart)
    answers = sys.stdout
    # One release of webtoken prints a word at each encoding.
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        worker = Worker(Material(Path(folder)))
        gc.disable()
        for line in sys.stdin:
            print(json.dumps(worker.answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
