"""Which connections of two records are between these two nodes, and whether anything says that they belong together.

Knows addresses (own ones and those of a NAT), certificates of stores and times; must not know rules or outcomes. Behind
a NAT each side sees other addresses: then the certificates that both present tell, and where those are hidden the port
and the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from tlseku._objects import short
from tlseku.flow import Endpoint, Flow, Role
from tlseku.profiles.expressway.logs.log_correlation import WINDOW, Correlated, LogEntry
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.rules.expected_name import names_of
from tlseku.profiles.expressway.rules.service_port import service_of
from tlseku.x509.certificate import Certificate

Seen = Literal["active", "failed", "nothing"]


@short
class Handshake(NamedTuple):
    """One TLS connection between the nodes as the Core's captures and the Edge's show it, ``None`` where one of them
    does not have it. ``errors`` are events of either log that belong to it and say that it failed, with the node whose
    log it is: they count where the handshake itself is hidden."""

    core: Flow | None
    edge: Flow | None
    errors: tuple[tuple[Literal["core", "edge"], Correlated], ...] = ()

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The flows that there are, the Core's first."""
        return tuple(flow for flow in (self.core, self.edge) if flow is not None)

    @property
    def seen(self) -> Seen:
        """How it went; one side may have lost the end."""
        outcomes = {flow.outcome for flow in self.flows}
        # A library also logs how connections are closed; of one that came up only a known reason counts.
        known = any(one.entry.failure is not None for _, one in self.errors)
        if "refused" in outcomes or known or (self.errors and "completed" not in outcomes):
            return "failed"
        return "active" if "completed" in outcomes else "failed" if "aborted" in outcomes else "nothing"


def handshakes_between(core: NodeRecord, edge: NodeRecord, ports: frozenset[int]) -> tuple[Handshake, ...]:
    """The TLS connections of the zone between the nodes; ``ports`` are those of the zone."""
    waiting = [flow for flow in edge.flows if service_of(flow.server, ports) == "uc_zone"]
    found: list[Handshake] = []
    for flow in core.flows:
        if service_of(flow.server, ports) != "uc_zone":
            continue
        same = next((other for other in waiting if _is_same(flow, other, edge)), None)
        if same is not None:
            waiting.remove(same)
        if same is not None or (_is_core(flow, core) and _is_edge(flow, edge)):
            found.append(Handshake(flow, same))
    found += (Handshake(None, flow) for flow in waiting if _is_core(flow, core) and _is_edge(flow, edge))
    return tuple(one._replace(errors=tuple(_errors(one, core, edge))) for one in found)


def entry_is_between(entry: LogEntry, record: NodeRecord, other: NodeRecord) -> bool:
    """Whether an event of ``record``'s log may be about the other node: one of its ends is an address of that node, or
    nobody knows the addresses of that node."""
    known = {*other.addresses, *other.snapshot.nat_addresses}
    ends = {end.ip for end in (entry.source, entry.destination) if end is not None}
    return not known or not ends or bool(ends & known)


def signs_of_a_pair(core: NodeRecord, edge: NodeRecord) -> Iterator[str]:
    """What says that two bundles are of nodes that belong together: addresses, names or certificates in common."""
    if _meets(core, edge) or _meets(edge, core):
        yield "address"
    if _names_asked_for(core) & _own_names(edge) or _names_asked_for(edge) & _own_names(core):
        yield "name"
    if _certificates(core) & _certificates(edge):
        yield "certificate"


def has_evidence(record: NodeRecord) -> bool:
    """Whether there is anything in a record that could show with whom it speaks, or what it trusts."""
    return bool(record.flows or record.events or record.snapshot.trusted)


def leaf_presented(flow: Flow, role: Role) -> Certificate | None:
    """The leaf that one side of a flow showed last; ``None`` if none is visible."""
    shown = [one.chain[0] for one in flow.presented if one.role == role and one.chain]
    return shown[-1] if shown else None


def _is_same(one: Flow, other: Flow, edge: NodeRecord) -> bool:
    if one.start - WINDOW > other.end or other.start - WINDOW > one.end:
        return False
    if (one.client, one.server) == (other.client, other.server):
        return True
    shown = [[leaf_presented(flow, role) for flow in (one, other)] for role in ("client", "server")]
    visible = [pair for pair in shown if pair[0] is not None and pair[1] is not None]
    if any(mine is not None and its is not None and mine.sha256 != its.sha256 for mine, its in visible):
        return False
    # Behind a NAT ports may be changed too, so that time and the Edge's own address must tell.
    through_nat = one.server.ip in edge.snapshot.nat_addresses and other.server.ip in edge.addresses
    return (len(visible) == 2 or through_nat) and one.server.port == other.server.port


def _is_core(flow: Flow, core: NodeRecord) -> bool:
    # A node whose addresses are not known cannot be told from others of its kind.
    return not core.addresses or _is_of(flow.client, leaf_presented(flow, "client"), core)


def _is_edge(flow: Flow, edge: NodeRecord) -> bool:
    return not edge.addresses or _is_of(flow.server, leaf_presented(flow, "server"), edge)


def _is_of(end: Endpoint, leaf: Certificate | None, record: NodeRecord) -> bool:
    if end.ip in record.addresses or end.ip in record.snapshot.nat_addresses:
        return True
    stores = (record.snapshot.server, record.snapshot.client)
    held = {store.leaf.sha256 for store in stores if store is not None}
    return leaf is not None and leaf.sha256 in held


def _errors(
    shake: Handshake, core: NodeRecord, edge: NodeRecord
) -> Iterator[tuple[Literal["core", "edge"], Correlated]]:
    sides: tuple[tuple[Literal["core", "edge"], NodeRecord, Flow | None], ...] = (
        ("core", core, shake.core),
        ("edge", edge, shake.edge),
    )
    for name, record, own in sides:
        for one in record.events:
            if one.entry.kind not in ("tls_error", "ssl") or own is None:
                continue
            if any(flow.number == own.number for flow in one.flows):
                yield name, one


def _meets(record: NodeRecord, other: NodeRecord) -> bool:
    known = {*other.addresses, *other.snapshot.nat_addresses}
    seen = {end.ip for flow in record.flows for end in (flow.client, flow.server)}
    for one in record.events:
        seen |= {end.ip for end in (one.entry.source, one.entry.destination) if end is not None}
    seen |= {end.ip for tunnel in record.ssh for end in (tunnel.client, tunnel.server)}
    return bool(known & (seen | _names_asked_for(record)))


def _names_asked_for(record: NodeRecord) -> set[str]:
    asked = {peer.casefold() for zone in record.snapshot.zones for peer in zone.peers}
    asked |= {zone.subject_name.casefold() for zone in record.snapshot.zones if zone.subject_name}
    return asked | {
        one.entry.ssh_target[0].casefold() for one in record.events if one.entry.ssh_target is not None
    }


def _own_names(record: NodeRecord) -> set[str]:
    stores = (record.snapshot.server, record.snapshot.client)
    return {name.casefold() for store in stores if store is not None for name in names_of(store.leaf)}


def _certificates(record: NodeRecord) -> set[str]:
    snapshot = record.snapshot
    found = {one.sha256 for one in snapshot.trusted or ()}
    for store in (snapshot.server, snapshot.client):
        found |= set() if store is None else {one.sha256 for one in (store.leaf, *store.others)}
    return found | {one.sha256 for flow in record.flows for shown in flow.presented for one in shown.chain}
