"""Ctrl-C and SIGTERM while something is read that has no end of its own: what is pending is still told.

Knows signals and the exit code of a run that was stopped; must not know what is read or written. The first signal asks
whoever reads to come to an end, the second one ends the program as it would have without this.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click

INTERRUPTED = 130
"""128 and SIGINT, as shells count: also after SIGTERM, so that one code says that the end was not the capture's."""

GRACE_SECONDS = 1.0
"""What a signal also told to stop (tcpdump in the same pipeline) writes out its last packets within this."""

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_CODE = "tlseku.stopped"


class Stopping:
    """``asked`` says that somebody wants an end. ``on_asked`` is called then, in the signal's handler."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None
        self.on_asked: Callable[[], None] | None = None

    @property
    def asked(self) -> bool:
        """Whether an end is wanted."""
        return self._since is not None

    @property
    def overdue(self) -> bool:
        """Whether an end is wanted, and what was under way had its ``GRACE_SECONDS``."""
        return self._since is not None and self._clock() - self._since >= GRACE_SECONDS

    def ask(self) -> None:
        """Somebody wants an end."""
        if self._since is None:
            self._since = self._clock()
            if self.on_asked is not None:
                self.on_asked()


@contextmanager
def stopped_by_signals() -> Iterator[Stopping]:
    """Signals ask for an end in here. A run that was asked to has the exit code ``INTERRUPTED`` (``code_of``).

    A signal that whoever started the program ignores stays ignored; outside of the main thread nothing changes.
    """
    stopping = Stopping()
    context = click.get_current_context(silent=True)
    before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def restore() -> None:
        while before:
            number, handler = before.popitem()
            signal.signal(number, handler)

    def on_signal(number: int, frame: FrameType | None) -> None:
        # Whoever sends it again does not want to wait.
        restore()
        if context is not None:
            context.meta[_CODE] = INTERRUPTED
        stopping.ask()

    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
            if signal.getsignal(number) != signal.SIG_IGN:
                before[number] = signal.signal(number, on_signal)
    try:
        yield stopping
    finally:
        restore()


def code_of(context: click.Context, code: int) -> int:
    """The exit code of a run that would have ended with ``code``."""
    stopped: int = context.meta.get(_CODE, code)
    return stopped
