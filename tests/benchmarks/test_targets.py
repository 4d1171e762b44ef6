"""The targets say met, aim met, not met, or nothing where nothing was measured."""

from __future__ import annotations

import pytest

from tests.benchmarks import conftest  # noqa: F401  (makes the scripts importable)

from answers import Agreement  # isort: skip
from contenders import TSHARK_ORDERED  # isort: skip
from outcome import NOT_THERE, Capture, Outcome, Run  # isort: skip
from targets import BEFORE, COMPILED, PURE, judge  # isort: skip


def outcome(tool: str, cpu: float | None, *, peak_mib: float = 30, right: Agreement | None = None) -> Outcome:
    runs = [] if cpu is None else [Run(cpu, cpu, int(peak_mib * 1024), 0, False)]
    return Outcome(tool, tool if tool.startswith("tlseku") else "peer", runs=runs, agreement=right)


def output(name: str, cpu: float | None, peak_mib: float = 30) -> Outcome:
    one = outcome(f"{COMPILED}: {name}", cpu, peak_mib=peak_mib)
    one.kind = "output"
    return one


def capture(kind: str, *outcomes: Outcome, distinct: int = 5) -> Capture:
    return Capture(f"{kind}-1", kind, 1, 1000, 10**6, 10, distinct, {one.tool: one for one in outcomes})


def words(judged: list, what: str) -> list[str]:
    return [one.word for one in judged if one.what.endswith(what)]


@pytest.mark.parametrize(
    ("kind", "tshark", "word"),
    [
        ("handshake", 34.9, "not met"),
        ("handshake", 35.0, "met"),
        ("handshake", 60.0, "aim met"),
        ("mixed", 64.9, "not met"),
        ("bulk", 100.0, "aim met"),
        ("diverse", 8.0, "met"),
        ("diverse", 15.0, "aim met"),
    ],
)
def test_speed_against_tshark(kind: str, tshark: float, word: str) -> None:
    judged = judge([capture(kind, outcome(COMPILED, 1.0), outcome(TSHARK_ORDERED, tshark))], [])
    assert words(judged, f"{TSHARK_ORDERED} ÷ {COMPILED}, CPU") == [word]


@pytest.mark.parametrize(
    ("kind", "tool", "cpu", "word"),
    [
        ("handshake", COMPILED, 0.55, "met"),
        ("handshake", COMPILED, 0.56, "not met"),
        ("mixed", COMPILED, 0.50, "met"),
        ("bulk", COMPILED, 0.91, "not met"),
        ("diverse", COMPILED, 0.45, "met"),
        ("handshake", PURE, 0.61, "not met"),
        ("bulk", PURE, 0.9, "met"),
    ],
)
def test_progress(kind: str, tool: str, cpu: float, word: str) -> None:
    judged = judge([capture(kind, outcome(tool, cpu), outcome(BEFORE[tool], 1.0))], [])
    assert words(judged, f"-1: {tool} ÷ {BEFORE[tool]}, CPU") == [word]


@pytest.mark.parametrize(
    ("kind", "name", "cpu", "word"),
    [
        ("handshake", "table", 1.2, "met"),
        ("handshake", "csv", 1.21, "not met"),
        ("mixed", "ecs", 1.0, "met"),
        ("bulk", "-Y", 1.01, "not met"),
        ("diverse", "--fail-on", 0.8, "met"),
        ("diverse", "scan()", 0.61, "not met"),
        ("mixed", "scan()", 0.7, "met"),
    ],
)
def test_every_output_is_held_to_the_fastest_of_before(kind: str, name: str, cpu: float, word: str) -> None:
    judged = judge([capture(kind, output(name, cpu), outcome(BEFORE[COMPILED], 1.0))], [])
    assert words(judged, f": {name} ÷ {BEFORE[COMPILED]}, CPU") == [word]


@pytest.mark.parametrize(("kind", "two", "word"), [("mixed", 0.65, "met"), ("bulk", 0.71, "not met")])
def test_two_processes(kind: str, two: float, word: str) -> None:
    judged = judge([capture(kind, output("-j 1", 1.0), output("-j 2", two))], [])
    assert words(judged, "-j 2 ÷ -j 1, one file, wall") == [word]


@pytest.mark.parametrize(("peak", "word"), [(64, "met"), (64.1, "not met")])
def test_memory(peak: float, word: str) -> None:
    judged = judge([capture("half-open", outcome(PURE, 1.0, peak_mib=peak))], [])
    assert words(judged, "peak memory") == [word]


@pytest.mark.parametrize(
    ("name", "peak", "found"),
    [
        ("csv", 65, ["not met"]),
        ("report", 150, ["met"]),
        ("report", 151, ["not met"]),
        ("read()", 500, []),
        ("scan()", 64, ["met"]),
    ],
)
def test_memory_of_outputs(name: str, peak: float, found: list[str]) -> None:
    judged = judge([capture("handshake", output(name, 1.0, peak))], [])
    assert words(judged, f"{name}, peak memory") == found


def test_what_a_build_does_not_offer_has_no_bound() -> None:
    absent = output("ndjson --full", None)
    absent.problem = NOT_THERE
    assert words(judge([capture("handshake", absent)], []), "peak memory") == []


@pytest.mark.parametrize(("cpu", "word"), [(5.0, "met"), (5.1, "not met")])
def test_the_report_of_twenty_thousand_flows(cpu: float, word: str) -> None:
    assert words(judge([capture("handshake", output("report", cpu))], []), ": report, CPU") == [word]


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
        ("tlseku pure --help", 0.06, "met"),
        ("tlseku pure --help", 0.07, "not met"),
        ("tlseku pure, 200 packets", 0.1, "met"),
        ("tlseku pure, 200 packets", 0.11, "not met"),
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
