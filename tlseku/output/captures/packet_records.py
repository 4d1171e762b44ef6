"""A capture once more, block by block, with nothing of a packet lost: what is copied.

Knows pcapng framing and that classic pcap can be told as pcapng; must not know what a packet contains. Every block of a
pcapng file comes out as it lies there; a classic pcap becomes a section, an interface, and a block a packet, each with
the time as precise as it was. Frame numbers are those of ``tlseku.capture``, hence of Wireshark. Where the framing
breaks the copy ends: all that is whole before it has come out, and the first reading has already said where and why.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from tlseku.capture import Batch, Source
from tlseku.capture.formats import kind_of
from tlseku.capture.pcap import read_pcap
from tlseku.capture.pcapng_interface import FIXED_LENGTH, Interface, read_interface
from tlseku.capture.source import ByteStream, open_source
from tlseku.capture.warning import WarningLog
from tlseku.errors import CaptureError
from tlseku.output.captures import blocks

MAX_BLOCK_LENGTH = 64 << 20
"""A longer block ends the copy. It is held while it is copied, and no packet that counts is longer than 1 MiB."""

_COUNTED = frozenset(
    (
        blocks.OBSOLETE_PACKET,
        blocks.SIMPLE_PACKET,
        blocks.ENHANCED_PACKET,
        *(9, 0x204, 0x216, 0x221, 0x0BAD, 0x40000BAD),
    )
)
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_WORD = {"<": Struct("<I"), ">": Struct(">I")}
_TWO_WORDS = {"<": Struct("<II"), ">": Struct(">II")}
_FIVE_WORDS = {"<": Struct("<IIIII"), ">": Struct(">IIIII")}
_HALF_WORD = {"<": Struct("<H"), ">": Struct(">H")}


class Record(NamedTuple):
    """One block: ``kind`` its type, ``block`` its bytes in byte order ``order``.

    ``frame`` is the number of the frame that it is, 0 where it is none.
    """

    kind: int
    block: bytes
    order: str
    frame: int


class CapturedPacket(NamedTuple):
    """What a packet block says: ``interface`` by number, ``ticks`` of its clock, ``ts_ns`` the same in nanoseconds,
    ``data`` the bytes captured, ``original_length`` those on the wire."""

    interface: int
    ticks: int
    ts_ns: int
    linktype: int
    data: bytes
    original_length: int


class Section:
    """The interfaces of the section that is being read. ``see`` every record, then ask for packets."""

    def __init__(self) -> None:
        self.interfaces: list[Interface] = []
        self._last_ns = 0

    def see(self, record: Record) -> None:
        """Follow the sections and interfaces of the file."""
        if record.kind == blocks.SECTION:
            self.interfaces = []
        elif record.kind == blocks.INTERFACE and len(record.block) >= 12 + FIXED_LENGTH:
            self.interfaces.append(read_interface(record.block[8:-4], record.order))

    def packet(self, record: Record) -> CapturedPacket | None:
        """The packet in a packet block; None for anything else or what does not fit.

        A Simple Packet Block has the time of the packet that was asked for before.
        """
        data, order = record.block, record.order
        if record.kind == blocks.SIMPLE_PACKET:
            return self._simple(data, order)
        if record.kind not in blocks.PACKETS_WITH_OPTIONS or len(data) < 32:
            return None
        number, high, low, captured, original = _FIVE_WORDS[order].unpack_from(data, 8)
        if record.kind == blocks.OBSOLETE_PACKET:
            number = _HALF_WORD[order].unpack_from(data, 8)[0]
        if number >= len(self.interfaces) or captured > len(data) - 32:
            return None
        clock = self.interfaces[number].clock
        ticks = high << 32 | low
        ts_ns = ticks * 1_000_000_000 // clock.ticks_per_second + clock.offset_s * 1_000_000_000
        self._last_ns = ts_ns
        body = data[blocks.PACKET_AT : blocks.PACKET_AT + captured]
        return CapturedPacket(number, ticks, ts_ns, self.interfaces[number].linktype, body, original)

    def _simple(self, data: bytes, order: str) -> CapturedPacket | None:
        if not self.interfaces or len(data) < 16:
            return None
        first = self.interfaces[0]
        original = _WORD[order].unpack_from(data, 8)[0]
        captured = min(original, first.snaplen) if first.snaplen else original
        if captured > len(data) - 16:
            return None
        return CapturedPacket(0, 0, self._last_ns, first.linktype, data[12 : 12 + captured], original)


def records(source: Source, software: str) -> Iterator[Record]:
    """The blocks of a capture; ``software`` is written into the section of one that was a classic pcap.

    Raises CaptureError if the source does not open or is no capture.
    """
    stream = open_source(source, WarningLog())
    try:
        kind = kind_of(stream.window(0, 4)[:4])
        if kind == "pcapng":
            yield from _blocks(stream)
        elif kind == "pcap":
            yield from _as_blocks(read_pcap(stream, WarningLog()), software)
        else:
            raise CaptureError(stream.name, 0, "it is not a capture any more")
    finally:
        stream.close()


def _as_blocks(batches: Iterator[Batch], software: str) -> Iterator[Record]:
    yield Record(blocks.SECTION, blocks.section_header(software=software), "<", 0)
    described = False
    for batch in batches:
        unit_ns = batch.clock.unit_ns
        if not described:
            digits = 9 if unit_ns == 1 else 6
            yield Record(blocks.INTERFACE, blocks.interface(batch.linktype, digits), "<", 0)
            described = True
        for index, start in enumerate(batch.starts):
            data = batch.data[start : start + batch.captured_length(index)]
            ticks = batch.ts_ns(index) // unit_ns
            written = blocks.enhanced_packet(0, ticks, data, batch.original_length(index))
            yield Record(blocks.ENHANCED_PACKET, written, "<", batch.first_number + index)


def _blocks(stream: ByteStream) -> Iterator[Record]:
    order = "<"
    frame = 0
    window = stream.window(0, 12)
    at = 0
    while True:
        if len(window) - at < 12:
            window, at = stream.window(at, 12), 0
            if len(window) < 12:
                return
        if window[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = _ORDERS.get(window[at + 8 : at + 12], "")
            if not order:
                return
        kind, length = _TWO_WORDS[order].unpack_from(window, at)
        if length < 12 or length & 3 or length > MAX_BLOCK_LENGTH:
            return
        if len(window) - at < length:
            window, at = stream.window(at, length), 0
            if len(window) < length:
                return
        if _WORD[order].unpack_from(window, at + length - 4)[0] != length:
            return
        counted = kind in _COUNTED
        frame += counted
        yield Record(kind, window[at : at + length], order, frame if counted else 0)
        at += length
