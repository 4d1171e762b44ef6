"""Chains that are kept for long, as little more than their bytes.

Knows certificates and how they are read; must not know what for. An inventory keeps each leaf of a capture until the
end: what is said of one takes four times the room of its bytes, and is read from them again when somebody asks. The
bytes are compressed with those of the first leafs as dictionary, since leafs of an issuer say much the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, overload
from zlib import DEFLATED, compressobj, decompressobj

from tlseku.x509.certificate import Certificate
from tlseku.x509.reading import read_certificate

# What is looked back at, in bits (a negative number stands for bytes without a header), and as little memory as that
# needs: a larger dictionary wins little and takes longer to make ready.
_BITS: Final = -12
_MEMORY: Final = 5
_LEVEL: Final = 1
_LONGEST_DICTIONARY: Final = 4096

_ABOVE: Final = slice(1, None)


class ChainPacker:
    """Packs chains of one run. ``last`` is the leaf that was read last, and the chain that it begins."""

    __slots__ = ("dictionary", "last")

    def __init__(self) -> None:
        self.dictionary = b""
        self.last: tuple[PackedChain, Certificate] | None = None

    def packed(self, chain: Sequence[Certificate]) -> Sequence[Certificate]:
        """The chain, its leaf packed. That stays as it is where its bytes would not tell all of it again."""
        leaf = chain[0]
        if not leaf.readable or leaf.public_issuer is not None:
            return tuple(chain)
        if len(self.dictionary) < _LONGEST_DICTIONARY:
            self.dictionary += leaf.der
            return tuple(chain)
        packer = compressobj(_LEVEL, DEFLATED, _BITS, _MEMORY, zdict=self.dictionary)
        return PackedChain(leaf.sha256, packer.compress(leaf.der) + packer.flush(), tuple(chain[1:]), self)


class PackedChain(Sequence[Certificate]):
    """A chain whose leaf is read when it is asked for; ``sha256`` is its digest."""

    __slots__ = ("_above", "_packed", "_packer", "sha256")

    def __init__(
        self, sha256: str, packed: bytes, above: tuple[Certificate, ...], packer: ChainPacker
    ) -> None:
        self.sha256 = sha256
        self._packed = packed
        self._above = above
        self._packer = packer

    def __len__(self) -> int:
        return 1 + len(self._above)

    @overload
    def __getitem__(self, index: int) -> Certificate: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Certificate]: ...
    def __getitem__(self, index: int | slice) -> Certificate | Sequence[Certificate]:
        if index == 0:
            return self._leaf()
        if index == _ABOVE:
            return self._above
        return (self._leaf(), *self._above)[index]

    def __iter__(self) -> Iterator[Certificate]:
        yield self._leaf()
        yield from self._above

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def _leaf(self) -> Certificate:
        packer = self._packer
        # Whoever asks mostly asks for several things.
        if packer.last is None or packer.last[0] is not self:
            unpacker = decompressobj(_BITS, zdict=packer.dictionary)
            packer.last = self, read_certificate(unpacker.decompress(self._packed))
        return packer.last[1]


def leaf_digest(chain: Sequence[Certificate]) -> str:
    """The SHA-256 of the leaf, which need not be read for that."""
    return chain.sha256 if isinstance(chain, PackedChain) else chain[0].sha256
