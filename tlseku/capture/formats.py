"""Which files are captures, and what the others look like.

Knows first bytes only; must not know how any format goes on. Out comes a kind, or words for the error message.
"""

from __future__ import annotations

import codecs
from typing import Literal

Kind = Literal["pcap", "pcapng"]

PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"

PCAP_MAGICS: dict[bytes, tuple[str, int, bool]] = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000, False),
    b"\xa1\xb2\xc3\xd4": (">", 1000, False),
    b"\x4d\x3c\xb2\xa1": ("<", 1, False),
    b"\xa1\xb2\x3c\x4d": (">", 1, False),
    b"\x34\xcd\xb2\xa1": ("<", 1000, True),
    b"\xa1\xb2\xcd\x34": (">", 1000, True),
}
"""First four bytes to byte order, nanoseconds per unit of the fraction, and whether record headers are those of
Alexey Kuznetzov's patched libpcap (24 bytes instead of 16)."""

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive, not a capture"),
    (b"PK\x05\x06", "an empty zip archive, not a capture"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive, not a capture"),
    (b"Rar!", "a RAR archive, not a capture"),
    (b"\x1f\x8b", "gzip data inside compressed data, not a capture"),
    (b"\x28\xb5\x2f\xfd", "zstd data inside compressed data, not a capture"),
    (b"\xfd7zXZ\x00", "an xz file; unpack it first"),
    (b"BZh", "a bzip2 file; unpack it first"),
    (b"\x04\x22\x4d\x18", "an LZ4 file; unpack it first"),
    (b"snoop\0\0\0", "a snoop capture; convert it with editcap"),
    (b"GMBU", "a Network Monitor 2 capture; convert it with editcap"),
    (b"RTSS", "a Network Monitor 1 capture; convert it with editcap"),
    (b"XCP\0", "a NetXRay or Sniffer capture; convert it with editcap"),
    (b"TRSNIFF data", "a Sniffer capture; convert it with editcap"),
    (b"\x1c\x00\x01\xab", "an Ixia capture; convert it with editcap"),
    (b"\x1c\x00\x01\xac", "an Ixia capture; convert it with editcap"),
    (b"\xab\x01\x00\x1c", "an Ixia capture; convert it with editcap"),
    (b"\xac\x01\x00\x1c", "an Ixia capture; convert it with editcap"),
    (b"\x7fELF", "a program, not a capture"),
    (b"MZ", "a program, not a capture"),
    (b"%PDF", "a PDF document, not a capture"),
    (b"-----BEGIN ", "PEM text, not a capture"),
    (b"\x30\x82", "DER data, such as a certificate, not a capture"),
)

_TAR_MAGIC_AT = 257  # POSIX.1-1988 ustar header
_ERF_HEADER_LENGTH = 16
_ERF_TYPES = range(1, 49)
SAMPLE_LENGTH = 512
"""How many bytes ``describe_foreign`` likes to see."""


def kind_of(magic: bytes) -> Kind | None:
    """What capture format starts with these four bytes, None if none does."""
    if magic == PCAPNG_MAGIC:
        return "pcapng"
    return "pcap" if magic in PCAP_MAGICS else None


def describe_foreign(sample: bytes) -> str:
    """One phrase about a file that is no capture, from its first ``SAMPLE_LENGTH`` bytes."""
    if not sample:
        return "the file is empty"
    for magic, what in _FOREIGN:
        if sample.startswith(magic):
            return f"looks like {what}"
    if sample[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar":
        return "looks like a tar archive, not a capture"
    if len(sample) < 4:
        return f"not a capture: only {len(sample)} bytes"
    if _is_text(sample):
        return "looks like text, not a capture"
    if _looks_like_erf(sample):
        return "looks like an ERF capture; convert it with editcap"
    return f"not a capture: starts with {sample[:4].hex(' ')}"


def _is_text(sample: bytes) -> bool:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\0\0" not in sample:
        return True  # UTF-16, as Windows tools write it
    if any(byte < 0x20 and byte not in b"\t\n\r\f\x1b" for byte in sample):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # the sample may end within a character
    except UnicodeDecodeError:
        return False
    return True


def _looks_like_erf(sample: bytes) -> bool:
    # No magic: type, record length of at least the header, and a wire length that fits into it (Endace ERF).
    if len(sample) < _ERF_HEADER_LENGTH:
        return False
    record_length = int.from_bytes(sample[10:12], "big")
    wire_length = int.from_bytes(sample[14:16], "big")
    return sample[8] & 0x7F in _ERF_TYPES and record_length >= _ERF_HEADER_LENGTH and 0 < wire_length <= 65535
