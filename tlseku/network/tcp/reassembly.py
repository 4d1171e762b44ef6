"""Recorded packets put in order.

Knows which connections are simple: segments that, sorted and without repetitions, follow each other without a hole or
an overlap. Must not know what the bytes mean. Out comes, for each side, an ``Assembled``. Where it is not as simple,
that has a ``Replay`` for both, in which streams put the packets in order, so that a hole is a value here as it is
there; and None where something contradicts itself: then ``connection_table`` plays the packets one by one to listeners
that know everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from librt.strings import BytesWriter, read_i64_le

from tlseku._build import mypyc_attr
from tlseku.frames.arrivals import add_arrival, frame_at, time_at
from tlseku.network.decode.segment import ACK, FIN, RST
from tlseku.network.tcp.out_of_order import QueuedBytes
from tlseku.network.tcp.recording import NUMBERS, Recording
from tlseku.network.tcp.stream import MAX_RESET_DISTANCE, MAX_WINDOW, Stream

if TYPE_CHECKING:
    from mypy_extensions import i64

_HALF: Final = 0x80000000
_MASK: Final = 0xFFFFFFFF
_NO_ARRIVALS: Final = b""


@mypyc_attr(acyclic=True)
class Assembled:
    """What one side sent, in order: ``pieces``, with the ``arrivals`` that brought each, and ``until``, by which it and
    all before it had come: where nothing came late these are the same. ``first`` is the sequence number of the first
    byte (-1: nobody knows), ``size`` the number of bytes, ``acked`` the highest number that the side acknowledges (-1:
    none). With a ``replay`` there are no pieces here: it has those of both sides."""

    __slots__ = (
        "_brought",
        "_in_time",
        "_last_ts",
        "_odd",
        "acked",
        "arrivals",
        "first",
        "pieces",
        "replay",
        "size",
        "until",
    )

    def __init__(self, first: i64) -> None:
        self.first: i64 = first
        self.size: i64 = 0
        self.acked: i64 = -1
        self.pieces: list[bytes] = []
        self.arrivals = _NO_ARRIVALS
        self.until = _NO_ARRIVALS
        self.replay: Replay | None = None
        self._brought = BytesWriter()
        # Whether no piece was captured, by its time, before the one before it.
        self._in_time = True
        self._last_ts: i64 = -1
        # Segments that came early, late or twice, and all behind the first of them: position, frame, time, bytes.
        self._odd: list[tuple[int, int, int, bytes]] | None = None

    def add(self, seq: i64, piece: bytes, frame: i64, ts_ns: i64) -> None:
        """The bytes of a segment."""
        if self._odd is None and (seq - self.first) & _MASK == self.size:
            self._put(piece, frame, ts_ns)
            return
        if self._odd is None:
            self._odd = []
        ahead: i64 = ((seq - self.first - self.size + _HALF) & _MASK) - _HALF
        self._odd.append((self.size + ahead, frame, ts_ns, piece))

    def _put(self, piece: bytes, frame: i64, ts_ns: i64) -> None:
        self.pieces.append(piece)
        add_arrival(self._brought, frame, ts_ns)
        self.size += len(piece)
        if ts_ns < self._last_ts:
            self._in_time = False
        self._last_ts = ts_ns

    def sort(self) -> bool:
        """All was added: put it in order. False if that leaves a hole, an overlap or a doubt."""
        in_order = self._odd is None
        if self._odd is not None and not self._sort_in(self._odd):
            return False
        self.arrivals = self._brought.getvalue()
        self.until = self.arrivals if in_order and self._in_time else _latest(self.arrivals)
        return True

    def _sort_in(self, odd: list[tuple[int, int, int, bytes]]) -> bool:
        all_of: list[tuple[int, int, int, bytes]] = []
        arrivals = self._brought.getvalue()
        position = 0
        for index, piece in enumerate(self.pieces):
            all_of.append((position, frame_at(arrivals, index), time_at(arrivals, index), piece))
            position += len(piece)
        all_of += odd
        all_of.sort()
        self.pieces.clear()
        self._brought.truncate(0)
        self._in_time = True
        self._last_ts = -1
        self.size = 0
        before = b""
        for start, frame, ts_ns, piece in all_of:
            if start == self.size:
                self._put(piece, frame, ts_ns)
                before = piece
            elif start != self.size - len(before) or piece != before:
                return False
        return True


def _latest(arrivals: bytes) -> bytes:
    """Frame and time by which each piece and all before it had come."""
    until = BytesWriter()
    frame: i64 = -1
    ts_ns: i64 = -1
    for index in range(len(arrivals) // 16):
        frame = max(frame, frame_at(arrivals, index))
        ts_ns = max(ts_ns, time_at(arrivals, index))
        add_arrival(until, frame, ts_ns)
    return until.getvalue()


class Receiver(Protocol):
    """Takes the bytes of both sides as streams put them in order."""

    def piece(self, side: int, data: bytes, frame: int, ts_ns: int) -> bool:
        """The next bytes of a side; whether enough was received of both."""

    def gap(self, side: int, length: int, reason: str) -> None:
        """``length`` bytes of a side are missing here."""

    def late(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """A segment after enough was received, not in order."""


class Replay:
    """The packets of a connection that began with SYNs, handed to two streams as ``connection_table`` hands them."""

    __slots__ = ("_is_odd", "_receiver", "_recording", "_streams")

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._receiver: Receiver | None = None
        self._streams: tuple[Stream, Stream] | None = None
        self._is_odd = False

    def run(self, receiver: Receiver | None, goes_on: bool) -> bool:
        """Hand on everything, if there is a receiver.

        False if something contradicts itself, or what is missing may still come. Unless the connection ``goes_on``,
        nothing more comes, and what waits is handed on with the holes before it.
        """
        held = QueuedBytes()
        streams = self._streams = Stream(0, self, held), Stream(1, self, held)
        self._receiver = receiver
        for stream in streams:
            stream.resume(self._recording.first_of(stream.side), 0, -1, True)
        is_sound = self._play(streams)
        if is_sound and not goes_on:
            for stream in streams:
                stream.close(-1, -1)
        self._recording.size, self._recording.other_size = streams[0].position, streams[1].position
        self._is_odd = self._is_odd or streams[0].limit_reached != "" or streams[1].limit_reached != ""
        # Each of them holds this in turn.
        for stream in streams:
            stream.forget()
        self._streams = self._receiver = None
        return is_sound and not self._is_odd

    def _play(self, streams: tuple[Stream, Stream]) -> bool:
        is_closed = False
        for side, frame, ts_ns, seq, ack, flags, payload in self._recording.packets():
            stream, other = streams[side], streams[1 - side]
            # What is acknowledged and missing was lost by the capture.
            if flags & ACK:
                other.acked(ack)
                if other.waiting:
                    other.give_up_holes(ts_ns)
            if payload:
                stream.segment(seq, payload, 0, frame, ts_ns)
            elif stream.waiting:
                stream.give_up_holes(ts_ns)
            if flags & RST:
                if not stream.may_reset_at(seq):
                    return False
                is_closed = True
            elif flags & FIN:
                stream.finish((seq + len(payload)) & _MASK)
                is_closed = True
            if self._is_odd:
                return False
            if is_closed and not stream.muted and stream.complete and other.complete:
                # What still comes is repeated, and nobody compares it.
                return True
        return streams[0].muted or not self._recording.has_both_ends

    # A listener of the streams.

    def is_start(self, side: int, data: bytes) -> bool:
        """SYNs told where they begin."""
        return False

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """The next bytes in order."""
        if self._receiver is not None and self._receiver.piece(side, data, frame, ts_ns):
            for stream in self._streams or ():
                stream.mute(self)

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        """Bytes are missing."""
        if self._receiver is not None:
            self._receiver.gap(side, length, reason)

    def defect(self, side: int, reason: str, frame: int) -> None:
        """A contradiction."""
        self._is_odd = True

    def late(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """A segment after enough was handed on."""
        if self._receiver is not None:
            self._receiver.late(side, data, frame, ts_ns)


def assemble(recording: Recording) -> tuple[Assembled, Assembled] | None:
    """Both sides in order, or to be put in order; None if that is not simple enough."""
    one, other = Assembled(recording.first), Assembled(recording.other_first)
    recording.unpack()
    numbers = recording.numbers.getvalue()
    payloads = recording.payloads
    carried: i64 = 0
    of_one: i64 = 0
    of_other: i64 = 0
    end: i64 = len(numbers)
    at: i64 = 0
    while at < end:
        mark: i64 = read_i64_le(numbers, at)
        seq: i64 = read_i64_le(numbers, at + 16)
        ack: i64 = read_i64_le(numbers, at + 24)
        size: i64 = ack >> 32
        flags: i64 = seq >> 32
        seq &= _MASK
        ack &= _MASK
        side = other if mark & 1 else one
        if flags & ACK and (side.acked < 0 or ((ack - side.acked + _HALF) & _MASK) - _HALF > 0):
            side.acked = ack
        if flags & (RST | FIN):
            if flags & RST:
                if size:
                    return None
                # What it says of a side that has said nothing yet is no number of it.
                if seq or side.size:
                    far: i64 = ((seq - side.first - side.size + _HALF) & _MASK) - _HALF
                    if far > MAX_RESET_DISTANCE or far < -MAX_RESET_DISTANCE:
                        return None
            else:
                fin: i64 = recording.other_fin if mark & 1 else recording.fin
                if (seq + size) & _MASK != fin:
                    return None
        if size:
            if side.first < 0:
                return None
            side.add(seq, payloads[carried], mark >> 1, read_i64_le(numbers, at + 8))
            carried += 1
            if mark & 1:
                of_other += size
            else:
                of_one += size
        at += NUMBERS
    if (
        not one.sort()
        or not other.sort()
        or not _ends_well(one, recording.fin, other.acked)
        or not _ends_well(other, recording.other_fin, one.acked)
    ):
        # A hole, an overlap or a doubt.
        if not recording.by_syn or other.first < 0:
            return None
        replay = Replay(recording)
        # With both ends known, what is missing may be on its way.
        if recording.has_both_ends and not replay.run(None, goes_on=False):
            return None
        one.replay = other.replay = replay
        one.size, other.size = of_one, of_other
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
    return ahead <= has_end or ahead > MAX_WINDOW
