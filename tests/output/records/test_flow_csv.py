"""Flows as CSV: one row a chain, every column in its place."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from tests.output import of_kinds
from tests.output.samples import DAMAGED, DECLINED, EVERY, EVIL, ODD_PURPOSES, REFUSED, SCENARIO_1, TLS13
from tlseku.flow import Flow
from tlseku.output.records.flow_csv import COLUMNS, header, writer


def rows(*flows: Flow) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join((header(), *map(writer(), flows))))))


def test_the_client_chain_of_scenario_1() -> None:
    assert rows(SCENARIO_1)[1] == {
        "file": "scenario-1.pcap.gz",
        "flow": "1",
        "start": "2026-03-24T11:55:20.900000Z",
        "client_ip": "10.106.80.31",
        "client_port": "25003",
        "server_ip": "163.129.37.32",
        "server_port": "5061",
        "direction": "outbound",
        "role_evidence": "client_hello",
        "service": "sip-tls",
        "starttls": "",
        "version": "TLS 1.2",
        "cipher": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "sni": "l2sip-cfa-01.example.com",
        "alpn": "",
        "resumed": "false",
        "outcome": "completed",
        "refused_by": "",
        "asked_by": "server",
        "answers": "presented",
        "role": "client",
        "sent": "outbound",
        "frame": "13718",
        "verdict": "ok",
        "reason": "leaf lists the purpose",
        "chain_length": "1",
        "serial": "0x2f0000004c869c77c8981becde00000000004c",
        "sha256": SCENARIO_1.presented[1].chain[0].sha256,
        "subject": "CN=smartslave.bgluclab.com",
        "issuer": "CN=bgluclab-WIN-DC-01-CA,DC=bgluclab,DC=com",
        "not_before": "2025-11-01T00:00:00Z",
        "not_after": "2026-11-01T00:00:00Z",
        "eku": "serverAuth; clientAuth",
        "effective_eku": "serverAuth; clientAuth",
        "broken_at": "",
        "alerts": "",
        "hidden": "",
        "defects": "",
    }


def test_one_row_a_chain_and_one_for_a_flow_without() -> None:
    assert [len(rows(sample)) for sample in EVERY] == [2, 2, 1, 2, 2, 3, 1]
    for line in csv.reader(io.StringIO("".join((header(), *map(writer(), EVERY))))):
        assert len(line) == len(COLUMNS)


def test_hidden_is_a_column_of_its_own() -> None:
    (row,) = rows(TLS13)
    assert (row["role"], row["verdict"], row["serial"], row["defects"]) == ("", "", "", "")
    assert row["hidden"] == (
        "server_certificate: tls13_encrypted; certificate_request: tls13_encrypted; client_certificate: tls13_encrypted"
    )


def test_absent_empty_declined_and_unreadable_differ() -> None:
    no_extension, declined = rows(DECLINED)
    _, empty, broken = rows(ODD_PURPOSES)
    _, unreadable = rows(DAMAGED)
    assert (no_extension["eku"], no_extension["serial"]) == ("none", "0x0")
    assert (declined["verdict"], declined["chain_length"], declined["eku"]) == ("declined", "0", "")
    assert (empty["eku"], empty["subject"]) == ("empty", "")
    assert (broken["eku"], broken["effective_eku"], broken["broken_at"]) == ("clientAuth", "empty", "1")
    assert (unreadable["eku"], unreadable["serial"]) == ("unreadable", "")
    assert rows(ODD_PURPOSES)[0]["serial"] == "'-0x5"


def test_alerts_and_requests() -> None:
    row = rows(REFUSED)[0]
    assert row["alerts"] == "server: fatal alert unsupported_certificate (43) (frame 25)"
    assert (row["outcome"], row["refused_by"], row["asked_by"]) == ("refused", "server", "server")


def test_hostile_text_stays_in_its_cell() -> None:
    (row,) = rows(EVIL)
    assert row["sni"].startswith("'=cmd()|\\x1b[31m")
    assert all(cell.isprintable() for cell in row.values())
    assert writer()(EVIL).count("\n") == 1


def test_columns_explain_themselves() -> None:
    assert len(COLUMNS) == 38
    assert list(rows(TLS13)[0]) == list(COLUMNS)


def rows_of_one(flow: Flow, form: str) -> str:
    """What is said of a flow that shares its conclusion with nobody, by somebody who wrote none before."""
    alone = replace(flow)
    assert alone.kept_with_kind is None
    return writer(form)(alone)


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_rows_of_flows_that_share_a_kind(form: str) -> None:
    for flows in (of_kinds.flows(), of_kinds.flows()[::-1]):
        assert header(form).split("," if form == "csv" else "\t")[0] == "file"
        assert [*map(writer(form), flows)] == [rows_of_one(flow, form) for flow in flows]
