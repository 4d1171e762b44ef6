"""``tlseku.profiles.expressway.rules.predict``: a zone is up only if each node accepts all of what the other presents.

The truth table of conditions, times trust, dates and names on either side and releases of either node.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from functools import cache
from itertools import product
from typing import Literal

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tests.builder import SERVER_AUTH, build, ca
from tests.profiles.expressway.leafs import BOTH, S_ONLY
from tlseku.policy.rule_books import Mode
from tlseku.profiles.expressway.rules.condition import Node
from tlseku.profiles.expressway.rules.predict import Prediction, predict
from tlseku.profiles.expressway.rules.release import X15_4, X15_5, Release

Fault = Literal["none", "trust", "dates", "name"]
FAULTS: tuple[Fault, ...] = ("none", "trust", "dates", "name")
CA1, CA2, STRANGER = ca("CA1"), ca("CA2"), ca("Stranger")
TODAY = 1_777_593_600 * 10**9  # 2026-05-01
PAST = datetime(2026, 2, 1, tzinfo=timezone.utc)
RULES = {"trust": "ST5", "dates": "SV1"}
X15_3 = Release(15, 3)


@cache
def node(kind: str, host: str, fault: Fault) -> Node:
    """A node of the truth table: ``S`` public and serverAuth only, ``SC`` private with both, ``mixed`` one of each."""
    eku = {"S": (S_ONLY, S_ONLY), "SC": (BOTH, BOTH), "mixed": (BOTH, S_ONLY)}[kind]
    leaves = []
    for number, purposes in enumerate(eku):
        issuer = STRANGER if fault == "trust" else CA1 if purposes == BOTH else CA2
        name = "other.example" if fault == "name" else host
        more = {"not_after": PAST} if fault == "dates" else {}
        built = build(
            subject=name,
            issuer=issuer,
            eku=purposes,
            san=(name,),
            serial=7 + number,
            not_before=datetime(2026, 1, 1, tzinfo=timezone.utc),
            **more,  # type: ignore[arg-type]
        )
        leaves.append(built.certificate())
    client, server = leaves
    return Node(client, server, trusted=(CA1.certificate(), CA2.certificate()))


def judged(
    core: str,
    edge: str,
    mode: Mode,
    core_fault: Fault = "none",
    edge_fault: Fault = "none",
    core_release: Release = X15_5,
    edge_release: Release = X15_5,
) -> Prediction:
    return predict(
        replace(node(core, "core.example", core_fault), expects=("edge.example",)),
        replace(node(edge, "edge.example", edge_fault), expects=("core.example",)),
        mode,
        core_release,
        edge_release=edge_release,
        time=TODAY,
    )


CONDITIONS = {"2": ("S", "S"), "2.1": ("mixed", "S"), "3": ("SC", "SC"), "4": ("SC", "S")}


@pytest.mark.parametrize("mode", ["on", "off"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_without_fault_the_conditions_are_as_the_vendor_says(condition: str, mode: Mode) -> None:
    found = judged(*CONDITIONS[condition], mode)
    assert found.condition == condition
    failed = condition == "2" and mode == "on"
    assert found.uc_zone.outcome == ("failed" if failed else "active")
    assert found.ssh_tunnels.outcome == ("failed" if condition == "2" else "active")
    assert found.mra.outcome == ("no" if condition == "2" else "yes")


@pytest.mark.parametrize(
    ("condition", "mode", "core_fault", "edge_fault"),
    [
        (condition, mode, one, other)
        for condition, mode, one, other in product(CONDITIONS, ("on", "off"), FAULTS, FAULTS)
        if (one, other) != ("none", "none")
    ],
)
def test_every_fault_fails_the_zone_and_is_named(
    condition: str, mode: Mode, core_fault: Fault, edge_fault: Fault
) -> None:
    found = judged(*CONDITIONS[condition], mode, core_fault, edge_fault)
    purpose = condition == "2" and mode == "on"
    expected = {("core", "purpose")} if purpose else set()
    expected |= {
        (of, {"trust": "chain"}.get(fault, fault))
        for of, fault in (("core", core_fault), ("edge", edge_fault))
        if fault != "none"
    }
    assert found.uc_zone.outcome == "failed"
    assert {(part.of, part.name) for part in found.uc_zone.parts if part.level == "wrong"} == expected
    assert all(part.to_do and part.rules for part in found.uc_zone.parts if part.level == "wrong")
    assert (found.mra.outcome, found.webrtc.outcome) == ("no", "no")


@pytest.mark.parametrize("core_release", [X15_3, X15_4, X15_5])
@pytest.mark.parametrize("edge_release", [X15_3, X15_4, X15_5])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("of", ["core", "edge"])
def test_faults_in_every_release(core_release: Release, edge_release: Release, fault: Fault, of: str) -> None:
    faults: tuple[Fault, Fault] = (fault, "none") if of == "core" else ("none", fault)
    found = judged("SC", "SC", "on", *faults, core_release, edge_release)
    assert found.uc_zone.outcome == ("active" if fault == "none" else "failed")
    assert found.mra.outcome == ("yes" if fault == "none" else "no")
    assert bool(found.notes) is (core_release != edge_release)


@pytest.mark.parametrize("core_release", [X15_3, X15_4, X15_5])
@pytest.mark.parametrize("edge_release", [X15_3, X15_4, X15_5])
@pytest.mark.parametrize("mode", ["on", "off"])
def test_a_core_without_client_auth(core_release: Release, edge_release: Release, mode: Mode) -> None:
    found = judged("S", "SC", mode, "none", "none", core_release, edge_release)
    accepts = edge_release == X15_5 and mode == "off"
    assert found.uc_zone.outcome == ("active" if accepts else "failed")
    assert found.uc_zone.rules[0] == ("CM3" if accepts else "CM2" if edge_release == X15_5 else "RL5")
    assert (found.ssh_tunnels.outcome, found.mra.outcome) == ("failed", "no")


def test_the_issuers_eku_counts_on_either_side() -> None:
    restricted = ca("Restricted", issuer=CA2, eku=S_ONLY)
    client = build(subject="core.example", issuer=restricted, eku=BOTH).certificate()
    core = replace(
        node("SC", "core.example", "none"), client=client, client_above=(restricted.certificate(),)
    )
    found = predict(core, node("S", "edge.example", "none"), "on")
    assert found.uc_zone.outcome == "undetermined"
    assert "expressway-15.5/issuer-eku-not-stated" in found.uc_zone.reason
    assert predict(core, node("S", "edge.example", "none"), "off").uc_zone.outcome == "active"
    client_only = ca("Client only", issuer=CA2, eku=("1.3.6.1.5.5.7.3.2",))
    server = build(subject="edge.example", issuer=client_only, eku=(SERVER_AUTH,)).certificate()
    edge = replace(
        node("S", "edge.example", "none"), server=server, server_above=(client_only.certificate(),)
    )
    found = predict(node("SC", "core.example", "none"), edge, "off")
    assert found.uc_zone.outcome == "undetermined"
    assert "expressway-15.5/issuer-eku-not-stated" in found.uc_zone.reason


def test_what_was_not_told_is_named_and_not_guessed() -> None:
    core, edge = node("SC", "core.example", "none"), node("SC", "edge.example", "none")
    found = predict(replace(core, trusted=None), edge, "on")
    assert found.uc_zone.outcome == "active"
    assert found.uc_zone.reason.endswith(
        "; not looked at, since nobody told: the name that the Edge expects, the day, the Core's ca.pem, the name that"
        " the Core expects"
    )


def test_an_edge_that_calls_with_an_expired_certificate() -> None:
    assert judged("SC", "SC", "on", "none", "dates").far_end.outcome == "no"
    assert judged("SC", "SC", "on", "dates", "none").far_end.outcome == "undetermined"


kinds = st.sampled_from(["S", "SC", "mixed"])
faults = st.sampled_from(FAULTS)
modes: st.SearchStrategy[Mode] = st.sampled_from(("on", "off", "unknown"))
releases = st.sampled_from([X15_3, X15_4, X15_5])


@given(kinds, kinds, modes, faults, faults, releases, releases, st.booleans())
def test_a_missing_issuer_always_fails_the_zone(
    core: str,
    edge: str,
    mode: Mode,
    one: Fault,
    other: Fault,
    core_release: Release,
    edge_release: Release,
    at_core: bool,
) -> None:
    faults_of: tuple[Fault, Fault] = ("trust", other) if at_core else (one, "trust")
    found = judged(core, edge, mode, *faults_of, core_release, edge_release)
    assert found.uc_zone.outcome == "failed"
    assert "ST5" in found.uc_zone.rules
    assert "CN=Stranger" in found.uc_zone.reason
    assert found.mra.outcome == found.webrtc.outcome == "no"


@given(kinds, kinds, faults, faults, releases, releases)
def test_ssh_never_depends_on_the_mode_nor_on_trust(
    core: str, edge: str, one: Fault, other: Fault, core_release: Release, edge_release: Release
) -> None:
    wanted: tuple[Mode, ...] = ("on", "off", "unknown")
    found = {judged(core, edge, mode, one, other, core_release, edge_release).ssh_tunnels for mode in wanted}
    assert len(found) == 1
    assert {part.outcome for part in found} == {
        judged(core, edge, "on", "none", "none", core_release).ssh_tunnels.outcome
    }


@given(kinds, kinds, modes, faults, faults, kinds, faults)
def test_nothing_depends_on_the_cores_server_store(
    core: str, edge: str, mode: Mode, one: Fault, other: Fault, server: str, fault: Fault
) -> None:
    before = replace(node(core, "core.example", one), expects=("edge.example",))
    spare = node(server, "core.example", fault)
    after = replace(before, server=spare.server, server_above=spare.server_above)
    peer = replace(node(edge, "edge.example", other), expects=("core.example",))
    found, changed = (predict(each, peer, mode, time=TODAY) for each in (before, after))
    assert (found.uc_zone, found.ssh_tunnels, found.mra) == (
        changed.uc_zone,
        changed.ssh_tunnels,
        changed.mra,
    )


@pytest.mark.parametrize("of", ["core", "edge"])
def test_an_odd_subject_warns_of_the_tunnels_and_fails_nothing(of: str) -> None:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"{of}.example"),
            x509.NameAttribute(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), "odd"),
        ]
    )
    odd = build(subject=name, issuer=CA1, eku=BOTH, san=(f"{of}.example",)).certificate()
    core, edge = node("SC", "core.example", "none"), node("SC", "edge.example", "none")
    if of == "core":
        core = replace(core, client=odd)
    else:
        edge = replace(edge, server=odd)
    found = predict(core, edge, "on")
    assert (found.uc_zone.outcome, found.ssh_tunnels.outcome, found.mra.outcome) == (
        "active",
        "active",
        "yes",
    )
    assert [(part.of, part.rules) for part in found.ssh_tunnels.warnings] == [(of, ("CE1",))]
    assert found.uc_zone.warnings == ()
    spare = predict(replace(core, server=odd), replace(edge, client=odd), "on")
    assert spare.ssh_tunnels.warnings == found.ssh_tunnels.warnings
