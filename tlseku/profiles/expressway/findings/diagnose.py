"""What is wrong with one node, worst first: stores, what it presented, what was refused, what its log says.

Knows the statements on stores, uploads, the checking mode and services, and what a record of a node holds; must not
know the other node's bundle or how anything is shown. Every diagnosis names its rules, what it rests on and what to
do. Repetitions are one diagnosis with several pieces of evidence.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tlseku.correlation.evidence import causes_in, chain_answered, refusing_alert
from tlseku.correlation.refusal import refusal_statement
from tlseku.flow import Flow, Presented
from tlseku.policy.alert_senses import ALERT_SENSES
from tlseku.policy.rule_books import Mode
from tlseku.policy.validity import validity_at
from tlseku.profiles.expressway.archive.member_name import MemberKind
from tlseku.profiles.expressway.findings.evidence import (
    Evidence,
    events_of,
    of_ending,
    of_event,
    of_members,
    of_presented,
    of_refusal,
)
from tlseku.profiles.expressway.logs.failure_words import CAUSES, Cause
from tlseku.profiles.expressway.logs.log_correlation import Correlated
from tlseku.profiles.expressway.logs.log_fields import moment
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.node.snapshot import NO_MODE
from tlseku.profiles.expressway.rules.acceptance import PresentedLeaf, oddities
from tlseku.profiles.expressway.rules.condition import Node
from tlseku.profiles.expressway.rules.predict import predict
from tlseku.profiles.expressway.rules.presented_store import OwnPresented, label_text
from tlseku.profiles.expressway.rules.release import X15_5, Release
from tlseku.profiles.expressway.rules.service_port import service_of, ssh_word
from tlseku.profiles.expressway.rules.store import Store, lists_client_auth
from tlseku.profiles.expressway.rules.store_check import LEVELS, Level, check_stores
from tlseku.registry.names import alert_name

NodeRole = Literal["core", "edge"]

MOST_EVIDENCE = 10
"""Pieces of evidence of one diagnosis that are kept; the others are counted."""

SIP_PORTS = (5061, 5062)
"""SIP TLS and SIP mutual TLS; traversal zones have ports of their own."""

_EKU_CURE = "upload a certificate that lists clientAuth to the client store of the node that connects"
_ONE_STORE_CURE = "give the Core a certificate that lists serverAuth and clientAuth"
_EDGE_OFF = ", or set the checking mode of the Edge to Off, which does not help the SSH tunnels (SV2)"

_PLACES: dict[str, tuple[MemberKind, ...]] = {
    "server": ("server store",),
    "client": ("client store",),
    "both": ("server store", "client store"),
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing to know. ``rules`` are ids, the deciding one first, and empty for plain facts such as expiry;
    ``to_do`` is ``None`` where nothing is to be done. ``more`` counts evidence beyond ``MOST_EVIDENCE``."""

    level: Level
    rules: tuple[str, ...]
    text: str
    to_do: str | None
    evidence: tuple[Evidence, ...] = ()
    more: int = 0


def diagnose(
    record: NodeRecord, role: NodeRole | None = None, edge_mode: Mode = "unknown"
) -> tuple[Diagnosis, ...]:
    """Diagnose one node; ``role`` is what it is in its pair, ``None`` if nobody knows. Never raises.

    ``edge_mode`` is the checking mode of the Edge, where the Edge's bundle says it.
    """
    release = release_of(record)
    found = [
        *_served(record, release),
        *_refused(record, release, role),
        *_logged(record, release),
        *_predicted(record, release, role, edge_mode),
        *_stores(record, release, role),
        *_odd_certificates(record, role),
        *_expired(record),
        *_accepted(record, release),
        *_mode(record),
    ]
    order = list(LEVELS)
    return tuple(sorted(_joined(found), key=lambda one: order.index(one.level)))


def release_of(record: NodeRecord) -> Release:
    """The release of a node; x15.5 is taken where no file says it."""
    return X15_5 if record.snapshot.release is None else record.snapshot.release


def snapshot_time(record: NodeRecord) -> int | None:
    """When the snapshot was taken, in nanoseconds since 1970-01-01, by the names of its files; the zone is not told,
    which is good enough for days."""
    if record.snapshot.time is None:
        return None
    day, _, time = record.snapshot.time.partition("_")
    return moment(f"{day} {time.replace('_', ':')}")


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


def _refused(record: NodeRecord, release: Release, role: NodeRole | None) -> Iterator[Diagnosis]:
    for flow in record.flows:
        if flow.outcome != "refused":
            continue
        refusal = of_refusal(flow)
        statement = refusal_statement(flow)
        wrong = client_without_purpose(flow)
        evidence = [] if wrong is None else [of_presented(flow, wrong, _label(record, flow, wrong))]
        evidence += [] if refusal is None else [refusal]
        evidence += events_of(record, (flow,))
        if wrong is not None and flow.refused_by == "server":
            text, rules, to_do = _client_refused(record, flow, release, role)
        else:
            # The statement is about one flow, which belongs to the evidence; what joins them is who refused.
            text, rules, to_do = _otherwise_refused(flow)
            if statement is not None:
                evidence.append(
                    Evidence(
                        flow.file,
                        "frame",
                        statement.frames[-1] if statement.frames else 1,
                        statement.text,
                        flow.end,
                        flow.number,
                    )
                )
        yield Diagnosis("wrong", rules, text, to_do, tuple(evidence))


def _otherwise_refused(flow: Flow) -> tuple[str, tuple[str, ...], str]:
    """A refusal that no clientAuth cures: of whom, with which alert, and what to look at for that alert."""
    alert = refusing_alert(flow)
    refused = {"server": "client", "client": "server"}.get(flow.refused_by or "")
    text = f"a TLS handshake was refused by the {flow.refused_by or 'peer'}"
    if alert is not None:
        text += f" with alert {alert_name(alert.code)} ({alert.code})"
    cause = _cause_of(flow)
    if cause is not None:
        text += f": {cause}"
    whose = "the certificates of both sides" if refused is None else f"the {refused}'s certificate"
    cure = None if alert is None else _CURES.get(alert.code)
    if cure is None:
        return (
            text,
            (),
            f"look at {whose}: its names, dates and issuers, and at the log of the side that refused",
        )
    return text, (), cure.format(refused=refused or "other side", judge=flow.refused_by or "peer")


def _cause_of(flow: Flow) -> str | None:
    """What in the refused chain fits the alert, in a phrase; ``None`` where nothing that is visible does."""
    alert = refusing_alert(flow)
    shown = None if alert is None else chain_answered(flow, alert)
    if alert is None or shown is None or not shown.chain:
        return None
    fitting = ALERT_SENSES[alert.code].express if alert.code in ALERT_SENSES else frozenset()
    said = [cause.reason for cause in causes_in(flow, shown) if cause.name in fitting]
    # Days differ from one connection to the next; the cause is the same.
    return f"of the {shown.role}'s certificate, {_DAYS.sub('', said[0])}" if said else None


_DAYS = re.compile(r" (?:for another )?(?:[\d,]+ days?|less than a day)(?: earlier)?")


_CURES: Mapping[int, str] = {
    40: "see in the log of the {judge} what could not be agreed on",
    42: "look at the {refused}'s certificate: its names, dates and revocation, in the log of the {judge}",
    43: "look at EKU and key usage of the {refused}'s certificate and of the CAs above it",
    44: "the {refused}'s certificate is revoked: renew it",
    45: "renew the {refused}'s certificate, and look at the clock of the {judge}",
    46: "look at the {refused}'s certificate in the log of the {judge}, which does not tell more on the wire",
    48: "append the CAs of the {refused}'s certificate, up to the root, to the trusted CAs of the {judge}",
    116: "give the {refused} a certificate, or have the {judge} not require one",
}
"""What to do for an alert that refuses a certificate."""


def _is_sip_tls(flow: Flow, record: NodeRecord) -> bool:
    # The checking mode is about inbound SIP TLS and nothing else.
    return flow.server.port in SIP_PORTS or service_of(flow.server, record.zone_ports) == "uc_zone"


def _client_refused(
    record: NodeRecord, flow: Flow, release: Release, role: NodeRole | None
) -> tuple[str, tuple[str, ...], str]:
    outbound = flow.direction == "outbound"
    service = service_of(flow.server, record.zone_ports)
    to_do = _EKU_CURE
    presents: tuple[str, ...] = ("ST2",) if release.has_two_stores else ("ST1",)
    if not release.has_two_stores:
        whose = "this node" if outbound or role == "core" else "the node that connects"
        to_do = f"give {whose} a certificate that lists serverAuth and clientAuth"
    if service == "uc_zone":
        whose = "this node's" if outbound else "the Core's"
        return (
            f"Unified Communications zone: {whose} client certificate lacks clientAuth and was refused",
            ("CM2" if release.has_two_stores else "RL5", "SV1", *presents),
            f"{to_do}{_EDGE_OFF if release.has_two_stores else ''}",
        )
    if flow.direction == "inbound" and not _is_sip_tls(flow, record):
        return (
            f"this node refused a client certificate that lacks clientAuth on port {flow.server.port}, which is no SIP"
            " TLS: the checking mode plays no part there",
            (),
            to_do,
        )
    if flow.direction == "inbound":
        off = ", or set the checking mode of this node to Off" if release.has_two_stores else ""
        return (
            "this node refused a client certificate that lacks clientAuth",
            ("CM2",) if release.has_two_stores else (),
            f"{to_do}{off}",
        )
    return (
        "a far end refused this node's client certificate, which lacks clientAuth"
        if outbound
        else "a client certificate that lacks clientAuth was refused",
        ("SV4", *presents),
        f"{to_do}, or have the far end not check the purpose",
    )


def client_without_purpose(flow: Flow) -> Presented | None:
    """The client Certificate message of a flow whose leaf has an EKU without clientAuth; ``None`` if there is none."""
    for presented in flow.presented:
        if presented.role == "client" and presented.chain:
            leaf = presented.chain[0]
            if lists_client_auth(leaf) is False and leaf.eku is not None:
                return presented
    return None


def _label(record: NodeRecord, flow: Flow, presented: Presented) -> str | None:
    for one in record.presented:
        if one.flow.number == flow.number and one.presented is presented:
            return label_text(one.label)
    return None


def _logged(record: NodeRecord, release: Release) -> Iterator[Diagnosis]:
    for one in record.events:
        entry = one.entry
        if entry.refusal == "eku":
            # Where its flow was refused for that the event is evidence there.
            if not any(
                flow.outcome == "refused" and client_without_purpose(flow) is not None for flow in one.flows
            ):
                yield _eku_refusal(one, record.zone_ports, release.has_two_stores)
        elif entry.kind in ("tls_error", "ssl") and entry.detail is not None:
            if any(flow.outcome == "refused" for flow in one.flows):
                continue
            yield _tls_error(one)
        elif entry.kind == "ssh" and entry.detail is not None:
            if ssh_word(entry.detail) == "up":
                continue
            yield _ssh_message(one, entry.detail)


def _tls_error(one: Correlated) -> Diagnosis:
    entry = one.entry
    side = "" if entry.role is None else f" as TLS {entry.role}"
    text = f"the log tells of a TLS error{side}: {entry.detail}"
    failure = entry.failure
    if failure is None:
        to_do = "capture the same connection, and look at the log of the other side at this time"
        return Diagnosis("caution", (), text, to_do, (of_event(one),))
    whose = "the peer's certificate" if failure.by == "node" else "this node's certificate"
    judge = "this node" if failure.by == "node" else "the peer"
    about = "" if failure.cause is None else f", for {CAUSES[failure.cause]}"
    text += f" ({judge} refused {whose}{about})"
    to_do = f"look at names, dates and issuers of {whose}"
    if failure.cause is not None:
        to_do = _CAUSE_CURES[failure.cause].format(whose=whose, judge=judge)
    return Diagnosis("caution", (), text, to_do, (of_event(one),))


_CAUSE_CURES: Mapping[Cause, str] = {
    "purpose": "have {whose} list clientAuth where its owner is TLS client, serverAuth where it is server",
    "chain": "append the CAs of {whose}, up to the root, to the trusted CAs of {judge}",
    "dates": "renew {whose}, and look at the clock of {judge}",
    "name": "issue {whose} with the name that {judge} expects, or set that name in the zone",
    "missing": "give the side that connects a certificate for its client store",
    "revoked": "renew {whose}",
}
"""What to do for what a log names as the cause."""


def _ssh_message(one: Correlated, detail: str) -> Diagnosis:
    word = ssh_word(detail)
    if word == "denied":
        cure = "give the Core a client certificate that lists clientAuth"
        text = f"the log says that the SSH tunnels are refused: {detail}"
        return Diagnosis("wrong", ("SV2",), text, cure, (of_event(one),))
    if word == "down":
        text = f"the log says that the SSH tunnels are down, since the Edge is not reached: {detail}"
        cure = (
            "see that TCP 2222 of the Edge can be reached from the Core: address, routing, firewall, services"
        )
        return Diagnosis("wrong", (), text, cure, (of_event(one),))
    cure = "look at the log of the other node at this time"
    return Diagnosis("caution", (), f"the log tells of the SSH tunnels: {detail}", cure, (of_event(one),))


def _eku_refusal(one: Correlated, zone_ports: Container[int], has_mode: bool) -> Diagnosis:
    evidence: list[Evidence] = [of_event(one)]
    for flow in one.flows:
        presented = client_without_purpose(flow)
        evidence += [] if presented is None else [of_presented(flow, presented)]
        evidence.append(of_ending(flow))
    # An initiator checks serverAuth whatever the mode; the responder's check is what the mode turns off.
    if one.entry.role == "client":
        return Diagnosis(
            "wrong",
            ("CM8",),
            "the log says that this node, as TLS client, refuses a certificate for its purpose",
            "have the peer present a server certificate that lists serverAuth",
            tuple(evidence),
        )
    port = None if one.entry.destination is None else one.entry.destination.port
    sip = port is None or port in SIP_PORTS or port in zone_ports
    return Diagnosis(
        "wrong",
        ("CM2",) if one.entry.role == "server" and sip and has_mode else (),
        "the log says that a certificate was refused for its purpose (EKU)",
        _EKU_CURE
        if has_mode
        else "give the node that connects a certificate that lists serverAuth and clientAuth",
        tuple(evidence),
    )


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
        to_do = _ONE_STORE_CURE
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
            f"{to_do}{_EDGE_OFF}",
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
                _EKU_CURE if release.has_two_stores else _ONE_STORE_CURE,
                (of_presented(flow, presented),),
            )


def _expired(record: NodeRecord) -> Iterator[Diagnosis]:
    own = {(one.flow.number, one.presented.frame, one.presented.role) for one in record.presented}
    for flow in record.flows:
        for presented in flow.presented:
            if not presented.chain:
                continue
            validity = validity_at(presented.chain[0], presented.ts)
            if (
                flow.outcome == "refused"
                and presented.role != flow.refused_by
                and _cause_of(flow) is not None
            ):
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


def _accepted(record: NodeRecord, release: Release) -> Iterator[Diagnosis]:
    for flow in record.flows:
        presented = client_without_purpose(flow)
        if presented is None or flow.outcome != "completed":
            continue
        inbound = _is_sip_tls(flow, record) and (
            flow.direction == "inbound" or service_of(flow.server, record.zone_ports) == "uc_zone"
        )
        yield Diagnosis(
            "caution",
            ("CM3",) if inbound and release.has_two_stores else ("SV4",),
            "a client certificate that lacks clientAuth was accepted, as with the checking mode Off"
            if inbound
            else "this node accepted a client certificate that lacks clientAuth, where the checking mode plays no part"
            if flow.direction == "inbound"
            else "a far end accepted a client certificate that lacks clientAuth: it does not check the purpose",
            "do not rely on it: the check may be turned on",
            (of_presented(flow, presented, _label(record, flow, presented)), of_ending(flow)),
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
