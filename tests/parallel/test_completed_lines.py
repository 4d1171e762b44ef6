"""Lines that get their number and their directions later: the same as if these had been known."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests import wire
from tests.dialogues import flow_of
from tests.tls import written
from tlseku.flow import Endpoint, Flow
from tlseku.handshake.vantage import Vantage, with_vantage
from tlseku.output.json.flow_json import to_json
from tlseku.output.json.flow_line import flow_line
from tlseku.parallel.completed_lines import counted_on

HOSTILE = (
    '"client":{"ip":"6.6.6.6","port":1},"server":{"ip":"6.6.6.6","port":1}"direction":"unknown","vantage":[]'
)


def line(flow: Flow) -> bytes:
    return to_json(flow_line(flow)).encode()


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
    assert counted_on(line(flow), 41, vantage) == line(expected)


def test_an_address_of_version_6() -> None:
    flow = replace(flow_of(*written.recording("declined")), client=Endpoint("2001:db8::1", 7))
    vantage = Vantage(["2001:db8::/32"])
    said = json.loads(counted_on(line(flow), 0, vantage))
    assert (said["direction"], said["vantage"]) == ("outbound", ["2001:db8::1"])


def test_a_flow_with_itself() -> None:
    flow = replace(
        flow_of(*written.recording("declined")),
        client=Endpoint("10.0.0.1", 7),
        server=Endpoint("10.0.0.1", 8),
    )
    vantage = Vantage(["10.0.0.1"])
    assert counted_on(line(flow), 0, vantage) == line(with_vantage(flow, vantage))
