"""The facts about one TLS flow on which two independent readers must agree, as plain comparable data.

Knows the answer files beside the real captures and the nouns of ``tlseku.flow``; must not know tshark (``tshark``
turns its output into the same facts). A message is named by the frame that completes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from tlseku.flow import Endpoint, Flow

VERSIONS = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}


@dataclass(frozen=True, slots=True)
class FlowFacts:
    """One flow. Sequences are in wire order; ``certificates`` is (frame, sender's role, SHA-256 of each entry)."""

    client: str
    server: str
    version: int | None
    cipher: int | None
    sni: str | None
    client_hellos: tuple[int, ...]
    server_hellos: tuple[int, ...]
    certificates: tuple[tuple[int, str, tuple[str, ...]], ...]
    requests: tuple[tuple[int, str, tuple[int, ...], tuple[int, ...], tuple[str, ...]], ...]
    alerts: tuple[tuple[int, str, int, int], ...]
    encrypted_alerts: tuple[tuple[int, str], ...]

    @property
    def chains(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The certificate lists without their frames: what must not change however the bytes are cut."""
        return tuple((role, shas) for _, role, shas in self.certificates)


def differences(left: Sequence[FlowFacts], right: Sequence[FlowFacts]) -> dict[str, tuple[object, object]]:
    """Every field in which two readings of one capture differ, keyed ``client > server #n: field``."""
    found: dict[str, tuple[object, object]] = {}
    ours, theirs = by_connection(left), by_connection(right)
    for key in sorted(ours.keys() | theirs.keys()):
        a, b = ours.get(key), theirs.get(key)
        if a is None or b is None:
            found[f"{key}: flow"] = (a, b)
            continue
        for field in fields(FlowFacts):
            if getattr(a, field.name) != getattr(b, field.name):
                found[f"{key}: {field.name}"] = (getattr(a, field.name), getattr(b, field.name))
    return found


def by_connection(flows: Iterable[FlowFacts]) -> dict[str, FlowFacts]:
    """Flows keyed by their ends; the second connection between the same two ends has the key ``… #2``."""
    keyed: dict[str, FlowFacts] = {}
    for flow in sorted(flows, key=lambda f: min(f.client_hellos + f.server_hellos, default=0)):
        number = 1
        while (key := f"{flow.client} > {flow.server} #{number}") in keyed:
            number += 1
        keyed[key] = flow
    return keyed


def endpoint_text(end: Endpoint) -> str:
    return f"[{end.ip}]:{end.port}" if ":" in end.ip else f"{end.ip}:{end.port}"


def of_flow(flow: Flow) -> FlowFacts:
    """The facts as tlseku reports them. A list that the capture cuts short is not counted as a message."""
    whole = sorted((p for p in flow.presented if not p.entries_missing), key=lambda p: p.ts)
    return FlowFacts(
        client=endpoint_text(flow.client),
        server=endpoint_text(flow.server),
        version=flow.version,
        cipher=flow.cipher,
        sni=flow.sni,
        client_hellos=tuple(m.frame for m in flow.messages if m.type == 1),
        server_hellos=tuple(m.frame for m in flow.messages if m.type == 2),
        certificates=tuple((p.frame, p.role, tuple(c.sha256 for c in p.chain)) for p in whole),
        requests=tuple(
            (
                r.frame,
                r.role,
                r.certificate_types or (),
                r.signature_algorithms or (),
                tuple(name.hex() for name in r.authorities),
            )
            for r in flow.requests
        ),
        alerts=tuple((a.frame, a.role, a.level, a.code) for a in flow.alerts if not a.encrypted),
        encrypted_alerts=tuple((a.frame, a.role) for a in flow.alerts if a.encrypted),
    )


def of_answer(flow: dict[str, Any]) -> FlowFacts:
    """The facts as an answer file (``expected/*.json``) has them."""
    role = {flow["client"]: "client", flow["server"]: "server"}
    messages = []
    for index, message in enumerate(flow["cert_messages"]):
        entries = [c for c in flow[f"{message['role']}_certs"] if c["msg"] == index]
        assert len(entries) == message["n_certs"]
        shas = tuple(c["sha256"] for c in sorted(entries, key=lambda c: c["idx"]))
        messages.append((message["frame"], message["role"], shas))
    return FlowFacts(
        client=flow["client"],
        server=flow["server"],
        version=flow["version_raw"],
        cipher=None if flow["cipher"] is None else int(flow["cipher"], 16),
        sni=flow["sni"],
        client_hellos=tuple(flow["client_hellos"]),
        server_hellos=tuple(sorted(flow["server_hellos"] + flow["hrr"])),
        certificates=tuple(messages),
        requests=tuple(
            (
                r["frame"],
                role[r["from"]],
                tuple(r["cert_types"]),
                tuple(int(a, 16) for a in r["sig_algs"]),
                tuple(r["dnames"]),
            )
            for r in flow["certificate_requests"]
        ),
        alerts=tuple((a["frame"], role[a["from"]], a["level"], a["desc"]) for a in flow["alerts"]),
        encrypted_alerts=tuple((a["frame"], role[a["from"]]) for a in flow["encrypted_alert_frames"]),
    )
