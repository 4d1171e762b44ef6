"""Which files are captures, and what the others look like.

Knows first bytes only; must not know how any format goes on. Out comes a kind, or words for the error message.
"""

from __future__ import annotations

import codecs
from typing import Literal

from tlseku.capture import gzip, lz4, zstd

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

XZ_MAGIC = b"\xfd7zXZ\x00"
BZIP2_MAGIC = b"BZh"
"""First bytes of what other programs unpack."""

NETSCALER = "a NetScaler trace (or take it as pcap: start nstrace -traceformat PCAP)"
CHECK_POINT = "a Check Point fw monitor capture (snoop, each packet up to four times)"
EVENT_TRACE = (
    "a Windows event trace (ETL); to convert it, on Windows: pktmon etl2pcap FILE,"
    " or etl2pcapng.exe FILE NEW.pcapng"
)

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive, not a capture"),
    (b"PK\x05\x06", "an empty zip archive, not a capture"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive, not a capture"),
    (b"Rar!", "a RAR archive, not a capture"),
    (gzip.MAGIC, "gzip data inside compressed data, not a capture"),
    (zstd.MAGIC, "zstd data inside compressed data, not a capture"),
    (lz4.MAGIC, "LZ4 data inside compressed data, not a capture"),
    (b"\x02\x21\x4c\x18", "an LZ4 file of the old kind; unpack it first"),
    (XZ_MAGIC, "an xz file; unpack it first"),
    (BZIP2_MAGIC, "a bzip2 file; unpack it first"),
    (b"\x7fELF", "a program, not a capture"),
    (b"MZ", "a program, not a capture"),
    (b"%PDF", "a PDF document, not a capture"),
)
"""First bytes of what no program reads as a capture."""

_OF_OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"snoop\0\0\0", "a snoop capture"),
    (0, b"GMBU", "a Network Monitor 2 capture"),
    (0, b"RTSS", "a Network Monitor 1 capture"),
    (0, b"XCP\0", "a NetXRay or Sniffer capture"),
    (0, b"VL\0\0", "a NetXRay capture"),
    (0, b"TRSNIFF data", "a Sniffer capture"),
    (0, b"\x1c\x00\x01\xab", "an Ixia capture"),
    (0, b"\x1c\x00\x01\xac", "an Ixia capture"),
    (0, b"\xab\x01\x00\x1c", "an Ixia capture"),
    (0, b"\xac\x01\x00\x1c", "an Ixia capture"),
    (0, b"\xaa\xaa\xaa\xaa", "a 5View capture"),
    (0, b"\x01\x10\x4c\x00", "a LANalyzer capture"),
    (0, b"\x07\x10\x4c\x00", "a LANalyzer capture"),
    (0, b"\x05VNF", "a Visual Networks capture"),
    (0, b"TR\0d\0", "an HP-UX nettl trace"),
    (0, b"\0\0\0\x01\0\0\0\0\0\x07\xd0\0", "an HP-UX nettl trace"),
    (0, b"ObserverPktBuffe", "an Observer capture"),
    (0, b"+---------+---------------+----------+", "a K12 text capture"),
    (0, b"\0\0\x02\0\x12\x05\0\x10", "a Tektronix K12 capture"),
    (0, b"iptrace 1.0", "an AIX iptrace capture"),
    (0, b"iptrace 2.0", "an AIX iptrace capture"),
    (0, b"\x7fver", "an OmniPeek or AiroPeek capture"),
    (0, b"\x42\xd2\x00\x34\x12\x66\x22\x88", "a RADCOM capture"),
    (0, b"LOGG", "a Vector BLF log"),
    (0, b"cpse", "a Capsa capture"),
    (4, b"NetScaler Performance Data", NETSCALER),
    (4, b"NetScaler V", NETSCALER),
    (0, b"NetScaler", NETSCALER),
)
"""Where first bytes stand, and the capture format that they are of (Wireshark's wiretap/)."""

_DER_STARTS = (b"\x30\x82", b"\x30\x81")
_TAR_MAGIC_AT = 257  # POSIX.1-1988 ustar header
_ERF_HEADER_LENGTH = 16
_ERF_TYPES = range(1, 49)
_PLACES = (b"i", b"I", b"o", b"O", b"e", b"E")
_TIME_FIELDS = (range(1, 13), range(1, 32), range(24), range(60), range(61))
SAMPLE_LENGTH = 512
"""How many bytes ``describe_foreign`` likes to see."""


def kind_of(magic: bytes) -> Kind | None:
    """What capture format starts with these four bytes, None if none does."""
    if magic == PCAPNG_MAGIC:
        return "pcapng"
    return "pcap" if magic in PCAP_MAGICS else None


def convertible(sample: bytes) -> str | None:
    """What capture format of other programs a file is of, by its first ``SAMPLE_LENGTH`` bytes; None if unknown."""
    for at, magic, what in _OF_OTHERS:
        if sample[at : at + len(magic)] == magic:
            return CHECK_POINT if _is_fw_monitor(sample) else what
    if _looks_like_commview(sample):
        return "a CommView capture"
    return "an ERF capture" if not _is_text(sample) and _looks_like_erf(sample) else None


def is_foreign(sample: bytes) -> bool:
    """Whether a file is surely no capture of any program."""
    return not sample or _foreign(sample) is not None or _of_certificates(sample, "") is not None


def describe_foreign(sample: bytes, name: str = "FILE") -> str:
    """One phrase about a file that is no capture, from its first ``SAMPLE_LENGTH`` bytes.

    ``name`` stands in the command that converts it.
    """
    from shlex import quote  # most files are captures

    if not sample:
        return "the file is empty"
    if (what := _of_certificates(sample, quote(name))) is not None:
        return f"looks like {what}"
    if (what := _foreign(sample)) is not None:
        return f"looks like {what}"
    if len(sample) < 4:
        return f"not a capture: only {len(sample)} bytes"
    if (what := convertible(sample)) is not None:
        return f"looks like {what}; to convert it: editcap -F pcapng {quote(name)} {quote(f'{name}.pcapng')}"
    if _is_text(sample):
        return "looks like text, not a capture"
    return f"not a capture: starts with {sample[:4].hex(' ')}"


def _of_certificates(sample: bytes, file: str) -> str | None:
    """What a file of certificates, requests or keys is, and what reads it; ``file`` is it on a command line."""
    if (begin := sample.find(b"-----BEGIN ")) == 0 or (begin > 0 and b"\0" not in sample):
        label = sample[begin + 11 :].partition(b"-----")[0]
        if label.endswith(b"PRIVATE KEY"):
            return "a private key in PEM, not a capture"
        kind = {
            b"CERTIFICATE REQUEST": "a certificate request",
            b"NEW CERTIFICATE REQUEST": "a certificate request",
        }
        what = kind.get(label, "certificates" if b"CERT" in label or label == b"PKCS7" else "text")
        return f"{what} in PEM, not a capture; what reads it: tlseku cert {file}"
    if sample[:2] not in _DER_STARTS:
        return None
    inside = sample[4 if sample[1] == 0x82 else 3 :]
    if inside.startswith(b"\x02\x01\x03\x30"):
        return (
            "a PKCS#12 store, not a capture; what reads its certificates:"
            f" openssl pkcs12 -in {file} -nokeys | tlseku cert -"
        )
    # CertificationRequestInfo begins with its version, 0 (RFC 2986 section 4.1), TBSCertificate with [0] or a serial.
    if inside[:1] == b"\x30" and b"\x02\x01\x00\x30" in inside[:8]:
        return (
            "a certificate request in DER, not a capture; what reads it:"
            f" openssl req -inform DER -in {file} | tlseku cert -"
        )
    return f"DER data, such as a certificate, not a capture; what reads it: tlseku cert {file}"


def _foreign(sample: bytes) -> str | None:
    for magic, what in _FOREIGN:
        if sample.startswith(magic):
            return what
    if sample[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar":
        return "a tar archive, not a capture"
    return EVENT_TRACE if _looks_like_event_trace(sample) else None


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


def _is_fw_monitor(sample: bytes) -> bool:
    # snoop's file and record headers, then Ethernet whose first address begins with the place in the chain.
    return sample[:5] == b"snoop" and sample[40:41] in _PLACES and sample[52:54] == b"\x08\x00"


def _looks_like_commview(sample: bytes) -> bool:
    """No magic: a length, in the older kind twice and with a version, then the time (wiretap/commview.c)."""
    for at in (5, 4):
        year = int.from_bytes(sample[at : at + 2], "little")
        fields = sample[at + 2 : at + 7]
        if 1990 <= year < 2100 and len(fields) == 5 and all(map(_in_range, fields, _TIME_FIELDS)):
            return True
    return False


def _in_range(value: int, allowed: range) -> bool:
    return value in allowed


def _looks_like_event_trace(sample: bytes) -> bool:
    # WMI_BUFFER_HEADER of 72 bytes begins with the buffer's size; then a system event's header (evntrace.h).
    size = int.from_bytes(sample[:4], "little")
    is_buffer = 1024 <= size <= 16 << 20 and size % 1024 == 0
    return is_buffer and len(sample) > 76 and sample[74] in (1, 2) and sample[75] == 0xC0
