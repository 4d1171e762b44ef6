"""A bundle, or a pair of them, as the JSON object ``tlseku/bundle/1``.

Knows records, diagnoses and pairs; must not know streams, nor how anything was found out. Frames count from 1 in the
file that stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterator

from tlseku.flow import Endpoint
from tlseku.output.json.flow_json import endpoint_to_dict, named
from tlseku.output.words.timestamps import rfc3339
from tlseku.profiles.expressway.findings.diagnosis import Diagnosis, NodeRole, release_of, snapshot_time
from tlseku.profiles.expressway.findings.evidence import Evidence
from tlseku.profiles.expressway.findings.examination import Examination, Examined
from tlseku.profiles.expressway.findings.observation import Observed
from tlseku.profiles.expressway.findings.pair import Pair
from tlseku.profiles.expressway.logs.log_correlation import Correlated
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.reports.log_json import failure_to_dict
from tlseku.profiles.expressway.reports.prediction_report import (
    Basis,
    basis_in,
    leaf_to_dict,
    prediction_to_dict,
    rules_of,
)
from tlseku.profiles.expressway.rules.presented_store import OwnPresented
from tlseku.profiles.expressway.rules.rules import sentences
from tlseku.profiles.expressway.rules.store import Store, trust_in

BUNDLE_SCHEMA = "tlseku/bundle/1"


def bundle_to_dict(examined: Examination) -> dict[str, object]:
    """The object ``tlseku/bundle/1``, valid against its JSON Schema. ``pair`` is the first of ``pairs``."""
    pairs = [_pair(pair) for pair in examined.pairs]
    return {
        "schema": BUNDLE_SCHEMA,
        "nodes": [_node(one) for one in examined.nodes],
        "pair": pairs[0] if pairs else None,
        "more_pairs": pairs[1:],
        "cluster": [_diagnosis(one) for one in examined.cluster],
        "rules": sentences(rules_cited(examined)),
    }


def rules_cited(examined: Examination) -> list[str]:
    """The ids of all rules that diagnoses and outcomes name."""
    diagnoses = [*(one for node in examined.nodes for one in node.diagnoses), *examined.cluster]
    cited = [rule for diagnosis in diagnoses for rule in diagnosis.rules]
    return cited + [rule for pair in examined.pairs for rule in rules_of(pair.prediction)]


def basis_of(pair: Pair) -> list[Basis]:
    """The stores of both nodes that there are, the Core's first."""
    return [*_basis("core", pair.core), *_basis("edge", pair.edge)]


def _basis(node: NodeRole, record: NodeRecord) -> Iterator[Basis]:
    stores = record.snapshot
    return basis_in(node, stores.client, stores.server, stores.trusted, snapshot_time(record))


def _node(one: Examined) -> dict[str, object]:
    record, snapshot = one.record, one.record.snapshot
    return {
        "bundle": one.path,
        "host": snapshot.host,
        "time": snapshot.time,
        "role": one.role,
        "role_reason": one.role_reason,
        "release": str(release_of(record)),
        "release_assumed": snapshot.release is None,
        **named(snapshot, "has_mode", "mode", "mode_assumed", "mode_source", "mode_problem"),
        "addresses": list(record.addresses),
        "addresses_from": record.addresses_from,
        "nat_addresses": list(snapshot.nat_addresses),
        "zones": [
            named(zone, "number", "name", "type", "side", "port", "peers", "subject_name")
            for zone in snapshot.zones
        ],
        "members": [
            {"path": member.path, "kind": member.what.kind, "size": member.size}
            for member in snapshot.members
        ],
        "stores": {"server": _store(snapshot.server, record), "client": _store(snapshot.client, record)},
        "trusted_cas": None if snapshot.trusted is None else len(snapshot.trusted),
        "captures": [named(read, "nic", "files", "missing", "packets", "flows") for read in record.captures],
        "flows": [
            {
                "flow": flow.number,
                "nic": record.nics[flow.number],
                "file": flow.file,
                "start": rfc3339(flow.start),
                "end": rfc3339(flow.end),
                "client": endpoint_to_dict(flow.client),
                "server": endpoint_to_dict(flow.server),
                **named(flow, "direction", "service", "outcome", "refused_by"),
            }
            for flow in record.flows
        ],
        "ssh": [
            {
                "client": endpoint_to_dict(tunnel.client),
                "server": endpoint_to_dict(tunnel.server),
                "client_known": tunnel.client_known,
                "start": rfc3339(tunnel.start),
                "stage": tunnel.opening.stage,
                "file": None if tunnel.banner_frame is None else tunnel.banner_frame.file,
                "frame": None if tunnel.banner_frame is None else tunnel.banner_frame.frame,
            }
            for tunnel in record.ssh
        ],
        "presented": [_presented(shown) for shown in record.presented],
        "log": {
            "events": {kind: count for kind, count in record.kinds.items() if count},
            "entries": [_entry(event) for event in record.events],
        },
        "findings": [_diagnosis(diagnosis) for diagnosis in one.diagnoses],
        "notes": list(record.notes),
        "warnings": list(one.warnings),
    }


def _store(store: Store | None, record: NodeRecord) -> dict[str, object] | None:
    if store is None:
        return None
    return {
        **leaf_to_dict(store.leaf),
        "issuer_in_ca": trust_in(store, record.snapshot.trusted),
    }


def _presented(one: OwnPresented) -> dict[str, object]:
    return {
        "flow": one.flow.number,
        "role": one.presented.role,
        "file": one.flow.file if one.presented.file is None else one.presented.file,
        "frame": one.presented.frame,
        "sha256": one.leaf.sha256,
        "serial": one.leaf.serial_hex,
        "verdict": one.presented.verdict,
        "store": one.label.store,
        "store_by": one.label.by,
        "hints": list(one.label.hints),
    }


def _entry(one: Correlated) -> dict[str, object]:
    entry = one.entry
    return {
        "file": entry.file,
        "line": entry.line,
        "time": None if entry.time is None else rfc3339(entry.time),
        "kind": entry.kind,
        "role": entry.role,
        "source": _end(entry.source),
        "destination": _end(entry.destination),
        "detail": entry.detail,
        "refusal": entry.refusal,
        "failure": failure_to_dict(entry.failure),
        "count": one.count,
        "match": one.match,
        "flows": [flow.number for flow in one.flows],
    }


def _end(end: Endpoint | None) -> dict[str, object] | None:
    return None if end is None else endpoint_to_dict(end)


def _diagnosis(one: Diagnosis) -> dict[str, object]:
    return {
        **named(one, "level", "rules", "text", "to_do"),
        **_evidence_of(one),
    }


def _evidence_of(one: Diagnosis | Observed) -> dict[str, object]:
    return {"evidence": [_evidence(piece) for piece in one.evidence], "evidence_left_out": one.more}


def _evidence(one: Evidence) -> dict[str, object]:
    return {
        **named(one, "file", "kind", "number"),
        "time": None if one.time is None else rfc3339(one.time),
        "flow": one.flow,
        "text": one.text,
    }


def _pair(pair: Pair) -> dict[str, object]:
    return {
        "core": pair.core.snapshot.host,
        "edge": pair.edge.snapshot.host,
        "told_by": pair.told_by,
        "related": pair.related,
        "prediction": prediction_to_dict(pair.prediction, basis_of(pair)),
        "handshakes": [
            {
                "core_flow": None if shake.core is None else shake.core.number,
                "edge_flow": None if shake.edge is None else shake.edge.number,
                "seen": shake.seen,
            }
            for shake in pair.handshakes
        ],
        "observed": {name: _observed(one) for name, one in pair.observed.items()},
        "notes": list(pair.notes),
    }


def _observed(one: Observed) -> dict[str, object]:
    return {
        **named(one, "seen", "verdict", "reason"),
        **_evidence_of(one),
    }
