"""The first bytes that each side of a TCP connection sent, of the connections that begin as a caller wants.

Joins ``capture`` (files to packets) with ``network`` (packets to ordered bytes), beside the analyzer, out of its way:
whoever needs another protocol than TLS reads the capture once more. Must not know that protocol. A connection of which
one side begins with the wanted bytes is followed up to a limit; all others are dropped at their first payload.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tlseku._objects import frozen
from tlseku.capture import Capture, Source, open_capture, open_merged
from tlseku.capture.batch import Batch
from tlseku.flow import Endpoint
from tlseku.frames.reference import FRAME_BITS, FRAME_MASK
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.link import ETHERNET
from tlseku.network.decode.segment import Segment, endpoints
from tlseku.network.tcp.compressor import Compressor
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.dispatch import Connections
from tlseku.network.tcp.fast_path import take_common_frames

MOST_BYTES = 40_000
"""Bytes kept of a side: SSH packets before encryption have at most 35,000 (RFC 4253 section 6.1)."""

MOST_BYTES_IN_ALL = 64 << 20
"""Bytes kept together. Connections that come when they are used up are counted and not kept."""


class Piece(NamedTuple):
    """Up to ``end``, the side's bytes had come when this frame of ``file`` was captured at ``ts`` (nanoseconds)."""

    end: int
    file: str
    frame: int
    ts: int


@frozen
class Beginning:
    """What one side sent first: ``data`` without a hole, ``pieces`` say in which frames it came. ``whole`` is True if
    nothing of the side is missing or left out after it."""

    data: bytes
    pieces: tuple[Piece, ...]
    whole: bool

    def frame_of(self, position: int) -> Piece | None:
        """The frame that brought the byte at this position; None if there is no such byte."""
        return next((piece for piece in self.pieces if position < piece.end), None)


@frozen
class TcpBeginning:
    """The beginnings of both sides of a connection. ``initiator`` sent the SYN; ``initiator_known`` is False where
    none was seen: then it is the side that was seen first."""

    initiator: Endpoint
    other: Endpoint
    initiator_known: bool
    start: int
    by_initiator: Beginning
    by_other: Beginning


@frozen
class FirstBytes:
    """``connections`` in the order of their first packets; ``left_out`` of them were too many to be kept."""

    connections: tuple[TcpBeginning, ...]
    left_out: int
    warnings: tuple[str, ...]


def first_bytes(*sources: Source, begins: bytes, merge: bool = False) -> FirstBytes:
    """Read captures and keep the first bytes of the connections of which a side begins with ``begins``.

    Several sources are read one after the other, or with ``merge`` as one capture in the order of time. Raises
    ``CaptureError`` for one that cannot be read at all.
    """
    kept = _Kept(begins)
    warnings: list[str] = []
    if merge and len(sources) > 1:
        with open_merged(sources) as capture:
            _follow(capture, kept)
            warnings += map(str, capture.warnings)
    else:
        for source in sources:
            with open_capture(source) as capture:
                _follow(capture, kept)
                warnings += map(str, capture.warnings)
    found = sorted(kept.found, key=lambda connection: connection.start)
    return FirstBytes(tuple(found), kept.left_out, tuple(warnings))


class _Kept:
    def __init__(self, begins: bytes) -> None:
        self.begins = begins
        self.found: list[TcpBeginning] = []
        self.left_out = 0
        self.size = 0


class _Side:
    __slots__ = ("data", "over", "pieces", "whole")

    def __init__(self) -> None:
        self.data = bytearray()
        self.pieces: list[tuple[int, int, int]] = []
        self.over = False
        self.whole = True


class _Listener:
    """The listener of one connection (``network.tcp.dispatch``)."""

    __slots__ = ("_connection", "_kept", "_names", "_sides", "_wanted")

    def __init__(self, connection: Connection, kept: _Kept, names: Sequence[str]) -> None:
        self._connection = connection
        self._kept = kept
        self._names = names
        self._sides = (_Side(), _Side())
        self._wanted = False

    def is_start(self, side: int, data: bytes) -> bool:
        return data.startswith(self._kept.begins)

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        here, kept = self._sides[side], self._kept
        if here.over:
            return
        if not self._wanted and kept.size >= MOST_BYTES_IN_ALL:
            if data.startswith(kept.begins):
                kept.left_out += 1
            self._drop()
            self._connection.mute(False)
            return
        room = min(MOST_BYTES - len(here.data), MOST_BYTES_IN_ALL - kept.size)
        here.data += data[:room]
        here.pieces.append((len(here.data), frame, ts_ns))
        kept.size += min(room, len(data))
        if not self._wanted:
            self._decide(here)
        if len(data) > room:
            self._end(here)

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        self._end(self._sides[side])

    def defect(self, side: int, reason: str, frame: int) -> None:
        """Contradictions play no part here: the bytes that came first count."""

    def late(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """Nothing that comes after the beginning matters."""

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        kept = self._kept
        if not self._wanted:
            self._drop()
            return
        connection = self._connection
        ends = [Endpoint(*end) for end in endpoints(connection.key)]
        initiator = 1 if connection.syn_side == 1 else 0
        kept.found.append(
            TcpBeginning(
                ends[initiator],
                ends[1 - initiator],
                connection.syn_side >= 0,
                connection.first_ts,
                self._beginning(initiator),
                self._beginning(1 - initiator),
            )
        )

    def held(self) -> int:
        """Bytes of both sides."""
        return sum(len(here.data) for here in self._sides)

    def pack(self, compressor: Compressor) -> int:
        """The first bytes are few."""
        return 0

    def _decide(self, here: _Side) -> None:
        begins = self._kept.begins
        if bytes(here.data[: len(begins)]) == begins[: len(here.data)]:
            self._wanted = len(here.data) >= len(begins)
        else:
            # The other side may still begin as wanted; with both known not to, nobody needs the bytes.
            self._forget(here)
            self._end(here)

    def _end(self, here: _Side) -> None:
        here.over, here.whole = True, False
        if all(one.over for one in self._sides):
            self._connection.mute(False)

    def _drop(self) -> None:
        for here in self._sides:
            self._forget(here)

    def _forget(self, here: _Side) -> None:
        self._kept.size -= len(here.data)
        here.data.clear()
        here.pieces.clear()

    def _beginning(self, side: int) -> Beginning:
        here = self._sides[side]
        pieces = (
            Piece(end, self._names[frame >> FRAME_BITS], frame & FRAME_MASK, ts)
            for end, frame, ts in here.pieces
        )
        return Beginning(bytes(here.data), tuple(pieces), here.whole)


def _follow(capture: Capture, kept: _Kept) -> None:
    connections = Connections(lambda connection: _Listener(connection, kept, capture.names))
    decoder = Decoder()
    skipped: dict[int, int] = {}
    last = 0
    for batch in capture.batches():
        starts = batch.starts
        first = (batch.file << FRAME_BITS) + batch.first_number

        def moment_of(index: int, batch: Batch = batch, first: int = first) -> tuple[int, int]:
            return first + index, batch.ts_ns(index)

        def take(index: int, batch: Batch = batch, first: int = first) -> None:
            captured, ts_ns = batch.captured_length(index), batch.ts_ns(index)
            missing = max(0, batch.original_length(index) - captured)
            start = batch.starts[index]
            segment = decoder.decode(batch.linktype, batch.data, start, start + captured, missing, ts_ns)
            if isinstance(segment, Segment):
                connections.segment(segment, first + index, ts_ns)

        connections.last_packets.moment_of = moment_of
        if batch.linktype == ETHERNET:
            take_common_frames(batch.data, starts, first, connections, skipped, take)
            connections.last_packets.note_all()
        else:
            for index in range(len(starts)):
                take(index)
        if starts:
            last = max(last, batch.ts_ns(len(starts) - 1))
    connections.close(0, last)
