"""Interface Description Blocks of pcapng: which link type and which clock an interface's packets have.

Knows draft-ietf-opsawg-pcapng sections 3.5 (options) and 4.2; must not know the other blocks. An option that
makes no sense is passed over: the packets are still there, and the default clock is the best guess.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from tlseku.capture.batch import Clock

_FIXED = {"<": Struct("<HHI"), ">": Struct(">HHI")}
_OPTION = {"<": Struct("<HH"), ">": Struct(">HH")}
_OFFSET = {"<": Struct("<q"), ">": Struct(">q")}
_OPT_END = 0
_IF_TSRESOL = 9
_IF_TSOFFSET = 14
_DEFAULT_TICKS = 1_000_000

FIXED_LENGTH = 8
"""Bytes of the body before the options."""


class Interface(NamedTuple):
    """One interface of a section: its ``linktype`` and ``clock``, and ``snaplen`` in bytes (0: no limit).

    ``sound_high`` is that of the clock: the high word up to which no time is absurd.
    """

    linktype: int
    clock: Clock
    snaplen: int
    sound_high: int


def read_interface(body: bytes, byte_order: str) -> Interface:
    """The interface that the body of an Interface Description Block (at least ``FIXED_LENGTH`` bytes) describes."""
    linktype, _, snaplen = _FIXED[byte_order].unpack_from(body)
    ticks = _DEFAULT_TICKS
    offset_s = 0
    for code, value in _options(body, byte_order):
        if code == _IF_TSRESOL and len(value) == 1:
            base = 2 if value[0] & 0x80 else 10
            ticks = base ** (value[0] & 0x7F)
        elif code == _IF_TSOFFSET and len(value) == 8:
            offset_s = _OFFSET[byte_order].unpack(value)[0]
    clock = Clock(byte_order, 1000, ticks, offset_s)
    return Interface(linktype, clock, snaplen, clock.sound_high())


def _options(body: bytes, byte_order: str) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    at = FIXED_LENGTH
    while at + 4 <= len(body):
        code, length = _OPTION[byte_order].unpack_from(body, at)
        at += 4
        if code == _OPT_END or at + length > len(body):
            break
        found.append((code, body[at : at + length]))
        at += length + (-length & 3)
    return found
