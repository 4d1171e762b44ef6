"""What users hold behaves as Python's own things do: hashed, compared, sliced, shown in short, read once."""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path

import pandas
import pytest

import tlseku
from tlseku._objects import LONGEST
from tlseku.capture import packets

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
        if isinstance(noun, tuple):
            for each in noun:
                yield from parts_of(each)
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


@pytest.mark.parametrize("count", [1, 5], ids=["concluded by itself", "one of its kind"])
def test_a_flow_that_is_made_later_is_made_once_and_the_same(count: int) -> None:
    flow = tlseku.read(*[REFUSED] * count)[-1]
    assert (flow.view is None) == (count == 1)
    for ask in (repr, hash, lambda each: each == flow, lambda each: each.presented, lambda each: each.kind):
        made: list[tlseku.Flow] = []

        def make(packed: bytes, made: list[tlseku.Flow] = made) -> tlseku.Flow:
            assert packed == b"packed"
            made.append(flow)
            return flow

        later = tlseku.Flow.later(make, b"packed", flow.number)
        assert (later.number, made) == (flow.number, [])
        assert ask(later) == ask(flow)
        assert (later, hash(later), repr(later)) == (flow, hash(flow), repr(flow))
        assert (later.verdicts, later.sighting(0)) == (flow.verdicts, flow.sighting(0))
        assert pickle.loads(pickle.dumps(later)) == flow
        with pytest.raises(AttributeError, match="'Flow' object has no attribute 'colour'"):
            later.colour  # type: ignore[attr-defined]  # noqa: B018
        assert len(made) == 1


def test_a_slice_of_flows_is_flows() -> None:
    flows = tlseku.read(*CAPTURES)
    some = flows[1:4]
    assert isinstance(some, tlseku.Flows)
    assert list(some) == list(flows)[1:4]
    assert (some.summary, some.warnings) == (flows.summary, flows.warnings)
    assert len(some.to_pandas()) == 3
    assert flows[-1] == list(flows)[-1]


def test_everything_is_shown_in_short() -> None:
    every = tlseku.read(*CAPTURES)
    bundles = [
        str(PROJECT / "captures" / "bundles" / f"test-case-1-{node}.tar.gz") for node in ("core", "edge")
    ]
    analyzer = tlseku.Analyzer()
    sunset = tlseku.sunset(every)
    nouns: list[object] = [
        tlseku.load_rule_books(),
        tlseku.load_timeline(),
        tlseku.load_known_issuers([]),
        tlseku.ScanOptions(secrets=[b"x" * 500]),
        tlseku.Pseudonyms(b"k" * 32),
        tlseku.filter.FIELDS,
        analyzer,
        *(event for packet in packets(REFUSED) for event in analyzer.feed(packet.ts_ns, 1, packet.data)),
        *analyzer.close(),
        *(sunset, sunset.by("certificate"), sunset.by("issuer")),
        tlseku.inventory(every),
        list(tlseku.inventory(every).seen),
        tlseku.compare(every, every[1:]),
        *(
            tlseku.diagnose(every, profile)
            for profile in ("generic-mtls-server", "webex", "cisco-expressway")
        ),
        tlseku.explain(every[0]),
        tlseku.expressway.examine(*bundles),
        tlseku.expressway.match("46df76aa0000000002d", *bundles),
        tlseku.CapturesRead(),
        every.table(),
    ]
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
    assert {"Analyzer", "FlowEnded", "Sunset", "Host", "Timeline", "Field", "NodeRecord", "Sighting"} <= set(
        shown
    )
    assert shown["Analyzer"] == "<Analyzer: 1 flows in 12 packets so far>"
    assert shown["Stream"] == "<Stream of flows>"


@pytest.fixture
def cut(tmp_path: Path) -> str:
    """A capture that ends within a record."""
    path = tmp_path / "cut.pcap"
    path.write_bytes(Path(REFUSED).read_bytes()[:-10])
    return str(path)


def test_what_was_cut_stands_in_what_is_shown(cut: str) -> None:
    flows = tlseku.read(cut)
    (warning,) = flows.warnings
    running, many = tlseku.scan(cut), tlseku.scan_many(cut, processes=0)
    assert list(running) == list(many) == list(flows)
    for shown in (flows, flows[:1], running, many, many.captures):
        assert warning[:40] in repr(shown)
        assert len(repr(shown)) <= LONGEST
    assert f"warning: {warning}" in unescape(flows._repr_html_() or "")
    assert repr(tlseku.read(REFUSED)) == "<Flows: 1 of 12 packets>"
    assert "warning" not in (tlseku.read(REFUSED)._repr_html_() or "")
    nine = tlseku.Flows(flows, flows.summary, [warning] * 9)
    assert "4 more warnings" in (nine._repr_html_() or "")
    assert f"; 9 warnings, the first: {warning[:40]}" in repr(nine)
    three = repr(tlseku.CapturesRead([*many.captures] * 3))
    assert three.startswith(
        f"<CapturesRead: 3, of which 0 could not be read; 3 warnings, the first: {warning[:40]}"
    )
    good = tlseku.scan_many([REFUSED, REFUSED], processes=0)
    assert len(list(good)) == 2
    assert repr(good) == "<ManyScan: 2 flows of 2 captures so far>"
    assert repr(good.captures) == "<CapturesRead: 2, of which 0 could not be read>"


def test_what_was_cut_stands_in_tables(cut: str, tmp_path: Path) -> None:
    flows = tlseku.read(cut)
    for source in (flows, tlseku.scan(cut)):
        assert source.to_pandas().attrs == {"warnings": list(flows.warnings)}
    frames = tlseku.scan(cut).to_frames()
    for table in (flows.to_arrow("certificates"), *frames):
        assert json.loads(table.schema.metadata[b"warnings"]) == list(flows.warnings)
    path = tmp_path / "table.parquet"
    flows.to_pandas().to_parquet(path)
    assert pandas.read_parquet(path).attrs == {"warnings": list(flows.warnings)}
    whole = tlseku.read(REFUSED)
    assert (whole.to_pandas().attrs, whole.to_arrow().schema.metadata) == ({}, None)


def test_what_was_cut_stands_in_answers(cut: str) -> None:
    flows, told = tlseku.read(cut), "a damaged or cut capture"
    sunset = tlseku.sunset(flows)
    answers = (
        sunset,
        sunset.by("issuer"),
        tlseku.inventory(flows),
        tlseku.compare(flows, ()),
        tlseku.diagnose(flows),
    )
    for answer in answers:
        assert repr(answer).count(told) == 1
        assert " ".join(answer._repr_html_().split()).count(told) == 1
        assert answer.to_pandas().attrs == {"warnings": [f"not read: {told}"]}
    whole = tlseku.read(REFUSED)
    assert [tlseku.sunset(whole).to_pandas().attrs, tlseku.diagnose(whole).to_pandas().attrs] == [{}, {}]


def test_key_logs_are_not_shown() -> None:
    assert "SECRET" not in repr(tlseku.ScanOptions(secrets=[b"SECRET"], local=["192.0.2.1"]))


def test_a_scan_is_read_once() -> None:
    running = tlseku.scan(REFUSED)
    assert repr(running) == "<Scan: 0 flows in 0 packets so far>"
    assert next(running).number == 1
    # Going on is not beginning again.
    assert list(running) == []
    assert repr(running) == "<Scan: 1 flows in 12 packets so far>"
    questions = (
        lambda: tlseku.sunset(running),
        lambda: tlseku.inventory(running),
        lambda: tlseku.diagnose(running),
    )
    for again in (lambda: list(running), running.to_pandas, running.to_arrow, *questions):
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
    return json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f")
