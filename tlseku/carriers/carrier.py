"""The verbs that all carriers have, and what they are given.

Knows no carrier; what each verb means stands in the description of the room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from tlseku.carriers.outer import Carrier as CarrierName
from tlseku.carriers.outer import Outer
from tlseku.decryption import SecretStore
from tlseku.decryption.opening import Opening
from tlseku.decryption.pending_budget import PendingBudget
from tlseku.network.decode.segment import Datagram
from tlseku.network.tcp.connection import Connection
from tlseku.tls.message import Message
from tlseku.tls.reader import Decryptor

if TYPE_CHECKING:
    from tlseku.decryption.record_decryptor import Contents  # brings in ciphers

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

CARRIER_ENCRYPTED: Final = "carrier_encrypted"
"""Reason of a gap: the carrier itself encrypts what a side shows."""


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


class MessageSession(Protocol):
    """Takes the handshake messages of one conversation, and what stands among them, as ``tls.reader`` tells them."""

    @property
    def sealed(self) -> Decryptor | None:
        """What takes protected records where there are secrets."""

    def message(self, message: Message) -> None:
        """What a side says, or a hole in it."""

    def begins_amid(self, side: int) -> None:
        """The capture starts amid what a side says."""

    def defect(self, reason: str, frame: int) -> None:
        """The carrier found something wrong."""

    def tell(self, outer: Outer) -> None:
        """What the carrier has said so far, in place of what it was told before."""

    def ended(self, how: str) -> None:
        """The conversation is over, as ``TlsSession.ended`` has it."""


class Sessions(Protocol):
    """What makes sessions, and knows the secrets."""

    @property
    def secrets(self) -> SecretStore | None:
        """The session secrets that are known so far; None where there are none and nobody promises any."""

    @property
    def pending(self) -> PendingBudget:
        """Who holds ciphertext until a secret comes, and how much."""

    def new_session(self, connection: Connection, carrier: CarrierName) -> TlsSession:
        """What takes the TLS of a conversation in which TLS begins now: it becomes a flow."""

    def new_message_session(
        self,
        connection: Connection,
        carrier: CarrierName,
        *,
        opening: Opening | None = None,
        contents: tuple[Contents, Contents] | None = None,
    ) -> MessageSession:
        """The same for a carrier that has no records of TLS, and hands on messages: it becomes a flow at once.

        ``opening`` opens what is encrypted, where the carrier does that itself; ``contents`` put the messages of both
        sides together out of records that are opened for it.
        """


class CarrierHost(Sessions, Protocol):
    """What a carrier may ask for."""

    @property
    def claimed(self) -> dict[bytes, int]:
        """Kinds by the key of datagrams that go to a carrier whatever their bytes are."""

    def is_in_pieces(self, addresses: bytes) -> bool:
        """Whether fragments of an IP datagram between these addresses (source, destination) wait for others."""


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
