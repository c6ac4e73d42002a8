"""Files with keys: made for their owner only, and replaced as a whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

_OWNER_ONLY = 0o600


class NotJwkSetError(ValueError):
    """A file holds something else than a JWK Set."""


def create(path: Path, text: str) -> None:
    """Writes a new file that its owner alone can read.

    Raises:
        FileExistsError: There is one, and it stays as it is.
        OSError: It cannot be written.
    """
    with _new(path) as file:
        try:
            _write(file, text)
        except BaseException:
            path.unlink()
            raise
    _sync_folder(path.parent)


def change_set(
    path: Path, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]] | None]
) -> None:
    """Replaces the keys of a JWK Set file; its mode, its owner and a link to it stay.

    The new text is written beside the file and then renamed, so that whoever reads it finds the
    one or the other. Whoever changes the file holds a lock on it; others wait, and a lock goes with
    its process.

    Args:
        path: The file.
        change: Makes the new keys of the old ones; `None` leaves the file as it is.

    Raises:
        NotJwkSetError: It is no JWK Set.
        OSError: It cannot be read or written, and is as it was.
    """
    path = path.resolve(strict=True)
    with _locked(path):
        found = _read_set(path)
        keys = change(found["keys"])
        if keys is None:
            return
        beside = path.with_name(f".{path.name}.new")
        # Of somebody who died over it, since nobody else is at it now.
        beside.unlink(missing_ok=True)
        with _new(beside) as file:
            try:
                _take_over(file, path)
                text = json.dumps({**found, "keys": keys}, indent=2)
                _write(file, f"{text}\n")
                beside.replace(path)
            except BaseException:
                beside.unlink()
                raise
        _sync_folder(path.parent)


def is_set(path: Path) -> bool:
    """Whether a file is a JWK Set.

    Raises:
        OSError: It cannot be read.
    """
    try:
        _read_set(path)
    except NotJwkSetError:
        return False
    return True


def _read_set(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        raise NotJwkSetError from None
    keys = found.get("keys") if isinstance(found, dict) else None
    if isinstance(keys, list) and all(isinstance(jwk, dict) for jwk in keys):
        return found  # type: ignore[no-any-return]
    raise NotJwkSetError


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    # Not on every system that can read keys.
    import fcntl

    while True:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Somebody may have put another file in its place while this one waited.
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                yield
                return


def _new(path: Path) -> TextIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    return os.fdopen(descriptor, "w", encoding="utf-8")


def _take_over(file: TextIO, path: Path) -> None:
    wanted, given = path.stat(), os.fstat(file.fileno())
    if (wanted.st_uid, wanted.st_gid) != (given.st_uid, given.st_gid):
        os.fchown(file.fileno(), wanted.st_uid, wanted.st_gid)
    os.fchmod(file.fileno(), wanted.st_mode & 0o7777)


def _write(file: TextIO, text: str) -> None:
    file.write(text)
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    # The name of a file is an entry of its folder.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
