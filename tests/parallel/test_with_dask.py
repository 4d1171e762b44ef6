from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import tlseku

distributed = pytest.importorskip("distributed", reason="needs Dask, of the test extra")
pytest.importorskip("dask.dataframe", reason="needs Dask, of the test extra")

# What Dask warns of is not ours.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.xdist_group("dask")]
NAMES = ("declined.pcap", "no-eku.pcap", "wrong-eku-refused.pcap")


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Two worker processes on this machine."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as local,
        distributed.Client(local),
    ):
        yield


@pytest.fixture(scope="module")
def paths(own_captures: Path) -> list[str]:
    return [str(own_captures / name) for name in NAMES]


@pytest.mark.parametrize("what", ["flows", "certificates", "requests"])
def test_a_table_is_a_data_frame(cluster: None, paths: list[str], what: str) -> None:
    frame = tlseku.dask_frame(paths, what)  # type: ignore[arg-type]
    assert frame.npartitions == 3
    found = frame.compute()
    assert list(found.dtypes) == list(frame.dtypes)
    expected = tlseku.read(*paths).to_pandas(what)  # type: ignore[arg-type]
    columns = [name for name in expected.columns if name != "flow"]
    assert found[columns].reset_index(drop=True).equals(expected[columns])


def test_counting_on_the_cluster(cluster: None, paths: list[str]) -> None:
    counts = tlseku.dask_frame(paths).client_verdict.value_counts().compute()
    assert dict(counts) == {"declined": 1, "unrestricted": 1, "wrong": 1}


def test_flows_are_a_bag(cluster: None, paths: list[str]) -> None:
    bag = tlseku.dask_bag(paths, local=["192.0.2.0/24"])
    assert bag.npartitions == 3
    assert bag.map(lambda flow: (flow.direction, flow.outcome)).compute() == [
        ("outbound", "completed"),
        ("outbound", "completed"),
        ("outbound", "refused"),
    ]


def test_an_object_store(cluster: None, bucket: dict[str, object]) -> None:
    frame = tlseku.dask_frame("s3://captures/2026/*.pcap", storage=bucket)
    assert frame.file.compute().tolist() == [
        "s3://captures/2026/declined.pcap",
        "s3://captures/2026/no-eku.pcap",
    ]


def test_a_capture_that_cannot_be_read(cluster: None, paths: list[str]) -> None:
    with pytest.raises(tlseku.CaptureError, match="no-such\\.pcap: cannot open it"):
        tlseku.dask_bag([*paths, "no-such.pcap"]).compute()
    with pytest.raises(tlseku.CaptureError, match="no-such\\.pcap: cannot open it"):
        tlseku.dask_frame([*paths, "no-such.pcap"]).compute()


def test_nothing_is_read_before_it_is_computed(paths: list[str]) -> None:
    assert tlseku.dask_frame(["no-such.pcap"]).npartitions == 1
    assert tlseku.dask_bag(["no-such.pcap"]).npartitions == 1


def test_options_are_one_object(paths: list[str]) -> None:
    options = tlseku.ScanOptions(local=["192.0.2.0/24"], rule_books=())
    bag = tlseku.dask_bag(paths, options=options)
    flows = bag.compute(scheduler="synchronous")
    assert {flow.direction for flow in flows} == {"outbound"}
    assert [each.rule_books for flow in flows for each in flow.presented] == [{}] * 6
    merged = tlseku.ScanOptions(merge=True)
    for made in (tlseku.dask_bag, tlseku.dask_frame):
        with pytest.raises(ValueError, match="neither merge nor max_packets"):
            made(paths, options=merged)


def test_wrong_words_are_told_at_once() -> None:
    with pytest.raises(ValueError, match="no table 'alerts'"):
        tlseku.dask_frame(["a.pcap"], "alerts")  # type: ignore[arg-type]
    with pytest.raises(tlseku.TlsekuError):
        tlseku.dask_bag(["a.pcap"], local=["host"])
