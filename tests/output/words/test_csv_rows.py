"""Cells: what a spreadsheet must not run, and what must be left alone."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.output.samples import HOSTILE
from tlseku.output.words.csv_rows import Cell, csv_line, csv_lines, csv_serial, joined, safe_cell

MUST_CHANGE = {
    "=cmd()": "'=cmd()",
    "+1": "'+1",
    "-1": "'-1",
    "@SUM(A1)": "'@SUM(A1)",
    "  =1+1": "'  =1+1",
    "＝1": "'＝1",
    "\t=1": "\\x09=1",
    "\r=1": "\\x0d=1",
    "a\nb": "a\\x0ab",
    "\x1b[2J": "\\x1b[2J",
    "\u202eevil": "\\u202eevil",
    "\ud800": "\\ud800",
}

MUST_STAY = [
    "",
    " ",
    "CN=a,O=b",
    "a=b",
    "1+1",
    "a@b.example",
    "'quoted",
    '"q"',
    "2001:db8::1",
    "例え",
    "0x46df",
    "a-b",
]


@pytest.mark.parametrize(("cell", "safe"), MUST_CHANGE.items())
def test_must_change(cell: str, safe: str) -> None:
    assert safe_cell(cell) == safe


@pytest.mark.parametrize("cell", MUST_STAY)
def test_must_stay(cell: str) -> None:
    assert safe_cell(cell) == cell


@pytest.mark.parametrize(
    ("cell", "text"), [(None, ""), (True, "true"), (False, "false"), (0, "0"), (25003, "25003")]
)
def test_values_that_are_no_text(cell: Cell, text: str) -> None:
    assert safe_cell(cell) == text


def test_quoting() -> None:
    assert csv_line(["a,b", 'say "x"', None, True]) == '"a,b","say ""x""",,true\n'
    assert list(csv_lines(["one", "two"], [["1", 2]])) == ["one,two\n", "1,2\n"]


def test_everything_at_once() -> None:
    line = csv_line([HOSTILE])
    assert line == (
        '"\'=cmd()|\\x1b[31mred\\x1b[0m\\x0d\\x0a""q"",\\u202eevil\\u200b\\x9bK\\ud800\\U000e0041"\n'
    )


@given(st.lists(st.text(st.characters(exclude_categories=())), min_size=1))
def test_a_row_is_one_line_and_no_cell_a_formula(cells: list[str]) -> None:
    line = csv_line(cells)
    assert line.count("\n") == 1
    (row,) = csv.reader(io.StringIO(line))
    assert len(row) == len(cells)
    assert not any(cell.lstrip(" ")[:1] in tuple("=+-@") for cell in row if cell.strip(" "))


@pytest.mark.parametrize(
    ("serial", "text"), [("46e76", "0x46e76"), ("0", "0x0"), ("-5", "-0x5"), (None, None)]
)
def test_serials_are_no_numbers(serial: str | None, text: str | None) -> None:
    assert csv_serial(serial) == text


def test_joined() -> None:
    assert joined(["a", "b"]) == "a; b"
    assert joined([]) == ""
