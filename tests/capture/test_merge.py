"""Several captures as one: order, ties, names, and how few files are open at a time."""

from __future__ import annotations

import gzip
import io
import os
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from librt.vecs import vec
from mypy_extensions import i64

from tests.capture.test_reader import descriptors
from tests.capture.written import (
    FRAME,
    SECOND,
    enhanced,
    interface,
    micro,
    options,
    pcap,
    read_all,
    secrets,
    section,
    simple,
)
from tlseku.capture import merge, open_capture, open_merged
from tlseku.capture.batch import Batch, Clock
from tlseku.capture.merge import end_of_run
from tlseku.errors import CaptureError


def written(times: list[int], tag: bytes = b"") -> io.BytesIO:
    return io.BytesIO(pcap([(time, 0, tag) for time in times]))


def merged(*files: list[int]) -> list[tuple[int, int, int]]:
    """(seconds, file, number) in the order of the merge."""
    return [(p.ts_ns // 10**9, p.file, p.number) for p in read_all(open_merged([written(f) for f in files]))]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            ([1, 2], [3, 4]), [(1, 0, 1), (2, 0, 2), (3, 1, 1), (4, 1, 2)], id="one after the other"
        ),
        pytest.param(([3, 4], [1, 2]), [(1, 1, 1), (2, 1, 2), (3, 0, 1), (4, 0, 2)], id="named backwards"),
        pytest.param(
            ([1, 3, 5], [2, 4]), [(1, 0, 1), (2, 1, 1), (3, 0, 2), (4, 1, 2), (5, 0, 3)], id="interleaved"
        ),
        pytest.param(([1, 1], [1, 1]), [(1, 0, 1), (1, 0, 2), (1, 1, 1), (1, 1, 2)], id="all at once"),
        pytest.param(([2, 3], [1, 2]), [(1, 1, 1), (2, 0, 1), (2, 1, 2), (3, 0, 2)], id="a tie goes by file"),
        pytest.param(
            ([1, 9, 2], [5]), [(1, 0, 1), (5, 1, 1), (9, 0, 2), (2, 0, 3)], id="order within a file stays"
        ),
        pytest.param(([], [1], []), [(1, 1, 1)], id="files without packets"),
        pytest.param(([], []), [], id="no packets at all"),
        pytest.param(([7],), [(7, 0, 1)], id="one file"),
    ],
)
def test_order(files: tuple[list[int], ...], expected: list[tuple[int, int, int]]) -> None:
    assert merged(*files) == expected


def by_definition(files: list[list[int]]) -> list[tuple[int, int, int]]:
    """Always the smallest head, the first named of equals."""
    at = [0] * len(files)
    out = []
    while heads := [(file[at[i]], i) for i, file in enumerate(files) if at[i] < len(file)]:
        time, i = min(heads)
        at[i] += 1
        out.append((time, i, at[i]))
    return out


@given(st.lists(st.lists(st.integers(0, 9), max_size=12), min_size=1, max_size=6))
def test_order_is_that_of_the_definition(files: list[list[int]]) -> None:
    assert merged(*files) == by_definition(files)


CLOCKS = st.one_of(
    st.builds(Clock, st.sampled_from("<>"), st.sampled_from([1, 1000]), st.just(0), st.just(0)),
    st.builds(
        Clock,
        st.sampled_from("<>"),
        st.just(1000),
        st.sampled_from([1, 3, 1024, 10**6, 10**9, 10**12, 2**40]),
        st.integers(-5, 5),
    ),
)


@given(
    CLOCKS,
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2**32 - 1)), min_size=1, max_size=8),
    st.data(),
)
def test_a_run_ends_where_the_times_say(
    clock: Clock, words: list[tuple[int, int]], data: st.DataObject
) -> None:
    content = b"".join(struct.pack(clock.byte_order + "IIII", *pair, 0, 0) for pair in words)
    batch = Batch(content, vec[i64]([16 * n for n in range(1, len(words) + 1)]), 1, 1, clock)
    times = [batch.ts_ns(index) for index in range(len(words))]
    last = data.draw(st.sampled_from(times)) + data.draw(st.integers(-1, 1))
    start = data.draw(st.integers(0, len(words)))
    expected = next((i for i in range(start, len(times)) if times[i] > last), len(times))
    assert end_of_run(batch, start, last) == expected


def test_runs_are_slices_that_share_the_bytes() -> None:
    batches = list(open_merged([written([1, 2, 5, 6]), written([3, 4])]).batches())
    assert [(b.file, b.first_number, len(b.starts)) for b in batches] == [(0, 1, 2), (1, 1, 2), (0, 3, 2)]
    assert batches[0].data is batches[2].data


def test_formats_byte_orders_and_link_types_may_differ(tmp_path: Path) -> None:
    nano = section(">") + interface(">", 101, opts=options(">", (9, b"\x09"))) + secrets(b"key", order=">")
    nano += enhanced(SECOND * 10**9 + 1, b"nano", order=">") + simple(b"same", ">")
    (tmp_path / "a").write_bytes(gzip.compress(nano))
    (tmp_path / "b").write_bytes(pcap([(SECOND, 0, b"micro"), (SECOND, 1, b"late")], order=">", network=113))
    with open_merged([tmp_path / "a", tmp_path / "b"]) as capture:
        assert [(p.file, p.linktype, p.data) for p in read_all(capture)] == [
            (1, 113, b"micro"),
            (0, 101, b"nano"),
            (0, 101, b"same"),
            (1, 113, b"late"),
        ]
        assert capture.names == (str(tmp_path / "a"), str(tmp_path / "b"))
        assert capture.secrets == [(0x544C534B, b"key")]
        assert capture.packets_read == (2, 2)
        assert capture.bytes_read == len(nano) + (tmp_path / "b").stat().st_size


def rotated(directory: Path, count: int, overlap: int) -> list[Path]:
    paths = []
    for number in range(count):
        path = directory / f"part{number:03}"
        first = number * 10
        path.write_bytes(pcap([(first + k, 0, FRAME) for k in range(10 + overlap)]))
        paths.append(path)
    return paths


def most_open(paths: list[Path]) -> tuple[int, list[int]]:
    before = descriptors()
    most = 0
    times = []
    with open_merged(paths) as capture:
        for batch in capture.batches():
            most = max(most, descriptors() - before)
            times += [batch.ts_ns(i) for i in range(len(batch.starts))]
        assert sum(capture.packets_read) == len(times)
        assert capture.bytes_read == sum(p.stat().st_size for p in paths)
    assert descriptors() == before
    return most, times


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors in /proc")
def test_a_rotated_set_has_few_files_open(tmp_path: Path) -> None:
    most, times = most_open(rotated(tmp_path, 300, 0)[::-1])
    assert most <= 2
    assert times == sorted(times)
    assert len(times) == 3000


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors in /proc")
def test_files_that_all_overlap_share_the_descriptors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "MAX_DESCRIPTORS", 8)
    monkeypatch.setattr(merge, "_LEAST_BLOCK", 100)
    monkeypatch.setattr(merge, "_WINDOW_BUDGET", 100)
    most, times = most_open(rotated(tmp_path, 40, 400))
    assert most <= 9
    assert times == sorted(times)
    assert len(times) == 40 * 410


def test_damage_in_one_file_does_not_stop_the_others() -> None:
    cut = io.BytesIO(pcap([(1, 0, FRAME), (2, 0, FRAME)])[:-1])
    cut.name = "cut"  # type: ignore[attr-defined]
    capture = open_merged([cut, written([1, 3])])
    assert [(p.file, p.number) for p in read_all(capture)] == [(0, 1), (1, 1), (1, 2)]
    assert [(w.file, w.offset) for w in capture.warnings] == [("cut", 24 + 80)]


def test_damage_in_a_file_without_packets_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(pcap([]) + b"abc")
    (tmp_path / "b").write_bytes(pcap([(1, 0, b"")]))
    capture = open_merged([tmp_path / "a", tmp_path / "b"])
    assert len(read_all(capture)) == 1
    assert [(w.file, w.offset) for w in capture.warnings] == [(str(tmp_path / "a"), 24)]


def test_a_file_that_vanishes_meanwhile_is_told(tmp_path: Path) -> None:
    paths = rotated(tmp_path, 3, 0)
    capture = open_merged(paths)
    paths[1].unlink()
    assert {p.file for p in read_all(capture)} == {0, 2}
    assert [str(w) for w in capture.warnings] == [f"{paths[1]}: cannot open it: No such file or directory"]


def test_a_file_that_is_no_capture_is_an_error_at_once(tmp_path: Path) -> None:
    paths = rotated(tmp_path, 3, 0)
    paths[1].write_bytes(b"text\n")
    before = descriptors() if Path("/proc/self/fd").is_dir() else 0
    with pytest.raises(CaptureError) as caught:
        open_merged(paths)
    assert str(caught.value) == f"{paths[1]}: offset 0: looks like text, not a capture"
    if before:
        assert descriptors() == before
    with pytest.raises(CaptureError, match="cannot open it"):
        open_merged([paths[0], tmp_path / "absent"])


def test_standard_input_may_be_one_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = rotated(tmp_path, 1, 0)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pcap([(3, 5, b"in")]))))
    capture = open_merged([path, "-"])
    assert [(p.file, p.number) for p in read_all(capture)][3:6] == [(0, 4), (1, 1), (0, 5)]
    assert capture.names == (str(path), "-")
    with pytest.raises(CaptureError, match=r"^-: standard input can be read once only$"):
        open_merged(["-", path, "-"])


def test_a_named_pipe_is_opened_once(tmp_path: Path) -> None:
    (path,) = rotated(tmp_path, 1, 0)
    read, write = os.pipe()
    os.write(write, pcap([(3, 5, b"in")]))
    os.close(write)
    capture = open_merged([f"/dev/fd/{read}", path])
    assert len(read_all(capture)) == 11
    capture.close()
    os.close(read)


def test_nothing_to_open_is_a_wrong_call() -> None:
    with pytest.raises(ValueError, match="nothing to open"):
        open_merged([])


def test_one_file_merged_is_that_file() -> None:
    data = section() + interface() + enhanced(micro(1), FRAME)
    assert read_all(open_merged([io.BytesIO(data)])) == read_all(open_capture(io.BytesIO(data)))
