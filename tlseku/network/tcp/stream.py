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

from typing import Protocol

from tlseku.network.tcp.out_of_order import OutOfOrderQueue, QueuedBytes
from tlseku.network.tcp.sequence import distance

# What may wait for an earlier segment: more than any receive window in ordinary use keeps in flight.
MAX_WAITING_BYTES = 1024 * 1024
MAX_WAITING_SEGMENTS = 1024
# A hole whose bytes the receiver has acknowledged was lost by the capture, not by the network; this long the
# capture's own reordering (several queues, several interfaces) may still deliver it.
HOLE_PATIENCE_NS = 2_000_000_000
# Of a young stream patience does not end: its handshake is what everybody wants, it may come late in a file, and a
# recording (``recorder``) would wait for it, too.
YOUNG_SEGMENTS = 64
# Without a SYN: how much is looked at before the lowest sequence number counts as the first.
MAX_UNANCHORED_SEGMENTS = 8
# A first segment further from what the peer acknowledged is not explained by loss or reordering.
MAX_ANCHOR_DISTANCE = 1024 * 1024
# A window is at most 1 GiB (RFC 7323 section 2.3): what lies further away is nothing that this stream holds.
MAX_WINDOW = 1 << 30
# A reset is believed this far from the next byte: what is in flight, or what a capture misses of a fast transfer.
MAX_RESET_DISTANCE = 16 * 1024 * 1024
# Different SYN-ACKs kept until it shows which one counts; servers that send several send two.
MAX_ALTERNATIVES = 8
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

    def late(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """A segment that came after the stream was muted and is still looked at, whole, not in order."""


class Stream:
    """The state of one direction. Positions count bytes from the stream's anchor and never wrap.

    ``anchored`` is False until the first sequence number is known, ``started_by_syn`` says that a SYN or its answer
    told it; ``position`` is that of the next byte to hand on, ``acknowledged`` the highest one that the receiver has
    acknowledged, ``end`` the one where FIN put the end (-1 while none did), ``fin_seen`` whether there was one at all.
    ``limit_reached`` names the first limit that made the stream give up a hole, "" while none did.
    """

    __slots__ = (
        "_alternatives",
        "_history",
        "_hole_since",
        "_peer_ack",
        "_queue",
        "_segments",
        "acknowledged",
        "anchor",
        "anchored",
        "end",
        "fin_seen",
        "limit_reached",
        "listener",
        "muted",
        "position",
        "side",
        "started_by_syn",
        "watcher",
    )

    def __init__(self, side: int, listener: Listener | None, queued: QueuedBytes) -> None:
        self.side = side
        self.listener = listener
        self.muted = False
        self.watcher: Listener | None = None
        self.anchor = 0
        self.anchored = False
        self.started_by_syn = False
        self.position = 0
        self.acknowledged = 0
        self.end = -1
        self.fin_seen = False
        self.limit_reached = ""
        self._queue = OutOfOrderQueue(queued)
        # The last bytes handed on without a gap between them; they end at ``position``.
        self._history = bytearray()
        self._hole_since = 0
        self._segments = 0
        self._peer_ack = -1
        self._alternatives: tuple[int, ...] = ()

    def resume(self, first: int, size: int, end: int, by_syn: bool) -> None:
        """Go on behind ``size`` bytes that somebody else has read, the first of which has the number ``first``; ``end``
        is where FIN put the end, -1 if none did."""
        self.anchor = first
        self.anchored = True
        self.started_by_syn = by_syn
        self.position = self.acknowledged = size
        self.end = end
        self.fin_seen = end >= 0

    def syn(self, seq: int) -> None:
        """A SYN with this sequence number: the next one is the first byte's (RFC 9293 section 3.4.1)."""
        first = (seq + 1) & 0xFFFFFFFF
        if not self.anchored:
            self._set_anchor(first)
            self.started_by_syn = True
            self._hand_on_waiting()
        elif self.position == 0 and first != self.anchor and first not in self._alternatives:
            # A second SYN-ACK with another number: which one the client took shows with its next ack or the first data.
            self._alternatives = (*self._alternatives[1 - MAX_ALTERNATIVES :], first)

    def acked(self, ack: int) -> None:
        """The receiver has acknowledged every byte before ``ack``."""
        if not self.anchored:
            self._peer_ack = ack
            if self._queue:
                self._anchor_waiting()
            return
        if self._alternatives and self.position == 0:
            self._choose_alternative(ack)
        position = self._position_of(ack)
        if self.acknowledged < position <= self.position + MAX_WINDOW:
            self.acknowledged = position

    def segment(self, seq: int, data: bytes, missing: int, frame: int, ts_ns: int) -> None:
        """Take the payload of one segment, ``missing`` bytes of which were not captured at its end."""
        self._segments += 1
        if not self.anchored and not self._anchor_at(seq, data, missing, frame, ts_ns):
            return
        position = self._position_of(seq)
        if self.listener is None:
            end = position + len(data) + missing
            if end > self.position or self._is_vague:
                if self.watcher is not None and data and position >= self.position:
                    self.watcher.late(self.side, data, frame, ts_ns)
                self.position = end
            return
        if self._alternatives and self.position == 0 and position != 0:
            self._choose_alternative(seq)
            position = self._position_of(seq)
        if position == self.position and not self._queue:
            self._hand_on(data, missing, frame, ts_ns)
        else:
            self._out_of_order(position, data, missing, frame, ts_ns)

    def finish(self, seq: int) -> None:
        """A FIN says that the stream ends before ``seq``. One that lies before what was seen is an old one."""
        self.fin_seen = True
        if not self.anchored:
            return
        end = self._position_of(seq)
        if self.muted:
            # Most of what came before was not looked at.
            self.position = self.end = max(end, 0)
            return
        if self.position <= end <= self.position + MAX_WINDOW:
            self.end = end
            if self.listener is None:
                self.position = end

    def give_up_holes(self, ts_ns: int) -> None:
        """Go on after a hole that will not be filled: too much waits, or the receiver had the bytes long ago."""
        while self._queue:
            limit = ""
            if self._queue.cost > MAX_WAITING_BYTES:
                limit = "MAX_WAITING_BYTES"
            elif len(self._queue) > MAX_WAITING_SEGMENTS:
                limit = "MAX_WAITING_SEGMENTS"
            elif not self.anchored or not (
                self._segments > YOUNG_SEGMENTS
                and self.acknowledged >= self._queue.first.position
                and ts_ns - self._hole_since > HOLE_PATIENCE_NS
            ):
                return
            self.limit_reached = self.limit_reached or limit
            self._skip_hole()

    def stop_waiting(self) -> None:
        """Hand on what waits, with gaps for what is missing between."""
        if not self.anchored and self._queue:
            self._anchor_waiting()
        while self._queue:
            self._skip_hole()

    def close(self, frame: int, ts_ns: int) -> None:
        """Nothing more will come: hand on what waits, with gaps for what is missing."""
        self.stop_waiting()
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
        return 0 <= self.end <= self.position and not self._queue

    @property
    def waiting(self) -> bool:
        """Whether segments wait behind a hole, or for the first sequence number."""
        return len(self._queue) > 0

    @property
    def history_size(self) -> int:
        """Bytes kept to compare retransmissions with."""
        return len(self._history)

    @property
    def _is_vague(self) -> bool:
        """Whether the position is that of the last segment that was handed in, as not every one is of a muted stream;
        once its FIN was, nothing goes back behind that."""
        return self.muted and self.end < 0

    def forget_history(self) -> int:
        """Compare no retransmission with what was handed on until now; how many bytes were kept for that."""
        size = len(self._history)
        if size:
            self._history = bytearray()
        return size

    def may_begin_after(self, seq: int) -> bool | None:
        """Whether a SYN with this sequence number suits what was seen of the stream; None if that says nothing."""
        first = (seq + 1) & 0xFFFFFFFF
        if self.anchored:
            return first == self.anchor
        if self._queue:
            return 0 <= distance(self.anchor + self._queue.first.position, first) < MAX_ANCHOR_DISTANCE
        if self._peer_ack >= 0:
            return 0 <= distance(self._peer_ack, first) < MAX_ANCHOR_DISTANCE
        return None

    def may_repeat(self, seq: int) -> bool:
        """Whether a segment with this sequence number can be an old one of this stream, which is over."""
        if not self.anchored:
            return True
        # After a FIN nothing follows; after a reset, what was in flight.
        ahead = 0 if self.end >= 0 else MAX_ANCHOR_DISTANCE
        offset = distance(seq, (self.anchor + self.position) & 0xFFFFFFFF)
        return -(self.position + MAX_ANCHOR_DISTANCE) <= offset <= ahead

    def may_reset_at(self, seq: int) -> bool:
        """Whether a RST with this sequence number is in or near the window (RFC 5961 section 3)."""
        if not self.anchored or self._is_vague or (seq == 0 and self.position == 0):
            # 0 is the number of a RST that answers a SYN (RFC 9293 section 3.5.2).
            return True
        return abs(distance(seq, (self.anchor + self.position) & 0xFFFFFFFF)) <= MAX_RESET_DISTANCE

    def mute(self, watcher: Listener | None) -> None:
        """Nobody needs the bytes any more, and from now on not every segment is handed in; ``watcher`` still takes,
        as ``late``, those that are."""
        self.forget()
        self.muted = True
        self.watcher = watcher

    def follow_again(self, listener: Listener, reads_on: bool) -> None:
        """Undo ``mute``: the next bytes go to ``listener``, with ``reads_on`` none that were acknowledged already."""
        self.listener = listener
        self.watcher = None
        self.muted = False
        if reads_on and self.position < self.acknowledged <= self.position + MAX_WINDOW:
            self.position = self.acknowledged

    def forget(self) -> None:
        """Drop who listens and everything kept for that: nobody needs this stream's bytes any more."""
        self.listener = self.watcher = None
        if self._queue:
            if self.anchored and self._queue.end > self.position:
                self.position = self._queue.end
            self._queue.clear()
        self._history = bytearray()

    def _set_anchor(self, seq: int) -> None:
        """Fix the first number; what waits was placed by a number that was only tried."""
        if self._queue:
            self._queue.shift(distance(self.anchor, seq))
        self.anchor = seq
        self.anchored = True

    def _position_of(self, seq: int) -> int:
        """The position of a sequence number: of all that fit, the one nearest to the next byte."""
        return self.position + distance(seq, (self.anchor + self.position) & 0xFFFFFFFF)

    def _anchor_at(self, seq: int, data: bytes, missing: int, frame: int, ts_ns: int) -> bool:
        """Find the first sequence number with the help of this segment; False if it has to wait."""
        if self.listener is None:
            self._set_anchor(seq)
            return True
        if self._peer_ack >= 0:
            ahead = distance(seq, self._peer_ack)
            is_probe = ahead == -1 and len(data) + missing <= 1
            self._set_anchor(self._peer_ack if 0 <= ahead < MAX_ANCHOR_DISTANCE or is_probe else seq)
            return True
        if not self._queue:
            self.anchor = seq
        position = distance(seq, self.anchor)
        is_lowest = not self._queue or position <= self._queue.first.position
        if is_lowest and self.listener.is_start(self.side, data):
            self._set_anchor(seq)
            return True
        if self._queue.add(position, data, missing, frame, ts_ns):
            self.listener.defect(self.side, DIFFERENT_BYTES, frame)
        self._hole_since = self._queue.first.ts_ns
        if len(self._queue) >= MAX_UNANCHORED_SEGMENTS:
            self._anchor_waiting()
        return False

    def _anchor_waiting(self) -> None:
        """Fix the first number for segments that came before one was known, and hand them on."""
        first = self._queue.first.position
        if self._peer_ack >= 0:
            acknowledged = distance(self._peer_ack, self.anchor)
            if 0 < first - acknowledged < MAX_ANCHOR_DISTANCE:
                first = acknowledged
        self._set_anchor((self.anchor + first) & 0xFFFFFFFF)
        if self._peer_ack >= 0:
            self.acked(self._peer_ack)
        self._hand_on_waiting()

    def _choose_alternative(self, seq: int) -> None:
        nearest = min([self.anchor, *self._alternatives], key=lambda first: (seq - first) & 0xFFFFFFFF)
        self._set_anchor(nearest)
        self._alternatives = ()
        self.acknowledged = 0

    def _out_of_order(self, position: int, data: bytes, missing: int, frame: int, ts_ns: int) -> None:
        differs = False
        seen = self.position - position
        if seen > 0:
            # One byte just before the next one is a keep-alive probe, whose content is arbitrary (RFC 9293 3.8.4).
            if not (seen == 1 and len(data) + missing <= 1):
                differs = self._differs(position, data)
            if seen > len(data):
                missing -= min(missing, seen - len(data))
            data = data[seen:]
            position = self.position
        if data or missing:
            if not self._queue:
                self._hole_since = ts_ns
            differs = self._queue.add(position, data, missing, frame, ts_ns) or differs
        if differs and self.listener is not None:
            self.listener.defect(self.side, DIFFERENT_BYTES, frame)
        if position == self.position:
            self._hand_on_waiting()
        self.give_up_holes(ts_ns)

    def _hand_on_waiting(self) -> None:
        handed_on = False
        while self._queue and self._queue.first.position <= self.position:
            handed_on = True
            piece = self._queue.take()
            if piece.end <= self.position:
                continue
            if piece.position < self.position:
                piece = piece.part(self.position, piece.end)
            missing = 0 if piece.data else piece.end - piece.position
            self._hand_on(piece.data, missing, piece.frame, piece.ts_ns)
        if handed_on and self._queue:
            self._hole_since = self._queue.first.ts_ns

    def _skip_hole(self) -> None:
        first = self._queue.first
        if first.position > self.position:
            reason = SEGMENT_LOST if self.started_by_syn or self.position else STARTS_MID
            self._gap(first.position - self.position, reason, first.frame, first.ts_ns)
        self._hand_on_waiting()

    def _gap(self, length: int, reason: str, frame: int, ts_ns: int) -> None:
        self.position += length
        self._history.clear()
        if self.listener is not None:
            self.listener.gap(self.side, length, reason, frame, ts_ns)

    def _hand_on(self, data: bytes, missing: int, frame: int, ts_ns: int) -> None:
        """Hand on what begins at the next byte."""
        if data:
            self.position += len(data)
            if self.listener is not None:
                history = self._history
                history += data[-MAX_HISTORY_BYTES:]
                if len(history) > 2 * MAX_HISTORY_BYTES:
                    del history[:-MAX_HISTORY_BYTES]
                self.listener.data(self.side, data, frame, ts_ns)
        if missing:
            self._gap(missing, SNAPLEN_TRUNCATED, frame, ts_ns)

    def _differs(self, position: int, data: bytes) -> bool:
        """Whether bytes sent again differ from the first ones, which count, as far back as those are kept."""
        start = self.position - len(self._history)
        low, high = max(start, position), min(self.position, position + len(data))
        return (
            low < high and self._history[low - start : high - start] != data[low - position : high - position]
        )
