"""Addresses replaced by others, the same one always by the same, with the checksums made to fit.

Knows a key and ``layers``; must not know captures. IPv4 addresses become ones of 10.0.0.0/8, IPv6 addresses ones of
fd00::/8, link addresses locally administered ones, each drawn from the key by HMAC-SHA256. Loopback, multicast,
broadcast and the unspecified address stay, since they name nobody. Checksums are adjusted by what changed (RFC 1624):
a right one stays right, a wrong one wrong, and packets cut by the snaplen are no exception. Only headers are looked at:
what a payload says (certificates, server names, clear-text greetings) stays as it is.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from tlseku.output.captures.layers import Checksum, layers_of


class Pseudonyms:
    """The addresses that stand for others, drawn from ``key``: the same key gives the same ones in another capture.

    IPv4 has room for 16 million. Where two addresses would get the same one, the later gets the next that is free; only
    then does the order in which addresses come matter.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[bytes, bytes] = {}
        self._taken: set[bytes] = set()

    def address(self, packed: bytes) -> bytes:
        """What stands for an IP address of 4 or 16 bytes."""
        found = self._known.get(packed)
        if found is None:
            found = self._known[packed] = packed if _names_nobody(packed) else self._drawn(packed)
        return found

    def mac(self, raw: bytes) -> bytes:
        """What stands for a link address; group addresses and zeros stay."""
        if not raw.strip(b"\0") or raw[0] & 1:
            return raw
        drawn = hmac.digest(self._key, b"link" + raw, "sha256")
        return (b"\x02" + drawn[:5] + b"\0\0")[: len(raw)]

    def packet(self, linktype: int, data: bytes, *, datagrams: bool = False) -> bytes | None:
        """The packet with all its addresses replaced; None if some might lie where nobody looked. ``datagrams`` says
        that what UDP or EAPOL carries in it is no packet."""
        found = layers_of(linktype, data, datagrams=datagrams)
        if found is None:
            return None
        new = bytearray(data)
        for at, length in found.macs:
            new[at : at + length] = self.mac(data[at : at + length])
        for at, length in found.addresses:
            new[at : at + length] = self.address(data[at : at + length])
        for checksum in reversed(found.checksums):
            _adjust(checksum, data, new)
        return bytes(new)

    def _drawn(self, packed: bytes) -> bytes:
        count = 0
        while True:
            drawn = hmac.digest(self._key, count.to_bytes(4, "big") + packed, "sha256")
            found = b"\x0a" + drawn[:3] if len(packed) == 4 else b"\xfd" + drawn[:15]
            if found not in self._taken:
                self._taken.add(found)
                return found
            count += 1


def _names_nobody(packed: bytes) -> bool:
    address = ip_address(packed)
    return address.is_loopback or address.is_multicast or address.is_unspecified or packed == b"\xff" * 4


def _adjust(checksum: Checksum, old: bytes, new: bytearray) -> None:
    at = checksum.at
    if at + 2 > len(old) or (checksum.zero_is_none and old[at : at + 2] == b"\0\0"):
        return
    before, after = _sum(checksum, old), _sum(checksum, new)
    value = int.from_bytes(old[at : at + 2], "big")
    # RFC 1624 equation 3, with all that changed taken together.
    fitting = ~_folded((~value & 0xFFFF) + (~before & 0xFFFF) + after) & 0xFFFF
    if fitting == 0 and checksum.zero_is_none:
        fitting = 0xFFFF
    if before != after:
        new[at : at + 2] = fitting.to_bytes(2, "big")


def _sum(checksum: Checksum, data: bytes | bytearray) -> int:
    """The one's complement sum of what the checksum covers, itself left out."""
    covered = (
        bytes(data[checksum.start : checksum.at]) + b"\0\0" + bytes(data[checksum.at + 2 : checksum.end])
    )
    if checksum.over is not None:
        start, end = checksum.over
        covered = bytes(data[start:end]) + covered
    if len(covered) & 1:
        covered += b"\0"
    # Words of 16 bits summed with end-around carry are the number modulo 65,535.
    total = int.from_bytes(covered, "big") % 0xFFFF
    return total if total or not any(covered) else 0xFFFF


def _folded(total: int) -> int:
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total
