"""EAP over a link: EAPOL, as a station and an access point or a switch speak it.

Knows the header (IEEE 802.1X section 11.3) and whose packet is whose; must not know TLS. Both ends may send to a group
address, so that only the EAP code tells who is asked, and only the identifier which Response is for which Request:
what an authenticator asks the group is kept until somebody answers, unless it plainly goes on with one of them.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from tlseku.carriers.carrier import READ, CarrierHost
from tlseku.carriers.conversation_table import ConversationCarrier
from tlseku.carriers.eap.conversation import EapConversation
from tlseku.carriers.eap.packet import IDENTITY, REQUEST, RESPONSE, EapPacket, read_eap
from tlseku.errors import Malformed
from tlseku.network.decode.segment import EAPOL, NOT_IP, Datagram
from tlseku.network.tcp.connection import Connection

MAX_HELD: Final = 16
"""Requests of one authenticator to the group that wait for whoever answers."""

MAX_AUTHENTICATORS: Final = 1024
"""Authenticators of which Requests are held."""

_HEADER = 4
_EAP_PACKET = 0
_NO_PORTS = bytes(4)


class _Held(NamedTuple):
    packet: EapPacket
    frame: int
    ts_ns: int


class _Station(EapConversation):
    """A peer with its authenticator, and the conversation between them."""

    __slots__ = ("authenticator", "peer")

    def __init__(self, peer: bytes, authenticator: bytes, host: CarrierHost, connection: Connection) -> None:
        super().__init__(host, connection, "eapol")
        self.peer = peer
        self.authenticator = authenticator


class Eapol(ConversationCarrier[_Station]):
    """All authentications over links in a capture."""

    __slots__ = ("_held", "_stations")

    def __init__(self, host: CarrierHost) -> None:
        super().__init__(host, "EAPOL")
        # By authenticator, then by peer, the one heard last at the end.
        self._stations: dict[bytes, dict[bytes, _Station]] = {}
        self._held: dict[bytes, deque[_Held]] = {}

    def take(self, datagram: Datagram, frame: int, ts_ns: int) -> int:
        """Read a frame. Keys and announcements hold no certificate."""
        _, key, data, start, end, missing = datagram
        source, destination = key[:6], key[6:12]
        if end - start < _HEADER:
            return EAPOL
        if data[start + 1] != _EAP_PACKET:
            return NOT_IP
        length = data[start + 2] << 8 | data[start + 3]
        body = data[start + _HEADER : min(end, start + _HEADER + length)]
        try:
            packet = read_eap(body, missing)
        except Malformed:
            return EAPOL
        to_group = bool(destination[0] & 1)
        if packet.code == RESPONSE:
            self._from_peer(packet, source, None if to_group else destination, frame, ts_ns)
        else:
            self._from_authenticator(packet, source, None if to_group else destination, frame, ts_ns)
        return READ

    def close(self, frame: int, ts_ns: int) -> None:
        """End all that goes on, once the Requests that wait have found their station."""
        for authenticator, held in self._held.items():
            stations = self._stations.get(authenticator, {})
            if len(stations) == 1:
                station = next(iter(stations.values()))
                for each in held:
                    station = self._take(station, *each)
        self._held.clear()
        super().close(frame, ts_ns)

    def _from_peer(
        self, packet: EapPacket, peer: bytes, authenticator: bytes | None, frame: int, ts_ns: int
    ) -> None:
        if authenticator is None:
            authenticator = self._who_asked(packet, peer)
        question = self._question(packet, authenticator)
        first = _Held(packet, frame, ts_ns) if question is None else question
        station = self._station(peer, authenticator, first.frame, first.ts_ns)
        if question is not None:
            station = self._take(station, *question)
        self._take(station, packet, frame, ts_ns)

    def _from_authenticator(
        self, packet: EapPacket, authenticator: bytes, peer: bytes | None, frame: int, ts_ns: int
    ) -> None:
        if peer is not None:
            self._take(self._station(peer, authenticator, frame, ts_ns), packet, frame, ts_ns)
            return
        # Success and Failure bear the identifier of what they answer, most Requests the next one (RFC 3748 section 4).
        step = 1 if packet.code == REQUEST else 0
        next_of = [
            station
            for station in self._stations.get(authenticator, {}).values()
            if not station.over and packet.identifier == (station.request_id + step) & 0xFF
        ]
        if len(next_of) == 1:
            self._take(next_of[0], packet, frame, ts_ns)
        elif packet.code == REQUEST:
            if authenticator not in self._held and len(self._held) >= MAX_AUTHENTICATORS:
                del self._held[next(iter(self._held))]
            self._held.setdefault(authenticator, deque(maxlen=MAX_HELD)).append(_Held(packet, frame, ts_ns))

    def _question(self, packet: EapPacket, authenticator: bytes) -> _Held | None:
        """The Request to the group that a Response answers, the last one with its identifier."""
        held = self._held.get(authenticator, ())
        found = next((each for each in reversed(held) if each.packet.identifier == packet.identifier), None)
        if found is not None:
            self._held[authenticator].remove(found)
            if not held:
                del self._held[authenticator]
        return found

    def _who_asked(self, packet: EapPacket, peer: bytes) -> bytes:
        """The authenticator that a Response to the group is for."""
        for authenticator, stations in self._stations.items():
            station = stations.get(peer)
            if station is not None and station.request_id == packet.identifier:
                return authenticator
        for authenticator, held in self._held.items():
            if any(each.packet.identifier == packet.identifier for each in held):
                return authenticator
        for authenticator, stations in self._stations.items():
            if peer in stations:
                return authenticator
        return _GROUP

    def _station(self, peer: bytes, authenticator: bytes, frame: int, ts_ns: int) -> _Station:
        stations = self._stations.setdefault(authenticator, {})
        station = stations.get(peer)
        if station is None:
            connection = Connection(peer + authenticator + _NO_PORTS, frame, ts_ns)
            station = _Station(peer, authenticator, self._host, connection)
            stations[peer] = station
        return station

    def _take(self, station: _Station, packet: EapPacket, frame: int, ts_ns: int) -> _Station:
        """Give a packet to the conversation of a station, or to its next one: it is asked who it is again."""
        again = packet.code == REQUEST and packet.method == IDENTITY
        if again and (station.over or (station.in_tls and not station.knows(packet))):
            self._table.heard(station, frame, ts_ns)
            self._table.end(station, "reused", frame, ts_ns)
            station = self._station(station.peer, station.authenticator, frame, ts_ns)
        station.take(packet, frame, ts_ns)
        self._table.heard(station, frame, ts_ns)
        return station

    def _forget(self, station: _Station) -> None:
        stations = self._stations[station.authenticator]
        del stations[station.peer]
        if not stations:
            del self._stations[station.authenticator]


_GROUP = bytes.fromhex("0180c2000003")
