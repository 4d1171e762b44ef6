"""Addresses as text: those of IP, and those of a link where there is no IP.

Knows RFC 5952; must not know where addresses stand in packets. The text is that of the standard library's
``ipaddress``, and tests hold it to that; it is made without an object for each address, of which a capture may have
many thousands.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_extensions import i64

_MAPPED: Final = bytes(10) + b"\xff\xff"
_DECIMAL: Final = [str(number) for number in range(256)]
_SHORT: Final = [f"{number:x}" for number in range(256)]
_LONG: Final = [f"{number:02x}" for number in range(256)]


def is_link_address(text: str) -> bool:
    """Whether this is the text of an address of a link: six pairs of hexadecimal digits. IPv6 has eight groups, or two
    colons in a row."""
    return len(text) == 17 and text[2::3] == ":::::"


def address_text(packed: bytes) -> str:
    """The text of an address of 4, 16 or 6 (a link's) bytes. Raises ValueError for any other length."""
    if len(packed) == 4:
        # Quicker made than found.
        return f"{_DECIMAL[packed[0]]}.{_DECIMAL[packed[1]]}.{_DECIMAL[packed[2]]}.{_DECIMAL[packed[3]]}"
    return _longer_address(packed)


# Addresses come again in flow after flow.
@lru_cache(maxsize=4096)
def _longer_address(packed: bytes) -> str:
    if len(packed) == 6:
        return packed.hex(":")
    if len(packed) != 16 or packed.startswith(_MAPPED):
        # How IPv4 inside IPv6 is written differs from one Python to the next.
        return str(IPv6Address(packed))
    groups: list[str] = []
    # The first of the longest runs of zeros, which is left out if it has more than one group (RFC 5952 section 4.2).
    longest: i64 = 1
    longest_start: i64 = -1
    run: i64 = 0
    for index in range(8):
        high: i64 = packed[2 * index]
        low: i64 = packed[2 * index + 1]
        if high:
            groups.append(f"{_SHORT[high]}{_LONG[low]}")
        else:
            groups.append(_SHORT[low])
        run = 0 if high or low else run + 1
        if run > longest:
            longest = run
            longest_start = index - run + 1
    if longest_start < 0:
        return ":".join(groups)
    return f"{':'.join(groups[:longest_start])}::{':'.join(groups[longest_start + longest :])}"
