"""The synthetic bundles: remade they are the same, small, and hold what their README and their names say.

Reads them with the standard library, dpkt and cryptography, never with tlseku: these tests must not depend on what
they are there to judge.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import dpkt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
SMARTSLAVE = ("smartslave", "10.106.80.31")
VCS8C = ("vcs8c", "10.106.80.16")

BUNDLES = {
    "test-case-1-core.tar.gz": (VCS8C, "2026-03-27_09_15_01", "On", 1),
    "test-case-1-edge.tar.gz": (SMARTSLAVE, "2026-03-27_09_15_01", "On", 1),
    "test-case-2-core.tar.gz": (VCS8C, "2026-03-27_09_43_37", "On", 2),
    "test-case-2-edge.tar.gz": (SMARTSLAVE, "2026-03-27_09_43_37", "Off", 1),
    "condition-2.1-core.tar.gz": (VCS8C, "2026-03-27_11_23_05", "On", 1),
    "condition-2.1-edge.zip": (SMARTSLAVE, "2026-03-27_11_23_05", "On", 1),
}
PUBLIC_CORE, PUBLIC_EDGE = 0x40019D11C07B52E8936AF4410D2B7C31, 0x40019D11C2F06A7D15B8E3920C4D5E62
STORES = {
    "test-case-1-core.tar.gz": (PUBLIC_CORE, PUBLIC_CORE),
    "test-case-1-edge.tar.gz": (PUBLIC_EDGE, PUBLIC_EDGE),
    "test-case-2-core.tar.gz": (PUBLIC_CORE, PUBLIC_CORE),
    "test-case-2-edge.tar.gz": (PUBLIC_EDGE, PUBLIC_EDGE),
    "condition-2.1-core.tar.gz": (0x40019D11C93D18F4A2770BE54C6D9F05, 0x46DF76AA00000000002D),
    "condition-2.1-edge.zip": (0x40019D11CA5E02B7613F9C8840E1D726, 0x40019D11CA5E02B7613F9C8840E1D726),
}
every_bundle = pytest.mark.parametrize("name", BUNDLES)


def members(path: Path) -> dict[str, bytes]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist()}
    found = {}
    with tarfile.open(path) as archive:
        for info in archive.getmembers():
            file = archive.extractfile(info)
            assert file is not None
            found[info.name] = file.read()
    return found


def of(name: str) -> dict[str, bytes]:
    return members(CAPTURES / "bundles" / name)


def member(name: str, kind: str) -> bytes:
    (found,) = (data for member, data in of(name).items() if member.startswith(kind))
    return found


def certificates(name: str, kind: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(member(name, kind))


def segments(name: str) -> list[tuple[dpkt.ip.IP, float]]:
    found = []
    for file in sorted(key for key in of(name) if key.endswith(".pcap")):
        for ts, frame in dpkt.pcap.Reader(io.BytesIO(of(name)[file])):
            packet = dpkt.ethernet.Ethernet(frame).data
            found.append((packet, ts))
    return found


def sent(name: str, port: int) -> dict[str, bytes]:
    """The bytes of the connection to ``port``, by sender."""
    streams = {"client": b"", "server": b""}
    for packet, _ in segments(name):
        if packet.data.dport == port:
            streams["client"] += packet.data.data
        elif packet.data.sport == port:
            streams["server"] += packet.data.data
    return streams


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("remade")
    subprocess.run([sys.executable, str(CAPTURES / "make.py"), "--output", str(output)], check=True)
    return output / "bundles"


def test_there_are_these_bundles_and_no_others(remade: Path) -> None:
    kept = {path.name for path in (CAPTURES / "bundles").iterdir()}
    assert kept == set(BUNDLES) == {path.name for path in remade.iterdir()}


@every_bundle
def test_remaking_gives_the_same_members(remade: Path, name: str) -> None:
    assert list(members(remade / name).items()) == list(of(name).items())


@every_bundle
def test_archives_carry_fixed_times_and_nobody(name: str) -> None:
    path = CAPTURES / "bundles" / name
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            assert {info.date_time for info in archive.infolist()} == {(2026, 3, 27, 12, 0, 0)}
        return
    assert path.read_bytes()[:8] == bytes.fromhex("1f8b080000000000")
    with tarfile.open(path) as archive:
        facts = {(info.mtime, info.uid, info.gid, info.uname, info.mode) for info in archive.getmembers()}
    assert facts == {(1_774_612_800, 0, 0, "", 0o644)}


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in (CAPTURES / "bundles").iterdir()) < 300_000


def test_the_readme_has_their_digests() -> None:
    rows = {}
    for line in (CAPTURES / "README.md").read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\| `bundles/([^`]+)` \| Synthetic\. .+ \| - \| (\d+) \| (.+) \|", line):
            rows[match[1]] = (int(match[2]), re.findall(r"[0-9a-f]{64}", match[3]))
    expected = {}
    for name in BUNDLES:
        stored = (CAPTURES / "bundles" / name).read_bytes()
        digests = [hashlib.sha256(stored).hexdigest()]
        if name.endswith(".tar.gz"):
            digests.append(hashlib.sha256(gzip.decompress(stored)).hexdigest())
        expected[name] = (len(stored), digests)
    assert rows == expected


@every_bundle
def test_members_have_the_products_names(name: str) -> None:
    (host, _), time, _, files = BUNDLES[name]
    captures = [f"eth0_diagnostic_logging_tcpdump{n:02}_{host}_{time}.pcap" for n in range(files)]
    stores = [f"{kind}_{host}_{time}.pem" for kind in ("server", "client", "ca")]
    texts = [f"{kind}_{host}_{time}.txt" for kind in ("loggingsnapshot", "xconf_dump", "xstat_dump")]
    assert list(of(name)) == ["SYNTHETIC.txt", *captures, *stores, *texts]


@every_bundle
def test_it_says_that_it_is_synthetic(name: str) -> None:
    assert of(name)["SYNTHETIC.txt"].startswith(b"Synthetic: made by captures/make.py")
    assert b'Event="Synthetic Log"' in member(name, "loggingsnapshot").splitlines()[0]


@every_bundle
def test_stores(name: str) -> None:
    server, client = certificates(name, "server_")[0], certificates(name, "client_")[0]
    assert (server.serial_number, client.serial_number) == STORES[name]
    trusted = certificates(name, "ca_")
    for leaf in (server, client):
        (issuer,) = (ca for ca in trusted if ca.subject == leaf.issuer)
        leaf.verify_directly_issued_by(issuer)


@pytest.mark.parametrize("story", ["test-case-1", "test-case-2", "condition-2.1"])
def test_what_is_presented_lies_in_the_stores(story: str) -> None:
    core, edge = (
        next(name for name in BUNDLES if name.startswith(f"{story}-{node}")) for node in ("core", "edge")
    )
    leaf, *_ = certificates(core, "client_")
    served, *_ = certificates(edge, "server_")
    for name in (core, edge):
        streams = sent(name, 7001)
        assert leaf.public_bytes(Encoding.DER) in streams["client"]
        assert served.public_bytes(Encoding.DER) in streams["server"]
    assert sent(core, 7001) == sent(edge, 7001)
    assert sent(core, 2222) == sent(edge, 2222)


@every_bundle
def test_the_node_takes_part_and_time_does_not_run_backwards(name: str) -> None:
    (_, ip), _, _, _ = BUNDLES[name]
    packed = bytes(map(int, ip.split(".")))
    found = segments(name)
    assert len(found) >= 30
    assert all(packed in (packet.src, packet.dst) for packet, _ in found)
    times = [ts for _, ts in found]
    assert times == sorted(times)


@every_bundle
def test_configuration_and_status(name: str) -> None:
    (host, ip), _, mode, _ = BUNDLES[name]
    configuration = member(name, "xconf").decode()
    assert f'ExtendedKeyUsage Checking Mode: "{mode}"\n' in configuration
    assert f'*c xConfiguration Ethernet 1 IP V4 Address: "{ip}"\n' in configuration
    assert f'*c xConfiguration SystemUnit Name: "{host}"\n' in configuration
    assert '*s SystemUnit Software Version: "X15.5.0"\n' in member(name, "xstat").decode()


def test_the_rotated_capture_turns_within_the_handshake() -> None:
    first, second = (data for key, data in of("test-case-2-core.tar.gz").items() if key.endswith(".pcap"))
    leaf = certificates("test-case-2-core.tar.gz", "client_")[0]
    serial = leaf.serial_number.to_bytes(16, "big")
    assert serial not in first
    assert serial in second
    assert len(list(dpkt.pcap.Reader(io.BytesIO(first)))) == 8


LOGS = [
    (
        "test-case-1-edge.tar.gz",
        [
            'Event="Inbound TLS Negotiation Error"',
            'Src-port="25108"',
            'Detail="unsupported certificate purpose"',
        ],
        ["Action=", "Accepted publickey"],
    ),
    (
        "test-case-1-core.tar.gz",
        ['Event="Outbound TLS Negotiation Error"', 'bServer="false"', "Permission denied (publickey)"],
        ["Authenticated", 'Local-port="25108"'],
    ),
    (
        "test-case-2-edge.tar.gz",
        ['Action="Received"', 'Src-port="25131"', "Failed publickey"],
        ["TLS Negotiation"],
    ),
    ("test-case-2-core.tar.gz", ['Local-port="25131"', "Permission denied (publickey)"], ["TLS Negotiation"]),
    ("condition-2.1-core.tar.gz", ['Local-port="25144"', "Authenticated to"], ["denied", "TLS Negotiation"]),
    ("condition-2.1-edge.zip", ['Src-port="25144"', "Accepted publickey"], ["Failed", "TLS Negotiation"]),
]


@pytest.mark.parametrize(("name", "there", "not_there"), LOGS, ids=[row[0] for row in LOGS])
def test_logs(name: str, there: list[str], not_there: list[str]) -> None:
    log = member(name, "loggingsnapshot").decode()
    assert [text for text in there if text not in log] == []
    assert [text for text in not_there if text in log] == []


def test_the_host_key_of_condition_2_1_is_the_edges_server_certificate() -> None:
    leaf = certificates("condition-2.1-edge.zip", "server_")[0]
    stream = sent("condition-2.1-edge.zip", 2222)["server"]
    assert b"x509v3-rsa2048-sha256\0\0\0\2" in stream
    assert leaf.public_bytes(Encoding.DER) in stream
