"""Renewals on the page: what is wrong already first, soonest last day first, and which dates they rest on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.output.samples import CLIENT_AUTH, SERVER_AUTH, certificate, day, flow, presented
from tests.output.webpage.pages import material
from tlseku.flow import Presented
from tlseku.output.reports.sunset_inventory import Collector, Inventory
from tlseku.output.reports.sunset_roll_up import rolled_up
from tlseku.output.webpage.renewals import Group, entry_rows, renewal_groups, renewal_picture
from tlseku.x509.certificate import Certificate

SEEN = day("2026-04-01")
LATE = replace(certificate(2, "CN=late"), not_after=day("2027-05-01"))
SOON = replace(certificate(3, "CN=soon"), not_after=day("2026-12-01"))
NEVER = replace(certificate(4, "CN=unknown"), not_after=None)
OVER = replace(certificate(5, "CN=over"), not_after=day("2026-03-31"))
EARLY = replace(certificate(6, "CN=early"), not_before=day("2026-04-02"))
OTHER = certificate(7, "CN=other", eku=(SERVER_AUTH,))
EMPTY = certificate(8, "CN=empty", eku=())
TAKER = certificate(9, "CN=taker", eku=(SERVER_AUTH,), ca=True)
TAKEN = certificate(10, "CN=taken", issuer="CN=taker", eku=(CLIENT_AUTH,))


def collected(*chains: Presented) -> Collector:
    collector = Collector(material().terms)
    for number, chain in enumerate(chains, 1):
        collector.flow(flow(number, presented=(chain,)))
    return collector


def of(*leaves: Certificate) -> Collector:
    return collected(*(presented("client", 5, (leaf,)) for leaf in leaves))


def groups(inventory: Inventory) -> list[Group]:
    return renewal_groups(rolled_up(inventory, "certificate"), SEEN)


def picture_of(inventory: Inventory) -> tuple[str, int] | None:
    return renewal_picture(rolled_up(inventory, "certificate"), inventory.terms.timeline, SEEN)


def test_soonest_first() -> None:
    (group,) = groups(of(NEVER, LATE, SOON).inventory())
    assert [(row["subject"], row["last_day"], row["host"]) for row in group.rows] == [
        ("CN=soon", "2026-12-01", "192.0.2.10"),
        ("CN=late", "2027-05-01", "192.0.2.10"),
        ("CN=unknown", "unknown", "192.0.2.10"),
    ]
    assert (group.said, group.style, group.certificates) == ("cannot be told", "unsure", 3)


@pytest.mark.parametrize(
    ("chain", "said", "style"),
    [
        ((OTHER,), "its EKU does not fit a TLS client already", "wrong"),
        ((EMPTY,), "its EKU does not fit a TLS client already", "wrong"),
        ((OVER,), "expired before the capture began", "wrong"),
        ((EARLY,), "not yet valid when the capture began", "caution"),
        ((TAKEN, TAKER), "a CA certificate above it takes clientAuth away already", "caution"),
        ((SOON,), "cannot be told", "unsure"),
    ],
)
def test_what_is_wrong_already_goes_before_the_renewal(
    chain: tuple[Certificate, ...], said: str, style: str
) -> None:
    (group,) = groups(collected(presented("client", 5, chain)).inventory())
    assert (group.said, group.style, group.certificates) == (said, style, 1)


@pytest.mark.parametrize("leaf", [OTHER, EMPTY])
def test_what_is_wrong_already_is_never_green(leaf: Certificate) -> None:
    # Its issuer is private, so that its renewal is not affected.
    root = certificate(20, "CN=Example Private CA", issuer="CN=Example Private CA", ca=True, eku=None)
    inventory = collected(presented("client", 5, (replace(leaf, issuer=root.subject), root))).inventory()
    picture = picture_of(inventory)
    assert picture is not None
    drawn = picture[0].partition("<rect")[2]
    assert "f-wrong" in drawn
    assert "f-ok" not in drawn


def test_the_picture_leaves_out_what_has_expired_and_has_a_legend() -> None:
    picture = picture_of(of(OVER, SOON, LATE, EARLY).inventory())
    assert picture is not None
    drawing, number = picture
    assert number == 3
    assert "192.0.2.10 5<" not in drawing
    for text in ("not yet valid when the capture began", "cannot be told", "when the capture begins"):
        assert f">{text}<" in drawing
    assert picture_of(of(OVER).inventory()) is None


def test_so_many_are_drawn_and_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlseku.output.webpage.renewals.DRAWN", 2)
    monkeypatch.setattr("tlseku.output.webpage.renewals.SHOWN_RENEWALS", 2)
    inventory = of(OTHER, SOON, LATE, NEVER).inventory()
    picture = picture_of(inventory)
    assert picture is not None
    assert picture[1] == 2
    assert [(group.certificates, len(group.rows)) for group in groups(inventory)] == [
        (1, 1),
        (3, 1),
    ]


def test_every_entry_is_listed_and_those_used_are_marked() -> None:
    inventory = of(SOON).inventory()
    entries = entry_rows(inventory)
    assert [entry["id"] for entry in entries] == list(inventory.terms.timeline.entries)
    assert any(entry["used"] for entry in entries)
    assert not any(entry["used"] for entry in entry_rows(Collector(material().terms).inventory()))


def test_a_server_certificate_is_no_renewal_of_a_client() -> None:
    collector = Collector(material().terms)
    collector.flow(flow(presented=(presented("server", 5, (LATE,)),)))
    assert groups(collector.inventory()) == []
