"""Which of a pair's services a connection belongs to, by its server's port, and what the log says of its tunnels.

Knows the ports of the Unified Communications zone and of the SSH tunnels; must not know who is client: that is for
the handshake or the log to say. A port is what the product uses by default, so that it names a service and no more.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Literal

from tlseku.flow import Endpoint
from tlseku.profiles.expressway.logs.log_correlation import LogEntry

ZONE_PORTS = range(7001, 7400)
"""Traversal zones: 7001 for the first, one more for each further one; 7400 is XMPP inside."""

SSH_PORT = 2222

_NOT_REACHED = (
    "connection timed out",
    "operation timed out",
    "connection refused",
    "no route to host",
    "network is unreachable",
)
"""What OpenSSH says of a port that it does not reach (strerror of connect)."""

ServiceWord = Literal["uc_zone", "ssh_tunnels"]


def service_of(server: Endpoint, zone_ports: Container[int] = ZONE_PORTS) -> ServiceWord | None:
    """The service behind a server's port; ``None`` for all others. ``zone_ports`` are those of traversal zones."""
    if server.port == SSH_PORT:
        return "ssh_tunnels"
    return "uc_zone" if server.port in zone_ports else None


def service_of_entry(entry: LogEntry, zone_ports: Container[int] = ZONE_PORTS) -> ServiceWord | None:
    """The service that an event of the log is about, by the port of its destination."""
    if entry.kind == "ssh":
        return "ssh_tunnels"
    if entry.kind in ("sip_sent", "sip_received"):
        # Either end of a connection that is up may send, so that the port names nobody's service.
        ports = [end for end in (entry.source, entry.destination) if end is not None]
        return next((found for end in ports if (found := service_of(end, zone_ports)) is not None), None)
    return None if entry.destination is None else service_of(entry.destination, zone_ports)


def ssh_word(detail: str) -> Literal["denied", "up", "down", "other"]:
    """What a message of the SSH tunnels amounts to, by OpenSSH's own words: ``denied`` if the peer refuses who
    connects, ``up`` if it lets him in, ``down`` if the port was not reached, ``other`` for the rest."""
    said = detail.strip().lower()
    if "permission denied" in said or said.startswith("failed publickey"):
        return "denied"
    if any(words in said for words in _NOT_REACHED):
        return "down"
    return (
        "up" if said.startswith(("authenticated to", "authenticated with", "accepted publickey")) else "other"
    )
