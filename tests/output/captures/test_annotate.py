from __future__ import annotations

import io
import random
import subprocess
from pathlib import Path

import pytest

import tlseku
from tests import wire
from tests.capture import written
from tests.tls.written import recording
from tlseku.capture import packets
from tlseku.errors import CaptureError
from tlseku.output.captures.annotate import annotate
from tlseku.output.captures.comments import comments_on
from tlseku.output.captures.written import Written

FIELDS = ("frame.number", "frame.time_epoch", "frame.len", "frame.cap_len")


def annotated(source: Path, target: Path, **options: object) -> Written:
    with target.open("wb") as file:
        return annotate(source, file, **options)  # type: ignore[arg-type]


def fields(tshark: str, path: Path, *names: str, only: str = "") -> list[list[str]]:
    run = subprocess.run(
        [
            *(tshark, "-n", "-r", str(path), *(["-Y", only] if only else [])),
            *("-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|"),
            *(word for name in names for word in ("-e", name)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.split("\t") for line in run.stdout.splitlines()]


def talk_frames() -> list[wire.Frame]:
    talk = wire.Talk().open()
    for side, data in recording("wrong-eku-refused"):
        talk.send_in(side, data, 700).ack(1 - side)
    return talk.close().frames()


@pytest.mark.parametrize("form", wire.FILES)
def test_every_packet_is_there_as_it_was(tmp_path: Path, form: str) -> None:
    source, target = tmp_path / "in", tmp_path / "out.pcapng"
    source.write_bytes(wire.FILES[form](talk_frames(), 1))
    done = annotated(source, target)
    assert (done.flows, done.packets, done.comments, done.without_room) == (1, len(talk_frames()), 6, 0)
    assert list(packets(target)) == list(packets(source))


@pytest.mark.parametrize(
    "name", ["scenario2.pcap.gz", "wrong-eku-refused.pcap", "test-case-2.pcap", "tls13.pcap"]
)
def test_tshark_reads_the_same_packets_and_the_comments(
    tshark: str, own_captures: Path, tmp_path: Path, name: str
) -> None:
    source, target = own_captures / name, tmp_path / "out.pcapng"
    done = annotated(source, target)
    assert fields(tshark, target, *FIELDS) == fields(tshark, source, *FIELDS)
    (flow,) = tlseku.read(source)
    expected: dict[int, list[str]] = {}
    for frame, text in comments_on(flow):
        expected.setdefault(frame, []).append(text)
    told = fields(tshark, target, "frame.number", "frame.comment", only="frame.comment")
    assert told == [[str(frame), "|".join(expected[frame])] for frame in sorted(expected)]
    assert done.comments == sum(map(len, expected.values()))


def test_tshark_reads_the_same_shared_packets(tshark: str, shared_captures: Path, tmp_path: Path) -> None:
    for capture in sorted(shared_captures.glob("*.pcap*")):
        target = tmp_path / "out.pcapng"
        annotated(capture, target)
        assert fields(tshark, target, *FIELDS) == fields(tshark, capture, *FIELDS), capture.name


def _with_everything(order: str = "<") -> bytes:
    out = [
        written.section(order, length=12345 * 4),
        written.interface(order, 113),
        written.interface(order, opts=written.options(order, (2, b"eth7"), (9, b"\x09"))),
        written.block(order, 4, b"\0\0\0\0"),
        written.secrets(b"CLIENT_RANDOM none", order=order),
    ]
    for number, frame in enumerate(talk_frames()):
        opts = written.options(order, (1, b"mine"), (2, b"\0\0\0\x01" if order == ">" else b"\x01\0\0\0"))
        made = written.enhanced(frame.ts_ns + number, frame.data, 1, order, opts=opts)
        out.append(made)
    out.append(written.block(order, 5, b"\0" * 12))
    return b"".join(out)


@pytest.mark.parametrize("order", ["<", ">"])
def test_interfaces_options_and_comments_of_others_are_kept(tshark: str, tmp_path: Path, order: str) -> None:
    source, target = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    source.write_bytes(_with_everything(order))
    done = annotated(source, target)
    names = (*FIELDS, "frame.interface_id", "frame.interface_name", "frame.packet_flags")
    assert fields(tshark, target, *names) == fields(tshark, source, *names)
    told = fields(tshark, target, "frame.comment")
    assert len(told) == done.packets
    assert all(comment.endswith("mine") for (comment,) in told)
    assert sum(comment.count("tlseku flow 1: ") for (comment,) in told) == done.comments == 6
    assert b"CLIENT_RANDOM none" in target.read_bytes()
    assert [packet.ts_ns for packet in packets(target)] == [packet.ts_ns for packet in packets(source)]


def test_secrets_are_left_out_on_request(tmp_path: Path) -> None:
    source, target = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    source.write_bytes(_with_everything())
    annotated(source, target, keep_secrets=False)
    assert b"CLIENT_RANDOM none" not in target.read_bytes()
    assert list(packets(target)) == list(packets(source))


def test_only_the_flows_that_are_wanted(own_captures: Path, tmp_path: Path) -> None:
    done = annotated(own_captures / "declined.pcap", tmp_path / "out.pcapng", wanted=lambda flow: False)
    assert (done.flows, done.comments, done.packets) == (0, 0, 20)


def test_a_simple_packet_has_no_room(tmp_path: Path) -> None:
    source, target = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    source.write_bytes(
        written.section() + written.interface() + b"".join(written.simple(f.data) for f in talk_frames())
    )
    done = annotated(source, target)
    assert (done.comments, done.without_room) == (0, 6)
    assert target.read_bytes() == source.read_bytes()


def test_too_many_comments_are_left_out_and_counted(
    monkeypatch: pytest.MonkeyPatch, own_captures: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr("tlseku.output.captures.comment_store.MAX_COMMENTS", 2)
    done = annotated(own_captures / "wrong-eku-refused.pcap", tmp_path / "out.pcapng")
    assert (done.comments, done.left_out, done.packets) == (2, 4, 12)


def test_a_cut_capture(tshark: str, own_captures: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.pcap", tmp_path / "out.pcapng"
    source.write_bytes((own_captures / "wrong-eku-refused.pcap").read_bytes()[:-9])
    done = annotated(source, target)
    assert done.packets == 11
    assert [warning.split(": ", 2)[2] for warning in done.warnings] == [
        "the capture ends within a record: 67 of at least 76 bytes are there"
    ]
    assert len(fields(tshark, target, "frame.number")) == 11


@pytest.mark.parametrize("source", ["-", "/dev/null", "no such file", "."])
def test_what_cannot_be_read_twice(source: str) -> None:
    with pytest.raises(CaptureError):
        annotate(source, io.BytesIO())


def test_changed_bytes_never_raise_anything_else(seeded: random.Random, tmp_path: Path) -> None:
    source = tmp_path / "in"
    sound = _with_everything()
    for _ in range(150):
        data = bytearray(sound[: seeded.choice((len(sound), seeded.randrange(1, len(sound))))])
        for _ in range(seeded.randrange(1, 6)):
            data[seeded.randrange(len(data))] = seeded.randrange(256)
        source.write_bytes(data)
        out = io.BytesIO()
        try:
            annotate(source, out)
        except CaptureError:
            continue
        assert list(packets(io.BytesIO(out.getvalue()))) == list(packets(source))
