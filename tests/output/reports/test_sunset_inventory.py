"""``tlseku.output.reports.sunset_inventory``: who uses what as client, and what the same host presents as server."""

from __future__ import annotations

from datetime import date

import pytest

from tests.builder import Built, build
from tests.output.client_uses import (
    BOTH,
    FLOWS,
    FOR_CLIENTS,
    LATE,
    MAIL,
    PRIVATE,
    PRIVATE_ROOT,
    PUBLIC_ROOT,
    SERVER_ONLY,
    inventory_of,
    seen,
    terms,
    with_role,
)
from tlseku.output.reports.sightings import Sighting
from tlseku.output.reports.sunset_inventory import Collector
from tlseku.policy.bundle import chains_in
from tlseku.policy.renewal import RenewalOutcome
from tlseku.x509.certificate import Certificate


def sha256(built: Built) -> str:
    return built.certificate().sha256


def test_hosts_by_address() -> None:
    inventory = inventory_of(*FLOWS)
    first, second = inventory.hosts
    assert (first.name, first.is_file) == ("192.0.2.1", False)
    assert [use.certificate.sha256 for use in first.as_client] == [sha256(BOTH), sha256(LATE)]
    assert [use.certificate.sha256 for use in first.as_server] == [sha256(BOTH)]
    assert first.both_roles == (sha256(BOTH),)
    assert second.name == "192.0.2.9"
    assert [use.certificate.sha256 for use in second.as_client] == [sha256(PRIVATE)]
    assert [use.certificate.sha256 for use in second.as_server] == [sha256(SERVER_ONLY)]
    assert second.both_roles == ()
    assert inventory.hidden_flows == 1


def test_the_longest_chain_and_every_sighting_are_kept() -> None:
    use = inventory_of(*FLOWS).hosts[0].as_client[0]
    assert [one.sha256 for one in use.chain] == [sha256(BOTH), sha256(PUBLIC_ROOT)]
    assert use.sightings == (Sighting(1, "edge.pcap", 20), Sighting(3, "edge.pcap", 20))


def test_hosts_that_are_servers_only_and_empty_lists_are_left_out() -> None:
    assert inventory_of(seen(1, "192.0.2.1", "192.0.2.2", server=(BOTH,)), FLOWS[5]).hosts == ()


def test_a_chain_in_an_unknown_role_is_counted() -> None:
    inventory = inventory_of(with_role("unknown", BOTH))
    assert (inventory.hosts, inventory.chains_without_role) == ((), 1)


def test_only_some_hosts() -> None:
    collector = Collector(terms())
    for flow in FLOWS:
        collector.flow(flow)
    assert [host.name for host in collector.inventory({"192.0.2.9"}).hosts] == ["192.0.2.9"]
    assert collector.addresses() == ["192.0.2.1", "192.0.2.9"]


def test_a_file_counts_as_used_by_a_client() -> None:
    collector = Collector(terms())
    collector.file("client.pem", chains_in([BOTH.certificate(), PUBLIC_ROOT.certificate()]))
    (host,) = collector.inventory().hosts
    assert (host.name, host.is_file, host.as_server, host.both_roles) == ("client.pem", True, (), ())
    assert host.as_client[0].sightings == ()


@pytest.mark.parametrize(
    ("built", "on", "kind", "outcome", "judged_on"),
    [
        (BOTH, None, "public", "uncertain", date(2027, 1, 1)),
        (LATE, None, "public", "lost", date(2027, 4, 1)),
        (BOTH, date(2027, 3, 15), "public", "lost", date(2027, 3, 15)),
        (LATE, date(2026, 1, 1), "public", "kept", date(2026, 1, 1)),
        (SERVER_ONLY, None, "public", "uncertain", date(2027, 1, 1)),
        (MAIL, date(2030, 1, 1), "public", "unknown", date(2030, 1, 1)),
        (FOR_CLIENTS, date(2030, 1, 1), "public", "unknown", date(2030, 1, 1)),
        (PRIVATE, date(2030, 1, 1), "unknown", "unknown", date(2030, 1, 1)),
    ],
)
def test_renewal(built: Built, on: date | None, kind: str, outcome: RenewalOutcome, judged_on: date) -> None:
    use = inventory_of(with_role("client", built), on=on).hosts[0].as_client[0]
    assert (use.standing.kind, use.renewal.outcome, use.renewal.on) == (kind, outcome, judged_on)


def test_ca_certificates_complete_a_chain() -> None:
    above = (PRIVATE_ROOT.certificate(),)
    use = inventory_of(with_role("client", PRIVATE), above=above).hosts[0].as_client[0]
    assert (use.standing.kind, use.renewal.outcome) == ("private", "not_affected")
    assert len(use.chain) == 1


@pytest.mark.parametrize(
    ("built", "reason"),
    [
        (MAIL, "it is no certificate for TLS servers, and the rules are about those"),
        (
            FOR_CLIENTS,
            "its public root is not trusted for TLS servers, and the rules are about roots that are",
        ),
    ],
)
def test_certificates_that_the_rules_may_not_be_about(built: Built, reason: str) -> None:
    use = inventory_of(with_role("client", built)).hosts[0].as_client[0]
    assert use.renewal.reason.startswith(f"{reason}; for a certificate under the rules: ")


@pytest.mark.parametrize("not_after", [None, 2**70, -(2**70)])
def test_a_last_day_that_cannot_be_told(not_after: int | None) -> None:
    certificate = Certificate(der=b"x", sha256="ab" * 32, not_after=not_after)
    collector = Collector(terms())
    collector.file("x.pem", chains_in([certificate]))
    renewal = collector.inventory().hosts[0].as_client[0].renewal
    assert (renewal.outcome, renewal.on) == ("unknown", None)


def test_renewals_of_certificates_that_are_alike_are_judged_once() -> None:
    others = [build(subject=f"{n}.example", serial=n, issuer=PUBLIC_ROOT) for n in range(1, 5)]
    hosts = inventory_of(
        *(seen(n, "192.0.2.1", "192.0.2.9", client=(one,)) for n, one in enumerate(others))
    ).hosts
    first, *rest = [use.renewal for host in hosts for use in host.as_client]
    assert len(rest) == 3
    assert all(one is first for one in rest)
