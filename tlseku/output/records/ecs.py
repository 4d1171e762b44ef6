"""Flows as documents of the Elastic Common Schema (ECS 8), an object a line with dotted names.

Knows the field sets base, event, client, server, source, destination, network, tls and x509
(https://www.elastic.co/guide/en/ecs/8.11/ecs-tls.html); must not know streams. What ECS has no name for, the verdicts
above all, stands under ``tlseku.``. Digests and serial numbers are upper-case hex without colons, as ECS asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlseku.correlation import client_certificate_state
from tlseku.flow import Flow, Presented, Role
from tlseku.output.json.flow_json import to_json
from tlseku.output.records.shared_fields import (
    alternative_names,
    even_serial,
    key_of,
    last_presented,
    leaf_of,
    name_values,
)
from tlseku.output.words import wording
from tlseku.output.words.timestamps import rfc3339
from tlseku.registry import names
from tlseku.x509.certificate import Certificate

ECS_VERSION = "8.11.0"

_OUTCOMES = {
    "completed": "success",
    "refused": "failure",
    "refused_inside": "failure",
    "aborted": "failure",
}
_DIRECTIONS = {"local": "internal"}
_NAME_PARTS = {
    "common_name": "CN",
    "country": "C",
    "locality": "L",
    "organization": "O",
    "organizational_unit": "OU",
    "state_or_province": "ST",
}


def lines(flows: Iterable[Flow]) -> Iterator[str]:
    """A document a line."""
    return (f"{to_json(document(flow))}\n" for flow in flows)


def document(flow: Flow) -> dict[str, object]:
    """One flow under dotted names; what is not known is left out, as ECS has it."""
    fields = {
        **_event(flow),
        **_ends(flow),
        **_tls(flow),
        **_side(flow, "client"),
        **_side(flow, "server"),
        **_own(flow),
    }
    return {name: value for name, value in fields.items() if value is not None and value != []}


def _event(flow: Flow) -> dict[str, object]:
    return {
        "@timestamp": rfc3339(flow.start),
        "ecs.version": ECS_VERSION,
        "event.kind": "event",
        "event.category": ["network"],
        "event.type": ["connection", "protocol"],
        "event.dataset": "tlseku.flow",
        "event.module": "tlseku",
        "event.start": rfc3339(flow.start),
        "event.end": rfc3339(flow.end),
        "event.duration": flow.end - flow.start,
        "event.outcome": _OUTCOMES.get(flow.outcome, "unknown"),
        "event.reason": flow.outcome_basis,
    }


def _ends(flow: Flow) -> dict[str, object]:
    on_link = flow.transport is None
    fields: dict[str, object] = {
        "network.transport": flow.transport,
        "network.type": None if on_link else "ipv6" if ":" in flow.client.ip else "ipv4",
        "network.protocol": "tls",
        "network.direction": _DIRECTIONS.get(flow.direction, flow.direction),
    }
    for end, of_client in (("client", True), ("source", True), ("server", False), ("destination", False)):
        endpoint = flow.client if of_client else flow.server
        fields[f"{end}.address"] = endpoint.ip
        if on_link:
            # RFC 7042 section 2.1, as ECS wants it.
            fields[f"{end}.mac"] = endpoint.ip.replace(":", "-").upper()
        else:
            fields |= {f"{end}.ip": endpoint.ip, f"{end}.port": endpoint.port}
    if flow.outer is not None:
        fields["user.name"] = flow.outer.identity
    return fields


def _tls(flow: Flow) -> dict[str, object]:
    version = None if flow.version is None else names.VERSIONS.get(flow.version)
    return {
        "tls.version": None if version is None else version.partition(" ")[2],
        "tls.version_protocol": None if version is None else version.partition(" ")[0].lower(),
        "tls.cipher": None if flow.cipher is None else names.cipher_suite_name(flow.cipher),
        "tls.established": True
        if flow.outcome == "completed"
        else False
        if flow.outcome in _OUTCOMES
        else None,
        "tls.resumed": flow.resumed,
        "tls.next_protocol": flow.alpn,
        "tls.client.server_name": flow.sni,
    }


def _side(flow: Flow, role: Role) -> dict[str, object]:
    leaf = leaf_of(flow, role)
    if leaf is None:
        return {}
    start = f"tls.{role}"
    return {
        f"{start}.subject": leaf.subject,
        f"{start}.issuer": leaf.issuer,
        f"{start}.not_before": _time(leaf.not_before),
        f"{start}.not_after": _time(leaf.not_after),
        f"{start}.hash.sha256": leaf.sha256.upper(),
        **{f"{start}.x509.{name}": value for name, value in _x509(leaf).items()},
    }


def _x509(certificate: Certificate) -> dict[str, object]:
    key = key_of(certificate)
    return {
        "version_number": None if certificate.version is None else str(certificate.version),
        "serial_number": even_serial(certificate),
        "signature_algorithm": certificate.signature_algorithm,
        "public_key_algorithm": key.algorithm,
        "public_key_size": key.bits,
        "public_key_curve": key.curve,
        "not_before": _time(certificate.not_before),
        "not_after": _time(certificate.not_after),
        "alternative_names": alternative_names(certificate, "dns", "ip", "email", "uri"),
        "subject.distinguished_name": certificate.subject,
        "issuer.distinguished_name": certificate.issuer,
        **{
            f"subject.{part}": name_values(certificate.subject_der, kind)
            for part, kind in _NAME_PARTS.items()
        },
        **{f"issuer.{part}": name_values(certificate.issuer_der, kind) for part, kind in _NAME_PARTS.items()},
    }


def _own(flow: Flow) -> dict[str, object]:
    fields: dict[str, object] = {
        "tlseku.flow": flow.number,
        "tlseku.file": flow.file,
        "tlseku.outcome": flow.outcome,
        "tlseku.refused_by": flow.refused_by,
        "tlseku.service": flow.service,
        "tlseku.carrier": flow.carrier,
        "tlseku.client_certificate": client_certificate_state(flow),
        "tlseku.alerts": [f"{alert.role}: {wording.alert(alert)}" for alert in flow.alerts],
        "tlseku.hidden": [f"{hidden.what}: {hidden.reason}" for hidden in flow.hidden],
        "tlseku.defects": [f"{defect.layer}: {defect.reason}" for defect in flow.defects],
    }
    for role in ("client", "server"):
        presented = last_presented(flow, role)
        if presented is not None:
            fields |= {f"tlseku.{role}.{name}": value for name, value in _judged(presented).items()}
    return fields


def _judged(presented: Presented) -> dict[str, object]:
    return {
        "verdict": presented.verdict,
        "reason": presented.reason,
        "frame": presented.frame,
        "broken_at": presented.broken_at,
        "eku": [names.eku_name(oid) for oid in presented.chain[0].eku or ()] if presented.chain else None,
    }


def _time(ns: int | None) -> str | None:
    return None if ns is None else rfc3339(ns, digits=0)
