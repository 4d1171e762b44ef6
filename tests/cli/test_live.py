"""Flows while packets come: from a pipe that stays open, from what captures, and when somebody ends it. In real
processes; the last two tests capture on the loopback, where they may."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.builder import CLIENT_AUTH, SERVER_AUTH, build, ca
from tests.cli.test_streams import environment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and pipes are POSIX")

PROJECT = Path(__file__).resolve().parents[2]
CAPTURES = PROJECT / "captures"
REFUSED = (CAPTURES / "wrong-eku-refused.pcap").read_bytes()
NOTHING = REFUSED[24:32] + (1500).to_bytes(4, "little") * 2 + bytes(1500)
"""A packet that is nothing."""
PATIENCE = 60.0


class Running:
    """A run of tlseku whose output is read as it comes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def line(self) -> str:
        """The next line of standard output, which must come although nothing more is written."""
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(PATIENCE), "nothing came"
        return self.process.stdout.readline().decode()

    def told(self, begin: str) -> None:
        """Wait for a line of standard error that begins so."""
        assert self.process.stderr is not None
        while not (line := self.process.stderr.readline().decode()).startswith(begin):
            assert line, "it has ended"

    def end(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out.decode(), err.decode()


@contextmanager
def running(*args: str, **changes: str) -> Iterator[Running]:
    with subprocess.Popen(
        [sys.executable, "-m", "tlseku", *args],
        cwd=PROJECT,
        env=environment(**changes),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def until_finished_but_open(data: bytes) -> bytes:
    """A capture without its last four packets: the FINs."""
    place, starts = 24, []
    while place < len(data):
        starts.append(place)
        place += 16 + int.from_bytes(data[place + 8 : place + 12], "little")
    return data[: starts[-4]]


def test_a_flow_is_told_although_no_packet_comes() -> None:
    with running("flows", "-T", "ndjson", "-") as run:
        run.write(REFUSED)
        assert json.loads(run.line())["outcome"] == "refused"
        assert run.end(signal.SIGINT)[0] == 130


def test_the_table_comes_the_same_way() -> None:
    with running("flows", "-") as run:
        run.write(REFUSED)
        assert run.line().startswith("-  2026-04-01 UTC")
        assert "refused by server" in run.line()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_pending_is_written_when_somebody_ends_it(number: int) -> None:
    with running("flows", "-T", "ndjson", "-") as run:
        run.write(REFUSED + until_finished_but_open((CAPTURES / "declined.pcap").read_bytes())[24:])
        assert json.loads(run.line())["flow"] == 1
        code, out, err = run.end(number)
    assert code == 130
    assert [json.loads(line)["flow"] for line in out.splitlines()] == [2]
    assert err.splitlines()[-1].startswith("tlseku: 2 TLS flows in 2 TCP connections")


@pytest.mark.parametrize("form", ["json", "csv", "sarif", "junit"])
def test_a_document_is_whole_when_somebody_ends_it(form: str, tmp_path: Path) -> None:
    target = tmp_path / "out"
    with running("flows", "-T", form, "-w", str(target), "-") as run:
        # More than a pipe holds: once it is written, the reading has begun.
        run.write(REFUSED + 200 * NOTHING)
        assert run.end(signal.SIGINT)[0] == 130
    expected = subprocess.run(
        [sys.executable, "-m", "tlseku", "flows", "-T", form, "--local", "192.0.2.10", "-"],
        input=REFUSED,
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        check=True,
    ).stdout
    if form == "json":
        assert [each["outcome"] for each in json.loads(target.read_text())] == ["refused"]
    assert len(target.read_bytes().splitlines()) == len(expected.splitlines())
    assert len(expected) > 0


def test_nothing_came_at_all() -> None:
    with running("flows", "-") as run:
        time.sleep(1)
        code, _, err = run.end(signal.SIGINT)
    assert code == 130
    assert "Traceback" not in err


def test_a_reading_that_was_ended_has_a_code_of_its_own_whatever_was_found() -> None:
    with running("flows", "--fail-on", "wrong", "-T", "ndjson", "-") as run:
        run.write(REFUSED)
        run.line()
        assert run.end(signal.SIGINT)[0] == 130


def test_a_pause_changes_nothing_of_a_flow() -> None:
    def lines(out: bytes) -> list[dict[str, object]]:
        found = [json.loads(line) for line in out.splitlines()]
        # Only at the end of a capture it is known who took part in every flow.
        return [
            {k: v for k, v in each.items() if k not in ("file", "direction", "vantage")} for each in found
        ]

    for name in ("wrong-eku-refused.pcap", "declined.pcap", "tls13.pcap", "test-case-1.pcap"):
        data = (CAPTURES / name).read_bytes()
        whole = subprocess.run(
            [sys.executable, "-m", "tlseku", "flows", "-T", "ndjson", str(CAPTURES / name)],
            cwd=PROJECT,
            env=environment(),
            capture_output=True,
            check=True,
        )
        with running("flows", "-T", "ndjson", "-") as run:
            run.write(data)
            first = run.line()
            out, _ = run.process.communicate(timeout=PATIENCE)
        assert lines(first.encode() + out) == lines(whole.stdout), name


def capturing_program(place: Path, name: str, script: str) -> str:
    """A PATH with nothing but this program and what a script needs."""
    (place / name).write_text(f"#!/bin/sh\n{script}\n")
    (place / name).chmod(0o755)
    return f"{place}:/usr/bin:/bin" if name == "dumpcap" else str(place)


def test_live_reads_what_dumpcap_writes(tmp_path: Path) -> None:
    script = (
        f'echo "$@" > {tmp_path}/args; cat {CAPTURES}/wrong-eku-refused.pcap; trap "echo ended > {tmp_path}/ended;'
        ' exit 0" TERM; while :; do sleep 0.1; done'
    )
    path = capturing_program(tmp_path, "dumpcap", script)
    with running("live", "-i", "eth7", "-T", "ndjson", "tcp", "port 443", PATH=path) as run:
        run.told("tlseku: capturing on eth7 (dumpcap); Ctrl-C ends it")
        flow = json.loads(run.line())
        assert (flow["file"], flow["outcome"]) == ("eth7", "refused")
        code, _, err = run.end(signal.SIGINT)
    assert code == 130
    assert err.splitlines()[-1].startswith("tlseku: 1 TLS flow")
    assert (tmp_path / "args").read_text() == "-q -f tcp port 443 -i eth7 -w -\n"
    assert (tmp_path / "ended").exists()


def test_live_takes_tcpdump_where_there_is_no_dumpcap(tmp_path: Path) -> None:
    place = capturing_program(
        tmp_path, "tcpdump", f'echo "$@" > {tmp_path}/args; while read -r line; do echo "$line"; done; exit 0'
    )
    with running("live", "-p", "-i", "eth7", "host a", PATH=place) as run:
        run.process.wait(PATIENCE)
    assert (tmp_path / "args").read_text() == "--immediate-mode -n -U -p -i eth7 -w - -- host a\n"


def test_live_tells_in_one_line_why_there_is_no_capture(tmp_path: Path) -> None:
    script = "echo Capturing on eth7 >&2; echo 'eth7: You do not have permission to capture' >&2; exit 1"
    with running("live", "-i", "eth7", PATH=capturing_program(tmp_path, "dumpcap", script)) as run:
        _, err = run.process.communicate(timeout=PATIENCE)
        assert run.process.returncode == 2
    assert err.decode() == "tlseku: dumpcap: eth7: You do not have permission to capture\n"


def test_live_tells_of_packets_that_were_dropped(tmp_path: Path) -> None:
    script = (
        f"cat {CAPTURES}/wrong-eku-refused.pcap;"
        " echo \"Packets received/dropped on interface 'eth7': 12/3 (pcap:3/dumpcap:0)\" >&2"
    )
    with running("live", "-i", "eth7", PATH=capturing_program(tmp_path, "dumpcap", script)) as run:
        _, err = run.process.communicate(timeout=PATIENCE)
        assert run.process.returncode == 0
    assert "tlseku: warning: 3 packets dropped by the capture before tlseku could read\n" in err.decode()


def test_live_without_a_program_that_captures(tmp_path: Path) -> None:
    with running("live", "-i", "lo", PATH=str(tmp_path)) as run:
        _, err = run.process.communicate(timeout=PATIENCE)
        assert run.process.returncode == 2
    assert err.decode() == (
        "tlseku: live needs dumpcap (of Wireshark) or tcpdump, and neither is on the PATH (see tlseku live --help)\n"
    )


@pytest.mark.parametrize("program", ["dumpcap", "tcpdump"])
def test_live_on_the_loopback(program: str, tmp_path: Path) -> None:
    found = shutil.which(program)
    if found is None or sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("captures only as root, where the program is")
    (tmp_path / program).symlink_to(found)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with running("live", "-i", "lo", "-T", "ndjson", f"tcp port {port}", PATH=str(tmp_path)) as run:
        run.told("tlseku: capturing on lo")
        shake_hands(listener, tmp_path)
        flow = json.loads(run.line())
        code, _, err = run.end(signal.SIGTERM)
    assert flow["client_cert"]["verdict"] == "ok"
    assert flow["server"]["port"] == port
    assert code == 130
    assert "1 TLS flow in 1 TCP connection" in err


def shake_hands(listener: socket.socket, place: Path) -> None:
    """One mutual TLS 1.2 connection, opened and closed."""
    root = ca(subject="Root")
    contexts = []
    for role, purpose in ((ssl.PROTOCOL_TLS_SERVER, SERVER_AUTH), (ssl.PROTOCOL_TLS_CLIENT, CLIENT_AUTH)):
        built = build(subject=f"leaf {purpose}", issuer=root, eku=(purpose,))
        file = place / f"{purpose}.pem"
        file.write_bytes(built.key_pem + built.pem)
        context = ssl.SSLContext(role)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(file)
        context.load_verify_locations(cadata=root.pem.decode())
        context.check_hostname = False
        context.verify_mode = ssl.CERT_OPTIONAL if role is ssl.PROTOCOL_TLS_SERVER else ssl.CERT_NONE
        contexts.append(context)
    server, client = contexts

    def serve() -> None:
        connection, _ = listener.accept()
        with server.wrap_socket(connection, server_side=True) as secure:
            secure.recv(10)
            secure.sendall(b"bye")

    thread = threading.Thread(target=serve)
    thread.start()
    with socket.create_connection(listener.getsockname()) as raw, client.wrap_socket(raw) as secure:
        secure.sendall(b"hello")
        assert secure.recv(10) == b"bye"
    thread.join(PATIENCE)
    listener.close()
