"""Which of several pipes has something to be read.

Knows that ``multiprocessing`` asks the system anew for each wait, which takes longer than to read what is there, and
that pipes of Windows can be asked no other way; must not know what comes through them.
"""

from __future__ import annotations

import sys
from multiprocessing.connection import Connection, wait
from selectors import EVENT_READ, DefaultSelector
from typing import cast


class Pipes:
    """Ends of pipes, of which some may have something to be read, or be closed at the other end."""

    def __init__(self) -> None:
        self._pipes: list[Connection] = []
        self._selector = None if sys.platform == "win32" else DefaultSelector()

    def add(self, pipe: Connection) -> None:
        """One more."""
        self._pipes.append(pipe)
        if self._selector is not None:
            self._selector.register(pipe, EVENT_READ)

    def remove(self, pipe: Connection) -> None:
        """One less; it must be open still."""
        self._pipes.remove(pipe)
        if self._selector is not None:
            self._selector.unregister(pipe)

    def ready(self) -> list[Connection]:
        """Waits for the first that has something, and gives all that have."""
        if self._selector is None:
            return cast("list[Connection]", wait(self._pipes))
        return [cast(Connection, key.fileobj) for key, _ in self._selector.select()]

    def close(self) -> None:
        """Nobody will ask any more; the pipes stay as they are."""
        if self._selector is not None:
            self._selector.close()
