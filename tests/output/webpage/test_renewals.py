"""Renewals on the page: soonest last day first, and which dates they rest on."""

from __future__ import annotations

from dataclasses import replace

from tests.output.samples import certificate, day, flow, presented
from tests.output.webpage.pages import material
from tlseku.output.reports.sunset_inventory import Collector
from tlseku.output.webpage.renewals import entry_rows, renewal_rows

LATE = replace(certificate(2, "CN=late"), not_after=day("2027-05-01"))
SOON = replace(certificate(3, "CN=soon"), not_after=day("2026-12-01"))
NEVER = replace(certificate(4, "CN=unknown"), not_after=None)


def collected() -> Collector:
    collector = Collector(material().terms)
    for number, leaf in enumerate((NEVER, LATE, SOON), 1):
        collector.flow(flow(number, presented=(presented("client", 5, (leaf,)),)))
    return collector


def test_soonest_first() -> None:
    rows = renewal_rows(collected().inventory())
    assert [(row["subject"], row["last_day"], row["host"]) for row in rows] == [
        ("CN=soon", "2026-12-01", "192.0.2.10"),
        ("CN=late", "2027-05-01", "192.0.2.10"),
        ("CN=unknown", "unknown", "192.0.2.10"),
    ]
    assert {row["said"] for row in rows} == {"cannot be told"}


def test_every_entry_is_listed_and_those_used_are_marked() -> None:
    inventory = collected().inventory()
    entries = entry_rows(inventory)
    assert [entry["id"] for entry in entries] == list(inventory.terms.timeline.entries)
    assert any(entry["used"] for entry in entries)
    assert not any(entry["used"] for entry in entry_rows(Collector(material().terms).inventory()))


def test_a_server_certificate_is_no_renewal_of_a_client() -> None:
    collector = Collector(material().terms)
    collector.flow(flow(presented=(presented("server", 5, (LATE,)),)))
    assert renewal_rows(collector.inventory()) == []
