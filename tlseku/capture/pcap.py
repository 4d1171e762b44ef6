"""Classic pcap: a 24-byte file header, then records of a header and the packet's bytes.

Knows the layouts that libpcap reads (draft-ietf-opsawg-pcap; both byte orders, micro- and nanoseconds, the
longer record headers of ``pcap_layout``, and the swapped lengths of versions before 2.4); must not know what a packet
contains. Out come batches. The usual layout is handed on as it lies in the file; the odd ones are rewritten.

Damage: the records before it are handed out, then the log gets the offset of the record that is cut short or
whose length cannot be true, and reading stops, because nothing marks where the next record begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

from librt.strings import read_i64_be, read_i64_le
from librt.vecs import append, vec
from mypy_extensions import i64

from tlseku.capture.batch import RECORD_HEADER_LENGTH, Batch, Clock
from tlseku.capture.formats import PCAP_MAGICS
from tlseku.capture.pcap_layout import KUZNETZOV, USUAL, record_header_length
from tlseku.capture.source import ByteStream
from tlseku.capture.warning import WarningLog
from tlseku.errors import CaptureError

FILE_HEADER_LENGTH = 24

MAX_CAPTURED_LENGTH = 1 << 20
"""A longer record is damage. Frames end at 512 KiB (BIG TCP over loopback), tcpdump's snaplen at 256 KiB; beyond
that a wrong length would swallow whole stretches of the file as one packet."""

_MASK: Final = 0xFFFFFFFF
_LINKTYPE_BITS = 0xFFFF  # above them: FCS length and flags (draft-ietf-opsawg-pcap section 4)
_WORD = {"<": Struct("<I"), ">": Struct(">I")}
_FILE_HEADER = {"<": Struct("<4xHHiIII"), ">": Struct(">4xHHiIII")}
_RECORD = {"<": Struct("<IIII"), ">": Struct(">IIII")}


def read_pcap(stream: ByteStream, log: WarningLog, file: int = 0) -> Iterator[Batch]:
    """Batches of the classic pcap in ``stream``, which stands at its first byte.

    The file header is read before this returns. ``file`` becomes ``Batch.file``. Raises ``CaptureError`` if the
    file header is cut short or of an unknown version.
    """
    header = stream.window(0, FILE_HEADER_LENGTH)
    if len(header) < FILE_HEADER_LENGTH:
        raise CaptureError(stream.name, len(header), stream.problem or "the pcap file header is cut short")
    byte_order, unit_ns, modified = PCAP_MAGICS[header[:4]]
    major, minor, _, _, snaplen, network = _FILE_HEADER[byte_order].unpack_from(header)
    if major != 2:
        raise CaptureError(stream.name, 4, f"pcap version {major}.{minor} is not known")
    linktype = network & _LINKTYPE_BITS
    clock = Clock(byte_order, unit_ns)
    return _read(stream, log, file, linktype, clock, modified, minor, snaplen)


def _read(
    stream: ByteStream,
    log: WarningLog,
    file: int,
    linktype: int,
    clock: Clock,
    modified: bool,
    minor: int,
    snaplen: int,
) -> Iterator[Batch]:
    # Only now, when somebody wants packets: a pipe may have none yet.
    stream.window(FILE_HEADER_LENGTH, RECORD_HEADER_LENGTH)
    header_length = KUZNETZOV if modified else USUAL
    if minor >= 4:
        units = 1_000_000_000 // clock.unit_ns
        header_length = record_header_length(
            stream, clock.byte_order, modified, units, MAX_CAPTURED_LENGTH, snaplen
        )
    if header_length == USUAL and minor >= 4:
        yield from _read_records(stream, log, file, linktype, clock)
    else:
        yield from _read_odd_records(stream, log, file, linktype, clock, header_length, minor)


def collect_starts(window: bytes, byte_order: str) -> tuple[vec[i64], int]:
    """The offset of every whole packet in ``window``, which begins with a record header, and that of the first record
    that is not whole.

    ``byte_order`` is the file's, as for ``struct``. This is the inner loop of reading: it makes no object for a packet.
    """
    starts = vec[i64]()
    is_little = byte_order == "<"
    end: i64 = len(window)
    start: i64 = RECORD_HEADER_LENGTH
    captured: i64 = 0
    while start <= end:
        # The two lengths in front of a packet, of which the first counts.
        if is_little:
            captured = read_i64_le(window, start - 8) & _MASK
        else:
            captured = (read_i64_be(window, start - 8) >> 32) & _MASK
        following: i64 = start + captured
        if following > end:
            break
        starts = append(starts, start)
        start = following + RECORD_HEADER_LENGTH
    return starts, start - RECORD_HEADER_LENGTH


def _read_records(
    stream: ByteStream, log: WarningLog, file: int, linktype: int, clock: Clock
) -> Iterator[Batch]:
    word = _WORD[clock.byte_order]
    used = 0
    need = RECORD_HEADER_LENGTH
    number = 1
    while True:
        window = stream.window(used, need)
        if len(window) < need:
            _note_cut_record(stream, log, window, need)
            return
        starts, used = collect_starts(window, clock.byte_order)
        if len(starts) > 0:
            yield Batch(window, starts, number, linktype, clock, file)
            number += len(starts)
        need = RECORD_HEADER_LENGTH
        if len(window) - used >= need:
            captured = word.unpack_from(window, used + 8)[0]
            if captured > MAX_CAPTURED_LENGTH:
                _note_absurd_length(stream, log, used, captured)
                return
            need += captured


def _read_odd_records(
    stream: ByteStream,
    log: WarningLog,
    file: int,
    linktype: int,
    clock: Clock,
    header_length: int,
    minor: int,
) -> Iterator[Batch]:
    record = _RECORD[clock.byte_order]
    used = 0
    need = header_length
    number = 1
    absurd = -1
    while absurd < 0:
        window = stream.window(used, need)
        if len(window) < need:
            _note_cut_record(stream, log, window, need)
            return
        need = header_length
        used = 0
        starts = vec[i64]()
        canonical = bytearray()
        while len(window) - used >= header_length:
            seconds, fraction, captured, original = record.unpack_from(window, used)
            if minor < 3 or (minor == 3 and captured > original):
                captured, original = original, captured
            if captured > MAX_CAPTURED_LENGTH:
                absurd = captured
                break
            start = used + header_length
            if start + captured > len(window):
                need = header_length + captured
                break
            canonical += record.pack(seconds, fraction, captured, original)
            starts = append(starts, len(canonical))
            canonical += window[start : start + captured]
            used = start + captured
        if len(starts) > 0:
            yield Batch(bytes(canonical), starts, number, linktype, clock, file)
            number += len(starts)
    _note_absurd_length(stream, log, used, absurd)


def _note_cut_record(stream: ByteStream, log: WarningLog, rest: bytes, need: int) -> None:
    if rest and stream.problem is None:
        log.add(
            stream.name,
            stream.offset,
            f"the capture ends within a record: {len(rest)} of at least {need} bytes are there",
        )


def _note_absurd_length(stream: ByteStream, log: WarningLog, used: int, captured: int) -> None:
    log.add(
        stream.name,
        stream.offset + used,
        f"a record claims {captured} captured bytes; reading stops here",
    )
