"""The packets of one young connection, kept as they lie in the capture until it can be read as a whole.

Knows where headers lie in a plain frame (``plain``) and which connections are simple enough: a SYN in front, then
segments that, sorted and without repetitions, follow each other without a hole or a contradiction. Must not know what
the bytes mean. Out comes, for each side, an ``Assembled``; or None, and then ``connections`` plays the packets to its
streams one by one, which know everything.

A record is what a batch holds of a packet up to the end of its IP datagram: 16 bytes of time and lengths
(``capture.batch``), then the frame. ``skim`` appends frame number and record to the log of the packet's direction.

Limits: ``MAX_PACKETS`` a direction, then the connection is read as far as it has come; ``connections`` bounds the sum.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from tlseku.network.segment import ACK, FIN, RST, SYN
from tlseku.network.stream import MAX_RESET_DISTANCE, MAX_WINDOW

if TYPE_CHECKING:
    from mypy_extensions import i64

# Packets kept of a direction. A handshake has some ten; what a side may say after it and is still followed record by
# record (``recognition.MAX_FOLLOWED``) takes twenty more.
MAX_PACKETS: Final = 40
# What a record costs beside its bytes: the object, a number, two places in a list.
RECORD_COST: Final = 96

HEADER: Final = 16
_ETHERNET: Final = HEADER + 14
_BIG_ENDIAN = Struct(">IIII")
_LITTLE_ENDIAN = Struct("<IIII")
_HALF: Final = 0x80000000
_MASK: Final = 0xFFFFFFFF


class RecordHeader:
    """How the 16 bytes in front of a packet are read: two numbers of time, captured and original length, in the
    ``byte_order`` of ``struct``. The time is seconds and a fraction in units of ``unit_ns`` nanoseconds, or a count of
    ``ticks_per_second`` ticks, high word first, plus ``offset_s`` seconds (``capture.batch.Clock``)."""

    __slots__ = ("_is_usual", "_offset_s", "_ticks_per_second", "_unit_ns", "_words")

    def __init__(self, byte_order: str, unit_ns: int, ticks_per_second: int, offset_s: int) -> None:
        self._words = _BIG_ENDIAN if byte_order == ">" else _LITTLE_ENDIAN
        self._unit_ns = unit_ns
        self._ticks_per_second = ticks_per_second
        self._offset_s = offset_s
        self._is_usual = byte_order == "<" and not ticks_per_second

    def read(self, record: bytes) -> tuple[int, int]:
        """The time of a recorded packet in nanoseconds, and the number of bytes captured."""
        if self._is_usual:
            # Classic pcap in little-endian order, read without making objects where this is compiled.
            seconds: i64 = record[0] | record[1] << 8 | record[2] << 16 | record[3] << 24
            fraction: i64 = record[4] | record[5] << 8 | record[6] << 16 | record[7] << 24
            length: i64 = record[8] | record[9] << 8 | record[10] << 16 | record[11] << 24
            return seconds * 1_000_000_000 + fraction * self._unit_ns, length
        high, low, captured, _ = self._words.unpack_from(record)
        if self._ticks_per_second:
            ticks = high << 32 | low
            return ticks * 1_000_000_000 // self._ticks_per_second + self._offset_s * 1_000_000_000, captured
        return high * 1_000_000_000 + low * self._unit_ns, captured


class Assembled(NamedTuple):
    """What one side sent, in order: ``pieces``, each with the ``frames`` and ``times`` that brought it, and ``latest``
    and ``latest_times``, by which it and all before it had come. ``first`` is the sequence number of the first byte
    (-1: nobody knows), ``size`` the number of bytes, ``end`` where FIN put the end (-1: none did)."""

    pieces: list[bytes]
    frames: list[int]
    times: list[int]
    latest: list[int]
    latest_times: list[int]
    first: int
    size: int
    end: int


class Log:
    """The packets of one direction: ``frames`` and ``records``, one each a packet."""

    __slots__ = ("frames", "records")

    def __init__(self) -> None:
        self.frames: list[int] = []
        self.records: list[bytes] = []


class Recording:
    """``logs`` has the packets of each side. ``firsts`` are the sequence numbers of the first
    bytes, -1 where nothing told; ``by_syn`` says that SYNs did. ``young`` until the first payload came."""

    __slots__ = ("by_syn", "fins", "firsts", "header", "logs", "young")

    def __init__(self, first: int, header: RecordHeader) -> None:
        self.logs = Log(), Log()
        self.firsts = [first, -1]
        # The sequence numbers behind the last byte, as FIN tells them.
        self.fins = [-1, -1]
        self.by_syn = True
        self.young = True
        self.header = header

    def last_time(self) -> int:
        """When the last packet came, in nanoseconds."""
        return max(self.header.read(log.records[-1])[0] for log in self.logs if log.records)

    def packets(self) -> list[tuple[int, bytes]]:
        """Frame and record of all packets, in the order of the capture."""
        found: list[tuple[int, bytes]] = []
        for log in self.logs:
            found += zip(log.frames, log.records, strict=True)
        found.sort()
        return found


def assemble(recording: Recording, is_ipv6: bool) -> tuple[Assembled, Assembled, int, int] | None:
    """Both sides in order, the time of the last packet and its frame; None if the connection is not simple enough."""
    log, other_log = recording.logs
    one = _side(log, recording.firsts[0], recording.fins[0], recording.header, is_ipv6)
    if one is None:
        return None
    other = _side(other_log, recording.firsts[1], recording.fins[1], recording.header, is_ipv6)
    if other is None:
        return None
    sides = one[0], other[0]
    # What the receiver has acknowledged and the capture does not have is a hole.
    for index, acked in ((0, other[1]), (1, one[1])):
        side = sides[index]
        if acked < 0:
            continue
        if side.first < 0:
            return None
        ahead: i64 = ((acked - side.first - side.size + _HALF) & _MASK) - _HALF
        if ahead > (1 if side.end >= 0 else 0) and ahead < MAX_WINDOW:
            return None
    return sides[0], sides[1], max(one[2], other[2]), max(one[3], other[3])


def _side(
    log: Log, first: int, fin: int, header: RecordHeader, is_ipv6: bool
) -> tuple[Assembled, int, int, int] | None:
    """One side, and of all its packets the highest acknowledgement (-1: none), the last time and the last frame."""
    pieces: list[bytes] = []
    frames: list[int] = []
    times: list[int] = []
    latest: list[int] = []
    latest_times: list[int] = []
    odd: list[tuple[int, int, int, bytes]] = []
    position: i64 = 0
    anchor: i64 = first
    acked: i64 = -1
    last_time: int = -1
    last_frame: int = -1
    latest_frame: int = -1
    latest_time: int = -1
    plain_tcp: i64 = _ETHERNET + (40 if is_ipv6 else 20)
    index: i64 = -1
    log_frames = log.frames
    for record in log.records:
        index += 1
        frame = log_frames[index]
        ts_ns, captured = header.read(record)
        tcp: i64 = plain_tcp
        tag: i64 = record[28]
        if tag == 0x81 or tag == 0x88:
            # ``plain`` has seen to it that these are VLAN tags.
            tag = record[32]
            tcp = plain_tcp + (8 if (tag == 0x81 and record[33] == 0) or tag == 0x88 else 4)
        size: i64 = len(record)
        if size > captured + HEADER:
            return None
        payload: i64 = tcp + (record[tcp + 12] >> 4) * 4
        if payload > size or payload < tcp + 20:
            return None
        if ts_ns > last_time:
            last_time = ts_ns
        last_frame = frame
        seq: i64 = record[tcp + 4] << 24 | record[tcp + 5] << 16 | record[tcp + 6] << 8 | record[tcp + 7]
        ack: i64 = record[tcp + 8] << 24 | record[tcp + 9] << 16 | record[tcp + 10] << 8 | record[tcp + 11]
        flags: i64 = record[tcp + 13]
        if flags & ACK and (acked < 0 or ((ack - acked + _HALF) & _MASK) - _HALF > 0):
            acked = ack
        if flags & RST:
            if payload < size:
                return None
            if seq == 0 and position == 0:
                continue
            far: i64 = ((seq - anchor - position + _HALF) & _MASK) - _HALF
            if far > MAX_RESET_DISTANCE or far < -MAX_RESET_DISTANCE:
                return None
            continue
        if flags & FIN and (seq + size - payload) & _MASK != fin:
            return None
        if payload == size or flags & SYN:
            continue
        if anchor < 0:
            return None
        if not odd and (seq - anchor) & _MASK == position:
            piece = record[payload:]
            position += size - payload
            pieces.append(piece)
            frames.append(frame)
            times.append(ts_ns)
            if frame > latest_frame:
                latest_frame = frame
            if ts_ns > latest_time:
                latest_time = ts_ns
            latest.append(latest_frame)
            latest_times.append(latest_time)
        else:
            ahead: i64 = ((seq - anchor - position + _HALF) & _MASK) - _HALF
            odd.append((position + ahead, frame, ts_ns, record[payload:]))
    if odd:
        sorted_out = _sort_in(pieces, frames, times, odd)
        if not sorted_out:
            return None
        position = 0
        latest_frame = latest_time = -1
        latest.clear()
        latest_times.clear()
        for at in range(len(pieces)):
            position += len(pieces[at])
            latest_frame = max(latest_frame, frames[at])
            latest_time = max(latest_time, times[at])
            latest.append(latest_frame)
            latest_times.append(latest_time)
    end: i64 = -1
    if fin >= 0:
        end = (fin - anchor) & _MASK
        if end != position:
            return None
    assembled = Assembled(pieces, frames, times, latest, latest_times, first, position, end)
    return assembled, acked, last_time, last_frame


def _sort_in(
    pieces: list[bytes],
    frames: list[int],
    times: list[int],
    odd: list[tuple[int, int, int, bytes]],
) -> bool:
    """Put segments that came early or twice in their places; False if that leaves a hole, an overlap or a doubt."""
    all_of: list[tuple[int, int, int, bytes]] = []
    position = 0
    for index in range(len(pieces)):
        all_of.append((position, frames[index], times[index], pieces[index]))
        position += len(pieces[index])
    all_of += odd
    all_of.sort()
    pieces.clear()
    frames.clear()
    times.clear()
    position = 0
    before = b""
    for start, frame, ts_ns, piece in all_of:
        if start == position:
            pieces.append(piece)
            frames.append(frame)
            times.append(ts_ns)
            position += len(piece)
            before = piece
        elif start != position - len(before) or piece != before:
            return False
    return True
