"""Synthetic bundles moved elsewhere: other addresses, ports, settings, releases.

Knows the committed synthetic bundles and how addresses stand in captures and texts; every result is synthetic too.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import replace

from tlseku.profiles.expressway.node.node_record import NodeRecord

Files = dict[str, bytes]
CORE_IP, EDGE_IP = "10.106.80.16", "10.106.80.31"


def with_address(files: Mapping[str, bytes], old: str, new: str) -> Files:
    """The files with one IPv4 address in place of another, in packets and in texts."""
    found = {}
    for name, data in files.items():
        if name.endswith(".pcap"):
            found[name] = data.replace(socket.inet_aton(old), socket.inet_aton(new))
        else:
            found[name] = data.replace(old.encode(), new.encode())
    return found


def with_port(files: Mapping[str, bytes], old: int, new: int) -> Files:
    """The files with one TCP port in place of another, in packets (next to an address) and in texts."""
    found = {}
    for name, data in files.items():
        if name.endswith(".pcap"):
            changed = _ports_changed(data, socket.inet_aton(CORE_IP), old, new)
            found[name] = _ports_changed(changed, socket.inet_aton(EDGE_IP), old, new)
        else:
            found[name] = data.replace(str(old).encode(), str(new).encode())
    return found


def _ports_changed(data: bytes, ip: bytes, old: int, new: int) -> bytes:
    # The ports follow the addresses: source and destination address, then both ports.
    out, at = bytearray(data), 0
    while (at := data.find(ip, at)) >= 0:
        for place in (at + 4, at + 6, at + 8, at + 10):
            if data[place : place + 2] == old.to_bytes(2, "big"):
                out[place : place + 2] = new.to_bytes(2, "big")
        at += 4
    return bytes(out)


def with_text(files: Mapping[str, bytes], beginning: str, old: str, new: str) -> Files:
    """The files with other words in those whose names begin so."""
    return {
        name: data.replace(old.encode(), new.encode()) if name.startswith(beginning) else data
        for name, data in files.items()
    }


def appended(files: Mapping[str, bytes], beginning: str, more: str) -> Files:
    """The files with more text at the end of those whose names begin so."""
    return {
        name: data + more.encode() if name.startswith(beginning) else data for name, data in files.items()
    }


def hidden(record: NodeRecord) -> NodeRecord:
    """The record as it would be in TLS 1.3: what each side presents, the alert and the outcome are not visible."""
    flows = tuple(
        replace(
            flow, version=0x0304, outcome="unknown", refused_by=None, presented=(), alerts=(), requests=()
        )
        for flow in record.flows
    )
    by_number = {flow.number: flow for flow in flows}
    events = tuple(
        replace(one, flows=tuple(by_number[flow.number] for flow in one.flows)) for one in record.events
    )
    return replace(record, flows=flows, presented=(), events=events)
