"""The packets of one young connection, kept until it can be read as a whole.

Knows what is kept of a segment; must not know when recording begins or ends (``recorder``), nor how segments become
bytes in order (``reassembly``). Of each segment there are four numbers of 64 bits in a row: the frame, doubled, plus
the side; the time; the sequence number, with the flags above its 32 bits; the acknowledgement, with the size of the
payload above. Payloads stand apart. An object for each segment would take several times the memory.

Where room is needed packets are *packed*: compressed together, until somebody reads them. What comes then is added
behind them as before.

Limits: ``MAX_PACKETS`` a connection, then it is read as far as it has come; ``recorder`` bounds the sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from librt.strings import BytesWriter, read_i64_le, write_i64_le

from tlseku._build import mypyc_attr
from tlseku.network.tcp.compressor import LEAST_PACKED, Compressor

if TYPE_CHECKING:
    from mypy_extensions import i64

# Packets kept of a connection. A handshake has some twenty; what a side may say after it and is still followed record
# by record (``recognition.MAX_FOLLOWED``) takes as many more, and twice that where each is acknowledged.
MAX_PACKETS: Final = 80
# The numbers of a packet, in bytes.
NUMBERS: Final = 32
# What an object for a payload and its place in a list take, in bytes; and how many bytes of numbers a recording has
# room for from the first. Recordings themselves are bounded by the number of connections.
PAYLOAD_COST: Final = 41
ROOM: Final = 256

_MASK: Final = 0xFFFFFFFF
_NO_PAYLOADS: Final[list[bytes]] = []
_NO_NUMBERS: Final = BytesWriter()


class Recorded(NamedTuple):
    """A packet that was recorded."""

    side: int
    frame: int
    ts_ns: int
    seq: int
    ack: int
    flags: int
    payload: bytes


@mypyc_attr(acyclic=True)
class Recording:
    """``numbers`` has those of the packets of both sides in the order of the capture, ``payloads`` what they carried,
    if anything. ``first`` and ``other_first`` are the sequence numbers of the first bytes of side 0 and 1, -1 where
    nothing told; ``by_syn`` says that SYNs did. ``odd_ack`` says that, before there was any payload, something else was
    acknowledged than these. ``fin`` and ``other_fin`` are the numbers behind the last bytes, as FIN tells them, else
    -1. When the packets were read, ``size`` and ``other_size`` say how many bytes they held, and ``last_frame`` in
    which the last of them was seen."""

    __slots__ = (
        "_compressor",
        "_packed",
        "_packed_numbers",
        "by_syn",
        "fin",
        "first",
        "last_frame",
        "numbers",
        "odd_ack",
        "other_fin",
        "other_first",
        "other_size",
        "payloads",
        "size",
    )

    def __init__(self, first: i64, by_syn: bool) -> None:
        self.numbers = BytesWriter()
        self.payloads: list[bytes] = []
        self.last_frame: i64 = -1
        self.first: i64 = first
        self.other_first: i64 = -1
        self.fin: i64 = -1
        self.other_fin: i64 = -1
        self.size: i64 = 0
        self.other_size: i64 = 0
        self.by_syn = by_syn
        self.odd_ack = False
        # The numbers of packets and then their payloads, compressed; and how long the numbers are.
        self._packed = b""
        self._packed_numbers: i64 = 0
        self._compressor: Compressor | None = None

    def add(self, side: i64, frame: i64, ts_ns: i64, seq: i64, ack: i64, flags: i64, payload: bytes) -> None:
        """One more packet."""
        numbers = self.numbers
        if numbers is _NO_NUMBERS:
            numbers = self.numbers = BytesWriter()
            self.payloads = []
        write_i64_le(numbers, frame << 1 | side)
        write_i64_le(numbers, ts_ns)
        write_i64_le(numbers, flags << 32 | seq)
        size: i64 = len(payload)
        write_i64_le(numbers, size << 32 | ack)
        if size:
            self.payloads.append(payload)
        self.last_frame = frame

    @property
    def is_full(self) -> bool:
        """Whether it has as many packets as it may have."""
        return len(self.numbers) + self._packed_numbers >= MAX_PACKETS * NUMBERS

    @property
    def has_both_ends(self) -> bool:
        """Whether both FINs are among the packets."""
        return self.fin >= 0 and self.other_fin >= 0

    def first_of(self, side: int) -> int:
        """The sequence number of a side's first byte, -1 if nothing told."""
        return self.other_first if side else self.first

    def size_of(self, side: int) -> int:
        """How many bytes of a side were read."""
        return self.other_size if side else self.size

    def end_of(self, side: int) -> int:
        """The position where FIN put the end of a side that was read, -1 if none did: nothing is read beyond it."""
        return self.size_of(side) if (self.other_fin if side else self.fin) >= 0 else -1

    def begun_by_syn(self, side: int) -> bool:
        """Whether a SYN or its answer told where a side begins."""
        return self.by_syn and self.first_of(side) >= 0

    def packets(self) -> Iterator[Recorded]:
        """The packets, in the order of the capture."""
        self.unpack()
        numbers = self.numbers.getvalue()
        payloads = iter(self.payloads)
        for at in range(0, len(numbers), NUMBERS):
            mark: int = read_i64_le(numbers, at)
            ts_ns: int = read_i64_le(numbers, at + 8)
            seq: int = read_i64_le(numbers, at + 16)
            ack: int = read_i64_le(numbers, at + 24)
            payload = next(payloads) if ack >> 32 else b""
            yield Recorded(mark & 1, mark >> 1, ts_ns, seq & _MASK, ack & _MASK, seq >> 32, payload)

    def drop_packets(self) -> None:
        """They were read and are not needed any more."""
        self.payloads, self.numbers = _NO_PAYLOADS, _NO_NUMBERS
        self._packed, self._packed_numbers, self._compressor = b"", 0, None

    def _raw(self) -> bytes:
        """Numbers and payloads of the packets that are not packed, one behind the other."""
        return self.numbers.getvalue() + b"".join(self.payloads)

    def pack(self, compressor: Compressor) -> int:
        """Keep the packets compressed, where that is worth it; how many bytes less they take."""
        before = self.cost()
        # What is packed already is packed again with what came behind it, so that has to be as much.
        if before < 2 * len(self._packed) + LEAST_PACKED:
            return 0
        self.unpack()
        size: i64 = len(self.numbers)
        packed = compressor.pack(self._raw())
        self.drop_packets()
        self._packed, self._packed_numbers, self._compressor = packed, size, compressor
        return before - self.cost()

    def unpack(self) -> None:
        """Have all packets in ``numbers`` and ``payloads``."""
        compressor = self._compressor
        if compressor is None:
            return
        raw = compressor.unpack(self._packed)
        later, later_payloads = self.numbers, self.payloads
        numbers = BytesWriter()
        payloads: list[bytes] = []
        at: i64 = 0
        begin: i64 = self._packed_numbers
        numbers.write(raw[:begin])
        while at < self._packed_numbers:
            size: i64 = read_i64_le(raw, at + 24) >> 32
            if size:
                payloads.append(raw[begin : begin + size])
                begin += size
            at += NUMBERS
        numbers.write(later.getvalue())
        payloads += later_payloads
        self.drop_packets()
        self.numbers, self.payloads = numbers, payloads

    def cost(self) -> int:
        """What its packets take in bytes, beside what an empty recording takes."""
        size: i64 = len(self.numbers)
        # The room is doubled when it is used up.
        total: i64 = 2 * size if size > ROOM else 0
        if self._packed_numbers:
            total += len(self._packed) + PAYLOAD_COST
            if self.numbers is _NO_NUMBERS:
                # The room for numbers is not there.
                total -= ROOM
        for payload in self.payloads:
            total += len(payload) + PAYLOAD_COST
        return total
