"""IP fragments become datagrams again.

Knows offsets, lengths and identifications (RFC 791 section 3.2, RFC 8200 section 4.5); must not know what the
datagrams hold. Plan: fragments wait in a table by (addresses, protocol, identification); the one that
completes a datagram returns its payload. The first bytes for an offset win. Time comes from packets.
"""

from __future__ import annotations

from collections import OrderedDict

# The reassembly timer of RFC 791 and RFC 8200 is 15 to 60 s; the longest, since captures may lag.
LIFETIME_NS = 60_000_000_000
# An IP datagram cannot be longer (RFC 791 section 3.1; a jumbogram may not be fragmented, RFC 2675 section 3).
MAX_DATAGRAM = 65_535
# Enough for all datagrams in flight on a busy link, little enough to stay small under a flood of fragments.
MAX_WAITING_BYTES = 4 * 1024 * 1024
MAX_FRAGMENTS = 512
# What a fragment costs besides its bytes, counted with them: a flood of tiny ones must meet the limit, too.
FRAGMENT_COST = 512

# Why a datagram was given up, as the summary names it; connections have limits of the same kind.
TOO_LATE = "fragment LIFETIME_NS"
TOO_LONG = "fragment MAX_DATAGRAM"
TOO_MUCH = "fragment MAX_WAITING_BYTES"
TOO_MANY = "fragment MAX_FRAGMENTS"
CONTRADICTION = "fragment contradiction"


class _Datagram:
    __slots__ = ("bytes", "highest", "length", "pieces", "since")

    def __init__(self, since: int) -> None:
        self.pieces: list[tuple[int, bytes]] = []
        self.length = -1
        self.highest = 0
        self.bytes = 0
        self.since = since


class Fragments:
    """The table of datagrams that wait for more fragments.

    ``limits`` counts datagrams given up, by why: a named limit, or ``CONTRADICTION``. ``joined`` counts the fragments
    that others completed: each was nothing to read when it came, and was read in the end.
    """

    __slots__ = ("_between", "_bytes", "_waiting", "joined", "limits")

    def __init__(self) -> None:
        self._waiting: OrderedDict[bytes, _Datagram] = OrderedDict()
        # How many datagrams between two addresses wait, by how their identities begin.
        self._between: dict[bytes, int] = {}
        self._bytes = 0
        self.limits: dict[str, int] = {}
        self.joined = 0

    @property
    def wait(self) -> bool:
        """Whether any datagram waits."""
        return len(self._waiting) > 0

    def add(self, identity: bytes, offset: int, more: bool, payload: bytes, ts_ns: int) -> bytes | None:
        """Take one fragment; return the payload of the datagram if this completes it, else None.

        ``identity`` tells datagrams apart, ``offset`` is in bytes, ``more`` the More Fragments flag.
        """
        self._expire(ts_ns)
        end = offset + len(payload)
        datagram = self._waiting.get(identity)
        if datagram is None:
            datagram = self._waiting[identity] = _Datagram(ts_ns)
            addresses = _addresses(identity)
            self._between[addresses] = self._between.get(addresses, 0) + 1
        if more:
            contradicts = 0 <= datagram.length < end
        else:
            contradicts = end < datagram.highest or (datagram.length >= 0 and end != datagram.length)
        if end > MAX_DATAGRAM or contradicts or len(datagram.pieces) >= MAX_FRAGMENTS:
            why = CONTRADICTION if contradicts else TOO_LONG if end > MAX_DATAGRAM else TOO_MANY
            self._drop(identity, why)
            return None
        if not more:
            datagram.length = end
        datagram.highest = max(datagram.highest, end)
        datagram.pieces.append((offset, payload))
        datagram.bytes += len(payload)
        self._bytes += len(payload) + FRAGMENT_COST
        if datagram.length >= 0 and datagram.bytes >= datagram.length:
            whole = _join(datagram)
            if whole is not None:
                self.joined += len(datagram.pieces) - 1
                self._forget(identity)
                return whole
        while self._bytes > MAX_WAITING_BYTES:
            self._drop(next(iter(self._waiting)), TOO_MUCH)
        return None

    def waits_between(self, addresses: bytes) -> bool:
        """Whether a datagram between these addresses (source, destination) waits for fragments."""
        return addresses in self._between

    def _expire(self, ts_ns: int) -> None:
        while self._waiting:
            oldest = next(iter(self._waiting))
            if ts_ns - self._waiting[oldest].since <= LIFETIME_NS:
                return
            self._drop(oldest, TOO_LATE)

    def _drop(self, identity: bytes, why: str) -> None:
        self.limits[why] = self.limits.get(why, 0) + 1
        self._forget(identity)

    def _forget(self, identity: bytes) -> None:
        datagram = self._waiting.pop(identity)
        self._bytes -= datagram.bytes + FRAGMENT_COST * len(datagram.pieces)
        addresses = _addresses(identity)
        left = self._between[addresses] - 1
        if left:
            self._between[addresses] = left
        else:
            del self._between[addresses]


def _addresses(identity: bytes) -> bytes:
    """The addresses with which an identity begins: IPv6 has 32 bytes of them, IPv4 has 8."""
    return identity[:32] if len(identity) >= 36 else identity[:8]


def _join(datagram: _Datagram) -> bytes | None:
    """The payload if the pieces cover it without a hole; earlier arrivals win where they overlap."""
    whole = bytearray(datagram.length)
    covered = bytearray(datagram.length)
    for offset, payload in reversed(datagram.pieces):
        whole[offset : offset + len(payload)] = payload
        covered[offset : offset + len(payload)] = b"\x01" * len(payload)
    return bytes(whole) if 0 not in covered else None
