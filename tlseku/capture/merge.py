"""Several captures read as one, in the order of time.

Knows batches and their times; must not know formats. Out come batches in which ``file`` says where a packet is
from; frame numbers stay those of the file. Within one file the order is never changed, packets of one time
come in the order in which the files were named.

Plan: a short look at each file tells the time of its first packet, and the file is closed again. A file is
opened when that time has come, so a rotated set has one or two files open at a time; where many overlap, the
descriptors that were not used lately are given back. The file with the earliest next packet hands out the run
of packets that are not later than the next packet of any other file, as a slice of its batch. Memory is one
window for each file that is open, and windows shrink as the number of files grows.
"""

from __future__ import annotations

import heapq
import os
import stat
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import NamedTuple

from tlseku.capture.batch import LATEST_NS, RECORD_HEADER_LENGTH, Batch
from tlseku.capture.capture_file import CaptureFile
from tlseku.capture.feed import BLOCK_SIZE
from tlseku.capture.reader import Capture, open_capture
from tlseku.capture.secret import SecretList
from tlseku.capture.source import STANDARD_INPUT, Source, name_of
from tlseku.capture.warning import WarningLog
from tlseku.errors import CaptureError

MAX_DESCRIPTORS = 32
"""Files of a merged capture that keep their descriptor. Systems allow 256 (macOS) to 1024 in all."""

_WINDOW_BUDGET = 32 << 20
_LEAST_BLOCK = 64 << 10
_PEEK_BLOCK = 16 << 10
_SECOND = 1_000_000_000
_TWO_WORDS = {"<": Struct("<II"), ">": Struct(">II")}


class _Head(NamedTuple):
    """The next packet of a file: heap order is time, then the order in which the files were named."""

    ts_ns: int
    file: int


class _Member:
    """One file of the merged capture, not necessarily open."""

    __slots__ = ("at", "batch", "file", "rest", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.file: CaptureFile | None = None
        self.rest: Iterator[Batch] = iter(())
        self.batch: Batch | None = None
        self.at = 0


def open_merged(sources: Sequence[Source]) -> Capture:
    """Open captures (such as a rotated set) as one whose packets come in the order of time.

    Link types, byte orders and formats may differ. ``Capture.names`` is in the order of ``sources``. Standard
    input may be among them once; it and objects with ``read`` are held open, and are waited for. Raises
    ``CaptureError`` if one of them does not open or is not a capture, ``ValueError`` if there are none.
    """
    if not sources:
        raise ValueError("there is nothing to open")
    if len(sources) == 1:
        return open_capture(sources[0])
    if sum(isinstance(source, str) and source == STANDARD_INPUT for source in sources) > 1:
        raise CaptureError(STANDARD_INPUT, None, "standard input can be read once only")
    log = WarningLog()
    secrets = SecretList()
    merged = _Merged(sources, log, secrets)
    return Capture([name_of(source) for source in sources], merged, log, secrets)


class _Merged:
    """What ``Capture`` draws on: the files of ``sources`` in the order of time."""

    def __init__(self, sources: Sequence[Source], log: WarningLog, secrets: SecretList) -> None:
        self._log = log
        self._secrets = secrets
        self._block_size = max(_LEAST_BLOCK, min(BLOCK_SIZE, _WINDOW_BUDGET // len(sources)))
        self._members = [_Member(source) for source in sources]
        self._packets = [0] * len(sources)
        self._closed_bytes = 0
        self._with_descriptor: OrderedDict[int, CaptureFile] = OrderedDict()
        self._heads: list[_Head] = []
        self._without_packets: list[int] = []
        try:
            for index in range(len(sources)):
                self._look_at(index)
        except BaseException:  # whatever it is goes on to the caller, without the open files
            self.close()
            raise
        heapq.heapify(self._heads)

    def batches(self) -> Iterator[Batch]:
        """The batches that were not handed out yet."""
        heads = self._heads
        while heads:
            index = heapq.heappop(heads).file
            member = self._members[index]
            if member.file is None:
                self._open_gently(index)
            batch = member.batch
            if batch is None:
                continue
            head = _Head(batch.ts_ns(member.at), index)
            if heads and heads[0] < head:  # the file has changed since it was looked at
                heapq.heappush(heads, head)
                continue
            start = member.at
            end = len(batch.starts)
            if heads:
                rival = heads[0]
                end = end_of_run(batch, start, rival.ts_ns if index < rival.file else rival.ts_ns - 1)
            self._packets[index] += end - start
            yield _part_of(batch, start, end)
            member.at = end
            if end == len(batch.starts):
                self._advance(index)
            if member.batch is not None:
                heapq.heappush(heads, _Head(member.batch.ts_ns(member.at), index))
        yield from self._batches_of_the_others()

    def packets_per_file(self) -> tuple[int, ...]:
        """Packets handed out so far, by index of the file."""
        return tuple(self._packets)

    def total_bytes(self) -> int:
        """Bytes read so far, decompressed, of all files."""
        return self._closed_bytes + sum(m.file.bytes_read for m in self._members if m.file is not None)

    def close(self) -> None:
        """Close what is open."""
        for index in range(len(self._members)):
            self._close(index)

    def _look_at(self, index: int) -> None:
        source = self._members[index].source
        if not _can_be_opened_again(source):
            self._open(index)
            batch = self._members[index].batch
            first = None if batch is None else batch.ts_ns(0)
        else:
            first = _time_of_first_packet(source)
        if first is None:
            self._without_packets.append(index)
        else:
            self._heads.append(_Head(first, index))

    def _batches_of_the_others(self) -> Iterator[Batch]:
        # They held no packet when they were looked at; reading them says why, if there is a why.
        for index in self._without_packets:
            member = self._members[index]
            if member.file is None:
                self._open_gently(index)
            while member.batch is not None:
                self._packets[index] += len(member.batch.starts)
                yield member.batch
                self._advance(index)
        self._without_packets = []

    def _open_gently(self, index: int) -> None:
        try:
            self._open(index)
        except CaptureError as error:
            self._log.add(error.file, error.offset, error.problem)

    def _open(self, index: int) -> None:
        member = self._members[index]
        member.file = CaptureFile(
            member.source, self._log, self._secrets, index=index, block_size=self._block_size
        )
        member.rest = member.file.batches()
        self._advance(index)

    def _advance(self, index: int) -> None:
        member = self._members[index]
        if member.file is None:
            return
        self._with_descriptor[index] = member.file
        self._with_descriptor.move_to_end(index)
        member.batch = next(member.rest, None)
        member.at = 0
        if member.batch is None:
            self._close(index)
        elif len(self._with_descriptor) > MAX_DESCRIPTORS:
            self._with_descriptor.popitem(last=False)[1].park()

    def _close(self, index: int) -> None:
        member = self._members[index]
        self._with_descriptor.pop(index, None)
        if member.file is not None:
            self._closed_bytes += member.file.bytes_read
            member.file.close()
            member.file = None
            member.batch = None


def _can_be_opened_again(source: Source) -> bool:
    if not isinstance(source, str | os.PathLike) or source == STANDARD_INPUT:
        return False
    try:
        return stat.S_ISREG(os.stat(source).st_mode)
    except (OSError, ValueError):
        return True  # opening it will say what is wrong


def _time_of_first_packet(source: Source) -> int | None:
    file = CaptureFile(source, WarningLog(), SecretList(), block_size=_PEEK_BLOCK)
    try:
        for batch in file.batches():
            return batch.ts_ns(0)
    finally:
        file.close()
    return None


def end_of_run(batch: Batch, start: int, last_ns: int) -> int:
    """Index of the first packet of ``batch`` from ``start`` on whose time is later than ``last_ns`` nanoseconds.

    The number of packets if there is none. Compares as ``Batch.ts_ns`` would, without making every time.
    """
    data = batch.data
    starts = batch.starts
    if last_ns >= LATEST_NS:
        # Whatever claims to be later still counts as that.
        return len(starts)
    clock = batch.clock
    unpack_from = _TWO_WORDS[clock.byte_order].unpack_from
    if not clock.ticks_per_second:
        unit_ns = clock.unit_ns
        for index in range(start, len(starts)):
            seconds, fraction = unpack_from(data, starts[index] - RECORD_HEADER_LENGTH)
            if seconds * _SECOND + fraction * unit_ns > last_ns:
                return index
        return len(starts)
    # The first count of ticks that is later: ticks * SECOND // ticks_per_second > last_ns - offset.
    later = -((last_ns + 1 - clock.offset_s * _SECOND) * clock.ticks_per_second // -_SECOND)
    for index in range(start, len(starts)):
        high, low = unpack_from(data, starts[index] - RECORD_HEADER_LENGTH)
        if (high << 32 | low) >= later:
            return index
    return len(starts)


def _part_of(batch: Batch, start: int, end: int) -> Batch:
    if start == 0 and end == len(batch.starts):
        return batch
    return batch._replace(starts=batch.starts[start:end], first_number=batch.first_number + start)
