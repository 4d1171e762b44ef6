"""What a tool found, and how far it agrees with the truth.

Knows the output of each tool as text; must not know how it was run. A tool's answer is a count of (flow, role,
SHA-256 of a certificate): the same certificate twice in one role of one flow counts twice. Flows are known by their
four addresses and ports; who is client is what the tool says or, where it does not say, who sent the ClientHello.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

End = tuple[str, int]
Found = Counter[tuple[End, End, str, str]]
"""Client, server, role, SHA-256."""

Flow = dict[str, Any]
Chain = tuple[str, list[str]]
"""A chain as JSON has it."""

TSHARK_FIELDS = (
    "ip.src",
    "ipv6.src",
    "tcp.srcport",
    "ip.dst",
    "ipv6.dst",
    "tcp.dstport",
    "tcp.stream",
    "tls.handshake.type",
    "tls.handshake.certificate",
)
"""What ``of_tshark`` wants to read, in this order, separated by tabs, several values by commas."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Certificates per flow and role: found and true, true but not found, found but not true."""

    right: int
    missing: int
    extra: int

    @property
    def perfect(self) -> bool:
        """Everything, and nothing else."""
        return not self.missing and not self.extra


def agreement(truth: Found, found: Found) -> Agreement:
    """How far ``found`` agrees with ``truth``."""
    return Agreement((truth & found).total(), (truth - found).total(), (found - truth).total())


def of_truth(lines: Iterable[str]) -> Found:
    """The truth file of a capture."""
    return _of_flows(lines, lambda flow: [(chain["role"], chain["sha256"]) for chain in flow["presented"]])


def of_tlseku(lines: Iterable[str]) -> Found:
    """``tlseku flows -T ndjson``: ``tlseku/flow/2``, or ``tlseku/flow/1`` of a build from before it."""
    return _of_flows(lines, _chains_of_tlseku)


def of_tshark(lines: Iterable[str]) -> Found:
    """``tshark -T fields`` with ``TSHARK_FIELDS``."""
    found: Found = Counter()
    clients: dict[str, End] = {}
    for line in lines:
        v4, v6, port, to_v4, to_v6, to_port, stream, types, ders = line.rstrip("\n").split("\t")
        source, target = (v4 or v6, int(port)), (to_v4 or to_v6, int(to_port))
        if "1" in types.split(","):
            clients.setdefault(stream, source)
        for der in filter(None, ders.split(",")):
            digest = hashlib.sha256(bytes.fromhex(der.replace(":", ""))).hexdigest()
            _count(found, clients.get(stream, target), source, target, digest)
    return found


def of_ssldump(lines: Iterable[str]) -> Found:
    """``ssldump -j -N``."""
    found: Found = Counter()
    clients: dict[int, End] = {}
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            # It writes some certificates with raw bytes in their names, and some lines cut short.
            continue
        if "src_ip" not in said or "handshake_type" not in said:
            continue
        source, target = (said["src_ip"], said["src_port"]), (said["dst_ip"], said["dst_port"])
        if said["handshake_type"] == "ClientHello":
            clients[said["connection_number"]] = source
        for one in said.get("cert_chain", ()):
            digest = hashlib.sha256(base64.b64decode(one["cert_der"])).hexdigest()
            _count(found, clients.get(said["connection_number"], target), source, target, digest)
    return found


def of_peer(lines: Iterable[str]) -> Found:
    """The scripts under ``peers/``: one JSON array [client, server, role, SHA-256] a line."""
    found: Found = Counter()
    for line in lines:
        client, server, role, digest = json.loads(line)
        found[tuple(client), tuple(server), role, digest] += 1
    return found


def _chains_of_tlseku(flow: Flow) -> list[Chain]:
    if flow["schema"] == "tlseku/flow/1":
        return [(each["role"], [one["sha256"] for one in each["chain"]]) for each in flow["presented"]]
    sides = ("server", flow["server_cert"]), ("client", flow["client_cert"])
    return [
        (role, each["chain"])
        for role, side in sides
        for each in (side, *side["more"])
        if each["state"] == "presented"
    ]


def _of_flows(lines: Iterable[str], chains: Callable[[Flow], list[Chain]]) -> Found:
    found: Found = Counter()
    for line in lines:
        flow = json.loads(line)
        client, server = (
            (flow["client"]["ip"], flow["client"]["port"]),
            (flow["server"]["ip"], flow["server"]["port"]),
        )
        for role, digests in chains(flow):
            for digest in digests:
                found[client, server, role, digest] += 1
    return found


def _count(found: Found, client: End, source: End, target: End, digest: str) -> None:
    server = target if client == source else source
    found[client, server, "client" if client == source else "server", digest] += 1
