"""One packet whose time is far from all others: a warning that names its frame, and no clock."""

from __future__ import annotations

import io

import pytest

import tlseku
from tests import wire
from tlseku.capture import packets

HOUR = 3_600_000_000_000


def of(name: str, stray: int | None, by: int) -> tuple[tlseku.Flows, list[tuple[str, str]]]:
    """The flows of a capture in which the time of one packet is off, and their outcomes."""
    frames = [
        wire.Frame(each[1] + (by if number == stray else 0), bytes(each[3]))
        for number, each in enumerate(packets(f"captures/{name}.pcap"), 1)
    ]
    flows = tlseku.read(io.BytesIO(wire.pcap(frames, nano=True)))
    return flows, [(flow.outcome, flow.outcome_basis) for flow in flows]


@pytest.mark.parametrize(
    ("by", "far"), [(2 * HOUR, "2 h"), (61 * HOUR, "2 days"), (24 * 365 * HOUR, "365 days")]
)
@pytest.mark.parametrize("name", ["declined", "wrong-eku-refused"])
def test_far_ahead(name: str, by: int, far: str) -> None:
    _, right = of(name, None, 0)
    flows, outcomes = of(name, 6, by)
    assert outcomes == right
    (warning,) = flows.warnings
    assert f": frame 6: its time is {far} ahead of all others" in warning


def test_none_is_none() -> None:
    assert of("declined", None, 0)[0].warnings == ()


def test_a_clock_that_is_set_is_no_stray() -> None:
    """All packets from one on agree with each other."""
    frames = [
        wire.Frame(each[1] + (24 * HOUR if number > 4 else 0), bytes(each[3]))
        for number, each in enumerate(packets("captures/declined.pcap"), 1)
    ]
    assert not any(
        "does not count" in each for each in tlseku.read(io.BytesIO(wire.pcap(frames, nano=True))).warnings
    )
