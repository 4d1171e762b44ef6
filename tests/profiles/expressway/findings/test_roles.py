"""``tlseku.profiles.expressway.findings.roles``: what a node is, and why. Every bundle is synthetic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.profiles.expressway.altered import with_port
from tests.profiles.expressway.pairs import committed, files_of, make_pair, only, record, record_of
from tlseku.profiles.expressway.findings.roles import role_of


@pytest.mark.parametrize("node", ["core", "edge"])
def test_the_configured_zone_tells(node: str) -> None:
    role, why = role_of(record_of(committed("test-case-1", node)))
    assert role == node
    assert "of type UnifiedCommunicationsTraversal" in why


@pytest.mark.parametrize("node", ["core", "edge"])
def test_without_configuration_connections_tell(node: str) -> None:
    whole = record_of(committed("test-case-1", node))
    bare = replace(whole, snapshot=replace(whole.snapshot, zones=()))
    assert role_of(bare)[0] == node
    logged = replace(bare, flows=(), ssh=())
    assert role_of(logged)[0] == node


def test_only_a_capture_says_what_is_missing(tmp_path: Path) -> None:
    capture = record(tmp_path, only(files_of("condition-2.1", "edge"), "eth"))
    lost = replace(
        capture,
        flows=tuple(replace(flow, direction="unknown") for flow in capture.flows),
        addresses=(),
        addresses_from=None,
        ssh=(),
    )
    assert role_of(lost) == (None, "flow 1 goes to 7001, but the node's own address is not known")


def test_a_zone_on_another_port(tmp_path: Path) -> None:
    core, edge = (
        record(tmp_path / node, with_port(files_of("test-case-1", node), 7001, 6001))
        for node in ("core", "edge")
    )
    assert 6001 in core.zone_ports
    assert [flow.server.port for flow in core.flows if flow.server.port == 6001] == [6001]
    pair = make_pair(core, edge)
    zone = pair.observed["uc_zone"]
    assert (pair.prediction.uc_zone.outcome, zone.seen, zone.verdict) == ("failed", "failed", "confirmed")


def test_zones_that_never_meet(tmp_path: Path) -> None:
    core = record(tmp_path, with_port(files_of("test-case-1", "core"), 7001, 6001))
    pair = make_pair(core, record_of(committed("test-case-1", "edge")))
    assert "the Core's zone goes to SIP port 6001, the Edge's is on 7001: they never meet" in pair.notes
