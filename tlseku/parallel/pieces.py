"""What a process makes of the flows of a capture as they end, for the one that asked: flows again, or Arrow batches.

Knows how each is written and read back; must not know how processes are started. Flows go as records over parts
(``encoding``), which are told once for all captures that a process reads. Each part and record is packed by itself, and
unpacked when somebody asks for what it holds: whoever counts flows, or passes over most of them, pays for no other.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from functools import partial
from typing import TypeVar, cast

from tlseku._objects import frozen
from tlseku.data_frames import arrow
from tlseku.data_frames.columns import What
from tlseku.encoding.records import RecordReader, RecordWriter
from tlseku.encoding.trees import from_bytes, to_bytes
from tlseku.flow import Flow
from tlseku.parallel.one_capture import CaptureReader, Ending
from tlseku.parallel.urls import Place
from tlseku.parallel.workers import Piece, handing_back
from tlseku.scanning import ScanOptions

MOST_FLOWS = 512
"""Flows of a piece. The first piece has one, and each has twice as many as the one before: whoever waits for the first
flow gets it at once, and the others cost little."""

_T = TypeVar("_T")

_Told = tuple[bool, tuple[tuple[int, bytes], ...], tuple[int, ...], tuple[bytes, ...]]
"""Whether parts are told anew; parts by their numbers; numbers of flows and their records. All packed by themselves."""


@frozen
class FlowsOf:
    """Makes pieces that ``FlowReader`` makes flows of."""

    options: ScanOptions

    def __call__(self) -> _FlowPieces:
        return _FlowPieces(self.options)


class _FlowPieces:
    def __init__(self, options: ScanOptions) -> None:
        self._reader = CaptureReader(options)
        self._packer = FlowPacker()

    def __call__(self, place: Place) -> Generator[bytes, None, Ending]:
        endings: list[Ending] = []
        for several in _growing(handing_back(self._reader.read(place), endings.append)):
            yield self._packer.packed(several)
        return endings[0]


class FlowPacker:
    """Makes pieces of flows, for a ``FlowReader``."""

    def __init__(self) -> None:
        self._writer = RecordWriter()
        self._process = os.getpid()

    def packed(self, flows: Sequence[Flow]) -> bytes:
        """A piece; those of one process must be read in their order."""
        if self._process != os.getpid():
            # A copy of the process in which this was made: whoever reads its pieces knows no part yet.
            self._process = os.getpid()
            self._writer.begin()
        numbers = tuple([flow.number for flow in flows])
        records = tuple([to_bytes(self._writer.record(flow)) for flow in flows])
        begins, new = self._writer.take_new()
        parts = tuple([(each.number, to_bytes(each.tree(as_read=True))) for each in new])
        self._writer.make_room()
        return to_bytes((begins, parts, numbers, records))


class FlowReader:
    """Makes flows of the pieces of all processes."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[dict[int, bytes], RecordReader]] = {}

    def flows(self, piece: Piece, before: int) -> list[Flow]:
        """The flows of a piece, numbered behind ``before`` others; those of one process must come in their order."""
        begins, new, numbers, records = cast(_Told, from_bytes(piece.data))
        if begins:
            # Flows that were made before hold on to what they need.
            told: dict[int, bytes] = {}
            self._known[piece.worker] = told, RecordReader(lambda number: from_bytes(told.pop(number)))
        parts, reader = self._known[piece.worker]
        parts.update(new)
        make = partial(_flow, reader, before)
        return [
            Flow.later(make, record, number + before) for number, record in zip(numbers, records, strict=True)
        ]


def _flow(reader: RecordReader, before: int, record: bytes) -> Flow:
    unpacked = from_bytes(record)
    assert isinstance(unpacked, tuple)
    return reader.flow(unpacked, before)


@frozen
class BatchesOf:
    """Makes pieces that ``read_batch`` makes record batches of, for each of the tables ``whats``."""

    options: ScanOptions
    whats: tuple[What, ...]
    batch_rows: int

    def __call__(self) -> _BatchPieces:
        return _BatchPieces(self)


class _BatchPieces:
    def __init__(self, asked: BatchesOf) -> None:
        self._reader = CaptureReader(asked.options)
        self._asked = asked

    def __call__(self, place: Place) -> Generator[bytes, None, Ending]:
        endings: list[Ending] = []
        flows = handing_back(self._reader.read(place), endings.append)
        whats = self._asked.whats
        for what, batch in arrow.batches_of_several(flows, whats, self._asked.batch_rows):
            yield bytes([whats.index(what)]) + arrow.written_batch(batch)
        return endings[0]


def read_batch(piece: Piece, whats: Sequence[What]) -> arrow.BatchOf:
    """The table that a piece is a part of, and that part."""
    what = whats[piece.data[0]]
    return what, arrow.read_batch(piece.data[1:], what)


def _growing(each: Iterator[_T]) -> Iterator[list[_T]]:
    """Several at a time, ever more of them."""
    most = 1
    held: list[_T] = []
    for one in each:
        held.append(one)
        if len(held) >= most:
            yield held
            held, most = [], min(2 * most, MOST_FLOWS)
    if held:
        yield held
