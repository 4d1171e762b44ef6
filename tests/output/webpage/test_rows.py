"""Rows of the page's tables: exact, and visible text only."""

from __future__ import annotations

import pytest

from tests.output.samples import (
    DECLINED,
    EVERY,
    HOSTILE,
    REFUSED,
    SCENARIO_1,
    TLS13,
    certificate,
    flow,
    message,
    presented,
)
from tests.output.seen import seen_certificates
from tlseku.correlation import correlate
from tlseku.flow import Flow, Hidden
from tlseku.output.webpage.rows import CERTIFICATE_COLUMNS, FLOW_COLUMNS, MAX_CELL, certificate_row, flow_row


def row(value: Flow) -> list[object]:
    return flow_row(value, ["kind"], correlate(value))


def test_a_row() -> None:
    assert row(REFUSED) == [
        2,
        "2026-03-24 11:55:20.900",
        "192.0.2.10:25010",
        "198.51.100.20:5061",
        "sip-tls far.example",
        "1.2",
        ["ok", "✓ ok"],
        ["wrong", "✗ wrong"],
        ["wrong", "refused by server"],
        ["kind"],
        "the refusal fits the EKU and nothing else in the chain",
        "edge.pcap",
    ]


@pytest.mark.parametrize(
    ("value", "server", "client"),
    [
        (TLS13, ["hidden", "░ hidden"], ["hidden", "░ hidden"]),
        (DECLINED, ["caution", "! unrestricted"], ["unsure", "– declined"]),
        (flow(), ["dim", "not seen"], ["dim", "not seen"]),
        (
            flow(messages=(message(3, "server", "server_hello_done"),)),
            ["dim", "not seen"],
            ["dim", "not asked for"],
        ),
        (
            flow(
                resumed=True,
                hidden=(Hidden("server_certificate", "resumed"), Hidden("client_certificate", "resumed")),
            ),
            ["hidden", "░ resumed"],
            ["hidden", "░ resumed"],
        ),
        (
            flow(presented=(presented("client", 5, (certificate(), certificate(2)), broken_at=1),)),
            ["dim", "not seen"],
            ["caution", "! ok, issuer narrows"],
        ),
    ],
)
def test_what_is_not_seen_is_never_ok(value: Flow, server: list[str], client: list[str]) -> None:
    assert row(value)[6:8] == [server, client]


@pytest.mark.parametrize("value", EVERY, ids=lambda value: f"flow-{value.number}")
def test_text_is_visible_and_short(value: Flow) -> None:
    cells = row(value)
    assert len(cells) == len(FLOW_COLUMNS) + 3
    for cell in cells:
        text = cell[1] if isinstance(cell, list) and len(cell) == 2 else str(cell)
        assert text.isprintable()
        assert len(text) <= MAX_CELL + 1


def test_a_certificate() -> None:
    seen = seen_certificates([SCENARIO_1, REFUSED])
    assert certificate_row(seen[2])[:8] == [
        "2f0000004c869c77c8981becde00000000004c",
        "CN=smartslave.bgluclab.com",
        "CN=bgluclab-WIN-DC-01-CA,DC=bgluclab,DC=com",
        "serverAuth, clientAuth",
        "2025-11-01 to 2026-11-01",
        "RSA 2048, sha256WithRSAEncryption",
        "client leaf, 10.106.80.31",
        [1],
    ]
    assert len(certificate_row(seen[0])) == len(CERTIFICATE_COLUMNS) + 2


def test_a_hostile_certificate() -> None:
    value = flow(presented=(presented("client", 5, (certificate(1, HOSTILE * 50, issuer=HOSTILE),)),))
    (seen,) = seen_certificates([value])
    for cell in certificate_row(seen):
        assert str(cell).isprintable()
    assert str(certificate_row(seen)[1]).endswith("…")


def test_many_places_are_counted() -> None:
    from dataclasses import replace

    from tlseku.flow import Endpoint

    leaf = presented("client", 5, (certificate(),))
    flows = [replace(flow(n, presented=(leaf,)), client=Endpoint(f"192.0.2.{n}", 1)) for n in range(1, 8)]
    (seen,) = seen_certificates(flows)
    said = certificate_row(seen)[6]
    assert str(said).endswith("; 3 more")
    assert certificate_row(seen)[7] == [1, 2, 3, 4, 5, 6, 7]
