"""How Zeek spells a log: tab-separated with a header, or JSON, an object a line.

Knows Zeek's ASCII writer: separators, ``-`` for unset, ``(empty)``, ``\\xNN`` for what is no printable ASCII; must
not know what stands in a column (``zeek`` does). The times of ``#open`` and ``#close`` are those of the flows,
since no clock is looked at.
"""

from __future__ import annotations

from tlseku.output.json.flow_json import to_json
from tlseku.output.records.zeek import COLUMNS, Cell, Record
from tlseku.output.words.timestamps import rfc3339

UNSET = "-"
EMPTY = "(empty)"


def header(log: str, opened_ns: int) -> str:
    """The lines before the first record."""
    columns = COLUMNS[log]
    return (
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
        f"#path\t{log}\n#open\t{_moment(opened_ns)}\n"
        + "\t".join(["#fields", *columns])
        + "\n"
        + "\t".join(["#types", *columns.values()])
        + "\n"
    )


def footer(closed_ns: int) -> str:
    """The line behind the last record."""
    return f"#close\t{_moment(closed_ns)}\n"


def tsv_line(record: Record) -> str:
    """One record, tab-separated."""
    return "\t".join(map(_written, record.cells)) + "\n"


def json_line(record: Record) -> str:
    """One record as a JSON object; what is unset is left out."""
    pairs = zip(COLUMNS[record.log], record.cells, strict=True)
    return to_json({name: _rounded(cell) for name, cell in pairs if cell is not None}) + "\n"


def _rounded(cell: Cell) -> Cell:
    return round(cell, 6) if isinstance(cell, float) else cell


def _written(cell: Cell) -> str:
    if cell is None:
        return UNSET
    if isinstance(cell, bool):
        return "T" if cell else "F"
    if isinstance(cell, float):
        return f"{cell:.6f}"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, list):
        return ",".join(_escaped(each).replace(",", "\\x2c") for each in cell) if cell else EMPTY
    return _escaped(cell)


def _escaped(text: str) -> str:
    if text == "":
        return EMPTY
    if text in (UNSET, EMPTY):
        return f"\\x{ord(text[0]):02x}{text[1:]}"
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte != 0x5C else f"\\x{byte:02x}"
        for byte in text.encode("utf-8", "surrogatepass")
    )


def _moment(ns: int) -> str:
    text = rfc3339(ns, digits=0)
    return "1970-01-01-00-00-00" if text is None else text[:19].replace("T", "-").replace(":", "-")
