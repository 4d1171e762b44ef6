"""EAP in RADIUS: which packets are one authentication, and how it ended.

Knows requests and answers by identifier (RFC 2865 section 3), the State by which a server continues (section 5.24), and
what Access-Accept and -Reject mean (RFC 3579 section 2.6); must not know TLS. A proxy's two legs are two conversations,
since their ends differ. Where the packets that join others were not captured, ends and the order of EAP have to do.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Final, TypeVar

from tlseku.carriers.carrier import READ, CarrierHost
from tlseku.carriers.conversation_table import ConversationCarrier
from tlseku.carriers.eap.conversation import EapConversation
from tlseku.carriers.eap.packet import FAILURE, IDENTITY, REQUEST, RESPONSE, SUCCESS, EapPacket, read_eap
from tlseku.carriers.eap.radius_packet import (
    ACCESS_ACCEPT,
    ACCESS_CHALLENGE,
    ACCESS_REJECT,
    ACCESS_REQUEST,
    RadiusPacket,
    read_radius,
)
from tlseku.errors import Malformed
from tlseku.network.decode.segment import NOT_TCP, Datagram, reversed_key
from tlseku.network.tcp.connection import Connection

MAX_REMEMBERED: Final = 32
"""Requests and States of a conversation by which what comes next is recognised: the last ones, and what a slow network
delivers late."""

MAX_TRIED: Final = 16
"""Conversations between the same ends that are tried where neither identifier nor State joins: the last ones heard."""

MAX_LOST: Final = 4
"""EAP packets in a row that may be missing between two that are taken for neighbours."""

_Known = TypeVar("_Known")
_ANSWERS = frozenset({ACCESS_ACCEPT, ACCESS_REJECT, ACCESS_CHALLENGE})


class _Authentication(EapConversation):
    """A conversation and what it is found by."""

    __slots__ = ("pair", "requests", "states")

    def __init__(self, host: CarrierHost, connection: Connection, pair: bytes) -> None:
        super().__init__(host, connection, "eap-radius")
        self.pair = pair
        self.requests: deque[bytes] = deque()
        self.states: deque[bytes] = deque()

    def may_follow(self, packet: EapPacket) -> bool:
        """Whether a packet may be the next of this conversation, a few lost ones between them."""
        if self.over or self.request_id < 0:
            return False
        step = (packet.identifier - self.request_id) & 0xFF
        if packet.code == REQUEST:
            return 0 < step <= MAX_LOST
        return step <= MAX_LOST


class Radius(ConversationCarrier[_Authentication]):
    """All authentications over RADIUS in a capture."""

    __slots__ = ("_by_pair", "_by_request", "_by_state", "_over_tcp")

    def __init__(self, host: CarrierHost, *, over_tcp: bool = False) -> None:
        super().__init__(host, "RADIUS in TLS" if over_tcp else "RADIUS")
        self._over_tcp = over_tcp
        # By client and server with their ports and the identifier, by their addresses and the State, by addresses.
        self._by_request: dict[bytes, tuple[bytes, _Authentication]] = {}
        self._by_state: dict[bytes, _Authentication] = {}
        self._by_pair: dict[bytes, deque[_Authentication]] = {}

    def take(self, datagram: Datagram, frame: int, ts_ns: int) -> int:
        """Read a datagram. What is no RADIUS, or has no EAP, is counted as what it is."""
        kind, key, data, start, end, missing = datagram
        try:
            packet = read_radius(data[start:end], missing)
            if packet.eap is None:
                # Passwords and challenges of other kinds; Accept and Reject may leave EAP out.
                return self._without_eap(packet, key, frame, ts_ns)
            eap = read_eap(packet.eap, _MOST if packet.cut else 0) if packet.eap else None
        except Malformed:
            return kind
        if packet.code == ACCESS_REQUEST:
            self._request(packet, eap, key, frame, ts_ns)
        elif packet.code in _ANSWERS and eap is not None:
            self._answer(packet, eap, key, frame, ts_ns)
        return READ

    def _request(
        self, packet: RadiusPacket, eap: EapPacket | None, key: bytes, frame: int, ts_ns: int
    ) -> None:
        pair = _pair(key)
        name = key + bytes((packet.identifier,))
        known = self._by_request.get(name)
        found = known[1] if known is not None and known[0] == packet.authenticator else None
        again = eap is not None and eap.method == IDENTITY
        if found is None and packet.state is not None:
            found = self._by_state.get(pair + packet.state)
            if found is not None and eap is not None and (found.over or (again and found.in_tls)):
                # Some keep the State for the next time; else it is a packet that came late.
                found = None if again else self._neighbour(pair, eap) or found
        if found is None and eap is not None and not again:
            found = self._neighbour(pair, eap)
        if found is None:
            found = self._begin(key, pair, frame, ts_ns)
        if known is None or known[0] != packet.authenticator:
            self._by_request[name] = packet.authenticator, found
            _remember(found.requests, name, self._by_request)
        outer = found.outer
        found.tell(
            replace(
                outer,
                identity=outer.identity if outer.identity is not None else packet.user_name,
                nas=packet.nas if packet.nas is not None else outer.nas,
                calling_station=packet.calling_station or outer.calling_station,
                called_station=packet.called_station or outer.called_station,
                proxied=outer.proxied or packet.proxied,
            )
        )
        if eap is not None and eap.code == RESPONSE:
            found.take(eap, frame, ts_ns)
        self._table.heard(found, frame, ts_ns)

    def _answer(self, packet: RadiusPacket, eap: EapPacket, key: bytes, frame: int, ts_ns: int) -> None:
        asked = reversed_key(key)
        pair = _pair(asked)
        known = self._by_request.get(asked + bytes((packet.identifier,)))
        found = self._neighbour(pair, eap) if known is None else known[1]
        if found is None:
            found = self._begin(asked, pair, frame, ts_ns)
        if packet.state is not None:
            name = pair + packet.state
            if self._by_state.get(name) is not found:
                self._by_state[name] = found
                _remember(found.states, name, self._by_state)
        if packet.code == ACCESS_CHALLENGE:
            if eap.code == REQUEST:
                found.take(eap, frame, ts_ns)
        else:
            self._over(found, packet, eap.code, frame, ts_ns)
        self._table.heard(found, frame, ts_ns)

    def _without_eap(self, packet: RadiusPacket, key: bytes, frame: int, ts_ns: int) -> int:
        """An answer without EAP to a request that had it; all else is none of ours."""
        known = self._by_request.get(reversed_key(key) + bytes((packet.identifier,)))
        if known is None or packet.code not in (ACCESS_ACCEPT, ACCESS_REJECT):
            return NOT_TCP
        self._over(known[1], packet, None, frame, ts_ns)
        self._table.heard(known[1], frame, ts_ns)
        return READ

    def _over(
        self, found: _Authentication, packet: RadiusPacket, code: int | None, frame: int, ts_ns: int
    ) -> None:
        accepted = packet.code == ACCESS_ACCEPT
        words = "Access-Accept" if accepted else "Access-Reject"
        if code in (SUCCESS, FAILURE):
            words = f"{'EAP-Success' if code == SUCCESS else 'EAP-Failure'} in {words}"
        found.answer(accepted, words, frame, ts_ns)

    def _neighbour(self, pair: bytes, packet: EapPacket) -> _Authentication | None:
        """The one conversation between these addresses that a packet may belong to; None where several may be."""
        candidates = [each for each in self._by_pair.get(pair, ()) if each.may_follow(packet)]
        return candidates[0] if len(candidates) == 1 else None

    def _begin(self, key: bytes, pair: bytes, frame: int, ts_ns: int) -> _Authentication:
        found = _Authentication(self._host, Connection(key, frame, ts_ns), pair)
        if self._over_tcp:
            found.tell(replace(found.outer, over_tcp=True))
        self._by_pair.setdefault(pair, deque(maxlen=MAX_TRIED)).append(found)
        return found

    def _forget(self, found: _Authentication) -> None:
        for name in found.requests:
            known = self._by_request.get(name)
            if known is not None and known[1] is found:
                del self._by_request[name]
        for name in found.states:
            if self._by_state.get(name) is found:
                del self._by_state[name]
        between = self._by_pair.get(found.pair)
        if between is not None:
            if found in between:
                between.remove(found)
            if not between:
                del self._by_pair[found.pair]


# Longer than any EAP packet: of one that was cut, its own length tells how much is missing.
_MOST = 1 << 16


def _pair(key: bytes) -> bytes:
    """Both addresses and the server's port: a NAS may ask from several ports."""
    return key[:-4] + key[-2:]


def _remember(names: deque[bytes], name: bytes, table: dict[bytes, _Known]) -> None:
    names.append(name)
    if len(names) > MAX_REMEMBERED:
        table.pop(names.popleft(), None)
