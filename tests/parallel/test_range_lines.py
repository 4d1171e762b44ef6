"""``tlseku.parallel.range_lines``: a line that a part wrote becomes that of the whole capture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import tlseku
from tlseku.flow import Flow
from tlseku.handshake.vantage import Vantage, with_vantage
from tlseku.output.json.flow_json import to_json
from tlseku.output.json.flow_line import flow_line
from tlseku.parallel.one_file import Joined
from tlseku.parallel.range_lines import LineWriter, single_lines

NOWHERE = Vantage()


@pytest.fixture(scope="module")
def flows(own_captures: Path) -> list[Flow]:
    names = (
        "declined.pcap",
        "no-eku.pcap",
        "wrong-eku-refused.pcap",
        "tls13.pcap",
        "starts-mid-handshake.pcap",
    )
    paths = [own_captures / name for name in names if (own_captures / name).exists()]
    return [flow for path in paths for flow in tlseku.scan(str(path))]


def text_of(flow: Flow) -> bytes:
    return f"{to_json(flow_line(flow))}\n".encode("ascii")


@pytest.mark.parametrize("local", [(), ("10.0.0.0/8",), ("0.0.0.0/0",), ("203.0.113.1",)])
def test_it_is_the_line_of_the_flow(flows: list[Flow], local: tuple[str, ...]) -> None:
    vantage = Vantage(local)
    assert len(flows) > 3
    for flow in flows:
        expected = replace(with_vantage(flow, vantage), number=12345, tcp_stream=678)
        found = LineWriter().line(Joined(12345, 678, 0, None, single_lines()(flow)), vantage)
        assert found == (text_of(expected), {flow.verdicts: 1})


def test_both_ways_to_a_line(flows: list[Flow]) -> None:
    for flow in flows:
        here = LineWriter().line(Joined(7, 9, 0, flow), NOWHERE)
        there = LineWriter().line(Joined(7, 9, 0, None, single_lines()(flow)), NOWHERE)
        assert here == there


def test_a_name_that_looks_like_a_key(flows: list[Flow]) -> None:
    name = 'a%d","tcp_stream":5,"direction":"unknown","vantage":[],"client":{"ip":"1.2.3.4"'
    flow = replace(flows[0], file=name, sni=name)
    found = LineWriter().line(Joined(3, 4, 0, flow), NOWHERE)
    assert found.text == text_of(replace(flow, number=3, tcp_stream=4))
