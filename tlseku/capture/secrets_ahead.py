"""The decryption secrets of a pcapng file, wherever in it they stand, before its packets are read.

Knows the framing of pcapng blocks (draft-ietf-opsawg-pcapng sections 3.1, 4.1 and 4.7); must not know what is in a
secret. Only a regular, uncompressed file can be looked through ahead: of anything else the secrets that come before the
packets must do.

Plan: the bytes that begin a block of TLS secrets are searched in the whole file, which costs little more than having it
in memory; only where they occur are the blocks walked, since a packet may hold the same bytes.
"""

from __future__ import annotations

import mmap
import os
import stat
from struct import Struct

from tlseku.capture.secret import Secret, SecretList
from tlseku.capture.source import STANDARD_INPUT, Source

_SECTION = b"\x0a\x0d\x0d\x0a"
_MARKS = ((b"\x0a\0\0\0", b"KSLT"), (b"\0\0\0\x0a", b"TLSK"))
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_TWO_WORDS = {"<": Struct("<II"), ">": Struct(">II")}
_SECRETS = 10
_FRAMING = 20


def secrets_ahead(source: Source) -> list[Secret]:
    """All decryption secrets of a regular pcapng file, in file order; empty for anything else.

    Never raises: what is wrong with the file is told when it is read.
    """
    if not isinstance(source, str | os.PathLike) or source == STANDARD_INPUT:
        return []
    try:
        with open(source, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode) or file.read(4) != _SECTION:
                return []
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _walk(data) if _may_hold_secrets(data) else []
    except (OSError, ValueError):
        return []


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
