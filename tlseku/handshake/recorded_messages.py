"""All that was said in a connection that was recorded and read at once.

Knows the order in which the two sides spoke, and how much of that is kept; must not know segments, nor judge. Out comes
what a ``MessageLog`` would have been told, without its having been told it: whoever needs a log makes one of it
(``message_log``), and whoever knows such connections by their shape (``handshake``) does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tlseku.errors import Malformed
from tlseku.frames.arrivals import frame_at, time_at
from tlseku.handshake.following import Following
from tlseku.handshake.message_log import MessageLog
from tlseku.network.tcp.compressor import LEAST_PACKED, Compressor, PackedParts
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.reassembly import Assembled
from tlseku.tls.extensions import SUPPORTED_VERSIONS
from tlseku.tls.handshake_types import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CLIENT_HELLO,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_ENCRYPTED_ALERT,
    SERVER_HELLO,
)
from tlseku.tls.hello import TLS13, read_server_hello
from tlseku.tls.message import Message
from tlseku.tls.reader import TlsReader, read_late
from tlseku.tls.stream_start import TLS, opens_as

if TYPE_CHECKING:
    from mypy_extensions import i64

# Records of ciphertext of a side after which those of application data are not kept: nobody asks for them.
MAX_TOLD: Final = 32
# Messages and records in all before it is left to streams, which have limits for floods.
MAX_SAID: Final = 200
# With alerts and handshake records behind what was followed; a log lists no more.
MAX_WITH_LATE: Final = 512

# What a message takes beside its body, in bytes, as long as nobody has read it.
RECORDED_COST: Final = 200

# Bits of both sides.
_BOTH: Final = 3

# Later than any frame.
_NEVER: Final = 1 << 62

# Handshake messages whose bodies somebody reads.
_IS_READ: Final = bytes(
    [kind in (CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, CERTIFICATE_REQUEST) for kind in range(256)]
)
_NAMES_TLS13: Final = SUPPORTED_VERSIONS.to_bytes(2, "big")


class RecordedMessages:
    """``messages`` in the order in which they came; ``number`` is the flow's, ``file`` the name of its capture. ``how``
    the connection ended, "" while it goes on, at ``end_ts``."""

    __slots__ = ("_messages", "_packed", "connection", "end_ts", "file", "how", "number")

    def __init__(self, connection: Connection, number: int, messages: list[Message]) -> None:
        self.connection = connection
        self.file = ""
        self.number = number
        self._messages = messages
        # The bodies of the first messages, where they are packed; others may have come behind.
        self._packed: PackedParts | None = None
        self.how = ""
        self.end_ts = connection.last_ts

    @property
    def messages(self) -> list[Message]:
        """What both sides said."""
        if self._packed is not None:
            for message, body in zip(self._messages, self._packed.parts(), strict=False):
                message.body = body
            self._packed = None
        return self._messages

    def held(self) -> int:
        """About what is kept of what was said, in bytes."""
        held = 0 if self._packed is None else self._packed.size
        for message in self._messages:
            held += len(message.body) + RECORDED_COST
        return held

    def pack(self, compressor: Compressor) -> int:
        """Keep the bodies compressed; how many bytes less they take."""
        size = sum([len(message.body) for message in self._messages])
        if size < LEAST_PACKED:
            return 0
        before = self.held()
        messages = self.messages
        self._packed = PackedParts(compressor, [message.body for message in messages])
        for message in messages:
            message.body = b""
        return before - self.held()

    def message_log(self) -> MessageLog:
        """The log that streams would have told of."""
        log = MessageLog(self.connection, self.number, _tell_nobody, _do_nothing)
        for message in self.messages:
            log.message(message)
        log.ended_how = self.how
        log.end_ts = self.end_ts
        return log


class BothSides:
    """Reads both sides of a connection, given at once. ``messages`` is what they said so far, ``is_enough`` whether
    what followed the handshake was enough."""

    __slots__ = (
        "_begun",
        "_ciphertext",
        "_data",
        "_following",
        "_is_odd",
        "_readers",
        "_sealed_client",
        "_sealed_server",
        "is_enough",
        "messages",
    )

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.is_enough = False
        self._readers: tuple[TlsReader, TlsReader] | None = TlsReader(0, self), TlsReader(1, self)
        self._following = Following()
        # Bits of the sides whose bytes have begun, that speak ciphertext, and of which that was application data; and
        # how many records of ciphertext the client and the server sent.
        self._begun: i64 = 0
        self._ciphertext: i64 = 0
        self._data: i64 = 0
        self._sealed_client: i64 = 0
        self._sealed_server: i64 = 0
        # Whether a side begins with anything but the first bytes of TLS.
        self._is_odd = False

    def read(self, one: Assembled, other: Assembled, goes_on: bool) -> bool:
        """Read what is there of both; False if it does not begin with a ClientHello of the first, or takes more than
        this to read. Unless it ``goes_on``, nothing more comes."""
        if one.replay is None:
            self._feed(one, other)
            is_sound = True
        else:
            is_sound = one.replay.run(self, goes_on)
        said = self.messages
        is_read = (
            is_sound
            and not self._is_odd
            and (self.is_enough or not goes_on)
            and 0 < len(said) <= MAX_SAID
            and said[0].kind == CLIENT_HELLO
            and said[0].side == 0
            and said[0].cut is None
        )
        readers = self._readers
        if readers is not None and not (
            is_read and (readers[0].amid_message or readers[1].amid_message) and not self.is_enough
        ):
            # They hold this in turn.
            self._readers = None
        return is_read

    def close(self, reason: str) -> None:
        """Nothing more comes: unfinished messages are cut for ``reason``."""
        readers = self._readers
        if readers is not None:
            for reader in readers:
                reader.close(reason)
            self._readers = None

    # A listener of the readers.

    def message(self, message: Message) -> None:
        """What a side says."""
        kind: i64 = message.kind
        if kind >= 0:
            if kind == SERVER_HELLO and self._readers is not None and _agrees_on_tls13(message):
                for reader in self._readers:
                    reader.agreed_tls13()
            if not _IS_READ[kind]:
                message.body = b""
        elif RECORD_ENCRYPTED_ALERT <= kind < RECORD_ALERT:
            if message.side:
                self._sealed_server += 1
            else:
                self._sealed_client += 1
            bit: i64 = message.side + 1
            if kind != RECORD_ENCRYPTED_ALERT:
                self._ciphertext |= bit
            if kind == RECORD_APPLICATION_DATA:
                self._data |= bit
                if (self._sealed_server if message.side else self._sealed_client) > MAX_TOLD:
                    return
        self.messages.append(message)

    # A receiver of what TCP puts in order.

    def piece(self, side: int, data: bytes, frame: int, ts_ns: int) -> bool:
        """The next bytes of a side; whether enough was followed."""
        readers = self._readers
        if readers is None:
            return True
        bit: i64 = side + 1
        if not self._begun & bit:
            self._begun |= bit
            self._is_odd = self._is_odd or opens_as(data) != TLS
        readers[side].data(data, frame, ts_ns)
        if self._data & bit and self._following.is_enough(len(data), self._ciphertext == _BOTH, False):
            self.is_enough = True
        return self.is_enough

    def gap(self, side: int, length: int, reason: str) -> None:
        """Bytes of a side are missing."""
        # Where TLS began can no longer be told without its first bytes.
        self._is_odd = self._is_odd or not self._begun & (side + 1)
        if self._readers is not None and not self.is_enough:
            self._readers[side].gap(length, reason)

    def late(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """A segment after enough was followed."""
        for message in read_late(side, data, frame, ts_ns):
            if len(self.messages) < MAX_WITH_LATE:
                self.messages.append(message)

    def _feed(self, one: Assembled, other: Assembled) -> None:
        """Take the pieces of both sides in the order in which they came into order, until that is enough."""
        at: i64 = 0
        other_at: i64 = 0
        end: i64 = len(one.pieces)
        other_end: i64 = len(other.pieces)
        # The frame by which the next piece of each had come; no frame holds bytes of both.
        first: i64 = frame_at(one.until, 0) if end else _NEVER
        second: i64 = frame_at(other.until, 0) if other_end else _NEVER
        while first != second:
            last: i64 = first
            if first < second:
                frame: i64 = first if one.until is one.arrivals else frame_at(one.arrivals, at)
                is_enough = self.piece(0, one.pieces[at], frame, time_at(one.arrivals, at))
                at += 1
                first = frame_at(one.until, at) if at < end else _NEVER
            else:
                last = second
                frame = second if other.until is other.arrivals else frame_at(other.arrivals, other_at)
                is_enough = self.piece(1, other.pieces[other_at], frame, time_at(other.arrivals, other_at))
                other_at += 1
                second = frame_at(other.until, other_at) if other_at < other_end else _NEVER
            if is_enough:
                self._late_of(one, other, last)
                return

    def _late_of(self, one: Assembled, other: Assembled, last: int) -> None:
        """Of what came after the frame ``last``, alerts and handshake records."""
        later = [
            (frame_at(assembled.arrivals, index), side, time_at(assembled.arrivals, index), piece)
            for side, assembled in ((0, one), (1, other))
            for index, piece in enumerate(assembled.pieces)
            if frame_at(assembled.arrivals, index) > last
        ]
        for frame, side, ts_ns, piece in sorted(later):
            self.late(side, piece, frame, ts_ns)


def _agrees_on_tls13(hello: Message) -> bool:
    """Whether a ServerHello agrees on TLS 1.3, which only ``supported_versions`` (RFC 8446 section 4.2.1) or a version
    above that of TLS 1.2 can."""
    body = hello.body
    if hello.cut is not None or (_NAMES_TLS13 not in body and body[:2] <= b"\x03\x03"):
        return False
    try:
        return read_server_hello(body).version >= TLS13
    except Malformed:
        return False


def _tell_nobody(message_log: MessageLog, what: str) -> None:
    """Whoever reads at once tells of nothing before the end."""


def _do_nothing() -> None:
    """Readers know already."""
