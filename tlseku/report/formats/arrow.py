"""Flows as Arrow record batches, for Parquet files and Arrow streams.

The only module of the formats that knows pyarrow (``pip install 'tlseku[arrow]'``), which it imports when it is
used; must not know files. One row a presented chain, and one for a flow in which none was presented, as in the CSV,
with types: times are UTC nanoseconds, lists are lists. Text is as it was on the wire, but for half surrogate pairs,
which UTF-8 has no bytes for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from types import ModuleType
from typing import IO, TYPE_CHECKING

from tlseku import names
from tlseku.errors import TlsekuError
from tlseku.flow import Flow, Presented
from tlseku.report import wording
from tlseku.x509.certificate import Certificate

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_A_BATCH = 10_000
"""Rows held before they are written; a row group of the Parquet file, too."""

_INT64 = range(-(1 << 63), 1 << 63)


def schema() -> pa.Schema:
    """The columns and their types."""
    pa = _pyarrow()
    text, number, moment = pa.string(), pa.int64(), pa.timestamp("ns", tz="UTC")
    texts = pa.list_(text)
    return pa.schema(
        {
            "file": text,
            "flow": number,
            "start": moment,
            "end": moment,
            "client_ip": text,
            "client_port": pa.uint16(),
            "server_ip": text,
            "server_port": pa.uint16(),
            "direction": text,
            "service": text,
            "starttls": text,
            "version": text,
            "cipher": text,
            "sni": text,
            "alpn": text,
            "resumed": pa.bool_(),
            "outcome": text,
            "refused_by": text,
            "answers": texts,
            "alerts": texts,
            "hidden": texts,
            "defects": texts,
            "role": text,
            "frame": number,
            "verdict": text,
            "reason": text,
            "broken_at": number,
            "effective_eku": texts,
            "chain_sha256": texts,
            "serial": text,
            "subject": text,
            "issuer": text,
            "not_before": moment,
            "not_after": moment,
            "eku": texts,
            "public_issuer": pa.bool_(),
        }
    )


def batches(flows: Iterable[Flow]) -> Iterator[pa.RecordBatch]:
    """Record batches of at most ``ROWS_A_BATCH`` rows. Raises TlsekuError if pyarrow is not installed."""
    pa, columns = _pyarrow(), schema()
    rows = (row for flow in flows for row in _rows(flow))
    while block := list(islice(rows, ROWS_A_BATCH)):
        yield pa.RecordBatch.from_pylist(block, schema=columns)


def write(flows: Iterable[Flow], form: str, target: IO[bytes]) -> None:
    """Write ``parquet`` or ``arrow`` (an IPC stream) to a binary file, batch after batch."""
    made = batches(flows)
    if form == "parquet":
        from pyarrow import parquet

        with parquet.ParquetWriter(target, schema(), compression="zstd") as writer:
            for batch in made:
                writer.write_batch(batch)
    else:
        with _pyarrow().ipc.new_stream(target, schema()) as stream:
            for batch in made:
                stream.write_batch(batch)


def _rows(flow: Flow) -> Iterator[dict[str, object]]:
    of_flow: dict[str, object] = {
        "file": _text(flow.file),
        "flow": flow.number,
        "start": _moment(flow.start),
        "end": _moment(flow.end),
        "client_ip": flow.client.ip,
        "client_port": flow.client.port,
        "server_ip": flow.server.ip,
        "server_port": flow.server.port,
        "direction": flow.direction,
        "service": flow.service,
        "starttls": flow.starttls,
        "version": None if flow.version is None else names.version_name(flow.version),
        "cipher": None if flow.cipher is None else names.cipher_suite_name(flow.cipher),
        "sni": _text(flow.sni),
        "alpn": _text(flow.alpn),
        "resumed": flow.resumed,
        "outcome": flow.outcome,
        "refused_by": flow.refused_by,
        "answers": [request.answer for request in flow.requests],
        "alerts": [f"{alert.role}: {wording.alert(alert)} (frame {alert.frame})" for alert in flow.alerts],
        "hidden": [f"{hidden.what}: {hidden.reason}" for hidden in flow.hidden],
        "defects": [_text(f"{defect.layer}: {defect.reason}") for defect in flow.defects],
    }
    for presented in flow.presented:
        yield {**of_flow, **_chain(presented)}
    if not flow.presented:
        yield of_flow


def _chain(presented: Presented) -> dict[str, object]:
    effective = presented.effective_eku
    return {
        "role": presented.role,
        "frame": presented.frame,
        "verdict": presented.verdict,
        "reason": _text(presented.reason),
        "broken_at": presented.broken_at,
        "effective_eku": None if effective is None else [names.eku_name(oid) for oid in effective],
        "chain_sha256": [certificate.sha256 for certificate in presented.chain],
        **(_leaf(presented.chain[0]) if presented.chain else {}),
    }


def _leaf(leaf: Certificate) -> dict[str, object]:
    return {
        "serial": leaf.serial_hex,
        "subject": _text(leaf.subject),
        "issuer": _text(leaf.issuer),
        "not_before": _moment(leaf.not_before),
        "not_after": _moment(leaf.not_after),
        "eku": None if leaf.eku is None else [names.eku_name(oid) for oid in leaf.eku],
        "public_issuer": leaf.public_issuer,
    }


def _text(text: str | None) -> str | None:
    return None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _moment(ns: int | None) -> int | None:
    return ns if ns is not None and ns in _INT64 else None


def _pyarrow() -> ModuleType:
    try:
        import pyarrow
    except ImportError:
        raise TlsekuError("Arrow and Parquet need pyarrow: pip install 'tlseku[arrow]'") from None
    return pyarrow  # type: ignore[no-any-return]
