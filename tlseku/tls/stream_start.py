"""How a stream of bytes begins: as TLS, as an SSL 2.0 hello, as a protocol that may turn to TLS, or as neither.

Knows what the first bytes of records and hellos look like; must not know the clear-text protocols themselves
(``prelude``). Every answer may be "not enough bytes yet", so that it does not depend on how the bytes were cut.
"""

from __future__ import annotations

import re
from typing import Final

from tlseku.tls.handshake_types import CLIENT_HELLO, HELLO_REQUEST, SERVER_HELLO
from tlseku.tls.records import ALERT, HANDSHAKE, MAX_RECORD, is_long_record_header

MORE = 0
TLS: Final = 1
SSL2_HELLO = 2
OTHER = 3

# A record whose first message is a ClientHello or a ServerHello, or an alert record. Used inside clear text, in which
# the byte 0x16 does not occur, or in short binary preludes.
_HELLO = re.compile(rb"\x16\x03[\x00-\x04][\x00-\x48][\x00-\xff][\x01\x02]", re.DOTALL)
_ALERT = re.compile(rb"\x15\x03[\x00-\x04]\x00\x02[\x01\x02][\x00-\xff]", re.DOTALL)


def opens_as(data: bytes) -> int:
    """What a stream that begins with ``data`` is: TLS, SSL2_HELLO, OTHER, or MORE if too few bytes are there."""
    if not data:
        return MORE
    first = data[0]
    if first in (HANDSHAKE, ALERT):
        if len(data) < 6:
            return (
                MORE if (b"\x16\x03" if first == HANDSHAKE else b"\x15\x03").startswith(data[:2]) else OTHER
            )
        length = data[3] << 8 | data[4]
        if data[1] != 3 or data[2] > 4 or not 0 < length <= MAX_RECORD:
            return OTHER
        if first == ALERT:
            return TLS if length in (2, 4) and data[5] in (1, 2) else OTHER
        # HelloRequest, ClientHello or ServerHello: nothing else begins a direction.
        return TLS if data[5] in (HELLO_REQUEST, CLIENT_HELLO, SERVER_HELLO) else OTHER
    if first & 0x80:
        return _opens_as_ssl2(data)
    return OTHER


def answers_as(data: bytes) -> int:
    """The same of a side that answers a ClientHello: a ServerHello in a record longer than any may be counts, too."""
    if len(data) < 6 or not is_long_record_header(data, 0):
        return opens_as(data)
    if len(data) < 11:
        return MORE if data[5] == SERVER_HELLO else OTHER
    # Type, length and version of the hello.
    is_hello = data[5] == SERVER_HELLO and data[6] == 0 and data[9] == 3 and data[10] <= 4
    return TLS if is_hello else OTHER


def find_hello(data: bytes, start: int = 0) -> int:
    """Offset of the first record in ``data`` that begins with a hello, -1 if there is none."""
    found = _HELLO.search(data, start)
    return found.start() if found else -1


def find_alert(data: bytes, start: int = 0) -> int:
    """Offset of the first alert record in ``data``, -1 if there is none."""
    found = _ALERT.search(data, start)
    return found.start() if found else -1


def ssl2_hello_length(data: bytes) -> int:
    """Bytes that a hello in SSL 2.0 format takes, with its two length bytes."""
    return 2 + ((data[0] & 0x7F) << 8 | data[1])


def _opens_as_ssl2(data: bytes) -> int:
    """RFC 5246 appendix E.2: two length bytes, msg_type 1, version 3.x, three lengths that must add up."""
    if len(data) >= 3 and data[2] != 1:
        return OTHER
    if len(data) >= 5 and (data[3] != 3 or data[4] > 4):
        return OTHER
    if len(data) < 11:
        return MORE
    specs, session_id, challenge = (data[at] << 8 | data[at + 1] for at in (5, 7, 9))
    adds_up = 2 + 9 + specs + session_id + challenge == ssl2_hello_length(data)
    return SSL2_HELLO if adds_up and specs % 3 == 0 and specs and 16 <= challenge <= 32 else OTHER
