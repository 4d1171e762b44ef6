"""The run of Enhanced Packet Blocks of one interface: the inner loop of reading pcapng.

Knows that block's layout (draft-ietf-opsawg-pcapng section 4.3); must not know other blocks. It makes no object for a
packet but its offset."""

from __future__ import annotations

from typing import Final

from librt.strings import read_i64_be, read_i64_le
from librt.vecs import append, vec
from mypy_extensions import i64

from tlseku.capture.pcap import MAX_CAPTURED_LENGTH

ENHANCED_PACKET: Final = 6
# Offset of the packet's bytes in a block, and what a block has beside them.
PACKET_AT: Final = 28
PACKET_FRAMING: Final = 32

_MASK: Final = 0xFFFFFFFF


def collect_starts(
    window: bytes, at: i64, interface: i64, byte_order: str, starts: vec[i64], sound_high: i64 = _MASK
) -> tuple[vec[i64], int]:
    """``starts``, and behind them the offsets of the packets in the run of blocks of ``interface`` that begins ``at``.

    ``byte_order`` is the section's, as for ``struct``. Also the offset of the first block that is something else, is
    not whole in ``window`` or is not sound; so is a time whose high word is above ``sound_high``.
    """
    is_little = byte_order == "<"
    longest: i64 = MAX_CAPTURED_LENGTH
    end: i64 = len(window)
    last: i64 = end - PACKET_FRAMING
    kind: i64 = 0
    length: i64 = 0
    of_interface: i64 = 0
    high: i64 = 0
    captured: i64 = 0
    again: i64 = 0
    while at <= last:
        # Type and length; interface and half of the time; the other half and the captured length.
        if is_little:
            kind = read_i64_le(window, at)
            length = (kind >> 32) & _MASK
            kind &= _MASK
            high = read_i64_le(window, at + 8)
            of_interface = high & _MASK
            high = (high >> 32) & _MASK
            captured = (read_i64_le(window, at + 16) >> 32) & _MASK
        else:
            length = read_i64_be(window, at)
            kind = (length >> 32) & _MASK
            length &= _MASK
            high = read_i64_be(window, at + 8)
            of_interface = (high >> 32) & _MASK
            high &= _MASK
            captured = read_i64_be(window, at + 16) & _MASK
        if kind != ENHANCED_PACKET or of_interface != interface or high > sound_high or length & 3:
            break
        following: i64 = at + length
        if captured + PACKET_FRAMING > length or captured > longest or following > end:
            break
        # The length again, behind four bytes of the block.
        if is_little:
            again = (read_i64_le(window, following - 8) >> 32) & _MASK
        else:
            again = read_i64_be(window, following - 8) & _MASK
        if again != length:
            break
        starts = append(starts, at + PACKET_AT)
        at = following
    return starts, at
