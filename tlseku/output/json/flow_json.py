"""All that is said of a flow, under the keys of the JSON object ``tlseku/flow/1``.

Knows the contract, whose schema is ``flow-1.schema.json`` beside this module; must not know files or streams, nor the
keys that the line ``tlseku/flow/2`` adds (``flow_line.full_flow`` puts both together). Out come plain dictionaries with
every key always there, in the order of the contract: code points as their names (hex where there is none), OIDs dotted,
times RFC 3339 in UTC, serials lower-case hex.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from tlseku.correlation import Statement, client_certificate_state, correlate
from tlseku.flow import Alert, Defect, Endpoint, Flow, Message, Outer, Presented, Request
from tlseku.output.json.value_text import whole_characters
from tlseku.output.words.timestamps import rfc3339
from tlseku.policy.chain_notes import ChainNote, chain_notes
from tlseku.policy.finding import Finding
from tlseku.policy.known_issuers import KnownIssuer
from tlseku.policy.offer import Offer
from tlseku.registry import names
from tlseku.registry.eap_methods import eap_method_name
from tlseku.registry.quic_versions import quic_version_name
from tlseku.x509.certificate import Certificate

FLOW_SCHEMA = "tlseku/flow/1"

# Made once: the encoder that json.dumps makes anew each time costs as much as a short text.
# What is encoded here is made here, and holds no circles.
_ENCODER = json.JSONEncoder(ensure_ascii=True, check_circular=False, separators=(",", ":"))
_OF_ISSUER = ("sha256", "serial", "subject", "issuer", "eku", "eku_names", "self_issued")


def flow_to_dict(flow: Flow) -> dict[str, object]:
    """The object of the contract ``tlseku/flow/1`` for one flow, but for what the line adds."""
    presented = [presented_to_dict(presented) for presented in flow.presented]
    return {**before_presented(flow), "presented": presented, **after_presented(flow)}


def before_presented(flow: Flow) -> dict[str, object]:
    """The part of the object that stands before ``presented``."""
    return {
        "schema": FLOW_SCHEMA,
        "flow": flow.number,
        "file": flow.file,
        "start": rfc3339(flow.start),
        "end": rfc3339(flow.end),
        "client": endpoint_to_dict(flow.client),
        "server": endpoint_to_dict(flow.server),
        "direction": flow.direction,
        "vantage": list(flow.vantage),
        "role_evidence": flow.role_evidence,
        "service": flow.service,
        "version": None if flow.version is None else names.version_name(flow.version),
        "cipher": None if flow.cipher is None else names.cipher_suite_name(flow.cipher),
        "sni": flow.sni,
        "alpn": flow.alpn,
        "alpn_offered": list(flow.alpn_offered),
        "offered": None if flow.offered is None else offer_to_dict(flow.offered),
        "resumed": flow.resumed,
        "starttls": flow.starttls,
    }


def after_presented(flow: Flow) -> dict[str, object]:
    """The part of the object that stands behind ``presented``."""
    return {
        "requests": [request_to_dict(request) for request in flow.requests],
        "messages": [_message(message) for message in flow.messages],
        "alerts": [_alert(alert) for alert in flow.alerts],
        "outcome": flow.outcome,
        "outcome_basis": flow.outcome_basis,
        "outcome_evidence": flow.outcome_evidence,
        "refused_by": flow.refused_by,
        "closed_by": flow.closed_by,
        "inside_answer": flow.inside_answer,
        "client_certificate_accepted": flow.client_certificate_accepted,
        "server_certificate_accepted": flow.server_certificate_accepted,
        "client_certificate": client_certificate_state(flow),
        "statements": [statement_to_dict(statement) for statement in correlate(flow)],
        "hidden": [{"what": hidden.what, "reason": hidden.reason} for hidden in flow.hidden],
        "defects": [_defect(defect) for defect in flow.defects],
        "outer": None if flow.outer is None else outer_to_dict(flow.outer),
        "peer_software": software_to_dict(flow),
    }


def software_to_dict(flow: Flow) -> dict[str, object] | None:
    """Whose software the server likely is, and what spoke for it."""
    software = flow.peer_software
    if software is None:
        return None
    return {
        "likely": list(software.stacks),
        **named(software, "title", "basis", "rule_book", "judges_as", "product", "because", "exceptions"),
    }


def outer_to_dict(outer: Outer) -> dict[str, object]:
    """What the carrier says around TLS, under the names that the contract gives it."""
    return {
        "method": None if outer.method is None else eap_method_name(outer.method),
        **named(outer, "identity", "nas", "calling_station", "called_station", "proxied", "answer"),
        **named(outer, "answered_as", "answer_frame", "repeated", "wrapping", "over_tcp", "beside_stun"),
        "quic_version": None if outer.quic_version is None else quic_version_name(outer.quic_version),
    }


def named(thing: object, *attributes: str) -> dict[str, object]:
    """Attributes of a thing under their own names, those that are tuples as lists."""
    said = {name: getattr(thing, name) for name in attributes}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}


def endpoint_to_dict(endpoint: Endpoint) -> dict[str, object]:
    """``{"ip": …, "port": …}``."""
    return {"ip": endpoint.ip, "port": endpoint.port}


def certificate_to_dict(certificate: Certificate) -> dict[str, object]:
    """The facts of one certificate under the names that the contract gives them, without ``index``."""
    return {
        "sha256": certificate.sha256,
        "serial": certificate.serial_hex,
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "not_before": _certificate_time(certificate.not_before),
        "not_after": _certificate_time(certificate.not_after),
        **named(certificate, "eku"),
        "eku_names": None if certificate.eku is None else [names.eku_name(oid) for oid in certificate.eku],
        **named(certificate, "eku_critical", "eku_readable", "eku_duplicate"),
        **named(certificate, "key_usage", "is_ca", "path_len"),
        "san": None
        if certificate.san is None
        else [{"kind": kind, "value": value} for kind, value in certificate.san],
        **named(certificate, "key_algorithm", "signature_algorithm", "spki_sha256", "self_issued"),
        **named(certificate, "public_issuer", "readable", "defects"),
    }


def completion_to_dict(
    chain: Sequence[Certificate], completed_with: Sequence[KnownIssuer] | None
) -> list[dict[str, object]] | None:
    """What completes the path of a chain without having been presented, under the names that the contract gives."""
    if completed_with is None:
        return None
    return [
        {
            "index": index,
            "file": issuer.file,
            **{
                name: said
                for name, said in certificate_to_dict(issuer.certificate).items()
                if name in _OF_ISSUER
            },
        }
        for index, issuer in enumerate(completed_with, len(chain))
    ]


def notes_to_dict(notes: Iterable[ChainNote]) -> list[dict[str, object]]:
    """Notes on the make-up of a chain."""
    return [{"word": note.word, "text": note.text} for note in notes]


def verdict_to_dict(presented: Presented) -> dict[str, object]:
    """The verdict on a chain in its role, under the names that the contract gives it."""
    return named(presented, "verdict", "reason", "effective_eku", "broken_at")


def findings_to_dict(findings: Mapping[str, Finding]) -> dict[str, object]:
    """What the rule-books find, by their names."""
    return {name: _finding(finding) for name, finding in findings.items()}


def judgement_to_dict(presented: Presented) -> dict[str, object]:
    """What is said of a chain in its role, under the names that the contract gives it."""
    return {**verdict_to_dict(presented), "rule_books": findings_to_dict(presented.rule_books)}


def offer_to_dict(offer: Offer) -> dict[str, object]:
    """What a ClientHello offers, by name; None where an extension is absent or unreadable."""
    return {
        "versions": _names(offer.versions, names.version_name),
        "groups": _names(offer.groups, names.group_name),
        "signature_algorithms": _names(offer.signature_algorithms, names.signature_scheme_name),
        "signature_algorithms_cert": _names(offer.signature_algorithms_cert, names.signature_scheme_name),
        "trust_anchors": None if offer.trust_anchors is None else list(offer.trust_anchors),
    }


def _names(codes: tuple[int, ...] | None, name: Callable[[int], str]) -> list[str] | None:
    return None if codes is None else [name(code) for code in codes]


def request_to_dict(request: Request) -> dict[str, object]:
    """A CertificateRequest under the names that the contract gives its parts."""
    return {
        **named(request, "role", "frame", "file", "renegotiation"),
        "certificate_types": None
        if request.certificate_types is None
        else [names.certificate_type_name(code) for code in request.certificate_types],
        "signature_algorithms": None
        if request.signature_algorithms is None
        else [names.signature_scheme_name(code) for code in request.signature_algorithms],
        "authorities": list(request.authority_names),
        "oid_filters": [{"oid": oid, "values": value.hex()} for oid, value in request.oid_filters],
        "answer": request.answer,
        "matches": {
            name: {"ok": match.ok, "reason": match.reason} for name, match in request.matches.items()
        },
    }


def statement_to_dict(statement: Statement) -> dict[str, object]:
    """A statement under the names that the contract gives its parts."""
    return named(statement, "about", "text", "frames", "causes", "agree", "disagree", "hint")


def to_json(value: Mapping[str, object]) -> str:
    """One line of JSON in plain ASCII, so that no terminal is steered and no encoding fails.

    Half a surrogate pair, as Python has it where a file name is no UTF-8, is spelt out: whoever reads UTF-8 rejects it.
    """
    # json leaves DEL alone; outside strings it cannot occur.
    return whole_characters(_ENCODER.encode(value).replace("\x7f", "\\u007f"))


def json_array(values: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """A JSON array, one element a line, in pieces."""
    return array_of(json_lines(values))


def json_text(form: str, values: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Objects as one array (``json``), or one a line (``ndjson``)."""
    return json_array(values) if form == "json" else json_lines(values)


def json_lines(values: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Objects, one a line."""
    # What mypyc makes of a generator expression is a list of them all.
    for each in values:
        yield f"{to_json(each)}\n"


def array_of(lines: Iterable[str]) -> Iterator[str]:
    """The same of elements that are JSON already: lines with their ends, one or several at a time."""
    before = "[\n"
    for several in lines:
        if several:
            # Within an element no line feed stands as it is.
            elements = several[:-1].replace("\n", ",\n")
            yield f"{before}{elements}"
            before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def presented_to_dict(presented: Presented) -> dict[str, object]:
    """What one side presented, under the names that the contract gives its parts."""
    return {
        **where_to_dict(presented),
        "chain": [
            {"index": index, **certificate_to_dict(certificate)}
            for index, certificate in enumerate(presented.chain)
        ],
        **make_up_to_dict(presented),
        **judgement_to_dict(presented),
    }


def where_to_dict(presented: Presented) -> dict[str, object]:
    """By whom and where a chain was presented."""
    return {
        "role": presented.role,
        "direction": presented.direction,
        "frame": presented.frame,
        "frames": list(presented.frames),
        "file": presented.file,
        "renegotiation": presented.renegotiation,
    }


def make_up_to_dict(presented: Presented) -> dict[str, object]:
    """How a chain is made up."""
    notes = chain_notes(presented.chain, presented.completed_with, complete=not presented.entries_missing)
    return {
        "entries_missing": presented.entries_missing,
        "completed_with": completion_to_dict(presented.chain, presented.completed_with),
        "chain_notes": notes_to_dict(notes),
    }


def _finding(finding: Finding) -> dict[str, object]:
    return named(finding, "outcome", "rule", "reason", "depth")


def _message(message: Message) -> dict[str, object]:
    return {
        "frame": message.frame,
        "role": message.role,
        "type": message.kind,
        "time": rfc3339(message.ts),
        "frames": list(message.frames),
        "file": message.file,
        "decrypted": message.decrypted,
    }


def _alert(alert: Alert) -> dict[str, object]:
    encrypted = alert.encrypted or alert.code < 0
    return {
        "frame": alert.frame,
        "role": alert.role,
        "level": None if encrypted else names.alert_level_name(alert.level),
        "code": None if encrypted else alert.code,
        "name": None if encrypted else names.alert_name(alert.code),
        "after": alert.after,
        "time": rfc3339(alert.ts),
        "encrypted": encrypted,
        "file": alert.file,
    }


def _defect(defect: Defect) -> dict[str, object]:
    return named(defect, "layer", "reason", "frame")


def _certificate_time(ns: int | None) -> str | None:
    return None if ns is None else rfc3339(ns, digits=0)
