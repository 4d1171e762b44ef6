from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

import pytest

import tlseku
from tlseku import ScanOptions
from tlseku.parallel.one_capture import read_one

pytestmark = pytest.mark.filterwarnings("ignore")  # what the libraries of storages warn of is not ours
NAMES = ("declined.pcap", "no-eku.pcap", "scenario1.pcap.gz", "test-case-2.pcap", "tls13.pcap")


def facts(flows: Sequence[tlseku.Flow]) -> list[tuple[object, ...]]:
    return [
        (flow.number, flow.file, flow.start, flow.presented, flow.requests, flow.direction) for flow in flows
    ]


@pytest.fixture(scope="module")
def paths(own_captures: Path) -> list[str]:
    return [str(own_captures / name) for name in NAMES]


@pytest.mark.parametrize("processes", [0, 1, 3])
def test_the_same_as_one_after_the_other(paths: list[str], processes: int) -> None:
    local = ["10.0.0.0/8"]
    found = tlseku.read_many(paths, processes=processes, local=local)
    expected = tlseku.read(*paths, local=local)
    assert facts(found) == facts(expected)
    assert found.summary == expected.summary
    assert found.warnings == expected.warnings


def test_a_scan_streams_in_the_order_of_the_urls(paths: list[str]) -> None:
    running = tlseku.scan_many(paths * 3, processes=0)
    first = next(running)
    assert (first.number, running.summary.files) == (1, 1)
    assert [flow.file for flow in running] == (paths * 3)[1:]
    assert running.summary.flows == 15


def test_it_becomes_tables(paths: list[str]) -> None:
    pytest.importorskip("pyarrow", reason="needs pyarrow, of the test extra")
    table = tlseku.scan_many(paths, processes=0).to_arrow("certificates")
    assert table == tlseku.read_many(paths, processes=0).to_arrow("certificates")
    assert table.num_rows > 10


def test_urls_of_every_kind(paths: list[str], web: str, bucket: dict[str, object]) -> None:
    urls = [paths[0], "s3://captures/2026/*"]
    found = tlseku.read_many(urls, processes=2, storage=bucket)
    assert [(flow.number, flow.file) for flow in found] == [
        (1, paths[0]),
        (2, "s3://captures/2026/declined.pcap"),
        (3, "s3://captures/2026/no-eku.pcap"),
        (4, "s3://captures/2026/scenario1.pcap.gz"),
    ]
    (flow,) = tlseku.read_many(f"{web}/tls13.pcap", processes=1)
    assert flow.file == f"{web}/tls13.pcap"


@pytest.mark.parametrize("processes", [0, 2])
def test_one_that_cannot_be_read(paths: list[str], own_captures: Path, processes: int) -> None:
    urls = [paths[0], str(own_captures / "README.md"), "no-such.pcap", paths[1]]
    errors: list[tlseku.CaptureError] = []
    found = tlseku.read_many(urls, processes=processes, on_error=errors.append)
    assert [(flow.number, Path(flow.file).name) for flow in found] == [(1, NAMES[0]), (2, NAMES[1])]
    assert [Path(error.file).name for error in errors] == ["README.md", "no-such.pcap"]
    with pytest.raises(tlseku.CaptureError, match="looks like text, not a capture"):
        tlseku.read_many(urls, processes=processes)


def test_damage_is_a_warning(tmp_path: Path, paths: list[str]) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(Path(paths[0]).read_bytes()[:-5])
    found = tlseku.read_many([str(cut)], processes=0)
    assert len(found.warnings) == 1
    assert "the capture ends within a record" in found.warnings[0]


def test_secrets_and_rule_books_go_along(own_captures: Path) -> None:
    found = tlseku.read_many(
        [str(own_captures / "tls13.pcap")],
        processes=1,
        secrets=[str(own_captures / "tls13.keys")],
        rule_books=tlseku.load_rule_books(["openssl"]),
    )
    assert [each.verdict for each in found[0].presented] == ["ok", "ok"]
    assert [list(each.rule_books) for each in found[0].presented] == [["openssl"], ["openssl"]]


def test_a_wrong_vantage_is_told_at_once() -> None:
    with pytest.raises(tlseku.TlsekuError):
        tlseku.scan_many(["no-such.pcap"], local=["host"])


@pytest.mark.parametrize("options", [ScanOptions(merge=True), ScanOptions(max_packets=1)])
def test_what_needs_all_captures_together_is_refused_at_once(options: ScanOptions) -> None:
    for reads in (tlseku.scan_many, tlseku.read_many):
        with pytest.raises(ValueError, match="neither merge nor max_packets"):
            reads(["no-such.pcap"], options=options)


def test_options_go_along_as_one_object(own_captures: Path) -> None:
    keys, books = own_captures / "tls13.keys", tlseku.load_rule_books(["openssl"])
    options = ScanOptions(local=["192.0.2.0/24"], secrets=keys, rule_books=books)
    found = tlseku.read_many(str(own_captures / "tls13.pcap"), options=options, processes=1)
    assert facts(found) == facts(tlseku.read(own_captures / "tls13.pcap", options=options))
    assert [(each.direction, list(each.rule_books)) for each in found[0].presented] == [
        ("inbound", ["openssl"]),
        ("outbound", ["openssl"]),
    ]
    with pytest.raises(TypeError, match=r"^options= holds all of them"):
        tlseku.scan_many([], options=options, local=["192.0.2.1"])


def test_nothing_is_nothing() -> None:
    assert len(tlseku.read_many([])) == 0


def test_what_goes_between_processes_survives(paths: list[str]) -> None:
    outcome = read_one(paths[0], ScanOptions())
    assert pickle.loads(pickle.dumps(outcome)) == outcome
    error = tlseku.CaptureError("a.pcap", 7, "problem")
    again = pickle.loads(pickle.dumps(error))
    assert (again.file, again.offset, again.problem, str(again)) == ("a.pcap", 7, "problem", str(error))
