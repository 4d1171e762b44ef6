"""Seen from where: directions, and the vantage that is inferred."""

from __future__ import annotations

import io

import pytest

import tlseku
from tests import wire
from tests.dialogues import C, flow_of
from tests.tls import written
from tlseku.handshake.vantage import (
    Vantage,
    VantageError,
    VantageFinder,
    with_vantage,
)
from tlseku.network.decode.segment import key_of

A, B, D, D6, E6 = "10.0.0.1", "192.0.2.7", "198.51.100.9", "2001:db8::4", "2001:db8::5"


@pytest.mark.parametrize(
    ("local", "sender", "receiver", "direction"),
    [
        ([A], A, B, "outbound"),
        ([A], B, A, "inbound"),
        ([A], B, D, "unknown"),
        ([A, B], A, B, "local"),
        (["10.0.0.0/8"], A, B, "outbound"),
        (["10.0.0.9/8"], B, A, "inbound"),
        (["10.0.0.0/8"], A, A, "local"),
        ([], A, B, "unknown"),
        ([E6], E6, "2001:db8::6", "outbound"),
        (["2001:DB8:0:0::5"], "2001:db8::6", E6, "inbound"),
        (["::/0"], A, B, "unknown"),
        (["0.0.0.0/0"], A, E6, "outbound"),
    ],
)
def test_direction(local: list[str], sender: str, receiver: str, direction: str) -> None:
    vantage = Vantage(local)
    assert vantage.direction(sender, receiver) == direction
    assert bool(vantage) is bool(local)
    assert vantage.words == tuple(local)


@pytest.mark.parametrize(
    "word",
    ["", "host", "10.0.0", "10.0.0.0/33", "10.0.0.256", "::1/129", "1.2.3.4:5", "0x7f000001", "10.0.0.1 "],
)
def test_what_is_no_address_is_refused(word: str) -> None:
    with pytest.raises(VantageError) as caught:
        Vantage([A, word])
    assert str(caught.value) == f"{word!r} is neither an IP address nor a network such as 10.0.0.0/8"


@pytest.mark.parametrize(
    ("flows", "connections", "found"),
    [
        ([], [], None),
        ([], [(A, B), (A, D)], None),
        ([(A, B), (A, D)], [], A),
        ([(B, A), (A, D), (D, A)], [(A, B), (B, D)], A),
        ([(A, B)], [(A, B)], None),
        ([(A, B)], [(A, B), (A, D)], A),
        ([(A, B), (B, A)], [(A, B), (D, B)], B),
        ([(A, B)], [(A, B), (A, D), (B, D)], None),
        ([(A, B)], [(A, B), (D6, E6)], None),
        ([(A, B), (D6, E6)], [(A, B), (D6, E6)], None),
        ([(A, B), (A, D), (B, D)], [(A, B)], None),
        ([(A, A)], [(A, A)], A),
        ([(A, A), (A, B)], [], A),
    ],
)
def test_found(flows: list[tuple[str, str]], connections: list[tuple[str, str]], found: str | None) -> None:
    finder = VantageFinder()
    for pair in connections:
        finder.connection(_key(*pair))
    for pair in flows:
        finder.flow(_key(*pair))
    assert finder.found().words == (() if found is None else (found,))


def test_with_vantage_turns_the_flow_and_what_is_presented() -> None:
    flow = flow_of(*written.recording("scenario2"))
    seen = with_vantage(flow, Vantage([wire.SERVER[0]]))
    assert (seen.direction, seen.vantage) == ("inbound", (wire.SERVER[0],))
    assert [(each.role, each.direction) for each in seen.presented] == [
        ("server", "outbound"),
        ("client", "inbound"),
    ]
    both = with_vantage(flow, Vantage(["0.0.0.0/0"]))
    assert (both.direction, both.vantage) == ("local", (wire.CLIENT[0], wire.SERVER[0]))
    neither = with_vantage(flow, Vantage([A]))
    assert (neither.direction, neither.vantage) == ("unknown", ())
    assert with_vantage(flow, Vantage()) is flow


def test_an_unknown_role_has_no_direction() -> None:
    talk = wire.Talk()
    talk.send(C, written.certificate(written.chain_of("scenario2", 0)[0]))
    (flow,) = tlseku.read(io.BytesIO(wire.pcap(talk.frames())), local=[wire.CLIENT[0]])
    assert [(each.role, each.direction) for each in flow.presented] == [("unknown", "unknown")]


def capture(*pairs: tuple[tuple[str, int], tuple[str, int], str | None]) -> io.BytesIO:
    """Connections (client, server, recording or None for one without TLS), one after the other."""
    frames: list[wire.Frame] = []
    for client, server, name in pairs:
        talk = wire.Talk(client, server).open()
        for side, data in written.recording(name) if name else ((C, b"hello, is this the right place?\n"),):
            talk.send(side, data)
        frames += talk.close().frames(start=wire.START + len(frames) * wire.SECOND)
    return io.BytesIO(wire.pcap(frames))


def test_one_host_in_every_flow() -> None:
    flows = tlseku.read(
        capture(
            ((A, 1000), (B, 443), "no-eku"), ((D, 1000), (A, 443), "no-eku"), ((A, 1001), (D, 443), "no-eku")
        )
    )
    assert [flow.direction for flow in flows] == ["outbound", "inbound", "outbound"]
    assert {flow.vantage for flow in flows} == {(A,)}


@pytest.mark.parametrize(
    ("others", "direction"),
    [
        ((), "unknown"),
        ((((A, 2000), (D, 80), None),), "outbound"),
        ((((D, 2000), (B, 80), None),), "inbound"),
        ((((D, 2000), (B, 80), None), ((A, 2000), (D, 80), None)), "unknown"),
    ],
)
def test_a_single_pair_is_decided_by_other_connections(others: tuple, direction: str) -> None:
    (flow,) = tlseku.read(capture(((A, 1000), (B, 443), "no-eku"), *others))
    assert flow.direction == direction


def test_given_beats_inferred() -> None:
    content = capture(((A, 1000), (B, 443), "no-eku"), ((A, 1001), (D, 443), "no-eku")).getvalue()
    flows = tlseku.read(io.BytesIO(content), local=[B])
    assert [flow.direction for flow in flows] == ["inbound", "unknown"]
    assert [flow.direction for flow in tlseku.scan(io.BytesIO(content))] == ["unknown", "unknown"]
    assert [flow.direction for flow in tlseku.scan(io.BytesIO(content), local=["10.0.0.0/8"])] == [
        "outbound"
    ] * 2


def _key(one: str, other: str) -> bytes:
    return key_of((one, 1), (other, 2))


@pytest.mark.parametrize(
    ("pairs", "matter"),
    [
        ([(A, B)], [True]),
        ([(A, B), (B, A), (A, D)], [True, True, True]),
        ([(A, B), (A, D), (D, B), (A, B)], [True, True, False, False]),
        ([(A, B), (D6, E6), (A, B)], [True, False, False]),
        ([(A, A), (A, B), (B, D)], [True, True, False]),
    ],
)
def test_connections_matter_until_no_host_is_in_all(pairs: list[tuple[str, str]], matter: list[bool]) -> None:
    finder = VantageFinder()
    assert [finder.connection(_key(*pair)) for pair in pairs] == matter


def test_an_address_of_four_bytes_is_not_the_beginning_of_a_longer_one() -> None:
    finder = VantageFinder()
    finder.flow(_key("32.1.13.184", "32.1.13.184"))
    finder.flow(_key("2001:db8::", "2001:db8::1"))
    assert finder.hopeless
