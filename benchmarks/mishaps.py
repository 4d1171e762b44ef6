"""What a capture lacks of a flow: a lost packet, one direction, its beginning or its end.

Knows which segments of a course are seen, and so what can be seen of its messages; must not know what the messages
mean. Only what makes the truth doubtful is left out: nothing is lost of the hellos alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from connection import CLIENT, SERVER, Connection, Timed
from frames import Lane
from skew import Deck
from variety import Course

MISHAPS = {
    "": 60,
    "loses a certificate": 9,
    "loses data": 7,
    "client only": 2,
    "server only": 2,
    "begins after the opening": 2,
    "begins after the ClientHello": 1,
    "ends in the handshake": 2,
    "ends in a chain": 1,
}
"""One flow in ten then loses a packet (not every one can), one in ten lacks a direction, its beginning or its end."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """What is not captured: one segment (turn, index), what a side says, all before a turn, all from a place on."""

    name: str = ""
    lost: tuple[int, int] | None = None
    unseen: int | None = None
    begins: int | None = None
    opened: bool = True
    ends: tuple[int, int] | None = None

    def sees(self, side: int, turn: int, start: int, stop: int, mss: int) -> bool:
        """Whether a whole message is captured, which lies in ``start`` to ``stop`` of what is said in ``turn``."""
        if side == self.unseen or (self.begins is not None and turn < self.begins):
            return False
        if self.ends is not None and (
            turn > self.ends[0] or (turn == self.ends[0] and stop > self.ends[1] * mss)
        ):
            return False
        return (
            self.lost is None
            or turn != self.lost[0]
            or stop <= self.lost[1] * mss
            or start >= (self.lost[1] + 1) * mss
        )


class Mishaps:
    """Draws what happens to each course."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._deck = Deck(rng, MISHAPS)

    def of(self, course: Course, mss: int) -> Mishap:
        """A mishap that can happen to this course; else none."""
        name = self._deck.draw()
        if not name:
            return Mishap()
        handshake = range(course.hello, len(course.turns))
        if name == "client only" or name == "server only":
            # (an alert alone does not tell that there was TLS, nor which side is the client)
            if name == "server only" and course.answered is None:
                return Mishap()
            return Mishap(name, unseen=SERVER if name == "client only" else CLIENT)
        if name.startswith("begins"):
            begins = course.hello + name.endswith("ClientHello")
            return Mishap() if course.answered is None else Mishap(name, begins=begins, opened=False)
        if name == "ends in the handshake":
            turn = handshake[int(self._rng.random() * min(len(handshake), 3))]
            return Mishap(name, ends=(turn, len(course.turns[turn][1])))
        place = self._place(course, name, mss)
        if place is None:
            return Mishap()
        return Mishap(name, ends=place) if name.startswith("ends") else Mishap(name, lost=place)

    def _place(self, course: Course, name: str, mss: int) -> tuple[int, int] | None:
        """Which segment of a chain, or of the last answer, is the first that is not seen."""
        if name == "loses data":
            turn = len(course.turns) - 1 - (course.turns[-1][0] == CLIENT)
            last = (len(course.turns[turn][1]) - 1) // mss
            return (turn, last) if last > 0 and turn > course.hello + 1 else None
        if not course.chains:
            return None
        chain = course.chains[int(self._rng.random() * len(course.chains))]
        if not chain.stops:
            return None
        first, last = chain.start // mss, (chain.stops[-1] - 1) // mss
        # What is before it in its first segment is not lost with it.
        first += chain.start % mss > 5
        return (chain.turn, first + int(self._rng.random() * (last - first + 1))) if first <= last else None


class _Partly:
    """A lane of which some packets are not seen: those are without bytes."""

    def __init__(self, lane: Lane, lost: bytes | None) -> None:
        self._lane = lane
        self._lost = lost

    def syn(self, *of: object) -> bytes:
        """The opening, unless nothing is seen."""
        return self._lane.syn(*of) if self._lost is not None else b""  # type: ignore[arg-type]

    def segment(self, *of: object) -> bytes:
        """Any other segment, unless it is the lost one."""
        record = self._lane.segment(*of)  # type: ignore[arg-type]
        payload = of[5] if len(of) > 5 else b""
        return b"" if self._lost is None or (payload and payload == self._lost) else record


def passing(connection: Connection, course: Course, mishap: Mishap) -> Iterator[Timed]:
    """The packets of a course as far as they are captured."""
    if mishap.unseen is not None:
        connection.see(mishap.unseen, lambda lane: _Partly(lane, None))
    if mishap.lost is not None:
        turn, index = mishap.lost
        side, data = course.turns[turn]
        lost = data[index * connection.mss : (index + 1) * connection.mss]
        connection.see(side, lambda lane: _Partly(lane, lost))
    for packet in _said(connection, course, mishap):
        if packet[1]:
            yield packet


def _said(connection: Connection, course: Course, mishap: Mishap) -> Iterator[Timed]:
    for packet in connection.open():
        if mishap.opened:
            yield packet
    for turn, (side, data) in enumerate(course.turns):
        connection.turn()
        said = connection.say(
            side, data[: mishap.ends[1] * connection.mss] if mishap.ends and mishap.ends[0] == turn else data
        )
        for packet in said:
            if mishap.begins is None or turn >= mishap.begins:
                yield packet
        if mishap.ends is not None and turn == mishap.ends[0]:
            return
    if course.leaves is not None:
        how, who = course.leaves
        connection.turn()
        yield from connection.close(who) if how == "fin" else connection.reset(who)
