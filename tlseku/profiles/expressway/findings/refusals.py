"""Handshakes that were refused, or went through though a purpose does not fit: by whom, for what, and the cure.

Knows what a refusal of a client certificate means in each service, and that the checking mode is about inbound SIP TLS
alone; must not know stores' files or the other node's bundle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tlseku.correlation.evidence import causes_in, chain_answered, refusing_alert
from tlseku.correlation.refusal import refusal_statement
from tlseku.flow import Flow, Presented
from tlseku.policy.alert_senses import sense_of
from tlseku.profiles.expressway.findings.diagnosis import (
    EDGE_OFF,
    EKU_CURE,
    SIP_PORTS,
    Diagnosis,
    NodeRole,
    client_without_purpose,
)
from tlseku.profiles.expressway.findings.evidence import (
    Evidence,
    events_of,
    of_ending,
    of_presented,
    of_refusal,
)
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.rules.presented_store import label_text
from tlseku.profiles.expressway.rules.release import Release
from tlseku.profiles.expressway.rules.service_port import service_of
from tlseku.registry.names import alert_name


def refused_handshakes(record: NodeRecord, release: Release, role: NodeRole | None) -> Iterator[Diagnosis]:
    """Each handshake that one side refused, whose certificate it refused and what cures that. Never raises."""
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
    cause = cause_of(flow)
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


def cause_of(flow: Flow) -> str | None:
    """What in the refused chain fits the alert, in a phrase; ``None`` where nothing that is visible does."""
    alert = refusing_alert(flow)
    shown = None if alert is None else chain_answered(flow, alert)
    if alert is None or shown is None or not shown.chain or shown.role == "unknown":
        return None
    sense = sense_of(alert.code, shown.role, flow.version)
    fitting = frozenset() if sense is None else sense.express
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
    to_do = EKU_CURE
    presents: tuple[str, ...] = ("ST2",) if release.has_two_stores else ("ST1",)
    if not release.has_two_stores:
        whose = "this node" if outbound or role == "core" else "the node that connects"
        to_do = f"give {whose} a certificate that lists serverAuth and clientAuth"
    if service == "uc_zone":
        whose = "this node's" if outbound else "the Core's"
        return (
            f"Unified Communications zone: {whose} client certificate lacks clientAuth and was refused",
            ("CM2" if release.has_two_stores else "RL5", "SV1", *presents),
            f"{to_do}{EDGE_OFF if release.has_two_stores else ''}",
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


def _label(record: NodeRecord, flow: Flow, presented: Presented) -> str | None:
    for one in record.presented:
        if one.flow.number == flow.number and one.presented is presented:
            return label_text(one.label)
    return None


def accepted_handshakes(record: NodeRecord, release: Release) -> Iterator[Diagnosis]:
    """Client certificates without clientAuth that were accepted all the same. Never raises."""
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
