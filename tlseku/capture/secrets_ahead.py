"""The decryption secrets of a pcapng file, wherever in it they stand, before its packets are read.

Knows the framing of pcapng blocks (draft-ietf-opsawg-pcapng sections 3.1, 4.1 and 4.7); must not know what is in a
secret. Only a regular file can be looked through ahead: of a pipe the secrets must do that come while the packets that
they unlock can still be held back.

Plan: the bytes that begin a block of TLS secrets are searched in the whole file, which costs little more than having it
in memory; only where they occur are the blocks walked, since a packet may hold the same bytes. A compressed file costs
as much as reading it does, so that it is looked through only for somebody who asks for it.
"""

from __future__ import annotations

import mmap
import os
import stat
from contextlib import suppress
from struct import Struct

from tlseku.capture import gzip, zstd
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


def secrets_ahead(source: Source, *, compressed: bool = False) -> list[Secret]:
    """All decryption secrets of a regular pcapng file, in file order; empty for anything else.

    With ``compressed`` also of a file under gzip or zstd. An object counts where it is such a file, not read yet. Never
    raises: what is wrong with the file is told when it is read.
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
    if compressed and magic.startswith((gzip.MAGIC, zstd.MAGIC, *zstd.SKIPPABLE)):
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
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as data:
        if data[:4] != _SECTION or not _may_hold_secrets(data):
            return []
        return _walk(data)


def _of_compressed(source: str | os.PathLike[str]) -> list[Secret]:
    found: list[Secret] = []
    with suppress(CaptureError), open_capture(source) as capture:
        found = capture.secrets
        for _ in capture.batches():
            pass
    return found


def _may_hold_secrets(data: mmap.mmap) -> bool:
    for block, secrets in _MARKS:
        at = data.find(secrets)
        while at >= 0:
            if at >= 8 and data[at - 8 : at - 4] == block:
                return True
            at = data.find(secrets, at + 1)
    return False


def _walk(data: mmap.mmap) -> list[Secret]:
    found = SecretList()
    order = "<"
    at = 0
    while at + 12 <= len(data):
        if data[at : at + 4] == _SECTION:
            order = _ORDERS.get(data[at + 8 : at + 12], "")
            if not order:
                break
        kind, length = _TWO_WORDS[order].unpack_from(data, at)
        if length < 12 or length % 4 or at + length > len(data):
            break
        if kind == _SECRETS and length >= _FRAMING:
            secrets_type, size = _TWO_WORDS[order].unpack_from(data, at + 8)
            if size <= length - _FRAMING:
                found.add(secrets_type, data[at + 16 : at + 16 + size])
        at += length
    return found.entries
