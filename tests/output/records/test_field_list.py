"""The list of fields: complete, found by a word of either program."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tlseku.filter import FIELDS
from tlseku.filter.wireshark_names import WIRESHARK_FIELDS, WIRESHARK_NAMES
from tlseku.output.records.field_list import (
    every_field,
    field_lines,
    field_text,
    field_to_dict,
    found,
    is_wiresharks,
)
from tlseku.output.words.terminal_page import Page, plain, width_of


def test_every_field_and_every_name_is_there() -> None:
    listed = every_field()
    assert [each.field.name for each in listed] == [*FIELDS, *(field.name for field in WIRESHARK_FIELDS)]
    theirs = {name for each in listed for name in each.theirs}
    assert theirs >= {*WIRESHARK_NAMES, *(field.name for field in WIRESHARK_FIELDS)}


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("x509ce.dNSName", ["x509.san.dns"]),
        ("tcp.stream", ["tcp.stream"]),
        ("ALPN_STR", ["tls.alpn_offered"]),
        ("calling station", []),
        ("as the NAS calls it", ["radius.calling_station_id"]),
        ("ssl.alert_message.desc", ["ssl.alert_message.desc"]),
        ("dtls.handshake.type", ["dtls.handshake.type"]),
        ("nonsense", []),
    ],
)  # fmt: skip
def test_a_word_finds_them(word: str, names: list[str]) -> None:
    assert [each.field.name for each in found(word)] == names


def test_the_list_fits_the_page() -> None:
    lines = list(field_lines(every_field(), Page(80)))
    assert max(map(width_of, lines)) <= 80
    assert plain(next(iter(field_lines(found("x509ce.dNSName"), Page(80))))) == "x509.san.dns  host"


def test_rows_and_objects() -> None:
    rows = list(field_text("csv", found("x509ce.cA")))
    assert rows == [
        "name,type,meaning,wireshark\n",
        "x509.is_ca,boolean,whether basicConstraints says CA,x509ce.cA\n",
    ]
    (one,) = found("x509ce.cA")
    assert field_to_dict(one) == {
        "name": "x509.is_ca",
        "type": "boolean",
        "meaning": "whether basicConstraints says CA",
        "spelling": "true or false",
        "operators": ["!=", "==", "in"],
        "wireshark": ["x509ce.cA"],
    }


@pytest.mark.skipif(shutil.which("tshark") is None, reason="there is no tshark")
def test_which_names_both_programs_have() -> None:
    lines = subprocess.run(["tshark", "-G", "fields"], capture_output=True, text=True, check=True).stdout
    known = {row.split("\t")[2] for row in lines.splitlines() if row[:2] in ("F\t", "P\t")}
    # OpenVPN is "openvpn" there, the Community ID a field of a plugin that need not be loaded.
    assert {name for name in FIELDS if is_wiresharks(name)} - known <= {"communityid"}
    assert known & FIELDS.keys() <= {name for name in FIELDS if is_wiresharks(name)}
