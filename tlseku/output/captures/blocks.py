"""pcapng blocks as bytes: the few that are written, and comments put into those that are copied.

Knows draft-ietf-opsawg-pcapng sections 3.1, 3.5, 4.1 to 4.4; must not know where packets come from. dpkt's writer
loses nanoseconds, sections and options, so the blocks are written here. Everything takes a byte order, ``<`` or ``>``,
because a copied section keeps its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

SECTION = 0x0A0D0D0A
INTERFACE = 1
OBSOLETE_PACKET = 2
SIMPLE_PACKET = 3
NAME_RESOLUTION = 4
STATISTICS = 5
ENHANCED_PACKET = 6
SECRETS = 10
PACKETS_WITH_OPTIONS = (ENHANCED_PACKET, OBSOLETE_PACKET)

PACKET_AT = 28
"""Offset of the packet's bytes in Enhanced and obsolete Packet Blocks."""

CLOCK_OPTIONS = (9, 14)
"""Options of an interface that its times depend on: if_tsresol and if_tsoffset."""

LONGEST_COMMENT = 2000
"""Bytes of one comment. An option can hold 65,535; a person reads a few lines."""

_WORD = {"<": Struct("<I"), ">": Struct(">I")}
_TWO_WORDS = {"<": Struct("<II"), ">": Struct(">II")}
_OPTION = {"<": Struct("<HH"), ">": Struct(">HH")}
_SECTION_BODY = {"<": Struct("<IHHq"), ">": Struct(">IHHq")}
_INTERFACE_BODY = {"<": Struct("<HHI"), ">": Struct(">HHI")}
_PACKET_HEAD = {"<": Struct("<IIIII"), ">": Struct(">IIIII")}
_SIXTY_FOUR = {"<": Struct("<q"), ">": Struct(">q")}
_END_OF_OPTIONS = b"\0\0\0\0"
_OPT_COMMENT = 1
_UNKNOWN_LENGTH = -1


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A block of type ``kind``; ``body`` is padded to 32 bits."""
    body += b"\0" * (-len(body) & 3)
    length = 12 + len(body)
    return _TWO_WORDS[order].pack(kind, length) + body + _WORD[order].pack(length)


def options(pairs: Sequence[tuple[int, bytes]], order: str = "<") -> bytes:
    """Options by code and value, with the end of options behind them; nothing if there are none."""
    return _listed(pairs, order) + _END_OF_OPTIONS if pairs else b""


def section_header(order: str = "<", software: str = "") -> bytes:
    """A Section Header Block of unknown length; ``software`` names who wrote it (shb_userappl)."""
    body = _SECTION_BODY[order].pack(0x1A2B3C4D, 1, 0, _UNKNOWN_LENGTH)
    return block(SECTION, body + options([(4, software.encode())] if software else [], order), order)


def without_section_length(section: bytes, order: str) -> bytes:
    """A copied Section Header Block that no longer says how long its section is."""
    return section[:16] + _SIXTY_FOUR[order].pack(_UNKNOWN_LENGTH) + section[24:]


def interface(linktype: int, digits: int, order: str = "<", snaplen: int = 0, offset_s: int = 0) -> bytes:
    """An Interface Description Block whose clock ticks 10**-``digits`` seconds from ``offset_s`` on."""
    pairs = [(9, bytes([digits]))]
    if offset_s:
        pairs.append((14, _SIXTY_FOUR[order].pack(offset_s)))
    return block(INTERFACE, _INTERFACE_BODY[order].pack(linktype, 0, snaplen) + options(pairs, order), order)


def enhanced_packet(
    number: int, ticks: int, data: bytes, original_length: int, order: str = "<", trailer: bytes = b""
) -> bytes:
    """An Enhanced Packet Block of interface ``number``; ``trailer`` holds its options, end included."""
    head = _PACKET_HEAD[order].pack(
        number, ticks >> 32 & 0xFFFFFFFF, ticks & 0xFFFFFFFF, len(data), original_length
    )
    return block(ENHANCED_PACKET, head + data + b"\0" * (-len(data) & 3) + trailer, order)


def simple_packet(data: bytes, original_length: int, order: str = "<") -> bytes:
    """A Simple Packet Block, whose interface is the first and whose time nobody knows."""
    return block(SIMPLE_PACKET, _WORD[order].pack(original_length) + data, order)


def with_comments(packet: bytes, comments: Sequence[str], order: str) -> bytes:
    """A copied Enhanced or obsolete Packet Block with ``comments`` before the options that it had.

    The block must be sound: its captured length fits into it.
    """
    captured = _WORD[order].unpack_from(packet, 20)[0]
    at = PACKET_AT + captured + (-captured & 3)
    had = packet[at:-4]
    added = _listed([(_OPT_COMMENT, _comment(text)) for text in comments], order)
    body = packet[8:at] + added + (had if len(had) >= 4 else _END_OF_OPTIONS)
    return block(_WORD[order].unpack_from(packet)[0], body, order)


def read_options(data: bytes, order: str) -> list[tuple[int, bytes]]:
    """Options by code and value, up to their end or to the first that does not fit."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + 4 <= len(data):
        code, length = _OPTION[order].unpack_from(data, at)
        at += 4
        if code == 0 or at + length > len(data):
            break
        found.append((code, data[at : at + length]))
        at += length + (-length & 3)
    return found


def _comment(text: str) -> bytes:
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= LONGEST_COMMENT:
        return data
    return data[: LONGEST_COMMENT - 3].decode("utf-8", "ignore").encode() + "…".encode()


def _listed(pairs: Sequence[tuple[int, bytes]], order: str) -> bytes:
    return b"".join(
        _OPTION[order].pack(code, len(value)) + value + b"\0" * (-len(value) & 3) for code, value in pairs
    )
