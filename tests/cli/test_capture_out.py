"""``tlseku extract`` and ``annotate``: what they write, where, and what they say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import tlseku
from tests.capture import written
from tests.cli.conftest import Run
from tlseku.capture import packets


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("extract",), "1 flow, 12 packets written"),
        (("extract", "--whole"), "1 flow, 12 packets written"),
        (("extract", "--flow", "1", "--anonymise"), "1 flow, 12 packets written"),
        (("extract", "--flow", "1", "-Y", "tls.client.verdict == wrong"), "1 flow, 12 packets written"),
        (("annotate", "-Y", "flow.outcome == refused"), "1 flow, 6 comments; 12 packets copied"),
        (("annotate",), "1 flow, 6 comments; 12 packets copied"),
    ],
)
def test_what_is_written(
    run: Run, own_captures: Path, tmp_path: Path, args: tuple[str, ...], said: str
) -> None:
    target = tmp_path / "out.pcapng"
    result = run(*args, str(own_captures / "wrong-eku-refused.pcap"), "-w", str(target))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"tlseku: {said}\n")
    (flow,) = tlseku.read(target)
    assert [(each.role, each.verdict) for each in flow.presented] == [("server", "ok"), ("client", "wrong")]
    assert (flow.client.ip == "192.0.2.10") is ("--anonymise" not in args)
    assert [path.name for path in tmp_path.iterdir()] == ["out.pcapng"]


@pytest.mark.parametrize(
    ("args", "said", "packets_left"),
    [
        (("extract", "-Y", "tls.client.verdict == ok"), "0 flows, 0 packets written", 0),
        (("extract", "--flow", "1", "-Y", "flow.number > 1"), "0 flows, 0 packets written", 0),
        (("annotate", "-Y", "tls.client.verdict == ok"), "0 flows, 0 comments; 12 packets copied", 12),
    ],
)
def test_what_does_not_fit_the_filter_is_left_out(
    run: Run, own_captures: Path, tmp_path: Path, args: tuple[str, ...], said: str, packets_left: int
) -> None:
    target = tmp_path / "out.pcapng"
    result = run(*args, str(own_captures / "wrong-eku-refused.pcap"), "-w", str(target))
    assert (result.exit_code, result.stderr) == (0, f"tlseku: {said}\n")
    assert len(list(packets(target))) == packets_left


def test_a_filter_chooses_among_flows(run: Run, own_captures: Path, tmp_path: Path) -> None:
    both, target = tmp_path / "both.pcapng", tmp_path / "out.pcapng"
    names = ("declined.pcap", "wrong-eku-refused.pcap")
    frames = [
        written.enhanced(p.ts_ns, p.data, opts=b"") for name in names for p in packets(own_captures / name)
    ]
    clock = written.options("<", (9, b"\x09"))
    both.write_bytes(written.section() + written.interface(opts=clock) + b"".join(frames))
    assert run("extract", "-Y", "tls.client.verdict == wrong", str(both), "-w", str(target)).exit_code == 0
    assert [flow.outcome for flow in tlseku.read(target)] == ["refused"]
    result = run("extract", "--flow", "1", "-Y", "tls.client.verdict == wrong", str(both), "-w", str(target))
    assert result.stderr == "tlseku: 0 flows, 0 packets written\n"
    result = run("annotate", "-Y", "tls.client.verdict == wrong", str(both), "-w", str(target))
    assert result.stderr.startswith("tlseku: 1 flow, 6 comments; ")
    assert len(tlseku.read(target)) == 2


@pytest.mark.parametrize("command", ["extract", "annotate"])
def test_a_mistake_in_a_filter_is_told_before_anything_is_read(
    run: Run, tmp_path: Path, command: str
) -> None:
    result = run(command, "-Y", "tls.vedict == ok", "no-such.pcap", "-w", str(tmp_path / "out"))
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "there is no field 'tls.vedict'" in result.stderr


@pytest.mark.parametrize("command", ["extract", "annotate"])
def test_standard_output(run: Run, own_captures: Path, tmp_path: Path, command: str) -> None:
    result = run(command, str(own_captures / "tls13.pcap"), "-w", "-")
    assert result.exit_code == 0
    target = tmp_path / "out.pcapng"
    target.write_bytes(result.stdout_bytes)
    assert len(list(packets(target))) == 17


def test_a_key_gives_the_same_addresses_again(run: Run, own_captures: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"sixteen bytes...")
    ends = []
    for name in ("any-eku.pcap", "declined.pcap"):
        target = tmp_path / "out.pcapng"
        args = ("extract", "--anonymise-key", str(key), str(own_captures / name), "-w", str(target))
        assert run(*args).exit_code == 0
        ends.append([(flow.client.ip, flow.server.ip) for flow in tlseku.read(target)])
    assert ends[0] == ends[1] != [("192.0.2.10", "198.51.100.20")]


def test_secrets_are_dropped_on_request(run: Run, own_captures: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    secrets = written.secrets((own_captures / "tls13.keys").read_bytes())
    frames = [written.enhanced(p.ts_ns, p.data, opts=b"") for p in packets(own_captures / "tls13.pcap")]
    clock = written.options("<", (9, b"\x09"))
    source.write_bytes(written.section() + written.interface(opts=clock) + secrets + b"".join(frames))
    for command in ("extract", "annotate"):
        for args, verdicts in (((), ["ok", "ok"]), (("--drop-secrets",), [])):
            assert run(command, *args, str(source), "-w", str(target)).exit_code == 0
            (flow,) = tlseku.read(target)
            assert [each.verdict for each in flow.presented] == verdicts


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ("extract", "--flow", "1", "--flow", "7", "{declined}"),
            "there is no flow 7: the capture has 1 flow; nothing is written",
        ),
        (("extract", "-"), "-: standard input cannot be read twice; save it to a file first"),
        (("annotate", "-"), "-: standard input cannot be read twice; save it to a file first"),
        (("annotate", "{README}"), "{README}: offset 0: looks like text, not a capture"),
        (("annotate", "no-such.pcap"), "no-such.pcap: cannot open it: No such file or directory"),
        (
            ("extract", "--anonymise-key", "{short}", "{declined}"),
            "--anonymise-key: 3 bytes; a key has at least 16",
        ),
    ],
)
def test_what_goes_wrong_leaves_what_was_there(
    run: Run, own_captures: Path, tmp_path: Path, args: tuple[str, ...], said: str
) -> None:
    target, short = tmp_path / "out.pcapng", tmp_path / "short"
    target.write_bytes(b"before")
    short.write_bytes(b"abc")
    names = {"declined": own_captures / "declined.pcap", "README": own_captures / "README.md", "short": short}
    result = run(*(arg.format_map(names) for arg in args), "-w", str(target))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"tlseku: {said.format_map(names)}")
    assert result.stderr.count("\n") == 1
    assert target.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.pcapng", "short"]


def test_the_capture_itself_is_not_overwritten(run: Run, own_captures: Path, tmp_path: Path) -> None:
    source, link = tmp_path / "in.pcap", tmp_path / "link.pcap"
    source.write_bytes((own_captures / "declined.pcap").read_bytes())
    os.symlink(source, link)
    for target in (source, link):
        result = run("annotate", str(source), "-w", str(target))
        assert result.exit_code == 2
        assert "is the capture that is read" in result.stderr
    assert source.read_bytes() == (own_captures / "declined.pcap").read_bytes()


@pytest.mark.parametrize("command", ["extract", "annotate"])
def test_where_nobody_can_write(run: Run, own_captures: Path, command: str) -> None:
    result = run(command, str(own_captures / "declined.pcap"), "-w", "/no/such/folder/out.pcapng")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "cannot write it: No such file or directory" in result.stderr
    if os.path.exists("/dev/full"):
        result = run(command, str(own_captures / "declined.pcap"), "-w", "/dev/full")
        assert (result.exit_code, result.stderr) == (
            2,
            "tlseku: /dev/full: cannot write it: No space left on device\n",
        )


def test_w_must_be_given(run: Run, own_captures: Path) -> None:
    result = run("annotate", str(own_captures / "declined.pcap"))
    assert result.exit_code == 2
    assert "'-w'" in result.stderr
