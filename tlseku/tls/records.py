"""The header of TLS records, and where the next one stands.

Knows the record header (RFC 8446 section 5.1); must not know handshake messages beyond how one begins, nor how records
follow each other (``tls.reader``).
"""

from __future__ import annotations

from typing import Final

from tlseku.tls.handshake import PLAUSIBLE_TYPES, begins_chain

CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
APPLICATION_DATA: Final = 23
HEARTBEAT: Final = 24

# What a record may hold in clear (RFC 8446 section 5.1, RFC 5246 section 6.2.1).
MAX_CLEAR: Final = 16384
# 2**14 bytes of content and what encryption may add: 2048 in TLS 1.2 (RFC 5246 section 6.2.3).
MAX_RECORD: Final = MAX_CLEAR + 2048


def is_record_header(data: bytes, at: int) -> bool:
    """Whether the five bytes at ``at`` can be a record header: a known type, version 3.x, a length in bounds.

    Only application data may have length 0 (RFC 5246 section 6.2.1), but some senders do it with other types, too.
    """
    if not CHANGE_CIPHER_SPEC <= data[at] <= HEARTBEAT or data[at + 1] != 3 or data[at + 2] > 4:
        return False
    return (data[at + 3] << 8 | data[at + 4]) <= MAX_RECORD


def is_long_record_header(data: bytes, at: int) -> bool:
    """Whether the five bytes at ``at`` can be the header of a handshake record that is longer than any may be.

    Some servers write a whole flight into one. Five bytes of anything may look so: whoever asks must know that this is
    TLS in clear, and look at what follows.
    """
    if data[at] != HANDSHAKE or data[at + 1] != 3 or data[at + 2] > 4:
        return False
    return (data[at + 3] << 8 | data[at + 4]) > MAX_RECORD


def _is_lawful_header(data: bytes, at: int) -> bool:
    return is_record_header(data, at) and (data[at] == APPLICATION_DATA or data[at + 3 : at + 5] != b"\0\0")


def find_record(data: bytes) -> int:
    """Where in ``data`` a record begins, judged by what follows it: -1 if nowhere.

    A candidate counts if it ends exactly where ``data`` ends, is followed by another header, or begins with a
    handshake message that fits it or, as a chain of certificates often does, goes on in the next record.
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
    return 4 + int.from_bytes(data[body + 1 : body + 4], "big") <= length or begins_chain(data, body)
