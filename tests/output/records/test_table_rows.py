"""Rows of tables as text: the same rows in every format, valid JSON, and cells that a spreadsheet leaves alone."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import tlseku
from tests.output.records import real
from tests.output.samples import DECLINED, EVERY, EVIL, HOSTILE, ODD_PURPOSES, REFUSED, TLS13, flow, message
from tests.schemas import SchemaName, schema
from tlseku.data_frames.columns import TABLES, What
from tlseku.data_frames.rows import rows_of
from tlseku.flow import Alert, Flow, Request
from tlseku.output.records.table_rows import SCHEMAS, row_text

SHARED = Path(__file__).resolve().parents[4] / "shared" / "captures"
FLOWS = (*EVERY, EVIL, *real.flows())


def objects(what: What, *flows: Flow) -> list[dict[str, Any]]:
    """What a program reads."""
    return [json.loads(line) for line in "".join(row_text("ndjson", what, flows)).splitlines()]


def cells(what: What, *flows: Flow) -> list[dict[str, str]]:
    """What a spreadsheet reads."""
    return [*csv.DictReader(io.StringIO("".join(row_text("csv", what, flows))))]


def validator(what: What) -> Draft202012Validator:
    name: SchemaName = SCHEMAS[what].split("/")[1]  # type: ignore[assignment]
    return Draft202012Validator(schema(name))


@pytest.mark.parametrize("what", SCHEMAS)
def test_every_row_is_valid(what: What) -> None:
    found = objects(what, *FLOWS)
    assert found
    for each in found:
        validator(what).validate(each)
        assert list(each) == ["schema", *(column.name for column in TABLES[what])]


@pytest.mark.parametrize("path", sorted(SHARED.glob("*.pcap*")), ids=lambda path: path.name)
def test_rows_of_captures_are_valid(path: Path) -> None:
    flows = list(tlseku.scan(str(path)))
    for what in SCHEMAS:
        for each in objects(what, *flows):
            validator(what).validate(each)


@pytest.mark.parametrize("what", TABLES)
def test_every_text_has_the_rows_of_the_table(what: What) -> None:
    number = sum(1 for each in FLOWS for _ in rows_of(what)(each))
    assert len(cells(what, *FLOWS)) == number
    tsv = "".join(row_text("tsv", what, FLOWS)).split("\n")
    assert tsv[0].split("\t") == [column.name for column in TABLES[what]]
    assert {line.count("\t") for line in tsv[:-1]} == {len(TABLES[what]) - 1}
    assert (len(tsv), tsv[-1]) == (number + 2, "")


@pytest.mark.parametrize("what", SCHEMAS)
def test_json_is_one_array_of_what_ndjson_has(what: What) -> None:
    assert json.loads("".join(row_text("json", what, EVERY))) == objects(what, *EVERY)
    assert json.loads("".join(row_text("json", what, ()))) == []


@pytest.mark.parametrize("what", TABLES)
def test_without_a_flow_there_is_a_header(what: What) -> None:
    assert "".join(row_text("csv", what, ())).count("\n") == 1


def test_certificates() -> None:
    leaf = objects("certificates", REFUSED)[-1]
    assert (leaf["serial"], leaf["not_after"], leaf["san"]) == (
        "9c",
        "2026-11-01T00:00:00Z",
        ["server.example", "192.0.2.7"],
    )
    row = cells("certificates", REFUSED)[-1]
    assert (row["serial"], row["not_after"], row["san"]) == (
        "0x9c",
        "2026-11-01T00:00:00Z",
        "server.example; 192.0.2.7",
    )


def test_no_list_and_an_empty_one_differ_in_every_text() -> None:
    absent, empty = cells("certificates", DECLINED)[0], cells("certificates", ODD_PURPOSES)[1]
    assert (absent["eku"], empty["eku"], empty["broken_at"]) == ("none", "", "")
    assert [
        objects("certificates", each)[row]["eku"] for each, row in ((DECLINED, 0), (ODD_PURPOSES, 1))
    ] == [
        None,
        [],
    ]


def test_messages_and_their_alerts() -> None:
    found = objects("messages", REFUSED)
    assert [(each["frame"], each["role"], each["type"]) for each in found] == [
        (17, "client", "client_hello"),
        (19, "server", "server_hello"),
        (21, "server", "certificate"),
        (21, "server", "certificate_request"),
        (21, "server", "server_hello_done"),
        (23, "client", "certificate"),
        (25, "server", "alert"),
    ]
    alert = [found[-1][name] for name in ("alert_level", "alert_code", "alert_name", "alert_after")]
    assert alert == ["fatal", 43, "unsupported_certificate", "certificate"]
    assert [found[0][name] for name in ("alert_level", "alert_code", "alert_name", "alert_after")] == [
        None
    ] * 4


def test_two_alerts_of_one_frame_and_one_that_is_encrypted() -> None:
    said = tuple(message(frame, "server", "alert") for frame in (9, 9, 11))
    alerts = (
        Alert(9, "server", 1, 112, "client_hello", said[0].ts),
        Alert(9, "server", 2, 42, "certificate", said[0].ts),
        Alert(11, "server", -1, -1, "finished", said[2].ts, encrypted=True),
    )
    found = objects("messages", flow(messages=said, alerts=alerts))
    assert [(each["alert_level"], each["alert_code"], each["alert_after"]) for each in found] == [
        ("warning", 112, "client_hello"),
        ("fatal", 42, "certificate"),
        (None, None, "finished"),
    ]


def test_findings_of_rule_books_and_statements() -> None:
    found = objects("findings", REFUSED)
    books = [each for each in found if each["rule_book"] is not None]
    assert [
        (each["role"], each["rule_book"], each["outcome"], each["rule"], each["depth"]) for each in books
    ] == [
        ("client", "openssl", "refuse", "O1", 0),
        ("client", "gnutls", "accept", "G1", None),
    ]
    assert {(each["frame"], each["serial"], each["statement"], each["hint"]) for each in books} == {
        (23, "9c", None, None)
    }
    statements = [each for each in found if each["statement"] is not None]
    assert [(each["statement"], each["frame"], each["outcome"], each["hint"]) for each in statements] == [
        ("refused_for_eku", 23, None, False)
    ]


def test_statements() -> None:
    (found,) = objects("statements", REFUSED)
    said = {
        "schema": "tlseku/statement-row/1",
        "statement": "refused_for_eku",
        "hint": False,
        "frames": [23, 25],
        "causes": ["eku", "issuer"],
        "fitting": 1,
        "agree": ["openssl"],
        "disagree": ["gnutls"],
        "frames_text": "23; 25",
        "causes_text": "eku; issuer",
    }
    assert {name: found[name] for name in said} == said
    (row,) = cells("statements", REFUSED)
    assert (row["frames"], row["causes"], row["hint"]) == ("23; 25", "eku; issuer", "false")


def test_what_is_hidden_has_no_rows() -> None:
    assert [objects(what, TLS13) for what in ("certificates", "requests")] == [[], []]
    assert len(objects("messages", TLS13)) == len(TLS13.messages)


def test_hostile_text_steers_nothing() -> None:
    evil = flow(requests=(Request("server", 21, None, None, (b"0",), (HOSTILE,), (), "none"),))
    for what in TABLES:
        for form in ("csv", "tsv"):
            text = "".join(row_text(form, what, (EVIL, evil)))
            assert "\x1b" not in text
            assert "\u202e" not in text
        for row in cells(what, EVIL, evil):
            assert not any(cell.startswith(("=", "+", "@")) for cell in row.values())
    for what in SCHEMAS:
        text = "".join(row_text("ndjson", what, (EVIL, evil)))
        assert text.isascii()
        assert text.replace("\n", "").isprintable()
