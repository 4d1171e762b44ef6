from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.frames import IPV6, PAYLOAD, ethernet, fragments4, fragments6, ip4, ip6, tcp
from tests.network.seen import Seen, decoded, values
from tlseku.network.decode.decoder import Decoder
from tlseku.network.decode.segment import SKIP_REASONS, Datagram, Segment, reason_of

SEEN4 = Seen(("10.1.0.1", 40000), ("10.2.0.2", 443), 1000, 2000, 0x18, PAYLOAD, 0)
SEEN6 = SEEN4._replace(source=("2001:db8::1", 40000), destination=("2001:db8::2", 443))


def _option(next_header: int, units: int = 0) -> bytes:
    return bytes([next_header, units]) + bytes(6 + 8 * units)


def _ah(next_header: int, words: int = 4) -> bytes:
    return bytes([next_header, words]) + bytes((words + 2) * 4 - 2)


WHOLE = [
    pytest.param(ethernet(ip4(tcp(), options=bytes(4))), SEEN4, id="IPv4 options"),
    pytest.param(ethernet(ip4(tcp(), options=bytes(40))), SEEN4, id="as many IPv4 options as there can be"),
    pytest.param(ethernet(ip4(tcp(), total_length=0)), SEEN4, id="IPv4, offload leaves length 0"),
    pytest.param(ethernet(ip6(tcp(), payload_length=0), IPV6), SEEN6, id="IPv6, offload leaves length 0"),
    pytest.param(
        ethernet(ip4(tcp(bytes(100_000)), total_length=0)),
        SEEN4._replace(payload=bytes(100_000)),
        id="above 64 KiB",
    ),
    pytest.param(ethernet(ip4(tcp(bytes(9000)))), SEEN4._replace(payload=bytes(9000)), id="above any MTU"),
    pytest.param(ethernet(ip4(_ah(6) + tcp(), protocol=51)), SEEN4, id="AH in IPv4"),
    pytest.param(ethernet(ip4(_ah(6, 13) + tcp(), protocol=51, options=bytes(8))), SEEN4, id="a long AH"),
    pytest.param(ethernet(ip4(_ah(4) + ip4(tcp()), protocol=51)), SEEN4, id="AH, tunnel"),
    pytest.param(ethernet(ip6(_ah(6) + tcp(), protocol=51), IPV6), SEEN6, id="AH in IPv6"),
    *[
        pytest.param(
            ethernet(ip6(_option(6) + tcp(), protocol=kind), IPV6), SEEN6, id=f"extension header {kind}"
        )
        for kind in (0, 43, 60, 135, 139, 140)
    ],
    pytest.param(
        ethernet(ip6(_option(43) + _option(60, 5) + _option(51) + _ah(6) + tcp(), protocol=0), IPV6),
        SEEN6,
        id="extension headers in a row",
    ),
    pytest.param(
        ethernet(ip6(_option(44) + _option(60) + _option(6, 255) + tcp(), protocol=0), IPV6),
        SEEN6,
        id="an atomic fragment among them",
    ),
    pytest.param(
        ethernet(ip6(_option(41) + ip6(tcp()), protocol=60), IPV6), SEEN6, id="IPv6 in IPv6 behind options"
    ),
]


@pytest.mark.parametrize(("frame", "expected"), WHOLE)
def test_finds_the_segment(frame: bytes, expected: Seen) -> None:
    assert decoded(frame) == expected


@pytest.mark.parametrize(
    ("frame", "expected"), [param for param in WHOLE if len(param.values[0]) < 5000]  # type: ignore[arg-type]
)  # fmt: skip
def test_cut_at_every_byte(frame: bytes, expected: Seen) -> None:
    for size in range(len(frame)):
        missing = len(frame) - size
        seen = decoded(frame[:size], missing=missing)
        if missing <= len(PAYLOAD):
            assert seen == expected._replace(payload=PAYLOAD[: len(PAYLOAD) - missing], missing=missing)
        else:
            assert seen in ("headers cut by the snaplen", "not TCP")


@pytest.mark.parametrize(
    ("size", "payload", "missing"),
    [
        (54, b"", len(PAYLOAD)),
        (59, b"", len(PAYLOAD)),
        (66, b"", len(PAYLOAD)),
        (67, PAYLOAD[:1], len(PAYLOAD) - 1),
    ],
)
def test_snaplen_in_the_options_of_tcp(size: int, payload: bytes, missing: int) -> None:
    frame = ethernet(ip4(tcp(options=bytes(12))))
    seen = decoded(frame[:size], missing=len(frame) - size)
    assert seen == SEEN4._replace(payload=payload, missing=missing)


def test_padding_is_not_missing() -> None:
    frame = ethernet(ip4(tcp(b"A")))
    # 60 bytes on the wire, 54 captured: of the 6 that are missing 1 is payload.
    assert decoded(frame[:54], missing=6) == SEEN4._replace(payload=b"", missing=1)
    assert decoded(frame, missing=5) == SEEN4._replace(payload=b"A")


def test_a_length_beyond_the_frame_is_not_missing() -> None:
    frame = ethernet(ip4(tcp(), total_length=1500))
    assert decoded(frame) == SEEN4
    assert decoded(frame, missing=10) == SEEN4._replace(missing=10)
    assert decoded(ethernet(ip6(tcp(), payload_length=1500), IPV6)) == SEEN6


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        pytest.param(ethernet(b"\x44" + ip4(tcp())[1:]), "malformed headers", id="IPv4 header of 16 bytes"),
        pytest.param(ethernet(ip4(tcp(), total_length=19)), "malformed headers", id="total length within the header"),
        pytest.param(ethernet(ip4(b"")), "headers cut by the snaplen", id="no TCP header"),
        pytest.param(ethernet(ip4(tcp()[:12] + b"\x40" + tcp()[13:])), "malformed headers", id="TCP header of 16 bytes"),
        pytest.param(ethernet(ip4(tcp(b"")[:12] + b"\x60" + tcp(b"")[13:])), "malformed headers",
                     id="TCP header longer than the datagram"),
        pytest.param(ethernet(ip4(_ah(6, 60), protocol=51)), "headers cut by the snaplen", id="AH longer than the datagram"),
        pytest.param(ethernet(ip4(b"\x06\x04", protocol=51)), "headers cut by the snaplen", id="AH, cut"),
        pytest.param(ethernet(ip6(_option(6)[:7], protocol=0), IPV6), "headers cut by the snaplen", id="options, cut"),
        pytest.param(ethernet(ip6(b"", protocol=59), IPV6), "not TCP", id="no next header"),
        pytest.param(ethernet(ip6(_option(50) + bytes(40), protocol=0), IPV6), "not TCP", id="ESP behind options"),
        pytest.param(ethernet(ip4(bytes(64), protocol=50)), "not TCP", id="ESP"),
        pytest.param(ethernet(ip4(_option(6) + tcp(), protocol=60)), "not TCP", id="IPv6's options in IPv4"),
    ],
)  # fmt: skip
def test_says_why_there_is_none(frame: bytes, reason: str) -> None:
    assert decoded(frame) == reason


SEEDS = [
    *[param.values[0] for param in WHOLE if len(param.values[0]) < 5000],  # type: ignore[arg-type]
    *[ethernet(piece) for piece in fragments4(tcp(bytes(100)), 40)],
    *[ethernet(piece, IPV6) for piece in fragments6(tcp(bytes(100)), 40)],
    ethernet(
        ip4(
            struct.pack(">HHHH", 1, 4789, 100, 0) + b"\x08" + bytes(7) + ethernet(ip6(tcp()), IPV6),
            protocol=17,
        )
    ),
    ethernet(ip4(b"\x30\x81\x88\x0b" + bytes(12) + b"\x21" + ip4(tcp()), protocol=47)),
    ethernet(b"\x00\x01\x01\x40" + ip4(tcp()), 0x8847),
]


def _is_sound(segment: Segment | Datagram | int, frame_end: int) -> None:
    if isinstance(segment, int):
        assert reason_of(segment) in SKIP_REASONS
        return
    assert 0 <= segment.start <= segment.end <= len(segment.data)
    assert len(segment.key) in (12, 16, 36)
    assert segment.missing >= 0
    assert isinstance(segment, Datagram) or values(segment) is not None


@given(st.integers(0, 300), st.binary(max_size=120), st.integers(0, 100))
def test_any_bytes_of_any_link_type(linktype: int, frame: bytes, missing: int) -> None:
    _is_sound(Decoder().decode(linktype, frame, 0, len(frame), missing, 0), len(frame))


@pytest.mark.parametrize("rounds", [60, pytest.param(5000, marks=pytest.mark.long)])
def test_random_frames_of_every_link_type_never_raise(seeded: random.Random, rounds: int) -> None:
    decoder = Decoder()
    for linktype in range(301):
        for _ in range(rounds):
            if seeded.random() < 0.4:
                frame = bytearray(seeded.randbytes(seeded.randrange(100)))
            else:
                frame = bytearray(seeded.choice(SEEDS)[seeded.choice((0, 0, 14, seeded.randrange(40))) :])  # type: ignore[index]
                for _ in range(seeded.randrange(5)):
                    frame[seeded.randrange(len(frame))] = seeded.randrange(256)
            end = len(frame) - seeded.randrange(len(frame)) // 2 if frame else 0
            segment = decoder.decode(
                linktype, bytes(frame), 0, end, seeded.choice((0, 0, 50)), seeded.randrange(10**12)
            )
            _is_sound(segment, end)
