"""``tlseku.profiles.expressway.rules.predict``: the whole truth table, what nobody states, and what outcomes do not depend on."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import ANY, CLIENT_AUTH, EMAIL, SERVER_AUTH
from tests.profiles.expressway.leafs import ANY_ONLY, BOTH, C_ONLY, OTHER, S_ONLY, leaf
from tests.profiles.expressway.rules.releases import is_about
from tlseku.policy.rule_books import Mode
from tlseku.profiles.expressway.rules.condition import Node
from tlseku.profiles.expressway.rules.predict import Prediction, predict
from tlseku.profiles.expressway.rules.release import X15_4, X15_5, Release, read_release
from tlseku.profiles.expressway.rules.rules import statements
from tlseku.profiles.expressway.rules.services import Service
from tlseku.profiles.expressway.rules.zone import Zone
from tlseku.x509.certificate import Certificate

MODES: tuple[Mode, ...] = ("on", "off", "unknown")


class Case(NamedTuple):
    """A row of the truth table. CA1 is internal, CA2 public."""

    core: Node
    edge: Node
    mode: Mode
    condition: str
    test_case: str | None
    outcomes: tuple[str, str, str]
    deciding: tuple[str, str]


def ca1(eku: tuple[str, ...], name: str) -> Certificate:
    return leaf(eku, name, public=False)


def ca2(eku: tuple[str, ...], name: str) -> Certificate:
    return leaf(eku, name, public=True)


PUBLIC_CORE = Node(ca2(S_ONLY, "core"), ca2(S_ONLY, "core"))
PUBLIC_EDGE = Node(ca2(S_ONLY, "edge"), ca2(S_ONLY, "edge"))
PRIVATE_CORE = Node(ca1(BOTH, "core c"), ca1(BOTH, "core s"))
PRIVATE_EDGE = Node(ca1(BOTH, "edge c"), ca1(BOTH, "edge s"))
MIXED_CORE = Node(ca1(BOTH, "core c"), ca2(S_ONLY, "core s"))
UPGRADED_CORE = Node(ca2(BOTH, "core"), ca2(BOTH, "core"))
UPGRADED_EDGE = Node(ca2(BOTH, "edge"), ca2(BOTH, "edge"))
UPGRADED_S_EDGE = Node(ca2(C_ONLY, "edge"), ca2(C_ONLY, "edge"))
WORKS = ("active", "active", "yes")

TRUTH_TABLE = {
    "condition 1, On": Case(UPGRADED_CORE, UPGRADED_EDGE, "on", "1", None, WORKS, ("CM1", "SV2")),
    "condition 1, Off": Case(UPGRADED_CORE, UPGRADED_EDGE, "off", "1", None, WORKS, ("CM3", "SV2")),
    "condition 1, Y without serverAuth": Case(
        UPGRADED_CORE, UPGRADED_S_EDGE, "on", "1", None, ("failed", "active", "no"), ("CM8", "SV2")
    ),
    "condition 2, test case 1": Case(
        PUBLIC_CORE, PUBLIC_EDGE, "on", "2", "test case 1", ("failed", "failed", "no"), ("CM2", "SV2")
    ),
    "condition 2, test case 2": Case(
        PUBLIC_CORE, PUBLIC_EDGE, "off", "2", "test case 2", ("active", "failed", "no"), ("CM3", "SV2")
    ),
    "condition 2, mode unknown": Case(
        PUBLIC_CORE, PUBLIC_EDGE, "unknown", "2", "test case 1", ("failed", "failed", "no"), ("CM2", "SV2")
    ),
    "condition 2.1, On": Case(MIXED_CORE, PUBLIC_EDGE, "on", "2.1", None, WORKS, ("CM1", "SV2")),
    "condition 2.1, Off": Case(MIXED_CORE, PUBLIC_EDGE, "off", "2.1", None, WORKS, ("CM3", "SV2")),
    "condition 3, On": Case(PRIVATE_CORE, PRIVATE_EDGE, "on", "3", None, WORKS, ("CM1", "SV2")),
    "condition 3, Off": Case(PRIVATE_CORE, PRIVATE_EDGE, "off", "3", None, WORKS, ("CM3", "SV2")),
    "condition 3, unknown": Case(PRIVATE_CORE, PRIVATE_EDGE, "unknown", "3", None, WORKS, ("CM1", "SV2")),
    "condition 4, On": Case(PRIVATE_CORE, PUBLIC_EDGE, "on", "4", None, WORKS, ("CM1", "SV2")),
    "condition 4, Off": Case(PRIVATE_CORE, PUBLIC_EDGE, "off", "4", None, WORKS, ("CM3", "SV2")),
    "condition 4, unknown": Case(PRIVATE_CORE, PUBLIC_EDGE, "unknown", "4", None, WORKS, ("CM1", "SV2")),
}


def outcomes(prediction: Prediction) -> tuple[str, str, str]:
    """UC zone, SSH tunnels, MRA; WebRTC goes with MRA, but for the SERVICE message before X15.4."""
    if "RL3" not in prediction.mra.rules:
        assert prediction.webrtc.outcome == prediction.mra.outcome
    return prediction.uc_zone.outcome, prediction.ssh_tunnels.outcome, prediction.mra.outcome


def parts(prediction: Prediction) -> list[Zone | Service]:
    return [
        prediction.uc_zone,
        prediction.ssh_tunnels,
        prediction.mra,
        prediction.webrtc,
        prediction.far_end,
    ]


@pytest.mark.parametrize("case", TRUTH_TABLE.values(), ids=TRUTH_TABLE.keys())
def test_truth_table(case: Case) -> None:
    prediction = predict(case.core, case.edge, case.mode)
    assert outcomes(prediction) == case.outcomes
    assert (prediction.condition, prediction.test_case) == (case.condition, case.test_case)
    assert (prediction.uc_zone.rules[0], prediction.ssh_tunnels.rules[0]) == case.deciding
    assert prediction.mode_assumed is (case.mode == "unknown")


@pytest.mark.parametrize("case", TRUTH_TABLE.values(), ids=TRUTH_TABLE.keys())
def test_truth_table_without_knowing_who_is_public(case: Case) -> None:
    core = Node(*(one and leaf(one.eku, f"{one.subject}") for one in (case.core.client, case.core.server)))  # type: ignore[arg-type]
    edge = Node(*(one and leaf(one.eku, f"{one.subject}") for one in (case.edge.client, case.edge.server)))  # type: ignore[arg-type]
    prediction = predict(core, edge, case.mode)
    assert outcomes(prediction) == case.outcomes
    assert prediction.condition == case.condition


def test_test_case_1_in_full() -> None:
    found = predict(PUBLIC_CORE, PUBLIC_EDGE, "on")
    assert [(part.name, part.of, part.level) for part in found.uc_zone.parts] == [
        ("purpose", "core", "wrong"),
        ("purpose", "edge", "fine"),
    ]
    assert found.uc_zone.to_do == (
        "upload a certificate that lists clientAuth to the client store of the Core, or set the checking mode of the"
        " Edge to Off, which does not help the SSH tunnels (SV2)",
    )
    assert found == Prediction(
        release=X15_5,
        edge_release=X15_5,
        edge_mode="on",
        mode_assumed=False,
        condition="2",
        test_case="test case 1",
        uc_zone=Zone(
            "failed",
            ("CM2", "ST2", "SV1"),
            "Core's client-store leaf at the Edge: checking mode on: the EKU lists serverAuth and not clientAuth",
            found.uc_zone.parts,
        ),
        ssh_tunnels=Zone(
            "failed",
            ("SV2", "ST2"),
            "the Core's client leaf lists serverAuth and not clientAuth, whatever the checking mode",
            found.ssh_tunnels.parts,
        ),
        mra=Service("no", ("SV3", "SV1", "SV2"), "Unified Communications zone failed; SSH tunnels failed"),
        webrtc=Service("no", ("SV3", "SV1", "SV2"), "Unified Communications zone failed; SSH tunnels failed"),
        far_end=Service(
            "undetermined",
            ("SV4", "ST2"),
            "the Edge's client leaf lists serverAuth and not clientAuth: TLS works only where the far end does not"
            " check that",
            (
                "have the far end not check the purpose, or give the Edge a client certificate with clientAuth",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("eku", "mode", "zone", "rule"),
    [
        (BOTH, "on", "active", "CM1"),
        (C_ONLY, "on", "active", "CM1"),
        (S_ONLY, "on", "failed", "CM2"),
        (OTHER, "on", "failed", "CM2"),
        ((), "on", "failed", "CM2"),
        ((ANY, SERVER_AUTH), "on", "failed", "CM6"),
        (ANY_ONLY, "on", "failed", "CM6"),
        (None, "on", "active", "CM5"),
        (BOTH, "off", "active", "CM3"),
        (S_ONLY, "off", "active", "CM3"),
        ((ANY, SERVER_AUTH), "off", "active", "CM3"),
        (C_ONLY, "off", "undetermined", "CM4"),
        (OTHER, "off", "undetermined", "CM4"),
        (ANY_ONLY, "off", "undetermined", "CM4"),
        ((), "off", "undetermined", "CM4"),
        (None, "off", "active", "CM5"),
        (BOTH, "unknown", "active", "CM1"),
        (S_ONLY, "unknown", "failed", "CM2"),
        (ANY_ONLY, "unknown", "failed", "CM6"),
        (None, "unknown", "active", "CM5"),
    ],
)
def test_the_edges_inbound_check(eku: tuple[str, ...] | None, mode: Mode, zone: str, rule: str) -> None:
    prediction = predict(Node(leaf(eku, "c"), leaf(S_ONLY)), Node(leaf(S_ONLY), leaf(S_ONLY, "e")), mode)
    assert (prediction.uc_zone.outcome, prediction.uc_zone.rules[0]) == (zone, rule)
    assumed = mode == "unknown" and eku is not None
    assert ("CM7" in prediction.uc_zone.rules) is assumed
    assert ("taken to be On (CM7)" in prediction.uc_zone.reason) is assumed


@pytest.mark.parametrize(
    ("eku", "zone"),
    [
        (S_ONLY, "active"),
        (BOTH, "active"),
        (None, "active"),
        (C_ONLY, "failed"),
        (OTHER, "failed"),
        ((), "failed"),
        (ANY_ONLY, "undetermined"),
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_the_cores_check_of_the_edge(eku: tuple[str, ...] | None, zone: str, mode: Mode) -> None:
    prediction = predict(Node(leaf(BOTH, "c"), None), Node(None, leaf(eku, "e")), mode)
    assert prediction.uc_zone.outcome == zone
    assert "CM8" in prediction.uc_zone.rules


def test_a_failure_outweighs_what_is_undetermined() -> None:
    prediction = predict(Node(leaf(C_ONLY), None), Node(None, leaf(C_ONLY)), "off")
    assert prediction.uc_zone.outcome == "failed"
    assert prediction.uc_zone.rules == ("CM8", "ST3", "SV1")


@pytest.mark.parametrize(
    ("certificate", "outcome"),
    [
        (leaf(BOTH), "active"),
        (leaf(C_ONLY), "active"),
        (leaf(S_ONLY), "failed"),
        (leaf(OTHER), "failed"),
        (leaf(()), "failed"),
        (leaf(None), "undetermined"),
        (leaf(ANY_ONLY), "undetermined"),
        (leaf((ANY, SERVER_AUTH)), "undetermined"),
        (leaf(None, eku_readable=False), "undetermined"),
        (leaf(None, readable=False), "undetermined"),
        (None, "undetermined"),
    ],
)
def test_ssh_tunnels(certificate: Certificate | None, outcome: str) -> None:
    prediction = predict(Node(certificate, leaf(BOTH)), Node(leaf(BOTH), leaf(BOTH)), "on")
    assert (prediction.ssh_tunnels.outcome, prediction.ssh_tunnels.rules) == (outcome, ("SV2", "ST2"))


@pytest.mark.parametrize(
    ("core", "mode", "expected", "rules"),
    [
        (BOTH, "on", "yes", ("SV3", "SV1", "SV2")),
        (S_ONLY, "on", "no", ("SV3", "SV1", "SV2")),
        (S_ONLY, "off", "no", ("SV3", "SV2")),
        (C_ONLY, "off", "undetermined", ("SV3", "SV1")),
        (None, "on", "undetermined", ("SV3", "SV2")),
        (ANY_ONLY, "on", "no", ("SV3", "SV1")),
    ],
)
def test_mra_and_webrtc(
    core: tuple[str, ...] | None, mode: Mode, expected: str, rules: tuple[str, ...]
) -> None:
    edge = Node(leaf(BOTH), leaf(BOTH, "e", public=True))
    prediction = predict(Node(leaf(core, "c"), leaf(BOTH)), edge, mode)
    assert (prediction.mra.outcome, prediction.mra.rules) == (expected, rules)
    assert prediction.webrtc == prediction.mra


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (leaf(S_ONLY, public=False), "; the Edge's server leaf is from a private CA, "),
        (leaf(S_ONLY, self_issued=True), "; the Edge's server leaf is from a private CA, "),
        (leaf(S_ONLY), "; if the Edge's server leaf is from a private CA, "),
    ],
)
def test_the_pop_up(server: Certificate, said: str) -> None:
    prediction = predict(Node(leaf(BOTH), None), Node(None, server), "on")
    assert prediction.mra.rules[-1] == "SV6"
    assert said in prediction.mra.reason
    assert "SV6" not in prediction.webrtc.rules


@pytest.mark.parametrize("core", [S_ONLY, None])
def test_no_pop_up_where_nobody_logs_in(core: tuple[str, ...] | None) -> None:
    prediction = predict(Node(leaf(core), None), Node(None, leaf(S_ONLY, public=False)), "on")
    assert prediction.mra == prediction.webrtc
    assert "SV6" not in prediction.mra.rules


@pytest.mark.parametrize(
    ("certificate", "outcome", "rules"),
    [
        (leaf(BOTH, public=True), "yes", ("SV4", "ST2")),
        (leaf(None, public=True), "yes", ("SV4", "ST2")),
        (leaf(S_ONLY, public=True), "undetermined", ("SV4", "ST2")),
        (leaf((), public=True), "undetermined", ("SV4", "ST2")),
        (leaf(BOTH, public=False), "undetermined", ("SV4", "SV5", "ST2")),
        (leaf(BOTH), "undetermined", ("SV4", "SV5", "ST2")),
        (leaf(S_ONLY), "undetermined", ("SV4", "SV5", "ST2")),
        (leaf(None, eku_readable=False, public=True), "undetermined", ("SV4", "ST2")),
        (None, "undetermined", ("SV4", "ST2")),
    ],
)
def test_far_end(certificate: Certificate | None, outcome: str, rules: tuple[str, ...]) -> None:
    prediction = predict(Node(), Node(certificate, leaf(BOTH)), "on")
    assert (prediction.far_end.outcome, prediction.far_end.rules) == (outcome, rules)


def test_nothing_known() -> None:
    prediction = predict(Node(), Node())
    assert {part.outcome for part in parts(prediction)} == {"undetermined"}
    assert (prediction.condition, prediction.test_case) == (None, None)


@pytest.mark.parametrize("release", [Release(8, 11), Release(15, 3), X15_4])
@pytest.mark.parametrize(
    ("core", "edge", "expected"),
    [
        (BOTH, BOTH, WORKS),
        (S_ONLY, S_ONLY, ("failed", "failed", "no")),
        (None, S_ONLY, ("undetermined", "undetermined", "undetermined")),
        (BOTH, C_ONLY, ("undetermined", "active", "undetermined")),
        (BOTH, None, ("undetermined", "active", "undetermined")),
    ],
)
def test_one_store(
    release: Release,
    core: tuple[str, ...] | None,
    edge: tuple[str, ...] | None,
    expected: tuple[str, str, str],
) -> None:
    for mode in MODES:
        prediction = predict(Node(None, leaf(core, "c")), Node(None, leaf(edge, "e")), mode, release)
        # Before X15.4 an Edge without clientAuth has no MRA in any case (RL3).
        sunset = release < X15_4 and edge == S_ONLY
        assert outcomes(prediction) == ((*expected[:2], "no") if sunset else expected)
        assert (prediction.condition, prediction.test_case, prediction.mode_assumed) == (None, None, False)


@pytest.mark.parametrize(
    ("core", "edge", "eku", "mra", "rule"),
    [
        ("14.3.7", "14.3.7", S_ONLY, "no", "RL3"),
        ("14.3.7", "14.3.7", BOTH, "yes", None),
        ("15.3", "15.3", S_ONLY, "no", "RL3"),
        ("15.4", "15.4", S_ONLY, "yes", "RL4"),
        ("15.4", "15.4", BOTH, "yes", None),
        ("15.5", "15.5", S_ONLY, "yes", None),
        # The Core is the one that checks both.
        ("15.3", "15.5", S_ONLY, "no", "RL3"),
        ("15.5", "15.3", S_ONLY, "undetermined", "RL3"),
    ],
)
def test_the_edges_certificate_in_the_service_message(
    core: str, edge: str, eku: tuple[str, ...], mra: str, rule: str | None
) -> None:
    releases = read_release(core), read_release(edge)
    assert releases[0] is not None
    assert releases[1] is not None
    found = predict(
        Node(leaf(BOTH, "c"), leaf(BOTH, "c")),
        Node(leaf(eku, "e"), leaf(eku, "e")),
        "on",
        releases[0],
        edge_release=releases[1],
    )
    assert found.mra.outcome == mra
    assert found.webrtc.outcome == "yes"
    assert [one for one in ("RL3", "RL4") if one in found.mra.rules] == ([] if rule is None else [rule])


@pytest.mark.parametrize(
    ("core", "edge", "mode", "eku", "zone", "deciding", "ssh"),
    [
        (X15_4, X15_5, "on", S_ONLY, "failed", ("CM2", "ST1", "SV1"), "failed"),
        (X15_4, X15_5, "off", S_ONLY, "active", ("CM3", "ST1", "ST3", "SV1"), "failed"),
        (X15_4, X15_5, "on", BOTH, "active", ("CM1", "ST1", "ST3", "SV1"), "active"),
        (X15_5, X15_4, "on", S_ONLY, "failed", ("RL5", "ST2", "SV1"), "failed"),
        (X15_5, X15_4, "off", S_ONLY, "failed", ("RL5", "ST2", "SV1"), "failed"),
        (X15_5, X15_4, "off", BOTH, "active", ("ST2", "CM8", "ST1", "SV1"), "active"),
    ],
)
def test_nodes_of_two_releases(
    core: Release,
    edge: Release,
    mode: Mode,
    eku: tuple[str, ...],
    zone: str,
    deciding: tuple[str, ...],
    ssh: str,
) -> None:
    # Before x15.5 the server leaf is the client's too, so that only it is told.
    told = Node(leaf(eku, "c"), None) if core == X15_5 else Node(None, leaf(eku, "c"))
    found = predict(told, Node(None, leaf(S_ONLY, "e")), mode, core, edge_release=edge)
    assert (found.uc_zone.outcome, found.uc_zone.rules, found.ssh_tunnels.outcome) == (zone, deciding, ssh)
    assert found.notes == (
        f"the releases differ, the Core runs {core} and the Edge {edge}: both must run the same one; each is judged by"
        " the rules of its own",
    )
    assert found.condition is None


def test_one_store_is_the_server_store() -> None:
    both, server_only = leaf(BOTH, "b"), leaf(S_ONLY, "s")
    found = predict(Node(both, server_only), Node(both, server_only), "on", X15_4)
    assert found == predict(Node(None, server_only), Node(None, server_only), "on", X15_4)
    assert predict(Node(both), Node(both), "on", X15_4) == predict(
        Node(None, both), Node(None, both), "on", X15_4
    )


ekus = st.none() | st.lists(
    st.sampled_from([SERVER_AUTH, CLIENT_AUTH, ANY, EMAIL, "1.2.3"]), unique=True, max_size=4
).map(tuple)
leafs = st.none() | st.builds(
    leaf,
    ekus,
    st.sampled_from(["x", "y", "z"]),
    public=st.sampled_from([None, True, False]),
    self_issued=st.booleans(),
    readable=st.sampled_from([True, True, True, False]),
    eku_readable=st.sampled_from([True, True, True, False]),
)
nodes = st.builds(Node, leafs, leafs)
modes = st.sampled_from(MODES)
releases = st.sampled_from([Release(14, 0), X15_4, X15_5, Release(15, 5, 2), Release(16, 0)])


def verdicts(prediction: Prediction) -> list[tuple[str, tuple[str, ...]]]:
    return [(part.outcome, part.rules) for part in parts(prediction)[:4]]


@given(nodes, nodes, leafs, leafs, modes)
def test_nothing_depends_on_the_cores_server_store_nor_the_edges_client_store(
    core: Node, edge: Node, core_server: Certificate | None, edge_client: Certificate | None, mode: Mode
) -> None:
    one = predict(core, edge, mode)
    other = predict(Node(core.client, core_server), Node(edge_client, edge.server), mode)
    assert verdicts(one) == verdicts(other)


@given(nodes, nodes, releases)
def test_ssh_never_depends_on_the_mode(core: Node, edge: Node, release: Release) -> None:
    assert len({predict(core, edge, mode, release).ssh_tunnels for mode in MODES}) == 1


@given(nodes, nodes, modes)
def test_ssh_depends_on_nothing_but_the_cores_client_store(core: Node, edge: Node, mode: Mode) -> None:
    assert predict(core, edge, mode).ssh_tunnels == predict(Node(core.client), Node(), "on").ssh_tunnels


@given(nodes, nodes, modes, releases)
def test_mra_is_both_zones_together(core: Node, edge: Node, mode: Mode, release: Release) -> None:
    prediction = predict(core, edge, mode, release)
    zones = {prediction.uc_zone.outcome, prediction.ssh_tunnels.outcome}
    expected = "no" if "failed" in zones else "undetermined" if "undetermined" in zones else "yes"
    assert prediction.webrtc.outcome == expected
    if "RL3" not in prediction.mra.rules:
        assert prediction.mra.outcome == expected


@given(nodes, nodes, modes, releases)
def test_every_rule_is_there_and_about_the_release(
    core: Node, edge: Node, mode: Mode, release: Release
) -> None:
    for part in parts(predict(core, edge, mode, release)):
        assert part.reason
        assert part.rules
        assert len(set(part.rules)) == len(part.rules)
        assert all(is_about(statements()[rule], release) for rule in part.rules)


@given(nodes, nodes)
def test_unknown_is_on(core: Node, edge: Node) -> None:
    on, unknown = predict(core, edge, "on"), predict(core, edge, "unknown")
    assert outcomes(on) == outcomes(unknown)
    assert on.condition == unknown.condition


def test_every_combination_of_four_leafs_has_an_answer() -> None:
    kinds = (BOTH, S_ONLY, C_ONLY, ANY_ONLY, OTHER, (), None)
    for combination, mode in product(product(kinds, repeat=4), MODES):
        one, two, three, four = (leaf(eku, str(number)) for number, eku in enumerate(combination))
        assert outcomes(predict(Node(one, two), Node(three, four), mode))[0] in (
            "active",
            "failed",
            "undetermined",
        )
