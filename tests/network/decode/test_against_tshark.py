"""tshark as a second opinion on link layers and tunnels: one file of all the frames that the other tests make."""

from __future__ import annotations

import struct
import subprocess
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.network.decode import (
    test_decoder,
    test_ether_tags,
    test_link,
    test_rare_links,
    test_tunnels,
    test_udp_tunnels,
    test_wireless,
)
from tests.network.frames import PAYLOAD, ethernet, fragments4, fragments6, tcp
from tests.network.seen import Seen, values
from tlseku.network.decode.decoder import Decoder

Sample = tuple[str, int, bytes]

FIELDS = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw",
          "tcp.flags", "tcp.payload")  # fmt: skip

_BOTH = ("IPv4", "IPv6")
OTHERWISE_IN_TSHARK: dict[str, str] = {
    **{f"link: 802.3 with length 0, {ip}": "takes a length of 0 for an unknown EtherType" for ip in _BOTH},
    **{
        f"link: {name}, {ip}": "has no reader for the link type"
        for name in (
            "PPP pppd, in",
            "PPP pppd, out",
            "PPP pppd without control",
            "Cisco HDLC with direction",
            "MPLS",
        )
        for ip in _BOTH
    },
    **{
        f"link: {name}, IPv6": "knows the BSD families of AF_INET6 only"
        for family in (10, 23, 26)
        for name in (f"NULL {family} little-endian", f"NULL {family} big-endian", f"LOOP {family}")
    },
    "tunnel: GRE, VLAN tag": "has no reader for this protocol in GRE",
    "tunnel: ERSPAN III of IP": "takes the payload for Ethernet whatever the frame type",
    "UDP: VXLAN on Linux's old port": "knows the assigned port only",
    "UDP: VXLAN on the port of VXLAN-GPE": "needs the P flag",
    "tunnel: MPLS, control word": "takes a control word for addresses unless told",
    "tunnel: MPLS, no control word, card 00:...": "takes the addresses for a control word",
    "tunnel: MPLS, no word, card ac:...": "needs to be told that the label carries Ethernet",
    "tunnel: L2TP 3": "has to be told the lengths of cookie and sublayer",
    "tunnel: L2TP 3, cookie and sublayer": "has to be told the lengths of cookie and sublayer",
    "UDP: L2TP 3 over UDP": "has to be told the lengths of cookie and sublayer",
    "UDP: CAPWAP of 802.11": "takes frame control for swapped unless told",
    "UDP: CAPWAP of 802.11 with radio address, from the controller": "takes frame control for swapped unless told",
    "tag: E-tag, LLC": "takes the length for an EtherType",
    "rare: frame control swapped": "takes no frame control for swapped outside CAPWAP",
    "rare: QoS, swapped": "takes no frame control for swapped outside CAPWAP",
    **{
        f"rare: {name}": "has no reader for the link type"
        for name in (
            "SLIP",
            "SLIP, BSD/OS",
            "PPP, BSD/OS",
            "Frame Relay with direction",
            "Broadcom tag",
            "Broadcom tag in front",
            "Marvell DSA",
            "Marvell EDSA",
        )
    },
    "rare: classical IP over ATM": "takes the link type for bare datagrams",
    "rare: NFLOG, big-endian": "takes attributes to be in the byte order of the file",
    "rare: DOCSIS": "wants the header's check sequence to be right",
    "rare: DOCSIS, extended header": "wants the header's check sequence to be right",
    "rare: netANALYZER": "takes a header of zeros for wrong",
    "rare: netANALYZER, transparent": "takes a header of zeros for wrong",
    "rare: IPoIB, address": "wants the global route header",
    "rare: IPoIB, bare": "wants the global route header",
    "rare: mPacket": "shows what is inside as data",
    "IP: IPv6, offload leaves length 0": "reads no IPv6 of length 0",
    "IP: extension header 135": "does not read past a mobility header",
    "IP: extension header 139": "does not read past a HIP header",
}
"""Frames that tshark 4.0 does not open and we do, each with the reason."""


def _samples() -> list[Sample]:
    """Name, link type and bytes of every frame in which the tests expect a segment."""
    samples: list[Sample] = []
    for param in test_link.SAMPLES:
        linktype, header, ethertype = param.values
        samples.append((f"link: {param.id}", linktype, header + test_link.DATAGRAMS[ethertype][0]))  # type: ignore[arg-type, index, operator]
    samples += [(f"tunnel: {param.id}", 1, param.values[0]) for param in test_tunnels.CARRIED]  # type: ignore[misc]
    samples += [(f"IP: {param.id}", 1, param.values[0]) for param in test_decoder.WHOLE]  # type: ignore[misc]
    samples += [(f"tag: {param.id}", 1, param.values[0]) for param in test_ether_tags.CARRIED]  # type: ignore[misc]
    samples += [(f"UDP: {param.id}", 1, param.values[0]) for param in test_udp_tunnels.CARRIED]  # type: ignore[misc]
    samples += [(f"rare: {param.id}", param.values[0], param.values[1]) for param in test_wireless.FOUND]  # type: ignore[misc]
    samples += [(f"rare: {param.id}", param.values[0], param.values[1]) for param in test_rare_links.FOUND]  # type: ignore[misc]
    for name, pieces, kind in (
        ("IPv4", fragments4(tcp(), 24), 0x0800),
        ("IPv6", fragments6(tcp(), 24), 0x86DD),
    ):
        samples += [(f"fragment {at} of {name}", 1, ethernet(piece, kind)) for at, piece in enumerate(pieces)]
    return samples


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def _write(path: Path, samples: list[Sample]) -> None:
    """A pcapng file with an interface for each link type."""
    linktypes = sorted({linktype for _, linktype, _ in samples})
    blocks = [_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    blocks += [_block(1, struct.pack("<HHI", linktype, 0, 0)) for linktype in linktypes]
    for at, (_, linktype, frame) in enumerate(samples):
        head = struct.pack("<IIIII", linktypes.index(linktype), 0, at, len(frame), len(frame))
        blocks.append(_block(6, head + frame))
    path.write_bytes(b"".join(blocks))


def _by_tshark(tshark: str, path: Path) -> list[Seen | None]:
    """The innermost segment of every frame."""
    command = [tshark, "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=l"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    found: list[Seen | None] = []
    for line in done.stdout.splitlines():
        cells = line.split("\t")
        if not cells[4]:
            found.append(None)
            continue
        # Of nested headers the tests' innermost addresses are known: tshark lists each version by itself.
        inner4 = cells[0] == "10.1.0.1"
        source, destination = (cells[0], cells[1]) if inner4 else (cells[2], cells[3])
        found.append(
            Seen(
                (str(ip_address(source)), int(cells[4])),
                (str(ip_address(destination)), int(cells[5])),
                int(cells[6]),
                int(cells[7]),
                int(cells[8], 16) & 0xFF,
                bytes.fromhex(cells[9]),
                0,
            )
        )
    return found


def test_the_same_segments(tshark: str, tmp_path: Path) -> None:
    samples = [sample for sample in _samples() if len(sample[2]) < 10_000]
    path = tmp_path / "samples.pcapng"
    _write(path, samples)
    decoder = Decoder()
    differing = {}
    for (name, linktype, frame), expected in zip(samples, _by_tshark(tshark, path), strict=True):
        seen = values(decoder.decode(linktype, frame, 0, len(frame), 0, 0))
        if name.startswith("fragment") and isinstance(seen, str):
            assert expected is None, name
            continue
        assert isinstance(seen, Seen), name
        assert seen.payload in (PAYLOAD, bytes(9000)), name
        if seen != expected:
            differing[name] = expected
    assert differing.keys() == OTHERWISE_IN_TSHARK.keys()
    assert set(differing.values()) <= {None}


def test_tshark_is_asked_for_what_it_can_say(tshark: str) -> None:
    fields = subprocess.run([tshark, "-G", "fields"], capture_output=True, text=True, check=True).stdout
    known = {line.split("\t")[2] for line in fields.splitlines() if line.startswith("F\t")}
    assert known.issuperset(FIELDS)


@pytest.mark.parametrize("name", sorted(OTHERWISE_IN_TSHARK))
def test_exceptions_name_samples(name: str) -> None:
    assert name in {sample[0] for sample in _samples()}
