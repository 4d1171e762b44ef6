"""``benchmarks/logs.py``: logs of each kind are what they say, and their figures are printed."""

from __future__ import annotations

import io
import subprocess
import sys
from collections import Counter
from pathlib import Path

import logs
import pytest

from tlseku.profiles.expressway.logs.event_stream import LogReader

PROGRAM = Path(logs.__file__)
FOUND = {"sip": {"sip_sent", "sip_received"}, "wrapped": {"sip_sent", "sip_received"}}


@pytest.mark.parametrize("kind", [kind for kind in logs.KINDS if kind != "mixed"])
def test_a_log_is_of_its_kind(kind: str) -> None:
    reader = LogReader(io.BytesIO(logs.log_of(kind, 30_000)))
    events = list(reader)
    assert {event.kind for event in events} == FOUND.get(kind, {kind})
    assert reader.skipped_lines == 0
    assert not any(event.cut for event in events)
    lines = {"sip": None, "wrapped": 3 * len(events)}.get(kind, len(events))
    assert reader.lines == (
        len(events) + sum(event.continuation_lines for event in events) if lines is None else lines
    )


def test_all_are_in_the_mixed_log() -> None:
    kinds = Counter(event.kind for event in LogReader(io.BytesIO(logs.log_of("mixed", 500_000))))
    assert set(kinds) == {"tls_error", "ssl", "tcp", "ssh", "sip_sent", "sip_received", "other"}


def test_a_log_is_the_same_every_time_and_repeats_itself_when_long() -> None:
    assert logs.log_of("ssl", 10_000) == logs.log_of("ssl", 10_000) != logs.log_of("ssl", 10_000, seed=2)
    short = logs.log_of("ssh", 2 << 20)
    assert logs.log_of("ssh", 5 << 20) == short * 3


def test_the_table_has_a_row_for_each_case() -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "--size", "0.01", "--rounds", "1", "--only", "mixed"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    _, _, *rows = done.stdout.splitlines()
    assert [row.split("|")[1].strip() for row in rows] == [
        case.name for case in logs.CASES if "mixed" in case.name
    ]
    assert all(float(row.split("|")[2]) > 0 for row in rows)
