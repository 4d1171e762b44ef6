"""``tlseku.parallel.one_file``: a capture in parts gives what it gives in one, wherever it is cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from tests import wire
from tests.parallel import traffic
from tests.tls import written
from tlseku.flow import Flow, Summary
from tlseku.handshake.begin_order import BeginOrder
from tlseku.handshake.vantage import Vantage, VantageFinder, with_vantage
from tlseku.network.tcp import connection_table
from tlseku.output.json.full_text import FlowTexts
from tlseku.parallel.one_file import Joined, OneFile
from tlseku.parallel.range_flows import flow, flows_of
from tlseku.parallel.range_process import PartHere
from tlseku.parallel.range_run import RangeRun
from tlseku.scanning import ScanOptions

OPTIONS = ScanOptions()
SMALL = 1500
"""Bytes of a batch: so that small captures have many."""


class Outcome(NamedTuple):
    """What comes of a capture: lines in the order in which they are written, and what was read."""

    lines: list[bytes]
    late: int
    summary: Summary
    warnings: tuple[str, ...]
    why_not: str = ""


@contextmanager
def parts_of(path: Path, cuts: Sequence[int], place: Path, block_size: int) -> Iterator[OneFile]:
    with ExitStack() as opened:

        def new_run(begin: int, end: int | None) -> RangeRun:
            run = RangeRun(str(path), OPTIONS, begin, end, block_size)
            opened.callback(run.close)
            return run

        ends = [*cuts[1:], None]
        parts = []
        for begin, end in zip(cuts, ends, strict=True):
            parts.append(PartHere(new_run(begin, end), flows_of, str(place)))
            opened.callback(parts[-1].close)
        yield OneFile(new_run(0, cuts[0]), parts, lambda: new_run(0, None))


def in_parts(path: Path, cuts: Sequence[int], place: Path, block_size: int = SMALL) -> Outcome:
    with parts_of(path, cuts, place, block_size) as one:
        order: BeginOrder[Joined] = BeginOrder(one.finder)
        texts = FlowTexts()
        lines = [
            texts.line(flow(each, vantage)).encode("ascii") for each, vantage in order.in_order(one.joined())
        ]
    return Outcome(lines, order.late, one.summary, one.warnings, one.why_not)


def in_one(path: Path, block_size: int = SMALL) -> Outcome:
    run = RangeRun(str(path), OPTIONS, 0, None, block_size)
    finder = VantageFinder()
    texts = FlowTexts()

    def ended() -> Iterator[Flow]:
        told = 0
        for found in run.run_on():
            for _, hosts in run.hosts[told:]:
                finder.only(hosts)
            told = len(run.hosts)
            for each in found:
                finder.flow(each.ending.key)
            for each in found:
                yield each.flow

    order: BeginOrder[Flow] = BeginOrder(finder)
    lines = [
        texts.line(with_vantage(each, vantage)).encode("ascii") for each, vantage in order.in_order(ended())
    ]
    run.close()
    return Outcome(lines, order.late, run.summary, run.warnings)


def some_cuts(random: Random, size: int) -> list[int]:
    return sorted(random.randrange(1, size + 100) for _ in range(random.choice((1, 1, 2, 3))))


@pytest.mark.parametrize(
    "seed", [*range(24), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(24, 500))]
)
def test_traffic_cut_anywhere(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    path = tmp_path / "traffic"
    path.write_bytes(traffic.capture(seed, fragments=seed % 8 == 7, one_client=seed % 5 == 4))
    whole = in_one(path)
    for _ in range(4):
        cuts = some_cuts(random, path.stat().st_size)
        found = in_parts(path, cuts, tmp_path)
        assert found._replace(why_not="") == whole, cuts


def test_own_captures_cut_anywhere(own_captures: Path, tmp_path: Path) -> None:
    why_not: Counter[str] = Counter()
    for path in sorted(own_captures.glob("*.pcap*")):
        if path.suffix == ".gz":
            continue
        random = Random(path.name)
        whole = in_one(path)
        for cuts in (some_cuts(random, path.stat().st_size) for _ in range(2)):
            found = in_parts(path, cuts, tmp_path)
            assert found._replace(why_not="") == whole, (path, cuts)
            why_not[found.why_not] += 1
    assert why_not[""] > 10


def test_flows_themselves_are_handed_over(tmp_path: Path) -> None:
    path = tmp_path / "traffic"
    path.write_bytes(traffic.capture(3))
    with parts_of(path, [path.stat().st_size // 2], tmp_path, SMALL) as one:
        found = [flow(each, Vantage()) for each in one.joined()]
    assert one.why_not == ""
    run = RangeRun(str(path), OPTIONS, 0, None, SMALL)
    assert found == [each.flow for batch in run.run_on() for each in batch]
    run.close()
    assert len(found) > 5


def connection(port: int, at: int, *, isn: int = 1000, packets: slice = slice(None)) -> list[wire.Frame]:
    talk = wire.Talk(("192.0.2.10", port), isn=(isn, 900_000)).open()
    for side, data in written.recording("no-eku"):
        talk.send_in(side, data, 1400)
    return talk.close().frames(start=wire.START + at * wire.SECOND)[packets]


def reasons(tmp_path: Path, frames: list[wire.Frame]) -> str:
    """Why a capture that is cut in its middle is read by one process; it must give the same in any case."""
    frames.sort(key=lambda frame: frame.ts_ns)
    path = tmp_path / "capture"
    path.write_bytes(wire.pcap(frames))
    found = in_parts(path, [path.stat().st_size // 2], tmp_path, 600)
    assert found._replace(why_not="") == in_one(path, 600)
    return found.why_not


def test_a_connection_over_the_border_is_told_once(tmp_path: Path) -> None:
    assert reasons(tmp_path, connection(1, 0)) == ""


def test_a_port_that_is_used_again_behind_the_border(tmp_path: Path) -> None:
    assert reasons(tmp_path, [*connection(1, 0), *connection(1, 1, isn=5_000_000)]) == ""
    assert reasons(tmp_path, [*connection(1, 0), *connection(2, 10), *connection(1, 30, isn=5_000_000)]) == ""


def test_what_comes_behind_the_end_of_a_connection(tmp_path: Path) -> None:
    late = connection(1, 30, packets=slice(5, 7))
    assert reasons(tmp_path, [*connection(1, 0), *connection(2, 10), *late]) == ""
    forgotten = connection(1, 80, packets=slice(5, 7))
    between = [connection(2 + second, second, packets=slice(4)) for second in range(0, 80, 10)]
    assert reasons(tmp_path, [*connection(1, 0), *chain(*between), *forgotten]) == ""


@pytest.mark.parametrize("minutes", [9, 11, 90])
def test_silence_of_all(tmp_path: Path, minutes: int) -> None:
    frames = [*connection(1, 0), *connection(2, minutes * 60), *connection(3, minutes * 60 + 1)]
    assert reasons(tmp_path, frames) == "its time leaps"


def test_one_that_was_silent_for_an_hour(tmp_path: Path) -> None:
    others = [connection(2 + at, at, packets=slice(4)) for at in range(0, 4000, 100)]
    assert reasons(tmp_path, [*connection(1, 0, packets=slice(6)), *chain(*others)]) == ""
    again = connection(1, 3990, packets=slice(6, 8))
    assert reasons(tmp_path, [*connection(1, 0, packets=slice(6)), *chain(*others), *again]) == ""


def test_a_limit_that_is_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [*chain(*(connection(port, port // 8, packets=slice(4)) for port in range(1, 60)))]
    assert reasons(tmp_path, frames) == ""
    monkeypatch.setattr(connection_table, "MAX_TABLE_BYTES", 30_000)
    assert reasons(tmp_path, frames) == "a limit was reached"


def test_damage_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    path.write_bytes(wire.pcap([*connection(1, 0), *connection(2, 1)])[:-5])
    found = in_parts(path, [path.stat().st_size // 2], tmp_path, 600)
    assert found == in_one(path, 600)
    assert (found.why_not, len(found.warnings), found.summary.damage) == (
        "",
        1,
        ("a damaged or cut capture",),
    )
