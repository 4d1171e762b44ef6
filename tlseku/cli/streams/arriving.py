"""A capture that is being written while it is read: packets as they come, and the time that passes between them.

Knows descriptors, a thread and clocks; must not know flows. The core looks at no clock: without
this a connection on a quiet line would be told only when another packet comes. A thread waits for packets; whoever
reads gets batches, and while there are none the time that it has become (``scanning.Pace``).

Time is that of the last packet and what was waited since, be it in the buffers of what captures (``MAX_DELAY_NS``). It
is told ``LEAD_NS`` ahead: a connection that is closed is waited for in case of a late RST, for two seconds of a file,
which is longer than a person should wait.
"""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from io import BufferedReader
from queue import Empty, Full, Queue
from threading import Thread
from typing import IO

from tlseku.capture import Batch, Capture
from tlseku.cli.streams.stopping import Stopping

TICK_SECONDS = 0.2
"""How often time is told, and a wish to stop is looked for."""

LEAD_NS = 1_500_000_000
"""Leaves a RST half a second after both FINs, and everything told within one."""

MAX_WAITING = 8
"""Batches that may lie between the thread and whoever reads: what is in them is in memory."""

MAX_DELAY_NS = 2_000_000_000
"""A packet that is older than this when it comes was not captured just now: tcpdump holds some for a second."""

FAR_NS = 600_000_000_000
"""A packet with a time that far from where time should be is no clock."""

RUN = 3
"""So many batches that agree are one, though."""


class Arriving:
    """The bytes of a descriptor as they come, an object with ``read`` for ``scan``; they end when ``stopping`` is
    overdue. ``name`` is for people; ``on_first`` is called when the first ones are there, of which ``taken`` are no
    longer in the descriptor."""

    def __init__(
        self, fd: int, name: str, stopping: Stopping, on_first: Callable[[], None], taken: bytes = b""
    ) -> None:
        self.name = name
        self._taken = taken
        self._on_first: Callable[[], None] | None = on_first
        self._fd = fd
        self._stopping = stopping
        # Windows waits for sockets only.
        self._can_wait = sys.platform != "win32"

    def read(self, size: int, /) -> bytes:
        """What there is, at most ``size`` bytes; ``b""`` at the end."""
        data, self._taken = self._taken[:size], self._taken[size:]
        return data or self._read(size)

    def _read(self, size: int) -> bytes:
        while self._can_wait and not select.select([self._fd], [], [], TICK_SECONDS)[0]:
            if self._stopping.overdue:
                return b""
        data = b"" if self._stopping.overdue else os.read(self._fd, size)
        if data and self._on_first is not None:
            self._on_first()
            self._on_first = None
        return data


def looked_at(stream: IO[bytes], fd: int) -> bytes:
    """What somebody has looked at (``peek``) and so taken from the descriptor of a stream; waits for nothing."""
    if not isinstance(stream, BufferedReader) or sys.platform == "win32":
        return b""
    was_blocking = os.get_blocking(fd)
    os.set_blocking(fd, False)
    try:
        return stream.read1(len(stream.peek(1)))
    finally:
        os.set_blocking(fd, was_blocking)


class Clock:
    """The time of a capture: that of its last packet that has a sound one, and what was measured since. ``clock``
    counts seconds, ``calendar`` nanoseconds since 1970-01-01 UTC."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, calendar: Callable[[], int] = time.time_ns
    ) -> None:
        self._clock = clock
        self._calendar = calendar
        self._last_ns: int | None = None
        self._at = 0.0
        self._doubted = 0

    def saw(self, batch: Batch) -> None:
        """A batch has come."""
        first_ns, last_ns = batch.ts_ns(0), batch.ts_ns(len(batch.starts) - 1)
        expected_ns = self.now_ns() or first_ns
        if abs(last_ns - expected_ns) > FAR_NS:
            self._doubted += 1
            if self._doubted < RUN:
                return
        self._doubted = 0
        delay_ns = self._calendar() - last_ns
        self._last_ns = last_ns + (delay_ns if 0 < delay_ns <= MAX_DELAY_NS else 0)
        self._at = self._clock()

    def now_ns(self) -> int | None:
        """The time in nanoseconds since 1970-01-01 UTC; None if nobody knows yet."""
        if self._last_ns is None:
            return None
        return self._last_ns + int((self._clock() - self._at) * 1e9)


def batches_and_time(capture: Capture, stopping: Stopping) -> Iterator[Batch | int]:
    """The batches of a capture that is being written, and the time while there are none. Raises what reading it
    raises."""
    queue: Queue[Batch | BaseException | None] = Queue(MAX_WAITING)
    Thread(target=_read, args=(capture, queue, stopping), daemon=True).start()
    clock = Clock()
    told = time.monotonic()
    while True:
        try:
            item = queue.get(timeout=TICK_SECONDS)
        except Empty:
            if stopping.overdue:
                return
        else:
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
            clock.saw(item)
        # Behind a batch that waits already, time is what that says.
        if queue.empty() and time.monotonic() - told >= TICK_SECONDS:
            told = time.monotonic()
            now_ns = clock.now_ns()
            if now_ns is not None:
                yield now_ns + LEAD_NS


def until_stopped(capture: Capture, stopping: Stopping) -> Iterator[Batch | int]:
    """The batches of a capture that is there already, until an end is wanted."""
    for batch in capture.batches():
        yield batch
        if stopping.asked:
            return


def _read(capture: Capture, queue: Queue[Batch | BaseException | None], stopping: Stopping) -> None:
    last: BaseException | None = None
    try:
        for batch in capture.batches():
            if not _put(queue, batch, stopping):
                return
    except BaseException as error:  # noqa: BLE001  whoever reads raises it
        last = error
    _put(queue, last, stopping)


def _put(
    queue: Queue[Batch | BaseException | None], item: Batch | BaseException | None, stopping: Stopping
) -> bool:
    """Whether somebody will take it."""
    while True:
        try:
            queue.put(item, timeout=TICK_SECONDS)
            return True
        except Full:
            if stopping.overdue:
                return False
