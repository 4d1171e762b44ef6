"""What is wrong with one node, worst first: stores, what it presented, what was refused, what its log says.

Knows the statements on stores, uploads, the checking mode and services, and what a record of a node holds; must not
know the other node's bundle or how anything is shown. Every diagnosis names its rules, what it rests on and what to
do. Repetitions are one diagnosis with several pieces of evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from tlseku.policy.rule_books import Mode
from tlseku.policy.validity import validity_at
from tlseku.profiles.expressway.archive.member_name import MemberKind
from tlseku.profiles.expressway.findings.diagnosis import (
    EDGE_OFF,
    EKU_CURE,
    MOST_EVIDENCE,
    ONE_STORE_CURE,
    Diagnosis,
    NodeRole,
    client_without_purpose,
    release_of,
    snapshot_time,
)
from tlseku.profiles.expressway.findings.evidence import (
    of_members,
    of_presented,
)
from tlseku.profiles.expressway.findings.log_findings import logged_failures
from tlseku.profiles.expressway.findings.refusals import accepted_handshakes, cause_of, refused_handshakes
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.node.snapshot import NO_MODE
from tlseku.profiles.expressway.rules.acceptance import PresentedLeaf, oddities
from tlseku.profiles.expressway.rules.condition import Node
from tlseku.profiles.expressway.rules.predict import predict
from tlseku.profiles.expressway.rules.presented_store import OwnPresented, label_text
from tlseku.profiles.expressway.rules.release import Release
from tlseku.profiles.expressway.rules.service_port import service_of
from tlseku.profiles.expressway.rules.store import Store
from tlseku.profiles.expressway.rules.store_check import LEVELS, Level, check_stores

_PLACES: dict[str, tuple[MemberKind, ...]] = {
    "server": ("server store",),
    "client": ("client store",),
    "both": ("server store", "client store"),
}


def diagnose(
    record: NodeRecord, role: NodeRole | None = None, edge_mode: Mode = "unknown"
) -> tuple[Diagnosis, ...]:
    """Diagnose one node; ``role`` is what it is in its pair, ``None`` if nobody knows. Never raises.

    ``edge_mode`` is the checking mode of the Edge, where the Edge's bundle says it.
    """
    release = release_of(record)
    found = [
        *_served(record, release),
        *refused_handshakes(record, release, role),
        *logged_failures(record, release),
        *_predicted(record, release, role, edge_mode),
        *_stores(record, release, role),
        *_odd_certificates(record, role),
        *_expired(record),
        *accepted_handshakes(record, release),
        *_mode(record),
    ]
    order = list(LEVELS)
    return tuple(sorted(_joined(found), key=lambda one: order.index(one.level)))


def _joined(found: Sequence[Diagnosis]) -> Iterator[Diagnosis]:
    together: dict[tuple[object, ...], list[Diagnosis]] = {}
    for one in found:
        together.setdefault((one.level, one.rules, one.text, one.to_do), []).append(one)
    for same in together.values():
        first = same[0]
        evidence = tuple(dict.fromkeys(piece for one in same for piece in one.evidence))
        more = sum(one.more for one in same) + max(len(evidence) - MOST_EVIDENCE, 0)
        yield Diagnosis(first.level, first.rules, first.text, first.to_do, evidence[:MOST_EVIDENCE], more)


def _stores(record: NodeRecord, release: Release, role: NodeRole | None) -> Iterator[Diagnosis]:
    snapshot = record.snapshot
    remarks = check_stores(
        snapshot.server, snapshot.client, snapshot.trusted, release, snapshot_time(record), role
    )
    for remark in remarks:
        if remark.level == "fine":
            continue
        where = {"server": "server store: ", "client": "client store: ", "both": ""}[remark.place]
        kinds = _PLACES[remark.place]
        if remark.rule == "ST5":
            kinds = (*kinds, "trusted CAs")
        rules: tuple[str, ...] = () if remark.rule is None else (remark.rule,)
        level = remark.level
        if remark.rule == "UP1" and level == "wrong" and role == "edge":
            # Conditions 2.1 and 4 work with it: only far ends may refuse the Edge (SV4).
            level, rules = "caution", ("UP1", "SV4")
        yield Diagnosis(level, rules, f"{where}{remark.text}", remark.to_do, of_members(record, *kinds))


def _odd_certificates(record: NodeRecord, role: NodeRole | None) -> Iterator[Diagnosis]:
    """What the vendor's guide warns of in the certificates of the stores."""
    places: tuple[tuple[Literal["client", "server"], MemberKind, Store | None], ...] = (
        ("client", "client store", record.snapshot.client),
        ("server", "server store", record.snapshot.server),
    )
    for place, kind, store in places:
        if store is None:
            continue
        for part in oddities(PresentedLeaf(role or "core", place, store.leaf)):
            text = part.reason if role is not None else part.reason.replace("the Core's", "this node's")
            to_do = (
                part.to_do if role is not None or part.to_do is None else part.to_do.replace("the Core", "it")
            )
            yield Diagnosis("caution", part.rules, text, to_do, of_members(record, kind))


def _served(record: NodeRecord, release: Release) -> Iterator[Diagnosis]:
    if not release.has_two_stores:
        yield from (found for one in record.presented if (found := _stale(one, record, ("ST1",))) is not None)
        return
    for one in record.presented:
        is_client = one.presented.role == "client"
        rule = "ST2" if is_client else "ST3"
        wrong: MemberKind = "server store" if is_client else "client store"
        right: MemberKind = "client store" if is_client else "server store"
        if one.label.by == "sha256":
            if one.label.store == wrong and one.presented.role != "unknown":
                yield Diagnosis(
                    "wrong",
                    (rule,),
                    f"as TLS {one.presented.role} the node presents the certificate of its {wrong}, not that of its"
                    f" {right}",
                    f"restart the node so that it serves what its {right} holds, then capture again",
                    (
                        of_presented(one.flow, one.presented, label_text(one.label)),
                        *of_members(record, right),
                    ),
                )
            continue
        stale = _stale(one, record, (rule,))
        if stale is not None:
            yield stale


def _stale(one: OwnPresented, record: NodeRecord, rules: tuple[str, ...]) -> Diagnosis | None:
    if one.label.by == "sha256" or one.label.store == "unknown":
        return None
    said = f"as TLS {one.presented.role} the node presents a certificate that is in none of its stores"
    if one.label.by is not None:
        said += f", though one with the same {one.label.by} is in its {_named(one.label.store)}"
    said += ": a stale certificate is still served"
    hint = f"; {'; '.join(one.label.hints)}" if one.label.hints else ""
    return Diagnosis(
        "wrong",
        rules,
        said,
        "restart the node so that it serves what its stores hold, then capture again",
        (
            of_presented(one.flow, one.presented, f"in no store{hint}"),
            *of_members(record, "server store", "client store"),
        ),
    )


def _named(store: str) -> str:
    return "stores" if store == "both" else store


def _predicted(
    record: NodeRecord, release: Release, role: NodeRole | None, edge_mode: Mode
) -> Iterator[Diagnosis]:
    client, server = record.snapshot.client, record.snapshot.server
    if client is None and server is None:
        yield from _predicted_from_captures(record, release)
    store = client if release.has_two_stores else server
    if store is None or role == "edge":
        return
    node = Node(None if client is None else client.leaf, None if server is None else server.leaf)
    prediction = predict(node, Node(), "unknown", release)
    files = of_members(record, "client store" if release.has_two_stores else "server store")
    condition = "" if role == "core" else "if this node is the Core, "
    level: Level = "wrong" if role == "core" else "caution"
    to_do = "upload a certificate that lists clientAuth to the client store"
    if not release.has_two_stores:
        to_do = ONE_STORE_CURE
    if prediction.ssh_tunnels.outcome == "failed":
        yield Diagnosis(
            level,
            prediction.ssh_tunnels.rules,
            f"{condition}the SSH tunnels to the Edge fail: {prediction.ssh_tunnels.reason}",
            to_do,
            files,
        )
    if prediction.uc_zone.outcome == "failed" and edge_mode != "off":
        rules = tuple(rule for rule in prediction.uc_zone.rules if rule != "CM7")
        if not release.has_two_stores:
            text = f"{condition}the Unified Communications zone fails: {prediction.uc_zone.reason}"
            yield Diagnosis(level, rules, text, to_do, files)
            return
        yield Diagnosis(
            level if edge_mode == "on" else "caution",
            rules,
            f"{condition}the Unified Communications zone fails where the checking mode of the Edge is On: the client"
            " leaf lacks clientAuth",
            f"{to_do}{EDGE_OFF}",
            files,
        )


def _predicted_from_captures(record: NodeRecord, release: Release) -> Iterator[Diagnosis]:
    """What follows from a leaf that the Core showed in its zone, where no store is known."""
    for flow in record.flows:
        presented = client_without_purpose(flow)
        if presented is None or service_of(flow.server, record.zone_ports) != "uc_zone":
            continue
        prediction = predict(Node(presented.chain[0], presented.chain[0]), Node(), "unknown", release)
        if prediction.ssh_tunnels.outcome == "failed":
            yield Diagnosis(
                "wrong",
                prediction.ssh_tunnels.rules,
                f"the SSH tunnels to the Edge fail with the certificate that the Core presents in its zone:"
                f" {prediction.ssh_tunnels.reason}",
                EKU_CURE if release.has_two_stores else ONE_STORE_CURE,
                (of_presented(flow, presented),),
            )


def _expired(record: NodeRecord) -> Iterator[Diagnosis]:
    own = {(one.flow.number, one.presented.frame, one.presented.role) for one in record.presented}
    for flow in record.flows:
        for presented in flow.presented:
            if not presented.chain:
                continue
            validity = validity_at(presented.chain[0], presented.ts)
            if flow.outcome == "refused" and presented.role != flow.refused_by and cause_of(flow) is not None:
                # The refusal says it, with its alert.
                continue
            if validity.outcome in ("valid", "unreadable"):
                continue
            who = "this node" if (flow.number, presented.frame, presented.role) in own else "a peer"
            yield Diagnosis(
                "wrong",
                (),
                f"{who} presents, as TLS {presented.role}, a certificate that is outside its dates: {validity.reason}",
                "renew the certificate",
                (of_presented(flow, presented),),
            )


def _mode(record: NodeRecord) -> Iterator[Diagnosis]:
    if record.snapshot.mode_assumed:
        yield Diagnosis(
            "open",
            ("CM7",),
            f"{record.snapshot.mode_problem or NO_MODE}: it is taken to be On, the default",
            "ask the node: xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode",
            of_members(record, "xconf"),
        )
