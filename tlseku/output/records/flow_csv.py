"""Flows as CSV: one row a presented chain, one row for a flow in which none was presented.

Knows flows; must not know streams or quoting (``csv_rows`` does). The columns are fixed and documented in
``COLUMNS``; a new meaning gets a new column at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tlseku.flow import Flow, Presented
from tlseku.output.words import wording
from tlseku.output.words.csv_rows import Cell, csv_lines, csv_serial, joined, tsv_lines
from tlseku.output.words.timestamps import rfc3339
from tlseku.registry import names

COLUMNS: dict[str, str] = {
    "file": "where the flow begins",
    "flow": "number, from 1 over all files of the run",
    "start": "first packet, RFC 3339 UTC",
    "client_ip": "",
    "client_port": "",
    "server_ip": "",
    "server_port": "",
    "direction": "of the connection, as seen from the vantage hosts",
    "role_evidence": "how client and server were told apart",
    "service": "",
    "starttls": "clear-text protocol before TLS",
    "version": "",
    "cipher": "",
    "sni": "",
    "alpn": "",
    "resumed": "",
    "outcome": "",
    "refused_by": "",
    "asked_by": "sides that sent a CertificateRequest",
    "answers": "what came of the requests",
    "role": "of the side that presented this chain; empty: nothing was presented",
    "sent": "direction of this chain, as seen from the vantage hosts",
    "frame": "that completes the Certificate message",
    "verdict": "",
    "reason": "",
    "chain_length": "",
    "serial": "of the leaf, 0x and lower-case hex",
    "sha256": "of the leaf",
    "subject": "of the leaf",
    "issuer": "of the leaf",
    "not_before": "of the leaf",
    "not_after": "of the leaf",
    "eku": "of the leaf: names; none: no extension; empty: nothing listed",
    "effective_eku": "what the presented CA certificates leave of it; none: unrestricted",
    "broken_at": "chain index that takes the needed purpose away; behind the chain, of a CA certificate from --ca",
    "alerts": "sender, name and frame of each, encrypted ones as such",
    "hidden": "what could not be seen, and why",
    "defects": "what is wrong with the bytes",
}
"""Name and meaning of each column, in order."""


def flow_csv_lines(flows: Iterable[Flow]) -> Iterator[str]:
    """Header and rows, a line each."""
    return csv_lines(list(COLUMNS), (row for flow in flows for row in flow_rows(flow)))


def flow_tsv_lines(flows: Iterable[Flow]) -> Iterator[str]:
    """The same with tabs."""
    return tsv_lines(list(COLUMNS), (row for flow in flows for row in flow_rows(flow)))


def flow_rows(flow: Flow) -> Iterator[list[Cell]]:
    """The rows of one flow, cells in the order of ``COLUMNS``."""
    before = _before(flow)
    after = _after(flow)
    for presented in flow.presented:
        yield [*before, *_of_chain(presented), *after]
    if not flow.presented:
        yield [*before, *([None] * (len(COLUMNS) - len(before) - len(after))), *after]


def _before(flow: Flow) -> list[Cell]:
    return [
        flow.file,
        flow.number,
        rfc3339(flow.start),
        flow.client.ip,
        flow.client.port,
        flow.server.ip,
        flow.server.port,
        flow.direction,
        flow.role_evidence,
        flow.service,
        flow.starttls,
        None if flow.version is None else names.version_name(flow.version),
        None if flow.cipher is None else names.cipher_suite_name(flow.cipher),
        flow.sni,
        flow.alpn,
        flow.resumed,
        flow.outcome,
        flow.refused_by,
        joined(request.role for request in flow.requests),
        joined(request.answer for request in flow.requests),
    ]


def _of_chain(presented: Presented) -> list[Cell]:
    row: list[Cell] = [
        presented.role,
        presented.direction,
        presented.frame,
        presented.verdict,
        presented.reason,
        len(presented.chain),
    ]
    if not presented.chain:
        return [*row, *([None] * 9)]
    leaf = presented.chain[0]
    return [
        *row,
        csv_serial(leaf.serial_hex),
        leaf.sha256,
        leaf.subject,
        leaf.issuer,
        None if leaf.not_before is None else rfc3339(leaf.not_before, digits=0),
        None if leaf.not_after is None else rfc3339(leaf.not_after, digits=0),
        joined(wording.purposes(leaf)),
        joined(wording.purpose_names(presented.effective_eku)),
        presented.broken_at,
    ]


def _after(flow: Flow) -> list[Cell]:
    return [
        joined(f"{alert.role}: {wording.alert(alert)} (frame {alert.frame})" for alert in flow.alerts),
        joined(f"{hidden.what}: {hidden.reason}" for hidden in flow.hidden),
        joined(f"{defect.layer}: {defect.reason}" for defect in flow.defects),
    ]
