"""Which node is the Core and which the Edge, and why it is known.

Knows what a record says of itself: the zones that it is configured with, and who begins connections to the zone's and
the tunnels' ports in handshakes and log. Must not know ports as roles: a port only names a service.
"""

from __future__ import annotations

from tlseku.errors import TlsekuError
from tlseku.profiles.expressway.findings.diagnosis import NodeRole
from tlseku.profiles.expressway.node.node_record import NodeRecord
from tlseku.profiles.expressway.rules.service_port import service_of, service_of_entry


class RoleError(TlsekuError):
    """Nobody can tell which of two nodes is the Core and which the Edge."""


_BEGAN: dict[NodeRole, str] = {"core": "is client of", "edge": "is server of"}


def role_of(record: NodeRecord) -> tuple[NodeRole | None, str]:
    """What a node is; the second is why. Configuration goes before what was seen, handshakes before the log."""
    said = _configured(record)
    if len(said) != 1:
        said = said or {**_logged(record), **_captured(record)}
    if len(said) == 1:
        return next(iter(said.items()))
    if said:
        return None, "it is client and server of such connections"
    return None, _unknown(record)


def _configured(record: NodeRecord) -> dict[NodeRole, str]:
    zones = [zone for zone in record.snapshot.zones if zone.side is not None]
    # A Core may have further traversal zones; the one for Unified Communications tells.
    zones = [zone for zone in zones if zone.is_unified_communications] or zones
    said: dict[NodeRole, str] = {}
    for zone in zones:
        port = "" if zone.port is None else f", SIP port {zone.port}"
        role: NodeRole = "core" if zone.side == "client" else "edge"
        said.setdefault(role, f"its configuration has zone {zone.number} of type {zone.type}{port}")
    return said


def _captured(record: NodeRecord) -> dict[NodeRole, str]:
    said: dict[NodeRole, str] = {}
    for flow in record.flows:
        service = service_of(flow.server, record.zone_ports)
        if service is not None and flow.direction in ("outbound", "inbound"):
            role: NodeRole = "core" if flow.direction == "outbound" else "edge"
            said.setdefault(role, f"it {_BEGAN[role]} port {flow.server.port} in flow {flow.number}")
    for tunnel in record.ssh:
        own = [end.ip in record.addresses for end in (tunnel.client, tunnel.server)]
        if tunnel.client_known and own[0] is not own[1]:
            role = "core" if own[0] else "edge"
            said.setdefault(role, f"it {_BEGAN[role]} an SSH connection to port {tunnel.server.port}")
    return said


def _logged(record: NodeRecord) -> dict[NodeRole, str]:
    said: dict[NodeRole, str] = {}
    for one in record.events:
        entry = one.entry
        if entry.kind not in ("tls_error", "ssl", "ssh") or entry.role is None:
            continue
        if service_of_entry(entry, record.zone_ports) is None:
            continue
        role: NodeRole = "core" if entry.role == "client" else "edge"
        port = 0 if entry.destination is None else entry.destination.port
        what = "SSH tunnels" if entry.kind == "ssh" else f"port {port}"
        said.setdefault(role, f"it {_BEGAN[role]} {what} in its log, line {entry.line}")
    return said


def _unknown(record: NodeRecord) -> str:
    seen = [flow for flow in record.flows if service_of(flow.server, record.zone_ports) is not None]
    if seen:
        ports = f"flow {seen[0].number} goes to {seen[0].server.port}"
        return f"{ports}, but the node's own address is not known"
    if record.ssh:
        return (
            f"an SSH connection goes to {record.ssh[0].server.port}, but the node's own address is not known"
        )
    return "neither configuration nor captures nor log have a connection of the zone or of the tunnels"
