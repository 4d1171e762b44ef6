"""SSH as far as it is in clear: who speaks it, what both sides offer, and the server's host key.

Knows the beginning of SSH (RFC 4253 sections 4.2, 6, 7, 8; RFC 4419, 5656) and X.509 host keys (RFC 6187); must not
know captures. From the keys on everything is encrypted: who authenticates, with what, and whether it was accepted is in
no capture. Hostile bytes only shorten what is read; nothing is raised.
"""

from __future__ import annotations

from typing import Literal

from tlseku._objects import frozen, short
from tlseku.x509.certificate import Certificate
from tlseku.x509.reading import read_certificate

BEGINS = b"SSH-"

CLIENT_CERTIFICATE_NOTE = (
    "The client certificate of an SSH tunnel is sent encrypted: it is in no capture, and neither is the answer to it. "
    "Rule SV2 predicts the outcome from the Core's client store."
)

Stage = Literal["banner", "offers", "host key", "keys agreed"]

LONGEST_BANNER = 255
LONGEST_PACKET = 35_000
MOST_PACKETS = 64
MOST_CERTIFICATES = 16
"""Certificates of a host key; chains have two to four."""

_KEXINIT, _NEWKEYS = 20, 21
_KEX_REPLY, _GEX_REPLY = 31, 33
_COOKIE = 16


@frozen
class HostKey:
    """The host key as the server sends it: ``algorithm`` as the key names itself, ``chain`` the certificates of an
    X.509 key in the order sent (empty for any other key). ``end`` is the position after it in the server's bytes."""

    algorithm: str
    chain: tuple[Certificate, ...]
    end: int


@short
@frozen
class Speech:
    """One side before encryption: its ``banner`` without the line end, ``None`` if it is not SSH or not complete;
    what it offers for the key exchange and as host keys, ``None`` if that was not seen; ``new_keys`` whether it turned
    to encryption. ``packets`` are (message number, payload, position of its end)."""

    banner: str | None
    kex_algorithms: tuple[str, ...] | None
    host_key_algorithms: tuple[str, ...] | None
    new_keys: bool
    packets: tuple[tuple[int, bytes, int], ...]


@short
@frozen
class SshOpening:
    """Both sides together. ``stage`` is how far the clear part got; ``keys agreed`` says that both turned to
    encryption, and nothing of what came then. ``host_key_algorithm`` is the one that both chose (RFC 4253 section
    7.1), ``host_key`` what the server sent."""

    client: Speech
    server: Speech
    stage: Stage
    host_key_algorithm: str | None
    host_key: HostKey | None


def read_ssh(client: bytes, server: bytes) -> SshOpening | None:
    """Read the first bytes of both sides; ``None`` if neither has an SSH banner. Either may be empty or cut."""
    speaks, answers = _speech(client), _speech(server)
    if speaks.banner is None and answers.banner is None:
        return None
    kex = _chosen(speaks.kex_algorithms, answers.kex_algorithms)
    host_key = _host_key(answers, kex)
    stage: Stage = "banner"
    if speaks.new_keys and answers.new_keys:
        stage = "keys agreed"
    elif host_key is not None:
        stage = "host key"
    elif speaks.kex_algorithms is not None or answers.kex_algorithms is not None:
        stage = "offers"
    algorithm = _chosen(speaks.host_key_algorithms, answers.host_key_algorithms)
    return SshOpening(speaks, answers, stage, algorithm, host_key)


def _speech(data: bytes) -> Speech:
    line_end = data.find(b"\n", 0, LONGEST_BANNER + 1)
    if not data.startswith(BEGINS) or line_end < 0:
        return Speech(None, None, None, False, ())
    banner = data[:line_end].rstrip(b"\r").decode("ascii", "backslashreplace")
    packets = _packets(data, line_end + 1)
    offers = next((payload for number, payload, _ in packets if number == _KEXINIT), None)
    lists = None if offers is None else _name_lists(offers)
    return Speech(
        banner,
        None if lists is None else lists[0],
        None if lists is None else lists[1],
        any(number == _NEWKEYS for number, _, _ in packets),
        packets,
    )


def _packets(data: bytes, position: int) -> tuple[tuple[int, bytes, int], ...]:
    """The packets in clear: up to NEWKEYS, the first that is cut, or the first that is none."""
    found: list[tuple[int, bytes, int]] = []
    while len(found) < MOST_PACKETS and position + 6 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        padding = data[position + 4]
        end = position + 4 + length
        if length > LONGEST_PACKET or length < padding + 2 or end > len(data):
            break
        payload = data[position + 5 : end - padding]
        found.append((payload[0], payload, end))
        position = end
        if payload[0] == _NEWKEYS:
            break
    return tuple(found)


def _name_lists(payload: bytes) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    kex, position = _string(payload, 1 + _COOKIE)
    host_keys, _ = _string(payload, position)
    if kex is None or host_keys is None:
        return None
    return _names(kex), _names(host_keys)


def _names(text: bytes) -> tuple[str, ...]:
    return tuple(text.decode("ascii", "backslashreplace").split(",")) if text else ()


def _chosen(client: tuple[str, ...] | None, server: tuple[str, ...] | None) -> str | None:
    """The client's first that the server has too."""
    if client is None or server is None:
        return None
    offered = set(server)
    return next((name for name in client if name in offered), None)


def _host_key(server: Speech, kex: str | None) -> HostKey | None:
    exchange = kex is not None and kex.startswith("diffie-hellman-group-exchange-")
    reply = _GEX_REPLY if exchange else _KEX_REPLY
    for number, payload, end in server.packets:
        if number == reply:
            blob, _ = _string(payload, 1)
            return None if blob is None else _read_host_key(blob, end)
    return None


def _read_host_key(blob: bytes, end: int) -> HostKey | None:
    name, position = _string(blob, 0)
    if name is None or not name.isascii():
        return None
    algorithm = name.decode("ascii")
    if not algorithm.startswith("x509v3-"):
        return HostKey(algorithm, (), end)
    count = int.from_bytes(blob[position : position + 4], "big")
    position += 4
    chain = []
    for _ in range(min(count, MOST_CERTIFICATES)):
        der, position = _string(blob, position)
        if der is None:
            break
        chain.append(read_certificate(der))
    return HostKey(algorithm, tuple(chain), end)


def _string(data: bytes, position: int) -> tuple[bytes | None, int]:
    """An SSH string (RFC 4251 section 5) and where it ends; ``None`` if it is cut."""
    start = position + 4
    end = start + int.from_bytes(data[position:start], "big")
    if start > len(data) or end > len(data):
        return None, len(data)
    return data[start:end], end
