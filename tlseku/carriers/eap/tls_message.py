"""The pieces of one TLS message of EAP become bytes of TLS again.

Knows lengths, the flag that says of more, and where a piece was lost; must not know who speaks. What EAP calls a TLS
message is a whole flight (RFC 5216 section 2.1.5): the peer's TLS sees nothing of it before its last piece, and neither
does Wireshark, so that nothing is handed on before.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

from tlseku.carriers.carrier import DATAGRAM_LOST, TlsSession
from tlseku.carriers.eap.packet import TlsPiece
from tlseku.network.tcp.stream import SNAPLEN_TRUNCATED

MAX_MESSAGE: Final = 256 * 1024
"""Bytes of one message that are kept: four times what a chain of long certificates takes."""

MAX_PIECES: Final = 1024
"""Pieces of one message that are kept: ``MAX_MESSAGE`` in EAP packets of 256 bytes."""


_MOST_BETWEEN: Final = 2
"""Identifiers between those of one message that packets may have had which are not there."""

_MANY: Final = 100
"""Pieces of one message whose identifiers go round the 256 that there are; nobody draws so many at random."""


class _Part(NamedTuple):
    """Bytes of one frame, or where ``reason`` is set a hole of ``missing`` bytes (0: nobody knows)."""

    data: bytes
    frame: int
    ts_ns: int
    missing: int = 0
    reason: str | None = None


def _steps(identifiers: list[int]) -> list[int] | None:
    """By how much each packet's identifier is greater than that of the one before: most authenticators count their
    Requests, and those of one message then lie close together. ``None`` for identifiers that are drawn at random, which
    tell nothing."""
    if len(identifiers) <= _MANY:
        from_first = [(each - identifiers[0] + 128 & 0xFF) - 128 for each in identifiers]
        if max(from_first) - min(from_first) > len(identifiers) + _MOST_BETWEEN:
            return None
    return [(later - earlier + 128 & 0xFF) - 128 for earlier, later in pairwise(identifiers)]


class TlsMessage:
    """What ``side`` sends to a session, message after message.

    ``amid`` says that pieces of a message came and others are to follow, ``waiting`` how many bytes are kept of it.
    ``doubtful`` is set where packets of the conversation came in another order than they were sent in: then only a
    length tells that a message of several pieces is whole.
    """

    __slots__ = (
        "_announced",
        "_disordered",
        "_holes",
        "_identifiers",
        "_outer_tlvs",
        "_parts",
        "_side",
        "_size",
        "amid",
        "doubtful",
        "waiting",
    )

    def __init__(self, side: int) -> None:
        self._side = side
        self._parts: list[_Part] = []
        self._announced: int | None = None
        self._size = 0
        self._outer_tlvs = 0
        # Behind how many parts a piece was lost, why, and whether that is known, or merely possible.
        self._holes: dict[int, tuple[str, bool]] = {}
        # Of the packets with the parts, in the order in which they came, each with how many parts stand before it.
        self._identifiers: list[tuple[int, int]] = []
        self._disordered = False
        self.amid = False
        self.doubtful = False
        self.waiting = 0

    def lost(self, why: str, *, certain: bool, place: int | None = None) -> None:
        """A piece of this side was not captured, or may not have been, for a ``Hidden.reason``."""
        place = len(self._parts) if place is None else place
        known = self._holes.get(place)
        if known is None or (certain and not known[1]):
            self._holes[place] = why, certain

    def disordered(self) -> None:
        """A piece of this side came too late for its place: where that was nobody knows."""
        self._disordered = True
        for place in range(len(self._parts) + 1):
            self.lost(DATAGRAM_LOST, certain=True, place=place)

    def add(self, piece: TlsPiece, identifier: int, session: TlsSession, frame: int, ts_ns: int) -> None:
        """The next piece, in the packet with this identifier; with the last one of a message its bytes go to the
        session."""
        if piece.length is not None and self._announced is None:
            # The first piece says how long all of it is: what came before it belongs elsewhere.
            self._disordered = self._disordered or bool(self._parts)
            self._announced = piece.length
        self._identifiers.append((identifier, len(self._parts)))
        self._outer_tlvs = self._outer_tlvs or piece.outer_tlvs
        if piece.data:
            self._parts.append(_Part(piece.data, frame, ts_ns))
        if piece.missing:
            self._parts.append(_Part(b"", frame, ts_ns, piece.missing, SNAPLEN_TRUNCATED))
        self._size += len(piece.data) + piece.missing
        self.waiting += len(piece.data)
        self.amid = piece.more
        if not piece.more:
            self.end(session, frame, ts_ns)
        elif self._size > MAX_MESSAGE or len(self._parts) > MAX_PIECES:
            what = f"{MAX_MESSAGE} bytes" if self._size > MAX_MESSAGE else f"{MAX_PIECES} pieces"
            session.defect(self._side, f"more than {what} in one TLS message of EAP", frame)
            self._announced = None
            self.end(session, frame, ts_ns)
            # What follows begins anywhere.
            self.lost(DATAGRAM_LOST, certain=True)

    def end(self, session: TlsSession, frame: int, ts_ns: int) -> None:
        """Hand on what there is of a message: it is complete, or never will be."""
        self._look_at_identifiers()
        self._place_hole(session, frame, ts_ns)
        self._identifiers, self._disordered = [], False
        parts, self._parts = self._without_outer_tlvs(), []
        self._announced, self._size, self._outer_tlvs, self.waiting = None, 0, 0, 0
        self._holes, self.amid = {}, False
        told = False
        for data, of_frame, of_ts, missing, reason in parts:
            if reason is not None:
                session.gap(self._side, missing, reason, of_frame, of_ts)
                continue
            if not told:
                session.data(self._side, b"", frame, ts_ns)
                told = True
            session.data(self._side, data, of_frame, of_ts)

    def _look_at_identifiers(self) -> None:
        """Find out whether pieces came in another order than they were sent in, or lack some between them."""
        steps = _steps([identifier for identifier, _ in self._identifiers]) if self._identifiers else None
        is_unsure = self.doubtful and self._announced is None and len(self._parts) > 1
        if self._disordered or is_unsure or (steps is not None and min(steps, default=1) <= 0):
            self.disordered()
        elif steps is not None:
            for step, (_, place) in zip(steps, self._identifiers[1:], strict=True):
                if step > 1:
                    self.lost(DATAGRAM_LOST, certain=True, place=place)

    def _place_hole(self, session: TlsSession, frame: int, ts_ns: int) -> None:
        """Find out whether something was lost, and how much: where it may be in several places, nobody knows."""
        certain = {place: why for place, (why, known) in self._holes.items() if known}
        if self._announced is None or self._disordered:
            self._open(certain, 0, frame, ts_ns)
            return
        missing = self._announced - self._size
        if missing < 0:
            said = f"a TLS message of EAP announces {self._announced} bytes and has {self._size}"
            session.defect(self._side, said, frame)
            self._open(certain, 0, frame, ts_ns)
        elif missing and self._parts:
            places = {place: why for place, (why, _) in self._holes.items()} or {
                len(self._parts): DATAGRAM_LOST
            }
            self._open(places, missing if len(places) == 1 else 0, frame, ts_ns)
        elif certain and not self._parts:
            self._open(certain, 0, frame, ts_ns)

    def _open(self, places: dict[int, str], length: int, frame: int, ts_ns: int) -> None:
        """Put holes of ``length`` bytes (0: nobody knows) behind so many parts."""
        for place in sorted(places, reverse=True):
            self._parts.insert(place, _Part(b"", frame, ts_ns, length, places[place]))

    def _without_outer_tlvs(self) -> list[_Part]:
        """The parts of TLS: TEAP's outer TLVs stand at the end of a message (RFC 7170 section 4.1)."""
        left = self._outer_tlvs
        parts = self._parts
        while left > 0 and parts and parts[-1].reason is None:
            last = parts.pop()
            if len(last.data) > left:
                parts.append(last._replace(data=last.data[: len(last.data) - left]))
            left -= len(last.data)
        return parts
