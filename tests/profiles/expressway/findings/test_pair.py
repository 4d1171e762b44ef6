"""``tlseku.profiles.expressway.findings.pair``: predicted and seen. Every bundle is synthetic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.builder import build
from tests.profiles.expressway.bundles import CA1
from tests.profiles.expressway.leafs import BOTH
from tests.profiles.expressway.pairs import committed, files_of, make_pair, only, record, record_of, without
from tlseku.profiles.expressway.findings.pair import Pair
from tlseku.profiles.expressway.findings.roles import RoleError, role_of

Rows = tuple[tuple[str, str], ...]


def pair_of(story: str, first: str = "core", second: str = "edge") -> Pair:
    return make_pair(record_of(committed(story, first)), record_of(committed(story, second)))


def outcomes(pair: Pair) -> dict[str, tuple[str, str]]:
    said = pair.prediction
    return {
        "uc_zone": (said.uc_zone.outcome, pair.observed["uc_zone"].verdict),
        "ssh_tunnels": (said.ssh_tunnels.outcome, pair.observed["ssh_tunnels"].verdict),
        "mra": (said.mra.outcome, pair.observed["mra"].verdict),
        "webrtc": (said.webrtc.outcome, pair.observed["webrtc"].verdict),
        "far_end": (said.far_end.outcome, pair.observed["far_end"].verdict),
    }


@pytest.mark.parametrize(("first", "second"), [("core", "edge"), ("edge", "core")])
@pytest.mark.parametrize(
    ("story", "condition", "case", "zone", "tunnels", "mra"),
    [
        ("test-case-1", "2", "test case 1", "failed", "failed", "no"),
        ("test-case-2", "2", "test case 2", "active", "failed", "no"),
        ("condition-2.1", "2.1", None, "active", "active", "yes"),
    ],
)
def test_the_stories(
    story: str, condition: str, case: str | None, zone: str, tunnels: str, mra: str, first: str, second: str
) -> None:
    pair = pair_of(story, first, second)
    assert (pair.prediction.condition, pair.prediction.test_case) == (condition, case)
    assert outcomes(pair) == {
        "uc_zone": (zone, "confirmed"),
        "ssh_tunnels": (tunnels, "confirmed"),
        "mra": (mra, "follows"),
        "webrtc": (mra, "follows"),
        "far_end": ("undetermined", "not seen"),
    }
    assert (pair.core.addresses, pair.edge.addresses) == (("10.106.80.16",), ("10.106.80.31",))
    assert [(shake.core is None, shake.edge is None) for shake in pair.handshakes] == [(False, False)]
    assert pair.notes == ()


def test_test_case_1_by_rule_frame_and_line() -> None:
    pair = pair_of("test-case-1")
    assert pair.prediction.uc_zone.rules[0] == "CM2"
    assert pair.prediction.ssh_tunnels.rules[0] == "SV2"
    zone = pair.observed["uc_zone"]
    assert [(one.kind, one.number) for one in zone.evidence] == [
        ("frame", 6),
        ("frame", 10),
        ("frame", 11),
        ("frame", 6),
        ("frame", 10),
        ("frame", 11),
        ("line", 7),
        ("line", 8),
        ("line", 2),
        ("line", 3),
    ]
    assert zone.reason == (
        "the handshake was refused by the Edge, the Core's client leaf lacking clientAuth, seen on both sides; alert"
        " unsupported_certificate (43) of the Edge confirms it for the Core's certificate: the purpose (EKU) of the"
        " certificate [CM2]"
    )


@pytest.mark.parametrize("mode", [b"On", b"Off"])
def test_condition_2_1_works_in_both_modes(mode: bytes, tmp_path: Path) -> None:
    edge = {
        name: data.replace(b'Mode: "On"', b'Mode: "' + mode + b'"')
        for name, data in files_of("condition-2.1", "edge").items()
    }
    pair = make_pair(record_of(committed("condition-2.1", "core")), record(tmp_path, edge))
    assert pair.prediction.edge_mode == mode.decode().lower()
    assert [outcomes(pair)[name] for name in ("uc_zone", "ssh_tunnels", "mra")] == [
        ("active", "confirmed"),
        ("active", "confirmed"),
        ("yes", "follows"),
    ]


def test_what_was_seen_contradicts(tmp_path: Path) -> None:
    # The Edge's file says Off, yet it refused: somebody changed the mode since.
    edge = {
        name: data.replace(b'Mode: "On"', b'Mode: "Off"')
        for name, data in files_of("test-case-1", "edge").items()
    }
    pair = make_pair(record_of(committed("test-case-1", "core")), record(tmp_path, edge))
    assert outcomes(pair)["uc_zone"] == ("active", "contradicted")


def test_a_new_leaf_that_is_not_served_yet(tmp_path: Path) -> None:
    core = files_of("test-case-1", "core")
    (client,) = only(core, "client")
    core[client] = build(subject="vcs8c.example", issuer=CA1, eku=BOTH, serial=7).pem
    pair = make_pair(record(tmp_path, core), record_of(committed("test-case-1", "edge")))
    # Its CA is unknown to the Edge, which refused the old one for its purpose.
    assert pair.prediction.uc_zone.rules[0] == "ST5"
    assert outcomes(pair)["uc_zone"] == ("failed", "contradicted")
    assert ", but for another reason than the rules predict: alert unsupported_certificate (43)" in (
        pair.observed["uc_zone"].reason
    )
    assert pair.notes == (
        "the Core presents another certificate than the one of its client store that is predicted from",
    )


@pytest.mark.parametrize(
    ("story", "zone"),
    [("test-case-1", "confirmed"), ("test-case-2", "confirmed"), ("condition-2.1", "confirmed")],
)
def test_no_capture_only_logs_and_stores(story: str, zone: str, tmp_path: Path) -> None:
    core = record(tmp_path / "c", without(files_of(story, "core"), "eth"))
    edge = record(tmp_path / "e", without(files_of(story, "edge"), "eth"))
    pair = make_pair(core, edge)
    assert pair.handshakes == ()
    assert pair.observed["uc_zone"].verdict == zone
    assert pair.observed["uc_zone"].reason.startswith("no capture shows it; ")


def test_only_stores(tmp_path: Path) -> None:
    core = record(tmp_path / "c", only(files_of("test-case-1", "core"), "client", "server"))
    edge = record(tmp_path / "e", only(files_of("test-case-1", "edge"), "client", "server"))
    with pytest.raises(RoleError, match=r"^nobody can tell which node is the Core: neither configuration"):
        make_pair(core, edge)
    pair = make_pair(edge, core, "edge")
    assert (pair.told_by, pair.prediction.mode_assumed) == ("as told", True)
    assert {name: verdict for name, (_, verdict) in outcomes(pair).items()} == {
        "uc_zone": "not seen",
        "ssh_tunnels": "not seen",
        "mra": "follows",
        "webrtc": "follows",
        "far_end": "not seen",
    }


def test_the_same_role_twice() -> None:
    core = record_of(committed("test-case-1", "core"))
    with pytest.raises(RoleError, match=r"^both nodes look like the Core: "):
        make_pair(core, core)


@pytest.mark.parametrize("part", ["eth", "logging"])
@pytest.mark.parametrize("node", ["core", "edge"])
def test_role_of_a_part(node: str, part: str, tmp_path: Path) -> None:
    found = record(tmp_path, only(files_of("test-case-1", node), part, "xconf"))
    assert role_of(found)[0] == node


def test_handshakes_of_other_times_are_not_the_same() -> None:
    # Test cases 1 and 2 are half an hour apart, from different ports.
    pair = make_pair(record_of(committed("test-case-1", "core")), record_of(committed("test-case-2", "edge")))
    assert [(shake.core is None, shake.edge is None) for shake in pair.handshakes] == [
        (False, True),
        (True, False),
    ]


def test_a_time_out_of_the_tunnel_is_down_and_no_refusal(tmp_path: Path) -> None:
    core = files_of("test-case-1", "core")
    (log,) = only(core, "logging")
    core[log] = (
        b'2026-03-29T12:33:12.384+05:30 vcs8c ssh: Detail="ssh: connect to host e.example port 2222: Connection timed out"'
        b' Level="ERROR"\n'
    )
    edge = without(files_of("test-case-1", "edge"), "logging")
    pair = make_pair(record(tmp_path / "c", core), record(tmp_path / "e", edge))
    tunnels = pair.observed["ssh_tunnels"]
    assert (tunnels.verdict, tunnels.seen, len(tunnels.evidence)) == ("observed", "failed", 3)
    assert "which is no refusal of a certificate" in tunnels.reason


def test_the_tunnels_are_seen_but_not_their_certificate() -> None:
    tunnels = pair_of("test-case-2").observed["ssh_tunnels"]
    assert [(one.kind, one.text.rpartition(": ")[2]) for one in tunnels.evidence if one.kind == "frame"] == [
        ("frame", "SSH, keys agreed")
    ] * 2
    assert tunnels.reason.startswith(
        "the log says that the tunnel is refused. The client certificate of an SSH tunnel"
    )


def test_only_captures_of_the_tunnels(tmp_path: Path) -> None:
    core = record(tmp_path / "c", without(files_of("test-case-2", "core"), "logging"))
    edge = record(tmp_path / "e", without(files_of("test-case-2", "edge"), "logging"))
    tunnels = make_pair(core, edge).observed["ssh_tunnels"]
    assert (tunnels.verdict, len(tunnels.evidence)) == ("not seen", 2)
    assert tunnels.reason.startswith("captures show SSH connections, but not how they went. ")


def test_a_core_that_shows_only_its_tunnel(tmp_path: Path) -> None:
    # Its address is known from the configuration, and it opened the connection to 2222.
    found = record(tmp_path, without(files_of("condition-2.1", "core"), "logging"))
    assert found.ssh[0].client_known
    only_ssh = replace(found, flows=(), events=())
    said = "its configuration has zone 2 of type UnifiedCommunicationsTraversalClient, SIP port 7001"
    assert role_of(only_ssh) == ("core", said)
    unconfigured = replace(only_ssh, snapshot=replace(only_ssh.snapshot, zones=()))
    assert role_of(unconfigured) == ("core", "it is client of an SSH connection to port 2222")
