"""Recorded packets put in order, where that is simple.

Knows where headers lie in a plain frame (``plain``) and which connections are simple enough: segments that, sorted and
without repetitions, follow each other without a hole or a contradiction. Must not know what the bytes mean. Out comes,
for each side, an ``Assembled``; or None, and then ``connections`` plays the packets to its streams one by one, which
know everything."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from tlseku.network.recording import HEADER, RecordHeader, Recording
from tlseku.network.segment import ACK, FIN, RST, SYN
from tlseku.network.stream import MAX_RESET_DISTANCE, MAX_WINDOW
from tlseku.network.words import IS_COMPILED, word

if TYPE_CHECKING:
    from mypy_extensions import i64

_ETHERNET: Final = HEADER + 14
_HALF: Final = 0x80000000
_MASK: Final = 0xFFFFFFFF
# Sequence number, acknowledgement, data offset and flags.
_TCP: Final = Struct(">IIBB")


class Assembled:
    """What one side sent, in order: ``pieces``, each with the ``frames`` and ``times`` that brought it, and ``latest``
    and ``latest_times``, by which it and all before it had come: where nothing came late these are the same lists.
    ``first`` is the sequence number of the first byte (-1: nobody knows), ``size`` the number of bytes, ``acked`` the
    highest number that the side acknowledges (-1: none)."""

    __slots__ = ("_odd", "acked", "first", "frames", "latest", "latest_times", "pieces", "size", "times")

    def __init__(self, first: i64) -> None:
        self.first: i64 = first
        self.size: i64 = 0
        self.acked: i64 = -1
        self.pieces: list[bytes] = []
        self.frames: list[int] = []
        self.times: list[int] = []
        self.latest = self.frames
        self.latest_times = self.times
        # Segments that came early, late or twice, and all behind the first of them: position, frame, time, bytes.
        self._odd: list[tuple[int, int, int, bytes]] | None = None

    def add(self, seq: i64, piece: bytes, frame: i64, ts_ns: int) -> None:
        """The bytes of a segment."""
        if self._odd is None and (seq - self.first) & _MASK == self.size:
            self.pieces.append(piece)
            self.frames.append(frame)
            self.times.append(ts_ns)
            self.size += len(piece)
            return
        if self._odd is None:
            self._odd = []
        ahead: i64 = ((seq - self.first - self.size + _HALF) & _MASK) - _HALF
        self._odd.append((self.size + ahead, frame, ts_ns, piece))

    def sort(self) -> bool:
        """All was added: put it in order. False if that leaves a hole, an overlap or a doubt."""
        if self._odd is not None:
            if not self._sort_in(self._odd):
                return False
            self.latest = []
            latest = -1
            for frame in self.frames:
                latest = max(latest, frame)
                self.latest.append(latest)
        before = -1
        for ts_ns in self.times:
            if ts_ns < before:
                self._sort_times()
                break
            before = ts_ns
        return True

    def _sort_times(self) -> None:
        self.latest_times = []
        latest = -1
        for ts_ns in self.times:
            latest = max(latest, ts_ns)
            self.latest_times.append(latest)

    def _sort_in(self, odd: list[tuple[int, int, int, bytes]]) -> bool:
        all_of: list[tuple[int, int, int, bytes]] = []
        position = 0
        for index, piece in enumerate(self.pieces):
            all_of.append((position, self.frames[index], self.times[index], piece))
            position += len(piece)
        all_of += odd
        all_of.sort()
        self.pieces.clear()
        self.frames.clear()
        self.times.clear()
        position = 0
        before = b""
        for start, frame, ts_ns, piece in all_of:
            if start == position:
                self.pieces.append(piece)
                self.frames.append(frame)
                self.times.append(ts_ns)
                position += len(piece)
                before = piece
            elif start != position - len(before) or piece != before:
                return False
        self.size = position
        return True


def assemble(recording: Recording, header: RecordHeader, is_ipv6: bool) -> tuple[Assembled, Assembled] | None:
    """Both sides in order; None if the connection is not simple enough."""
    one, other = Assembled(recording.first), Assembled(recording.other_first)
    side = one
    plain_tcp: i64 = _ETHERNET + (40 if is_ipv6 else 20)
    index: i64 = 0
    marks = recording.marks
    for record in recording.records:
        mark: i64 = marks[index]
        index += 1
        size: i64 = len(record)
        tcp: i64 = plain_tcp
        tag: i64 = record[28]
        if tag == 0x81 or tag == 0x88:
            # ``plain`` has seen to it that these are VLAN tags.
            tag = record[32]
            tcp = plain_tcp + (8 if (tag == 0x81 and record[33] == 0) or tag == 0x88 else 4)
        if IS_COMPILED:
            seq: i64 = word(record, tcp + 4)
            ack: i64 = word(record, tcp + 8)
            offset: i64 = record[tcp + 12]
            flags: i64 = record[tcp + 13]
        else:
            seq, ack, offset, flags = _TCP.unpack_from(record, tcp + 4)
        payload: i64 = tcp + (offset >> 4) * 4
        if payload > size or payload < tcp + 20:
            return None
        side = other if mark & 1 else one
        if flags & ACK and (side.acked < 0 or ((ack - side.acked + _HALF) & _MASK) - _HALF > 0):
            side.acked = ack
        if flags & (RST | FIN | SYN):
            if flags & RST:
                if payload < size:
                    return None
                # What it says of a side that has said nothing yet is no number of it.
                if seq or side.size:
                    far: i64 = ((seq - side.first - side.size + _HALF) & _MASK) - _HALF
                    if far > MAX_RESET_DISTANCE or far < -MAX_RESET_DISTANCE:
                        return None
                continue
            if flags & FIN:
                fin: i64 = recording.other_fin if mark & 1 else recording.fin
                if (seq + size - payload) & _MASK != fin:
                    return None
            if flags & SYN:
                continue
        if payload < size:
            if side.first < 0:
                return None
            side.add(seq, record[payload:], mark >> 1, header.read(record)[0])
    if not one.sort() or not other.sort():
        return None
    if not _ends_well(one, recording.fin, other.acked) or not _ends_well(
        other, recording.other_fin, one.acked
    ):
        return None
    return one, other


def _ends_well(side: Assembled, fin: i64, acked: i64) -> bool:
    """Whether a side has all up to its ``fin``, and all that the other has ``acked``: what was acknowledged and is not
    in the capture is a hole."""
    has_end: i64 = 0
    if fin >= 0:
        if (fin - side.first) & _MASK != side.size:
            return False
        has_end = 1
    if acked < 0:
        return True
    if side.first < 0:
        return False
    ahead: i64 = ((acked - side.first - side.size + _HALF) & _MASK) - _HALF
    return ahead <= has_end or ahead >= MAX_WINDOW
