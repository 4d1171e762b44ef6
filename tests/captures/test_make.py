"""The golden captures: remade they are the same bytes, and they show what their README says.

Reads the committed files with dpkt and cryptography, and with tshark where it is installed, never with tlseku:
these tests must not depend on what they are there to judge.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import dpkt
import pytest
from cryptography import x509

CAPTURES = Path(__file__).resolve().parents[2] / "captures"

FILES = (
    "scenario1.pcap.gz",
    "scenario2.pcap.gz",
    "test-case-1.pcap",
    "test-case-2.pcap",
    "test-case-3.pcap",
    "no-eku.pcap",
    "any-eku.pcap",
    "wrong-eku-refused.pcap",
    "declined.pcap",
    "tls13.pcap",
)
KEY_LOG = "tls13.keys"

CAPTURING_HOST = {
    "scenario1.pcap.gz": "10.106.80.31",
    "scenario2.pcap.gz": "10.106.80.16",
    "test-case-1.pcap": "10.106.80.16",
    "test-case-2.pcap": "10.106.80.16",
    "test-case-3.pcap": "10.106.80.16",
    "no-eku.pcap": "192.0.2.10",
    "any-eku.pcap": "192.0.2.10",
    "wrong-eku-refused.pcap": "192.0.2.10",
    "declined.pcap": "192.0.2.10",
    "tls13.pcap": "192.0.2.10",
}

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
ANY_EKU = "2.5.29.37.0"
PUBLIC_CA = "CN=Synthetic Public TLS RSA CA 1,O=Synthetic Trust Services,C=US"
RICKY200 = "CN=RICKY200-THS-CA,DC=RICKY200,DC=com"
PLAIN_CA = "CN=Example Private CA,O=Synthetic Example Ltd."


def content(file: Path) -> bytes:
    stored = file.read_bytes()
    return gzip.decompress(stored) if file.suffix == ".gz" else stored


def frames(name: str) -> list[bytes]:
    return [frame for _, frame in dpkt.pcap.Reader(io.BytesIO(content(CAPTURES / name)))]


def segment(frame: bytes) -> dpkt.ip.IP | None:
    """The IP packet of a frame if it carries TCP, without Ethernet's padding."""
    packet = dpkt.ethernet.Ethernet(frame).data
    return packet if isinstance(packet, dpkt.ip.IP) and isinstance(packet.data, dpkt.tcp.TCP) else None


def tcp_payload(name: str, number: int) -> bytes:
    packet = segment(frames(name)[number - 1])
    assert packet is not None
    return bytes(packet.data.data)


def address(packed: bytes) -> str:
    return ".".join(map(str, packed))


def sent(name: str, client: str, port: int) -> dict[str, bytes]:
    """All bytes of one connection by sender; the captures hold every segment once and in order."""
    streams = {"client": b"", "server": b""}
    for frame in frames(name):
        packet = segment(frame)
        if packet is None:
            continue
        if (address(packet.src), packet.data.sport) == (client, port):
            streams["client"] += bytes(packet.data.data)
        elif (address(packet.dst), packet.data.dport) == (client, port):
            streams["server"] += bytes(packet.data.data)
    return streams


def records(stream: bytes) -> list[tuple[int, bytes]]:
    found = []
    while stream:
        length = int.from_bytes(stream[3:5], "big")
        found.append((stream[0], stream[5 : 5 + length]))
        stream = stream[5 + length :]
    return found


def clear_handshake(stream: bytes) -> dict[int, bytes]:
    """Handshake messages (type to body) up to ChangeCipherSpec; OpenSSL puts each into a record of its own."""
    messages = {}
    for kind, body in records(stream):
        if kind != 22:
            break
        assert len(body) == 4 + int.from_bytes(body[1:4], "big")
        messages[body[0]] = body[4:]
    return messages


def chain(message: bytes) -> list[x509.Certificate]:
    assert int.from_bytes(message[:3], "big") == len(message) - 3
    rest, found = message[3:], []
    while rest:
        length = int.from_bytes(rest[:3], "big")
        found.append(x509.load_der_x509_certificate(rest[3 : 3 + length]))
        rest = rest[3 + length :]
    return found


def eku(certificate: x509.Certificate) -> list[str] | None:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return None
    return [oid.dotted_string for oid in extension.value]


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("remade")
    subprocess.run([sys.executable, str(CAPTURES / "make.py"), "--output", str(output)], check=True)
    return output


def test_every_file_is_remade_and_nothing_else(remade: Path) -> None:
    assert sorted(path.name for path in remade.iterdir()) == sorted(
        (*FILES, KEY_LOG, "bundles", "carried", "datagrams")
    )


@pytest.mark.parametrize("name", [*FILES, KEY_LOG])
def test_remaking_gives_the_same_bytes(remade: Path, name: str) -> None:
    assert content(remade / name) == content(CAPTURES / name)


def test_gzip_headers_carry_neither_name_nor_time() -> None:
    for name in FILES:
        if name.endswith(".gz"):
            assert (CAPTURES / name).read_bytes()[:8] == bytes.fromhex("1f8b080000000000")


def test_readme_table_matches_the_files() -> None:
    rows = {}
    for line in (CAPTURES / "README.md").read_text(encoding="utf-8").splitlines():
        # ``test_bundles``, ``test_datagrams`` and ``test_carried_captures`` look at the rows of theirs.
        if not line.startswith(("| `bundles/", "| `carried/", "| `datagrams/")) and (
            match := re.fullmatch(r"\| `([^`]+)` \| (.+) \| (\d+|-) \| (\d+) \| (.+) \|", line)
        ):
            rows[match[1]] = (match[3], int(match[4]), re.findall(r"[0-9a-f]{64}", match[5]))
    expected = {}
    for name in (*FILES, KEY_LOG):
        stored, plain = (CAPTURES / name).read_bytes(), content(CAPTURES / name)
        digests = [hashlib.sha256(stored).hexdigest()]
        if name.endswith(".gz"):
            digests.append(hashlib.sha256(plain).hexdigest())
        packets = "-" if name == KEY_LOG else str(len(frames(name)))
        expected[name] = (packets, len(stored), digests)
    assert rows == expected


def test_no_capture_is_left_out_of_the_tables() -> None:
    kept = {
        path.name
        for path in CAPTURES.iterdir()
        if path.suffix in {".pcap", ".pcapng", ".gz", ".keys", ".zst"}
    }
    assert kept == {*FILES, KEY_LOG}


def test_the_directory_is_small_and_holds_no_private_key() -> None:
    total = 0
    for path in CAPTURES.rglob("*"):
        if path.is_file() and not any(part.endswith(("cache__", "_cache")) for part in path.parts):
            total += path.stat().st_size
            assert b"PRIVATE KEY" + b"-----" not in path.read_bytes()
    assert total < 600_000


@pytest.mark.parametrize("name", FILES)
def test_times_never_run_backwards(name: str) -> None:
    times = [ts for ts, _ in dpkt.pcap.Reader(io.BytesIO(content(CAPTURES / name)))]
    assert times == sorted(times)


@pytest.mark.parametrize("name", FILES)
def test_checksums_are_right(name: str) -> None:
    checked = 0
    for frame in frames(name):
        packet = dpkt.ethernet.Ethernet(frame).data
        if not isinstance(packet, dpkt.ip.IP):
            continue
        sums = (packet.sum, getattr(packet.data, "sum", None))
        packet.sum = 0
        if not isinstance(packet.data, bytes):
            packet.data.sum = 0
        again = dpkt.ip.IP(bytes(packet))
        assert sums == (again.sum, getattr(again.data, "sum", None))
        checked += 1
    assert checked >= 12


@pytest.mark.parametrize("name", FILES)
def test_the_capturing_host_takes_part_in_every_tcp_connection(name: str) -> None:
    host = CAPTURING_HOST[name]
    connections = 0
    for frame in frames(name):
        if (packet := segment(frame)) is not None:
            connections += 1
            assert host in (address(packet.src), address(packet.dst))
            assert len(frame) >= (54 if address(packet.src) == host else 60)
    assert connections >= 12


@pytest.mark.parametrize(
    ("name", "first_golden", "client"),
    [
        ("scenario1.pcap.gz", 13699, ("10.106.80.31", 25003)),
        ("scenario2.pcap.gz", 736, ("10.106.80.15", 25417)),
    ],
)
def test_filler_holds_no_tls_and_none_of_the_golden_connection(
    name: str, first_golden: int, client: tuple[str, int]
) -> None:
    kinds = set()
    for number, frame in enumerate(frames(name)[: first_golden - 1], 1):
        packet = dpkt.ethernet.Ethernet(frame).data
        kinds.add(type(packet.data).__name__ if isinstance(packet, dpkt.ip.IP) else type(packet).__name__)
        if (tcp := segment(frame)) is None:
            continue
        payload = bytes(tcp.data.data)
        assert not re.match(rb"[\x14-\x18]\x03[\x00-\x04]", payload)
        ends = {(address(tcp.src), tcp.data.sport), (address(tcp.dst), tcp.data.dport)}
        # Scenario 2 opens its connection in the three frames before the ClientHello.
        assert (client in ends) == (name == "scenario2.pcap.gz" and number >= 733)
    assert kinds == {"ARP", "ICMP", "UDP", "TCP"}


def test_scenario1_segments() -> None:
    packets = [segment(frame) for frame in frames("scenario1.pcap.gz")[13698:13721]]
    lengths = [len(packet.data.data) for packet in packets if packet is not None]
    senders = ["client" if packet and packet.data.sport == 25003 else "server" for packet in packets]
    certificate = [1242, 0, 1242, 0, 1242, 0, 1242, 0, 312, 0]
    assert lengths == [167, 0, 98, 0, *certificate, 338, 0, 236, 0, 2484, 1104, 0, 0, 51]
    assert senders == [
        "client",
        "server",
        *["server", "client"] * 8,
        "client",
        "client",
        "server",
        "server",
        "server",
    ]
    assert not any(packet.data.flags & dpkt.tcp.TH_SYN for packet in packets if packet is not None)
    assert not any(
        packet.data.flags & dpkt.tcp.TH_SYN
        for packet in map(segment, frames("scenario1.pcap.gz"))
        if packet is not None and 25003 in (packet.data.sport, packet.data.dport)
    )


def test_scenario1_starts_at_its_time() -> None:
    times = [ts for ts, _ in dpkt.pcap.Reader(io.BytesIO(content(CAPTURES / "scenario1.pcap.gz")))]
    # 2026-03-24 11:55:20.9 UTC
    assert int(times[13698] * 10) == 17743533209


def test_scenario1_identities() -> None:
    streams = sent("scenario1.pcap.gz", "10.106.80.31", 25003)
    leaf, root = chain(clear_handshake(streams["client"])[11])
    assert f"{leaf.serial_number:038x}" == "2f0000004c869c77c8981becde00000000004c"
    assert leaf.issuer.rfc4514_string() == "CN=bgluclab-WIN-DC-01-CA,DC=bgluclab,DC=com"
    assert [attribute.value for attribute in leaf.issuer] == ["com", "bgluclab", "bgluclab-WIN-DC-01-CA"]
    assert leaf.signature_algorithm_oid.dotted_string == "1.2.840.113549.1.1.11"
    assert eku(leaf) == [SERVER_AUTH, CLIENT_AUTH]
    leaf.verify_directly_issued_by(root)
    server = chain(clear_handshake(streams["server"])[11])
    assert [eku(certificate) for certificate in server] == [[SERVER_AUTH], [SERVER_AUTH, CLIENT_AUTH], None]
    for certificate, issuer in pairwise(server):
        certificate.verify_directly_issued_by(issuer)


def test_scenario2_server_leaf_is_signed_with_sha384() -> None:
    streams = sent("scenario2.pcap.gz", "10.106.80.15", 25417)
    leaf, _ = chain(clear_handshake(streams["server"])[11])
    assert leaf.signature_algorithm_oid.dotted_string == "1.2.840.113549.1.1.12"


@pytest.mark.parametrize(
    ("name", "client", "port", "role", "serial", "issuer", "purposes"),
    [
        ("scenario2.pcap.gz", "10.106.80.15", 25417, "server", 0x46DF76AA000000000029, RICKY200, "SC"),
        ("scenario2.pcap.gz", "10.106.80.15", 25417, "client", 0x46DF76AA000000000017, RICKY200, "SC"),
        (
            "test-case-1.pcap",
            "10.106.80.16",
            25108,
            "client",
            0x40019D11C07B52E8936AF4410D2B7C31,
            PUBLIC_CA,
            "S",
        ),
        (
            "test-case-1.pcap",
            "10.106.80.16",
            25108,
            "server",
            0x40019D11C2F06A7D15B8E3920C4D5E62,
            PUBLIC_CA,
            "S",
        ),
        (
            "test-case-2.pcap",
            "10.106.80.16",
            25131,
            "client",
            0x40019D11C07B52E8936AF4410D2B7C31,
            PUBLIC_CA,
            "S",
        ),
        (
            "test-case-2.pcap",
            "10.106.80.16",
            25131,
            "server",
            0x40019D11C2F06A7D15B8E3920C4D5E62,
            PUBLIC_CA,
            "S",
        ),
        ("test-case-3.pcap", "10.106.80.16", 41236, "client", 0x46DF76AA00000000002B, RICKY200, "SC"),
        ("test-case-3.pcap", "10.106.80.16", 41236, "server", 0x46DF76AA00000000001E, RICKY200, "SC"),
        ("no-eku.pcap", "192.0.2.10", 51820, "client", 0x5A17C0DE00000022, PLAIN_CA, None),
        ("any-eku.pcap", "192.0.2.10", 51834, "client", 0x5A17C0DE00000023, PLAIN_CA, "A"),
        ("wrong-eku-refused.pcap", "192.0.2.10", 51852, "client", 0x5A17C0DE00000021, PLAIN_CA, "S"),
        ("declined.pcap", "192.0.2.10", 51866, "server", 0x5A17C0DE00000010, PLAIN_CA, "S"),
    ],
)
def test_leaves(
    name: str, client: str, port: int, role: str, serial: int, issuer: str, purposes: str | None
) -> None:
    oids = {"S": SERVER_AUTH, "C": CLIENT_AUTH, "A": ANY_EKU}
    leaf = chain(clear_handshake(sent(name, client, port)[role])[11])[0]
    assert leaf.serial_number == serial
    assert leaf.issuer.rfc4514_string() == issuer
    assert eku(leaf) == (None if purposes is None else [oids[letter] for letter in purposes])


def test_test_cases_1_and_2_show_the_same_certificates() -> None:
    first = sent("test-case-1.pcap", "10.106.80.16", 25108)
    second = sent("test-case-2.pcap", "10.106.80.16", 25131)
    for role in ("client", "server"):
        assert clear_handshake(first[role])[11] == clear_handshake(second[role])[11]


def test_declined_is_an_empty_list_and_the_connection_goes_on() -> None:
    streams = sent("declined.pcap", "192.0.2.10", 51866)
    assert clear_handshake(streams["client"])[11] == bytes(3)
    assert 13 in clear_handshake(streams["server"])
    assert [kind for kind, _ in records(streams["server"])][-4:] == [20, 22, 23, 21]


@pytest.mark.parametrize(
    ("name", "client", "port", "refused"),
    [
        ("scenario1.pcap.gz", "10.106.80.31", 25003, False),
        ("scenario2.pcap.gz", "10.106.80.15", 25417, False),
        ("test-case-1.pcap", "10.106.80.16", 25108, True),
        ("test-case-2.pcap", "10.106.80.16", 25131, False),
        ("test-case-3.pcap", "10.106.80.16", 41236, False),
        ("no-eku.pcap", "192.0.2.10", 51820, False),
        ("any-eku.pcap", "192.0.2.10", 51834, True),
        ("wrong-eku-refused.pcap", "192.0.2.10", 51852, True),
        ("declined.pcap", "192.0.2.10", 51866, False),
    ],
)
def test_the_server_refuses_with_alert_43_or_finishes(
    name: str, client: str, port: int, refused: bool
) -> None:
    server = records(sent(name, client, port)["server"])
    last = server[-1]
    if refused:
        assert last == (21, b"\x02\x2b")
        assert 20 not in [kind for kind, _ in server]
    else:
        assert [kind for kind, _ in server][-4:] == [20, 22, 23, 21]
        assert last != (21, b"\x02\x2b")


@pytest.mark.parametrize("name", ["test-case-1", "any-eku", "wrong-eku-refused"])
def test_the_recording_says_why_openssl_refused(name: str) -> None:
    recorded = json.loads((CAPTURES / "handshakes" / f"{name}.json").read_text())
    assert "verify error:num=26:unsuitable certificate purpose" in recorded["server_said"]
    assert recorded["openssl"].startswith("OpenSSL 3.")


def test_test_case_2_has_an_ssh_connection_that_is_not_tls() -> None:
    streams = sent("test-case-2.pcap", "10.106.80.16", 30012)
    for stream in streams.values():
        assert stream.startswith(b"SSH-2.0-OpenSSH_8.8\r\n")
        kexinit = stream[21:]
        length = int.from_bytes(kexinit[:4], "big")
        assert (4 + length) % 8 == 0
        assert kexinit[5] == 20
    assert [len(stream) for stream in streams.values()] == [1013, 813]


def test_tls13_times_are_nanoseconds() -> None:
    assert content(CAPTURES / "tls13.pcap")[:4] == bytes.fromhex("4d3cb2a1")


def test_tls13_key_log_belongs_to_the_capture() -> None:
    client_random = sent("tls13.pcap", "192.0.2.10", 51880)["client"][11:43].hex()
    lines = [line.split(" ") for line in (CAPTURES / KEY_LOG).read_text().splitlines()]
    assert {line[1] for line in lines} == {client_random}
    assert {line[0] for line in lines} >= {
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_TRAFFIC_SECRET_0",
        "CLIENT_TRAFFIC_SECRET_0",
    }


def test_an_unknown_recipe_is_a_usage_error() -> None:
    command = [sys.executable, str(CAPTURES / "make.py"), "--record", "no-such-recipe"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no recipe 'no-such-recipe'" in done.stderr


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_recording_again_fits_to_the_byte_and_refreshes_the_readme(tmp_path: Path) -> None:
    copy = tmp_path / "captures"
    shutil.copytree(CAPTURES, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    subprocess.run(
        [sys.executable, str(copy / "make.py"), "--record", "scenario1"], check=True, capture_output=True
    )
    stored = (copy / "scenario1.pcap.gz").read_bytes()
    assert hashlib.sha256(stored).hexdigest() in (copy / "README.md").read_text(encoding="utf-8")
    assert gzip.decompress(stored) != content(CAPTURES / "scenario1.pcap.gz")
    flights = json.loads((copy / "handshakes" / "scenario1.json").read_text())["flights"]
    assert flights[2]["bytes"] == 3588


def tshark(name: str, wanted: str, *fields: str, options: tuple[str, ...] = ()) -> list[list[str]]:
    if shutil.which("tshark") is None:
        if os.environ.get("TLSEKU_REQUIRE_TSHARK") == "1":
            pytest.fail("TLSEKU_REQUIRE_TSHARK=1, but there is no tshark")
        pytest.skip("needs tshark")
    command = [
        "tshark",
        "-n",
        "-r",
        str(CAPTURES / name),
        "-Y",
        wanted,
        "-T",
        "fields",
        "-E",
        "occurrence=a",
        *options,
    ]
    for port in (5061, 6972, 7001, 8443):
        command += ["-d", f"tcp.port=={port},tls"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "scenario1.pcap.gz",
            [
                ["13699", "10.106.80.31", "1", "22"],
                ["13701", "163.129.37.32", "2", "22"],
                ["13711", "163.129.37.32", "11", "22"],
                ["13713", "163.129.37.32", "12", "22"],
                ["13715", "163.129.37.32", "13,14", "22,22"],
                ["13718", "10.106.80.31", "11,16,15", "22,22,22,20,22"],
                ["13721", "163.129.37.32", "", "20,22"],
            ],
        ),
        (
            "scenario2.pcap.gz",
            [
                ["736", "10.106.80.15", "1", "22"],
                ["738", "10.106.80.16", "2", "22"],
                ["742", "10.106.80.16", "11,12,13,14", "22,22,22,22"],
                ["744", "10.106.80.15", "11", "22"],
                ["745", "10.106.80.15", "16,15", "22,22,20,22"],
                ["747", "10.106.80.16", "", "20,22"],
            ],
        ),
        (
            "test-case-1.pcap",
            [
                ["4", "10.106.80.16", "1", "22"],
                ["5", "10.106.80.31", "2", "22"],
                ["6", "10.106.80.31", "11,12", "22,22"],
                ["8", "10.106.80.31", "13,14", "22,22"],
                ["10", "10.106.80.16", "11,16,15", "22,22,22,20,22"],
                ["11", "10.106.80.31", "", "21"],
            ],
        ),
    ],
)
def test_golden_frames_as_tshark_reads_them(name: str, expected: list[list[str]]) -> None:
    fields = ("frame.number", "ip.src", "tls.handshake.type", "tls.record.content_type")
    kinds = {"20", "21", "22"}
    rows = tshark(name, "tls.record", *fields)
    handshake = [row for row in rows if row[3] and set(row[3].split(",")) <= kinds]
    assert handshake[: len(expected)] == expected


def test_scenario1_segments_as_tshark_reassembles_them() -> None:
    rows = tshark(
        "scenario1.pcap.gz",
        "tls.handshake.type == 11",
        "frame.number",
        "tcp.segment",
        "tcp.reassembled.length",
    )
    assert rows == [["13711", "13703,13705,13707,13709,13711", "5280"], ["13718", "13717,13718", "3193"]]


@pytest.mark.parametrize("name", FILES)
def test_tshark_finds_nothing_wrong_with_packets(name: str) -> None:
    switches = []
    for protocol in ("ip", "tcp", "udp"):
        switches += ["-o", f"{protocol}.check_checksum:TRUE"]
    bad = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"
    lost = "tcp.analysis.lost_segment || tcp.analysis.retransmission || tcp.analysis.out_of_order"
    assert tshark(name, f"{bad} || {lost}", "frame.number", options=tuple(switches)) == []


def test_tls13_opens_with_its_keys_only() -> None:
    fields = ("frame.number", "ip.src", "tls.handshake.type")
    keys = ("-o", f"tls.keylog_file:{CAPTURES / KEY_LOG}")
    client, server = "192.0.2.10", "198.51.100.20"
    assert tshark("tls13.pcap", "tls.handshake", *fields) == [["4", client, "1"], ["5", server, "2"]]
    assert tshark("tls13.pcap", "tls.handshake", *fields, options=keys) == [
        ["4", client, "1"],
        ["5", server, "2,8,13"],
        ["6", server, "11,15,20"],
        ["8", client, "11,15,20"],
        ["9", server, "4"],
        ["10", server, "4"],
    ]
