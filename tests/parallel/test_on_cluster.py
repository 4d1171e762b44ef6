"""``tlseku.parallel.on_cluster``: tasks in their order, and those that are lost with workers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from types import SimpleNamespace

import pytest

from tlseku.parallel.on_cluster import AHEAD, GIVEN_AGAIN, on_cluster
from tlseku.parallel.one_capture import CaptureRead, CaptureReader, Ending
from tlseku.parallel.urls import Place
from tlseku.scanning import ScanOptions

scheduler = pytest.importorskip("distributed.scheduler", reason="needs Dask, of the test extra")


class About:
    """A task about a capture."""

    def __init__(self, name: str) -> None:
        self.place = Place(name)


class Cluster:
    """Does a task when its result is asked for. ``lost`` says with how many workers each capture is lost, ``amid``
    which of them were lost amid it."""

    def __init__(self, lost: Mapping[str, int] | None = None, amid: Sequence[str] = ()) -> None:
        self.lost = dict(lost or {})
        self.amid = amid
        self.most = self.waiting = 0
        self.begun: list[str] = []

    def nthreads(self) -> Mapping[str, int]:
        return {"tcp://192.0.2.1:1": 1}

    def get_metadata(self, keys: Sequence[Hashable], default: object) -> object:
        (key,) = keys
        return [0] if str(key).split()[1] in self.amid else default

    def submit(self, function: Callable[..., object], /, *arguments: object, pure: bool) -> SimpleNamespace:
        assert not pure
        if not isinstance(arguments[0], About):
            return SimpleNamespace(key="shared", value=function(*arguments))
        task, shared = arguments
        assert isinstance(task, About)
        assert isinstance(shared, SimpleNamespace)
        name = task.place.name
        self.begun.append(name)
        self.waiting += 1
        self.most = max(self.most, self.waiting)

        def result() -> object:
            self.waiting -= 1
            if self.lost.get(name, 0) > 0:
                self.lost[name] -= 1
                raise scheduler.KilledWorker(name, None, 3)
            return function(task, shared.value)

        return SimpleNamespace(key=f"run {name} {len(self.begun)}", result=result)


def work(task: About, reader: CaptureReader, folder: str) -> Ending:
    assert isinstance(reader, CaptureReader)
    return Ending(CaptureRead(f"{folder}/{task.place.name}"))


def done(cluster: Cluster, *names: str) -> list[tuple[str, str | None]]:
    endings = on_cluster(cluster, work, [About(name) for name in names], ScanOptions(), "in")
    return [(ending.read.name, ending.read.error) for ending in endings]


LOST = "the workers that read it were killed; perhaps memory ran out"


def test_what_becomes_of_each_comes_in_their_order() -> None:
    names = [f"{number}.pcap" for number in range(3 * AHEAD)]
    cluster = Cluster()
    assert done(cluster, *names) == [(f"in/{name}", None) for name in names]
    assert cluster.begun == names
    assert cluster.most == AHEAD
    assert done(Cluster()) == []


def test_workers_were_lost_amid_it() -> None:
    cluster = Cluster({"b.pcap": 1}, amid=["b.pcap"])
    assert done(cluster, "a.pcap", "b.pcap", "c.pcap") == [
        ("in/a.pcap", None),
        ("b.pcap", f"b.pcap: {LOST}"),
        ("in/c.pcap", None),
    ]
    assert cluster.begun == ["a.pcap", "b.pcap", "c.pcap"]


@pytest.mark.parametrize(
    ("times", "error"), [(1, None), (GIVEN_AGAIN, None), (GIVEN_AGAIN + 1, f"b.pcap: {LOST}")]
)
def test_it_only_waited_where_workers_were_lost(times: int, error: str | None) -> None:
    cluster = Cluster({"b.pcap": times})
    assert done(cluster, "a.pcap", "b.pcap") == [
        ("in/a.pcap", None),
        ("b.pcap" if error else "in/b.pcap", error),
    ]
    assert cluster.begun == ["a.pcap", *["b.pcap"] * (1 + min(times, GIVEN_AGAIN))]
