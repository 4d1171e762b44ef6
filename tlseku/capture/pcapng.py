"""pcapng: sections of blocks, each with its own byte order and its own list of interfaces.

Knows draft-ietf-opsawg-pcapng; must not know what a packet contains. Out come batches of one link type and one
clock whose frame numbers follow each other; where either changes, a new batch begins. Secrets that the file
carries go to a list of their own.

Plan: a window holds some whole blocks. A fast loop (``enhanced_packets``) takes the run of Enhanced Packet Blocks
of one interface, where the words before the packet's bytes already have the canonical layout; whatever stops it
is looked at one block at a time. Blocks that carry nothing for us are skipped without being held.

Frame numbers are those of Wireshark (checked against tshark 4.0.17): packet blocks count, and so do systemd
journal (9), sysdig event (0x204, 0x216, 0x221) and custom blocks (0xbad, 0x40000bad), which have a line in
its packet list but no packet for us. Sections, interfaces, name resolution, statistics, secrets and unknown
blocks do not count.

Damage: every packet before it is handed out, then the log gets the block's offset and reading stops. Where
not even one interface was read, it is a ``CaptureError``. A packet of an interface that the section does not
have is passed over with a warning: the blocks around it are whole (tshark stops there).
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from librt.vecs import append, vec
from mypy_extensions import i64

from tlseku.capture.batch import RECORD_HEADER_LENGTH, Batch, Clock
from tlseku.capture.enhanced_packets import ENHANCED_PACKET, PACKET_AT, PACKET_FRAMING, collect_starts
from tlseku.capture.pcap import MAX_CAPTURED_LENGTH
from tlseku.capture.pcapng_interface import FIXED_LENGTH, Interface, read_interface
from tlseku.capture.secret import SecretList
from tlseku.capture.source import ByteStream
from tlseku.capture.warning import WarningLog
from tlseku.errors import CaptureError

MAX_BLOCK_LENGTH = 256 << 20
"""A longer block is damage. The longest blocks in the field are USB packets of 128 MiB."""

MAX_DESCRIPTION_LENGTH = 1 << 20
"""Longest section header or interface description that is held. Real ones have a few hundred bytes of options."""

MAX_INTERFACES = 1 << 16
"""Interfaces of one section. More are damage: the obsolete Packet Block could not even name them."""

_SECTION = 0x0A0D0D0A
_INTERFACE = 1
_OBSOLETE_PACKET = 2
_SIMPLE_PACKET = 3
_SECRETS = 10
_COUNTED_BY_WIRESHARK = frozenset((9, 0x204, 0x216, 0x221, 0x0BAD, 0x40000BAD))

_FRAMING = 12  # type and length before the body, the length again behind it
_SIMPLE_FRAMING = 16
_SECRETS_FRAMING = 20
_SECTION_LENGTH = 28
_MAX_PACKET_BLOCK = MAX_CAPTURED_LENGTH + (64 << 10)  # room for the options behind the packet

_SHORTEST = {
    _SECTION: _SECTION_LENGTH,
    _INTERFACE: _FRAMING + FIXED_LENGTH,
    _OBSOLETE_PACKET: PACKET_FRAMING,
    _SIMPLE_PACKET: _SIMPLE_FRAMING,
    ENHANCED_PACKET: PACKET_FRAMING,
    _SECRETS: _SECRETS_FRAMING,
}

_BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_WORD = {"<": Struct("<I"), ">": Struct(">I")}
_TWO_WORDS = {"<": Struct("<II"), ">": Struct(">II")}
_FOUR_WORDS = {"<": Struct("<IIII"), ">": Struct(">IIII")}
_SIX_WORDS = {"<": Struct("<IIIIII"), ">": Struct(">IIIIII")}
_HALF_WORD = {"<": Struct("<H"), ">": Struct(">H")}
_VERSION = {"<": Struct("<HH"), ">": Struct(">HH")}

_NO_TIME = Clock("<", 1000, 1_000_000_000)


class PcapngReader:
    """Reads one pcapng from ``stream``, which stands at its first byte.

    ``file`` becomes ``Batch.file``; ``secrets`` takes the Decryption Secrets Blocks. Making one reads the first
    section header and raises ``CaptureError`` if it is not sound.
    """

    def __init__(self, stream: ByteStream, log: WarningLog, secrets: SecretList, file: int = 0) -> None:
        self._stream = stream
        self._log = log
        self._secrets = secrets
        self._file = file
        self._window = b""
        self._at = 0  # offset in the window of the next block
        self._ended = False
        self._byte_order = "<"
        self._interfaces: list[Interface] = []
        self._any_interface = False
        self._number = 1  # frame number of the next packet
        self._current = -1  # interface of the packets below
        self._starts = vec[i64]()  # packets of the window that are not handed out yet
        self._last_clock = _NO_TIME
        self._last_words = (0, 0)
        self._told_of_time = False
        self._read_block()

    def batches(self) -> Iterator[Batch]:
        """The packets in file order. Raises ``CaptureError`` for damage before the first interface."""
        while True:
            if self._current >= 0 and not self._ended:
                self._starts, self._at = collect_starts(
                    self._window,
                    self._at,
                    self._current,
                    self._byte_order,
                    self._starts,
                    self._interfaces[self._current].sound_high,
                )
                if self._starts and self._goes_on_with_another_interface():
                    continue
            if self._starts:
                yield self._collected()
            if self._ended:
                return
            batch = self._read_block()
            if batch is not None:
                yield batch

    def _goes_on_with_another_interface(self) -> bool:
        """Whether the next packet's interface has the same link type and clock; if so, it becomes the current."""
        if len(self._window) - self._at < PACKET_FRAMING:
            return False
        kind, _, number, _, _, _ = _SIX_WORDS[self._byte_order].unpack_from(self._window, self._at)
        if kind != ENHANCED_PACKET or number == self._current or number >= len(self._interfaces):
            return False
        here, there = self._interfaces[self._current], self._interfaces[number]
        if (here.linktype, here.clock) != (there.linktype, there.clock):
            return False
        self._current = number
        return True

    def _collected(self) -> Batch:
        starts = self._starts
        self._starts = vec[i64]()
        interface = self._interfaces[self._current]
        batch = Batch(self._window, starts, self._number, interface.linktype, interface.clock, self._file)
        self._number += len(starts)
        self._last_clock = interface.clock
        self._last_words = _TWO_WORDS[self._byte_order].unpack_from(
            self._window, starts[-1] - RECORD_HEADER_LENGTH
        )
        return batch

    def _read_block(self) -> Batch | None:
        """Deal with the next block whatever it is. Nothing is collected when this is called."""
        if not self._fill(_FRAMING):
            self._end_within_block()
            return None
        kind, length = _TWO_WORDS[self._byte_order].unpack_from(self._window, self._at)
        if kind == _SECTION:
            byte_order = _BYTE_ORDERS.get(self._window[self._at + 8 : self._at + 12])
            if byte_order is None:
                self._damage("a section header without a byte order")
                return None
            self._byte_order = byte_order
            length = _WORD[byte_order].unpack_from(self._window, self._at + 4)[0]
        if length < _SHORTEST.get(kind, _FRAMING) or length & 3 or length > MAX_BLOCK_LENGTH:
            self._damage(f"a block of type {kind:#x} claims a length of {length} bytes")
            return None
        if not self._is_to_be_held(kind, length):
            self._skip(length)
            return None
        if not self._fill(length):
            self._end_within_block()
            return None
        if _WORD[self._byte_order].unpack_from(self._window, self._at + length - 4)[0] != length:
            self._damage_by_lengths()
            return None
        batch = self._read_held_block(kind, length)
        if not self._ended:
            self._at += length
        return batch

    def _is_to_be_held(self, kind: int, length: int) -> bool:
        """Whether the block's body matters. Blocks that do not, or are too long to hold, are counted here."""
        if kind in (_SECTION, _INTERFACE):
            return True
        if kind in (ENHANCED_PACKET, _OBSOLETE_PACKET, _SIMPLE_PACKET):
            if length <= _MAX_PACKET_BLOCK:
                return True
            self._warn(f"frame {self._number} is passed over: its block has {length} bytes")
            self._number += 1
        elif kind == _SECRETS:
            if self._secrets.has_room(length - _SECRETS_FRAMING):
                return True
            self._warn("decryption secrets are dropped: there are too many of them")
        elif kind in _COUNTED_BY_WIRESHARK:
            self._number += 1
        return False

    def _read_held_block(self, kind: int, length: int) -> Batch | None:
        if kind == _SECTION:
            self._read_section(length)
        elif kind == _INTERFACE:
            self._read_interface(length)
        elif kind == _SIMPLE_PACKET:
            return self._read_simple_packet(length)
        elif kind == _SECRETS:
            self._read_secrets(length)
        else:
            self._read_packet(kind, length)
        return None

    def _read_section(self, length: int) -> None:
        if length > MAX_DESCRIPTION_LENGTH:
            self._damage(f"a section header of {length} bytes")
            return
        major, minor = _VERSION[self._byte_order].unpack_from(self._window, self._at + 12)
        if major != 1 or minor not in (0, 2):  # 1.2 was written by some tools and is the same as 1.0
            self._damage(f"pcapng version {major}.{minor} is not known")
            return
        self._interfaces = []
        self._current = -1

    def _read_interface(self, length: int) -> None:
        if length > MAX_DESCRIPTION_LENGTH or len(self._interfaces) == MAX_INTERFACES:
            self._damage("an interface description that is too long, or too many of them")
            return
        body = self._window[self._at + 8 : self._at + length - 4]
        self._interfaces.append(read_interface(body, self._byte_order))
        self._any_interface = True

    def _read_packet(self, kind: int, length: int) -> None:
        order = self._byte_order
        _, _, number, high, low, captured = _SIX_WORDS[order].unpack_from(self._window, self._at)
        if kind == _OBSOLETE_PACKET:  # a half word, then the number of dropped packets
            number = _HALF_WORD[order].unpack_from(self._window, self._at + 8)[0]
        if captured > length - PACKET_FRAMING:
            self._damage(f"a packet of {captured} bytes in a block of {length}")
        elif captured > MAX_CAPTURED_LENGTH:
            self._warn(f"frame {self._number} is passed over: it claims {captured} captured bytes")
            self._number += 1
        elif number >= len(self._interfaces):
            self._warn(f"frame {self._number} is passed over: its interface {number} is not described")
            self._number += 1
        else:
            if self._interfaces[number].clock.is_absurd(high, low) and not self._told_of_time:
                # Where one frame does, often all of an interface do.
                self._told_of_time = True
                self._warn(
                    f"frame {self._number} claims a time that is centuries away: it and all like it are no clock"
                )
            self._current = number
            self._starts = append(self._starts, self._at + PACKET_AT)

    def _read_simple_packet(self, length: int) -> Batch | None:
        """A Simple Packet Block has neither interface nor time: interface 0, and the time of the packet before."""
        if not self._interfaces:
            self._warn(f"frame {self._number} is passed over: its interface 0 is not described")
            self._number += 1
            return None
        order = self._byte_order
        interface = self._interfaces[0]
        original = _WORD[order].unpack_from(self._window, self._at + 8)[0]
        captured = min(original, interface.snaplen) if interface.snaplen else original
        if captured > length - _SIMPLE_FRAMING:
            self._damage(f"a packet of {captured} bytes in a block of {length}")
            return None
        start = self._at + 12
        header = _FOUR_WORDS[order].pack(*self._last_words, captured, original)
        data = header + self._window[start : start + captured]
        clock = self._last_clock._replace(byte_order=order)
        self._number += 1
        return Batch(data, vec[i64]([len(header)]), self._number - 1, interface.linktype, clock, self._file)

    def _read_secrets(self, length: int) -> None:
        secrets_type, size = _TWO_WORDS[self._byte_order].unpack_from(self._window, self._at + 8)
        if size > length - _SECRETS_FRAMING:
            self._damage(f"secrets of {size} bytes in a block of {length}")
            return
        start = self._at + 16
        self._secrets.add(secrets_type, self._window[start : start + size])

    def _fill(self, size: int) -> bool:
        """Make the window hold ``size`` bytes of the next block. False if the capture ends before."""
        if len(self._window) - self._at >= size:
            return True
        self._window = self._stream.window(self._at, size)
        self._at = 0
        return len(self._window) >= size

    def _skip(self, length: int) -> None:
        """Pass over a block without holding it: only the length behind it is looked at."""
        if len(self._window) - self._at < length:
            offset = self._stream.offset + self._at
            self._window = self._stream.window(self._at + length - 4, 4)
            self._at = offset - self._stream.offset
            if len(self._window) < 4:
                self._ended = True
                if self._stream.problem is None:
                    self._damage("the capture ends within a block")
                return
        if _WORD[self._byte_order].unpack_from(self._window, self._at + length - 4)[0] != length:
            self._damage_by_lengths()
            return
        self._at += length

    def _end_within_block(self) -> None:
        """The capture ends before the next block does. Between two blocks that is simply the end."""
        self._ended = True
        if not self._any_interface and (self._stream.problem is not None or self._window):
            self._damage(self._stream.problem or "the capture ends before its first interface is described")
        elif self._window and self._stream.problem is None:
            self._damage("the capture ends within a block")

    def _damage_by_lengths(self) -> None:
        self._damage("the lengths before and behind a block differ")

    def _damage(self, problem: str) -> None:
        """Give up here: everything before is handed out already."""
        self._ended = True
        offset = self._stream.offset + self._at
        if not self._any_interface:
            raise CaptureError(self._stream.name, offset, problem)
        self._log.add(self._stream.name, offset, f"{problem}; reading stops here")

    def _warn(self, problem: str) -> None:
        self._log.add(self._stream.name, self._stream.offset + self._at, problem)
