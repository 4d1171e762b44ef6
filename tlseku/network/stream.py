"""One direction of a TCP connection: segments in any order become bytes in order.

Knows sequence numbers (RFC 9293 section 3.4) and what a capture does to them; must not know what the bytes
mean. Out come, through a ``Listener``, the bytes in order, each with the frame that carried it, and a gap where
bytes are missing: a hole in the stream is a value in the stream.

Plan, for a segment that arrives
1. in order, nothing waiting: hand it on (the fast path);
2. behind what was handed on: a retransmission; compare with what was seen, hand on only what is new;
3. ahead: let it wait;
4. then hand on what waited and now fits;
5. if the hole before what waits will not be filled any more, say so with a gap and go on after it.

Without a SYN the first sequence number is told by what the other side acknowledged, by content that is
plainly the beginning of something (``Listener.is_start``), or, at the latest, by the lowest number among the
first segments. Limits give up the oldest hole first.
"""

from __future__ import annotations

from bisect import insort
from typing import Protocol

from tlseku.network.sequence import distance

# What may wait for an earlier segment: more than any receive window in ordinary use keeps in flight.
MAX_WAITING_BYTES = 1024 * 1024
MAX_WAITING_SEGMENTS = 1024
# A hole whose bytes the receiver has acknowledged was lost by the capture, not by the network; this long the
# capture's own reordering (several queues, several interfaces) may still deliver it.
HOLE_PATIENCE_NS = 2_000_000_000
# Without a SYN: how much is looked at before the lowest sequence number counts as the first.
MAX_UNANCHORED_SEGMENTS = 8
# A first segment further from what the peer acknowledged is not explained by loss or reordering.
MAX_ANCHOR_DISTANCE = 1024 * 1024
# What is kept to compare retransmissions with. A handshake flight is rarely longer.
MAX_HISTORY_BYTES = 16 * 1024

SEGMENT_LOST = "segment_lost"
SNAPLEN_TRUNCATED = "snaplen_truncated"
STARTS_MID = "starts_mid_handshake"
DIFFERENT_BYTES = "a retransmission differs from the bytes sent first"


class Listener(Protocol):
    """Who takes the ordered bytes of a connection. ``side`` is 0 or 1, the sender."""

    def is_start(self, side: int, data: bytes) -> bool:
        """Whether ``data`` is plainly the first bytes of a stream."""

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """The next bytes in order, all from one frame."""

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        """``length`` bytes were on the wire at this place and are not to be had (at least 1)."""

    def defect(self, side: int, reason: str, frame: int) -> None:
        """Something contradictory was seen, in plain words."""


class _Waiting:
    """A segment ahead of the stream; sorts by its position."""

    __slots__ = ("data", "frame", "missing", "position", "ts_ns")

    def __init__(self, position: int, data: bytes, missing: int, frame: int, ts_ns: int) -> None:
        self.position = position
        self.data = data
        self.missing = missing
        self.frame = frame
        self.ts_ns = ts_ns

    def __lt__(self, other: _Waiting) -> bool:
        return self.position < other.position


class Stream:
    """The state of one direction. Positions count bytes from the stream's anchor and never wrap.

    ``anchored`` is False until the first sequence number is known; ``position`` is that of the next byte to hand
    on, ``acknowledged`` the highest one that the receiver has acknowledged, ``end`` the one where FIN or RST put the
    end (-1 while none did).
    """

    __slots__ = (
        "_alternatives",
        "_history",
        "_history_bytes",
        "_hole_since",
        "_peer_ack",
        "_waiting",
        "_waiting_bytes",
        "acknowledged",
        "anchor",
        "anchored",
        "end",
        "limit_reached",
        "listener",
        "position",
        "side",
        "started_by_syn",
    )

    def __init__(self, side: int, listener: Listener | None) -> None:
        self.side = side
        self.listener = listener
        self.anchor = 0
        self.anchored = False
        self.started_by_syn = False
        self.position = 0
        self.acknowledged = 0
        self.end = -1
        self.limit_reached = 0
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._history: list[tuple[int, bytes]] = []
        self._history_bytes = 0
        self._hole_since = -1
        self._peer_ack = -1
        self._alternatives: list[int] = []

    def syn(self, seq: int) -> None:
        """A SYN with this sequence number: the next one is the first byte's (RFC 9293 section 3.4.1)."""
        first = (seq + 1) & 0xFFFFFFFF
        if not self.anchored:
            self._set_anchor(first)
            self.started_by_syn = True
        elif self.position == 0 and first != self.anchor:
            # A second SYN-ACK with another number: which one the client took shows with the first data.
            self._alternatives.append(first)

    def acked(self, ack: int) -> None:
        """The receiver has acknowledged every byte before ``ack``."""
        if self.anchored:
            position = self._position_of(ack)
            if position > self.acknowledged:
                self.acknowledged = position
            return
        self._peer_ack = ack
        if self._waiting:
            self._anchor_waiting()

    def segment(self, seq: int, data: bytes, missing: int, frame: int, ts_ns: int) -> None:
        """Take the payload of one segment, ``missing`` bytes of which were not captured at its end."""
        if not self.anchored and not self._anchor_at(seq, data, missing, frame, ts_ns):
            return
        position = self._position_of(seq)
        if self.listener is None:
            self.position = max(self.position, position + len(data) + missing)
            return
        if self._alternatives and self.position == 0 and position != 0:
            self._choose_alternative(seq)
            position = self._position_of(seq)
        if position > self.position or self._waiting:
            self._wait(_Waiting(position, data, missing, frame, ts_ns))
            self._hand_on_waiting()
            self.give_up_holes(ts_ns)
        else:
            self._hand_on(position, data, missing, frame, ts_ns)

    def finish(self, seq: int) -> None:
        """FIN or RST says that the stream ends before ``seq``."""
        if self.anchored:
            self.end = max(self._position_of(seq), 0)

    def give_up_holes(self, ts_ns: int) -> None:
        """Go on after a hole that will not be filled: too much waits, or the receiver had the bytes long ago."""
        while self._waiting:
            too_much = self._waiting_bytes > MAX_WAITING_BYTES or len(self._waiting) > MAX_WAITING_SEGMENTS
            lost = (
                self.acknowledged >= self._waiting[0].position and ts_ns - self._hole_since > HOLE_PATIENCE_NS
            )
            if not too_much and not lost:
                return
            self.limit_reached += too_much
            self._skip_hole()

    def close(self, frame: int, ts_ns: int) -> None:
        """Nothing more will come: hand on what waits, with gaps for what is missing."""
        if not self.anchored and self._waiting:
            self._anchor_waiting()
        while self._waiting:
            self._skip_hole()
        # Bytes that the receiver acknowledged, or that lie before the FIN, were on the wire.
        expected = self.end if self.end >= 0 else self.acknowledged
        if self.end < 0 and expected == self.position + 1:
            # An acknowledged FIN takes a number, too, and the FIN itself may be what is missing.
            expected = self.position
        if self.anchored and expected > self.position:
            self._gap(expected - self.position, SEGMENT_LOST, frame, ts_ns)

    @property
    def complete(self) -> bool:
        """Whether everything up to the announced end was handed on."""
        return self.end >= 0 and self.position >= self.end and not self._waiting

    @property
    def waiting(self) -> bool:
        """Whether segments wait behind a hole."""
        return bool(self._waiting)

    def forget(self) -> None:
        """Drop the listener and everything kept for it: nobody needs this stream's bytes any more."""
        self.listener = None
        self._waiting.clear()
        self._history.clear()
        self._waiting_bytes = self._history_bytes = 0

    def _set_anchor(self, seq: int) -> None:
        self.anchor = seq
        self.anchored = True

    def _position_of(self, seq: int) -> int:
        """The position of a sequence number: of all that fit, the one nearest to the next byte."""
        return self.position + distance(seq, (self.anchor + self.position) & 0xFFFFFFFF)

    def _anchor_at(self, seq: int, data: bytes, missing: int, frame: int, ts_ns: int) -> bool:
        """Find the first sequence number with the help of this segment; False if it has to wait."""
        if self._peer_ack >= 0:
            ahead = distance(seq, self._peer_ack)
            self._set_anchor(self._peer_ack if 0 <= ahead < MAX_ANCHOR_DISTANCE else seq)
            return True
        if not self._waiting and self.listener is not None and self.listener.is_start(self.side, data):
            self._set_anchor(seq)
            return True
        if not self._waiting:
            self.anchor = seq
        self._wait(_Waiting(distance(seq, self.anchor), data, missing, frame, ts_ns))
        if len(self._waiting) >= MAX_UNANCHORED_SEGMENTS:
            self._anchor_waiting()
        return False

    def _anchor_waiting(self) -> None:
        """Fix the first number for segments that came before one was known, and hand them on."""
        first = self._waiting[0].position
        if self._peer_ack >= 0:
            ahead = first - distance(self._peer_ack, self.anchor)
            if 0 < ahead < MAX_ANCHOR_DISTANCE:
                first -= ahead
        self._set_anchor((self.anchor + first) & 0xFFFFFFFF)
        for waiting in self._waiting:
            waiting.position -= first
        if self._peer_ack >= 0:
            self.acked(self._peer_ack)
        self._hand_on_waiting()

    def _choose_alternative(self, seq: int) -> None:
        nearest = min([self.anchor, *self._alternatives], key=lambda first: distance(seq, first) & 0xFFFFFFFF)
        self._set_anchor(nearest)
        self._alternatives.clear()

    def _wait(self, waiting: _Waiting) -> None:
        if not self._waiting:
            self._hole_since = waiting.ts_ns
        for piece in self._not_waiting_yet(waiting):
            insort(self._waiting, piece)
            self._waiting_bytes += len(piece.data)

    def _not_waiting_yet(self, new: _Waiting) -> list[_Waiting]:
        """What of a segment does not wait already: the first bytes to arrive for a position count."""
        pieces = []
        position, data = new.position, new.data
        for old in self._waiting:
            old_end = old.position + len(old.data)
            end = position + len(data)
            if old_end <= position:
                continue
            if old.position >= end:
                break
            low, high = max(old.position, position), min(old_end, end)
            differs = old.data[low - old.position : high - old.position] != data[low - position : high - position]
            if differs and self.listener is not None:
                self.listener.defect(self.side, DIFFERENT_BYTES, new.frame)
            if old.position > position:
                before = data[: old.position - position]
                pieces.append(_Waiting(position, before, 0, new.frame, new.ts_ns))
            data = data[high - position :]
            position = high
        if data or new.missing:
            pieces.append(_Waiting(position, data, new.missing, new.frame, new.ts_ns))
        return pieces

    def _hand_on_waiting(self) -> None:
        done = 0
        for waiting in self._waiting:
            if waiting.position > self.position:
                break
            done += 1
            self._waiting_bytes -= len(waiting.data)
            self._hand_on(waiting.position, waiting.data, waiting.missing, waiting.frame, waiting.ts_ns)
        if done:
            del self._waiting[:done]
            if self._waiting:
                self._hole_since = self._waiting[0].ts_ns

    def _skip_hole(self) -> None:
        first = self._waiting[0]
        reason = SEGMENT_LOST if self.started_by_syn or self.position else STARTS_MID
        self._gap(first.position - self.position, reason, first.frame, first.ts_ns)
        self._hand_on_waiting()

    def _gap(self, length: int, reason: str, frame: int, ts_ns: int) -> None:
        self.position += length
        if self.listener is not None:
            self.listener.gap(self.side, length, reason, frame, ts_ns)

    def _hand_on(self, position: int, data: bytes, missing: int, frame: int, ts_ns: int) -> None:
        """Hand on what is new of a segment that begins at or before the next byte."""
        seen = self.position - position
        if seen > 0:
            # One byte just before the next one is a keep-alive probe, whose content is arbitrary (RFC 9293 3.8.4).
            if not (seen == 1 and len(data) + missing <= 1):
                self._compare(position, data, frame)
            if seen >= len(data) + missing:
                return
            if seen > len(data):
                missing -= seen - len(data)
            data = data[seen:]
        if self.listener is None:
            self.position += len(data) + missing
            return
        if data:
            self._remember(data)
            self.position += len(data)
            self.listener.data(self.side, data, frame, ts_ns)
        if missing:
            self._gap(missing, SNAPLEN_TRUNCATED, frame, ts_ns)

    def _remember(self, data: bytes) -> None:
        self._history.append((self.position, data))
        self._history_bytes += len(data)
        while self._history_bytes > MAX_HISTORY_BYTES and len(self._history) > 1:
            self._history_bytes -= len(self._history.pop(0)[1])

    def _compare(self, position: int, data: bytes, frame: int) -> None:
        """Say so if bytes sent again differ from the first ones, which count."""
        for start, seen in self._history:
            low = max(start, position)
            high = min(start + len(seen), position + len(data))
            if low < high and seen[low - start : high - start] != data[low - position : high - position]:
                if self.listener is not None:
                    self.listener.defect(self.side, DIFFERENT_BYTES, frame)
                return
