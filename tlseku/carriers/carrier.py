"""The verbs that all carriers have, and what they are given.

Knows no carrier; what each verb means stands in the description of the room.
"""

from __future__ import annotations

from typing import Final, Protocol

from tlseku.carriers.outer import Carrier as CarrierName
from tlseku.carriers.outer import Outer
from tlseku.network.decode.segment import Datagram
from tlseku.network.tcp.connection import Connection

READ: Final = 0
"""A datagram was read: nothing is counted as passed over."""

IDLE_NS: Final = 600_000_000_000
"""A conversation of which nothing came for this long is over: handshakes over datagrams are given up in seconds."""

MAX_CONVERSATIONS: Final = 10_000
"""Conversations that go on at a time, a carrier; more than an authentication server handles within a handshake's
time. The one that began first is ended where there are more."""


DATAGRAM_LOST: Final = "datagram_lost"
"""Reason of a gap: a datagram is not in the capture."""

FRAGMENT_LOST: Final = "fragment_lost"
"""Reason of a gap: of a datagram only some of its IP fragments are in the capture."""


class TlsSession(Protocol):
    """Takes the TLS of one conversation. Sides are 0, the sender of the connection's key, and 1."""

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """The next bytes of a side, all from one frame, as records of TLS. No bytes say that whatever comes next of
        this side is complete in ``frame`` at the earliest."""

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        """``length`` bytes of a side are missing here, for a ``Hidden.reason``; 0 if nobody knows how many."""

    def defect(self, side: int, reason: str, frame: int) -> None:
        """The carrier found something wrong."""

    def tell(self, outer: Outer) -> None:
        """What the carrier has said so far, in place of what it was told before."""

    def client_is(self, side: int) -> None:
        """Which side is the client, where no message of TLS tells."""

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        """The conversation is over: ``fin``, ``reused``, ``idle``, ``evicted`` or ``capture``."""


class CarrierHost(Protocol):
    """What a carrier may ask for."""

    @property
    def claimed(self) -> dict[bytes, int]:
        """Kinds by the key of datagrams that go to a carrier whatever their bytes are."""

    def is_in_pieces(self, addresses: bytes) -> bool:
        """Whether fragments of an IP datagram between these addresses (source, destination) wait for others."""

    def new_session(self, connection: Connection, carrier: CarrierName) -> TlsSession:
        """What takes the TLS of a conversation in which TLS begins now: it becomes a flow."""


class Carrier(Protocol):
    """One carrier with all its conversations."""

    @property
    def limits(self) -> dict[str, int]:
        """How often each named bound was met."""

    def take(self, datagram: Datagram, frame: int, ts_ns: int) -> int:
        """Read a datagram: ``READ``, or the reason under which to count the packet. Never raises for any bytes."""

    def advance(self, ts_ns: int) -> None:
        """Time has come to ``ts_ns``: end what was silent for ``IDLE_NS``."""

    def close(self, frame: int, ts_ns: int) -> None:
        """The capture is over: end all that goes on."""
