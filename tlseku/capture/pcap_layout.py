"""How long the record headers of a classic pcap are, which its file header does not say.

Knows the patched libpcaps of the nineties, whose record headers are longer than 16 bytes under the same magic numbers
(Wireshark's wiretap/libpcap.c tells them apart in the same way); must not know packets. The first records are tried in
each layout, the usual one first: in a wrong one the second header already makes no sense.
"""

from __future__ import annotations

from struct import Struct

from tlseku.capture.source import ByteStream

USUAL, NOKIA, KUZNETZOV, SUSE = 16, 20, 24, 28
"""Bytes of a record header: the usual one; Nokia's with 4 bytes more; Alexey Kuznetzov's patches ss990417 (Red Hat 6.1)
and ss991029 with interface, protocol and packet type, and ss990915 (SuSE 6.3) with two processors as well."""

_LAYOUTS = {False: (USUAL, KUZNETZOV, NOKIA), True: (KUZNETZOV, SUSE)}
"""By whether the magic number is the patched libpcap's."""

_TRIED = 8


def record_header_length(
    stream: ByteStream, byte_order: str, is_patched: bool, units: int, most: int, snaplen: int
) -> int:
    """The length of the record headers of ``stream``, whose window begins with the first of them.

    ``units`` is how many the fraction has in a second, ``most`` the longest packet that is believed, ``snaplen`` what
    the file header says (0: nothing). Where no layout makes sense it is the first one's: the file is damaged.
    """
    header = Struct(f"{byte_order}IIII")
    limit = min(most, snaplen) if snaplen else most
    first, *others = _LAYOUTS[is_patched]
    window = stream.window(0, first)
    if _tried(window, header, first, units, limit) < 0:
        for layout in others:
            # The first record begins alike in every layout: only a second one tells.
            if _tried(window, header, layout, units, limit) > 1:
                return layout
    return first


def _tried(window: bytes, header: Struct, layout: int, units: int, limit: int) -> int:
    """How many whole records the window begins with, as far as they are tried; -1 if one makes no sense."""
    at = 0
    for count in range(_TRIED):
        if at + layout > len(window):
            return count
        _, fraction, captured, original = header.unpack_from(window, at)
        if fraction >= units or captured > original or captured > limit:
            return -1
        if at + layout + captured > len(window):
            return count
        at += layout + captured
    return _TRIED
