"""Datagrams that carry TLS and are not read: each named by its header, and its look-alikes not; tshark agrees."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from tests.network.frames import UDP_NUMBER, ethernet, ip4, ip6, udp
from tlseku.analyzer import Analyzer
from tlseku.network.decode.segment import DTLS, IKE, NOT_TCP, OPENVPN, QUIC, RADIUS, STUN
from tlseku.network.decode.unread import carrier_in_udp

# Record header, then a HelloRequest: type, length, sequence, offset, length of the fragment.
_DTLS = bytes.fromhex("16feff 0000 000000000000 000c") + bytes(12)
_IKE = bytes(range(1, 9)) + bytes(8) + bytes.fromhex("00202208 00000000 0000001c")
_RADIUS = bytes.fromhex("01070014") + bytes(range(16))
_QUIC = bytes.fromhex("c3 00000001 08 0102030405060708 00 00 4004 00000000") + bytes(8)
_OPENVPN = b"\x38" + bytes(range(1, 9)) + b"\x00" + bytes(4)
_CAPWAP = bytes.fromhex("01000000") + _DTLS

NAMED = [
    pytest.param(_DTLS, 50001, 4433, DTLS, "DTLSv1.0", id="DTLS 1.0"),
    pytest.param(b"\x16\xfe\xfd" + _DTLS[3:], 5061, 50001, DTLS, "DTLSv1.2", id="DTLS 1.2"),
    pytest.param(_CAPWAP, 50001, 5246, DTLS, "DTLSv1.0", id="DTLS in CAPWAP"),
    pytest.param(_QUIC, 50001, 443, QUIC, "QUIC", id="QUIC 1"),
    pytest.param(_RADIUS, 50001, 1812, RADIUS, "RADIUS", id="Access-Request"),
    pytest.param(b"\x0b" + _RADIUS[1:], 1645, 50001, RADIUS, "RADIUS", id="Access-Challenge, old port"),
    pytest.param(_IKE, 500, 500, IKE, "ISAKMP", id="IKEv2"),
    pytest.param(bytes(4) + _IKE, 4500, 4500, IKE, "ISAKMP", id="IKEv2 behind NAT"),
    pytest.param(_OPENVPN, 50001, 1194, OPENVPN, "OpenVPN", id="OpenVPN hard reset"),
]

OTHERS = [
    pytest.param(_DTLS[:12], 50001, 4433, id="shorter than a record header"),
    pytest.param(b"\x16\x03\x03" + _DTLS[3:], 50001, 4433, id="TLS record in UDP"),
    pytest.param(b"\x1b" + _DTLS[1:], 50001, 4433, id="content type 27"),
    pytest.param(bytes.fromhex("02000000") + _DTLS, 50001, 5246, id="another preamble"),
    pytest.param(b"\x43" + _QUIC[1:], 50001, 443, id="short header"),
    pytest.param(b"\xc3\x12\x34\x56\x78" + _QUIC[5:], 50001, 443, id="a version of nobody"),
    pytest.param(_QUIC[:5] + b"\x15" + _QUIC[6:], 50001, 443, id="connection id of 21 bytes"),
    pytest.param(_RADIUS, 50001, 1813, id="RADIUS accounting"),
    pytest.param(b"\x04" + _RADIUS[1:], 50001, 1812, id="Accounting-Request"),
    pytest.param(_RADIUS[:2] + b"\x00\x13" + _RADIUS[4:], 50001, 1812, id="length below the header"),
    pytest.param(_IKE, 50001, 501, id="IKE elsewhere"),
    pytest.param(b"\x00\x00\x00\x01" + bytes(40), 4500, 4500, id="ESP in UDP"),
    pytest.param(b"\xff" + bytes(9), 4500, 4500, id="NAT keepalive, padded"),
    pytest.param(b"\xc3" + bytes(4) + _QUIC[5:], 443, 50001, id="QUIC Version Negotiation"),
    pytest.param(b"\x07" + bytes(13), 50001, 1194, id="opcode 0"),
    pytest.param(b"\x60" + bytes(13), 50001, 1194, id="opcode 12"),
    pytest.param(b"\xc3\x00\x01\x00\x00\x01" + bytes(20), 50001, 53, id="DNS with such an id"),
    pytest.param(b"", 50001, 443, id="nothing"),
]


@pytest.mark.parametrize(("payload", "source", "destination", "carrier", "name"), NAMED)
def test_named(payload: bytes, source: int, destination: int, carrier: int, name: str) -> None:
    datagram = b"before" + udp(payload, destination, sport=source)
    assert carrier_in_udp(datagram + b"behind", 6, len(datagram)) == carrier


@pytest.mark.parametrize(("payload", "source", "destination"), OTHERS)
def test_not_named(payload: bytes, source: int, destination: int) -> None:
    datagram = udp(payload, destination, sport=source)
    assert carrier_in_udp(datagram, 0, len(datagram)) == NOT_TCP


@pytest.mark.parametrize(
    ("payload", "carrier"),
    [
        (_CAPWAP, DTLS),
        (b"\xc3\x1a\x2a\x3a\x4a" + _QUIC[5:], QUIC),
        (b"\xc3\xfa\xce\xb0\x02" + _QUIC[5:], QUIC),
        (b"\xc3Q050" + _QUIC[5:], QUIC),
        (b"\xc3Q05x" + _QUIC[5:], NOT_TCP),
        (b"\xc3\x1a\x2a\x3a\x4b" + _QUIC[5:], NOT_TCP),
        (b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12), STUN),
        (b"\1\1\0\0\x21\x12\xa4\x42" + bytes(12), STUN),
        (b"\0\1\0\0\x21\x12\xa4\x43" + bytes(12), NOT_TCP),
        (b"\2\1\0\0\x21\x12\xa4\x42" + bytes(12), NOT_TCP),
    ],
)
def test_named_on_any_port(payload: bytes, carrier: int) -> None:
    """Reserved versions of QUIC, those of mvfst and Google; STUN; what tshark knows by port alone."""
    datagram = udp(payload, 40001, sport=40000)
    assert carrier_in_udp(datagram, 0, len(datagram)) == carrier


@pytest.mark.parametrize(("payload", "source", "destination", "carrier", "name"), NAMED)
def test_cut_anywhere_it_is_the_same_or_nothing(
    payload: bytes, source: int, destination: int, carrier: int, name: str
) -> None:
    datagram = udp(payload, destination, sport=source)
    found = {carrier_in_udp(datagram[:end], 0, end) for end in range(8, len(datagram) + 1)}
    assert found == {NOT_TCP, carrier}


@pytest.mark.parametrize("version", [4, 6])
def test_packet_by_packet_and_in_the_summary(version: int) -> None:
    analyzer = Analyzer()
    for at, param in enumerate((*NAMED, *OTHERS)):
        payload, source, destination = param.values[:3]
        analyzer.feed(at, 1, _frame(payload, source, destination, version))  # type: ignore[arg-type]
    analyzer.close()
    assert analyzer.summary.skipped == {
        # Of RADIUS those are that have no EAP.
        "not TCP": len(OTHERS) + 2,
        "QUIC": 1,
        "DTLS": 3,
        "IKE": 2,
    }


def test_in_a_file(tmp_path: Path) -> None:
    import tlseku

    capture = _written(tmp_path)
    assert dict(tlseku.read(str(capture)).summary.skipped) == {
        # Of RADIUS those are that have no EAP.
        "not TCP": len(OTHERS) + 2,
        "QUIC": 1,
        "DTLS": 3,
        "IKE": 2,
    }


def test_tshark_gives_the_same_names(tmp_path: Path) -> None:
    command = ["tshark", "-n", "-r", str(_written(tmp_path)), "-T", "fields", "-e", "_ws.col.Protocol"]
    seen = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")
    assert seen[: len(NAMED)] == [param.values[4] for param in NAMED]


def _frame(payload: bytes, source: int, destination: int, version: int = 4) -> bytes:
    datagram = udp(payload, destination, sport=source)
    if version == 6:
        return ethernet(ip6(datagram, protocol=UDP_NUMBER), 0x86DD)
    return ethernet(ip4(datagram, protocol=UDP_NUMBER))


def _written(place: Path) -> Path:
    """All of them in one pcap file, the named first."""
    capture = place / "unread.pcap"
    with capture.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for param in (*NAMED, *OTHERS):
            frame = _frame(*param.values[:3])  # type: ignore[arg-type]
            file.write(struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame)
    return capture
