"""Wireshark's extcap protocol, spoken as Wireshark does, and tshark itself on the interface that it adds."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_live import (
    CAPTURES,
    PATIENCE,
    PROJECT,
    capturing_program,
    running,
    shake_hands,
)
from tlseku.cli.streams.capturing import interfaces
from tlseku.output.captures import blocks
from tlseku.output.captures.packet_records import records

pytestmark = pytest.mark.skipif(os.name != "posix", reason="FIFOs are POSIX")

LISTED = "1. eth0\n2. any\n3. lo (Loopback)\n4. odd}{name (A {strange} one)\n"


def comments(capture: Path) -> dict[int, list[str]]:
    """The comments of a pcapng file by frame."""
    found: dict[int, list[str]] = {}
    for record in records(capture, "test"):
        if record.kind == blocks.ENHANCED_PACKET:
            captured = int.from_bytes(record.block[20:24], "little")
            at = blocks.PACKET_AT + captured + (-captured & 3)
            said = [
                text.decode()
                for code, text in blocks.read_options(record.block[at:-4], record.order)
                if code == 1
            ]
            if said:
                found[record.frame] = said
    return found


def fifo_of(place: Path) -> tuple[Path, Path, threading.Thread]:
    """A FIFO, and a file into which a thread writes what comes out of it."""
    fifo, into = place / "fifo", place / "out.pcapng"
    os.mkfifo(fifo)

    def copy() -> None:
        with fifo.open("rb") as source, into.open("wb") as target:
            shutil.copyfileobj(source, target, 1)

    thread = threading.Thread(target=copy)
    thread.start()
    return fifo, into, thread


def test_what_wireshark_asks_for(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = capturing_program(tmp_path, "dumpcap", f"cat <<'X'\n{LISTED}X")
    monkeypatch.setenv("PATH", path)
    asked = run("extcap", "--extcap-interfaces", "--extcap-version=4.0")
    version, interface = asked.stdout.splitlines()
    assert version.startswith("extcap {version=")
    assert interface == "interface {value=tlseku}{display=tlseku live}"
    dlts = run("extcap", "--extcap-interface", "tlseku", "--extcap-dlts").stdout
    assert dlts == "dlt {number=1}{name=EN10MB}{display=Ethernet, or what the interface has}\n"
    config = run("extcap", "--extcap-interface", "tlseku", "--extcap-config").stdout.splitlines()
    assert config[1:5] == [
        "value {arg=0}{value=eth0}{display=eth0}{default=true}",
        "value {arg=0}{value=any}{display=any}",
        "value {arg=0}{value=lo}{display=Loopback}",
        "value {arg=0}{value=odd??name}{display=A ?strange? one}",
    ]
    assert [line.split("{")[2] for line in config if line.startswith("arg")] == [
        "call=--interface}",
        "call=--local}",
        "call=--no-promiscuous-mode}",
    ]


@pytest.mark.parametrize(
    ("program", "said", "found"),
    [
        ("dumpcap", "1. eth0\n2. lo (Loopback)", [("eth0", "eth0"), ("lo", "Loopback")]),
        (
            "tcpdump",
            "1.eth0 [Up, Running, Connected]\n2.any (Pseudo-device that captures on all interfaces) [Up, Running]",
            [("eth0", "eth0"), ("any", "Pseudo-device that captures on all interfaces")],
        ),
        ("dumpcap", "", []),
    ],
)
def test_interfaces_are_those_that_the_program_lists(
    program: str, said: str, found: list[tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capturing_program(tmp_path, program, f"while read -r line; do echo \"$line\"; done <<'X'\n{said}\nX")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert interfaces() == found


@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="there is no tcpdump")
@pytest.mark.parametrize(
    ("bpf", "out"), [("tcp port 443", ""), ("tcp[[", "can't parse filter expression: syntax error\n")]
)
def test_a_filter_is_checked(run: Run, bpf: str, out: str) -> None:
    done = run("extcap", "--extcap-interface", "tlseku", f"--extcap-capture-filter={bpf}")
    assert (done.exit_code, done.stdout) == (0, out)


def test_nobody_can_check_a_filter_without_tcpdump(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = run("extcap", "--extcap-interface", "tlseku", "--extcap-capture-filter=tcp")
    assert (done.exit_code, done.stdout) == (2, "")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "--extcap-interface: there is only tlseku"),
        (("--extcap-interface", "other", "--extcap-dlts"), "--extcap-interface: there is only tlseku"),
        (("--extcap-interface", "tlseku"), "nothing is asked for"),
        (("--extcap-interface", "tlseku", "--capture"), "--capture needs --fifo"),
        (("--extcap-interface", "tlseku", "--capture", "--fifo", "x", "--local", "here"), "--local: "),
    ],
)
def test_usage(run: Run, args: tuple[str, ...], said: str) -> None:
    done = run("extcap", *args)
    assert done.exit_code == 2
    assert said in done.stderr


def captured(place: Path, script: str, *more: str) -> tuple[Path, str]:
    """What comes out of the FIFO while a program that stands in for dumpcap runs ``script``, and its arguments."""
    fifo, into, thread = fifo_of(place)
    path = capturing_program(place, "dumpcap", f'echo "$@" > {place}/args; {script}')
    with running(
        "extcap", "--capture", "--extcap-interface", "tlseku", "--fifo", str(fifo), *more, PATH=path
    ) as run:
        out, err = run.process.communicate(timeout=PATIENCE)
        assert (run.process.returncode, out, err) == (0, b"", b"")
    thread.join(PATIENCE)
    return into, (place / "args").read_text()


def test_packets_come_with_comments(tmp_path: Path) -> None:
    into, args = captured(
        tmp_path,
        f"cat {CAPTURES}/wrong-eku-refused.pcap",
        "--interface",
        "eth7",
        "--extcap-capture-filter=tcp",
        "--no-promiscuous-mode",
        "--local",
        "192.0.2.0/24, 10.0.0.1",
    )
    assert args == "-q -f tcp -p -i eth7 -w -\n"
    said = comments(into)
    assert [(frame, len(texts)) for frame, texts in said.items()] == [(6, 2), (8, 1), (9, 3)]
    assert said[6][0].startswith(
        "tlseku flow 1: server 198.51.100.20 presents serial 5a17c0de00000010, EKU serverAuth: ok"
    )
    assert said[6][1].startswith(
        "tlseku flow 1: server asks for a client certificate from 1 CA, CN=Example Private CA,"
    )
    assert said[8][0].startswith(
        "tlseku flow 1: client 192.0.2.10 presents serial 5a17c0de00000021, EKU serverAuth: wrong"
    )
    assert said[9] == [
        "tlseku flow 1: server sends fatal alert unsupported_certificate (43) after encrypted handshake message",
        "tlseku flow 1: 192.0.2.10:51852 -> 198.51.100.20:8443, SNI server.example, TLS 1.2, refused by server",
        "tlseku flow 1: the refusal fits the EKU and nothing else in the chain",
    ]


def test_packets_are_what_they_were_and_a_flow_that_ended_is_told_with_what_comes_later(
    tmp_path: Path,
) -> None:
    # Two connections with ten minutes between them: the first one is over when the second begins.
    one, other = ((CAPTURES / name).read_bytes() for name in ("wrong-eku-refused.pcap", "declined.pcap"))
    both = tmp_path / "both.pcap"
    both.write_bytes(one + other[24:])
    into, _ = captured(tmp_path, f"cat {both}")
    before, after = ([*records(file, "x")] for file in (both, into))
    packets = [record for record in before if record.frame]
    copied = [record for record in after if record.frame]
    assert len(packets) == len(copied) > 20
    for was, now in zip(packets, copied, strict=True):
        length = int.from_bytes(was.block[20:24], "little")
        assert was.block[8 : 28 + length] == now.block[8 : 28 + length]
    ended = [text for texts in comments(into).values() for text in texts if " has ended: " in text]
    assert ended == [
        "tlseku flow 1 has ended: 192.0.2.10:51852 -> 198.51.100.20:8443, SNI server.example, TLS 1.2,"
        " refused by server; the refusal fits the EKU and nothing else in the chain"
    ]


def test_pcapng_keeps_its_blocks(tmp_path: Path) -> None:
    source = tmp_path / "source.pcapng"
    subprocess.run(
        [sys.executable, "-m", "tlseku", "annotate", CAPTURES / "wrong-eku-refused.pcap", "-w", source],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    into, _ = captured(tmp_path, f"cat {source}")
    kinds = [[record.kind for record in records(file, "x")] for file in (source, into)]
    assert kinds[0] == kinds[1]
    # The comments that it had stand behind the new ones.
    assert [len(texts) for texts in comments(into).values()] == [1, 4, 2, 5]


def test_wireshark_ends_it(tmp_path: Path) -> None:
    fifo, into, thread = fifo_of(tmp_path)
    script = f"cat {CAPTURES}/wrong-eku-refused.pcap; trap 'exit 0' TERM; while :; do sleep 0.1; done"
    path = capturing_program(tmp_path, "dumpcap", script)
    with running(
        "extcap", "--capture", "--extcap-interface", "tlseku", "--fifo", str(fifo), PATH=path
    ) as run:
        while not into.exists() or into.stat().st_size < 3000:
            assert run.process.poll() is None
        code, out, err = run.end(signal.SIGTERM)
    thread.join(PATIENCE)
    assert (code, out, err) == (0, "", "")
    assert len(comments(into)) == 3


def test_nobody_reads_any_more(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = f"while cat {CAPTURES}/wrong-eku-refused.pcap; do :; done"
    path = capturing_program(tmp_path, "dumpcap", script)
    with running(
        "extcap", "--capture", "--extcap-interface", "tlseku", "--fifo", str(fifo), PATH=path
    ) as run:
        with fifo.open("rb") as source:
            source.read(100)
        out, err = run.process.communicate(timeout=PATIENCE)
    assert (out, err) == (b"", b"")
    assert run.process.returncode == 0


def test_why_there_is_no_capture(tmp_path: Path) -> None:
    fifo, _, thread = fifo_of(tmp_path)
    script = "echo 'eth7: You do not have permission to capture' >&2; exit 1"
    path = capturing_program(tmp_path, "dumpcap", script)
    with running(
        "extcap", "--capture", "--extcap-interface", "tlseku", "--fifo", str(fifo), PATH=path
    ) as run:
        _, err = run.process.communicate(timeout=PATIENCE)
    thread.join(PATIENCE)
    assert run.process.returncode == 2
    assert err == b"tlseku: dumpcap: eth7: You do not have permission to capture\n"


def test_tshark_captures_from_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("tshark") is None or sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("captures only as root, where tshark is")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    installed = run("wireshark", "install")
    assert installed.exit_code == 0
    plugin, program = map(Path, installed.stdout.splitlines())
    assert plugin.is_relative_to(tmp_path)
    assert program.is_relative_to(tmp_path)
    listed = subprocess.run(["tshark", "-D"], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert "tlseku (tlseku live)" in listed.stdout
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with subprocess.Popen(
        ["tshark", "-l", "-i", "tlseku", "-o", "extcap.tlseku.interface:lo", "-f", f"tcp port {port}", "-Y",
         "tlseku.verdict", "-T", "fields", "-e", "tlseku.role", "-e", "tlseku.verdict", "-e", "tlseku.serial"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as watching:  # fmt: skip
        assert watching.stdout is not None
        assert watching.stderr is not None
        while "Capture started" not in watching.stderr.readline():
            assert watching.poll() is None
        shake_hands(listener, tmp_path)
        told = [watching.stdout.readline().split("\t")[:2] for _ in range(2)]
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=PATIENCE)
    assert told == [["server", "ok"], ["client", "ok"]]
