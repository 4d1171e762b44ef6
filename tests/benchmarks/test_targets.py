"""The targets say met, aim met, not met, or nothing where nothing was measured."""

from __future__ import annotations

import pytest

from tests.benchmarks import conftest  # noqa: F401  (makes the scripts importable)

from answers import Agreement  # isort: skip
from contenders import TSHARK_ORDERED  # isort: skip
from outcome import Capture, Outcome, Run  # isort: skip
from targets import COMPILED, PURE, judge  # isort: skip


def outcome(tool: str, cpu: float | None, *, peak_mib: float = 30, right: Agreement | None = None) -> Outcome:
    runs = [] if cpu is None else [Run(cpu, cpu, int(peak_mib * 1024), 0, False)]
    return Outcome(tool, tool if tool.startswith("tlseku") else "peer", runs=runs, agreement=right)


def capture(kind: str, *outcomes: Outcome, distinct: int = 5) -> Capture:
    return Capture(f"{kind}-1", kind, 1, 1000, 10**6, 10, distinct, {one.tool: one for one in outcomes})


def words(judged: list, what: str) -> list[str]:
    return [one.word for one in judged if one.what.endswith(what)]


@pytest.mark.parametrize(
    ("kind", "tool", "tshark", "cpu", "word"),
    [
        ("handshake", COMPILED, 45.0, 1.0, "met"),
        ("handshake", COMPILED, 44.9, 1.0, "not met"),
        ("handshake", COMPILED, 60.0, 1.0, "aim met"),
        ("mixed", COMPILED, 99.9, 1.0, "not met"),
        ("bulk", COMPILED, 85.0, 1.0, "met"),
        ("handshake", PURE, 11.9, 1.0, "not met"),
        ("mixed", PURE, 30.0, 1.0, "met"),
        ("bulk", PURE, 33.0, 1.0, "aim met"),
    ],
)
def test_speed_against_tshark(kind: str, tool: str, tshark: float, cpu: float, word: str) -> None:
    judged = judge([capture(kind, outcome(tool, cpu), outcome(TSHARK_ORDERED, tshark))], [])
    assert words(judged, f"{TSHARK_ORDERED} ÷ {tool}, CPU") == [word]


@pytest.mark.parametrize(
    ("kind", "floor", "cpu", "word"),
    [
        ("handshake", "tcpdump", 9.0, "–"),
        ("mixed", "tcpdump", 0.75, "met"),
        ("mixed", "tcpdump", 0.76, "not met"),
        ("bulk", "tcpdump", 0.5, "met"),
        ("handshake", "cat", 20.0, "met"),
        ("mixed", "cat", 2.0, "aim met"),
        ("bulk", "cat", 3.1, "not met"),
    ],
)
def test_nearness_to_the_floor(kind: str, floor: str, cpu: float, word: str) -> None:
    judged = judge([capture(kind, outcome(COMPILED, cpu), outcome(floor, 1.0))], [])
    assert words(judged, f"{COMPILED} ÷ {floor}, CPU") == [word]


@pytest.mark.parametrize(("peak", "word"), [(64, "met"), (64.1, "not met")])
def test_memory(peak: float, word: str) -> None:
    judged = judge([capture("half-open", outcome(PURE, 1.0, peak_mib=peak))], [])
    assert words(judged, "peak memory") == [word]


@pytest.mark.parametrize(
    ("right", "word"),
    [
        (Agreement(10, 0, 0), "met"),
        (Agreement(9, 1, 0), "not met"),
        (Agreement(10, 0, 1), "not met"),
        (None, "–"),
    ],
)
def test_certificates(right: Agreement | None, word: str) -> None:
    judged = judge([capture("mixed", outcome(PURE, 1.0, right=right))], [])
    assert words(judged, "certificates") == [word]


@pytest.mark.parametrize(("cpu", "word"), [(1.0014, "met"), (1.0016, "not met")])
def test_cost_of_a_distinct_certificate_is_the_difference_to_the_twin(cpu: float, word: str) -> None:
    captures = [
        capture("handshake", outcome(PURE, 1.0), distinct=100),
        capture("distinct", outcome(PURE, cpu), distinct=200),
    ]
    # 100 certificates more: 15 µs each would be 0.0015 s.
    assert words(judge(captures, []), "a further distinct certificate") == [word]


@pytest.mark.parametrize(
    ("what", "wall", "word"),
    [
        ("tlseku pure --help", 0.1, "met"),
        ("tlseku pure --help", 0.11, "not met"),
        ("tlseku pure, 200 packets", 0.15, "met"),
        ("tlseku pure, 200 packets", 0.16, "not met"),
    ],
)
def test_start(what: str, wall: float, word: str) -> None:
    assert words(judge([], [outcome(what, wall)]), what) == [word]


def test_peers_have_no_targets() -> None:
    judged = judge([capture("syn-flood", outcome("ssldump", 1.0, peak_mib=999))], [outcome("ssldump", 9.0)])
    assert judged == []


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    judged = judge([capture("handshake", outcome(PURE, None), outcome(TSHARK_ORDERED, None))], [])
    assert {one.word for one in judged} == {"–"}
    assert {one.measured for one in judged} == {"not measured"}
