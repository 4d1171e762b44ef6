"""Two ends that speak OpenVPN: their control channel, key by key.

Knows resets, keys and what it means that the server's data come or that a client repeats itself; must not know what
brings the packets, nor TLS. Each key is negotiated in a TLS handshake of its own, which becomes a flow of its own. An
OpenVPN server that refuses a certificate drops the session: nothing comes any more, and the client repeats itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tlseku.carriers.carrier import TlsSession
from tlseku.carriers.openvpn.reliable import ReliableSide
from tlseku.carriers.openvpn_packet import (
    ACK,
    CLIENT_RESETS,
    DATA,
    HARD_RESETS,
    OPCODES,
    RESETS,
    SOFT_RESET,
    WRAPPED,
    ControlPacket,
    layout_amid,
    layout_of,
    opcode_of,
    read_control,
)
from tlseku.carriers.outer import Outer
from tlseku.errors import Malformed
from tlseku.network.decode.segment import NOT_TCP, OPENVPN, OPENVPN_WRAPPED
from tlseku.network.tcp.connection import Connection

MAX_KEYS: Final = 8
"""Keys of a conversation that are followed: as many as a key id of three bits tells apart."""

AGAIN_NS: Final = 100_000_000
"""A packet is sent again after two seconds at the earliest; one that comes before this was captured twice."""

_READ: Final = 0


class _Key:
    """The negotiation of one key."""

    __slots__ = ("client_ts", "connection", "outer", "server_spoke_last", "session", "sides")

    def __init__(self, connection: Connection, outer: Outer) -> None:
        self.connection = connection
        self.outer = outer
        self.session: TlsSession | None = None
        self.sides = ReliableSide(0), ReliableSide(1)
        self.server_spoke_last = False
        # When the client said something new.
        self.client_ts = connection.first_ts

    @property
    def waiting(self) -> int:
        return self.sides[0].waiting + self.sides[1].waiting

    def tell(self, outer: Outer) -> None:
        if outer != self.outer:
            self.outer = outer
            if self.session is not None:
                self.session.tell(outer)

    def end(self, how: str, frame: int, ts_ns: int) -> None:
        session, self.session = self.session, None
        if session is not None:
            for side in self.sides:
                side.end(session)
            session.ended(how, -1, frame, ts_ns)


class OpenVpnConversation:
    """Both ends. ``new_connection`` gives the connection of a key that begins, with its frame and time; ``new_session``
    what takes its TLS. Sides are those of that connection: 0 sent the first packet."""

    __slots__ = (
        "_client",
        "_heard",
        "_keys",
        "_layout",
        "_new_connection",
        "_new_session",
        "_over_tcp",
        "_session_ids",
        "last_frame",
        "last_ts",
    )

    def __init__(
        self,
        new_connection: Callable[[int, int], Connection],
        new_session: Callable[[Connection], TlsSession],
        *,
        over_tcp: bool,
    ) -> None:
        self._new_connection = new_connection
        self._new_session = new_session
        self._over_tcp = over_tcp
        self._layout: int | None = None
        # The side that opened, -1 where that was not seen.
        self._client = -1
        self._session_ids: list[bytes | None] = [None, None]
        # The sides of which anything was captured.
        self._heard = [False, False]
        self._keys: dict[int, _Key] = {}
        self.last_frame = 0
        self.last_ts = 0

    @property
    def waiting(self) -> int:
        """Bytes that are kept until those before them come."""
        return sum(key.waiting for key in self._keys.values())

    def begins_anew(self, data: bytes, side: int) -> bool:
        """Whether a packet begins another session between the same ends: the client opens with a new session id."""
        known = self._session_ids[side]
        return opcode_of(data) in CLIENT_RESETS and known is not None and known != data[1:9]

    def take(self, data: bytes, missing: int, side: int, frame: int, ts_ns: int) -> int:
        """Read a packet of at least ten bytes: 0, or the reason to count it under."""
        opcode = opcode_of(data)
        if opcode in DATA:
            self._tunnelled(data[0] & 7, side, frame, ts_ns)
            return _READ if self._layout is not None and self._layout >= 0 else self._unread
        if opcode not in OPCODES:
            return NOT_TCP
        if self._layout is None:
            self._layout = layout_of(data)
        if self._layout is None:
            self._layout = layout_amid(data)
        if self._layout is None or self._layout == WRAPPED:
            return self._unread
        try:
            packet = read_control(data, self._layout, missing)
        except Malformed as problem:
            for key in self._keys.values():
                if key.session is not None:
                    key.session.defect(side, f"OpenVPN: {problem}", frame)
                    return _READ
            return OPENVPN
        self._control(packet, side, frame, ts_ns)
        return _READ

    def end(self, how: str, frame: int, ts_ns: int) -> None:
        """Nothing more comes."""
        for key in self._keys.values():
            key.end(how, frame, ts_ns)
        self._keys.clear()

    def gap(self, side: int, reason: str, frame: int, ts_ns: int) -> None:
        """Bytes of a side are missing, and with them where the next packet begins."""
        for key in self._keys.values():
            if key.session is not None:
                key.session.gap(side, 0, reason, frame, ts_ns)

    @property
    def _unread(self) -> int:
        return OPENVPN_WRAPPED if self._layout == WRAPPED else OPENVPN

    def _control(self, packet: ControlPacket, side: int, frame: int, ts_ns: int) -> None:
        self._heard[side] = True
        if packet.opcode in HARD_RESETS:
            self._session_ids[side] = packet.session_id
            self._client = side if packet.opcode in CLIENT_RESETS else 1 - side
        key = self._key(packet, frame, ts_ns)
        key.connection.last_frame = frame
        key.connection.last_ts = max(key.connection.last_ts, ts_ns)
        key.sides[1 - side].acknowledged(packet.acks)
        if packet.opcode in RESETS:
            key.sides[side].begin()
            return
        if packet.opcode == ACK or packet.packet_id is None:
            return
        this = key.sides[side]
        if this.is_repeated(packet.packet_id):
            self._repeated(key, side, frame, ts_ns)
            return
        if side != self._client:
            key.server_spoke_last = True
            key.tell(replace(key.outer, repeated=None))
        else:
            key.server_spoke_last = False
            key.client_ts = ts_ns
        if not packet.payload and not packet.missing:
            this.begin()
            return
        session = key.session
        if session is None:
            session = key.session = self._new_session(key.connection)
            session.tell(key.outer)
        key.connection.saw_payload(side)
        this.add(packet.packet_id, packet.payload, packet.missing, session, frame, ts_ns)

    def _key(self, packet: ControlPacket, frame: int, ts_ns: int) -> _Key:
        """The negotiation that a packet belongs to, begun if need be."""
        key = self._keys.get(packet.key_id)
        if key is not None and packet.opcode == SOFT_RESET and key.outer.answer is not None:
            # Key ids come round again (they have three bits).
            key.end("reused", frame, ts_ns)
            key = None
        if key is None:
            if len(self._keys) >= MAX_KEYS:
                self._keys.pop(next(iter(self._keys))).end("reused", frame, ts_ns)
            wrapping = "tls-auth" if self._layout else None
            outer = Outer(wrapping=wrapping, over_tcp=self._over_tcp)
            key = self._keys[packet.key_id] = _Key(self._new_connection(frame, ts_ns), outer)
        return key

    def _repeated(self, key: _Key, side: int, frame: int, ts_ns: int) -> None:
        """A packet came again: the client's, if the server has said nothing since. Where the capture has one direction
        only, nobody can tell whether it has; what comes at once was captured twice."""
        if (
            side == self._client
            and ts_ns - key.client_ts >= AGAIN_NS
            and self._heard[1 - side]
            and not key.server_spoke_last
            and key.outer.repeated is None
        ):
            key.tell(replace(key.outer, repeated=frame))

    def _tunnelled(self, key_id: int, side: int, frame: int, ts_ns: int) -> None:
        """Data of the tunnel: the server sends them to nobody whom it has not let in."""
        key = self._keys.get(key_id)
        if key is None or self._client < 0 or side == self._client or key.outer.answer is not None:
            return
        key.tell(
            replace(
                key.outer,
                answer="accept",
                answered_as="data of the tunnel",
                answer_frame=frame,
                answer_ts=ts_ns,
            )
        )
