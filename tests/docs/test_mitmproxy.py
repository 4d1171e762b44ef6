"""mitmproxy between a client and a server, run as ``docs/embedding.md`` says: both legs in one capture, opened."""

from __future__ import annotations

import os
import shlex
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.builder import CLIENT_AUTH, SERVER_AUTH, build, ca
from tests.conftest import PROJECT
from tests.docs.test_embedding import BLOCKS
from tests.wire import Frame, Talk, pcap

FAR = datetime(2049, 1, 1, tzinfo=timezone.utc)
BEGIN_NS = 1_800_000_000_000_000_000
LONG_NS = 60_000_000_000
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"


@pytest.fixture
def mitmdump() -> Path:
    """The program, in the environment that ``tests/run`` has made for it."""
    place = Path(os.environ.get("TLSEKU_TEST_MITMPROXY") or PROJECT / ".venv-mitmproxy")
    program = place / "bin" / "mitmdump"
    if not program.exists():
        pytest.skip("mitmproxy is not installed: run tests/run --prepare")
    return program.resolve()


class Relay:
    """Passes a connection on to ``to`` and keeps what both ends said, as tcpdump would without its rights."""

    def __init__(self, to: int) -> None:
        self._saying = threading.Lock()
        self._talk = Talk()
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._passing = threading.Thread(target=self._run, daemon=True)
        self._passing.start()

    def said(self) -> Talk:
        """The connection, once both ends have said all."""
        self._passing.join(60)
        return self._talk.close()

    def _run(self) -> None:
        with self._listener:
            near, name = self._listener.accept()
        with near, socket.create_connection(("127.0.0.1", self._to)) as far:
            self._talk = Talk(client=name, server=("127.0.0.1", self._to)).open()
            other = threading.Thread(target=self._pump, args=(far, near, 1), daemon=True)
            other.start()
            self._pump(near, far, 0)
            other.join(60)

    def _pump(self, source: socket.socket, target: socket.socket, side: int) -> None:
        try:
            while data := source.recv(65536):
                with self._saying:
                    self._talk.send_in(side, data, 1400)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return  # an end that is gone has said all


@contextmanager
def _running(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[None]:
    with (
        (folder / "told").open("wb") as told,
        subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdout=told, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def _until_it_listens(port: int) -> None:
    for _ in range(1200):
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    with listener:
        connection, _ = listener.accept()
    with context.wrap_socket(connection, server_side=True) as stream:
        stream.recv(4096)
        stream.sendall(ANSWER)
        # What the other end still says is taken, so that no RST overtakes the answer.
        stream.shutdown(socket.SHUT_WR)
        while socket.socket.recv(stream, 4096):
            pass


def test_both_legs_through_mitmproxy(tmp_path: Path, mitmdump: Path) -> None:
    root = ca(not_after=FAR)
    purposes = {"localhost": SERVER_AUTH, "client.example": SERVER_AUTH, "proxy.example": CLIENT_AUTH}
    for name, eku in purposes.items():
        own = build(issuer=root, subject=name, san=(name,), eku=(eku,), not_after=FAR)
        (tmp_path / f"{name.partition('.')[0]}.pem").write_bytes(own.pem + own.key_pem)
    (tmp_path / "ca.pem").write_bytes(root.pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "localhost.pem")
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(tmp_path / "ca.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(listener, server), daemon=True).start()
    far = Relay(listener.getsockname()[1])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    proxy, _, tlseku = BLOCKS["runs", "mitmproxy"].splitlines()
    variable, command, *arguments = shlex.split(
        proxy.replace("server.example:443", f"localhost:{far.port}").replace("8443", str(port))
    )
    assert command == "mitmdump"
    # A connection to the server is made when a client has one to mitmproxy, and the first only asks whether it is there.
    more = ["--listen-host", "127.0.0.1", "--set", "confdir=conf", "--set", "connection_strategy=lazy"]
    name, _, value = variable.partition("=")
    with _running([str(mitmdump), *arguments, *more], tmp_path, {name: value}):
        _until_it_listens(port)
        near = Relay(port)
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.load_verify_locations(tmp_path / "conf" / "mitmproxy-ca-cert.pem")
        client.load_cert_chain(tmp_path / "client.pem")
        connection = socket.create_connection(("127.0.0.1", near.port))
        with client.wrap_socket(connection, server_hostname="localhost") as stream:
            stream.settimeout(60)
            stream.sendall(REQUEST)
            answer = b""
            # No further: mitmproxy ends TCP without a word, to which OpenSSL says decode_error.
            while not answer.endswith(b"hi"):
                answer += stream.recv(4096)

    frames: list[Frame] = []
    for relay in (near, far):
        frames += relay.said().frames(start=BEGIN_NS + LONG_NS * len(frames))
    (tmp_path / "both.pcap").write_bytes(pcap(frames))
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(tlseku)],
        capture_output=True,
        check=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert done.stdout == BLOCKS["prints", "mitmproxy"]
