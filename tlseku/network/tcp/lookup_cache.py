"""The connections of the latest packets, found without making a key of each packet.

Knows where addresses and ports lie in a packet; must not know what a connection is. Most packets belong to few
connections: a table of their numbers costs a tenth of one of keys, where this is compiled. Where it is not, a key costs
less, and nobody asks this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from librt.strings import read_i64_le

from tlseku.network.tcp.connection import Connection

if TYPE_CHECKING:
    from mypy_extensions import i64

# Connections that are remembered, a power of two.
SLOTS: Final = 1024

_MASK: Final = 0xFFFFFFFF


class _Entry:
    """A connection with the addresses and ports of its IPv4 key as numbers, low byte first. They stand here and not in
    the connection, since only a compiled build needs them, and of a thousand connections at most."""

    __slots__ = ("addresses", "connection", "ports")

    def __init__(self, connection: Connection) -> None:
        key = connection.key
        self.connection = connection
        self.addresses: i64 = read_i64_le(key, 0)
        # Those of IPv6 are found by key: no ports are -1.
        self.ports: i64 = (read_i64_le(key, 4) >> 32) & _MASK if len(key) == 12 else -1


class LookupCache:
    """``table`` has all connections, by their keys in both directions. ``side`` is the sender of the packet whose
    connection was found last."""

    __slots__ = ("_slots", "_table", "side")

    def __init__(self, table: dict[bytes, Connection]) -> None:
        self._table = table
        self._slots: list[_Entry | None] = [None] * SLOTS
        self.side: i64 = 0

    def of_ipv4(self, data: bytes, at: i64) -> Connection | None:
        """The connection of a packet whose addresses and ports, twelve bytes, lie ``at`` a place; None if it is not in
        the table."""
        addresses: i64 = read_i64_le(data, at)
        # Not the eight bytes behind the addresses: those of a key end with its ports.
        ports: i64 = (read_i64_le(data, at + 4) >> 32) & _MASK
        slot: i64 = _slot_of_ipv4(addresses, ports)
        entry = self._slots[slot]
        if entry is not None:
            if entry.addresses == addresses and entry.ports == ports:
                self.side = 0
                return entry.connection
            # The same in the other direction, source and destination swapped.
            if (
                entry.ports == (ports >> 16 | (ports & 0xFFFF) << 16)
                and entry.addresses & _MASK == (addresses >> 32) & _MASK
                and (entry.addresses >> 32) & _MASK == addresses & _MASK
            ):
                self.side = 1
                return entry.connection
        return self._of_key(data[at : at + 12], slot)

    def of_ipv6(self, data: bytes, at: i64) -> Connection | None:
        """The same where they take thirty-six bytes."""
        slot: i64 = _slot_of_ipv6(data, at)
        key = data[at : at + 36]
        entry = self._slots[slot]
        if entry is not None:
            found = entry.connection
            if found.key == key:
                self.side = 0
                return found
            if found.reverse == key:
                self.side = 1
                return found
        return self._of_key(key, slot)

    def forget(self, connection: Connection) -> None:
        """A connection has left the table."""
        key = connection.key
        slot: i64 = 0
        if len(key) == 12:
            slot = _slot_of_ipv4(read_i64_le(key, 0), (read_i64_le(key, 4) >> 32) & _MASK)
        else:
            slot = _slot_of_ipv6(key, 0)
        entry = self._slots[slot]
        # Another one may have taken its place.
        if entry is not None and entry.connection is connection:
            self._slots[slot] = None

    def clear(self) -> None:
        """Remember none."""
        self._slots = [None] * SLOTS

    def _of_key(self, key: bytes, slot: i64) -> Connection | None:
        found = self._table.get(key)
        if found is not None:
            self.side = 0 if key == found.key else 1
            self._slots[slot] = _Entry(found)
        return found


def _slot_of_ipv4(addresses: i64, ports: i64) -> i64:
    """The same for both directions: exclusive or does not care which address and which port comes first."""
    return (addresses ^ (addresses >> 32) ^ ports ^ (ports >> 16)) & (SLOTS - 1)


def _slot_of_ipv6(data: bytes, at: i64) -> i64:
    mixed: i64 = read_i64_le(data, at) ^ read_i64_le(data, at + 16)
    mixed ^= read_i64_le(data, at + 8) ^ read_i64_le(data, at + 24)
    ports: i64 = read_i64_le(data, at + 28) >> 32
    return (mixed ^ (mixed >> 32) ^ ports ^ (ports >> 16)) & (SLOTS - 1)


# A compiled method has no bytecode.
IS_COMPILED: Final = not hasattr(LookupCache.of_ipv4, "__code__")
