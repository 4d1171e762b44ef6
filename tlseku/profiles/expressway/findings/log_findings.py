"""What a node's log says of failures: refused certificates, TLS errors, SSH tunnels, each with its cure.

Knows events of the log; must not know how lines are read. An event that belongs to a refused flow is evidence there.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from tlseku.profiles.expressway.findings.diagnosis import (
    EKU_CURE,
    SIP_PORTS,
    Diagnosis,
    client_without_purpose,
)
from tlseku.profiles.expressway.findings.evidence import (
    Evidence,
    of_ending,
    of_event,
    of_presented,
)
from tlseku.profiles.expressway.logs.failure_words import CAUSES, Cause
from tlseku.profiles.expressway.logs.log_correlation import Correlated
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.rules.release import Release
from tlseku.profiles.expressway.rules.service_port import ssh_word


def logged_failures(record: NodeRecord, release: Release) -> Iterator[Diagnosis]:
    """What the log tells beyond the flows that were refused. Never raises."""
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
        EKU_CURE
        if has_mode
        else "give the node that connects a certificate that lists serverAuth and clientAuth",
        tuple(evidence),
    )
