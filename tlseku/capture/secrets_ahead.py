"""The decryption secrets of a pcapng file, wherever in it they stand, before its packets are read.

Knows the framing of pcapng blocks (draft-ietf-opsawg-pcapng sections 3.1, 4.1 and 4.7); must not know what is in a
secret. Only a regular file can be looked through ahead: of a pipe the secrets must do that come while the packets that
they unlock can still be held back.

Plan: the bytes that begin a block of TLS secrets are searched in the whole file, piece by piece, which costs little
more than reading it; only where they occur are the blocks walked, since a packet may hold the same bytes. A compressed
file costs as much as reading it does, so that it is looked through only for somebody who asks for it.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from struct import Struct

from tlseku.capture import gzip, lz4, zstd
from tlseku.capture.compressed_feed import SKIPPABLE
from tlseku.capture.feed import read_at
from tlseku.capture.reader import open_capture
from tlseku.capture.secret import Secret, SecretList
from tlseku.capture.source import STANDARD_INPUT, Source
from tlseku.errors import CaptureError

_SECTION = b"\x0a\x0d\x0d\x0a"
_MARKS = ((b"\x0a\0\0\0", b"KSLT"), (b"\0\0\0\x0a", b"TLSK"))
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_TWO_WORDS = {"<": Struct("<II"), ">": Struct(">II")}
_SECRETS = 10
_FRAMING = 20
_PIECE = 1 << 20
# Type and length of a block, and the type of the secrets in it.
_MARK = 12


def secrets_ahead(source: Source, *, compressed: bool = False) -> list[Secret]:
    """All decryption secrets of a regular pcapng file, in file order; empty for anything else.

    With ``compressed`` also of a file under gzip, zstd or lz4. An object counts where it is such a file, not read yet.
    Never raises: what is wrong with the file is told when it is read.
    """
    if source == STANDARD_INPUT:
        return []
    try:
        if not isinstance(source, str | os.PathLike):
            return _of_object(source)
        # A pipe that is opened and closed again would be broken for its writer.
        if not stat.S_ISREG(os.stat(source).st_mode):
            return []
        with open(source, "rb") as file:
            magic = file.read(4)
            if magic == _SECTION:
                return _of_descriptor(file.fileno())
    except (OSError, ValueError):
        return []
    if compressed and magic.startswith((gzip.MAGIC, lz4.MAGIC, zstd.MAGIC, *SKIPPABLE)):
        return _of_compressed(source)
    return []


def _of_object(source: object) -> list[Secret]:
    fileno, tell = getattr(source, "fileno", None), getattr(source, "tell", None)
    if not callable(fileno) or not callable(tell):
        return []
    descriptor = fileno()
    regular = isinstance(descriptor, int) and stat.S_ISREG(os.fstat(descriptor).st_mode)
    return _of_descriptor(descriptor) if regular and tell() == 0 else []


def _of_descriptor(descriptor: int) -> list[Secret]:
    data = _Pieces(descriptor)
    if data.read(0, 4) != _SECTION or not _may_hold_secrets(data):
        return []
    return _walk(data)


def _of_compressed(source: str | os.PathLike[str]) -> list[Secret]:
    found: list[Secret] = []
    with suppress(CaptureError), open_capture(source) as capture:
        found = capture.secrets
        for _ in capture.batches():
            pass
    return found


class _Pieces:
    """A file that is read where somebody looks, a piece at a time, and whose position stays where it is."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size
        self._begin = 0
        self._piece = b""

    def read(self, at: int, size: int) -> bytes:
        """At most ``size`` bytes from ``at`` on; fewer at the end of the file."""
        if at < self._begin or at + size > self._begin + len(self._piece):
            self._begin, self._piece = at, read_at(self._descriptor, at, max(size, _PIECE))
            # A read may bring less than there is.
            while len(self._piece) < size:
                more = read_at(self._descriptor, at + len(self._piece), size - len(self._piece))
                if not more:
                    break
                self._piece += more
        start = at - self._begin
        return self._piece[start : start + size]


def _may_hold_secrets(data: _Pieces) -> bool:
    for begin in range(0, data.size, _PIECE):
        # A mark may lie across the end of a piece.
        piece = data.read(begin, _PIECE + _MARK)
        for block, secrets in _MARKS:
            at = piece.find(secrets, 8)
            while at >= 0:
                if piece[at - 8 : at - 4] == block:
                    return True
                at = piece.find(secrets, at + 1)
    return False


def _walk(data: _Pieces) -> list[Secret]:
    found = SecretList()
    order = "<"
    at = 0
    while at + 12 <= data.size:
        head = data.read(at, 16)
        if head[:4] == _SECTION:
            order = _ORDERS.get(head[8:12], "")
            if not order:
                break
        if len(head) < 12:
            break
        kind, length = _TWO_WORDS[order].unpack_from(head)
        if length < 12 or length % 4 or at + length > data.size:
            break
        if kind == _SECRETS and length >= _FRAMING and len(head) == 16:
            secrets_type, size = _TWO_WORDS[order].unpack_from(head, 8)
            if size <= length - _FRAMING and found.has_room(size):
                found.add(secrets_type, data.read(at + 16, size))
        at += length
    return found.entries
