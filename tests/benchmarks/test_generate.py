"""The generated captures are the same on every run, and the truth beside them is what two readers find."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
from collections import Counter
from pathlib import Path

import dpkt
import pytest

import tlseku
from tests.benchmarks.conftest import Made, run_generator

from mishaps import MISHAPS  # isort: skip

KINDS = ("handshake", "mixed", "bulk", "distinct", "diverse", "syn-flood", "half-open")
WITH_CERTIFICATES = ("handshake", "mixed", "bulk", "distinct", "diverse")
VERSIONS = {None: None, 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}

DIGESTS = {
    "handshake": "35af42b4410ffe5ed9274de4ad7d163c1b56959dcb42ac3fc3d6858a7884b0f3",
    "mixed": "b99575cdc25d97d60e8f89064d11b1b5d2ee0d9614e9bea3dc3fcfdc436b3199",
    "bulk": "001d63914fc81298cda0ae4f87b7ea43079e8d15400018df1f8855911013d1c3",
    "distinct": "e5f6427bf966dd7872a5e227d3467b3c91b104ca810d499d785e688ced82c7db",
    "diverse": "3e90058aad465777a2315a1752ad51bb73049078f93a25296915bad4ffb60059",
    "syn-flood": "a3fb58abf42c0ad842d6fa37ac04831bc7bef8382c580dd14ffa5ae63fb6770c",
    "half-open": "fcba9fde090867a744aca5f3056007298ee03707db29c634bffe28c56e44b9a0",
}
"""SHA-256 of each file at size 0.002. They change with the generator, and with nothing else."""


def end(one: dict) -> str:
    return f"[{one['ip']}]:{one['port']}" if ":" in one["ip"] else f"{one['ip']}:{one['port']}"


def expected(made: Made) -> Counter:
    """Flows of the truth as comparable values."""
    return Counter(
        (
            end(flow["client"]),
            end(flow["server"]),
            flow["version"],
            tuple(sorted((chain["role"], tuple(chain["sha256"])) for chain in flow["presented"])),
        )
        for flow in made.truth
    )


def shown(presented: tlseku.Presented) -> bool:
    """Whether anything is known of a chain: where the first certificate is damaged it is that there was one, no more."""
    return bool(presented.chain) or not presented.entries_missing


def flows_found(made: Made) -> Counter:
    """What tlseku finds, as the same values."""
    return Counter(
        (
            end({"ip": flow.client.ip, "port": flow.client.port}),
            end({"ip": flow.server.ip, "port": flow.server.port}),
            VERSIONS[flow.version],
            tuple(sorted((p.role, tuple(c.sha256 for c in p.chain)) for p in flow.presented if shown(p))),
        )
        for flow in tlseku.read(made.path)
    )


def frames(made: Made) -> list[tuple[float, bytes]]:
    return list(dpkt.pcap.Reader(io.BytesIO(made.path.read_bytes())))


def ip_of(frame: bytes) -> dpkt.ip.IP | dpkt.ip6.IP6 | None:
    packet = dpkt.ethernet.Ethernet(frame).data
    return packet if isinstance(packet, dpkt.ip.IP | dpkt.ip6.IP6) else None


def test_every_kind_is_made(captures: dict[str, Made]) -> None:
    assert sorted(captures) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_are_the_same_on_every_run_and_machine(captures: dict[str, Made], kind: str) -> None:
    made = captures[kind]
    digest = hashlib.sha256(made.path.read_bytes()).hexdigest()
    assert (digest, digest) == (made.facts["sha256"], DIGESTS[kind])


@pytest.mark.parametrize("kind", ["mixed", "distinct"])
def test_another_run_writes_the_same_and_another_seed_does_not(
    captures: dict[str, Made], kind: str, tmp_path: Path
) -> None:
    same, other = tmp_path / "same", tmp_path / "other"
    run_generator(same, "--size", "0.002", kind)
    run_generator(other, "--size", "0.002", "--seed", "2", kind)
    for suffix in (".pcap", ".truth.ndjson", ".json"):
        first = captures[kind].path.with_suffix(suffix).read_bytes()
        assert (same / f"{kind}-0.002{suffix}").read_bytes() == first
        assert (other / f"{kind}-0.002{suffix}").read_bytes() != first


@pytest.mark.parametrize("kind", KINDS)
def test_counts_are_those_of_the_file(captures: dict[str, Made], kind: str) -> None:
    made = captures[kind]
    packets = frames(made)
    digests = [digest for flow in made.truth for chain in flow["presented"] for digest in chain["sha256"]]
    assert made.facts["packets"] == len(packets)
    assert made.facts["bytes"] == made.path.stat().st_size
    assert made.facts["tls_flows"] == len(made.truth)
    assert made.facts["certificates"] == len(digests)
    assert made.facts["distinct_certificates"] == len(set(digests))
    times = [ts for ts, _ in packets]
    assert times == sorted(times)


@pytest.mark.parametrize("kind", KINDS)
def test_checksums_are_right(captures: dict[str, Made], kind: str) -> None:
    for _, frame in frames(captures[kind])[:3000]:
        packet = ip_of(frame)
        if packet is None:
            continue
        as_sent = bytes(packet)
        if isinstance(packet, dpkt.ip.IP):
            packet.sum = 0
        if isinstance(packet.data, dpkt.tcp.TCP | dpkt.udp.UDP):
            packet.data.sum = 0
        assert bytes(packet) == as_sent


def test_what_a_site_has_is_there(captures: dict[str, Made]) -> None:
    seen: Counter[str] = Counter()
    for _, frame in frames(captures["mixed"]):
        link = dpkt.ethernet.Ethernet(frame)
        seen[f"vlan {len(getattr(link, 'vlan_tags', ()))}"] += 1
        packet = ip_of(frame)
        if packet is None:
            seen["not IP"] += 1
            continue
        seen[type(packet).__name__] += 1
        seen[type(packet.data).__name__] += 1
        if isinstance(packet.data, dpkt.tcp.TCP):
            seen["timed" if b"\x08\x0a" in packet.data.opts else "not timed"] += 1
    for kind in ("vlan 0", "vlan 1", "vlan 2", "not IP", "IP", "IP6", "TCP", "UDP", "timed", "not timed"):
        assert seen[kind] > 0, (kind, seen)


@pytest.mark.parametrize("kind", ["handshake", "mixed", "bulk", "distinct"])
def test_one_segment_in_a_hundred_is_late_and_one_comes_twice(captures: dict[str, Made], kind: str) -> None:
    made = captures[kind]
    segments = made.facts["data_segments"]
    assert abs(made.facts["reordered"] - segments / 100) <= 1.5
    assert abs(made.facts["repeated"] - segments / 100) <= 1.5
    sent: dict[tuple, int] = {}
    ids: Counter = Counter()
    late = 0
    for _, frame in frames(made):
        packet = ip_of(frame)
        if packet is None or not isinstance(packet.data, dpkt.tcp.TCP):
            continue
        tcp = packet.data
        lane = (packet.src, tcp.sport, packet.dst, tcp.dport)
        if tcp.flags & dpkt.tcp.TH_SYN:
            sent.pop(lane, None)
        if not tcp.data:
            continue
        ids[lane, tcp.seq, bytes(tcp.data)] += 1
        if ids[lane, tcp.seq, bytes(tcp.data)] == 1:
            ahead = tcp.seq - sent.get(lane, tcp.seq) & 0xFFFFFFFF
            if ahead < 0x80000000:
                sent[lane] = tcp.seq
            else:
                late += 1
    assert sum(ids.values()) - len(ids) == made.facts["repeated"]
    assert late == made.facts["reordered"]


def test_distinct_differs_from_handshake_only_in_certificates(captures: dict[str, Made]) -> None:
    repeating, distinct = captures["handshake"], captures["distinct"]
    assert distinct.facts["distinct_certificates"] == distinct.facts["certificates"]
    assert repeating.facts["distinct_certificates"] < repeating.facts["certificates"]
    shape = [(ts, len(frame)) for ts, frame in frames(repeating)]
    assert [(ts, len(frame)) for ts, frame in frames(distinct)] == shape


@pytest.mark.parametrize("kind", WITH_CERTIFICATES)
def test_tlseku_finds_every_certificate_and_no_other(captures: dict[str, Made], kind: str) -> None:
    made = captures[kind]
    assert flows_found(made) == expected(made)


@pytest.mark.parametrize("kind", ["handshake", "mixed", "bulk", "distinct"])
def test_tlseku_sees_the_requests_that_the_truth_has(captures: dict[str, Made], kind: str) -> None:
    made = captures[kind]
    asked = Counter(
        (end({"ip": f.client.ip, "port": f.client.port}), any(r.role == "server" for r in f.requests))
        for f in tlseku.read(made.path)
    )
    assert asked == Counter((end(flow["client"]), flow["requested"] is True) for flow in made.truth)


DIVERSE = "0.02"


@pytest.fixture(scope="module")
def diverse(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Four hundred flows of the diverse capture."""
    folder = tmp_path_factory.mktemp("diverse")
    run_generator(folder, "--size", DIVERSE, "diverse")
    path = folder / f"diverse-{DIVERSE}.pcap"
    truth = [json.loads(line) for line in path.with_suffix(".truth.ndjson").read_text().splitlines()]
    return Made(path, truth, json.loads(path.with_suffix(".json").read_text()))


def test_diverse_has_hundreds_of_kinds(diverse: Made) -> None:
    kinds = {flow["template"] for flow in diverse.truth}
    assert len(kinds) >= 300
    said = "\n".join(sorted(kinds))
    for word in (
        *("TLS 1.0", "TLS 1.1", "TLS 1.2", "tls13-", "ECDHE", "DHE", "RSA", "apart", "together", "split"),
        *("smtp", "imap", "pop3", "ftp", "nntp", "ldap", "postgresql", "xmpp", "http-connect"),
        *("not asked", "nothing", "resumed", "completed", "left open", "reset after data", "refuses with 4"),
        *("hello refused", "resets at the certificate", "closes at the certificate", "nobody answers"),
        *(
            "(leaf)",
            "(leaf, two CAs, root)",
            "(leaf, CAs in disorder)",
            "(leaf twice, CA)",
            "(leaf, CA of others)",
        ),
        *(name for name in MISHAPS if name),
    ):
        assert word in said, word


def test_one_diverse_flow_in_ten_loses_a_packet(diverse: Made) -> None:
    losing = sum(", loses " in flow["template"] for flow in diverse.truth)
    assert len(diverse.truth) / 14 < losing < len(diverse.truth) / 7


def test_a_diverse_leaf_is_shown_in_one_to_three_flows(diverse: Made) -> None:
    shown = Counter(
        digest
        for flow in diverse.truth
        if not flow["template"].startswith("tls13")
        for digest in {chain["sha256"][0] for chain in flow["presented"] if chain["sha256"]}
    )
    assert set(shown.values()) == {1, 2, 3}


def test_tlseku_finds_all_that_the_diverse_capture_shows(diverse: Made) -> None:
    assert flows_found(diverse) == expected(diverse)
    asked = {
        (end({"ip": f.client.ip, "port": f.client.port}), any(r.role == "server" for r in f.requests))
        for f in tlseku.read(diverse.path)
    }
    # Where the truth cannot say either, because of what is lost, nothing is compared.
    assert {
        (end(flow["client"]), flow["requested"]) for flow in diverse.truth if flow["requested"] is not None
    } <= asked


def test_tlseku_reports_floods_without_certificates(captures: dict[str, Made]) -> None:
    syns, hellos = tlseku.read(captures["syn-flood"].path), tlseku.read(captures["half-open"].path)
    assert (len(syns), syns.summary.packets) == (0, 2000)
    assert len(hellos) == len(captures["half-open"].truth) == 2000
    assert all(flow.presented == () and flow.version is None for flow in hellos)


@pytest.mark.parametrize("kind", ["handshake", "mixed", "bulk"])
def test_tshark_agrees_with_the_truth(captures: dict[str, Made], kind: str, tshark: str) -> None:
    made = captures[kind]
    from answers import TSHARK_FIELDS, Agreement, agreement, of_truth, of_tshark

    command = [tshark, "-n", "-r", str(made.path), "-o", "tcp.reassemble_out_of_order:TRUE", "-T", "fields"]
    command += ["-Y", "tls.handshake.type == 1 || tls.handshake.type == 11"]
    command += [word for field in TSHARK_FIELDS for word in ("-e", field)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    truth = of_truth(json.dumps(flow) for flow in made.truth)
    assert agreement(truth, of_tshark(lines)) == Agreement(made.facts["certificates"], 0, 0)


@pytest.mark.parametrize(
    "arguments", [("--size", "0"), ("--size", "17"), ("--size", "0.002", "nonsense")], ids=" ".join
)
def test_wrong_arguments_are_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run_generator(tmp_path, *arguments)
    assert caught.value.returncode == 2
