"""What one side sends over OpenVPN's control channel, in order.

Knows packet ids, repetitions, and that what the other side acknowledged was sent, whether or not it was captured; must
not know what the bytes mean. Packets are acknowledged one by one: of one before them that says nothing, which may have
been lost on its way and come again. Memory is bounded by ``WINDOW``.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tlseku.carriers.carrier import DATAGRAM_LOST, TlsSession
from tlseku.network.tcp.stream import SNAPLEN_TRUNCATED, STARTS_MID

WINDOW: Final = 12
"""Nothing is sent so far ahead of a packet that was not acknowledged (RELIABLE_CAPACITY in openvpn,
src/openvpn/reliable.h; what it sends has 6 at most)."""

_HANDSHAKE = 22


class _Piece(NamedTuple):
    data: bytes
    missing: int
    frame: int
    ts_ns: int


class ReliableSide:
    """One side of one key. ``waiting`` is how many bytes are kept until those before them come."""

    __slots__ = ("_acknowledged", "_behind_hole", "_expected", "_sent", "_side", "_waiting", "waiting")

    def __init__(self, side: int) -> None:
        self._side = side
        # The next packet id; -1 where the capture starts in the middle. Whether one before it is not in the capture.
        self._expected = -1
        self._behind_hole = False
        self._waiting: dict[int, _Piece] = {}
        # The last packet that is known to have been sent, and which within the window before it arrived.
        self._sent = -1
        self._acknowledged: set[int] = set()
        self.waiting = 0

    def begin(self) -> None:
        """The reset that comes first, with the packet id 0, was seen."""
        if self._expected < 0:
            self._expected = 1

    def is_repeated(self, packet_id: int) -> bool:
        """Whether this packet came before."""
        return packet_id < self._expected or packet_id in self._waiting

    def acknowledged(self, packet_ids: tuple[int, ...]) -> None:
        """The other side has these packets."""
        if packet_ids:
            self._sent = max(self._sent, *packet_ids)
            self._acknowledged.update(packet_ids)
            self._acknowledged = {each for each in self._acknowledged if each > self._sent - WINDOW}

    def add(
        self, packet_id: int, data: bytes, missing: int, session: TlsSession, frame: int, ts_ns: int
    ) -> None:
        """A packet that was not there before; what is in order goes to the session."""
        if self._expected < 0:
            self._expected = packet_id
            if data[:1] != bytes((_HANDSHAKE,)) or data[5:6] not in (b"\x01", b"\x02"):
                session.gap(self._side, 0, STARTS_MID, frame, ts_ns)
        self._sent = max(self._sent, packet_id)
        self._waiting[packet_id] = _Piece(data, missing, frame, ts_ns)
        self.waiting += len(data)
        self._hand_on(session)

    def end(self, session: TlsSession) -> None:
        """Nothing more comes: hand on what waits for something that was lost."""
        while self._waiting:
            self._pass_hole(min(self._waiting))
            self._hand_on(session)

    def _hand_on(self, session: TlsSession) -> None:
        while self._waiting:
            piece = self._waiting.pop(self._expected, None)
            if piece is not None:
                self._expected += 1
                self.waiting -= len(piece.data)
                self._tell(piece, session)
            elif self._expected in self._acknowledged:
                self._pass_hole(self._expected + 1)
            elif self._expected <= self._sent - WINDOW:
                self._pass_hole(min(*self._waiting, self._sent - WINDOW + 1))
            else:
                return

    def _pass_hole(self, packet_id: int) -> None:
        self._expected = packet_id
        self._behind_hole = True

    def _tell(self, piece: _Piece, session: TlsSession) -> None:
        if self._behind_hole:
            self._behind_hole = False
            session.gap(self._side, 0, DATAGRAM_LOST, piece.frame, piece.ts_ns)
        session.data(self._side, piece.data, piece.frame, piece.ts_ns)
        if piece.missing:
            session.gap(self._side, piece.missing, SNAPLEN_TRUNCATED, piece.frame, piece.ts_ns)
