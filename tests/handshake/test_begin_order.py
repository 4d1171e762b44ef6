"""Flows in the order in which they began: how long each is held, and what is given up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tlseku
from tests.dialogues import flow_of
from tests.tls import written
from tlseku.flow import Endpoint, Flow
from tlseku.handshake.begin_order import FLOW_BYTES, MESSAGE_BYTES, BeginOrder, held_bytes
from tlseku.handshake.conclusion import FlowOfKind
from tlseku.handshake.vantage import VantageFinder, apply_found, with_vantage
from tlseku.network.decode.segment import key_of

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
A, B, D, D6, E6 = "10.0.0.1", "192.0.2.7", "198.51.100.9", "2001:db8::4", "2001:db8::5"


@dataclass(frozen=True)
class Numbered:
    """A flow of which nothing but its number is known: ``FLOW_BYTES`` are reckoned for it."""

    number: int


def ordered(numbers: Sequence[int], *, flows: int = 1000, first_number: int = 1) -> tuple[list[int], int]:
    """In which order they come out where so many ``flows`` can be held, and how many come late."""
    order: BeginOrder[Numbered] = BeginOrder(None, first_number=first_number, max_bytes=flows * FLOW_BYTES)
    return [each.number for each, _ in order.in_order(map(Numbered, numbers))], order.late


@pytest.mark.parametrize(
    ("numbers", "flows", "out", "late"),
    [
        ([], 2, [], 0),
        ([1, 2, 3], 0, [1, 2, 3], 0),
        ([2, 1, 3], 1, [1, 2, 3], 0),
        ([4, 3, 2, 1], 3, [1, 2, 3, 4], 0),
        # The third that waits for the first is one too many.
        ([4, 3, 2, 1], 2, [2, 3, 4, 1], 1),
        ([2, 3, 1, 4], 0, [2, 3, 1, 4], 1),
        # What is given up once is not waited for again.
        ([2, 3, 4, 5, 6, 1], 2, [2, 3, 4, 5, 6, 1], 1),
        ([3, 5, 7, 1, 2, 4, 6], 2, [3, 1, 2, 4, 5, 6, 7], 2),
        # A number that never comes is a wait like any other, over at the end.
        ([1, 3, 4], 5, [1, 3, 4], 0),
        ([1, 3, 4, 5, 6], 1, [1, 3, 4, 5, 6], 0),
    ],
)
def test_out_by_number(numbers: list[int], flows: int, out: list[int], late: int) -> None:
    assert ordered(numbers, flows=flows) == (out, late)


def test_numbers_may_go_on() -> None:
    assert ordered([9, 8, 10], first_number=8) == ([8, 9, 10], 0)


def test_each_comes_as_soon_as_it_is_its_turn() -> None:
    coming = iter(map(Numbered, [2, 1, 3]))
    order: BeginOrder[Numbered] = BeginOrder(None)
    out = order.in_order(coming)
    assert [next(out)[0].number, next(out)[0].number] == [1, 2]
    assert next(coming).number == 3, "nothing was taken ahead"


@given(st.permutations(range(1, 30)), st.integers(min_value=0, max_value=30))
def test_each_comes_once_and_no_more_wait_than_may(numbers: list[int], flows: int) -> None:
    taken = 0

    def coming() -> Iterator[Numbered]:
        nonlocal taken
        for number in numbers:
            taken += 1
            yield Numbered(number)

    order: BeginOrder[Numbered] = BeginOrder(None, max_bytes=flows * FLOW_BYTES)
    out = []
    for each, _ in order.in_order(coming()):
        out.append(each.number)
        assert taken - len(out) <= flows
    assert sorted(out) == sorted(numbers)
    assert order.late == sum(number < max(out[:at], default=0) for at, number in enumerate(out))
    assert order.late == 0 or flows < 28


def test_bytes_of_a_flow_that_shares_its_conclusion() -> None:
    _, flow = tlseku.scan(*[CAPTURES / "scenario2.pcap.gz"] * 2)
    assert isinstance(flow.view, FlowOfKind)
    assert held_bytes(flow) == flow.view.footprint > 4000


def test_bytes_of_a_flow_that_is_concluded() -> None:
    flow = flow_of(*written.recording("scenario2"))
    ders = [certificate.der for presented in flow.presented for certificate in presented.chain]
    assert held_bytes(flow) == FLOW_BYTES + MESSAGE_BYTES * len(flow.messages) + sum(map(len, ders))


def _key(one: str, other: str) -> bytes:
    return key_of((one, 1), (other, 2))


def _held(ending: Iterator[Flow], finder: VantageFinder) -> Iterator[Flow]:
    order: BeginOrder[Flow] = BeginOrder(finder)
    for flow, vantage in order.in_order(ending):
        yield with_vantage(flow, vantage)


def _finder_and_flows(pairs: list[tuple[str, str]]) -> tuple[VantageFinder, list[Flow], Iterator[Flow]]:
    """Flows between the pairs, and an iterator that tells the finder of each as a scan does."""
    plain = flow_of(*written.recording("scenario2"))
    finder = VantageFinder()
    flows = [
        replace(plain, number=number, client=Endpoint(one, 1), server=Endpoint(other, 2))
        for number, (one, other) in enumerate(pairs, 1)
    ]

    def ending() -> Iterator[Flow]:
        for flow in flows:
            finder.flow(_key(flow.client.ip, flow.server.ip))
            yield flow

    return finder, flows, ending()


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [(A, B)],
        [(A, B), (A, D)],
        [(A, B), (D, A), (B, A)],
        [(A, B), (D6, E6)],
        [(A, B), (B, D), (D, A), (A, B)],
    ],
)
def test_holding_back_gives_what_reading_all_gives(pairs: list[tuple[str, str]]) -> None:
    finder, flows, ending = _finder_and_flows(pairs)
    assert list(_held(ending, finder)) == apply_found(flows, finder)


def test_flows_are_let_go_as_soon_as_no_host_is_left() -> None:
    finder, _, ending = _finder_and_flows([(A, B), (D6, E6), (A, D)])
    first = next(_held(ending, finder))
    assert (first.number, first.direction) == (1, "unknown")
    assert next(ending).number == 3, "the third flow was taken before the first was let go"


def test_what_many_flows_show_is_not_waited_for_any_longer() -> None:
    finder, flows, ending = _finder_and_flows([(A, B), (A, D), (B, D), (D, A)])
    order: BeginOrder[Flow] = BeginOrder(finder, max_bytes=held_bytes(flows[0]))
    told = [with_vantage(flow, vantage) for flow, vantage in order.in_order(ending)]
    assert order.late == 0
    assert [flow.direction for flow in told] == [
        "outbound",
        "outbound",
        "unknown",
        "inbound",
    ]
