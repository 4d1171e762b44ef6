"""``tlseku.profiles.expressway.findings.examination`` and ``cluster``: nothing that was given is left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.profiles.expressway.altered import with_text
from tests.profiles.expressway.pairs import committed, files_of, record, record_of
from tlseku.profiles.expressway.findings.cluster import differences
from tlseku.profiles.expressway.findings.examination import examine
from tlseku.profiles.expressway.findings.roles import RoleError


def edge(tmp_path: Path, mode: str, host: str) -> tuple[str, object, tuple[str, ...]]:
    files = with_text(files_of("test-case-1", "edge"), "xconf", 'Mode: "On"', f'Mode: "{mode}"')
    found = record(tmp_path / host, files)
    return host, replace(found, snapshot=replace(found.snapshot, host=host)), ()


def test_every_peer_of_a_cluster_is_judged_and_what_differs_is_told(tmp_path: Path) -> None:
    core = ("core", record_of(committed("test-case-1", "core")), ())
    peers = [edge(tmp_path, "On", "one"), edge(tmp_path, "Off", "two")]
    found = examine([core, *peers])  # type: ignore[list-item]
    assert [(pair.edge.snapshot.host, pair.prediction.uc_zone.outcome) for pair in found.pairs] == [
        ("one", "failed"),
        ("two", "active"),
    ]
    assert [node.role for node in found.nodes] == ["core", "edge", "edge"]
    (drift,) = found.cluster
    assert drift.text == "the peers of the Edge cluster differ in checking mode: On on one, Off on two"
    assert (drift.level, drift.rules, drift.to_do) == (
        "caution",
        ("RL6",),
        "set the same checking mode on every peer",
    )


def test_two_cores_and_one_edge() -> None:
    records = [("a", record_of(committed("condition-2.1", "core")), ())] * 2
    found = examine([*records, ("e", record_of(committed("condition-2.1", "edge")), ())])
    assert len(found.pairs) == 2
    assert found.cluster == ()


def test_alike_peers_and_single_nodes_differ_in_nothing() -> None:
    one = record_of(committed("test-case-1", "edge"))
    assert list(differences("edge", [one, one])) == []
    assert list(differences("edge", [one])) == []
    assert examine([("e", one, ())]).pairs == ()


def test_drift_of_release_and_certificates() -> None:
    one, other = record_of(committed("test-case-1", "core")), record_of(committed("condition-2.1", "core"))
    other = replace(other, snapshot=replace(other.snapshot, release=None))
    said = [
        one.text.rpartition(" differ in ")[2].partition(":")[0] for one in differences("core", [one, other])
    ]
    assert said == ["release", "client certificate"]


def test_peers_of_one_kind_in_one_archive_are_examined_each_by_itself(tmp_path: Path) -> None:
    peers = [edge(tmp_path, "On", "one"), edge(tmp_path, "Off", "two")]
    found = examine(peers, pairs_wanted=False)  # type: ignore[arg-type]
    assert ([node.role for node in found.nodes], found.pairs) == (["edge", "edge"], ())
    assert [one.text.rpartition(" differ in ")[2] for one in found.cluster] == [
        "checking mode: On on one, Off on two"
    ]


def test_nodes_of_one_kind_only() -> None:
    core = ("c", record_of(committed("test-case-1", "core")), ())
    with pytest.raises(RoleError, match=r"^all nodes look like the Core: "):
        examine([core, core, core])
