"""Flows as documents of the Elastic Common Schema (ECS 8), an object a line with dotted names.

Knows the field sets base, event, client, server, source, destination, network, tls and x509
(https://www.elastic.co/guide/en/ecs/8.11/ecs-tls.html); must not know streams. What ECS has no name for, the verdicts
above all, stands under ``tlseku.``. Digests and serial numbers are upper-case hex without colons, as ECS asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

from tlseku.correlation import client_certificate_state, correlate
from tlseku.flow import Flow, Presented, Role
from tlseku.output.json.flow_json import to_json
from tlseku.output.records.shared_fields import (
    alternative_names,
    even_serial,
    key_of,
    leaf_of,
    sha1_of,
)
from tlseku.output.words import wording
from tlseku.output.words.remembered import Remembered
from tlseku.output.words.timestamps import rfc3339
from tlseku.registry import names
from tlseku.x509.certificate import Certificate
from tlseku.x509.distinguished_name import name_attributes

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


_SAME: dict[str, object] = {
    "ecs.version": ECS_VERSION,
    "event.kind": "event",
    "event.category": ["network"],
    "event.type": ["connection", "protocol"],
    "event.dataset": "tlseku.flow",
    "event.module": "tlseku",
}
"""The same in each document."""


_KEPT = "ecs"


def writer() -> Callable[[Flow], str]:
    """Makes the documents of one flow after the other, a line each."""
    return DocumentText().line


class _OfKind:
    """What the documents of all flows of a kind have in common: the piece about how they end. What else a kind decides
    is known by this object's identity."""

    __slots__ = ("ending",)

    def __init__(self, ending: str) -> None:
        self.ending = ending


class _OfChain(NamedTuple):
    """What is said of a chain in its role, around the frame in which it was presented: ``side``, ``before`` and
    ``after``, each of which may be empty. ``judged`` has its identity for itself while it is kept here."""

    judged: Presented
    side: str
    before: str
    after: str


class DocumentText:
    """The line of one flow after the other: what ``document`` gives as JSON, put together from pieces, most of which
    stand in many documents."""

    def __init__(self) -> None:
        self._known: Remembered[str] = Remembered()

    def line(self, flow: Flow) -> str:
        """The document of a flow, a line feed behind it."""
        told, of_kind = flow.asked_once, self._of_kind(flow)
        judged = told.judged
        client, client_judged = self._sides(flow, judged, "client")
        server, server_judged = self._sides(flow, judged, "server")
        pieces = [
            self._event(flow, told, of_kind),
            self._ends(flow, told),
            self._tls(flow, told, of_kind),
            client,
            server,
            self._related(flow, told),
            f'"tlseku.flow":{told.number}',
            self._own(flow) if of_kind is None else self._own_of_kind(flow, told, of_kind, judged),
            client_judged,
            server_judged,
        ]
        return f"{{{','.join([piece for piece in pieces if piece])}}}\n"

    def _of_kind(self, flow: Flow) -> _OfKind | None:
        kept = flow.kept_with_kind
        if kept is None:
            return None
        of_kind = kept.get(_KEPT)
        if of_kind is None:
            of_kind = kept[_KEPT] = _OfKind(_piece(_ending(flow)))
        return cast(_OfKind, of_kind)

    def _event(self, flow: Flow, told: Flow, of_kind: _OfKind | None) -> str:
        began, ended = told.start, told.end
        start, end = rfc3339(began), rfc3339(ended)
        ending = self._ending(flow) if of_kind is None else of_kind.ending
        return ",".join(
            [
                *([] if start is None else [f'"@timestamp":"{start}"']),
                self._known.of("same", lambda: _piece(_SAME)),
                *([] if start is None else [f'"event.start":"{start}"']),
                *([] if end is None else [f'"event.end":"{end}"']),
                f'"event.duration":{ended - began}',
                ending,
            ]
        )

    def _ending(self, flow: Flow) -> str:
        key = "ending", flow.outcome, flow.outcome_basis
        return self._known.of(key, lambda: _piece(_ending(flow)))

    def _ends(self, flow: Flow, told: Flow) -> str:
        if told.carrier != "tcp":
            return _piece(_ends(flow))
        client, server = told.client, told.server
        ip, port, server_ip, server_port = client.ip, client.port, server.ip, server.port
        over = self._known.of(("network", ":" in ip), lambda: _piece(_over(flow)))
        community = told.community_id
        direction = self._known.of(told.direction, lambda: _piece(_direction(flow)))
        # The ID is that of this connection alone.
        network = "" if community is None else f'"network.community_id":"{community}",'
        return (
            f"{over},{network}{direction},"
            f'"client.address":"{ip}","client.ip":"{ip}","client.port":{port},'
            f'"source.address":"{ip}","source.ip":"{ip}","source.port":{port},'
            f'"server.address":"{server_ip}","server.ip":"{server_ip}","server.port":{server_port},'
            f'"destination.address":"{server_ip}","destination.ip":"{server_ip}","destination.port":{server_port}'
        )

    def _tls(self, flow: Flow, told: Flow, of_kind: _OfKind | None) -> str:
        # Outcome and resumption are those of the kind.
        ended = (flow.outcome, flow.resumed) if of_kind is None else of_kind
        key = "tls", ended, told.version, told.cipher, told.alpn, told.sni
        return self._known.of(key, lambda: _piece(_tls(flow)))

    def _sides(self, flow: Flow, judged: Sequence[Presented], role: Role) -> tuple[str, str]:
        """What is said of the last chain of a side: of its leaf, and of how it is judged."""
        at = len(judged) - 1
        while at >= 0 and judged[at].role != role:
            at -= 1
        if at < 0:
            return "", ""
        said = self._of_chain(flow, at, judged[at], role)
        frame = f'"tlseku.{role}.frame":{flow.sighting(at)[1]}'
        return said.side, f"{said.before},{frame},{said.after}" if said.after else f"{said.before},{frame}"

    def _of_chain(self, flow: Flow, at: int, judged: Presented, role: Role) -> _OfChain:
        beside = flow.kept_with_chain(at)
        if beside is None:
            # Nobody else has these objects.
            return self._said(judged, role)
        known = beside.get(_KEPT)
        if known is None:
            known = beside[_KEPT] = self._said(judged, role)
        return cast(_OfChain, known)

    def _said(self, judged: Presented, role: Role) -> _OfChain:
        readable = judged.chain and judged.chain[0].readable
        side = (
            self._known.of((role, judged.chain[0].sha256), lambda: _piece(_of_leaf(judged.chain[0], role)))
            if readable
            else ""
        )
        eku = judged.chain[0].eku if judged.chain else None
        before = self._known.of(
            (role, judged.verdict, judged.reason), lambda: _piece(_named(role, _verdict(judged)))
        )
        after = self._known.of(
            ("purposes", role, judged.broken_at, eku), lambda: _piece(_named(role, _purposes(judged)))
        )
        return _OfChain(judged, side, before, after)

    def _related(self, flow: Flow, told: Flow) -> str:
        client, server = leaf_of(flow, "client"), leaf_of(flow, "server")
        key = (
            "related",
            None if client is None else client.sha256,
            None if server is None else server.sha256,
            told.sni,
            flow.outer,
            flow.transport is None,
        )
        rest = self._known.of(key, lambda: _piece({**_related(flow), "related.ip": None}))
        addresses = _piece({"related.ip": _related(flow)["related.ip"]})
        return ",".join(piece for piece in (addresses, rest) if piece)

    def _own(self, flow: Flow) -> str:
        key = (
            "own",
            flow.carrier,
            flow.file,
            flow.outcome,
            flow.refused_by,
            flow.service,
            client_certificate_state(flow),
            tuple(statement.about for statement in correlate(flow)),
            tuple((alert.role, alert.level, alert.code, alert.encrypted) for alert in flow.alerts),
            tuple((hidden.what, hidden.reason) for hidden in flow.hidden),
            tuple((defect.layer, defect.reason) for defect in flow.defects),
        )
        return self._known.of(key, lambda: _piece(_own(flow)))

    def _own_of_kind(self, flow: Flow, told: Flow, of_kind: _OfKind, judged: Sequence[Presented]) -> str:
        declined = [each.verdict == "declined" for each in judged if each.role == "client"][:1]
        key = "own", of_kind, told.file, told.service, *declined
        known = self._known.get(key)
        return self._known.put(key, self._own(flow)) if known is None else known


def _piece(fields: dict[str, object]) -> str:
    """Members of a JSON object; what is not known is left out."""
    return to_json(_known(fields))[1:-1]


def _known(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None and value != []}


def _ending(flow: Flow) -> dict[str, object]:
    return {"event.outcome": _OUTCOMES.get(flow.outcome, "unknown"), "event.reason": flow.outcome_basis}


def _network(flow: Flow) -> dict[str, object]:
    return {**_over(flow), "network.community_id": flow.community_id, **_direction(flow)}


def _over(flow: Flow) -> dict[str, object]:
    return {
        "network.transport": flow.transport,
        "network.type": None if flow.transport is None else "ipv6" if ":" in flow.client.ip else "ipv4",
        "network.protocol": "tls",
    }


def _direction(flow: Flow) -> dict[str, object]:
    return {"network.direction": _DIRECTIONS.get(flow.direction, flow.direction)}


def _ends(flow: Flow) -> dict[str, object]:
    on_link = flow.transport is None
    fields = _network(flow)
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


def _of_leaf(leaf: Certificate, role: Role) -> dict[str, object]:
    start = f"tls.{role}"
    return {
        f"{start}.subject": leaf.subject,
        f"{start}.issuer": leaf.issuer,
        f"{start}.not_before": _time(leaf.not_before),
        f"{start}.not_after": _time(leaf.not_after),
        f"{start}.hash.sha1": _sha1(leaf),
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
        **{f"subject.{part}": values for part, values in _name_parts(certificate.subject_der).items()},
        **{f"issuer.{part}": values for part, values in _name_parts(certificate.issuer_der).items()},
    }


def _name_parts(der: bytes) -> dict[str, list[str]]:
    attributes = name_attributes(der)
    return {part: [text for each, text in attributes if each == kind] for part, kind in _NAME_PARTS.items()}


def _own(flow: Flow) -> dict[str, object]:
    return {
        "tlseku.file": flow.file,
        "tlseku.outcome": flow.outcome,
        "tlseku.refused_by": flow.refused_by,
        "tlseku.service": flow.service,
        "tlseku.carrier": flow.carrier,
        "tlseku.client_certificate": client_certificate_state(flow),
        "tlseku.alerts": [f"{alert.role}: {wording.alert(alert)}" for alert in flow.alerts],
        "tlseku.statements": [statement.about for statement in correlate(flow)],
        "tlseku.hidden": [f"{hidden.what}: {hidden.reason}" for hidden in flow.hidden],
        "tlseku.defects": [f"{defect.layer}: {defect.reason}" for defect in flow.defects],
    }


def _named(role: str, fields: dict[str, object]) -> dict[str, object]:
    return {f"tlseku.{role}.{name}": value for name, value in fields.items()}


def _verdict(presented: Presented) -> dict[str, object]:
    return {"verdict": presented.verdict, "reason": presented.reason}


def _purposes(presented: Presented) -> dict[str, object]:
    return {
        "broken_at": presented.broken_at,
        "eku": [names.eku_name(oid) for oid in presented.chain[0].eku or ()] if presented.chain else None,
    }


def _related(flow: Flow) -> dict[str, object]:
    """What pivots in Kibana go by."""
    ends = [] if flow.transport is None else [flow.client.ip, flow.server.ip]
    leaves = [leaf for leaf in (leaf_of(flow, "client"), leaf_of(flow, "server")) if leaf is not None]
    identity = None if flow.outer is None else flow.outer.identity
    return {
        "related.ip": list(dict.fromkeys(ends)),
        "related.hosts": [] if flow.sni is None else [flow.sni],
        "related.hash": list(
            dict.fromkeys(
                digest for leaf in leaves for digest in (_sha1(leaf), leaf.sha256.upper()) if digest
            )
        ),
        "related.user": [] if identity is None else [identity],
    }


def _sha1(leaf: Certificate) -> str:
    return sha1_of(leaf).upper()


def _time(ns: int | None) -> str | None:
    return None if ns is None else rfc3339(ns, digits=0)
