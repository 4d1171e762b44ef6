"""What opens below a flow: facts, pictures, the Wireshark filter, limits."""

from __future__ import annotations

import pytest

from tests.output.samples import DAMAGED, DECLINED, EVERY, REFUSED, SCENARIO_1, TLS13, flow
from tlseku.correlation import correlate
from tlseku.flow import Defect, Flow
from tlseku.output.webpage.detail import SHOWN_DEFECTS, display_filter, flow_detail


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (
            SCENARIO_1,
            "ip.addr == 10.106.80.31 and ip.addr == 163.129.37.32 and tcp.port == 25003 and tcp.port == 5061",
        ),
        (
            TLS13,
            "ipv6.addr == 2001:db8:1111:2222:3333:4444:5555:6666 and ipv6.addr == 2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"
            " and tcp.port == 55000 and tcp.port == 443",
        ),
    ],
)
def test_display_filter(value: Flow, wanted: str) -> None:
    assert display_filter(value) == wanted


@pytest.mark.parametrize("value", EVERY, ids=lambda value: f"flow-{value.number}")
def test_every_kind_of_flow(value: Flow) -> None:
    detail = flow_detail(value, correlate(value))
    assert str(detail["ladder"]).startswith("<svg ")
    assert (detail["chains"] is None) is (value is TLS13)
    assert detail["advice"]


def test_facts() -> None:
    facts = flow_detail(DECLINED, ())["facts"]
    assert facts == [
        ("file", "edge.pcap"),
        ("time", "2026-03-24T11:55:20.900000Z to 2026-03-24T11:55:22.400000Z"),
        ("version", "TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        ("before TLS", "smtp"),
        ("direction", "inbound as seen from 192.0.2.10"),
        ("outcome", "completed: both sides changed to encryption"),
    ]
    assert ("roles", "known by message order") in list(flow_detail(DAMAGED, ())["facts"])  # type: ignore[call-overload]


def test_a_hint_is_called_one() -> None:
    statements = correlate(REFUSED)
    said = flow_detail(REFUSED, statements)["statements"]
    assert isinstance(said, list)
    assert said[-1][1] == "wrong"
    assert said[-1][0].startswith("Server ") or said[-1][0][0].isupper()


def test_defects_are_limited_and_counted() -> None:
    value = flow(defects=tuple(Defect("tls", f"odd {n}", n) for n in range(SHOWN_DEFECTS + 3)))
    detail = flow_detail(value, ())
    assert detail["more_defects"] == 3
    assert isinstance(detail["defects"], list)
    assert detail["defects"][0] == "tls: odd 0 (frame 0)"
    assert len(detail["defects"]) == SHOWN_DEFECTS
