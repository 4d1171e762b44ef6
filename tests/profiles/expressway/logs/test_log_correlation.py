"""``tlseku.profiles.expressway.logs.log_correlation``: an event belongs to a flow by 5-tuple and time, or to none."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

import tlseku
from tests.profiles.expressway.pairs import CAPTURES
from tlseku.flow import Endpoint
from tlseku.profiles.expressway.logs.event_stream import LogReader
from tlseku.profiles.expressway.logs.log_correlation import MOST_ENTRIES, WINDOW, FlowIndex, LogCorrelation

(FLOW,) = tlseku.read(str(CAPTURES / "test-case-1.pcap"))
CORE, EDGE = FLOW.client, FLOW.server
SAMPLE = (
    b'2026-03-24T11:54:26.106+00:00 smartslave tvcs: UTCTime="2026-03-24 11:54:26,106" Module="network.sip"'
    b' Level="DEBUG":  Action="Sent" Local-ip="10.106.80.31" Local-port="25002" Dst-ip="163.129.37.33"'
    b' Dst-port="5061"\n'
)


@pytest.mark.parametrize(
    ("time", "one", "other", "match"),
    [
        (FLOW.start, CORE, EDGE, "flow"),
        (FLOW.start, EDGE, CORE, "flow"),
        (FLOW.start - WINDOW, CORE, EDGE, "flow"),
        (FLOW.end + WINDOW, CORE, EDGE, "flow"),
        (FLOW.start - WINDOW - 1, CORE, EDGE, "no flow"),
        (FLOW.end + WINDOW + 1, CORE, EDGE, "no flow"),
        (FLOW.start, CORE, Endpoint(EDGE.ip, 7002), "no flow"),
        (FLOW.start, Endpoint(CORE.ip, CORE.port + 1), EDGE, "no flow"),
        (FLOW.start, Endpoint("10.106.80.17", CORE.port), EDGE, "no flow"),
        (FLOW.start, Endpoint(CORE.ip, EDGE.port), Endpoint(EDGE.ip, CORE.port), "no flow"),
        (None, CORE, EDGE, "no time"),
        (FLOW.start, None, EDGE, "no addresses"),
        (FLOW.start, CORE, None, "no addresses"),
        (FLOW.start, CORE, CORE, "no addresses"),
    ],
)
def test_by_five_tuple_and_window(
    time: int | None, one: Endpoint | None, other: Endpoint | None, match: str
) -> None:
    assert FlowIndex([FLOW]).find(time, one, other) == (match, (FLOW,) if match == "flow" else ())


def test_a_port_used_again_is_the_nearer_flow() -> None:
    later = replace(FLOW, number=2, start=FLOW.start + 4 * WINDOW, end=FLOW.end + 4 * WINDOW)
    index = FlowIndex([FLOW, later])
    assert index.find(FLOW.end, CORE, EDGE) == ("flow", (FLOW,))
    assert index.find(later.start - 1, CORE, EDGE) == ("flow", (later,))
    assert index.find(FLOW.end + 2 * WINDOW, CORE, EDGE) == ("no flow", ())


def test_the_same_connection_on_two_interfaces() -> None:
    second = replace(FLOW, number=2)
    assert FlowIndex([FLOW, second]).find(FLOW.start, CORE, EDGE) == ("flow", (FLOW, second))


def taken(*lines: bytes, flows: tuple[tlseku.Flow, ...] = (FLOW,)) -> LogCorrelation:
    log = LogCorrelation(FlowIndex(flows))
    for event in LogReader(io.BytesIO(b"".join(lines))):
        log.take(event, "log.txt")
    return log


def test_the_sample_line_is_no_event_of_scenario_1() -> None:
    (flow,) = tlseku.read(str(CAPTURES / "scenario1.pcap.gz"))
    log = taken(SAMPLE, flows=(flow,))
    (found,) = log.entries
    assert (found.match, found.flows, found.entry.line, found.count) == ("no flow", (), 1, 1)
    assert dict(log.own_ips) == {"10.106.80.31": 1}


def test_repetitions_are_counted() -> None:
    (found,) = taken(SAMPLE, SAMPLE, SAMPLE).entries
    assert (found.entry.line, found.count) == (1, 3)


def test_different_details_are_different() -> None:
    line = (
        b'2026-03-27T09:12:01.123+00:00 e tvcs: Event="Inbound TLS Negotiation Error" Src-ip="10.106.80.16"'
        b' Src-port="25108" Dst-ip="10.106.80.31" Dst-port="7001" Detail="%s"\n'
    )
    log = taken(line % b"one", line % b"unsupported certificate purpose", line % b"one")
    assert [(one.entry.detail, one.entry.refusal, one.match, one.count) for one in log.entries] == [
        ("one", None, "flow", 2),
        ("unsupported certificate purpose", "eku", "flow", 1),
    ]


def test_other_events_are_counted_only() -> None:
    log = taken(b'2026-03-27T09:12:01+00:00 e tvcs: Event="System Start"\n')
    assert (log.entries, dict(log.kinds)) == ((), {"other": 1})


def test_a_flood_is_bounded() -> None:
    lines = [SAMPLE.replace(b'"25002"', b'"%d"' % port) for port in range(1, MOST_ENTRIES + 11)]
    log = taken(*lines)
    assert (len(log.entries), log.left_out, log.kinds["sip_sent"]) == (MOST_ENTRIES, 10, MOST_ENTRIES + 10)


def test_even_the_same_ports_are_another_connection_55_seconds_earlier() -> None:
    (flow,) = tlseku.read(str(CAPTURES / "scenario1.pcap.gz"))
    same = SAMPLE.replace(b'"25002"', b'"25003"').replace(b"37.33", b"37.32")
    (found,) = taken(same, flows=(flow,)).entries
    assert (found.match, found.flows) == ("no flow", ())
    (found,) = taken(same.replace(b"54:26,106", b"55:20,106"), flows=(flow,)).entries
    assert (found.match, found.flows) == ("flow", (flow,))
    assert WINDOW == 5_000_000_000
