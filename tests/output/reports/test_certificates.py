"""Distinct certificates: each once, with every place, in each form of output."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import tlseku
from tests.output.samples import (
    DECLINED,
    EDGE_LEAF,
    EVERY,
    ISSUING_CA,
    ODD_PURPOSES,
    REFUSED,
    SCENARIO_1,
    renumbered,
)
from tests.output.seen import seen_certificates
from tests.schemas import schema
from tlseku.data_frames.answer_columns import INVENTORY
from tlseku.flow import Endpoint, Summary
from tlseku.output.answers.inventory import CertificateInventory
from tlseku.output.json.flow_json import to_json
from tlseku.output.reports.certificates import (
    CertificatesSeen,
    Place,
    SeenCertificate,
    certificate_lines,
    first_sights,
    seen_to_dict,
)
from tlseku.output.reports.sightings import Sighting
from tlseku.output.words.terminal_page import Page, plain, width_of


def csv_of(seen: CertificatesSeen | list[SeenCertificate]) -> Iterator[str]:
    return CertificateInventory(seen, Summary()).text("csv")  # type: ignore[arg-type]  # only iterated


SCENARIO = Path(__file__).resolve().parents[3] / "captures" / "scenario1.pcap.gz"

PAGE = """\
CN=far.example
  serial    1a2b
  issuer    CN=Example Issuing CA,O=Example,C=DE
  EKU       serverAuth
  valid     2025-11-01 to 2026-11-01
  key       RSA 2048, signed sha256WithRSAEncryption
  key usage digitalSignature, keyEncipherment
  SHA-256   50f5c4be5bc516b247afc0dd2d2e82341c219b77224c5a6f57cdeecece1539fd
  seen      198.51.100.20 as TLS server, leaf: flow 2 (frame 21), flow 2 (frame 21)

CN=edge.example
  serial    9c
  issuer    CN=Example Issuing CA,O=Example,C=DE
  EKU       serverAuth
  valid     2025-11-01 to 2026-11-01
  key       RSA 2048, signed sha256WithRSAEncryption
  key usage digitalSignature, keyEncipherment
  SHA-256   1b2df2e2bc3679b5630a8281e02f4d1e2718b662db05540d2b4868eaa2816ac8
  seen      192.0.2.10 as TLS client, leaf: flow 2 (frame 23), flow 2 (frame 23)

CN=any.example
  serial    -5
  issuer    CN=Example Issuing CA,O=Example,C=DE
  EKU       anyExtendedKeyUsage, msSmartcardLogon, 1.2.3.4.5.6.7.8.9.10.11.12.13
  valid     2025-11-01 to 2026-11-01
  key       RSA 2048, signed sha256WithRSAEncryption
  key usage digitalSignature, keyEncipherment
  SHA-256   ca0f0b19261ae59bbb126e9ab0b514073b101bef24f18e5b6a32b47137c2fb3f
  seen      198.51.100.20 as TLS server, leaf: flow 6 (frame 51)

server.example, 192.0.2.7 (no subject)
  serial    7
  issuer    CN=Example Issuing CA,O=Example,C=DE
  EKU       empty
  valid     2025-11-01 to 2026-11-01
  key       RSA 2048, signed sha256WithRSAEncryption
  key usage digitalSignature, keyEncipherment
  SHA-256   fb28b918e222c6b767b6ec55ab44b1b6be5aee598cfe6e45f2255c68bd9852f6
  seen      192.0.2.10 as TLS client, leaf: flow 6 (frame 53)

CN=fits
  serial    8
  issuer    CN=Example Issuing CA,O=Example,C=DE
  EKU       clientAuth
  valid     2025-11-01 to 2026-11-01
  key       RSA 2048, signed sha256WithRSAEncryption
  key usage digitalSignature, keyEncipherment
  SHA-256   941299138b8c89b9d53e07ad449d5fec6ba17bccea851f2ae8909cc9e03e14ff
  seen      192.0.2.10 as TLS client, leaf: flow 6 (frame 55)

CN=S-only CA
  serial    9
  issuer    CN=Example Issuing CA,O=Example,C=DE
  EKU       serverAuth
  valid     2025-11-01 to 2026-11-01
  key       RSA 2048, signed sha256WithRSAEncryption
  key usage keyCertSign, cRLSign
  SHA-256   996edf17e4703eeb0e6027007d28350afd252287678680cb4f858105b3eaa226
  seen      192.0.2.10 as TLS client, issuer: flow 6 (frame 55)
"""


def test_page() -> None:
    seen = seen_certificates((REFUSED, ODD_PURPOSES, REFUSED))
    assert "".join(f"{plain(line)}\n" for line in certificate_lines(seen, Page(100))) == PAGE


def test_each_once_with_every_place() -> None:
    seen = seen_certificates((SCENARIO_1, renumbered(SCENARIO_1, 8)))
    assert [one.certificate.serial_hex for one in seen] == [
        "46df76aa000000000029",
        "40016efb0a205cfaebe18f71d73abb78",
        "2f0000004c869c77c8981becde00000000004c",
    ]
    file = "scenario-1.pcap.gz"
    assert seen[1].certificate is ISSUING_CA
    assert seen[1].places == (
        Place("163.129.37.32", "server", "issuer", (Sighting(1, file, 13711), Sighting(8, file, 13711))),
    )
    assert seen[2].certificate is EDGE_LEAF
    assert seen[2].places == (
        Place("10.106.80.31", "client", "leaf", (Sighting(1, file, 13718), Sighting(8, file, 13718))),
    )


def test_an_empty_list_is_no_certificate() -> None:
    assert [one.certificate.serial for one in seen_certificates((DECLINED,))] == [0]
    assert seen_certificates(()) == []


def test_many_sightings_are_counted() -> None:
    seen = seen_certificates([renumbered(SCENARIO_1, number) for number in range(1, 1010)])
    text = "\n".join(plain(line) for line in certificate_lines(seen[:1], Page(200)))
    assert "flow 5 (frame 13711), 1,004 more" in text


def test_beyond_a_limit_sightings_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.output.reports.sightings.MOST_KEPT", 2)
    seen = CertificatesSeen()
    for number in range(1, 6):
        seen.take(renumbered(SCENARIO_1, number))
    # The first sighting of each of the three is kept in any case.
    assert [(len(one.places[0].sightings), one.places[0].left_out) for one in seen] == [
        (2, 3),
        (2, 3),
        (1, 4),
    ]
    assert seen.left_out == ["10 sightings of certificates counted, not listed"]
    assert [seen_to_dict(one)["places"][0]["more_sightings"] for one in seen] == [3, 3, 4]  # type: ignore[index]
    rows = list(csv.DictReader(io.StringIO("".join(csv_of(seen)))))
    assert [(row["flows"], row["more"]) for row in rows] == [("1; 2", "3"), ("1; 2", "3"), ("1", "4")]
    text = "\n".join(plain(line) for line in certificate_lines(seen, Page(200)))
    assert "server, leaf: flow 1 (frame 13711), flow 2 (frame 13711), 3 more" in text


def test_beyond_a_limit_certificates_and_places_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.output.reports.certificates.MOST_CERTIFICATES", 2)
    monkeypatch.setattr("tlseku.output.reports.certificates.MOST_PLACES", 2)
    seen = CertificatesSeen()
    elsewhere = replace(SCENARIO_1, number=2, server=Endpoint("192.0.2.1", 443))
    for flow in (SCENARIO_1, elsewhere):
        seen.take(flow)
    assert [[place.ip for place in one.places] for one in seen] == [["163.129.37.32"]] * 2
    assert len(seen) == 2
    assert seen.left_out == [
        "left out: 2 sightings of certificates beyond the first 2",
        "2 sightings of certificates counted, not listed",
    ]


def test_first_sights_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.output.reports.certificates.MOST_DIGESTS", 3)
    flows = iter((SCENARIO_1, renumbered(SCENARIO_1, 8), REFUSED))
    sights = first_sights(flows)
    assert [next(sights)[1].serial_hex for _ in range(3)] == [
        "46df76aa000000000029",
        "40016efb0a205cfaebe18f71d73abb78",
        "2f0000004c869c77c8981becde00000000004c",
    ]
    assert next(flows).number == 8, "no flow was taken ahead"
    assert [(flow.number, one.serial_hex) for flow, one in sights][:1] == [(2, "1a2b")]


def test_json_is_valid() -> None:
    validator = Draft202012Validator(schema("certificate"))
    for one in seen_certificates(EVERY):
        document = json.loads(to_json(seen_to_dict(one)))
        validator.validate(document)
        assert document["schema"] == "tlseku/certificate/1"


def test_csv_has_a_row_a_place() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(csv_of(seen_certificates(EVERY))))))
    assert list(rows[0]) == [one.name for one in INVENTORY[:18]]
    assert [rows[0][name] for name in ("serial", "ip", "role", "position", "flows", "frames")] == [
        "0x46df76aa000000000029",
        "163.129.37.32",
        "server",
        "leaf",
        "1",
        "13711",
    ]
    assert [rows[1][name] for name in ("ip", "role", "flows", "frames")] == [
        "198.51.100.20",
        "server",
        "5",
        "41",
    ]
    assert len(rows) == sum(len(one.places) for one in seen_certificates(EVERY))


def test_nothing_is_wider_than_the_page() -> None:
    for width in (80, 100, 160):
        lines = list(certificate_lines(seen_certificates(EVERY), Page(width)))
        assert max(map(width_of, lines)) <= width
        assert all(character.isprintable() for line in lines for character in plain(line))


def test_places_that_are_kept_with_a_chain_are_those_of_who_kept_them() -> None:
    flows = list(tlseku.scan(*[SCENARIO] * 4))
    assert any(flow.kept_with_chain(0) is not None for flow in flows if flow.judged)
    one, other = CertificatesSeen(), CertificatesSeen()
    each_time = CertificatesSeen(lambda flow, certificate: True)
    for flow in flows:
        for seen in (one, other, each_time):
            seen.take(flow)
    assert list(one) == list(other) == list(each_time)
    assert list(one)
