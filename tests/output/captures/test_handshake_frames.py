from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import tlseku
from tlseku.network.decode.segment import ACK, FIN, RST, SYN
from tlseku.output.captures.handshake_frames import HIDDEN_RUN, stretch_of


def only_flow(path: Path) -> tlseku.Flow:
    (flow,) = tlseku.read(str(path))
    return flow


@pytest.mark.parametrize(
    ("name", "last", "frames", "run"),
    [
        (
            "scenario1.pcap.gz",
            13723,
            {
                13699,
                13701,
                13703,
                13705,
                13707,
                13709,
                13711,
                13713,
                13715,
                13717,
                13718,
                13721,
                13722,
                13723,
                13724,
                13725,
            },
            0,
        ),
        ("wrong-eku-refused.pcap", 8, {4, 5, 6, 7, 8, 9}, 0),
        ("tls13.pcap", 8, {4, 5, 7, 8}, HIDDEN_RUN),
    ],
)
def test_the_packets_of_a_handshake(
    own_captures: Path, name: str, last: int, frames: set[int], run: int
) -> None:
    stretch = stretch_of(only_flow(own_captures / name))
    assert (stretch.last, stretch.frames, stretch.run) == (last, frames, run)  # type: ignore[comparison-overlap]


@pytest.mark.parametrize(
    ("frame", "late", "flags", "held"),
    [
        (3, 0, SYN, True),
        (8, 1, ACK, True),
        (9, 1, ACK, True),
        (10, 1, ACK, False),
        (10, 1, FIN | ACK, True),
        (10, 1, RST, True),
        (10, 10**18, RST, False),
    ],
)
def test_what_is_held(own_captures: Path, frame: int, late: int, flags: int, held: bool) -> None:
    flow = only_flow(own_captures / "wrong-eku-refused.pcap")
    assert stretch_of(flow).holds(frame, flow.start + late, flags) is held


def test_the_whole_connection(own_captures: Path) -> None:
    flow = only_flow(own_captures / "wrong-eku-refused.pcap")
    stretch = stretch_of(flow, whole=True)
    assert stretch.holds(10, flow.end, ACK)
    assert not stretch.holds(10, flow.end + 1, ACK)


def test_a_flow_without_messages(own_captures: Path) -> None:
    flow = only_flow(own_captures / "wrong-eku-refused.pcap")
    bare = replace(flow, messages=(), presented=(), requests=(), alerts=(), hints=())
    assert stretch_of(bare).last == 0
