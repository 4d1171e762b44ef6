"""Chosen fields as rows: every type as it is shown, and hostile text inert in every sink."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.output.samples import EVERY, EVIL, HOSTILE_READ_BACK, ODD_PURPOSES, REFUSED, SCENARIO_1, TLS13
from tlseku.filter import FIELDS, Subject
from tlseku.flow import Flow
from tlseku.output.json.flow_json import to_json
from tlseku.output.records.columns import column_lines, column_text, columns_to_dict
from tlseku.output.words.hostile_text import cells
from tlseku.output.words.terminal_page import Page, plain


@pytest.mark.parametrize(
    ("flow", "name", "values"),
    [
        (SCENARIO_1, "flow.start", ["2026-03-24T11:55:20.900000Z"]),
        (SCENARIO_1, "tls.client.x509.not_after", ["2026-11-01T00:00:00Z"]),
        (SCENARIO_1, "tls.client.x509.serial", ["2f0000004c869c77c8981becde00000000004c"]),
        (SCENARIO_1, "tls.client.x509.eku", ["serverAuth", "clientAuth"]),
        (SCENARIO_1, "tls.version", ["TLS 1.2"]),
        (SCENARIO_1, "tls.resumed", [False]),
        (SCENARIO_1, "tcp.port", [25003, 5061]),
        (SCENARIO_1, "tls.alert", []),
        (REFUSED, "tls.alert", ["unsupported_certificate"]),
        (REFUSED, "tls.alert.level", ["fatal"]),
        (REFUSED, "tls.client.broken_at", [0]),
        (TLS13, "tls.client.x509.serial", []),
        (ODD_PURPOSES, "tls.server.x509.serial", ["-5"]),
        (ODD_PURPOSES, "tls.server.x509.eku", ["msSmartcardLogon", "1.2.3.4.5.6.7.8.9.10.11.12.13", "anyExtendedKeyUsage"]),
    ],
)  # fmt: skip
def test_values(flow: Flow, name: str, values: list[object]) -> None:
    assert columns_to_dict([FIELDS[name]], Subject(flow)) == {name: values}


ALL = list(FIELDS.values())
SUBJECTS = [Subject(flow) for flow in EVERY]


@pytest.mark.parametrize("width", [80, 100, 160])
def test_a_table_keeps_its_width(width: int) -> None:
    fields = [
        FIELDS[name]
        for name in ("flow.number", "ip.src", "tls.sni", "x509.subject", "tls.client.x509.serial")
    ]
    lines = [plain(line) for line in column_lines(fields, SUBJECTS, Page(width))]
    assert len(lines) == 1 + len(EVERY)
    assert max(map(cells, lines)) <= width


def test_text_is_cut_before_serials() -> None:
    fields = [FIELDS[name] for name in ("x509.subject", "tls.client.x509.serial")]
    heading, first, *_ = [plain(line) for line in column_lines(fields, SUBJECTS[:1], Page(80))]
    assert heading.split() == ["x509.subject", "tls.client.x509.serial"]
    assert first.endswith("…  2f0000004c869c77c8981becde00000000004c")
    assert cells(first) == 80


@pytest.mark.parametrize(("page", "sign"), [(Page(80), "…"), (Page(80, ascii_only=True), "...")])
def test_names_of_fields_lose_their_beginning(page: Page, sign: str) -> None:
    fields = [FIELDS["tls.client.x509.serial"], FIELDS["tls.client.x509.not_after"]] * 2
    heading = plain(next(column_lines(fields, SUBJECTS, page)))
    assert cells(heading) == 80
    for field, said in zip(fields, heading.split(), strict=True):
        assert said.startswith(sign)
        assert field.name.endswith(said.removeprefix(sign))


def test_hostile_text_is_inert_in_every_sink() -> None:
    evil = [Subject(EVIL)]
    table = "".join(plain(line) + "\n" for line in column_lines(ALL, evil, Page(20_000)))
    assert table.count("\n") == 2
    assert all(line.isprintable() for line in table.splitlines())
    rows = list(csv.reader(io.StringIO("".join(column_text("csv", ALL, evil)))))
    tabs = [line.rstrip("\n").split("\t") for line in column_text("tsv", ALL, evil)]
    assert rows == tabs
    assert len(rows) == 2
    assert all(cell.isprintable() and cell[:1] not in ("=", "+", "-", "@") for cell in rows[1])
    said = to_json(columns_to_dict(ALL, evil[0]))
    assert said.isascii()
    assert said.isprintable()
    assert json.loads(said)["tls.sni"] == [HOSTILE_READ_BACK]


def test_columns_are_as_wide_as_the_first_rows_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.output.records.columns.MEASURED_ROWS", 1)
    fields = [FIELDS[name] for name in ("flow.number", "flow.outcome")]
    taken: list[int] = []

    def subjects() -> Iterator[Subject]:
        for number in (1, 1_000_000_000_000_000, 3):
            taken.append(number)
            yield Subject(replace(SCENARIO_1, number=number))

    lines = map(plain, column_lines(fields, subjects(), Page(80)))
    assert [next(lines), next(lines)] == ["flow.number  flow.outcome", "1            completed"]
    assert taken == [1], "nothing beyond the rows that are measured was waited for"
    assert list(lines) == ["1000000000000000  completed", "3            completed"]
