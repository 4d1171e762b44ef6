"""OpenVPN over UDP: whose datagram is whose.

Knows the ends of conversations; must not know what is in the packets. Once a conversation has begun, all datagrams
between its ends are its own, whatever they look like.
"""

from __future__ import annotations

from tlseku.carriers.carrier import CarrierHost
from tlseku.carriers.conversation_table import ConversationCarrier
from tlseku.carriers.openvpn.conversation import OpenVpnConversation
from tlseku.network.decode.segment import NOT_TCP, OPENVPN, Datagram, reversed_key
from tlseku.network.tcp.connection import Connection

_SHORTEST = 10


class _Ends(OpenVpnConversation):
    """A conversation and the key of what its side 0 sends."""

    __slots__ = ("key",)

    def __init__(self, key: bytes, host: CarrierHost) -> None:
        super().__init__(
            lambda frame, ts_ns: Connection(key, frame, ts_ns),
            lambda connection: host.new_session(connection, "openvpn"),
            over_tcp=False,
        )
        self.key = key


class OpenVpn(ConversationCarrier[_Ends]):
    """All conversations of OpenVPN over UDP in a capture."""

    __slots__ = ("_by_key",)

    def __init__(self, host: CarrierHost) -> None:
        super().__init__(host, "OpenVPN")
        # By both keys.
        self._by_key: dict[bytes, _Ends] = {}

    def take(self, datagram: Datagram, frame: int, ts_ns: int) -> int:
        """Read a datagram."""
        _, key, data, start, end, missing = datagram
        if end - start < _SHORTEST:
            return NOT_TCP
        packet = data[start:end]
        ends = self._by_key.get(key)
        side = 0 if ends is None or ends.key == key else 1
        if ends is not None and ends.begins_anew(packet, side):
            self._table.end(ends, "reused", frame, ts_ns)
            ends, side = None, 0
        if ends is None:
            ends = self._begin(key)
        skipped = ends.take(packet, missing, side, frame, ts_ns)
        self._table.heard(ends, frame, ts_ns)
        return skipped

    def _begin(self, key: bytes) -> _Ends:
        ends = _Ends(key, self._host)
        for each in (key, reversed_key(key)):
            self._by_key[each] = ends
            self._host.claimed[each] = OPENVPN
        return ends

    def _forget(self, ends: _Ends) -> None:
        for each in (ends.key, reversed_key(ends.key)):
            if self._by_key.get(each) is ends:
                del self._by_key[each]
                self._host.claimed.pop(each, None)
