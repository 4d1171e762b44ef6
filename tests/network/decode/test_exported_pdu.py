"""Exported PDUs: a layer to go on with, a piece of a TCP stream, or neither."""

from __future__ import annotations

import random
import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.decode.test_tunnels import IN_ETHERNET, INNER4, INNER6, SEEN4, SEEN6
from tests.network.decode.test_wireless import DATA_TO_AP, SNAP4
from tests.network.frames import V4, V6
from tests.network.seen import Seen, decoded

UPPER_PDU = 252


def _tag(number: int, value: bytes) -> bytes:
    padded = value + bytes(-len(value) % 4)
    return struct.pack(">HH", number, len(padded)) + padded


def _tags(*tags: tuple[int, bytes]) -> bytes:
    return b"".join(_tag(*tag) for tag in tags) + bytes(4)


def _stream(
    ends: tuple[str, str],
    payload: bytes,
    *,
    seq: int = 1000,
    reassembled: int = 0,
    port_type: int = 2,
    ports: int = 2,
) -> bytes:
    """A piece of a TCP stream, as ``tshark -U 'OSI layer 4'`` writes it."""
    source, destination = (ip_address(end).packed for end in ends)
    first = 20 if len(source) == 4 else 22
    info = struct.pack(">HIIIBHH", 1, seq, 1000 + len(payload), 2000, reassembled, 0x18, 0)
    numbers = [(25, struct.pack(">I", 40000)), (26, struct.pack(">I", 443))][:ports]
    head = [(12, b"tls"), (first, source), (first + 1, destination), (24, struct.pack(">I", port_type))]
    return _tags(*head, *numbers, (30, b"\0\0\0\x04"), (34, info)) + payload


FOUND = [
    pytest.param(_tags((12, b"ip")) + INNER4, SEEN4, id="IPv4"),
    pytest.param(_tags((12, b"ipv6")) + INNER6, SEEN6, id="IPv6"),
    pytest.param(_tags((12, b"eth_withoutfcs"), (30, b"\0\0\0\x01")) + IN_ETHERNET, SEEN4, id="Ethernet"),
    pytest.param(_tags((12, b"wlan")) + DATA_TO_AP + SNAP4 + INNER4, SEEN4, id="802.11"),
    pytest.param(_stream(V4, SEEN4.payload), SEEN4, id="stream"),
    pytest.param(_stream(V6, SEEN6.payload), SEEN6, id="stream, IPv6"),
    pytest.param(_stream(V4, SEEN4.payload, seq=1020, reassembled=1), SEEN4, id="stream, reassembled"),
]


@pytest.mark.parametrize(("frame", "expected"), FOUND)
def test_finds_the_segment(frame: bytes, expected: Seen) -> None:
    assert decoded(frame, UPPER_PDU) == expected


@pytest.mark.parametrize(("frame", "expected"), FOUND)
def test_cut_at_every_byte(frame: bytes, expected: Seen) -> None:
    head = len(frame) - len(expected.payload)
    for size in range(len(frame)):
        seen = decoded(frame[:size], UPPER_PDU, missing=len(frame) - size)
        if size < head:
            assert isinstance(seen, str)
        else:
            assert seen == expected._replace(payload=frame[head:size], missing=len(frame) - size)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (_tags((12, b"sip")) + b"INVITE", "not IP"),
        (_tags() + INNER4, "not IP"),
        (_stream(V4, b"x", port_type=3), "not IP"),
        (_stream(V4, b"x", ports=1), "not IP"),
        (b"\0\x0c\0\xff", "link layer refused by its decoder"),
        (_tag(30, b"\0\0\0\1") * 100 + INNER4, "not IP"),
    ],
)
def test_says_why_there_is_none(frame: bytes, reason: str) -> None:
    assert decoded(frame, UPPER_PDU) == reason


@given(st.binary(max_size=120))
def test_any_bytes(frame: bytes) -> None:
    assert isinstance(decoded(frame, UPPER_PDU), str | Seen)


@pytest.mark.parametrize("rounds", [3000, pytest.param(300_000, marks=pytest.mark.long)])
def test_changed_frames_never_raise(seeded: random.Random, rounds: int) -> None:
    for _ in range(rounds):
        changed = bytearray(seeded.choice(FOUND).values[0])  # type: ignore[call-overload]
        for _ in range(seeded.randrange(1, 6)):
            changed[seeded.randrange(len(changed))] = seeded.randrange(256)
        assert isinstance(decoded(bytes(changed), UPPER_PDU), str | Seen)
