"""A flow as the JSON object ``tlseku/flow/2``: one small line, each fact once.

Knows the contract, whose schema is ``flow-2.schema.json`` beside this module, and nothing of a flow but its public
attributes; must not know files or streams. Out come plain dictionaries with every key always there, in the order of
the contract. What is said at length (every certificate, message and finding) is a row of its own
(``output.records.table_rows``), or stands in the full object, ``full_flow``.

This is what is meant; what writes the same text faster is held to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tlseku.correlation import client_certificate_state, correlate, server_certificate_state, telling_alert
from tlseku.flow import Alert, Flow, Presented, Request, Role
from tlseku.output.json.flow_json import endpoint_to_dict, flow_to_dict
from tlseku.output.words.timestamps import rfc3339
from tlseku.policy.finding import Finding, RuleOutcome
from tlseku.policy.request_match import Match
from tlseku.registry import names
from tlseku.x509.certificate import Certificate

LINE_SCHEMA = "tlseku/flow/2"

NAMES_IN_LINE = 5
"""Subject alternative names that a line has room for; some certificates have a hundred."""

_BESIDE = ("tcp_stream", "community_id", "carrier", "alert", "request", "client_cert", "server_cert", "why")
"""Keys of the line that ``tlseku/flow/1`` has not: they stand in the full object, too."""


def flow_line(flow: Flow) -> dict[str, object]:
    """The object of the contract ``tlseku/flow/2`` for one flow, valid against its JSON Schema."""
    return {
        "schema": LINE_SCHEMA,
        **_connection(flow),
        **_agreed(flow),
        "outcome": flow.outcome,
        "outcome_basis": flow.outcome_basis,
        "refused_by": flow.refused_by,
        **_said(flow),
        "hidden": [{"what": hidden.what, "reason": hidden.reason} for hidden in flow.hidden],
        "defects": len(flow.defects),
    }


def full_flow(flow: Flow) -> dict[str, object]:
    """Everything in one object: ``tlseku/flow/1``, with those keys of the line beside it that it has not."""
    return {**flow_to_dict(flow), **beside_full(flow)}


def beside_full(flow: Flow) -> dict[str, object]:
    """What the line says of a flow under keys that ``tlseku/flow/1`` has not, in the order of the line."""
    said = {**_connection(flow), **_said(flow)}
    return {key: said[key] for key in _BESIDE}


def _connection(flow: Flow) -> dict[str, object]:
    """Where the flow is found, here and in other tools, and whose it is."""
    return {
        "flow": flow.number,
        "file": flow.file,
        "start": rfc3339(flow.start),
        "end": rfc3339(flow.end),
        "tcp_stream": flow.tcp_stream,
        "community_id": flow.community_id,
        "carrier": flow.carrier,
        "service": flow.service,
        "starttls": flow.starttls,
        "client": endpoint_to_dict(flow.client),
        "server": endpoint_to_dict(flow.server),
        "direction": flow.direction,
        "vantage": list(flow.vantage),
        "role_evidence": flow.role_evidence,
    }


def _agreed(flow: Flow) -> dict[str, object]:
    """What both sides agreed upon."""
    return {
        "version": flow.version_name,
        "cipher": flow.cipher_name,
        "sni": flow.sni,
        "alpn": flow.alpn,
        "resumed": flow.resumed,
    }


def _said(flow: Flow) -> dict[str, object]:
    """The alert and the request that tell most, the chains of both sides, and what all of it means."""
    alert, request = telling_alert(flow), request_of(flow)
    return {
        "alert": None if alert is None else alert_to_dict(alert),
        "request": None if request is None else _request_to_dict(request),
        "client_cert": _certificates(flow, "client", client_certificate_state(flow)),
        "server_cert": _certificates(flow, "server", server_certificate_state(flow)),
        "peer_software": line_of_software(flow),
        "why": [{"id": statement.about, "text": statement.text} for statement in correlate(flow)],
    }


def line_of_software(flow: Flow) -> dict[str, object] | None:
    """Whose software the server likely is: libraries by name, the same in words, and what that rests on."""
    software = flow.peer_software
    if software is None:
        return None
    return {"likely": list(software.stacks), "title": software.title, "basis": software.basis}


def alert_to_dict(alert: Alert) -> dict[str, object]:
    """The alert that tells most."""
    return {
        "code": None if alert.name is None else alert.code,
        "name": alert.name,
        "role": alert.role,
        "frame": alert.frame,
        "after": alert.after,
    }


def request_of(flow: Flow) -> Request | None:
    """The request that the client's certificate, or its empty list, answers; the last one where nothing did."""
    answered = [request for request in flow.requests if request.answer in ("presented", "empty")]
    return answered[0] if answered else flow.requests[-1] if flow.requests else None


def _request_to_dict(request: Request) -> dict[str, object]:
    return {
        "frame": request.frame,
        "answer": request.answer,
        "authorities": len(request.authorities),
        "met": requirements_met(request.matches),
    }


def requirements_met(matches: Mapping[str, Match]) -> bool | None:
    """Whether what was presented is what was asked for, None where that cannot be told."""
    checks = [match.ok for match in matches.values()]
    if False in checks:
        return False
    return None if None in checks or not checks else True


def _certificates(flow: Flow, role: Role, state: str) -> dict[str, object]:
    """What is known of the certificate of a side: its first chain, and further ones in ``more``."""
    first, *more = [chain_to_dict(each) for each in flow.presented if each.role == role] or [{"state": state}]
    if role == "server":
        # A chain of which nobody can tell whose it is must not be lost: the state says that it is not known.
        more += [chain_to_dict(each) for each in flow.presented if each.role == "unknown"]
    return {**first, "more": more}


def chain_to_dict(presented: Presented) -> dict[str, object]:
    """A chain in its role, told by its leaf; an empty list is told by its state alone."""
    if presented.verdict == "declined":
        return {"state": "declined"}
    return {
        "state": "presented",
        "verdict": presented.verdict,
        "reason": presented.reason,
        "frame": presented.frame,
        **_leaf(presented.chain[0] if presented.chain else None),
        "effective_eku": _purposes(presented.effective_eku),
        "broken_at": presented.broken_at,
        "chain": [certificate.sha256 for certificate in presented.chain],
        "refuse": _books(presented.rule_books, "refuse"),
        "depends": _books(presented.rule_books, "depends"),
    }


def _leaf(leaf: Certificate | None) -> dict[str, object]:
    """The facts of a leaf; all null where a cut left none."""
    if leaf is None:
        return dict.fromkeys(_LEAF_KEYS)
    facts = (
        leaf.subject,
        leaf.issuer,
        leaf.serial_hex,
        leaf.sha256,
        _purposes(leaf.eku),
        None if leaf.san is None else [value for _, value in leaf.san[:NAMES_IN_LINE]],
        None if leaf.not_before is None else rfc3339(leaf.not_before, digits=0),
        None if leaf.not_after is None else rfc3339(leaf.not_after, digits=0),
        leaf.public_issuer,
    )
    return dict(zip(_LEAF_KEYS, facts, strict=True))


_LEAF_KEYS = (
    "subject",
    "issuer",
    "serial",
    "sha256",
    "eku",
    "san",
    "not_before",
    "not_after",
    "public_issuer",
)


def _purposes(oids: Sequence[str] | None) -> list[str] | None:
    return None if oids is None else [names.eku_name(oid) for oid in oids]


def _books(findings: Mapping[str, Finding], outcome: RuleOutcome) -> list[str]:
    """The rule-books that find so, by name."""
    return [name for name, finding in findings.items() if finding.outcome == outcome]
