"""The summary line: everything that was read or passed over is in it."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.output.samples import DECLINED, EVERY, SUMMARY, TLS13, flow
from tlseku.flow import Summary
from tlseku.output.words.summary import in_order, summary_line, verdicts_of


def test_line() -> None:
    counts = Counter(word for sample in EVERY for word in verdicts_of(sample))
    assert summary_line(SUMMARY, in_order(counts)) == (
        "7 TLS flows in 9 TCP connections (5 ok, 1 unrestricted, 1 any, 1 wrong, 1 empty, 1 declined,"
        " 1 incomplete, 1 unreadable, 2 hidden); 15,023 packets read from 2 files, skipped: 311 not TCP, 12 not IP;"
        " limits reached: 3 half-open handshakes"
    )


@pytest.mark.parametrize(
    ("summary", "line"),
    [
        (Summary(), "0 TLS flows in 0 TCP connections; 0 packets read from 0 files"),
        (
            Summary(files=1, packets=1, connections=1, flows=1),
            "1 TLS flow in 1 TCP connection; 1 packet read",
        ),
    ],
)
def test_small_numbers(summary: Summary, line: str) -> None:
    assert summary_line(summary, {}) == line


def test_verdicts_of() -> None:
    assert verdicts_of(TLS13) == ["hidden"]
    assert verdicts_of(DECLINED) == ["unrestricted", "declined"]
    assert verdicts_of(flow()) == []
