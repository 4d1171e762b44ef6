"""``tlseku.profiles.expressway.findings.diagnose``: what must be found, and what must not. Every bundle is synthetic."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.builder import build
from tests.profiles.expressway.altered import with_port, with_text
from tests.profiles.expressway.bundles import CA1, CA2
from tests.profiles.expressway.leafs import BOTH, S_ONLY
from tests.profiles.expressway.pairs import committed, files_of, only, record, record_of, without
from tlseku.profiles.expressway.findings.diagnose import diagnose
from tlseku.profiles.expressway.findings.diagnosis import MOST_EVIDENCE, Diagnosis, NodeRole
from tlseku.profiles.expressway.rules.store_check import LEVELS

CORE1, EDGE1 = files_of("test-case-1", "core"), files_of("test-case-1", "edge")
CORE21 = files_of("condition-2.1", "core")
SWAP = "as TLS client the node presents the certificate of its server store, not that of its client store"


def name_of(files: dict[str, bytes], beginning: str) -> str:
    (found,) = only(files, beginning)
    return found


def find(found: tuple[Diagnosis, ...], words: str) -> list[Diagnosis]:
    return [one for one in found if words in one.text]


def test_the_zone_is_refused_at_the_core() -> None:
    first = diagnose(record_of(committed("test-case-1", "core")), "core", "on")[0]
    assert (first.level, first.rules) == ("wrong", ("CM2", "SV1", "ST2"))
    assert (
        first.text
        == "Unified Communications zone: this node's client certificate lacks clientAuth and was refused"
    )
    pcap, log = name_of(CORE1, "eth0"), name_of(CORE1, "logging")
    assert [(one.file, one.kind, one.number) for one in first.evidence] == [
        (pcap, "frame", 10),
        (pcap, "frame", 11),
        (log, "line", 7),
        (log, "line", 8),
    ]
    assert first.evidence[0].place == f"{pcap}:10"
    assert first.evidence[2].place == f"{log} line 7"
    assert first.evidence[0].text.endswith("EKU serverAuth (in both stores)")


def test_the_zone_is_refused_at_the_edge() -> None:
    first = diagnose(record_of(committed("test-case-1", "edge")), "edge", "on")[0]
    assert first.text.startswith("Unified Communications zone: the Core's client certificate")
    assert [one.number for one in first.evidence] == [10, 11, 2, 3]


@pytest.mark.parametrize("story", ["test-case-1", "test-case-2", "condition-2.1"])
@pytest.mark.parametrize(("node", "role"), [("core", "core"), ("edge", "edge"), ("core", None)])
def test_worst_first_with_evidence(story: str, node: str, role: NodeRole | None) -> None:
    found = diagnose(record_of(committed(story, node)), role)
    order = [list(LEVELS).index(one.level) for one in found]
    assert order == sorted(order)
    assert all(one.evidence for one in found)
    assert len({(one.level, one.rules, one.text) for one in found}) == len(found)


def test_condition_2_1_has_nothing_wrong() -> None:
    for node in ("core", "edge"):
        found = diagnose(
            record_of(committed("condition-2.1", node)), "core" if node == "core" else "edge", "on"
        )
        assert [one for one in found if one.level == "wrong"] == []


def test_the_server_store_is_presented_as_client(tmp_path: Path) -> None:
    # Both stores held one certificate when it was captured; now the client store has another.
    client = build(subject="vcs8c.example", issuer=CA1, eku=BOTH, serial=7).pem
    files = CORE1 | {name_of(CORE1, "client"): client}
    (found,) = find(diagnose(record(tmp_path, files), "core"), SWAP)
    assert (found.level, found.rules) == ("wrong", ("ST2",))
    assert [one.number for one in found.evidence] == [10, None]


def test_a_stale_certificate_is_served(tmp_path: Path) -> None:
    files = CORE1 | {
        name_of(CORE1, "client"): build(subject="a.example", issuer=CA1, eku=BOTH, serial=7).pem,
        name_of(CORE1, "server"): build(subject="b.example", issuer=CA2, eku=S_ONLY, serial=8).pem,
    }
    (found,) = find(diagnose(record(tmp_path, files), "core"), "stale")
    assert (found.level, found.rules) == ("wrong", ("ST2",))
    assert found.evidence[0].text.endswith("(in no store)")
    assert found.to_do is not None


@pytest.mark.parametrize("missing", [("server",), ("server", "client")])
def test_a_store_that_is_not_there_makes_nothing_stale(missing: tuple[str, ...], tmp_path: Path) -> None:
    files = without(CORE1, *missing)
    if "client" not in missing:
        files[name_of(CORE1, "client")] = build(subject="a.example", issuer=CA1, eku=BOTH, serial=7).pem
    found = diagnose(record(tmp_path, files), "core")
    assert find(found, "stale") == find(found, SWAP) == []


def test_the_log_alone_tells_of_an_eku_refusal(tmp_path: Path) -> None:
    found = diagnose(record(tmp_path, only(EDGE1, "logging")))
    (one,) = find(found, "was refused for its purpose")
    assert (one.level, one.rules, [piece.number for piece in one.evidence]) == ("wrong", ("CM2",), [2, 3])
    assert find(found, "SSH tunnels are refused")[0].rules == ("SV2",)
    assert find(found, "taken to be On")[0].rules == ("CM7",)


@pytest.mark.parametrize(
    ("event", "detail", "level", "rules"),
    [
        ("Inbound", "unsupported certificate purpose", "wrong", ("CM2",)),
        ("Inbound", "unsuitable certificate purpose", "wrong", ("CM2",)),
        ("Outbound", "unsupported certificate purpose", "wrong", ("CM8",)),
        ("Inbound", "self signed certificate in certificate chain", "caution", ()),
        ("Outbound", "No SSL error available, probably remote disconnect", "caution", ()),
    ],
)
def test_errors_of_the_log(
    event: str, detail: str, level: str, rules: tuple[str, ...], tmp_path: Path
) -> None:
    line = (
        f'2026-03-24T09:12:01.123+00:00 e tvcs: Event="{event} TLS Negotiation Error" Service="SIP" Src-ip="172.16.2.2"'
        f' Src-port="25697" Dst-ip="172.16.2.3" Dst-port="5062" Detail="{detail}" Protocol="TLS" Level="1"\n'
    )
    found = diagnose(record(tmp_path, {name_of(CORE1, "logging"): line.encode()}))
    assert [(one.level, one.rules) for one in found if one.rules != ("CM7",)] == [(level, rules)]


def test_a_flood_of_one_error_is_one_diagnosis(tmp_path: Path) -> None:
    lines = "".join(
        f'2026-03-24T09:12:01.123+00:00 e tvcs: Event="Inbound TLS Negotiation Error" Src-ip="172.16.2.2"'
        f' Src-port="{port}" Dst-ip="172.16.2.3" Dst-port="5062" Detail="certificate has expired"\n'
        for port in range(25000, 25050)
    )
    found = diagnose(record(tmp_path, {name_of(CORE1, "logging"): lines.encode()}))
    (one,) = find(found, "certificate has expired")
    assert (len(one.evidence), one.more) == (MOST_EVIDENCE, 50 - MOST_EVIDENCE)


@pytest.mark.parametrize(
    ("role", "mode", "tunnels", "zone"),
    [
        ("core", "on", "wrong", "wrong"),
        ("core", "off", "wrong", None),
        ("core", "unknown", "wrong", "caution"),
        (None, "unknown", "caution", "caution"),
        ("edge", "on", None, None),
    ],
)
def test_what_the_client_store_means(
    role: NodeRole | None, mode: str, tunnels: str | None, zone: str | None, tmp_path: Path
) -> None:
    found = diagnose(record(tmp_path, only(CORE1, "client")), role, mode)  # type: ignore[arg-type]
    assert [one.level for one in find(found, "SSH tunnels to the Edge fail")] == (
        [tunnels] if tunnels else []
    )
    zones = find(found, "zone fails where the checking mode of the Edge is On")
    assert [one.level for one in zones] == ([zone] if zone else [])


def test_an_expired_leaf_in_a_store(tmp_path: Path) -> None:
    files = {name_of(CORE21, "client").replace("2026", "2029"): only(CORE21, "client").popitem()[1]}
    assert find(diagnose(record(tmp_path, files)), "client store: expired")[0].level == "wrong"


def test_trusted_cas_without_the_issuer(tmp_path: Path) -> None:
    files = CORE1 | {name_of(CORE1, "ca_"): CA1.pem}
    found = [one for one in diagnose(record(tmp_path, files)) if one.rules == ("ST5",)]
    assert [(one.level, len(one.evidence)) for one in found] == [("wrong", 2), ("wrong", 2)]


@pytest.mark.parametrize("story", ["test-case-1", "test-case-2", "condition-2.1"])
@pytest.mark.parametrize("node", ["core", "edge"])
@pytest.mark.parametrize("role", ["core", "edge", None])
@pytest.mark.parametrize("release", ["X15.5", "X15.4", "X15.3"])
def test_every_finding_says_what_to_do(
    story: str, node: str, role: NodeRole | None, release: str, tmp_path: Path
) -> None:
    files = with_text(files_of(story, node), "xstat", "X15.5", release)
    for one in diagnose(record(tmp_path, files), role):
        assert one.to_do, one.text
        if release != "X15.5":
            assert "checking mode" not in one.to_do
            assert "client store" not in one.to_do


@pytest.mark.parametrize(
    ("port", "blamed"), [(7001, True), (5061, True), (5062, True), (5269, False), (8443, False)]
)
def test_the_mode_is_about_sip_tls_only(port: int, blamed: bool, tmp_path: Path) -> None:
    files = only(with_port(files_of("test-case-1", "edge"), 7001, port), "eth", "xstat", "server", "client")
    refusals = find(diagnose(record(tmp_path, files)), "refused")
    assert refusals
    told = " ".join(f"{one.text} {one.to_do} {one.rules}" for one in refusals)
    assert ("or set the checking mode" in told) is blamed
    assert ("CM2" in told) is blamed
    if not blamed:
        assert f"on port {port}, which is no SIP TLS: the checking mode plays no part there" in told


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('"Uit"', 'line 1 says "Uit", which is neither On nor Off: it is taken to be On, the default'),
        (
            '"On"\n*c xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode: "Off"',
            "different checking modes",
        ),
    ],
)
def test_odd_lines_of_the_mode_are_quoted(line: str, said: str, tmp_path: Path) -> None:
    files = {
        name: f"*c xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode: {line}\n".encode()
        for name in only(files_of("test-case-1", "edge"), "xconf")
    }
    (found,) = [one for one in diagnose(record(tmp_path, files)) if one.rules == ("CM7",)]
    assert said in found.text
    assert next(iter(files)) in found.text


@pytest.mark.parametrize(
    ("role", "said"), [("edge", "the Edge's"), ("core", "the Core's"), (None, "this node's")]
)
def test_an_unknown_identifier_in_a_subject(role: NodeRole | None, said: str, tmp_path: Path) -> None:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "edge.example"),
            x509.NameAttribute(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), "odd"),
        ]
    )
    files = dict(EDGE1)
    files[name_of(EDGE1, "server")] = build(subject=name, issuer=CA2, eku=S_ONLY).pem
    (found,) = [one for one in diagnose(record(tmp_path, files), role) if one.rules == ("CE1",)]
    assert found.text.startswith(
        f"the subject of {said} server leaf has the unknown object identifier 1.3.6.1.4.1.99999.1"
    )
    assert (found.level, bool(found.to_do)) == ("caution", True)
