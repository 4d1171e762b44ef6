"""Lines that get their number and their directions later: the same as if these had been known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import tlseku
from tests import wire
from tests.dialogues import flow_of
from tests.output.samples import EVERY
from tests.tls import written
from tlseku.flow import Endpoint, Flow
from tlseku.handshake.vantage import Vantage, with_vantage
from tlseku.output.json.flow_json import to_json
from tlseku.output.json.flow_line import flow_line
from tlseku.parallel.completed_lines import Block, BlockWriter, read_block, read_line, single_lines

HOSTILE = '100 %d%b%% "client":{"ip":"6.6.6.6","port":1},"server":{"ip":"6.6.6.6"}"direction":"unknown","vantage":[]'
NOWHERE = Vantage()


def line(flow: Flow) -> bytes:
    return f"{to_json(flow_line(flow))}\n".encode()


def block_of(flows: Sequence[Flow], late: int = 0) -> Block:
    """As another process sends it."""
    return read_block(BlockWriter().block(flows, late).packed())


@pytest.mark.parametrize("name", ["scenario1", "declined", "tls13", "wrong-eku-refused"])
@pytest.mark.parametrize(
    "local",
    [
        (),
        (wire.CLIENT[0],),
        (wire.SERVER[0],),
        (wire.CLIENT[0], wire.SERVER[0]),
        ("10.9.9.9",),
        ("0.0.0.0/0",),
    ],
)
def test_the_same_as_known_from_the_first(name: str, local: tuple[str, ...]) -> None:
    flow = replace(flow_of(*written.recording(name)), file=HOSTILE, sni=HOSTILE)
    vantage = Vantage(local)
    expected = with_vantage(replace(flow, number=flow.number + 41), vantage)
    assert block_of([flow]).lines(41, vantage).text == line(expected)
    told = single_lines()(flow)
    expected = with_vantage(replace(flow, number=77, tcp_stream=5), vantage)
    assert read_line(told, 77, 5, vantage) == (line(expected), {flow.verdicts: 1})


def test_several_at_a_time_with_their_verdicts() -> None:
    flows = [
        replace(flow, number=number, direction="unknown", vantage=())
        for number, flow in zip((3, 1, 2, 9), EVERY, strict=False)
    ]
    block = block_of(flows, 2)
    assert (block.numbers, block.late) == ((3, 1, 2, 9), 2)
    text, verdicts = block.lines(0, NOWHERE)
    assert text == b"".join(map(line, flows))
    assert verdicts == Counter(each.verdicts for each in flows)
    text, _ = block.lines(10**9, NOWHERE)
    assert [json.loads(each)["flow"] for each in text.splitlines()] == [
        1000000003,
        1000000001,
        1000000002,
        1000000009,
    ]


def test_flows_of_a_kind(own_captures: Path) -> None:
    flows = list(tlseku.scan(*[str(own_captures / "declined.pcap")] * 4))
    assert sum(flow.view is not None for flow in flows) > 0
    for vantage in (NOWHERE, Vantage(["0.0.0.0/0"])):
        expected = b"".join(line(with_vantage(flow, vantage)) for flow in flows)
        assert block_of(flows).lines(0, vantage) == (expected, {flows[0].verdicts: 4})


def test_no_flows() -> None:
    assert block_of([]).lines(7, Vantage(["0.0.0.0/0"])) == (b"", {})


def test_an_address_of_version_6() -> None:
    flow = replace(flow_of(*written.recording("declined")), client=Endpoint("2001:db8::1", 7))
    said = json.loads(block_of([flow]).lines(0, Vantage(["2001:db8::/32"])).text)
    assert (said["direction"], said["vantage"]) == ("outbound", ["2001:db8::1"])


def test_a_flow_with_itself() -> None:
    flow = replace(
        flow_of(*written.recording("declined")),
        client=Endpoint("10.0.0.1", 7),
        server=Endpoint("10.0.0.1", 8),
    )
    vantage = Vantage(["10.0.0.1"])
    assert block_of([flow]).lines(0, vantage).text == line(with_vantage(flow, vantage))
