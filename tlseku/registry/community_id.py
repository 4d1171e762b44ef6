"""Community ID: one short text for the two ends of a connection, the same in Zeek, Suricata, Arkime and Wireshark.

Knows the specification (version 1, https://github.com/corelight/community-id-spec) for TCP and UDP; must not know
flows or packets. Corelight's library ``communityid`` is what the tests hold this to. It is not used here because it
takes ten times as long, more than all that is said of an ordinary flow, and a flow has this text in every line.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from functools import lru_cache
from hashlib import sha1
from ipaddress import AddressValueError, IPv4Address, IPv6Address

TCP = 6
UDP = 17

_SEED = bytes(2)
_PLAIN_IPV4 = re.compile(r"([1-9]?[0-9]|[1-9][0-9]{2})" + r"\.([1-9]?[0-9]|[1-9][0-9]{2})" * 3)


def community_id(protocol: int, one: tuple[str, int], other: tuple[str, int]) -> str | None:
    """``1:`` and the Base64 of a SHA-1, with the seed 0, for two ends of an IP protocol that has ports.

    Both orders of the ends give the same. None where an end is no IP address (the MAC of an EAPOL frame), or the two
    are of different families.
    """
    here, there = _packed(one[0]), _packed(other[0])
    if here is None or there is None or len(here) != len(there):
        return None
    return community_id_of(protocol, (here, one[1].to_bytes(2, "big")), (there, other[1].to_bytes(2, "big")))


def community_id_of(protocol: int, here: tuple[bytes, bytes], there: tuple[bytes, bytes]) -> str:
    """The same for ends as they lie in a packet: the bytes of an address, and of a port."""
    # Tuples of bytes compare as the specification orders ends: by address, then by port.
    (address, port), (far_address, far_port) = (here, there) if here <= there else (there, here)
    seen = b"".join((_SEED, address, far_address, bytes((protocol, 0)), port, far_port))
    digest = sha1(seen, usedforsecurity=False).digest()
    return f"1:{b2a_base64(digest, newline=False).decode('ascii')}"


# Addresses come again in flow after flow.
@lru_cache(maxsize=1024)
def _packed(address: str) -> bytes | None:
    plain = _PLAIN_IPV4.fullmatch(address)
    if plain is not None:
        # ipaddress takes ten times as long for the same.
        octets = [int(each) for each in plain.groups()]
        return bytes(octets) if max(octets) < 256 else None
    try:
        return (IPv6Address(address) if ":" in address else IPv4Address(address)).packed
    except AddressValueError:
        return None
