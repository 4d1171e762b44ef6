"""Connections read as a whole give the same flows as those that went through streams, and the same lines."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import wire
from tests.recorded import Outcome, outcome
from tests.test_any_cut import CONVERSATIONS, Recut, Sent, packets, segments

CAPTURES = sorted(Path(__file__).resolve().parents[1].joinpath("captures").glob("*.pcap*"))
SHARED = sorted(Path(__file__).resolve().parents[2].joinpath("shared", "captures").glob("*.pcap*"))


def same(content: bytes, local: tuple[str, ...] = ()) -> Outcome:
    """What recording gives, held against what streams give."""
    recorded, played = outcome(content, local=local), outcome(content, recording=False, local=local)
    assert not played.read
    assert recorded.all == played.all
    assert recorded.order == played.order
    for number, line in recorded.brief.items():
        assert line == played.all[number]
    return recorded


def capture(
    name: str,
    seed: int,
    *,
    fragment: bool = False,
    disorder: bool = False,
    close: bool = True,
    lost: float = 0.0,
    copies: int = 1,
    cut: bool = True,
) -> bytes:
    """Conversations one after the other, each cut in a way of its own, packets lost at random."""
    draw = random.Random(seed)
    frames = []
    at = wire.START
    for copy in range(copies):
        recut = Recut(CONVERSATIONS[name](), draw, fragment)
        ends = ((wire.CLIENT[0], 20000 + copy), wire.SERVER)
        flights = segments(recut.flights, draw, disorder) if cut else _uncut(recut)
        written, _ = packets(flights, (draw.randrange(2**32), draw.randrange(2**32)), ends, close=close)
        for packet in written:
            at += wire.MILLISECOND
            if draw.random() >= lost:
                frames.append(wire.Frame(at, wire.ethernet(packet)))
    return wire.pcap(frames)


def _uncut(recut: Recut) -> list[list[Sent]]:
    position = [0, 0]
    flights = []
    for side, data in recut.flights:
        flights.append([Sent(side, position[side], data)])
        position[side] += len(data)
    return flights


@pytest.mark.parametrize("path", CAPTURES + SHARED, ids=lambda path: path.name)
def test_every_capture(path: Path) -> None:
    same(path.read_bytes())


@pytest.mark.parametrize("name", ["mutual", "short chain", "declined", "no eku", "tls13", "hello retry"])
def test_ordinary_flows_are_read_as_a_whole_and_written_briefly(name: str) -> None:
    found = same(capture(name, 1, copies=3, cut=False))
    assert (len(found.read), len(found.brief), len(found.played)) == (3, 3, 0)


@pytest.mark.parametrize("name", ["mutual", "tls13"])
def test_segments_that_come_late_or_twice_are_sorted_in(name: str) -> None:
    """Only repetitions that overlap other segments take streams."""
    flights = []
    for (whole,) in _uncut(Recut(CONVERSATIONS[name](), random.Random(5), False)):
        third = len(whole.data) // 3 + 1
        flight = [
            Sent(whole.side, whole.start + at, whole.data[at : at + third])
            for at in range(0, len(whole.data), third)
        ]
        # The very first segment tells what is spoken.
        flights.append([flight[0], *flight[:0:-1], *flight[1:2]] if flights else flight)
    written, _ = packets(flights, (1, 2), (wire.CLIENT, wire.SERVER), close=True)
    frames = [wire.Frame(wire.START + n, wire.ethernet(packet)) for n, packet in enumerate(written)]
    assert len(same(wire.pcap(frames)).read) == 1


@pytest.mark.parametrize("name", ["smtp", "http-connect", "postgresql"])
def test_what_begins_in_clear_text_goes_through_streams(name: str) -> None:
    found = same(capture(name, 1, copies=2))
    assert (len(found.read), len(found.played)) == (0, 2)


def test_what_needs_explaining_is_concluded_in_full() -> None:
    found = same(capture("refused", 1, copies=2, cut=False))
    assert (len(found.read), len(found.brief)) == (2, 0)


def test_directions_are_those_of_the_vantage() -> None:
    found = same(capture("mutual", 1, copies=2, cut=False), local=(wire.CLIENT[0],))
    assert '"direction":"outbound","vantage":["192.0.2.10"]' in found.brief[1]


CASES = {
    "name": st.sampled_from(sorted(CONVERSATIONS)),
    "seed": st.integers(0, 2**32),
    "fragment": st.booleans(),
    "disorder": st.booleans(),
    "close": st.booleans(),
    "lost": st.sampled_from([0.0, 0.0, 0.02, 0.2]),
    "copies": st.sampled_from([1, 2]),
}


@settings(max_examples=300)
@given(**CASES)
def test_any_cut_gives_the_same_either_way(**case: object) -> None:
    same(capture(**case))  # type: ignore[arg-type]


@pytest.mark.long
@settings(max_examples=5000)
@given(**CASES)
def test_any_cut_gives_the_same_either_way_at_length(**case: object) -> None:
    same(capture(**case))  # type: ignore[arg-type]


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), damage=st.integers(1, 6))
def test_damaged_bytes_give_the_same_either_way(seed: int, damage: int) -> None:
    draw = random.Random(seed)
    content = bytearray(capture(draw.choice(sorted(CONVERSATIONS)), seed, copies=2))
    for _ in range(damage):
        # Behind the file header, and not in a record's lengths, where it would end the capture.
        at = draw.randrange(24 + 16 + 14, len(content))
        content[at] = draw.randrange(256)
    same(bytes(content))
