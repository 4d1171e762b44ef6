"""Requests: who asks whom for what, in each form of output."""

from __future__ import annotations

import csv
import io
import json

from jsonschema import Draft202012Validator

from tests.output.samples import EVERY, HOSTILE, REFUSED, SCENARIO_1, flow
from tests.schemas import schema
from tlseku.flow import Request
from tlseku.output.json.flow_json import to_json
from tlseku.output.reports.requests import (
    COLUMNS,
    request_document,
    request_list_lines,
    request_text,
    requests_of,
)
from tlseku.output.words.terminal_page import Page, plain, width_of

PAGE = """\
  1  163.129.37.32 (server) asks 10.106.80.31 for a client certificate from any CA (frame 13715)
     scenario-1.pcap.gz  2026-03-24 11:55:21.037 UTC
     types      rsa_sign, ecdsa_sign
     algorithms rsa_pss_rsae_sha256, rsa_pkcs1_sha256, 0x0999
     answer     presented
     mismatch   key type: the key is of no type that the request lists
     match ?    chain signatures: which algorithm signed it cannot be told

  2  198.51.100.20 (server) asks 192.0.2.10 for a client certificate from 2 CAs (frame 21)
     edge.pcap  2026-03-24 11:55:20.900 UTC
     types      rsa_sign
     algorithms rsa_pkcs1_sha256
     CA         CN=CA One,O=Example
     CA         =cmd()|\\x1b[31mred\\x1b[0m\\x0d\\x0a"q",\\u202eevil\\u200b\\x9bK\\ud800\\U000e0041
     answer     presented
"""


POST_HANDSHAKE = flow(
    requests=(
        Request(
            "client",
            5,
            None,
            (),
            (),
            (),
            (("2.5.29.37", b"\x30\x00"), ("1.2.3", b"")),
            "none",
            {},
            0,
            "other.pcap",
        ),
        Request("unknown", 6, (), None, (b"0\x00",) * 60, ("CN=CA",) * 59 + ("",), (), "hidden"),
    )
)


def text(flows: tuple[object, ...], width: int = 100) -> str:
    return "".join(f"{plain(line)}\n" for line in request_list_lines(flows, Page(width)))  # type: ignore[arg-type]


def test_page() -> None:
    assert text((SCENARIO_1, REFUSED)) == PAGE


def test_the_rarer_parts() -> None:
    page = text((POST_HANDSHAKE,))
    assert "192.0.2.10 (client) asks 198.51.100.20 for a server certificate from any CA (frame 5)" in page
    assert "other.pcap  1970-01-01 00:00:00.000 UTC" in page
    assert "types" not in page.split("frame 6")[0]
    assert "algorithms none listed" in page
    assert "OID filter extendedKeyUsage = 3000\n" in page
    assert "OID filter 1.2.3 =\n" in page
    assert "answer     no answer seen" in page
    assert "types      none listed" in page
    assert "for a other side certificate" not in page
    assert "from 60 CAs" in page
    assert "CA         and 10 more" in page
    assert "answer     the answer is hidden" in page


def test_json_is_valid() -> None:
    validator = Draft202012Validator(schema("request"))
    documents = [
        json.loads(to_json(request_document(*pair))) for pair in requests_of((*EVERY, POST_HANDSHAKE))
    ]
    for document in documents:
        validator.validate(document)
    assert (documents[0]["asked_by"], documents[0]["asked"]) == (
        "163.129.37.32",
        "10.106.80.31",
    )
    assert documents[-2]["file"] == "other.pcap"
    assert documents[-2]["oid_filters"] == [
        {"oid": "2.5.29.37", "values": "3000"},
        {"oid": "1.2.3", "values": ""},
    ]


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(request_text("csv", (SCENARIO_1, POST_HANDSHAKE))))))
    assert list(rows[0]) == list(COLUMNS)
    assert list(rows[0].values()) == [
        "scenario-1.pcap.gz",
        "1",
        "2026-03-24T11:55:21.037150Z",
        "13715",
        "163.129.37.32",
        "10.106.80.31",
        "server",
        "presented",
        "rsa_sign; ecdsa_sign",
        "rsa_pss_rsae_sha256; rsa_pkcs1_sha256; 0x0999",
        "",
        "",
        "key_type: the key is of no type that the request lists",
    ]
    assert rows[1]["oid_filters"] == "2.5.29.37 = 3000; 1.2.3 = "


def test_hostile_ca_names() -> None:
    for width in (80, 100):
        lines = list(request_list_lines(EVERY, Page(width)))
        assert max(map(width_of, lines)) <= width
        assert HOSTILE not in text(EVERY, width)
