"""A tag or tunnel around the frames of one end only, or of both: the connection is one, and the flow the same."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

import tlseku
from tests.capture.written import pcap
from tests.network.decode.test_udp_tunnels import in_udp
from tlseku.capture import packets

CAPTURE = Path(__file__).resolve().parent.parent / "captures" / "test-case-1.pcap"

Wrap = Callable[[bytes], bytes]


def _tag(ethertype: int, tag: bytes) -> Wrap:
    return lambda frame: frame[:12] + struct.pack(">H", ethertype) + tag + frame[12:]


WRAPS: dict[str, Wrap] = {
    "Cisco MetaData": _tag(0x8909, b"\x01\x01\0\x01\0\x0a"),
    "VN-Tag": _tag(0x8926, b"\0\0\0\x14"),
    "E-tag": _tag(0x893F, b"\0\0\0\x01\0\0"),
    "MACsec": _tag(0x88E5, b"\x00\0\0\0\0\x01"),
    "FabricPath": lambda frame: frame[:12] + b"\x89\x03\x04\x20" + frame,
    "PBB": lambda frame: frame[:12] + b"\x88\xe7\0\0\0\x01" + frame,
    "GTP-U": lambda frame: in_udp(b"\x30\xff\0\0\0\0\0\1" + frame[14:], 2152),
    "TZSP": lambda frame: in_udp(b"\x01\0\0\x01\x01" + frame, 37008),
    "CAPWAP": lambda frame: in_udp(bytes([0, 16, 2, 0]) + bytes(4) + frame, 50000, 5247),
    "VXLAN": lambda frame: in_udp(b"\x08\0\0\0\0\0\x07\0" + frame, 4789),
}

FRAMES = [(each.ts_ns, each.data) for each in packets(str(CAPTURE))]
CLIENT = FRAMES[0][1][26:30]


def _flows(frames: list[tuple[int, bytes]]) -> list[dict[str, object]]:
    written = pcap([(ts // 1_000_000_000, ts % 1_000_000_000 // 1000, data) for ts, data in frames])
    return [dict(tlseku.flow_to_dict(flow, full=True)) for flow in tlseku.read(io.BytesIO(written))]


PLAIN = _flows(FRAMES)


def test_there_is_something_to_find() -> None:
    assert len(PLAIN) == 1
    assert FRAMES[0][1][12:14] == b"\x08\x00"


@pytest.mark.parametrize("name", WRAPS)
@pytest.mark.parametrize("who", ["client", "server", "both"])
def test_the_flow_is_the_same(name: str, who: str) -> None:
    wrap = WRAPS[name]
    sides = {"client": (True,), "server": (False,), "both": (True, False)}[who]
    frames = [(ts, wrap(data) if (data[26:30] == CLIENT) in sides else data) for ts, data in FRAMES]
    assert _flows(frames) == PLAIN
