"""Bytes that are kept for long, in less room.

Knows that the connections of a capture say much the same, the same certificates above all: a dictionary of what some of
them said makes what the others say shorter. Must not know what bytes mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zlib import DEFLATED, compressobj, decompressobj

# What zlib looks back at (RFC 1951 section 2); a negative size of it in bits stands for bytes without a header.
LONGEST_DICTIONARY: Final = 32 * 1024
_BITS: Final = -15
# The quickest level: the next ones win a few percent.
_LEVEL: Final = 1
_MEMORY: Final = 8
# Bytes of the length of a part.
_LENGTH: Final = 4
# What the object takes beside them.
_COST: Final = 150

# With less than this to gain nothing is packed, in bytes: it takes a tenth of a millisecond.
LEAST_PACKED: Final = 1024


class Compressor:
    """Packs and unpacks. What it ``learns`` once is needed for all that was packed since."""

    __slots__ = ("_dictionary", "has_learned")

    def __init__(self) -> None:
        self._dictionary = b""
        self.has_learned = False

    def learn(self, said: bytes) -> None:
        """What follows says much the same as this. Only the first time counts, and before anything was packed."""
        if not self.has_learned:
            self._dictionary = said[-LONGEST_DICTIONARY:]
            self.has_learned = True

    def pack(self, data: bytes) -> bytes:
        """The bytes, compressed."""
        self.has_learned = True
        packer = compressobj(_LEVEL, DEFLATED, _BITS, _MEMORY, zdict=self._dictionary)
        return packer.compress(data) + packer.flush()

    def unpack(self, packed: bytes) -> bytes:
        """The bytes that were packed."""
        return decompressobj(_BITS, zdict=self._dictionary).decompress(packed)


class PackedParts:
    """Several pieces of bytes, packed together. ``size`` is what they take."""

    __slots__ = ("_compressor", "_packed", "_parts", "size")

    def __init__(self, compressor: Compressor, parts: Sequence[bytes]) -> None:
        self._compressor = compressor
        self._packed = compressor.pack(
            b"".join([len(part).to_bytes(_LENGTH, "big") + part for part in parts])
        )
        self._parts: list[bytes] = []
        self.size = len(self._packed) + _COST

    def parts(self) -> list[bytes]:
        """The pieces. From now on they are kept as they are."""
        if self._packed:
            told, self._packed = self._compressor.unpack(self._packed), b""
            at = 0
            while at < len(told):
                begin = at + _LENGTH
                at = begin + int.from_bytes(told[at:begin], "big")
                self._parts.append(told[begin:at])
        return self._parts
