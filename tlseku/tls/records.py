"""TLS records out of one direction's bytes.

Knows the record header (RFC 8446 section 5.1); must not know handshake messages beyond whether a record's content is in
clear. What it finds goes to a ``RecordListener``: the content of clear handshake records as it arrives (a record that
never completes may still hold a whole message), other records when they are complete, without their content where
nobody can use it.

Plan: a record is read in one of three ways, chosen at its header: STREAM (hand on as it comes), KEEP (hand on when
whole), SKIP (count the bytes). A gap inside a record's body is exact, since the header tells what is missing, and takes
nothing away from a record that is skipped; a gap that takes a header with it makes the reader look for the next one
(``find_record``).
"""

from __future__ import annotations

from typing import Final, Protocol

from tlseku.frames.reference import is_later
from tlseku.tls.handshake import PLAUSIBLE_TYPES

CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
APPLICATION_DATA: Final = 23
HEARTBEAT: Final = 24

# 2**14 bytes of content and what encryption may add: 2048 in TLS 1.2 (RFC 5246 section 6.2.3).
MAX_RECORD: Final = 16384 + 2048

STREAM: Final = 0
KEEP: Final = 1
SKIP: Final = 2


class RecordListener(Protocol):
    """Takes what a record reader finds."""

    def begin_record(self, content_type: int, version: int, length: int) -> int:
        """A record's header: answer how to read it, STREAM, KEEP or SKIP."""

    def fragment(self, data: bytes, first: bool, length: int, frame: int, ts_ns: int) -> None:
        """The next bytes of a record that streams; ``first`` for its first ones."""

    def record(self, content_type: int, length: int, content: bytes, frame: int, ts_ns: int) -> None:
        """A record is complete; ``content`` is empty unless it was to be kept."""

    def missing(self, length: int, reason: str) -> None:
        """Bytes are missing inside a record that streams."""

    def broken(self, content_type: int, reason: str) -> None:
        """A record that was to be kept lacks bytes; it will not be handed on."""

    def lost(self, reason: str) -> None:
        """The record boundaries are lost."""

    def not_tls(self, frame: int) -> None:
        """What stands where a record should begin is none."""


def is_record_header(data: bytes, at: int) -> bool:
    """Whether the five bytes at ``at`` can be a record header: a known type, version 3.x, a length in bounds.

    Only application data may have length 0 (RFC 5246 section 6.2.1), but some senders do it with other types, too.
    """
    if not CHANGE_CIPHER_SPEC <= data[at] <= HEARTBEAT or data[at + 1] != 3 or data[at + 2] > 4:
        return False
    return (data[at + 3] << 8 | data[at + 4]) <= MAX_RECORD


def _is_lawful_header(data: bytes, at: int) -> bool:
    return is_record_header(data, at) and (data[at] == APPLICATION_DATA or data[at + 3 : at + 5] != b"\0\0")


def find_record(data: bytes) -> int:
    """Where in ``data`` a record begins, judged by what follows it: -1 if nowhere.

    A candidate counts if it ends exactly where ``data`` ends, is followed by another header, or begins with a
    handshake message that fits it.
    """
    last = len(data) - 5
    at = data.find(b"\x03", 1)
    while 0 < at <= last + 1:
        start = at - 1
        if _is_lawful_header(data, start):
            end = start + 5 + (data[start + 3] << 8 | data[start + 4])
            if (
                end == len(data)
                or (end <= last and _is_lawful_header(data, end))
                or _holds_message(data, start)
            ):
                return start
        at = data.find(b"\x03", at + 1)
    return -1


def _holds_message(data: bytes, start: int) -> bool:
    body = start + 5
    if data[start] != HANDSHAKE or body + 4 > len(data) or data[body] not in PLAUSIBLE_TYPES:
        return False
    length = data[start + 3] << 8 | data[start + 4]
    return 4 <= 4 + int.from_bytes(data[body + 1 : body + 4], "big") <= length


class RecordReader:
    """Reads the records of one direction. ``frames`` are those that carried the content of the record just kept."""

    __slots__ = (
        "_content",
        "_first",
        "_header",
        "_latest",
        "_left",
        "_length",
        "_listener",
        "_mode",
        "_searching",
        "_stopped",
        "_ts_ns",
        "_type",
        "frames",
    )

    def __init__(self, listener: RecordListener, searching: bool = False) -> None:
        self._listener = listener
        self._searching = searching
        self._stopped = False
        self._header = b""
        self._type = 0
        self._mode = SKIP
        self._length = 0
        self._left = 0
        self._first = False
        self._content = bytearray()
        # Those that carried the content of the record being kept.
        self.frames: list[int] = []
        self._latest = 0
        self._ts_ns = 0

    def data(self, data: bytes, frame: int, ts_ns: int) -> None:
        """The next bytes in order, all from one frame."""
        if is_later(frame, ts_ns, self._latest, self._ts_ns):
            self._latest = frame
        if ts_ns > self._ts_ns:
            self._ts_ns = ts_ns
        if self._stopped:
            return
        position = 0
        if self._searching:
            position = find_record(data)
            if position < 0:
                return
            self._searching = False
        size = len(data)
        while position < size:
            if not self._left:
                position = self._read_header(data, position)
                if position < 0:
                    return
                continue
            taken = min(self._left, size - position)
            self._left -= taken
            if self._mode != SKIP:
                self._take(data[position : position + taken], frame, ts_ns)
            position += taken
            if not self._left:
                self._complete()

    def gap(self, length: int, reason: str) -> None:
        """``length`` bytes are missing here."""
        if self._stopped or self._searching:
            return
        inside = min(length, self._left)
        if inside:
            self._left -= inside
            if self._mode == STREAM:
                self._first = False
                self._listener.missing(inside, reason)
                if not self._left:
                    self._complete()
            elif self._mode == KEEP:
                self._listener.broken(self._type, reason)
                # The rest of the record is of no use without its beginning.
                self._content = bytearray()
                self._mode = SKIP
                self._type = 0
            elif not self._left:
                self._complete()
        if length > inside:
            self._searching = True
            self._left = 0
            self._header = b""
            self._listener.lost(reason)

    def _read_header(self, data: bytes, position: int) -> int:
        """Read what there is of a header; the position after it, or -1 if it is none."""
        if self._header or len(data) - position < 5:
            wanted = 5 - len(self._header)
            self._header += data[position : position + wanted]
            position += wanted
            if len(self._header) < 5:
                return len(data)
            header, at = self._header, 0
            self._header = b""
        else:
            header, at = data, position
            position += 5
        if not is_record_header(header, at):
            self._stopped = True
            self._listener.not_tls(self._latest)
            return -1
        self._type = header[at]
        self._length = self._left = header[at + 3] << 8 | header[at + 4]
        self._mode = self._listener.begin_record(
            self._type, header[at + 1] << 8 | header[at + 2], self._length
        )
        self._first = True
        if self.frames:
            self.frames = []
        if not self._left:
            self._complete()
        return position

    def _take(self, piece: bytes, frame: int, ts_ns: int) -> None:
        if self._mode == STREAM:
            self._listener.fragment(piece, self._first, self._length, frame, ts_ns)
            self._first = False
        else:
            self._content += piece
            if not self.frames or self.frames[-1] != frame:
                self.frames.append(frame)

    def _complete(self) -> None:
        content = bytes(self._content) if self._mode == KEEP else b""
        if self._content:
            self._content = bytearray()
        if self._type:
            self._listener.record(self._type, self._length, content, self._latest, self._ts_ns)
