"""What users hold behaves as Python's own things do: hashed, compared, sliced, shown in short, read once."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import tlseku
from tlseku._objects import LONGEST

PROJECT = Path(__file__).resolve().parents[1]
CAPTURES = sorted(str(path) for path in PROJECT.joinpath("captures").glob("*.pcap*"))
REFUSED = str(PROJECT / "captures" / "wrong-eku-refused.pcap")


def parts_of(noun: object) -> Iterator[object]:
    """The noun and every one inside it, those of containers of Python's own included."""
    if isinstance(noun, Mapping):
        for each in noun.values():
            yield from parts_of(each)
    elif type(noun) in (tuple, list):
        for each in noun:  # type: ignore[attr-defined]
            yield from parts_of(each)
    elif type(noun).__module__.startswith("tlseku"):
        yield noun
        if dataclasses.is_dataclass(noun):
            for one in dataclasses.fields(noun):
                yield from parts_of(getattr(noun, one.name))


def test_flows_are_hashed_and_compared() -> None:
    (flow,), (again,) = tlseku.read(REFUSED), tlseku.read(REFUSED)
    assert flow is not again
    assert (flow, hash(flow)) == (again, hash(again))
    assert {flow, again} == {flow}
    for here, there in ((flow.presented, again.presented), (flow.requests, again.requests)):
        assert set(here) == set(there)
    (other,) = tlseku.read(str(PROJECT / "captures" / "declined.pcap"))
    assert {flow: 1, other: 2}[again] == 1
    assert flow != other


def test_a_flow_that_was_pickled_is_the_same() -> None:
    (flow,) = tlseku.read(REFUSED)
    back = pickle.loads(pickle.dumps(flow))
    assert (back, hash(back), repr(back)) == (flow, hash(flow), repr(flow))


def test_a_slice_of_flows_is_flows() -> None:
    flows = tlseku.read(*CAPTURES)
    some = flows[1:4]
    assert isinstance(some, tlseku.Flows)
    assert list(some) == list(flows)[1:4]
    assert (some.summary, some.warnings) == (flows.summary, flows.warnings)
    assert len(some.to_pandas()) == 3
    assert flows[-1] == list(flows)[-1]


def test_everything_is_shown_in_short() -> None:
    nouns: list[object] = [tlseku.load_rule_books(), tlseku.ScanOptions(secrets=[b"x" * 500])]
    for path in CAPTURES:
        flows = tlseku.read(path)
        nouns += [flows, flows[:0], flows.summary]
        for flow in flows:
            nouns += [
                flow,
                tlseku.correlate(flow),
                *[tlseku.chain_notes(each.chain) for each in flow.presented],
            ]
    shown = {type(part).__name__: repr(part) for noun in nouns for part in parts_of(noun)}
    assert {name: text for name, text in shown.items() if len(text) > LONGEST or "\n" in text} == {}
    assert {"Flow", "Flows", "Presented", "Request", "Statement", "RuleBook", "Summary"} <= set(shown)


def test_what_was_cut_stands_in_what_is_shown(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(Path(REFUSED).read_bytes()[:-10])
    flows = tlseku.read(str(cut))
    (warning,) = flows.warnings
    assert warning[:40] in repr(flows)
    assert repr(tlseku.read(REFUSED)) == "<Flows: 1 of 12 packets>"


def test_key_logs_are_not_shown() -> None:
    assert "SECRET" not in repr(tlseku.ScanOptions(secrets=[b"SECRET"], local=["192.0.2.1"]))


def test_a_scan_is_read_once() -> None:
    running = tlseku.scan(REFUSED)
    assert repr(running) == "<Scan: 0 flows in 0 packets so far, 0 warnings>"
    assert next(running).number == 1
    # Going on is not beginning again.
    assert list(running) == []
    assert repr(running) == "<Scan: 1 flows in 12 packets so far, 0 warnings>"
    for again in (lambda: list(running), running.to_pandas, running.to_arrow):
        with pytest.raises(tlseku.AlreadyRead, match="flows come once"):
            again()
    many = tlseku.scan_many([REFUSED], processes=0)
    assert len(list(many)) == 1
    with pytest.raises(tlseku.AlreadyRead):
        list(many)


def test_a_line_is_that_of_the_command_line() -> None:
    for path in CAPTURES:
        for flow in tlseku.read(path):
            for full in (False, True):
                line = tlseku.flow_to_json(flow, full=full)
                assert line.isascii()
                assert line == _json(tlseku.flow_to_dict(flow, full=full))


def _json(value: dict[str, object]) -> str:
    import json

    return json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f")
