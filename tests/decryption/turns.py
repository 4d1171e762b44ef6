"""The dialogues in a capture: the bytes of each TCP connection, in the order seen.

Knows the capture and network layers; must not know TLS.
"""

from __future__ import annotations

from pathlib import Path

from tlseku.capture import packets
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.segment import Segment
from tlseku.network.tcp.compressor import Compressor
from tlseku.network.tcp.connection import Connection
from tlseku.network.tcp.dispatch import Connections

Turn = tuple[int, bytes]


class _Writer:
    """Side 0 is the connection's first speaker."""

    def __init__(self, turns: list[Turn]) -> None:
        self._turns = turns

    def is_start(self, side: int, data: bytes) -> bool:
        return data[:2] == b"\x16\x03"

    def data(self, side: int, data: bytes, frame: int, ts_ns: int) -> None:
        self._turns.append((side, data))

    def gap(self, side: int, length: int, reason: str, frame: int, ts_ns: int) -> None:
        raise AssertionError(f"bytes are missing: {reason}")

    def defect(self, side: int, reason: str, frame: int) -> None:
        raise AssertionError(reason)

    def ended(self, how: str, side: int, frame: int, ts_ns: int) -> None:
        pass

    def held(self) -> int:
        return 0

    def pack(self, compressor: Compressor) -> int:
        return 0


def dialogues(capture: Path) -> list[list[Turn]]:
    """Every connection with payload, by the order of its first packet; side 0 sent first."""
    found: list[list[Turn]] = []

    def listen(connection: Connection) -> _Writer:
        found.append([])
        return _Writer(found[-1])

    connections, decoder = Connections(listen), Decoder()  # type: ignore[arg-type]
    number = ts_ns = 0
    for number, ts_ns, linktype, data, length, _ in packets(str(capture)):
        segment = decoder.decode(linktype, data, 0, len(data), length - len(data), ts_ns)
        if isinstance(segment, Segment):
            connections.segment(segment, number, ts_ns)
    connections.close(number, ts_ns)
    return [turns for turns in found if turns]
