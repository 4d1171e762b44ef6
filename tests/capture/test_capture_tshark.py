"""Packet for packet the same as tshark, on real captures and on what editcap and mergecap make of them.

Frame number, time, both lengths and the bytes must agree. Where tlseku reads on and tshark stops (a packet of an
interface that is not described), the unit tests say so; nothing else is left out here.
"""

from __future__ import annotations

import gzip
import os
import shutil
import struct
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import zstandard

from tests.capture.written import FRAME, SECOND, block, enhanced, interface, micro, pcap, section, simple
from tlseku.capture import Packet, open_capture, open_merged, packets
from tlseku.capture.batch import LATEST_NS

pytestmark = pytest.mark.slow

Line = tuple[int, int | None, int, int]
Run = Callable[..., str]


@pytest.fixture(scope="module")
def run() -> Run:
    """Runs one of Wireshark's tools; without them these tests are skipped, or fail where they are required."""
    missing = [tool for tool in ("tshark", "editcap", "mergecap", "reordercap") if shutil.which(tool) is None]
    if missing:
        words = f"not installed: {', '.join(missing)}"
        if os.environ.get("TLSEKU_REQUIRE_TSHARK") == "1":
            pytest.fail(words)
        pytest.skip(words)

    def run_tool(*command: str | Path) -> str:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
        return done.stdout

    return run_tool


def lines_of_tshark(run: Run, path: Path) -> list[Line]:
    fields = ("frame.number", "frame.time_epoch", "frame.cap_len", "frame.len")
    out = run("tshark", "-n", "-r", path, "-T", "fields", *(part for f in fields for part in ("-e", f)))
    lines: list[Line] = []
    for line in out.splitlines():
        number, time, captured, original = line.split("\t")
        seconds, _, fraction = time.partition(".")
        # What no clock can be is told as the farthest time there is.
        ts_ns = min(int(seconds) * 10**9 + int(fraction), LATEST_NS) if time else None
        lines.append((int(number), ts_ns, int(captured), int(original)))
    return lines


def bytes_of_tshark(run: Run, path: Path) -> list[bytes]:
    """The bytes of every packet, by way of a classic pcap that editcap writes."""
    plain = path.with_name(path.name + ".editcap")
    run("editcap", "-F", "nsecpcap", path, plain)
    data = plain.read_bytes()
    at, out = 24, []
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at + 8)
        out.append(data[at + 16 : at + 16 + length])
        at += 16 + length
    return out


def line_of(packet: Packet) -> Line:
    return packet.number, packet.ts_ns, len(packet.data), packet.original_length


def assert_same(run: Run, path: Path) -> None:
    theirs = lines_of_tshark(run, path)
    assert len(theirs) > 0
    assert [line_of(packet) for packet in packets(path)] == theirs


REAL = [
    "arkime-openssl-tls1_1.pcap",
    "mercury-geneve.pcap",
    "pcapfs-all_ciphers.pcap",
    "zeek-irc-starttls.pcap",
    "zeek-pppoe-over-qinq.pcap",
]


def test_every_real_capture(run: Run, shared_captures: Path, tmp_path: Path) -> None:
    paths = sorted(path for path in shared_captures.iterdir() if path.suffix in (".pcap", ".pcapng"))
    assert len(paths) >= 18
    for path in paths:
        copy = tmp_path / path.name
        shutil.copyfile(path, copy)
        assert_same(run, copy)
        if path.suffix == ".pcap":
            assert [packet.data for packet in packets(copy)] == bytes_of_tshark(run, copy), path.name


@pytest.mark.parametrize(
    "options", [("-F", "pcap"), ("-F", "nsecpcap"), ("-F", "pcapng"), ("-F", "pcapng", "-s", "60")]
)
@pytest.mark.parametrize("name", REAL)
def test_what_editcap_writes(
    run: Run, shared_captures: Path, tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    path = tmp_path / "x"
    run("editcap", *options, "-t", "0.000000123", shared_captures / name, path)
    assert_same(run, path)
    plain = list(packets(path))
    assert [packet.data for packet in plain] == bytes_of_tshark(run, path)
    for pack in (gzip.compress, zstandard.compress):
        packed = tmp_path / "packed"
        packed.write_bytes(pack(path.read_bytes()))
        assert list(packets(packed)) == plain


def test_the_modified_layout_as_editcap_writes_it(run: Run, shared_captures: Path, tmp_path: Path) -> None:
    path = tmp_path / "x"
    run("editcap", "-F", "modpcap", shared_captures / "pcapfs-all_ciphers.pcap", path)
    assert path.read_bytes()[:4] == b"\x34\xcd\xb2\xa1"
    assert_same(run, path)


def without_file(packet: Packet) -> tuple[int, int, bytes, int]:
    return packet.ts_ns, packet.linktype, packet.data, packet.original_length


def merged(paths: Sequence[Path]) -> list[Packet]:
    with open_merged(paths) as capture:
        return [batch.packet(i) for batch in capture.batches() for i in range(len(batch.starts))]


def test_a_rotated_set_is_the_whole_again(run: Run, shared_captures: Path, tmp_path: Path) -> None:
    source = shared_captures / "mercury-geneve.pcap"
    ordered = tmp_path / "ordered.pcap"
    run("reordercap", source, ordered)
    run("editcap", "-F", "pcap", "-c", "20", ordered, tmp_path / "part.pcap")
    parts = sorted(tmp_path.glob("part_*.pcap"))
    assert len(parts) == 23
    whole = [without_file(p) for p in packets(ordered)]
    assert [without_file(p) for p in merged(parts)] == whole
    # Named backwards: only packets of one time, at the end of a part and the start of the next, change places.
    backwards = [without_file(p) for p in merged(parts[::-1])]
    assert [packet[0] for packet in backwards] == [packet[0] for packet in whole]
    assert sorted(backwards) == sorted(whole)


def test_merging_is_what_mergecap_does(run: Run, shared_captures: Path, tmp_path: Path) -> None:
    """Several interfaces, of one and of different link types; every packet keeps its file's frame number."""
    whole = tmp_path / "ordered.pcap"
    run("reordercap", shared_captures / "mercury-geneve.pcap", whole)
    parts = [tmp_path / f"part{n}" for n in range(4)]
    for n, part in enumerate(parts[:3]):
        kept = [str(number) for number in range(n + 1, 442, 3)]
        run("editcap", "-F", ("pcap", "pcapng", "nsecpcap")[n], "-r", whole, part, *kept)
    shutil.copyfile(shared_captures / "zeek-irc-starttls.pcap", parts[3])
    both = tmp_path / "merged.pcapng"
    run("mergecap", "-I", "none", "-w", both, *parts)
    assert_same(run, both)
    ours = merged(parts)
    theirs = [without_file(p) for p in packets(both)]
    # mergecap gives packets of one time in the reverse order of the files, tlseku in their order.
    assert [p.ts_ns for p in ours] == [packet[0] for packet in theirs]
    assert sorted(without_file(p) for p in ours) == sorted(theirs)
    for index, part in enumerate(parts):
        alone = [without_file(p) for p in packets(part)]
        assert [without_file(p) for p in ours if p.file == index] == alone
        assert [p.number for p in ours if p.file == index] == list(range(1, len(alone) + 1))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param(9, b"__REALTIME_TIMESTAMP=1700000000000001\nMESSAGE=hi\n", id="systemd journal"),
        pytest.param(0x204, struct.pack("<HQQIH", 0, SECOND * 10**9, 7, 30, 3) + bytes(8), id="sysdig event"),
        pytest.param(0x208, struct.pack("<HQQIH", 0, SECOND * 10**9, 7, 30, 3) + bytes(8), id="sysdig flags"),
        pytest.param(0x216, struct.pack("<HQQIHI", 0, SECOND * 10**9, 7, 30, 3, 0) + bytes(8), id="sysdig 2"),
        pytest.param(
            0x221, struct.pack("<HQQIHI", 0, SECOND * 10**9, 7, 30, 3, 0) + bytes(8), id="sysdig 2 large"
        ),
        pytest.param(0xBAD, struct.pack("<I", 32473) + b"12345678", id="custom"),
        pytest.param(0x40000BAD, struct.pack("<I", 32473) + b"12345678", id="custom, not to be copied"),
        pytest.param(0xBAD, struct.pack("<III", 10949, 1, 0) + bytes(4), id="custom of Netflix"),
        pytest.param(4, bytes(4), id="name resolution"),
        pytest.param(5, bytes(12), id="statistics"),
        pytest.param(7, b"abcd", id="IRIG"),
        pytest.param(8, b"abcd", id="ARINC"),
        pytest.param(10, struct.pack("<II", 0x544C534B, 4) + b"abcd", id="secrets"),
        pytest.param(0x101, bytes(16), id="Hone machine"),
        pytest.param(0x102, bytes(32), id="Hone connection"),
        pytest.param(0x201, bytes(32), id="sysdig machine"),
        pytest.param(0x80000001, b"abcd", id="local use"),
    ],
)
def test_frame_numbers_around_other_blocks(run: Run, tmp_path: Path, kind: int, body: bytes) -> None:
    path = tmp_path / "x"
    one, two = enhanced(micro(SECOND, 1), FRAME), enhanced(micro(SECOND, 9), FRAME[:40], original=64)
    path.write_bytes(section() + interface() + one + block("<", kind, body) + two)
    theirs = lines_of_tshark(run, path)
    ours = [line_of(packet) for packet in packets(path)]
    assert ours == [theirs[0], theirs[-1]]
    assert len(theirs) == theirs[-1][0]


def test_several_sections_and_simple_packets(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x"
    data = (
        section() + interface(snaplen=20) + simple(FRAME[:20], original=64) + enhanced(micro(SECOND), FRAME)
    )
    data += (
        section(">") + interface(">", 101) + simple(FRAME, ">") + enhanced(micro(SECOND, 5), FRAME, order=">")
    )
    path.write_bytes(data)
    theirs = lines_of_tshark(run, path)
    assert [time for _, time, _, _ in theirs] == [None, SECOND * 10**9, None, SECOND * 10**9 + 5000]
    times = [0, SECOND * 10**9, SECOND * 10**9, SECOND * 10**9 + 5000]
    assert [line_of(p) for p in packets(path)] == [
        (number, time, captured, original)
        for (number, _, captured, original), time in zip(theirs, times, strict=True)
    ]


@pytest.mark.parametrize("version", [(2, 0), (2, 2), (2, 3), (2, 4)])
@pytest.mark.parametrize("order", ["<", ">"])
def test_old_versions(run: Run, tmp_path: Path, version: tuple[int, int], order: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(pcap([(SECOND, 5, FRAME), (SECOND + 1, 6, FRAME[:30])], version=version, order=order))
    assert_same(run, path)


@pytest.mark.parametrize("cut", [1, 50, 100, 3000])
def test_a_capture_cut_short(run: Run, shared_captures: Path, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "x"
    for name in ("zeek-client-certificate.pcap", "pcapplusplus-pcapng-example.pcapng"):
        path.write_bytes((shared_captures / name).read_bytes()[:-cut])
        done = subprocess.run(
            ["tshark", "-n", "-r", str(path), "-T", "fields", "-e", "frame.number"],
            capture_output=True,
            text=True,
            check=False,
        )
        with open_capture(path) as capture:
            numbers = [
                batch.first_number + i for batch in capture.batches() for i in range(len(batch.starts))
            ]
            assert numbers == [int(number) for number in done.stdout.split()]
            cut_short = [each for each in capture.warnings if "no clock" not in each.problem]
            assert len(cut_short) == (1 if "cut short" in done.stderr else 0)
