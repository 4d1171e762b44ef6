"""What a Core and an Edge will do together, from their certificates, the checking mode and the release.

Knows the statements SV1 to SV6 and who presents what (ST1 to ST3); asks the rule-book ``expressway-15.5`` what a node
says of a leaf (CM1 to CM8). Must not know files, packets or dates. Out comes a ``Prediction`` whose every outcome
names the rules that it follows from, the deciding one first. What nobody states is ``undetermined``, never guessed.

Names of hosts are not looked at: that the initiator also checks the responder's name (CM8) is taken to go well.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from tlseku.policy.purposes import ANY_PURPOSE, in_words
from tlseku.policy.rule_books import Context, Mode, RuleBook, load_rule_books
from tlseku.profiles.expressway.rules.condition import Condition, Node, case_of, condition_of
from tlseku.profiles.expressway.rules.release import X15_5, Release
from tlseku.profiles.expressway.rules.rules import statements
from tlseku.profiles.expressway.rules.store import lists_client_auth, lists_server_auth
from tlseku.x509.certificate import Certificate

RULE_BOOK = "expressway-15.5"

ZoneWord = Literal["active", "failed", "undetermined"]
ServiceWord = Literal["yes", "no", "undetermined"]


_DECIDED_BY: Mapping[ServiceWord, ZoneWord] = {
    "yes": "active",
    "no": "failed",
    "undetermined": "undetermined",
}


@dataclass(frozen=True, slots=True)
class Zone:
    """Whether a connection between the nodes comes up; ``rules`` are ids, the deciding one first."""

    outcome: ZoneWord
    rules: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Service:
    """Whether a service works; ``rules`` are ids, the deciding one first."""

    outcome: ServiceWord
    rules: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """All that follows for a pair. ``edge_mode`` is as told; ``mode_assumed`` says that On was taken for it (CM7).

    ``test_case`` is the vendor's test case that this amounts to. ``far_end`` is about the Edge as TLS client, such as
    to Webex: what the far end checks is not known here, so that it is ``yes`` at best where nothing stands against it.
    """

    release: Release
    edge_mode: Mode
    mode_assumed: bool
    condition: Condition | None
    test_case: str | None
    uc_zone: Zone
    ssh_tunnels: Zone
    mra: Service
    webrtc: Service
    far_end: Service


class _Check(NamedTuple):
    passes: bool | None
    rules: tuple[str, ...]
    reason: str


def predict(core: Node, edge: Node, edge_mode: Mode = "unknown", release: Release = X15_5) -> Prediction:
    """Predict the services between a Core (TLS and SSH client) and an Edge (server). Never raises.

    A leaf that is not known (``None``) makes what depends on it undetermined. Before x15.5 there is one store and no
    checking mode: the server leaf of a node is what it presents in either role, and the mode plays no part.
    """
    two_stores = release.has_two_stores
    if not two_stores:
        core, edge = _with_one_store(core), _with_one_store(edge)
    zone = _zone(core, edge, edge_mode, release)
    tunnels = _tunnels(core, release)
    condition = condition_of(core, edge) if two_stores else None
    works = _both(zone, tunnels)
    return Prediction(
        release=release,
        edge_mode=edge_mode,
        mode_assumed=two_stores and edge_mode == "unknown",
        condition=condition,
        test_case=case_of(condition, edge_mode),
        uc_zone=zone,
        ssh_tunnels=tunnels,
        mra=_with_pop_up(works, edge.server),
        webrtc=works,
        far_end=_far_end(edge.client, release),
    )


def _with_one_store(node: Node) -> Node:
    leaf = node.client if node.server is None else node.server
    return Node(leaf, leaf)


def _zone(core: Node, edge: Node, mode: Mode, release: Release) -> Zone:
    if release.has_two_stores:
        inbound, outbound = _inbound(core.client, mode), _outbound(edge.server)
    else:
        inbound, outbound = _with_no_mode(core.client, "Core"), _with_no_mode(edge.server, "Edge")
    outcome: ZoneWord = "active"
    deciding = [inbound, outbound]
    if False in (inbound.passes, outbound.passes):
        outcome = "failed"
        deciding = [check for check in deciding if check.passes is False]
    elif None in (inbound.passes, outbound.passes):
        outcome = "undetermined"
        deciding = [check for check in deciding if check.passes is None]
    rules = _joined(*(check.rules for check in deciding), ("SV1",))
    return Zone(outcome, rules, "; ".join(check.reason for check in deciding))


def _inbound(leaf: Certificate | None, mode: Mode) -> _Check:
    if leaf is None:
        return _Check(None, ("ST2",), "the leaf of the Core's client store is not known")
    said = "Core's client-store leaf at the Edge: "
    assumed: tuple[str, ...] = ()
    if mode == "unknown":
        # No EKU extension passes in any mode, so that nothing needs to be assumed for it.
        assumed = () if leaf.eku is None and leaf.eku_readable else ("CM7",)
        said += "the checking mode is not known and taken to be On (CM7); " if assumed else ""
    finding = _book().judge([leaf], "client", context=Context("on" if mode == "unknown" else mode))
    passes = {"accept": True, "refuse": False}.get(finding.outcome)
    return _Check(passes, _joined(_known(finding.rule), assumed, ("ST2",)), said + finding.reason)


def _outbound(leaf: Certificate | None) -> _Check:
    if leaf is None:
        return _Check(None, ("ST3",), "the leaf of the Edge's server store is not known")
    finding = _book().judge([leaf], "server")
    passes = {"accept": True, "refuse": False}.get(finding.outcome)
    return _Check(
        passes, _joined(_known(finding.rule), ("ST3",)), f"Edge's server-store leaf: {finding.reason}"
    )


def _with_no_mode(leaf: Certificate | None, node: Literal["Core", "Edge"]) -> _Check:
    if leaf is None:
        return _Check(None, ("ST1",), f"the leaf of the {node} is not known")
    need, lists = (
        ("clientAuth", lists_client_auth(leaf)) if node == "Core" else ("serverAuth", lists_server_auth(leaf))
    )
    if lists:
        return _Check(True, ("ST1",), f"{node}'s only leaf lists {need}")
    said = "cannot be read" if lists is None else f"does not list {need}"
    return _Check(
        None,
        ("ST1",),
        f"the EKU of the {node}'s only leaf {said}; for releases before x15.5, which have no checking mode, nobody"
        " states what the peer makes of it",
    )


def _tunnels(core: Node, release: Release) -> Zone:
    leaf = core.client
    rules = ("SV2", "ST2" if release.has_two_stores else "ST1")
    if leaf is None:
        return Zone("undetermined", rules, "the leaf that the Core presents as client is not known")
    lists = lists_client_auth(leaf)
    if lists is None:
        return Zone("undetermined", rules, "the EKU of the Core's client leaf cannot be read")
    if lists:
        return Zone("active", rules, "the Core's client leaf lists clientAuth")
    if leaf.eku is None or ANY_PURPOSE in leaf.eku:
        what = "no EKU extension" if leaf.eku is None else "anyExtendedKeyUsage and not clientAuth"
        return Zone(
            "undetermined", rules, f"the Core's client leaf has {what}: nobody states if that is enough here"
        )
    listed = f"the Core's client leaf lists {in_words(leaf.eku)} and not clientAuth"
    if not release.has_two_stores:
        return Zone("undetermined", rules, f"{listed}; what becomes of that before x15.5 nobody states")
    return Zone("failed", rules, f"{listed}, whatever the checking mode")


def _both(zone: Zone, tunnels: Zone) -> Service:
    parts = (("Unified Communications zone", zone, "SV1"), ("SSH tunnels", tunnels, "SV2"))
    said = "; ".join(f"{name} {part.outcome}" for name, part, _ in parts)
    outcomes = {zone.outcome, tunnels.outcome}
    outcome: ServiceWord = "yes"
    if "failed" in outcomes:
        outcome = "no"
    elif "undetermined" in outcomes:
        outcome = "undetermined"
    rules = _joined(("SV3",), *((rule,) for _, part, rule in parts if part.outcome == _DECIDED_BY[outcome]))
    return Service(outcome, rules, said)


def _with_pop_up(works: Service, leaf: Certificate | None) -> Service:
    if works.outcome != "yes" or leaf is None or _is_private(leaf) is False:
        return works
    since = "the Edge's server leaf is" if _is_private(leaf) else "if the Edge's server leaf is"
    said = (
        f"{works.reason}; {since} from a private CA, clients that do not trust it show a certificate pop-up"
    )
    return replace(works, rules=(*works.rules, "SV6"), reason=said)


def _far_end(leaf: Certificate | None, release: Release) -> Service:
    presents = "ST2" if release.has_two_stores else "ST1"
    if leaf is None:
        return Service(
            "undetermined", ("SV4", presents), "the leaf that the Edge presents as client is not known"
        )
    private = _is_private(leaf)
    rules: tuple[str, ...] = ("SV4",)
    said = "the Edge's client leaf lists clientAuth"
    lists = lists_client_auth(leaf)
    if lists is None:
        said = "the EKU of the Edge's client leaf cannot be read"
    elif leaf.eku is None:
        said = "the Edge's client leaf has no EKU extension, which restricts nothing"
    elif not lists:
        said = (
            f"the Edge's client leaf lists {in_words(leaf.eku)} and not clientAuth: TLS works only where the far end"
            " does not check that"
        )
    if private is not False:
        rules += ("SV5",)
        since = "it is" if private else "if it is"
        said += f"; {since} from a private CA, the far end must hold that CA"
    good = (lists is True or (lists is False and leaf.eku is None)) and private is False
    return Service("yes" if good else "undetermined", (*rules, presents), said)


def _is_private(leaf: Certificate) -> bool | None:
    if leaf.self_issued and leaf.public_issuer is None:
        return True
    return None if leaf.public_issuer is None else not leaf.public_issuer


def _known(rule: str) -> tuple[str, ...]:
    # A rule-book also answers by general rules of its own, for leaves that cannot be read; they are no statements.
    return (rule,) if rule in statements() else ()


def _joined(*parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule for part in parts for rule in part))


@functools.cache
def _book() -> RuleBook:
    return load_rule_books((RULE_BOOK,))[0]
