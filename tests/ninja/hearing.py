"""Hearing of events, by their signals and in the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tegata.events import EVENTS


@dataclass
class Heard:
    """What was told, in order.

    Attributes:
        signals: The name of each event, with all that its receivers got.
        records: The log records.
    """

    signals: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    records: list[logging.LogRecord] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The names of the events, of signals and of records alike."""
        names = [name for name, _ in self.signals]
        assert names == [record.event for record in self.records]  # type: ignore[attr-defined]
        return names

    def of(self, event: str) -> list[dict[str, Any]]:
        """What receivers of one event got."""
        return [arguments for name, arguments in self.signals if name == event]

    def forget(self) -> None:
        """Begins anew."""
        self.signals.clear()
        self.records.clear()


class _Handler(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@contextmanager
def hearing() -> Iterator[Heard]:
    """Collects what is told within it."""
    heard = Heard()
    logger, handler = logging.getLogger("tegata.events"), _Handler(heard.records)
    receivers = []
    for event in EVENTS:

        def receive(name: str = event.name, **arguments: Any) -> None:
            heard.signals.append((name, arguments))

        event.signal.connect(receive)
        receivers.append((event.signal, receive))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield heard
    finally:
        logger.setLevel(logging.NOTSET)
        logger.removeHandler(handler)
        for signal, receive in receivers:
            signal.disconnect(receive)
