"""TLS messages and records written byte by byte, as the RFCs say, and recorded handshakes taken apart.

Knows the wire form of what the readers read, and where records and messages begin in the recordings that the golden
captures are made of; must not know the readers.
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

RECORDINGS = Path(__file__).resolve().parents[2] / "captures" / "handshakes"
HRR_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
CCS = bytes.fromhex("140303000101")


def vector(size: int, content: bytes) -> bytes:
    """A vector with a length of ``size`` bytes."""
    return len(content).to_bytes(size, "big") + content


def record(kind: int, content: bytes, version: int = 0x0303) -> bytes:
    """One record."""
    return bytes([kind]) + version.to_bytes(2, "big") + vector(2, content)


def message(kind: int, body: bytes) -> bytes:
    """One handshake message."""
    return bytes([kind]) + vector(3, body)


def handshake(*messages: bytes, version: int = 0x0303) -> bytes:
    """Messages coalesced into one record."""
    return record(22, b"".join(messages), version)


def alert(level: int, code: int, version: int = 0x0303) -> bytes:
    """A record with one alert."""
    return record(21, bytes([level, code]), version)


def finished(length: int = 40) -> bytes:
    """A handshake record of ciphertext."""
    return record(22, bytes((7 * each + 0xD1) & 0xFF for each in range(length)))


def application_data(length: int = 60) -> bytes:
    """A record of application data."""
    return record(23, b"\xa7" * length)


def extension(kind: int, content: bytes) -> bytes:
    """One extension."""
    return kind.to_bytes(2, "big") + vector(2, content)


def extensions(*each: bytes) -> bytes:
    """An extension block."""
    return vector(2, b"".join(each))


def sni(name: bytes) -> bytes:
    """server_name."""
    return extension(0, vector(2, b"\0" + vector(2, name)))


def alpn(*names: bytes) -> bytes:
    """application_layer_protocol_negotiation."""
    return extension(16, vector(2, b"".join(vector(1, name) for name in names)))


def client_hello_body(
    *exts: bytes,
    version: int = 0x0303,
    session_id: bytes = b"",
    suites: Sequence[int] = (0xC030, 0x00FF),
    random: bytes = b"\x11" * 32,
) -> bytes:
    """The body of a ClientHello; without ``exts`` it ends before the extension block."""
    codes = b"".join(suite.to_bytes(2, "big") for suite in suites)
    body = version.to_bytes(2, "big") + random + vector(1, session_id) + vector(2, codes) + b"\x01\x00"
    return body + (extensions(*exts) if exts else b"")


def client_hello(*exts: bytes, **fields: object) -> bytes:
    """A ClientHello in its own record."""
    return handshake(message(1, client_hello_body(*exts, **fields)), version=0x0301)  # type: ignore[arg-type]


def server_hello_body(
    *exts: bytes,
    version: int = 0x0303,
    session_id: bytes = b"",
    suite: int = 0xC030,
    random: bytes = b"\x22" * 32,
) -> bytes:
    """The body of a ServerHello; without ``exts`` it ends before the extension block."""
    body = version.to_bytes(2, "big") + random + vector(1, session_id) + suite.to_bytes(2, "big") + b"\0"
    return body + (extensions(*exts) if exts else b"")


def server_hello(*exts: bytes, **fields: object) -> bytes:
    """A ServerHello in its own record."""
    return handshake(message(2, server_hello_body(*exts, **fields)))  # type: ignore[arg-type]


TLS13_CHOSEN = extension(43, b"\x03\x04")
TLS13_OFFERED = extension(43, b"\x04\x03\x04\x03\x03")


def certificate_body(*ders: bytes) -> bytes:
    """The body of a Certificate before TLS 1.3."""
    return vector(3, b"".join(vector(3, der) for der in ders))


def certificate(*ders: bytes) -> bytes:
    """A Certificate in its own record."""
    return handshake(message(11, certificate_body(*ders)))


def certificate13_body(*ders: bytes, context: bytes = b"", exts: bytes = b"") -> bytes:
    """The body of a Certificate in TLS 1.3, the same extensions with every entry."""
    return vector(1, context) + vector(3, b"".join(vector(3, der) + vector(2, exts) for der in ders))


def request_body(
    types: bytes = b"\x01\x40", schemes: Sequence[int] | None = (0x0403, 0x0804), names: Sequence[bytes] = ()
) -> bytes:
    """The body of a CertificateRequest of TLS 1.2, or with ``schemes`` None of what came before."""
    algorithms = b"" if schemes is None else vector(2, b"".join(each.to_bytes(2, "big") for each in schemes))
    return vector(1, types) + algorithms + vector(2, b"".join(vector(2, name) for name in names))


SERVER_HELLO_DONE = message(14, b"")
SERVER_KEY_EXCHANGE = message(
    12, b"\x03\x00\x17" + vector(1, b"\x04" * 65) + b"\x08\x04" + vector(2, b"\x55" * 256)
)
CLIENT_KEY_EXCHANGE = message(16, vector(1, b"\x04" * 65))
CERTIFICATE_VERIFY = message(15, b"\x08\x04" + vector(2, b"\x66" * 256))


class Record(NamedTuple):
    """One record of a recorded flight."""

    type: int
    version: int
    content: bytes

    @property
    def bytes(self) -> bytes:
        """As sent."""
        return record(self.type, self.content, self.version)


@functools.cache
def recording(name: str) -> tuple[tuple[int, bytes], ...]:
    """The flights of ``captures/handshakes/<name>.json`` as (side, bytes); side 0 is the client."""
    stored = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="ascii"))
    return tuple(
        (int(part["from"] == "server"), base64.b64decode(part["base64"])) for part in stored["flights"]
    )


def outer_hello(hello: bytes, random: bytes, content: bytes = b"\0" + bytes(40)) -> bytes:
    """A recorded ClientHello, alone in its record, with another random and with encrypted_client_hello as it is in an
    outer hello."""
    (only,) = records_of(hello)
    body = only.content[4:]
    # Behind session id, cipher suites and compression methods.
    at = 35 + body[34]
    at += 2 + int.from_bytes(body[at : at + 2], "big")
    at += 1 + body[at]
    exts = body[at + 2 :] + extension(0xFE0D, content)
    return handshake(message(1, body[:2] + random + body[34:at] + vector(2, exts)), version=only.version)


def records_of(data: bytes) -> list[Record]:
    """Whole records in ``data``, which must hold nothing else."""
    found = []
    while data:
        length = int.from_bytes(data[3:5], "big")
        found.append(Record(data[0], int.from_bytes(data[1:3], "big"), data[5 : 5 + length]))
        assert len(found[-1].content) == length
        data = data[5 + length :]
    return found


@functools.cache
def chain_of(name: str, side: int) -> tuple[bytes, ...]:
    """The certificates in the clear Certificate message of one side of a recording of TLS 1.2."""
    clear = b""
    for sender, flight in recording(name):
        for each in records_of(flight) if sender == side else ():
            if each.type == 20:
                break
            clear += each.content if each.type == 22 else b""
    while clear:
        length = int.from_bytes(clear[1:4], "big")
        if clear[0] == 11:
            entries, ders = clear[7 : 4 + length], []
            while entries:
                size = int.from_bytes(entries[:3], "big")
                ders.append(entries[3 : 3 + size])
                entries = entries[3 + size :]
            return tuple(ders)
        clear = clear[4 + length :]
    return ()
