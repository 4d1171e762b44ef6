from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
import pandas
import pytest
from fsspec.spec import AbstractFileSystem

import tlseku
from tlseku.data_frames.columns import TABLES

distributed = pytest.importorskip("distributed", reason="needs Dask, of the test extra")
dask_config = pytest.importorskip("dask.config", reason="needs Dask, of the test extra")
distributed_frame = pytest.importorskip("dask.dataframe", reason="needs Dask, of the test extra")

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


@contextmanager
def one_worker(failures: int) -> Iterator[distributed.Client]:  # type: ignore[name-defined]  # no types
    """A cluster of one worker process, and so many that may be lost with a task."""
    with (
        dask_config.set(
            {
                "distributed.scheduler.allowed-failures": failures,
                # So long after each loss a local cluster looks once whether the worker is back, and else gives it up.
                "distributed.deploy.lost-worker-timeout": "10 minutes",
            }
        ),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as local,
        distributed.Client(local) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def paths(own_captures: Path) -> list[str]:
    return [str(own_captures / name) for name in NAMES]


@pytest.mark.parametrize("what", ["flows", "certificates", "requests"])
def test_a_table_is_a_data_frame(cluster: None, paths: list[str], what: str) -> None:
    frame = tlseku.dask_frame(paths, what, partition_bytes=1)  # type: ignore[arg-type]
    assert frame.npartitions == 3
    found = frame.compute()
    assert list(found.dtypes) == list(frame.dtypes)
    expected = tlseku.scan(*paths).to_pandas(what)  # type: ignore[arg-type]
    # Dask has texts where others have lists.
    for column in TABLES[what]:  # type: ignore[index]
        if column.kind == "texts":
            cells = [None if cell is None else "; ".join(cell) for cell in expected[column.name]]
            expected[column.name] = pandas.array(cells, dtype=found[column.name].dtype)
    columns = [name for name in expected.columns if name != "flow"]
    assert list(found.columns) == list(expected.columns)
    assert found[columns].reset_index(drop=True).astype(object).equals(expected[columns].astype(object))


def test_counting_on_the_cluster(cluster: None, paths: list[str]) -> None:
    counts = tlseku.dask_frame(paths).client_verdict.value_counts().compute()
    assert dict(counts) == {"declined": 1, "unrestricted": 1, "wrong": 1}


def test_flows_are_a_bag(cluster: None, paths: list[str]) -> None:
    bag = tlseku.dask_bag(paths, local=["192.0.2.0/24"], partition_bytes=1)
    assert bag.npartitions == 3
    assert tlseku.dask_bag(paths, partition_bytes=100_000).npartitions == 1
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


def test_what_moves_between_partitions_keeps_its_columns(
    cluster: None, paths: list[str], tmp_path: Path
) -> None:
    frame = tlseku.dask_frame(paths * 2, "certificates", partition_bytes=1)
    rows = len(tlseku.read(*paths).to_pandas("certificates"))
    assert len(frame.compute()) == 2 * rows
    distinct = frame.drop(columns=["flow"]).drop_duplicates().compute()
    assert len(distinct) == rows
    shuffled = frame.shuffle("sha256", npartitions=3)
    assert shuffled.npartitions == 3
    assert sorted(shuffled.compute()["eku_names"].dropna()) == sorted(frame.compute()["eku_names"].dropna())
    flows = tlseku.dask_frame(paths, partition_bytes=1)
    merged = flows.merge(frame[["file", "san", "role"]], on="file", shuffle_method="p2p").compute()
    assert len(merged) == 2 * rows
    assert set(merged["san"].dropna()) == set(frame.compute()["san"].dropna())
    assert dict(frame.groupby("eku_names").sha256.nunique().compute())["serverAuth"] >= 1
    frame.to_parquet(str(tmp_path / "out"))
    back = distributed_frame.read_parquet(str(tmp_path / "out")).compute()
    assert sorted(back["san"].dropna()) == sorted(frame.compute()["san"].dropna())
    assert list(back.columns) == list(frame.columns)


def test_what_became_of_each_capture_is_a_table(cluster: None, paths: list[str], own_captures: Path) -> None:
    bad = str(own_captures / "README.md")
    captures = tlseku.dask_frame([*paths, bad, "no-such.pcap"], "captures").compute()
    assert list(captures["name"]) == [*paths, bad, "no-such.pcap"]
    assert list(captures["flows"]) == [1, 1, 1, 0, 0]
    assert list(captures["error"].isna()) == [True, True, True, False, False]
    assert (captures["seconds"] > 0).all()
    # On the worker: what it does there can be seen only there.
    found = tlseku.dask_frame([*paths, bad], on_error=_go_on).compute()
    assert len(found) == 3
    assert len(tlseku.dask_bag([bad, *paths], on_error=_go_on).compute()) == 3


def test_it_is_read_and_judged_as_asked(cluster: None, own_captures: Path) -> None:
    (flow,) = tlseku.dask_bag(
        str(own_captures / "tls13.pcap"),
        secrets=[str(own_captures / "tls13.keys")],
        rule_books=tlseku.load_rule_books(["openssl"]),
        context=tlseku.Context(peer_software="nginx"),
        known_issuers=tlseku.KnownIssuers(),
    ).compute()
    assert [list(each.rule_books) for each in flow.presented] == [["openssl"], ["openssl"]]
    assert [each.completed_with for each in flow.presented] == [(), ()]
    assert flow.peer_evidence.told == "nginx"


def test_a_dataset_on_the_cluster(
    cluster: None, paths: list[str], own_captures: Path, tmp_path: Path
) -> None:
    dataset = str(tmp_path / "dataset")
    client = distributed.get_client()
    errors: list[tlseku.CaptureError] = []
    for unchanged in (0, 3):
        done = tlseku.ingest(
            [*paths, str(own_captures / "README.md")], dataset, client=client, on_error=errors.append
        )
        assert (len(done.captures), done.unchanged, done.failed) == (4 - unchanged, unchanged, 1)
    assert len(errors) == 2
    assert {flow.file for flow in tlseku.read(tlseku.Dataset(dataset))} == set(paths)


def _go_on(error: tlseku.CaptureError) -> None:
    """Nothing is to be done."""


def test_no_secret_is_in_the_name_of_a_task() -> None:
    secret = {"key": "AKIA1234", "secret": "sesame99"}
    url = "https://joe:hunter22@host.invalid/a.pcap?X-Amz-Signature=S1gnature"
    for made in (tlseku.dask_bag(url, storage=secret), tlseku.dask_frame(url, storage=secret)):
        told = f"{made!r} {list(made.__dask_graph__())} {made.dask!r}"
        assert not any(each in told for each in ("hunter22", "S1gnature", "sesame99", "AKIA1234"))


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


def test_a_capture_that_takes_its_workers_with_it(paths: list[str], own_captures: Path) -> None:
    bad = str(own_captures / "README.md")
    with one_worker(failures=1):
        bag = tlseku.dask_bag([paths[0], bad, paths[1]], on_error=_die)
        assert bag.npartitions == 1
        # The first worker is lost amid the second capture, the next passes over it.
        assert [Path(flow.file).name for flow in bag.compute()] == list(NAMES[:2])


class _Deadly(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A storage of whose file everybody dies who opens it."""

    protocol = "deadly"

    def info(self, path: str, **_: object) -> dict[str, object]:
        """As long as a capture may be."""
        return {"name": path, "size": 1000, "type": "file"}

    def open(self, path: str, *_: object, **__: object) -> None:
        """Not for long."""
        os.kill(os.getpid(), signal.SIGKILL)


class _WithDeadlyStorage(distributed.WorkerPlugin):  # type: ignore[misc,name-defined]  # no types
    """A worker that knows that storage, as those do that come in the place of one that is lost."""

    def setup(self, worker: object) -> None:
        """Called by each worker when it begins."""
        fsspec.register_implementation("deadly", _Deadly, clobber=True)


@pytest.mark.parametrize(
    ("failures", "deadly", "partition_bytes"),
    [
        (1, ["deadly://a.pcap"], 1_000_000),
        (3, ["deadly://a.pcap", "deadly://b.pcap"], 1),
    ],
)
def test_what_became_of_it_stands_in_the_table(
    paths: list[str], failures: int, deadly: list[str], partition_bytes: int
) -> None:
    fsspec.register_implementation("deadly", _Deadly, clobber=True)
    with one_worker(failures) as client:
        client.register_plugin(_WithDeadlyStorage())
        given = [paths[0], *deadly, paths[1]]
        captures = tlseku.dask_frame(given, "captures", partition_bytes=partition_bytes).compute()
    assert list(captures["name"]) == given
    assert list(captures["flows"]) == [1, *[0] * len(deadly), 1]
    assert list(captures["error"].dropna()) == [
        f"{url}: the workers that read it were killed; perhaps memory ran out" for url in deadly
    ]


def test_what_lies_beside_it_goes_into_a_dataset(paths: list[str], tmp_path: Path) -> None:
    deadly = ["deadly://a.pcap", "deadly://b.pcap"]
    fsspec.register_implementation("deadly", _Deadly, clobber=True)
    dataset = str(tmp_path / "dataset")
    errors: list[tlseku.CaptureError] = []
    with one_worker(failures=0) as client:
        client.register_plugin(_WithDeadlyStorage())
        # All wait at one worker, and each that is lost counts against all.
        given = [paths[0], *deadly, *paths[1:]]
        done = tlseku.ingest(given, dataset, client=client, on_error=errors.append)
        assert (len(done.captures), done.failed) == (len(given), len(deadly))
        assert [(error.file, "worker" in error.problem) for error in errors] == [
            (url, True) for url in deadly
        ]
        done = tlseku.ingest(paths, dataset, client=client)
        assert (len(done.captures), done.unchanged, done.failed) == (0, 3, 0)
    assert sorted(flow.file for flow in tlseku.read(tlseku.Dataset(dataset))) == sorted(paths)


def _die(error: tlseku.CaptureError) -> None:
    if error.problem != "the workers that read it were killed; perhaps memory ran out":
        os.kill(os.getpid(), signal.SIGKILL)
