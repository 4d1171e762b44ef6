from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import tlseku
from tests.output.samples import DECLINED, EVERY, EVIL, REFUSED, SCENARIO_1
from tlseku.data_frames.columns import CERTIFICATES, FLOWS, LISTS, REQUESTS, TABLES, Cell, Column, Kind, What
from tlseku.data_frames.rows import certificate_rows, flow_rows, request_rows, rows_of

PYTHON: dict[Kind, tuple[type, ...]] = {
    "integer": (int,),
    "text": (str,),
    "serial": (str,),
    "truth": (bool,),
    "packet_time": (int,),
    "certificate_time": (int,),
    "texts": (list,),
    "integers": (list,),
}


def named(columns: tuple[Column, ...], row: tuple[Cell, ...]) -> dict[str, Cell]:
    return dict(zip((column.name for column in columns), row, strict=True))


@pytest.fixture
def refused(own_captures: Path) -> tlseku.Flow:
    return tlseku.read(own_captures / "wrong-eku-refused.pcap")[0]


@pytest.mark.parametrize("what", TABLES)
@pytest.mark.parametrize("flow", [EVIL, *EVERY])
def test_every_cell_is_of_its_column(what: str, flow: tlseku.Flow) -> None:
    columns = TABLES[what]  # type: ignore[index]
    for row in rows_of(what)(flow):  # type: ignore[arg-type]
        for column, cell in zip(columns, row, strict=True):
            assert cell is None or type(cell) in PYTHON[column.kind], column.name
            for text in cell if isinstance(cell, list) else [cell]:
                if isinstance(text, str):
                    text.encode("utf-8")


@pytest.mark.parametrize("columns", TABLES.values())
def test_names_are_distinct(columns: tuple[Column, ...]) -> None:
    assert len({column.name for column in columns}) == len(columns)


def test_a_flow(refused: tlseku.Flow) -> None:
    (row,) = flow_rows(refused)
    found = named(FLOWS, row)
    expected = {
        "flow": 1,
        "start": 1775031600100200000,
        "client_ip": "192.0.2.10",
        "client_port": 51852,
        "server_port": 8443,
        "version": "TLS 1.2",
        "sni": "server.example",
        "alpn": None,
        "resumed": False,
        "outcome": "refused",
        "refused_by": "server",
        "client_certificate": "presented",
        "client_verdict": "wrong",
        "client_serial": "5a17c0de00000021",
        "client_eku": ["serverAuth"],
        "server_verdict": "ok",
        "requests": 1,
        "alerts": ["server: unsupported_certificate"],
        "hidden": [],
    }
    assert {name: found[name] for name in expected} == expected


def test_certificates(refused: tlseku.Flow) -> None:
    found = [named(CERTIFICATES, row) for row in certificate_rows(refused)]
    assert [(each["role"], each["index"], each["verdict"], each["frame"], each["ip"]) for each in found] == [
        ("server", 0, "ok", 6, "198.51.100.20"),
        ("server", 1, "ok", 6, "198.51.100.20"),
        ("client", 0, "wrong", 8, "192.0.2.10"),
        ("client", 1, "wrong", 8, "192.0.2.10"),
    ]
    assert (found[2]["eku"], found[2]["eku_names"]) == (["1.3.6.1.5.5.7.3.1"], ["serverAuth"])
    assert (found[3]["eku"], found[3]["is_ca"], found[3]["self_issued"]) == (None, True, True)


def test_requests(refused: tlseku.Flow) -> None:
    (row,) = request_rows(refused)
    found = named(REQUESTS, row)
    assert found["answer"] == "presented"
    assert found["certificate_types"] == ["rsa_sign", "dss_sign", "ecdsa_sign"]
    assert found["authorities"] == ["CN=Example Private CA,O=Synthetic Example Ltd."]
    assert (found["oid_filters"], found["mismatches"]) == ([], [])


def test_what_does_not_fit_a_request_is_named() -> None:
    (row,) = request_rows(SCENARIO_1)
    assert named(REQUESTS, row)["mismatches"] == ["key_type"]


@pytest.mark.parametrize("what", TABLES)
def test_every_list_has_a_text_beside_it(what: What) -> None:
    kinds = {column.name: column.kind for column in TABLES[what]}
    # Of purposes the text has the names; that of the OIDs has a name of its own.
    listed = {"eku": "eku_names", "eku_oid": "eku"} if what == "certificates" else {}
    lists = {name for name, kind in kinds.items() if kind in LISTS} - {*listed.values()} | {*listed}
    texts = {
        name.removesuffix("_text")
        for name, kind in kinds.items()
        if kind == "text" and name.endswith("_text")
    }
    assert lists == texts
    for flow in (SCENARIO_1, REFUSED, DECLINED):
        for row in rows_of(what)(flow):
            found = dict(zip(kinds, row, strict=True))
            for name in lists:
                cell = found[listed.get(name, name)]
                assert cell is None or isinstance(cell, list)
                assert found[f"{name}_text"] == (None if cell is None else "; ".join(map(str, cell)))


@pytest.mark.parametrize(
    ("name", "verdict", "serial"), [("declined.pcap", "declined", None), ("tls13.pcap", None, None)]
)
def test_no_certificate(own_captures: Path, name: str, verdict: str | None, serial: None) -> None:
    (row,) = flow_rows(tlseku.read(own_captures / name)[0])
    found = named(FLOWS, row)
    assert (found["client_verdict"], found["client_serial"], found["client_eku"]) == (verdict, serial, None)


@pytest.mark.parametrize("ns", [2**63, -(2**63), 10**30])
def test_a_time_that_no_64_bits_hold_is_missing(ns: int) -> None:
    (row,) = flow_rows(replace(SCENARIO_1, start=ns))
    assert named(FLOWS, row)["start"] is None


def test_another_table_is_a_mistake() -> None:
    with pytest.raises(
        ValueError,
        match="no table 'alerts', only flows, certificates, requests, messages, findings, statements",
    ):
        rows_of("alerts")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "pairs"),
    [
        (
            "flows",
            [("client_eku", "client_eku_text"), ("alerts", "alerts_text"), ("hidden", "hidden_text"), ("defects", "defects_text")],
        ),
        ("certificates", [("eku_names", "eku_text"), ("san", "san_text")]),
    ],
)  # fmt: skip
def test_beside_each_list_stands_a_text_to_group_by(what: What, pairs: list[tuple[str, str]]) -> None:
    for row in (row for flow in EVERY for row in rows_of(what)(flow)):
        found = named(TABLES[what], row)
        for values, text in pairs:
            expected = None if found[values] is None else "; ".join(found[values])  # type: ignore[arg-type]
            assert found[text] == expected
