"""How a stream of bytes begins: as TLS, as an SSL 2.0 hello, as a protocol that may turn to TLS, or as neither.

Knows what the first bytes of records and hellos look like; must not know the clear-text protocols themselves
(``starttls``). Every answer may be "not enough bytes yet", so that it does not depend on how the bytes were cut.
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
# the byte 0x16 does not occur, or in short binary messages.
_HELLO = re.compile(rb"\x16\x03[\x00-\x04][\x00-\x48][\x00-\xff][\x01\x02]", re.DOTALL)
# No hello is longer: a few certificates' worth of post-quantum shares, or of tickets.
MAX_HELLO = 64 * 1024
_ALERT_BEGINS = re.compile(rb"\x15(\x03([\x00-\x04](\x00(\x02([\x01\x02])?)?)?)?)?", re.DOTALL)
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


def begins_hello(data: bytes, msg_type: int) -> bool:
    """Whether ``data``, as far as it goes, begins with a record that holds a hello of ``msg_type``, judged by its whole
    structure: both headers, lengths that fit, versions, and the lengths inside (RFC 8446 sections 4.1.2 and 5.1)."""
    head = (b"\x16", b"\x03")
    if not data or any(data[at : at + 1] not in (b"", byte) for at, byte in enumerate(head)):
        return False
    if len(data) < 6:
        return len(data) < 3 or data[2] <= 4
    length, body = data[3] << 8 | data[4], int.from_bytes(data[6:9], "big")
    if data[2] > 4 or data[5] != msg_type or not 42 <= length <= MAX_RECORD:
        return False
    if len(data) >= 9 and not 38 <= body <= MAX_HELLO:
        return False
    if len(data) >= 11 and (data[9] != 3 or data[10] > 4):
        return False
    if len(data) < 44:
        return True
    session_id = data[43]
    at = 44 + session_id
    if session_id > 32:
        return False
    if msg_type == SERVER_HELLO or len(data) < at + 2:
        return 38 + session_id <= body
    suites = data[at] << 8 | data[at + 1]
    return suites % 2 == 0 and 0 < suites <= body - 38 - session_id


def answers(client: bytes, server: bytes) -> bool | None:
    """Whether ``server``, the bytes that follow the ClientHello ``client``, answer it: a ServerHello that chooses a
    suite that was offered, or an alert. None if too few bytes tell."""
    if find_alert(server[:7]) == 0:
        return True
    if not begins_hello(server, SERVER_HELLO):
        return None if _ALERT_BEGINS.fullmatch(server) else False
    at = 44 + server[43] if len(server) > 43 else 44
    if len(server) < at + 2 or len(client) < 44 or len(client) < 46 + client[43]:
        return None
    offered = 44 + client[43]
    suites = client[offered + 2 : offered + 2 + (client[offered] << 8 | client[offered + 1])]
    return any(suites[index : index + 2] == server[at : at + 2] for index in range(0, len(suites), 2))


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
