"""Flows as CSV: one row a presented chain, one row for a flow in which none was presented.

Knows flows; must not know streams or quoting (``csv_rows`` does). The columns are fixed and documented in
``COLUMNS``; a new meaning gets a new column at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

from tlseku.flow import Alert, Flow, Presented
from tlseku.output.words import wording
from tlseku.output.words.csv_rows import Cell, csv_serial, joined, line_of
from tlseku.output.words.remembered import Remembered
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


Written: TypeAlias = Callable[[Sequence[Cell]], str]

_NUMBERS = 7
"""The first columns, which are a flow's own."""

_OF_CHAIN = 15
"""The columns of a chain."""


def header(form: str = "csv") -> str:
    """The line with the names of the columns."""
    return line_of(form)(list(COLUMNS))


def writer(form: str = "csv") -> Callable[[Flow], str]:
    """Makes the rows of one flow after the other, a line each."""
    return RowText(line_of(form), "," if form == "csv" else "\t").text


class _OfKind:
    """What the rows of all flows of a kind have in common: the cell of ``alerts`` is each of ``said`` with the frame at
    the place beside it, and ``after`` are the cells behind it. None of ``said`` has anything to quote."""

    __slots__ = ("after", "places", "said")

    def __init__(self, said: Sequence[str], places: Sequence[int], after: str) -> None:
        self.said = said
        self.places = places
        self.after = after


class RowText:
    """The rows of one flow after the other as text, put together from pieces, most of which stand in many rows.
    ``written`` makes a line of cells, ``separator`` stands between two."""

    def __init__(self, written: Written, separator: str) -> None:
        self._written = written
        self._separator = separator
        self._known: Remembered[str] = Remembered()
        self._kept = f"rows parted by {separator}"

    def text(self, flow: Flow) -> str:
        """The rows of a flow, a line each."""
        separator = self._separator
        told, of_kind = flow.asked_once, self._of_kind(flow)
        if of_kind is None:
            handshake, after = self._handshake(told), self._after(told)
        else:
            handshake, after = (
                self._handshake_of_kind(flow, told, of_kind),
                self._after_of_kind(flow, of_kind),
            )
        before = separator.join((*self._numbers(told), handshake))
        presented = told.presented
        if not presented:
            return f"{before}{separator}{self._empty(_OF_CHAIN)}{separator}{after}\n"
        chains = [self._chain(each, flow.kept_with_chain(at)) for at, each in enumerate(presented)]
        return "".join([f"{before}{separator}{chain}{separator}{after}\n" for chain in chains])

    def _piece(self, cells: Sequence[Cell]) -> str:
        return self._written(cells)[:-1]

    def _empty(self, cells: int) -> str:
        return self._separator * (cells - 1)

    def _numbers(self, told: Flow) -> tuple[str, ...]:
        """The cells that are a flow's own; nothing in them is to be escaped but the name of the file."""
        name = told.file
        file = self._known.of(("file", name), lambda: self._piece((name, None))[:-1])
        client, server = told.client, told.server
        start = rfc3339(told.start) or ""
        return (file, str(told.number), start, client.ip, str(client.port), server.ip, str(server.port))

    def _of_kind(self, flow: Flow) -> _OfKind | None:
        kept = flow.kept_with_kind
        if kept is None:
            return None
        of_kind = kept.get(self._kept)
        if of_kind is None:
            of_kind = kept[self._kept] = self._shared(flow)
        return cast(_OfKind, of_kind)

    def _shared(self, flow: Flow) -> _OfKind:
        frames = () if flow.kind is None else flow.kind.frames
        return _OfKind(
            [_said(alert) for alert in flow.alerts],
            [frames.index(alert.frame) for alert in flow.alerts],
            self._piece(_after(flow)[1:]),
        )

    def _handshake(self, flow: Flow) -> str:
        key = (
            flow.direction,
            flow.role_evidence,
            flow.service,
            flow.starttls,
            flow.version,
            flow.cipher,
            flow.sni,
            flow.alpn,
            flow.resumed,
            flow.outcome,
            flow.refused_by,
            *((request.role, request.answer) for request in flow.requests),
        )
        return self._known.of(key, lambda: self._piece(_before(flow)[_NUMBERS:]))

    def _handshake_of_kind(self, flow: Flow, told: Flow, of_kind: _OfKind) -> str:
        key = of_kind, told.direction, told.service, told.version, told.cipher, told.sni, told.alpn
        known = self._known.get(key)
        return self._known.put(key, self._handshake(flow)) if known is None else known

    def _after(self, flow: Flow) -> str:
        return self._piece(_after(flow)) if flow.alerts or flow.hidden or flow.defects else self._empty(3)

    def _after_of_kind(self, flow: Flow, of_kind: _OfKind) -> str:
        kind = flow.kind if of_kind.places else None
        if kind is None:
            return f"{self._separator}{of_kind.after}"
        alerts = [
            f"{said}{kind.frames[place]})" for said, place in zip(of_kind.said, of_kind.places, strict=True)
        ]
        return f"{joined(alerts)}{self._separator}{of_kind.after}"

    def _chain(self, presented: Presented, beside: dict[str, object] | None) -> str:
        """The cells of a chain, whose text goes with what is kept ``beside`` it."""
        judged = presented.judged
        rest = None if beside is None else beside.get(self._kept)
        if rest is None:
            rest = self._judged(judged)
            if beside is not None:
                beside[self._kept] = rest
        separator = self._separator
        return f"{judged.role}{separator}{presented.direction}{separator}{presented.frame}{separator}{rest}"

    def _judged(self, judged: Presented) -> str:
        key = (
            judged.verdict,
            judged.reason,
            judged.broken_at,
            judged.effective_eku,
            *(each.sha256 for each in judged.chain),
        )
        return self._known.of(key, lambda: self._piece(_of_chain(judged)[3:]))


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
        joined(f"{_said(alert)}{alert.frame})" for alert in flow.alerts),
        joined(f"{hidden.what}: {hidden.reason}" for hidden in flow.hidden),
        joined(f"{defect.layer}: {defect.reason}" for defect in flow.defects),
    ]


def _said(alert: Alert) -> str:
    """An alert up to its frame."""
    return f"{alert.role}: {wording.alert(alert)} (frame "
