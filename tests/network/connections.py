"""Connections fed with segments, and what their listeners heard.

Knows the table of connections and a reader of recordings that reads all or nothing; must not know what a test expects.
"""

from __future__ import annotations

from tests.network.heard import KEY, Heard, Recorder, segment
from tlseku.network.decode.segment import Segment, key_of
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.dispatch import Connections
from tlseku.network.tcp.packet_header import RecordHeader
from tlseku.network.tcp.reassembly import Assembled
from tlseku.network.tcp.recording import Recorded

C, S = 1_000, 9_000
"""Initial sequence numbers of client and server."""
SECOND = 1_000_000_000


class Reader:
    """Records whatever can be; reads all of it, or none."""

    def __init__(self, can_read: bool) -> None:
        self.can_read = can_read
        self.found: list[tuple[bytes, bytes, bool]] = []
        self.listeners: list[Recorder] = []

    def heard(self) -> list[list[Heard]]:
        return [listener.heard for listener in self.listeners]

    def opens(self, connection: Connection, data: bytes) -> bool:
        return True

    def is_nothing(self, data: bytes) -> bool:
        return False

    def read(
        self, connection: Connection, one: Assembled, other: Assembled, goes_on: bool
    ) -> Recorder | None:
        if not self.can_read:
            return None
        self.found.append((b"".join(one.pieces), b"".join(other.pieces), goes_on))
        self.listeners.append(Recorder(connection))
        return self.listeners[-1]


class Table:
    """A table of connections and the listeners it made, in order."""

    def __init__(self, reader: Reader | None = None) -> None:
        self.listeners: list[Recorder] = []
        self.table = Connections(self._new, reader)
        self.table.record_with(RecordHeader("<", 1000, 0, 0))
        self.frame = 0
        self.ts_ns = 0

    def _new(self, connection: Connection) -> Recorder:
        self.listeners.append(Recorder(connection))
        return self.listeners[-1]

    def feed(self, *segments: Segment, after: int = 0) -> Table:
        self.ts_ns += after
        for one in segments:
            self.frame += 1
            self.table.segment(one, self.frame, self.ts_ns)
        return self

    def recorded(self, key: bytes = KEY) -> list[Recorded] | None:
        """What is recorded of a connection, None if none is."""
        recording = self.table.table[key].recording
        return None if recording is None else [*recording.packets()]

    def closed(self) -> list[list[Heard]]:
        self.table.close(self.frame, self.ts_ns)
        assert self.table._budget.queued.bytes == 0
        return [listener.heard for listener in self.listeners]


SYN = segment(0, C, syn=True)
SYN_ACK = segment(1, S, syn=True, ack=C + 1)
OPENING = (SYN, SYN_ACK, segment(0, C + 1, ack=S + 1))
HELLO = segment(0, C + 1, b"hello", ack=S + 1)
REPLY = segment(1, S + 1, b"reply", ack=C + 6)
FINS = (
    segment(0, C + 6, fin=True, ack=S + 6),
    segment(1, S + 6, fin=True, ack=C + 7),
    segment(0, C + 7, ack=S + 7),
)
SAID = [("data", 0, b"hello", 4), ("data", 1, b"reply", 5)]
AT_THE_END = ("ended", "capture", -1)


def other(number: int) -> bytes:
    """The key of another connection."""
    return key_of((f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 999), ("192.0.2.1", 443))
