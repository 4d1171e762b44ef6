"""The connections of the latest packets, found without making a key of each packet.

Knows where addresses and ports lie in a packet; must not know what a connection is. Most packets belong to few
connections: a table of their numbers costs a tenth of one of keys, where this is compiled. Where it is not, a key costs
less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from librt.strings import read_i64_le

from tlseku.network.tcp.connection import Connection

if TYPE_CHECKING:
    from mypy_extensions import i64

# Connections that are remembered, a power of two.
SLOTS: Final = 1024

_MASK: Final = 0xFFFFFFFF


class LookupCache:
    """``table`` has all connections, by their keys in both directions. ``side`` is the sender of the packet whose
    connection was found last."""

    __slots__ = ("_slots", "_table", "side")

    def __init__(self, table: dict[bytes, Connection]) -> None:
        self._table = table
        self._slots: list[Connection | None] = [None] * SLOTS
        self.side: i64 = 0

    def of_ipv4(self, data: bytes, at: i64) -> Connection | None:
        """The connection of a packet whose addresses and ports, twelve bytes, lie ``at`` a place; None if it is not in
        the table."""
        addresses: i64 = read_i64_le(data, at)
        ports: i64 = read_i64_le(data, at + 8) & _MASK
        # The same for both directions.
        slot: i64 = (addresses ^ (addresses >> 32) ^ ports ^ (ports >> 16)) & (SLOTS - 1)
        found = self._slots[slot]
        if found is not None and not found.gone:
            if found.addresses == addresses and found.ports == ports:
                self.side = 0
                return found
            if (
                found.ports == (ports >> 16 | (ports & 0xFFFF) << 16)
                and found.addresses & _MASK == (addresses >> 32) & _MASK
                and (found.addresses >> 32) & _MASK == addresses & _MASK
            ):
                self.side = 1
                return found
        return self._of_key(data[at : at + 12], slot)

    def of_ipv6(self, data: bytes, at: i64) -> Connection | None:
        """The same where they take thirty-six bytes."""
        mixed: i64 = read_i64_le(data, at) ^ read_i64_le(data, at + 16)
        mixed ^= read_i64_le(data, at + 8) ^ read_i64_le(data, at + 24)
        ports: i64 = read_i64_le(data, at + 28) >> 32
        slot: i64 = (mixed ^ (mixed >> 32) ^ ports ^ (ports >> 16)) & (SLOTS - 1)
        key = data[at : at + 36]
        found = self._slots[slot]
        if found is not None and not found.gone:
            if found.key == key:
                self.side = 0
                return found
            if found.reverse == key:
                self.side = 1
                return found
        return self._of_key(key, slot)

    def clear(self) -> None:
        """Remember none."""
        self._slots = [None] * SLOTS

    def _of_key(self, key: bytes, slot: i64) -> Connection | None:
        found = self._table.get(key)
        if found is not None:
            self.side = 0 if key == found.key else 1
            self._slots[slot] = found
        return found


# A compiled method has no bytecode.
IS_COMPILED: Final = not hasattr(LookupCache.of_ipv4, "__code__")
