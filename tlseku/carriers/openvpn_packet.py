"""One packet of OpenVPN's control channel.

Knows opcodes, session ids, acknowledgements and where ``--tls-auth`` puts its HMAC (openvpn, src/openvpn/ssl_pkt.h and
reliable.c); must not know which packets belong together. Nothing in a packet says whether an HMAC is there, nor how
long it is: the layout in which everything fits is the right one. ``Malformed`` where none does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from tlseku.errors import Malformed

HARD_RESET_CLIENT_V1: Final = 1
HARD_RESET_SERVER_V1: Final = 2
SOFT_RESET: Final = 3
CONTROL: Final = 4
ACK: Final = 5
DATA_V1: Final = 6
HARD_RESET_CLIENT_V2: Final = 7
HARD_RESET_SERVER_V2: Final = 8
DATA_V2: Final = 9
HARD_RESET_CLIENT_V3: Final = 10
CONTROL_WKC: Final = 11

DATA: Final = frozenset({DATA_V1, DATA_V2})
CLIENT_RESETS: Final = frozenset({HARD_RESET_CLIENT_V1, HARD_RESET_CLIENT_V2, HARD_RESET_CLIENT_V3})
HARD_RESETS: Final = CLIENT_RESETS | {HARD_RESET_SERVER_V1, HARD_RESET_SERVER_V2}
RESETS: Final = HARD_RESETS | {SOFT_RESET}
OPCODES: Final = RESETS | DATA | {CONTROL, ACK, CONTROL_WKC}
"""All that there are."""

WRAPPED: Final = -1
"""The layout of ``--tls-crypt``: everything behind the session id is encrypted."""

MAX_ACKS: Final = 8
"""Acknowledgements in a packet (RELIABLE_ACK_SIZE in openvpn, src/openvpn/reliable.h)."""

_SESSION_ID = 8
_ACKS_AT = 1 + _SESSION_ID
# Digests of --auth: none, SHA-1 (the default), SHA-256, SHA-512, MD5, SHA-224, SHA-384.
_DIGESTS = (20, 32, 64, 16, 28, 48)
# Packet id and time, against replay.
_REPLAY = 8
_LAYOUTS = (0, *(digest + _REPLAY for digest in _DIGESTS))
_TAG = 32
_FIRST_RECORDS = range(20, 24)
# Control channels have some hundred packets; what stands for a packet id elsewhere is larger.
_MAX_PACKET_ID = 1 << 16
# 2001: the time in a packet is that of its sender.
_FIRST_TIME = 1_000_000_000


class ControlPacket(NamedTuple):
    """One packet: ``packet_id`` is None in a mere acknowledgement; ``payload`` is the next piece of TLS, of which
    ``missing`` bytes were not captured."""

    opcode: int
    key_id: int
    session_id: bytes
    acks: tuple[int, ...]
    packet_id: int | None
    payload: bytes
    missing: int


def opcode_of(data: bytes) -> int:
    """The opcode of a packet of at least one byte."""
    return data[0] >> 3


def read_control(data: bytes, layout: int, missing: int = 0) -> ControlPacket:
    """The packet ``data``, with ``layout`` bytes between session id and acknowledgements."""
    at = _ACKS_AT + layout
    if len(data) <= at:
        raise Malformed(len(data), "a session id and a number of acknowledgements")
    opcode, key_id = data[0] >> 3, data[0] & 7
    count = data[at]
    if count > MAX_ACKS:
        raise Malformed(at, f"at most {MAX_ACKS} acknowledgements")
    at += 1
    end = at + 4 * count + (_SESSION_ID if count else 0)
    if end > len(data):
        raise Malformed(at, f"{count} acknowledgements and the session id that they are for")
    acks = tuple(int.from_bytes(data[at + 4 * n : at + 4 * n + 4], "big") for n in range(count))
    session_id = data[1:_ACKS_AT]
    if opcode == ACK:
        return ControlPacket(opcode, key_id, session_id, acks, None, data[end:], missing)
    if end + 4 > len(data):
        raise Malformed(end, "a packet id of 4 bytes")
    packet_id = int.from_bytes(data[end : end + 4], "big")
    return ControlPacket(opcode, key_id, session_id, acks, packet_id, data[end + 4 :], missing)


def layout_of(data: bytes) -> int | None:
    """The layout of a packet, as it shows in a reset, an acknowledgement, or one in which a record of TLS begins:
    ``WRAPPED``, or bytes between session id and acknowledgements. None where nothing fits, or it cannot be told."""
    if len(data) <= _ACKS_AT:
        return None
    layout = _first_layout(data, _fits)
    if layout is not None:
        return layout
    is_wrapped = len(data) >= _ACKS_AT + _REPLAY + _TAG + 5 and _is_replay_protected(data, _ACKS_AT)
    return WRAPPED if is_wrapped and opcode_of(data) in (*HARD_RESETS, CONTROL, ACK, CONTROL_WKC) else None


def layout_amid(data: bytes) -> int | None:
    """The layout of a packet in which no record begins, where it is known that this is OpenVPN: small numbers stand
    where numbers of packets do. None where nothing fits."""
    if len(data) <= _ACKS_AT or opcode_of(data) not in (CONTROL, ACK):
        return None
    return _first_layout(data, _has_small_numbers)


def _first_layout(data: bytes, fits: Callable[[ControlPacket], bool]) -> int | None:
    """The first layout in which the packet ``fits`` and its replay protection looks like one; None if none does."""
    for layout in _LAYOUTS:
        try:
            packet = read_control(data, layout)
        except Malformed:
            continue
        if fits(packet) and (layout == 0 or _is_replay_protected(data, _ACKS_AT + layout - _REPLAY)):
            return layout
    return None


def _has_small_numbers(packet: ControlPacket) -> bool:
    numbers = packet.acks if packet.packet_id is None else (*packet.acks, packet.packet_id)
    return all(each < _MAX_PACKET_ID for each in numbers)


def _fits(packet: ControlPacket) -> bool:
    if packet.opcode == ACK:
        return bool(packet.acks) and not packet.payload and all(ack < _MAX_PACKET_ID for ack in packet.acks)
    if packet.packet_id is None or packet.packet_id >= _MAX_PACKET_ID:
        return False
    if packet.opcode in RESETS:
        return packet.packet_id == 0 and not packet.payload
    start = packet.payload[:3]
    return (
        packet.opcode == CONTROL
        and len(start) == 3
        and start[0] in _FIRST_RECORDS
        and start[1] == 3
        and start[2] <= 4
    )


def _is_replay_protected(data: bytes, at: int) -> bool:
    """Whether a packet id and a time stand here."""
    number = int.from_bytes(data[at : at + 4], "big")
    return 0 < number < _MAX_PACKET_ID and int.from_bytes(data[at + 4 : at + 8], "big") >= _FIRST_TIME
