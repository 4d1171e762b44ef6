"""``-j`` with one file: several processes read parts of it, or one says why it reads all."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests import wire
from tests.cli.test_in_processes import tlseku
from tests.tls import written
from tlseku.parallel.ranges import LEAST_PART, cuts_of


def _frames(port: int, size: int) -> list[wire.Frame]:
    talk = wire.Talk(("192.0.2.10", port), isn=(port, 900_000)).open()
    for side, data in written.recording("scenario1" if port % 3 else "wrong-eku-refused"):
        talk.send_in(side, data, 1400)
    talk.send_in(1, b"\x17\x03\x03\x3f\xff" + bytes(size), 9000)
    return talk.close().frames(start=wire.START + port * wire.SECOND, step=2 * wire.MILLISECOND)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with ``large.pcap``, of three parts at least, in which connections overlap."""
    directory = tmp_path_factory.mktemp("large")
    frames = [frame for port in range(1, 25) for frame in _frames(port, 550_000)]
    frames.sort(key=lambda frame: frame.ts_ns)
    (directory / "large.pcap").write_bytes(wire.pcap(frames))
    (directory / "large.pcapng").write_bytes(wire.pcapng(frames))
    return directory


@pytest.mark.parametrize(
    "options",
    [
        ("-T", "ndjson"),
        ("-T", "ndjson", "--local", "192.0.2.10"),
        ("-T", "json"),
        ("-T", "json", "--local", "192.0.2.0/24"),
        (),
        ("-Y", "tls.client.verdict == wrong", "-T", "csv"),
        ("--fail-on", "wrong", "-T", "ndjson"),
    ],
    ids=" ".join,
)
def test_the_same_output(place: Path, options: tuple[str, ...]) -> None:
    alone = tlseku(place, *options, "large.pcap")
    assert tlseku(place, "-j", "2", *options, "large.pcap") == alone
    assert len(alone[1]) > 500


def test_more_processes_and_the_other_format(place: Path) -> None:
    assert (place / "large.pcap").stat().st_size > 3 * LEAST_PART
    for name in ("large.pcap", "large.pcapng"):
        alone = tlseku(place, "-T", "ndjson", name)
        assert tlseku(place, "-j", "4", "-T", "ndjson", name) == alone
        assert alone[1].count("\n") == 24


def test_a_damaged_file(place: Path) -> None:
    content = bytearray((place / "large.pcap").read_bytes())
    content[-700_000:] = b"\xff" * 700_000
    (place / "damaged.pcap").write_bytes(content)
    alone = tlseku(place, "-T", "csv", "damaged.pcap")
    assert tlseku(place, "-j", "2", "-T", "csv", "damaged.pcap") == alone
    assert "warning" in alone[2]


@pytest.mark.parametrize(
    ("name", "options", "why"),
    [
        ("large.pcap.gz", (), "it is neither pcap nor pcapng, or it is compressed"),
        ("small.pcap", (), "it is small"),
        ("large.pcap", ("-c", "100"), "packets are counted"),
        ("large.pcap", ("--keylog", "keys.txt"), "secrets may open what is encrypted"),
        ("leaps.pcap", (), "its time leaps"),
    ],
)
def test_one_process_reads_it_and_says_why(
    place: Path, name: str, options: tuple[str, ...], why: str
) -> None:
    content = (place / "large.pcap").read_bytes()
    (place / "large.pcap.gz").write_bytes(gzip.compress(content, 1))
    (place / "small.pcap").write_bytes(content[:1_000_000])
    (place / "keys.txt").write_text("")
    frames = [*_frames(1, 5_000_000), *_frames(3600, 5_000_000)]
    (place / "leaps.pcap").write_bytes(wire.pcap(frames))
    code, out, err = tlseku(place, "-T", "csv", *options, name)
    lines = tlseku(place, "-j", "2", "-T", "csv", *options, name)
    said = f"tlseku: {name}: read by one process: {why}\n"
    assert (lines[0], lines[1]) == (code, out)
    assert sorted(lines[2].splitlines(keepends=True)) == sorted([*err.splitlines(keepends=True), said])


def test_where_a_file_is_cut() -> None:
    assert cuts_of(7 * LEAST_PART, 1) == []
    assert len(cuts_of(7 * LEAST_PART, 12)) == 6
    for cut in (cuts_of(100 << 20, 2), cuts_of(1 << 30, 4)):
        assert cut == sorted(set(cut))
        assert cut[0] > 0
    (half,) = cuts_of(1000 << 20, 2)
    assert 500 << 20 < half < 600 << 20
