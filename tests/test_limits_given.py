"""Limits that a program gives: what is given up with little room, and what is not with enough."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import dpkt
import pytest

import tlseku

REFUSED = Path(__file__).resolve().parents[1] / "captures" / "wrong-eku-refused.pcap"
AT_ONCE = 60


def at_once() -> list[tuple[int, bytes]]:
    """Handshakes of as many clients, packet by packet in turn."""
    with REFUSED.open("rb") as file:
        packets = [(int(ts * 1_000_000) * 1000, frame) for ts, frame in dpkt.pcap.Reader(file)]
    client = bytes([192, 0, 2, 10])
    return [
        (ts + number, frame.replace(client, bytes([10, 0, 0, number])))
        for ts, frame in packets
        for number in range(AT_ONCE)
    ]


def outcomes(analyzer: tlseku.Analyzer) -> Counter[str]:
    found: Counter[str] = Counter()
    events = [event for ts, frame in at_once() for event in analyzer.feed(ts, 1, frame)]
    for event in [*events, *analyzer.close()]:
        found[event.flow.outcome] += 1
    return found


@pytest.mark.parametrize("max_bytes", [None, 1 << 20, 1 << 30])
def test_with_room_every_flow_is_right(max_bytes: int | None) -> None:
    analyzer = tlseku.Analyzer(only_ends=True, max_bytes=max_bytes)
    assert outcomes(analyzer) == {"refused": AT_ONCE}
    assert dict(analyzer.summary.limits) == {}


def test_without_room_it_is_told() -> None:
    analyzer = tlseku.Analyzer(only_ends=True, max_bytes=150_000)
    outcomes(analyzer)
    assert analyzer.summary.limits["MAX_TABLE_BYTES"] > 0


@pytest.mark.parametrize("max_bytes", [60_000, 150_000, 400_000])
def test_what_was_given_up_is_one_flow_and_says_so(max_bytes: int) -> None:
    analyzer = tlseku.Analyzer(only_ends=True, max_bytes=max_bytes)
    events = [event for ts, frame in at_once() for event in analyzer.feed(ts, 1, frame)]
    flows = [event.flow for event in [*events, *analyzer.close()] if isinstance(event, tlseku.FlowEnded)]
    ends = [(flow.client, flow.server) for flow in flows]
    assert len(ends) == len(set(ends)) <= AT_ONCE
    assert {flow.outcome for flow in flows} <= {"refused", "unknown"}
    for flow in flows:
        reasons = {hidden.reason for hidden in flow.hidden}
        assert (
            flow.outcome == "refused"
            or "table_full" in reasons
            or "table of connections" in flow.outcome_basis
        )
    assert analyzer.summary.limits["MAX_TABLE_BYTES"] >= AT_ONCE - sum(
        flow.outcome == "refused" for flow in flows
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A capture of them."""
    path = tmp_path / "at-once.pcap"
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for ts, frame in at_once():
            writer.writepkt(frame, ts / 1e9)
    return path


def test_a_capture_with_a_limit(path: Path) -> None:
    assert {flow.outcome for flow in tlseku.read(path)} == {"refused"}
    little = tlseku.read(path, options=tlseku.ScanOptions(max_bytes=60_000))
    assert little.summary.limits["MAX_TABLE_BYTES"] > 0
    assert {hidden.reason for flow in little for hidden in flow.hidden} >= {"table_full"}
    assert tlseku.read(path, max_bytes=1 << 26).summary.limits == {}


def hidden_in(flows: Iterable[tlseku.Flow]) -> set[str]:
    return {hidden.reason for flow in flows for hidden in flow.hidden}


@pytest.mark.parametrize(("max_bytes", "reasons"), [(None, set()), (60_000, {"table_full"})])
def test_many_captures_with_a_limit(path: Path, max_bytes: int | None, reasons: set[str]) -> None:
    for processes in (0, 1):
        found = tlseku.read_many(str(path), processes=processes, max_bytes=max_bytes)
        assert hidden_in(found) & {"table_full"} == reasons


@pytest.mark.filterwarnings("ignore")  # what Dask warns of is not ours
@pytest.mark.parametrize(("max_bytes", "reasons"), [(None, set()), (60_000, {"table_full"})])
def test_dask_with_a_limit(path: Path, max_bytes: int | None, reasons: set[str]) -> None:
    pytest.importorskip("dask.dataframe", reason="needs Dask, of the test extra")
    bag = tlseku.dask_bag(str(path), max_bytes=max_bytes)
    assert hidden_in(bag.compute(scheduler="synchronous")) & {"table_full"} == reasons
    frame = tlseku.dask_frame(str(path), max_bytes=max_bytes).compute(scheduler="synchronous")
    assert frame["hidden_text"].fillna("").str.contains("table_full").any() == bool(reasons)


def test_a_dataset_with_a_limit(path: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="needs pyarrow, of the test extra")
    dataset = str(tmp_path / "dataset")
    # What the limit costs is in the rows, so that another limit is another version of a capture.
    for max_bytes, unchanged in ((60_000, 0), (60_000, 1), (None, 0), (None, 1), (50_000, 0)):
        done = tlseku.ingest(str(path), dataset, processes=0, max_bytes=max_bytes)
        assert (len(done.captures), done.unchanged) == (1 - unchanged, unchanged)
        read = hidden_in(tlseku.read(tlseku.Dataset(dataset)))
        assert ("table_full" in read) == (max_bytes is not None)


def test_streams_of_others_with_a_limit() -> None:
    analyzer = tlseku.Analyzer(only_ends=True, max_connections=2)
    for port in range(5):
        analyzer.feed_stream(0, ("192.0.2.1", 1000 + port), ("192.0.2.2", 443), b"\x16")
    assert analyzer.summary.limits == {"MAX_CONNECTIONS": 3}


@pytest.mark.parametrize("name", ["max_bytes", "max_connections"])
def test_no_limit_is_no_number(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} is at least 1, not 0$"):
        tlseku.Analyzer(**{name: 0})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^max_bytes is at least 1, not -1$"):
        tlseku.ScanOptions(max_bytes=-1)


def test_an_analyzer_for_each_thread() -> None:
    found: dict[int, Counter[str]] = {}

    def run(number: int) -> None:
        found[number] = outcomes(tlseku.Analyzer(only_ends=True))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert list(found.values()) == [Counter({"refused": AT_ONCE})] * 4
