"""``docs/tables.md``: the columns of the tables, as the program has them.

``python -m tests.data_frames.table_page`` writes the file anew; ``test_table_page`` checks that it is current.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tlseku.data_frames.answer_columns import (
    BUNDLES,
    COMPARISON,
    DIAGNOSIS,
    INVENTORY,
    MATCHES,
    ROLL_UP,
    SUNSET,
)
from tlseku.data_frames.columns import CAPTURES, TABLES, Column, Kind

ANSWERS: Mapping[str, tuple[Column, ...]] = {
    "sunset": SUNSET,
    "sunset by certificate or issuer": ROLL_UP,
    "inventory": INVENTORY,
    "compare": COMPARISON,
    "diagnose": DIAGNOSIS,
    "expressway.examine": BUNDLES,
    "expressway.match": MATCHES,
}
"""Columns by the question. That of ``explain`` has those of findings."""

PATH = Path(__file__).resolve().parents[2] / "docs" / "tables.md"

INTRODUCTION = """\
# Tables

The columns of `flows.to_pandas(what)`, `to_polars(what)`, `to_arrow(what)` and `table(what)`, and of
`tlseku flows --rows WHAT` with `-T json`, `ndjson`, `csv`, `tsv`, `arrow` and `parquet`. This file is made by
`python -m tests.data_frames.table_page`, and a test checks that it is current. A column never changes its type or
meaning; a new one comes at the end. Times are UTC. A missing value is null; a list that is there and empty is an empty
list.

In JSON each row names its schema (`tlseku/certificate-row/1`, [docs/json.md](json.md)); the row of a flow is its line,
`tlseku/flow/2`. In CSV and TSV several values of a cell are parted by `; `, null is an empty cell, or `none` in a column
of lists, and serial numbers carry `0x`. Without `--rows`, CSV and TSV have a row for each chain ([formats](formats.md)).

```python
import tlseku

flows = tlseku.read("capture.pcap")  # all flows, held
flows.to_pandas("certificates")  # one row a certificate
tables = tlseku.scan("big.pcap").to_frames()  # .flows .certificates .requests, in one pass
for batch in tlseku.scan("big.pcap").to_arrow_batches("requests"):
    ...  # memory is one batch
```

`polars.DataFrame(flows.table())` and `pandas.DataFrame.from_arrow(flows.table())` (pandas 3) take them without a copy in
between. `polars.DataFrame(flows)` does not: polars takes a sequence for rows. Directions are seen from the vantage
hosts; a scan knows them only with `local`.

Columns of lists survive files, joins and groups in pandas (as tuples; read back from Parquet they are arrays), polars and
DuckDB. Each has a column of text beside it, `_text` behind its name, for what knows no lists. In Dask (`dask_frame`) the
columns of lists are such texts themselves, since Dask moves no lists from one partition to another.

What could not be read of a capture stands in no row: `flows.warnings` has it, and with it `attrs["warnings"]` of a pandas
frame and the metadata of an Arrow table (`warnings`, a JSON array). polars keeps no such thing.

The answers to questions (`sunset`, `inventory`, `compare`, `diagnose`, `explain`) are tables as well: `to_pandas()`,
`to_polars()`, `to_arrow()`, and `polars.DataFrame(answer)` or DuckDB take them directly. `tlseku sunset` and `tlseku certs`
write theirs with `-T arrow` and `-T parquet`; in JSON, CSV and TSV they have the forms of [json](json.md) and
[formats](formats.md). What `explain` returns has the columns of findings.
"""

TITLES = {
    "flows": "one row a flow",
    "certificates": "one row a presented certificate",
    "requests": "one row a request",
    "messages": "one row a message",
    "findings": "one row a rule-book and chain, or a statement about the flow",
    "statements": "one row a statement about the flow",
    "captures": 'one row a capture, of `scan_many(…).captures` and `dask_frame(urls, "captures")`',
    "sunset": "one row a host and client certificate, of `sunset(…)` and `tlseku sunset`",
    "sunset by certificate or issuer": "one row of either, of `sunset(…).by(…)` and `tlseku sunset --by …`",
    "inventory": "one row a certificate and place, of `inventory(…)` and `tlseku certs`",
    "compare": "one row a pair and aspect, or a flow without a partner, of `compare(…)`",
    "diagnose": "one row a finding and frame, of `diagnose(…)`",
    "expressway.examine": "one row a finding and piece of evidence",
    "expressway.match": "one row a place where a serial number shows",
}

TYPES: dict[Kind, tuple[str, str]] = {
    "integer": ("int64", "Int64"),
    "text": ("string", "string"),
    "serial": ("string", "string"),
    "truth": ("bool", "boolean"),
    "packet_time": ("timestamp[ns, UTC]", "datetime64[ns, UTC]"),
    "certificate_time": ("timestamp[ms, UTC]", "datetime64[ms, UTC]"),
    "day": ("date32", "datetime64[ms]"),
    "texts": ("list<string>", "object (tuples)"),
    "integers": ("list<int64>", "object (tuples)"),
    "number": ("double", "Float64"),
}


def page() -> str:
    """The whole file."""
    parts = [INTRODUCTION]
    tables: list[tuple[str, tuple[Column, ...]]] = [*TABLES.items(), ("captures", CAPTURES), *ANSWERS.items()]
    for what, columns in tables:
        parts.append(f"\n## {what}: {TITLES[what]}\n\n| column | Arrow | pandas | |\n|---|---|---|---|\n")
        parts += [_line(column) for column in columns]
    return "".join(parts)


def _line(column: Column) -> str:
    arrow, pandas = TYPES[column.kind]
    return f"| `{column.name}` | {arrow} | {pandas} | {column.meaning} |\n"


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
