"""``tlseku.parallel.lines``: the lines of many captures are those of one reading, once it is known from where they are
seen, and what comes late is counted."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from tests.output.samples import REFUSED, SCENARIO_1
from tlseku.flow import Flow, Summary
from tlseku.handshake import begin_order
from tlseku.handshake.vantage import Vantage
from tlseku.parallel import lines
from tlseku.parallel.lines import lines_of
from tlseku.parallel.many import scan_many
from tlseku.parallel.one_capture import CaptureRead, CaptureReader, Ending
from tlseku.parallel.urls import Place

NAMES = ("test-case-1.pcap", "test-case-2.pcap", "test-case-3.pcap")
"""In which one host takes part in every flow."""

OTHER = "tls13.pcap"
"""In which it does not."""


def directions(found: list[bytes]) -> list[str]:
    return [json.loads(line)["direction"] for line in b"".join(found).splitlines()]


@pytest.mark.parametrize("held", [0, 1 << 20])
@pytest.mark.parametrize(
    ("names", "local", "expected"),
    [
        (NAMES, (), ["outbound"] * 3),
        ((*NAMES, OTHER), (), ["unknown"] * 4),
        ((*NAMES, OTHER), ("192.0.2.0/24",), ["unknown"] * 3 + ["outbound"]),
        ((), (), []),
    ],
)
def test_directions_are_known_at_the_end_or_before_the_first(
    own_captures: Path,
    monkeypatch: pytest.MonkeyPatch,
    held: int,
    names: tuple[str, ...],
    local: tuple[str, ...],
    expected: list[str],
) -> None:
    monkeypatch.setattr(lines, "_HELD", held)
    running = scan_many([str(own_captures / name) for name in names], processes=0)
    found = [each.text for each in lines_of(running, Vantage(local))]
    assert directions(found) == expected
    assert [json.loads(line)["flow"] for line in b"".join(found).splitlines()] == [
        *range(1, len(expected) + 1)
    ]


def test_those_that_come_late_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (REFUSED.number, SCENARIO_1.number) == (2, 1)

    def ended(self: CaptureReader, place: Place) -> Generator[Sequence[Flow], None, Ending]:
        yield [REFUSED]
        yield [SCENARIO_1]
        return Ending(CaptureRead(place.name, Summary(flows=2)))

    monkeypatch.setattr(CaptureReader, "ended", ended)
    for most, numbers, late in ((1 << 20, [1, 2, 3, 4], 0), (0, [2, 1, 4, 3], 2)):
        monkeypatch.setattr(begin_order, "MAX_HELD_BYTES", most)
        running = scan_many(["a.pcap", "b.pcap"], processes=0)
        found = b"".join(each.text for each in lines_of(running, Vantage(["203.0.113.1"])))
        assert [json.loads(line)["flow"] for line in found.splitlines()] == numbers
        assert running.late == late
