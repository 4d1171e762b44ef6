"""Which carrier reads a datagram, and all of them together.

Knows the kinds of ``network.decode.segment`` and who reads each; must not know how. A carrier is made, and its module
imported, when its first datagram comes: most captures have none.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from tlseku.carriers.carrier import Carrier, CarrierHost, MessageSession, Sessions, TlsSession
from tlseku.carriers.outer import Carrier as CarrierName
from tlseku.carriers.stream_opening import carrier_amid_stream, carrier_in_stream
from tlseku.decryption import SecretStore
from tlseku.decryption.opening import Opening
from tlseku.decryption.pending_budget import PendingBudget
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.segment import (
    DTLS,
    EAPOL,
    IKE,
    KERBEROS,
    NOT_TCP,
    OPENVPN,
    QUIC,
    RADIUS,
    STUN,
    Datagram,
)
from tlseku.network.tcp.connection import Connection, ConnectionListener

if TYPE_CHECKING:
    from tlseku.decryption.record_decryptor import Contents  # brings in ciphers

READERS = {
    DTLS: "dtls.associations.DtlsAssociations",
    QUIC: "quic.connections.QuicConnections",
    RADIUS: "eap.radius.Radius",
    EAPOL: "eap.eapol.Eapol",
    STUN: "dtls.associations.DtlsAssociations",
    OPENVPN: "openvpn.udp.OpenVpn",
    KERBEROS: "kerberos.udp.Kerberos",
    IKE: "ike.Ike",
}
"""The class that reads a kind of datagram: a ``Carrier``, made with its host. What stands here not at all is counted
under its name as seen and not read. Kinds that share a class share the carrier."""

RADSEC = "eap.radsec.RadiusInTls"
RADSEC_STREAM = "eap.radsec.RadsecStream"
"""The carrier and the reader of what is decrypted of a TLS connection."""

STREAM_READERS = {OPENVPN: "openvpn.tcp.OpenVpnStream", KERBEROS: "kerberos.tcp.KerberosStream"}
"""The class that reads a TCP connection of a kind: a ``ConnectionListener``, made with host and connection."""


class InsideReader(Protocol):
    """Takes what both sides of a TLS connection say inside, as far as it is decrypted."""

    is_over: bool

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """The next bytes of a side."""

    def lost(self) -> None:
        """Bytes are missing."""


class Carriers:
    """All carriers of one capture; a ``CarrierHost`` for each of them.

    ``engine`` makes the sessions of conversations in which TLS begins, of which there were ``count``, and knows the
    secrets; ``decoder`` is the one that makes the datagrams.
    """

    __slots__ = ("_by_class", "_decoder", "_engine", "_last_ts", "count")

    def __init__(self, engine: Sessions, decoder: Decoder) -> None:
        self._engine = engine
        self._decoder = decoder
        self._by_class: dict[str, Carrier] = {}
        self._last_ts = 0
        self.count = 0

    def take(self, datagram: Datagram, frame: int, ts_ns: int) -> int:
        """Give a datagram to its carrier: ``READ``, or the reason under which to count the packet."""
        kind = datagram.kind
        reader = READERS.get(kind)
        if reader is None:
            return kind
        carrier = self._carrier(reader)
        if ts_ns > self._last_ts + _SECOND:
            self.advance(ts_ns)
        return carrier.take(datagram, frame, ts_ns)

    @property
    def claimed(self) -> dict[bytes, int]:
        """As ``CarrierHost`` has it."""
        return self._decoder.claimed

    def is_in_pieces(self, addresses: bytes) -> bool:
        """As ``CarrierHost`` has it."""
        return self._decoder.fragments.waits_between(addresses)

    def listener(self, connection: Connection, data: bytes, amid: bool) -> ConnectionListener | None:
        """Who reads a TCP connection of which a side begins with ``data``, or ``amid`` which a segment does; None if
        none of the carriers does."""
        kind = carrier_in_stream(data)
        if kind == NOT_TCP and amid:
            kind = carrier_amid_stream(data)
        reader = STREAM_READERS.get(kind)
        if reader is None:
            return None
        return cast(ConnectionListener, _made(reader, self, connection))

    def inside(self, connection: Connection, take_all: Callable[[], None]) -> InsideReader:
        """Who reads what a TLS connection says inside, where that is decrypted; ``take_all`` is called if all of it is
        wanted."""
        made = _made(RADSEC_STREAM, lambda: self._carrier(RADSEC), connection, take_all)
        return cast(InsideReader, made)

    def _carrier(self, reader: str) -> Carrier:
        carrier = self._by_class.get(reader)
        if carrier is None:
            host: CarrierHost = self
            carrier = self._by_class[reader] = cast(Carrier, _made(reader, host))
        return carrier

    def new_session(self, connection: Connection, carrier: CarrierName) -> TlsSession:
        """As ``CarrierHost`` has it."""
        self._counted(connection)
        return self._engine.new_session(connection, carrier)

    def new_message_session(
        self,
        connection: Connection,
        carrier: CarrierName,
        *,
        opening: Opening | None = None,
        contents: tuple[Contents, Contents] | None = None,
    ) -> MessageSession:
        """As ``CarrierHost`` has it."""
        self._counted(connection)
        return self._engine.new_message_session(connection, carrier, opening=opening, contents=contents)

    def _counted(self, connection: Connection) -> None:
        if connection.listener is None:
            # A TCP connection is counted as such.
            self.count += 1

    @property
    def secrets(self) -> SecretStore | None:
        """As ``CarrierHost`` has it."""
        return self._engine.secrets

    @property
    def pending(self) -> PendingBudget:
        """As ``CarrierHost`` has it."""
        return self._engine.pending

    def advance(self, ts_ns: int) -> None:
        """End conversations that were silent for too long by ``ts_ns``."""
        self._last_ts = ts_ns
        for carrier in self._by_class.values():
            carrier.advance(ts_ns)

    def close(self, frame: int, ts_ns: int) -> None:
        """The capture is over: end all conversations."""
        for carrier in self._by_class.values():
            carrier.close(frame, ts_ns)

    @property
    def limits(self) -> dict[str, int]:
        """How often each named bound of a carrier was met."""
        met: dict[str, int] = {}
        for carrier in self._by_class.values():
            met.update(carrier.limits)
        return met


_SECOND = 1_000_000_000


def _made(name: str, *given: object) -> object:
    """An object of a class, by its module below ``tlseku.carriers`` and its own name."""
    module, _, own = name.rpartition(".")
    return getattr(import_module(f"tlseku.carriers.{module}"), own)(*given)
