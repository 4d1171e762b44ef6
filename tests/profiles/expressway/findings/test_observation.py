"""``tlseku.profiles.expressway.findings.observation``: why it was seen to fail, against what was predicted.

Every bundle is synthetic: the committed ones, with stores, logs or settings changed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from tests.builder import build, ca
from tests.profiles.expressway.altered import appended, hidden, with_text
from tests.profiles.expressway.leafs import BOTH
from tests.profiles.expressway.pairs import committed, files_of, make_pair, only, record, record_of
from tlseku.flow import Alert
from tlseku.profiles.expressway.findings.pair import Pair
from tlseku.profiles.expressway.logs.failure_words import failure_of
from tlseku.profiles.expressway.node.node_record import NodeRecord

Side = Literal["client", "server"]


def both(story: str = "condition-2.1") -> tuple[NodeRecord, NodeRecord]:
    return record_of(committed(story, "core")), record_of(committed(story, "edge"))


def refused(record_: NodeRecord, by: Side, code: int) -> NodeRecord:
    """The record with its zone handshake refused by one side with an alert."""
    flows = []
    for flow in record_.flows:
        frame = flow.messages[-1].frame
        alert = Alert(
            role=by, level=2, code=code, encrypted=False, frame=frame, ts=flow.end, after="certificate"
        )
        flows.append(
            replace(flow, outcome="refused", outcome_evidence="alert", refused_by=by, alerts=(alert,))
        )
    return replace(record_, flows=tuple(flows), events=())


def pair_refused(by: Side, code: int, edge_lacks: bool = False) -> Pair:
    core, edge = (refused(one, by, code) for one in both())
    if edge_lacks:
        edge = replace(edge, snapshot=replace(edge.snapshot, trusted=()))
    return make_pair(core, edge)


@pytest.mark.parametrize(
    ("by", "code", "verdict", "words"),
    [
        (
            "server",
            48,
            "confirmed",
            "alert unknown_ca (48) of the Edge confirms it for the Core's certificate",
        ),
        ("server", 42, "confirmed", "alert bad_certificate (42) of the Edge confirms it"),
        ("server", 43, "contradicted", "but for another reason than the rules predict"),
        ("server", 45, "contradicted", "dates of the certificate"),
        # The Core refusing the Edge is another matter than the Edge refusing the Core.
        ("client", 48, "contradicted", "is about the Edge's certificate: an issuer that is not trusted"),
    ],
)
def test_a_missing_ca_against_what_was_seen(by: Side, code: int, verdict: str, words: str) -> None:
    pair = pair_refused(by, code, edge_lacks=True)
    assert (pair.prediction.uc_zone.outcome, pair.prediction.uc_zone.rules[0]) == ("failed", "ST5")
    zone = pair.observed["uc_zone"]
    assert (zone.seen, zone.verdict) == ("failed", verdict)
    assert words in zone.reason


@pytest.mark.parametrize(("by", "code"), [("server", 48), ("client", 48), ("server", 43), ("client", 42)])
def test_what_works_by_the_rules_and_failed_has_no_mra(by: Side, code: int) -> None:
    pair = pair_refused(by, code)
    assert (pair.prediction.uc_zone.outcome, pair.observed["uc_zone"].verdict) == ("active", "contradicted")
    assert (pair.prediction.mra.outcome, pair.prediction.webrtc.outcome) == ("no", "no")
    assert pair.prediction.mra.reason.startswith("seen failed: Unified Communications zone")


@pytest.mark.parametrize("node", ["core", "edge"])
def test_a_tunnel_seen_down_has_no_mra(node: str, tmp_path: Path) -> None:
    line = (
        '2026-03-27T13:00:00.000+00:00 x ssh: Detail="ssh: connect to host e.example port 2222: Connection timed out"'
        ' Level="ERROR"\n'
    )
    files = appended(files_of("condition-2.1", node), "logging", line)
    other = record_of(committed("condition-2.1", "edge" if node == "core" else "core"))
    pair = make_pair(record(tmp_path, files), other)
    tunnels = pair.observed["ssh_tunnels"]
    assert (tunnels.seen, tunnels.verdict) == ("failed", "contradicted")
    assert (pair.prediction.ssh_tunnels.outcome, pair.prediction.mra.outcome) == ("active", "no")


@pytest.mark.parametrize(
    ("detail", "verdict", "words"),
    [
        ("self signed certificate in certificate chain", "confirmed", "in the log of the Edge confirms it"),
        ("unsuitable certificate purpose", "contradicted", "for another reason"),
        ("No SSL error available, probably remote disconnect", "confirmed", "failed by the log"),
    ],
)
def test_the_log_confirms_a_part_where_the_handshake_is_hidden(detail: str, verdict: str, words: str) -> None:
    core, edge = (hidden(one) for one in both("test-case-1"))
    events = tuple(
        replace(one, entry=replace_failure(one.entry, detail)) if one.entry.kind == "tls_error" else one
        for one in edge.events
        if one.entry.kind != "ssl"
    )
    snapshot = replace(edge.snapshot, trusted=(), mode="off")
    pair = make_pair(replace(core, events=()), replace(edge, events=events, snapshot=snapshot))
    zone = pair.observed["uc_zone"]
    assert pair.prediction.uc_zone.rules[0] == "ST5"
    assert (zone.seen, zone.verdict) == ("failed", verdict)
    assert words in zone.reason


def replace_failure(entry, detail):  # type: ignore[no-untyped-def]
    return entry._replace(detail=detail, failure=failure_of(detail), refusal=None)


def test_the_names_of_the_zones_are_looked_for(tmp_path: Path) -> None:
    core, edge = both()
    assert [zone.peers for zone in core.snapshot.zones if zone.side == "client"]
    peer = core.snapshot.zones[-1].peers[0]
    files = with_text(files_of("condition-2.1", "core"), "xconf", peer, "other.example")
    pair = make_pair(record(tmp_path, files), edge)
    assert (pair.prediction.uc_zone.outcome, pair.prediction.uc_zone.rules) == ("failed", ("CM8", "SV1"))
    assert (
        "the Core expects other.example, but the Edge's server leaf is for " in pair.prediction.uc_zone.reason
    )


def test_a_stranger_in_the_client_store_and_dates(tmp_path: Path) -> None:
    files = files_of("condition-2.1", "core")
    (client,) = only(files, "client")
    files[client] = build(subject="vcs8c.example", issuer=ca("Nobody"), eku=BOTH).pem
    pair = make_pair(record(tmp_path, files), record_of(committed("condition-2.1", "edge")))
    assert "ST5" in pair.prediction.uc_zone.rules
    assert "its ca.pem lacks CN=Nobody" in pair.prediction.uc_zone.reason
    late = make_pair(*both(), time=1_900_000_000 * 10**9)
    assert late.prediction.uc_zone.outcome == "failed"
    assert "is outside its dates on that day" in late.prediction.uc_zone.reason


def test_releases_of_both_nodes_count(tmp_path: Path) -> None:
    files = with_text(files_of("test-case-1", "core"), "xstat", "X15.5", "X15.4")
    files = {name: data for name, data in files.items() if not name.startswith("client")}
    pair = make_pair(record(tmp_path, files), record_of(committed("test-case-1", "edge")))
    assert (str(pair.prediction.release), str(pair.prediction.edge_release)) == ("x15.4", "x15.5")
    assert pair.prediction.uc_zone.rules == ("CM2", "ST1", "SV1")
    assert pair.observed["uc_zone"].verdict == "confirmed"
    assert pair.prediction.notes[0].startswith("the releases differ")
