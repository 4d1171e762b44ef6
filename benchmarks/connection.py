"""A TCP connection as a packet capture sees it: handshake, segments, acknowledgments, end, and some disorder.

Knows sequence numbers, timing, reordering and retransmission; must not know what the bytes mean. Every method
that puts something on the wire is a generator of (microseconds since 1970, pcap record); times never go back. One
``Disorder`` is shared by all connections of a capture, so that 1 % of all data segments arrive late and 1 % twice
even where most flights are a single segment, which nothing can overtake.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from frames import ACK, FIN, PSH, RST, SYN, TCP, Lane
from hosts import Ends
from skew import skewed

Timed = tuple[int, bytes]

CLIENT, SERVER = 0, 1

SHARE = 0.01


class Disorder:
    """Keeps the account of segments that are to be delayed and repeated."""

    __slots__ = ("_late_owed", "_repeats_owed", "_rng", "late", "repeated", "segments")

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._late_owed = self._repeats_owed = 0.5
        self.segments = self.late = self.repeated = 0

    def order(self, count: int) -> list[int] | range:
        """The order in which ``count`` segments of a flight arrive."""
        self.segments += count
        self._late_owed += SHARE * count
        if self._late_owed < 1 or count < 2:
            return range(count)
        order = list(range(count))
        rng = self._rng
        while self._late_owed >= 1:
            self._late_owed -= 1
            self.late += 1
            index = int(rng.random() * (count - 1))
            later = min(index + 1 + int(rng.random() * 3), count - 1)
            order.insert(later, order.pop(index))
            if count < 8:
                break
        return order

    def repeats(self, count: int) -> list[int]:
        """Which of ``count`` segments are sent again."""
        self._repeats_owed += SHARE * count
        chosen = []
        while self._repeats_owed >= 1:
            self._repeats_owed -= 1
            self.repeated += 1
            chosen.append(int(self._rng.random() * count))
        return chosen


class Connection:
    """One connection. ``ts`` is the time of the last packet; ``pace`` microseconds lie between two segments."""

    def __init__(self, ends: Ends, ts: int, rng: random.Random, disorder: Disorder, pace: int = 0) -> None:
        self.ends = ends
        self.ts = ts
        self._rng = rng
        self._disorder = disorder
        self._lanes = ends.lanes(TCP, (64, 60), (rng.getrandbits(16), rng.getrandbits(16)))
        self._round_trip = 200 + skewed(rng, 40_000, 3)
        self._pace = pace or 8 + int(120 * rng.random())
        self._timed = rng.random() < 0.7
        self.mss = 1460 - (20 if len(ends.client) == 16 else 0) - (12 if self._timed else 0)
        self._seq = [0, 0]
        self._clocks = (rng.getrandbits(31), rng.getrandbits(31))
        self._recent = [0, 0]

    def see(self, side: int, change: Callable[[Lane], Any]) -> None:
        """Let what ``side`` sends pass by another lane."""
        lanes = list(self._lanes)
        lanes[side] = change(lanes[side])
        self._lanes = (lanes[0], lanes[1])

    def open(self) -> Iterator[Timed]:
        """SYN, SYN-ACK, ACK."""
        rng = self._rng
        self._seq = [rng.getrandbits(32), rng.getrandbits(32)]
        self._recent = [0, 0]
        here, there = self._seq
        yield self.ts, self._lanes[0].syn(self.ts, here, 0, SYN, self._clock(CLIENT))
        here = self._advance(CLIENT, 1)
        self.ts += self._round_trip
        yield self.ts, self._lanes[1].syn(self.ts, there, here, SYN | ACK, self._clock(SERVER))
        self._advance(SERVER, 1)
        self.ts += self._pace
        yield self.ts, self._bare(CLIENT, ACK)

    def say(self, side: int, data: bytes, *, acknowledged: bool = True) -> Iterator[Timed]:
        """Send ``data`` in segments; the other side acknowledges every second one and, if told so, the last."""
        if not data:
            return
        mss, lane, pace, other = self.mss, self._lanes[side], self._pace, 1 - side
        first, ack = self._seq[side], self._seq[other]
        count = (len(data) + mss - 1) // mss
        again = self._disorder.repeats(count)
        contiguous, ahead = 0, set()
        for position, index in enumerate(self._disorder.order(count)):
            flags = PSH | ACK if index == count - 1 else ACK
            start = index * mss
            seq = (first + start) & 0xFFFFFFFF
            yield (
                self.ts,
                lane.segment(self.ts, seq, ack, flags, self._clock(side), data[start : start + mss]),
            )
            self.ts += pace
            if index != contiguous:
                ahead.add(index)
                overtaken = True
            else:
                overtaken = False
                contiguous += 1
                while contiguous in ahead:
                    ahead.remove(contiguous)
                    contiguous += 1
            if contiguous < count and (overtaken or position & 1):
                self._seq[side] = (first + contiguous * mss) & 0xFFFFFFFF
                yield self.ts, self._bare(other, ACK)
                self.ts += 4
        self._seq[side] = (first + len(data)) & 0xFFFFFFFF
        if acknowledged:
            yield self.ts, self._bare(other, ACK)
        for index in again:
            # Nobody waits for these: the acknowledgment was late, or was lost behind the capture.
            self.ts += pace
            start = index * mss
            seq = (first + start) & 0xFFFFFFFF
            yield (
                self.ts,
                lane.segment(self.ts, seq, ack, ACK, self._clock(side), data[start : start + mss]),
            )

    def wait(self, microseconds: int) -> None:
        """Let time pass."""
        self.ts += microseconds

    def turn(self) -> None:
        """Let the time pass that an answer takes."""
        self.ts += self._round_trip // 2 + self._pace + int(400 * self._rng.random())

    def close(self, side: int) -> Iterator[Timed]:
        """FIN from ``side``, FIN from the other, last ACK."""
        self.ts += self._pace
        yield self.ts, self._bare(side, FIN | ACK)
        self._advance(side, 1)
        self.ts += self._round_trip
        yield self.ts, self._bare(1 - side, FIN | ACK)
        self._advance(1 - side, 1)
        self.ts += self._pace
        yield self.ts, self._bare(side, ACK)

    def reset(self, side: int) -> Iterator[Timed]:
        """RST from ``side``."""
        self.ts += self._pace
        yield self.ts, self._bare(side, RST | ACK)

    def _bare(self, side: int, flags: int) -> bytes:
        seq = self._seq
        return self._lanes[side].segment(self.ts, seq[side], seq[1 - side], flags, self._clock(side))

    def _advance(self, side: int, length: int) -> int:
        self._seq[side] = (self._seq[side] + length) & 0xFFFFFFFF
        return self._seq[side]

    def _clock(self, side: int) -> tuple[int, int] | None:
        if not self._timed:
            return None
        now = (self._clocks[side] + self.ts // 1000) & 0xFFFFFFFF
        echo = self._recent[1 - side]
        self._recent[side] = now
        return now, echo
