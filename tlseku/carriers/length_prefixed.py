"""Messages with their length in front, out of the bytes of one side of a TCP connection.

Knows lengths; must not know what the messages are. A length is believed as far as ``longest``; beyond it, and where
bytes are missing, nobody knows where the next message begins, and nothing more comes out before somebody says where.
"""

from __future__ import annotations

from tlseku.network.tcp.compressor import Compressor


class LengthPrefixed:
    """``size`` is that of the length in bytes. Keeps at most one message of ``longest`` bytes."""

    __slots__ = ("_buffer", "_longest", "_lost", "_size")

    def __init__(self, size: int, longest: int) -> None:
        self._size = size
        self._longest = longest
        self._buffer = bytearray()
        self._lost = False

    def data(self, data: bytes) -> list[bytes]:
        """The messages that end in the next bytes."""
        found: list[bytes] = []
        if self._lost:
            return found
        self._buffer += data
        at = 0
        while len(self._buffer) - at >= self._size:
            begin = at + self._size
            length = int.from_bytes(self._buffer[at:begin], "big")
            if length > self._longest:
                self.lose()
                return found
            if begin + length > len(self._buffer):
                break
            found.append(bytes(self._buffer[begin : begin + length]))
            at = begin + length
        del self._buffer[:at]
        return found

    def lose(self) -> None:
        """Bytes are missing."""
        self._lost = True
        self._buffer = bytearray()

    @property
    def is_lost(self) -> bool:
        """Whether nobody knows where the next message begins."""
        return self._lost

    def begin(self) -> None:
        """A message begins with the next bytes."""
        self._lost = False

    @property
    def held(self) -> int:
        """How many bytes wait for the end of their message."""
        return len(self._buffer)


class LengthPrefixedStream:
    """A base for listeners of TCP connections whose both sides send such messages."""

    __slots__ = ("_sides",)

    def __init__(self, size: int, longest: int) -> None:
        self._sides = LengthPrefixed(size, longest), LengthPrefixed(size, longest)

    def is_start(self, side: int, data: bytes) -> bool:
        """Nothing else starts here."""
        return False

    def late(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        """Nothing is wanted late."""

    def defect(self, side: int, reason: str, frame: int) -> None:
        """What contradicts itself is told where it cannot be read."""

    def held(self) -> int:
        """How many bytes wait for the end of their message."""
        return self._sides[0].held + self._sides[1].held

    def pack(self, compressor: Compressor) -> int:
        """What waits is little."""
        return 0
