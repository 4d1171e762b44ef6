"""Client certificates rolled up: each certificate once, each issuer once, and what is counted apart."""

from __future__ import annotations

import csv
import io
import json

import pytest
from jsonschema import Draft202012Validator

from tests.builder import Built
from tests.output.client_uses import BOTH, FLOWS, LATE, PRIVATE, PRIVATE_ROOT, inventory_of, seen
from tests.output.samples import EVERY, EVIL
from tests.schemas import schema
from tlseku.data_frames.answer_columns import ROLL_UP
from tlseku.flow import Summary
from tlseku.output.answers.sunset import SunsetRollUp
from tlseku.output.json.flow_json import to_json
from tlseku.output.reports.sunset_roll_up import (
    By,
    roll_up_documents,
    roll_up_lines,
    rolled_up,
)
from tlseku.output.words.terminal_page import Page, plain, width_of

ELSEWHERE = seen(7, "192.0.2.77", "192.0.2.9", client=(BOTH,))
"""The certificate of another host, which is one certificate in two places."""

INVENTORY = inventory_of(*FLOWS, ELSEWHERE)


def serial(built: Built) -> str | None:
    return built.certificate().serial_hex


def documents(by: By) -> list[dict[str, object]]:
    return [json.loads(to_json(each)) for each in roll_up_documents(INVENTORY, by, Summary())]


def test_certificates_and_places_are_counted_apart() -> None:
    assert INVENTORY.certificates == 3
    assert len(INVENTORY.hosts) == 3
    assert sum(len(host.as_client) for host in INVENTORY.hosts) == 4


def test_each_certificate_once_the_first_to_end_first() -> None:
    rows = rolled_up(INVENTORY, "certificate")
    assert [
        (next(iter(row.uses.values())).certificate.serial_hex, list(row.places), row.flows, row.both_roles)
        for row in rows
    ] == [
        (serial(BOTH), ["192.0.2.1", "192.0.2.77"], 3, True),
        (serial(PRIVATE), ["192.0.2.9"], 1, False),
        (serial(LATE), ["192.0.2.1"], 1, False),
    ]
    assert [row.ends for row in rows] == sorted(row.ends for row in rows)


def test_each_issuer_once_with_what_it_issued() -> None:
    public, private = rolled_up(INVENTORY, "issuer")
    assert (public.issuer, public.issuer_kind, len(public.uses)) == ("CN=Public Root", "public", 2)
    assert (list(public.places), public.flows) == (["192.0.2.1", "192.0.2.77"], 4)
    assert public.renewals == {"lost": 1, "uncertain": 1}
    assert (private.issuer, private.issuer_kind, private.renewals) == (
        "CN=Private Root",
        "unknown",
        {"unknown": 1},
    )


def test_what_one_host_tells_of_an_issuer_holds_for_the_others() -> None:
    alone = seen(8, "192.0.2.50", "192.0.2.9", client=(PRIVATE,))
    whole = seen(9, "192.0.2.51", "192.0.2.9", client=(PRIVATE, PRIVATE_ROOT))
    for flows in ((alone, whole), (whole, alone)):
        for by in ("certificate", "issuer"):
            (row,) = rolled_up(inventory_of(*flows), by)  # type: ignore[arg-type]
            assert (row.issuer_kind, row.renewals, len(row.places)) == ("private", {"not_affected": 1}, 2)


@pytest.mark.parametrize("by", ["certificate", "issuer"])
def test_json_is_valid(by: By) -> None:
    validator = Draft202012Validator(schema("sunset-roll-up"))
    found = documents(by)
    for document in found:
        validator.validate(document)
    assert [document["certificates"] for document in found] == ([1, 1, 1] if by == "certificate" else [2, 1])
    assert [document["certificate"] is None for document in found] == [by == "issuer"] * len(found)


@pytest.mark.parametrize("by", ["certificate", "issuer"])
def test_nothing_found_is_no_all_clear(by: By) -> None:
    empty = inventory_of(FLOWS[4])
    (document,) = roll_up_documents(empty, by, Summary())
    Draft202012Validator(schema("sunset-roll-up")).validate(json.loads(to_json(document)))
    assert (document["certificates"], document["not_seen"]["hidden_flows"]) == (0, 1)  # type: ignore[index]
    assert list(roll_up_documents(inventory_of(), by, Summary())) == []


def test_csv() -> None:
    rows = list(
        csv.DictReader(io.StringIO("".join(SunsetRollUp(INVENTORY, Summary(), "certificate").text("csv"))))
    )
    assert list(rows[0]) == [one.name for one in ROLL_UP[:19]]
    assert [rows[0][name] for name in ("by", "serial", "places", "flows", "hosts", "both_roles")] == [
        "certificate",
        f"0x{serial(BOTH)}",
        "2",
        "3",
        "192.0.2.1; 192.0.2.77",
        "true",
    ]
    issuers = list(
        csv.DictReader(io.StringIO("".join(SunsetRollUp(INVENTORY, Summary(), "issuer").text("csv"))))
    )
    assert [issuers[0][name] for name in ("by", "certificates", "renewals", "serial")] == [
        "issuer",
        "2",
        "lost: 1; uncertain: 1",
        "",
    ]


ISSUERS = """\
CN=Public Root (public)
    issued    2 certificates in 2 places, 4 sightings
"""


def test_pages() -> None:
    issuers = "".join(f"{plain(line)}\n" for line in roll_up_lines(INVENTORY, "issuer", Page(100)))
    assert issuers.startswith(ISSUERS)
    assert "    renewal   1 certificate: no clientAuth any more\n" in issuers
    certificates = "".join(f"{plain(line)}\n" for line in roll_up_lines(INVENTORY, "certificate", Page(100)))
    assert "    used in   2 places: 192.0.2.1, 192.0.2.77; 3 sightings\n" in certificates
    assert certificates.count("    serial    ") == 3


@pytest.mark.parametrize("by", ["certificate", "issuer"])
@pytest.mark.parametrize("width", [80, 100, 160])
def test_hostile_names_fit_the_page_and_steer_nothing(by: By, width: int) -> None:
    lines = list(roll_up_lines(inventory_of(*EVERY, EVIL), by, Page(width)))
    assert all(width_of(line) <= width for line in lines)
    assert all(plain(line).isprintable() for line in lines)


def test_many_places_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.output.reports.sunset_roll_up.LISTED_PLACES", 1)
    (first, *_) = documents("certificate")
    assert (first["hosts"], first["more_hosts"], first["places"]) == (["192.0.2.1"], 1, 2)
