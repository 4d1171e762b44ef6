"""A recorded TLS 1.2 connection, told again in DTLS 1.2.

Knows records of TLS and of DTLS (RFC 5246 section 6.2, RFC 6347 section 4): the messages, certificates and alerts are
those of the recording, the datagrams around them are written here, with a cookie as a server without state asks for
one. What was encrypted keeps its length and nothing else, so that nobody's keys open it. Must not know packets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from handshakes import Side, Transcript

CCS, ALERT, HANDSHAKE = 20, 21, 22
CLIENT_HELLO, SERVER_HELLO, HELLO_VERIFY_REQUEST = 1, 2, 3
_DTLS12 = b"\xfe\xfd"
_RECORD, _MESSAGE = 13, 12


class Datagram(NamedTuple):
    """A UDP payload and who sends it."""

    sender: Side
    payload: bytes


@dataclass(slots=True)
class _Numbers:
    """Where a side stands: its epoch, the next record in it, and its next message."""

    epoch: int = 0
    record: int = 0
    message: int = 0


def retell(transcript: Transcript, cookie: bytes, mtu: int) -> list[list[Datagram]]:
    """The flights of the connection as datagrams of at most ``mtu`` bytes, the exchange of the cookie first."""
    numbers = {"client": _Numbers(), "server": _Numbers()}
    flights = [list(_records(flight.data)) for flight in transcript.flights]
    hello = flights[0][0][1][4:]
    opening = _message(numbers["client"], CLIENT_HELLO, _client_hello(hello, b""))
    asked = _message(numbers["server"], HELLO_VERIFY_REQUEST, b"\xfe\xff" + bytes((len(cookie),)) + cookie)
    told = [
        [Datagram("client", _record(numbers["client"], HANDSHAKE, opening))],
        [Datagram("server", _record(numbers["server"], HANDSHAKE, asked))],
    ]
    for flight, records in zip(transcript.flights, flights, strict=True):
        parts = list(_retold(numbers[flight.sender], records, cookie, mtu))
        told.append([Datagram(flight.sender, payload) for payload in _packed(parts, mtu)])
    return told


def again(flight: Sequence[Datagram], mtu: int) -> list[Datagram]:
    """A flight in clear sent again with other borders, its records numbered behind the first ones."""
    numbers = _Numbers(record=64)
    content = b"".join(each.payload for each in flight)
    messages: dict[int, tuple[int, bytearray]] = {}
    while content:
        length = int.from_bytes(content[11:13], "big")
        piece = content[_RECORD : _RECORD + length]
        offset = int.from_bytes(piece[6:9], "big")
        kind, seq = piece[0], int.from_bytes(piece[4:6], "big")
        body = messages.setdefault(seq, (kind, bytearray(int.from_bytes(piece[1:4], "big"))))[1]
        body[offset : offset + length - _MESSAGE] = piece[_MESSAGE:]
        content = content[_RECORD + length :]
    parts = []
    for seq, (kind, whole) in sorted(messages.items()):
        parts += [_record(numbers, HANDSHAKE, piece) for piece in _pieces(kind, seq, bytes(whole), mtu)]
    return [Datagram(flight[0].sender, payload) for payload in _packed(parts, mtu)]


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Content type and content of the TLS records of a flight."""
    while data:
        length = int.from_bytes(data[3:5], "big")
        yield data[0], data[5 : 5 + length]
        data = data[5 + length :]


def _retold(
    numbers: _Numbers, records: Sequence[tuple[int, bytes]], cookie: bytes, mtu: int
) -> Iterator[bytes]:
    for content_type, content in records:
        if content_type != HANDSHAKE or numbers.epoch:
            # Epoch and number take the place that TLS has no need of.
            yield _record(numbers, content_type, content if not numbers.epoch else bytes(len(content)))
            if content_type == CCS:
                numbers.epoch, numbers.record = numbers.epoch + 1, 0
            continue
        for kind, body in _messages(content):
            told = body
            if kind == CLIENT_HELLO:
                told = _client_hello(body, cookie)
            elif kind == SERVER_HELLO:
                told = _DTLS12 + body[2:]
            for piece in _pieces(kind, numbers.message, told, mtu):
                yield _record(numbers, HANDSHAKE, piece)
            numbers.message += 1


def _messages(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of the handshake messages in a record."""
    while content:
        length = int.from_bytes(content[1:4], "big")
        yield content[0], content[4 : 4 + length]
        content = content[4 + length :]


def _client_hello(body: bytes, cookie: bytes) -> bytes:
    behind_session_id = 35 + body[34]
    return _DTLS12 + body[2:behind_session_id] + bytes((len(cookie),)) + cookie + body[behind_session_id:]


def _message(numbers: _Numbers, kind: int, body: bytes) -> bytes:
    (whole,) = _pieces(kind, numbers.message, body, 1 << 14)
    numbers.message += 1
    return whole


def _pieces(kind: int, seq: int, body: bytes, mtu: int) -> Iterator[bytes]:
    size = mtu - _RECORD - _MESSAGE
    for offset in range(0, max(len(body), 1), size):
        piece = body[offset : offset + size]
        yield (
            bytes((kind,))
            + len(body).to_bytes(3, "big")
            + seq.to_bytes(2, "big")
            + offset.to_bytes(3, "big")
            + len(piece).to_bytes(3, "big")
            + piece
        )


def _record(numbers: _Numbers, content_type: int, content: bytes) -> bytes:
    number = numbers.epoch << 48 | numbers.record
    numbers.record += 1
    head = bytes((content_type,)) + _DTLS12 + number.to_bytes(8, "big")
    return head + len(content).to_bytes(2, "big") + content


def _packed(records: Sequence[bytes], mtu: int) -> list[bytes]:
    """Records in datagrams, as many in each as fit."""
    packed = [b""]
    for record in records:
        if packed[-1] and len(packed[-1]) + len(record) > mtu:
            packed.append(b"")
        packed[-1] += record
    return packed
