"""Flows of many captures in the order in which they begin, as those find them who read the captures in turn."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.output.samples import REFUSED, SCENARIO_1
from tlseku.cli.streams.captures_in import Input
from tlseku.cli.streams.flow_formats import TextForm, flow_text
from tlseku.cli.streams.made_elsewhere import SummaryOf, TextOf, summary_of, text_of
from tlseku.flow import Flow, Summary
from tlseku.handshake import begin_order
from tlseku.output.reports.findings import has_finding
from tlseku.parallel.made_in_order import Asked, Counted
from tlseku.parallel.many import ManyScan, scan_many
from tlseku.parallel.one_capture import CaptureRead, CaptureReader, Ending
from tlseku.parallel.urls import Place
from tlseku.scanning import ScanOptions

NAMES = ("test-case-1.pcap", "test-case-2.pcap", "test-case-3.pcap")
"""In which one host takes part in every flow."""

OTHER = "tls13.pcap"
"""In which it does not."""

LINES = TextForm("ndjson")


def of(place: Path, names: Sequence[str], local: Sequence[str], processes: int) -> ManyScan:
    places = [Place(str(place / name)) for name in names]
    return ManyScan(places, ScanOptions(local=local, rule_books=()), processes, None)


def here(place: Path, names: Sequence[str], local: Sequence[str]) -> list[Flow]:
    return [*Input([str(place / name) for name in names], ScanOptions(local=local, rule_books=())).flows()]


@pytest.mark.parametrize("processes", [0, 1, 2])
@pytest.mark.parametrize("most", [0, 9_000, 14_000, 1 << 20])
@pytest.mark.parametrize(
    ("names", "local"),
    [
        (NAMES, ()),
        ((*NAMES, OTHER), ()),
        ((NAMES[0], OTHER, *NAMES[1:]), ()),
        ((OTHER, *NAMES), ()),
        ((OTHER, OTHER), ()),
        ((*NAMES, OTHER), ("192.0.2.0/24",)),
        ((), ()),
    ],
)
def test_the_same_flows_and_text_as_in_turn(
    own_captures: Path,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    names: tuple[str, ...],
    local: tuple[str, ...],
    processes: int,
) -> None:
    monkeypatch.setattr(begin_order, "MAX_HELD_BYTES", most)
    expected = here(own_captures, names, local)
    assert [*of(own_captures, names, local, processes).in_order()] == expected
    made = of(own_captures, names, local, processes).made(Asked(TextOf(LINES)))
    assert "".join(text_of(LINES, made)) == "".join(flow_text("ndjson", expected))


@pytest.mark.parametrize(
    ("most", "directions"),
    [
        # One flow takes more: the first decides, of whose two hosts one is in all connections.
        (9_000, ["unknown"] * 4),
        (1 << 20, ["unknown"] * 4),
        (25_000, ["outbound"] * 3 + ["unknown"]),
    ],
)
def test_a_host_that_takes_part_in_the_first_flows_only(
    own_captures: Path, monkeypatch: pytest.MonkeyPatch, most: int, directions: list[str]
) -> None:
    monkeypatch.setattr(begin_order, "MAX_HELD_BYTES", most)
    names = (*NAMES, OTHER)
    assert [flow.direction for flow in here(own_captures, names, ())] == directions
    for processes in (0, 2):
        assert [flow.direction for flow in of(own_captures, names, (), processes).in_order()] == directions


def test_those_that_come_late_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (REFUSED.number, SCENARIO_1.number) == (2, 1)

    def ended(self: CaptureReader, place: Place, before: int = 0) -> Generator[Sequence[Flow], None, Ending]:
        yield [REFUSED]
        yield [SCENARIO_1]
        return Ending(CaptureRead(place.name, Summary(flows=2)))

    monkeypatch.setattr(CaptureReader, "ended", ended)
    for most, numbers, late in ((1 << 20, [1, 2, 3, 4], 0), (0, [2, 1, 4, 3], 2)):
        monkeypatch.setattr(begin_order, "MAX_HELD_BYTES", most)
        running = scan_many(["a.pcap", "b.pcap"], processes=0, local=["203.0.113.1"])
        assert [flow.number for flow in running.in_order()] == numbers
        assert running.late == late


def _has_number(number: int, flow: Flow) -> bool:
    return flow.tcp_stream == number


@pytest.mark.parametrize("processes", [0, 2])
@pytest.mark.parametrize("most", [0, 1 << 20])
@pytest.mark.parametrize("wanted", [None, partial(_has_number, 0), partial(_has_number, 7)])
def test_what_is_counted(
    own_captures: Path,
    monkeypatch: pytest.MonkeyPatch,
    processes: int,
    most: int,
    wanted: Callable[[Flow], bool] | None,
) -> None:
    monkeypatch.setattr(begin_order, "MAX_HELD_BYTES", most)
    flows = here(own_captures, (*NAMES, OTHER), ())
    chosen = [flow for flow in flows if wanted is None or wanted(flow)]
    asked = Asked(SummaryOf(), wanted, partial(has_finding, words={"wrong"}))
    made = [*of(own_captures, (*NAMES, OTHER), (), processes).made(asked)]
    counts: dict[tuple[str, ...], int] = {}
    for each in made:
        for words, count in each.counted.verdicts.items():
            counts[words] = counts.get(words, 0) + count
    assert counts == {
        words: sum(flow.verdicts == words for flow in chosen) for words in {flow.verdicts for flow in chosen}
    }
    left_out = sum(bool(flow.hidden) for flow in flows) - sum(bool(flow.hidden) for flow in chosen)
    assert sum(each.counted.hidden_left_out for each in made) == left_out
    assert any(each.counted.found for each in made) == any(has_finding(flow, {"wrong"}) for flow in chosen)
    assert summary_of(made).flows == len(chosen)


def test_nothing_counted() -> None:
    assert Counted({}) == ({}, 0, False)
