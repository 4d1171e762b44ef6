"""Pairs of synthetic diagnostic log bundles, one of a Core and one of an Edge for each story.

Knows how the product names the members of a bundle and what its log lines look like; the certificates of the stores
are those of the recorded handshakes, so that they match what is presented. Must not know the command line. No bundle
of a real node is public: every line here is made up after the few lines that are, each member and each archive says
so, and the same bytes come out of every run (but for another zlib).
"""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from handshakes import Transcript, load
from log_lines import NODES, Story, log_of
from packets import MICROSECOND, MILLISECOND, Connection, Host, Packet, Side, capture
from scenes import at, converse
from ssh_tunnels import lasting_tunnel, refused_tunnel

DIRECTORY = "bundles"
NOTE = "SYNTHETIC.txt"

_NOTE_TEXT = (
    b"Synthetic: made by captures/make.py of tlseku. No node wrote this. Addresses and names follow a vendor's\n"
    b"document, certificates are invented, and the wording of log, configuration and status is a guess after the few\n"
    b"lines that are public.\n"
)
_ROUND_TRIP = 500 * MICROSECOND
_TUNNEL_AFTER = 900 * MILLISECOND
_YEAR = (2026, 3, 27, 12, 0, 0)
_MTIME = 1_774_612_800

STORIES = (
    Story("test-case-1", "test-case-1", "2026-03-27T09:12:01.123406", 25108, 30011, "On", "refused"),
    Story("test-case-2", "test-case-2", "2026-03-27T09:40:37.507730", 25131, 30012, "Off", "accepted"),
    Story(
        "condition-2.1", "condition-2.1", "2026-03-27T11:20:05.310224", 25144, 30013, "On", "accepted", True
    ),
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """One archive: ``file`` as it is called when committed, what it ``proves``, and its members by name."""

    file: str
    proves: str
    story: Story
    node: str
    rotated: bool = False

    def members(self) -> dict[str, bytes]:
        """The members' bytes by name, in the order of the archive."""
        return _members(self.story, self.node, self.rotated)

    def archive(self) -> bytes:
        """The archive's bytes; times and owners are fixed."""
        return _zip(self.members()) if self.file.endswith(".zip") else _tar_gz(self.members())


def _members(story: Story, node: str, rotated: bool) -> dict[str, bytes]:
    transcript = load(story.transcript)
    stores = _stores(story, transcript)
    tail = f"{NODES[node].host}_{story.taken}"
    files = {NOTE: _NOTE_TEXT}
    packets = _packets(story, transcript, node)
    # The turn to the second file falls into the handshake: the client's Certificate message is in the second.
    parts = [packets[:8], packets[8:]] if rotated else [packets]
    for number, part in enumerate(parts):
        files[f"eth0_diagnostic_logging_tcpdump{number:02}_{tail}.pcap"] = capture(part)
    files[f"server_{tail}.pem"] = _pem(*stores[node, "server"])
    files[f"client_{tail}.pem"] = _pem(*stores[node, "client"])
    files[f"ca_{tail}.pem"] = _pem(*stores["both", "ca"])
    files[f"loggingsnapshot_{tail}.txt"] = log_of(story, node).encode()
    files[f"xconf_dump_{tail}.txt"] = _configuration(story, node).encode()
    files[f"xstat_dump_{tail}.txt"] = _status(node).encode()
    return files


def _packets(story: Story, transcript: Transcript, node: str) -> list[Packet]:
    """What a node captures. The Edge sees the Core's packets half a round trip later."""
    core = Host(NODES["core"].ip, captures=node == "core")
    edge = Host(NODES["edge"].ip, captures=node == "edge")
    side: Side = "client" if node == "core" else "server"
    start = at(story.start) + (0 if node == "core" else _ROUND_TRIP // 2)
    zone = Connection(core, edge, story.zone_port, 7001)
    end = converse(zone, transcript, start, round_trip=_ROUND_TRIP, mss=1460, seen_by=side)
    tunnel = Connection(core, edge, story.tunnel_port, 2222)
    if story.tunnel_lasts:
        # The Edge shows the chain of its server store.
        lasting_tunnel(tunnel, end + _TUNNEL_AFTER, _chain(transcript, "server"))
    else:
        refused_tunnel(tunnel, end + _TUNNEL_AFTER)
    return [*zone.packets, *tunnel.packets]


def _stores(story: Story, transcript: Transcript) -> Mapping[tuple[str, str], Sequence[bytes]]:
    core, edge = _chain(transcript, "client"), _chain(transcript, "server")
    if story.tunnel_lasts:
        server, root = (_der(text) for text in transcript.kept)
        core_server, trusted = (server, *edge[1:]), (*core[1:], *edge[1:], root)
    else:
        # Condition 2 comes about by rule UP2: the server certificate was uploaded as client certificate too.
        core_server, trusted = tuple(core), (*core[1:], *_chain(load("scenario1"), "server")[2:])
    return {
        ("core", "client"): core,
        ("core", "server"): core_server,
        ("edge", "client"): edge,
        ("edge", "server"): edge,
        ("both", "ca"): trusted,
    }


def _chain(transcript: Transcript, side: Side) -> list[bytes]:
    """The certificates, DER, of the clear Certificate message (TLS 1.2) of one side, each record one message."""
    stream = b"".join(flight.data for flight in transcript.flights if flight.sender == side)
    while stream[5] != 11:
        stream = stream[5 + int.from_bytes(stream[3:5], "big") :]
    rest, found = stream[12 : 12 + int.from_bytes(stream[9:12], "big")], []
    while rest:
        length = int.from_bytes(rest[:3], "big")
        found.append(rest[3 : 3 + length])
        rest = rest[3 + length :]
    return found


def _pem(*certificates: bytes) -> bytes:
    blocks = []
    for der in certificates:
        text = base64.b64encode(der).decode()
        lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
        blocks.append(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    return "".join(blocks).encode()


def _der(pem: str) -> bytes:
    return base64.b64decode("".join(pem.splitlines()[1:-1]))


def _configuration(story: Story, node: str) -> str:
    here = NODES[node]
    zone = {
        "core": (
            '*c xConfiguration Zones Zone 2 Type: "UnifiedCommunicationsTraversalClient"',
            '*c xConfiguration Zones Zone 2 TraversalClient Peer 1 Address: "smartslave.ricky200.example"',
            "*c xConfiguration Zones Zone 2 TraversalClient SIP Port: 7001",
        ),
        "edge": (
            '*c xConfiguration Zones Zone 2 Type: "UnifiedCommunicationsTraversalServer"',
            '*c xConfiguration Zones Zone 2 TraversalServer SIP TLS Verify Subject Name: "vcs8c.ricky200.example"',
            "*c xConfiguration Zones Zone 2 TraversalServer SIP Port: 7001",
        ),
    }[node]
    lines = (
        f'*c xConfiguration SystemUnit Name: "{here.host}"',
        f'*c xConfiguration Ethernet 1 IP V4 Address: "{here.ip}"',
        '*c xConfiguration Ethernet 1 IP V4 SubnetMask: "255.255.255.0"',
        '*c xConfiguration SIP TLS Mode: "On"',
        f'*c xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode: "{story.modes[node]}"',
        '*c xConfiguration SIP TLS Certificate Revocation Checking Mode: "Off"',
        '*c xConfiguration Zones Zone 2 Name: "UC traversal"',
        *zone,
    )
    return "".join(f"{line}\n" for line in lines)


def _status(node: str) -> str:
    here = NODES[node]
    lines = (
        f'*s SystemUnit Name: "{here.host}"',
        '*s SystemUnit Product: "Synthetic Expressway"',
        '*s SystemUnit Software Version: "X15.5.0"',
        f'*s Ethernet 1 IP V4 Address: "{here.ip}"',
    )
    return "".join(f"{line}\n" for line in lines)


def _tar_gz(members: Mapping[str, bytes]) -> bytes:
    sink = io.BytesIO()
    # Without name and time in the header, as in ``packets.compressed``.
    with (
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=sink, mtime=0) as packer,
        tarfile.open(fileobj=packer, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(data), _MTIME, 0o644
            archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


def _zip(members: Mapping[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _YEAR)
            info.create_system, info.external_attr = 3, 0o644 << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED, 9)
    return sink.getvalue()


_PROVES: Mapping[str, Callable[[str], str]] = {
    "test-case-1": lambda node: (
        f"{node} of test case 1 (condition 2, mode On): refused on 7001 with alert 43, SSH fails to authenticate."
    ),
    "test-case-2": lambda node: (
        f"{node} of test case 2 (condition 2, mode Off): accepted on 7001, SSH fails to authenticate."
    ),
    "condition-2.1": lambda node: (
        f"{node} of condition 2.1 (mode On): accepted on 7001, the SSH tunnel stays, its host key is a certificate."
    ),
}

BUNDLES: tuple[Bundle, ...] = tuple(
    Bundle(
        f"{DIRECTORY}/{story.name}-{node}.{'zip' if (story.name, node) == ('condition-2.1', 'edge') else 'tar.gz'}",
        _PROVES[story.name](node.capitalize()) + (" Capture in two files." if rotated else ""),
        story,
        node,
        rotated,
    )
    for story in STORIES
    for node, rotated in (("core", story.name == "test-case-2"), ("edge", False))
)
"""Every bundle, in the order of the README."""
