"""What one side sends over OpenVPN's control channel, in order.

Knows packet ids, repetitions, and that what the other side acknowledged was sent, whether or not it was captured; must
not know what the bytes mean. Memory is bounded by ``MAX_AHEAD``.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tlseku.carriers.carrier import DATAGRAM_LOST, TlsSession
from tlseku.network.tcp.stream import SNAPLEN_TRUNCATED, STARTS_MID

MAX_AHEAD: Final = 64
"""Packets that wait for one before them: eight times the window of OpenVPN (TLS_RELIABLE_N_SEND_BUFFERS)."""

_HANDSHAKE = 22


class _Piece(NamedTuple):
    data: bytes
    missing: int
    frame: int
    ts_ns: int


class ReliableSide:
    """One side of one key. ``waiting`` is how many bytes are kept until those before them come."""

    __slots__ = ("_acknowledged", "_expected", "_side", "_waiting", "waiting")

    def __init__(self, side: int) -> None:
        self._side = side
        # The next packet id; -1 where the capture starts in the middle.
        self._expected = -1
        self._waiting: dict[int, _Piece] = {}
        self._acknowledged = -1
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
        self._acknowledged = max(self._acknowledged, *packet_ids) if packet_ids else self._acknowledged

    def add(
        self, packet_id: int, data: bytes, missing: int, session: TlsSession, frame: int, ts_ns: int
    ) -> None:
        """A packet that was not there before; what is in order goes to the session."""
        if self._expected < 0:
            self._expected = packet_id
            if data[:1] != bytes((_HANDSHAKE,)) or data[5:6] not in (b"\x01", b"\x02"):
                session.gap(self._side, 0, STARTS_MID, frame, ts_ns)
        self._waiting[packet_id] = _Piece(data, missing, frame, ts_ns)
        self.waiting += len(data)
        self._hand_on(session)
        while self._waiting and (
            self._expected <= self._acknowledged < min(self._waiting) or len(self._waiting) > MAX_AHEAD
        ):
            self._pass_hole(session)

    def end(self, session: TlsSession) -> None:
        """Nothing more comes: hand on what waits for something that was lost."""
        while self._waiting:
            self._pass_hole(session)

    def _pass_hole(self, session: TlsSession) -> None:
        first = min(self._waiting)
        piece = self._waiting[first]
        session.gap(self._side, 0, DATAGRAM_LOST, piece.frame, piece.ts_ns)
        self._expected = first
        self._hand_on(session)

    def _hand_on(self, session: TlsSession) -> None:
        while True:
            piece = self._waiting.pop(self._expected, None)
            if piece is None:
                return
            self._expected += 1
            self.waiting -= len(piece.data)
            session.data(self._side, piece.data, piece.frame, piece.ts_ns)
            if piece.missing:
                session.gap(self._side, piece.missing, SNAPLEN_TRUNCATED, piece.frame, piece.ts_ns)
