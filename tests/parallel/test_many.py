from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import tlseku
from tlseku import ScanOptions
from tlseku.encoding.trees import from_bytes
from tlseku.parallel import pieces
from tlseku.parallel.one_capture import CaptureReader, Ending
from tlseku.parallel.urls import Place

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


@pytest.mark.parametrize("processes", [0, 1])
def test_captures_share_what_they_have_in_common(paths: list[str], processes: int) -> None:
    one, _, other, _ = tlseku.read_many(paths[:2] * 2, processes=processes)
    for here, there in zip(one.presented, other.presented, strict=True):
        assert all(mine is yours for mine, yours in zip(here.chain, there.chain, strict=True))


COUNTING = r"""
import sys, tlseku
from tlseku.parallel import many, workers
begin, begun = workers.new_process, []
workers.new_process = lambda *work, **how: begun.append(work) or begin(*work, **how)
expected = tlseku.read(*sys.argv[1:])
for share, most, processes in ((8, 1 << 24, 2), (1, 1 << 24, 2), (1, 1 << 24, 1), (1, 0, 1)):
    many.FIRST_SHARE, many.FIRST_BYTES = share, most
    begun.clear()
    flows = tlseku.read_many(sys.argv[1:], processes=processes)
    print(len(begun), list(flows) == list(expected), flows.summary == expected.summary)
"""


def test_the_first_captures_are_read_before_processes_begin(paths: list[str]) -> None:
    # In a program of its own: where there are threads, as tests may have left some, no process is a copy.
    done = subprocess.run(
        [sys.executable, "-c", COUNTING, *paths, *paths],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    # A small share of ten captures allows none, all of them may be one process's share, or be too large.
    assert done.stdout.splitlines() == ["2 True True", "2 True True", "0 True True", "1 True True"]


def test_a_flow_is_made_when_it_is_asked_for(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[bytes] = []

    def counting(packed: bytes) -> object:
        tree = from_bytes(packed)
        # What comes through the pipe begins with whether parts are told anew; its parts and records do not.
        if not (isinstance(tree, tuple) and isinstance(tree[0], bool)):
            unpacked.append(packed)
        return tree

    monkeypatch.setattr(pieces, "from_bytes", counting)
    flows = tlseku.read_many(paths, processes=1)
    assert ([flow.number for flow in flows], unpacked) == ([1, 2, 3, 4, 5], [])
    assert flows[2].outcome == "completed"
    assert len(unpacked) > 0


def test_one_that_cannot_be_reached(paths: list[str], web: str) -> None:
    urls = [paths[0], "http://127.0.0.1:1/a.pcap", f"{web}/no-such.pcap", paths[1]]
    errors: list[tlseku.CaptureError] = []
    found = tlseku.read_many(urls, processes=2, on_error=errors.append)
    assert [(flow.number, Path(flow.file).name) for flow in found] == [(1, NAMES[0]), (2, NAMES[1])]
    assert [(error.file, error.problem.partition(": ")[2][:23]) for error in errors] == [
        (urls[1], "Connect call failed ('1"),
        (urls[2], "the server answers 404 "),
    ]


def test_a_scan_streams_in_the_order_of_the_urls(paths: list[str]) -> None:
    running = tlseku.scan_many(paths * 3, processes=0)
    first = next(running)
    # The capture that it is from is not at its end.
    assert (first.number, running.summary.files) == (1, 0)
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
    endings: list[Ending] = []

    def through() -> Iterator[tlseku.Flow]:
        endings.append((yield from CaptureReader(ScanOptions()).read(Place(paths[0]))))

    assert len(list(through())) == 1
    (ending,) = endings
    assert pickle.loads(pickle.dumps(ending)) == ending
    for error in (tlseku.CaptureError("a.pcap", 7, "problem"), tlseku.MissingLibrary("pyarrow", "arrow")):
        again = pickle.loads(pickle.dumps(error))
        assert (vars(again), str(again)) == (vars(error), str(error))


@pytest.mark.parametrize("processes", [0, 2])
def test_what_became_of_each_is_told(paths: list[str], processes: int) -> None:
    running = tlseku.scan_many(
        [paths[0], "no-such.pcap", paths[1]], processes=processes, on_error=lambda error: None
    )
    assert len(list(running)) == 2
    told = [(Path(each.name).name, each.summary.flows, each.error) for each in running.captures]
    assert told == [
        (NAMES[0], 1, None),
        ("no-such.pcap", 0, "no-such.pcap: cannot open it: No such file or directory"),
        (NAMES[1], 1, None),
    ]
    assert all(each.seconds > 0 for each in running.captures)
    frame = running.captures.to_pandas()
    assert list(frame["packets"]) == [each.summary.packets for each in running.captures]
    assert list(frame["error"].isna()) == [True, False, True]


@pytest.mark.parametrize("processes", [0, 2])
def test_tables_and_lines_are_made_where_captures_are_read(paths: list[str], processes: int) -> None:
    pytest.importorskip("pyarrow", reason="needs pyarrow, of the test extra")
    expected = tlseku.read(*paths, local=["192.0.2.0/24"])
    scans = [tlseku.scan_many(paths, processes=processes, local=["192.0.2.0/24"]) for _ in range(3)]
    assert scans[0].to_arrow("requests") == expected.to_arrow("requests")
    assert scans[1].to_frames() == expected.to_frames()
    assert [batch.num_rows for batch in scans[2].to_arrow_batches("flows", 2)] == [2, 2, 1]
    for each in scans:
        assert each.summary == expected.summary
        with pytest.raises(tlseku.AlreadyRead):
            list(each)
    begun = tlseku.scan_many(paths, processes=processes, local=["192.0.2.0/24"])
    assert next(begun) == expected[0]
    assert begun.to_arrow() == expected[1:].to_arrow()


def _later(packets: bytes, seconds: int) -> bytes:
    """The records of a classic pcap file, so many seconds later."""
    moved, at = bytearray(packets), 0
    while at < len(moved):
        ts, _, size, _ = struct.unpack_from("<4I", moved, at)
        struct.pack_into("<I", moved, at, ts + seconds)
        at += 16 + size
    return bytes(moved)


def test_the_first_flow_of_a_large_capture_comes_before_its_end(tmp_path: Path, own_captures: Path) -> None:
    # Another process makes the flows, and waits amid the capture: the rest comes through a pipe.
    pipe = tmp_path / "arriving.pcap"
    os.mkfifo(pipe)
    whole = own_captures.joinpath("declined.pcap").read_bytes()
    running = tlseku.scan_many([str(pipe)], processes=1)
    first: list[tlseku.Flow] = []
    waiting = threading.Thread(target=lambda: first.append(next(running)))
    waiting.start()
    with pipe.open("wb", buffering=0) as file:
        # More than a block of connections, each with its end.
        file.write(whole[:24] + b"".join(_later(whole[24:], 100 * each) for each in range(400)))
        waiting.join(100)
        assert [flow.number for flow in first] == [1]
    assert running.summary.files == 0
    assert len(list(running)) > 0
    assert running.summary.files == 1


KILLING = r"""
import os, signal, sys, tlseku
from tlseku.parallel import pieces
made = pieces.FlowsOf.__call__
class Killing:
    def __init__(self, made):
        self.made = made
    def __call__(self, place):
        if "wrong" in place.url:
            os.kill(os.getpid(), signal.SIGKILL)
        return (yield from self.made(place))
pieces.FlowsOf.__call__ = lambda self: Killing(made(self))
errors = []
flows = tlseku.read_many(sys.argv[1:], processes=2, on_error=errors.append)
print(*[f"{flow.number} {os.path.basename(flow.file)}" for flow in flows], sep="\n")
print(*errors, sep="\n")
"""


def test_a_process_that_is_killed_takes_one_capture_with_it(own_captures: Path) -> None:
    names = ["declined.pcap", "wrong-eku-refused.pcap", "no-eku.pcap", "tls13.pcap"]
    done = subprocess.run(
        [sys.executable, "-c", KILLING, *[str(own_captures / name) for name in names]],
        capture_output=True,
        check=True,
        text=True,
        cwd=own_captures.parent,
    )
    assert done.stdout.splitlines() == [
        "1 declined.pcap",
        "2 no-eku.pcap",
        "3 tls13.pcap",
        f"{own_captures / names[1]}: the process that read it was killed (exit code -9); perhaps memory ran out",
    ]


def test_a_script_without_a_main_is_told_so(tmp_path: Path, paths: list[str]) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import threading, time, sys, tlseku\n"
        "threading.Thread(target=time.sleep, args=(300,), daemon=True).start()\n"
        "tlseku.read_many(sys.argv[1:], processes=1)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(script), paths[0]],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 1
    assert 'a script that starts processes needs if __name__ == "__main__":' in done.stderr


def test_patterns_stand_for_files_here_and_in_archives(tmp_path: Path, own_captures: Path) -> None:
    for name in NAMES[:2]:
        (tmp_path / name).write_bytes(own_captures.joinpath(name).read_bytes())
    (tmp_path / "odd[1].pcap").write_bytes(own_captures.joinpath(NAMES[0]).read_bytes())
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in NAMES[:2]:
            archive.write(own_captures / name, f"in/{name}")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        for name in NAMES[:2]:
            archive.add(own_captures / name, f"in/{name}")
    urls = [
        f"{tmp_path}/*-*.pcap",
        f"{tmp_path}/odd[1].pcap",
        f"zip://in/*.pcap::file://{tmp_path}/a.zip",
        f"tar://in/decl*::file://{tmp_path}/a.tar.gz",
    ]
    flows = tlseku.read_many(urls, processes=2)
    assert [flow.file.removeprefix(f"{tmp_path}/") for flow in flows] == [
        "no-eku.pcap",
        "odd[1].pcap",
        f"zip://in/declined.pcap::file://{tmp_path}/a.zip",
        f"zip://in/no-eku.pcap::file://{tmp_path}/a.zip",
        f"tar://in/declined.pcap::file://{tmp_path}/a.tar.gz",
    ]


def test_a_place_that_cannot_be_listed_is_an_error_among_others(paths: list[str], tmp_path: Path) -> None:
    errors: list[tlseku.CaptureError] = []
    urls = [f"{tmp_path}/*.pcap", "http://127.0.0.1:1/*.pcap", "zip://*::file:///no-such.zip", paths[0]]
    found = tlseku.read_many(urls, processes=0, on_error=errors.append)
    assert len(found) == 1
    assert [error.file for error in errors] == urls[:3]
