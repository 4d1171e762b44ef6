"""``tlseku.profiles.expressway.findings.between``: which connections are between two nodes. Every bundle is synthetic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.profiles.expressway.altered import CORE_IP, EDGE_IP, hidden, with_address, with_text
from tests.profiles.expressway.pairs import committed, files_of, make_pair, record, record_of
from tlseku.profiles.expressway.findings.between import handshakes_between, signs_of_a_pair
from tlseku.profiles.expressway.findings.pair import UNRELATED
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.rules.service_port import ZONE_PORTS

PORTS = frozenset(ZONE_PORTS)
OUTSIDE, NAT, CORES_NAT = "192.0.2.31", "203.0.113.31", "198.51.100.16"


def behind_nat(
    tmp_path: Path, story: str = "condition-2.1", core_too: bool = True
) -> tuple[NodeRecord, NodeRecord]:
    """The Core sees the Edge's NAT address; the Edge sees its own one, and the Core's NAT address."""
    core = with_address(files_of(story, "core"), EDGE_IP, NAT)
    edge = with_address(files_of(story, "edge"), EDGE_IP, OUTSIDE)
    if core_too:
        edge = with_address(edge, CORE_IP, CORES_NAT)
    extra = f'*c xConfiguration Ethernet 1 IP V4 StaticNAT Address: "{NAT}"\n'
    edge = {name: extra.encode() + data if name.startswith("xconf") else data for name, data in edge.items()}
    return record(tmp_path / "core", core), record(tmp_path / "edge", edge)


@pytest.mark.parametrize("core_too", [True, False])
def test_behind_a_nat_certificates_tell(core_too: bool, tmp_path: Path) -> None:
    core, edge = behind_nat(tmp_path, core_too=core_too)
    assert edge.snapshot.nat_addresses == (NAT,)
    (shake,) = handshakes_between(core, edge, PORTS)
    assert shake.core is not None
    assert shake.edge is not None
    assert (shake.core.server.ip, shake.edge.server.ip, shake.seen) == (NAT, OUTSIDE, "active")
    zone = make_pair(core, edge).observed["uc_zone"]
    assert (zone.verdict, zone.reason) == ("confirmed", "the handshake completed, seen on both sides")


def test_behind_a_nat_and_hidden_address_and_time_tell(tmp_path: Path) -> None:
    core, edge = (hidden(one) for one in behind_nat(tmp_path))
    (shake,) = handshakes_between(core, edge, PORTS)
    assert (shake.core is None, shake.edge is None) == (False, False)


def test_without_the_nat_address_the_certificates_still_tell(tmp_path: Path) -> None:
    core, edge = behind_nat(tmp_path)
    edge = replace(edge, snapshot=replace(edge.snapshot, nat_addresses=()))
    assert len(handshakes_between(core, edge, PORTS)) == 1


def test_another_edge_is_not_this_one(tmp_path: Path) -> None:
    core = record(tmp_path, with_address(files_of("condition-2.1", "core"), EDGE_IP, "10.99.99.99"))
    core = replace(core, flows=tuple(replace(flow, presented=()) for flow in core.flows))
    edge = record_of(committed("condition-2.1", "edge"))
    assert [shake.core for shake in handshakes_between(core, edge, PORTS)] == [None]


@pytest.mark.parametrize("by", ["core", "edge"])
def test_a_hidden_handshake_fails_by_the_log_of_either_node(by: str) -> None:
    core, edge = (hidden(record_of(committed("test-case-1", node))) for node in ("core", "edge"))
    if by == "core":
        edge = replace(edge, events=())
    else:
        core = replace(core, events=())
    zone = make_pair(core, edge).observed["uc_zone"]
    assert (zone.seen, zone.verdict) == ("failed", "confirmed")
    assert zone.reason.startswith("the handshake is hidden, and failed by the log, seen on both sides; ")
    assert zone.reason.endswith(
        " confirms it for the Core's certificate: the purpose (EKU) of the certificate [CM2]"
    )


def test_hidden_and_no_log_is_not_seen() -> None:
    core, edge = (
        replace(hidden(record_of(committed("test-case-1", node))), events=()) for node in ("core", "edge")
    )
    zone = make_pair(core, edge).observed["uc_zone"]
    assert zone.verdict == "not seen"
    assert "it may have been filtered out" in zone.reason


def test_bundles_with_nothing_in_common_are_not_held_against_each_other(tmp_path: Path) -> None:
    core = with_address(files_of("test-case-1", "core"), CORE_IP, "10.9.9.16")
    core = with_address(core, EDGE_IP, "10.9.9.31")
    core = with_text(core, "", "ricky200", "elsewhere")
    core = {name: data for name, data in core.items() if not name.endswith(".pem")}
    stranger = record(tmp_path, core)
    stranger = replace(stranger, flows=tuple(replace(flow, presented=()) for flow in stranger.flows))
    edge = record_of(committed("condition-2.1", "edge"))
    assert list(signs_of_a_pair(stranger, edge)) == []
    pair = make_pair(stranger, edge)
    assert (pair.related, pair.handshakes, UNRELATED in pair.notes) == (False, (), True)
    assert {one.verdict for one in pair.observed.values()} == {"not seen"}


@pytest.mark.parametrize("story", ["test-case-1", "condition-2.1"])
def test_signs_of_a_pair(story: str) -> None:
    core, edge = record_of(committed(story, "core")), record_of(committed(story, "edge"))
    assert list(signs_of_a_pair(core, edge)) == ["address", "name", "certificate"]


def in_ipv6(one: NodeRecord) -> NodeRecord:
    """The record with IPv6 addresses in place of those of IPv4."""

    def moved(ip: str) -> str:
        return f"2001:db8::{ip.rpartition('.')[2]}"

    flows = tuple(
        replace(
            flow,
            client=flow.client._replace(ip=moved(flow.client.ip)),
            server=flow.server._replace(ip=moved(flow.server.ip)),
        )
        for flow in one.flows
    )
    return replace(one, flows=flows, addresses=tuple(map(moved, one.addresses)), events=())


@pytest.mark.parametrize(("story", "verdict"), [("test-case-1", "failed"), ("condition-2.1", "active")])
def test_in_ipv6(story: str, verdict: str) -> None:
    core, edge = (in_ipv6(record_of(committed(story, node))) for node in ("core", "edge"))
    (shake,) = handshakes_between(core, edge, PORTS)
    assert (shake.core is None, shake.edge is None, shake.seen) == (False, False, verdict)
    assert make_pair(core, edge).observed["uc_zone"].verdict == "confirmed"
