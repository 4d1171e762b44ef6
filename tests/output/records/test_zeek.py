"""Zeek's logs, read back by zat, which data scientists read Zeek's logs with."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest

from tests.output.records import real
from tests.output.samples import EVERY, EVIL, REFUSED, certificate, flow, presented
from tlseku.flow import Flow
from tlseku.output.records.zeek import COLUMNS, records
from tlseku.output.records.zeek_logs import footer, header, json_line, tsv_line

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from zat.zeek_log_reader import ZeekLogReader


def log(name: str, flows: list[Flow], directory: Path) -> Path:
    path = directory / f"{name}.log"
    body = "".join(tsv_line(record) for record in records(flows) if record.log == name)
    path.write_text(header(name, 0) + body + footer(0), encoding="ascii")
    return path


def rows(name: str, flows: list[Flow], directory: Path) -> list[dict[str, object]]:
    return list(ZeekLogReader(str(log(name, flows, directory))).readrows())


@pytest.mark.parametrize("name", COLUMNS)
def test_zat_reads_every_line_and_column(tmp_path: Path, name: str) -> None:
    flows = [*real.flows(), *EVERY[:6]]
    found = rows(name, flows, tmp_path)
    assert len(found) == sum(record.log == name for record in records(flows))
    assert all(row.keys() == COLUMNS[name].keys() for row in found)


def test_ssl_of_scenario_2(tmp_path: Path) -> None:
    (row,) = rows("ssl", [real.flow("scenario2")], tmp_path)
    server, client = real.flow("scenario2").presented
    assert (row["id.orig_h"], row["id.orig_p"], row["id.resp_h"], row["id.resp_p"]) == (
        "10.106.80.15",
        25417,
        "10.106.80.16",
        5061,
    )
    assert (row["version"], row["established"], row["resumed"]) == ("TLSv12", True, False)
    assert row["ssl_history"] == "CsxkrnXGYIiDd"
    assert row["cert_chain_fps"] == ",".join(each.sha256 for each in server.chain)
    assert row["client_cert_chain_fps"] == ",".join(each.sha256 for each in client.chain)
    assert str(row["ts"]).startswith("2026-03-26 07:31:12.401")


def test_a_refusal_has_its_alert(tmp_path: Path) -> None:
    (row,) = rows("ssl", [REFUSED], tmp_path)
    assert (row["last_alert"], row["established"], row["ssl_history"]) == (
        "unsupported_certificate",
        False,
        "CsxrnXl",
    )


def test_each_certificate_once_with_its_place(tmp_path: Path) -> None:
    found = rows("x509", [real.flow("scenario2"), real.flow("scenario2")], tmp_path)
    assert len({row["fingerprint"] for row in found}) == len(found)
    leaf = next(row for row in found if row["certificate.serial"] == "46DF76AA000000000029")
    assert (leaf["host_cert"], leaf["client_cert"]) == (True, False)
    assert (leaf["certificate.key_alg"], leaf["certificate.key_type"], leaf["certificate.key_length"]) == (
        "rsaEncryption",
        "rsa",
        2048,
    )
    assert leaf["certificate.version"] == 3
    assert str(leaf["certificate.not_valid_after"]).startswith("2028-02-16 00:00:00")
    authority = next(row for row in found if row["basic_constraints.ca"] is True)
    assert authority["host_cert"] is False


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", "(empty)"),
        ("-", "\\x2d"),
        ("(empty)", "\\x28empty)"),
        ("a\tb\nc", "a\\x09b\\x0ac"),
        ("back\\slash", "back\\x5cslash"),
        ("münchen", "m\\xc3\\xbcnchen"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\ud800", "\\xed\\xa0\\x80"),
        ("plain, text", "plain, text"),
    ],
)
def test_escapes(text: str, written: str) -> None:
    (record,) = [each for each in records([flow(sni=text)]) if each.log == "ssl"]
    assert tsv_line(record).split("\t")[list(COLUMNS["ssl"]).index("server_name")] == written


def test_hostile_text_is_inert(tmp_path: Path) -> None:
    for name in COLUMNS:
        body = log(name, [EVIL], tmp_path).read_text(encoding="ascii")
        assert all(line.replace("\t", "").isprintable() for line in body.split("\n"))
        assert len(rows(name, [EVIL], tmp_path)) == 1
    for record in records([EVIL]):
        assert json_line(record).rstrip("\n").isprintable()


def test_json_leaves_out_what_is_unset() -> None:
    ssl, *x509 = [json.loads(json_line(record)) for record in records([real.flow("scenario1")])]
    assert ssl["ts"] == 1774353320.900112
    assert ssl["server_name"] == "callservice.webex-stand-in.example"
    assert "curve" not in ssl
    assert ssl.keys() <= COLUMNS["ssl"].keys()
    assert all(one.keys() <= COLUMNS["x509"].keys() for one in x509)


def test_an_empty_list_is_not_an_absent_one() -> None:
    declined = flow(presented=(presented("client", 3, (), "declined"),))
    (record,) = records([declined])
    cells = tsv_line(record).rstrip("\n").split("\t")
    assert cells[-3:-1] == ["-", "(empty)"]


def test_uids_tell_flows_apart_and_stay() -> None:
    uids = [record.cells[1] for record in records(EVERY) if record.log == "ssl"]
    assert len(set(uids)) == len(EVERY)
    assert uids == [record.cells[1] for record in records(EVERY) if record.log == "ssl"]
    assert all(isinstance(uid, str) and len(uid) == 18 for uid in uids)


def test_a_comma_in_a_name_does_not_part_it() -> None:
    leaf = certificate()
    odd = flow(presented=(presented("server", 3, (leaf,)),))
    assert "server.example\t-\t-\t192.0.2.7" in "".join(map(tsv_line, records([odd])))
