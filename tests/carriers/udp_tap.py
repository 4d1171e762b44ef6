"""Two programs that speak over UDP on the loopback, with a tap between them.

Knows processes and sockets; must not know what a test expects of the datagrams. The tap notes who sent what, may lose
datagrams on purpose, and ends both programs when nothing moves any more and nothing is left to say.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.carriers.datagrams import Sent, from_client, from_server

QUIET = 0.4
"""Seconds without a datagram after which everything was answered. The loopback answers in milliseconds."""

PATIENCE = 20.0

_TABLES = Path("/proc/net/udp"), Path("/proc/net/udp6")
"""Where Linux shows who listens on UDP; elsewhere a server gets ``_START`` seconds."""

_START = 0.6

Loses = Callable[[int, bool], bool]
"""Whether the datagram of this number, of the client or not, is to be lost behind the tap."""


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until somebody listens on a port of UDP."""
    if not _TABLES[0].exists():
        time.sleep(_START)
        return
    end = f":{port:04X} "
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE and server.poll() is None:
        if any(
            end in line[:48] for table in _TABLES if table.exists() for line in table.read_text().splitlines()
        ):
            return
        time.sleep(0.02)


def overhear(
    place: Path,
    server: Sequence[str],
    client: Sequence[str],
    lines: Sequence[bytes] | None = (),
    *,
    loses: Loses = lambda number, of_client: False,
    quiet: float = QUIET,
) -> tuple[list[Sent], bytes]:
    """Run one conversation: what was sent, lost or not, and the key log. In the commands ``{port}`` is the port to
    listen on or to connect to, ``{keys}`` the key log. ``lines`` go to the client's input, one whenever all is quiet, and then it is closed; None for a client
    that reads nothing."""
    log = place / "keys"
    log.unlink(missing_ok=True)
    environment = {**os.environ, "SSLKEYLOGFILE": str(log)}
    port = _free_port()
    sent: list[Sent] = []

    def start(command: Sequence[str], number: int, name: str) -> subprocess.Popen[bytes]:
        with (place / name).open("wb") as sink:
            return subprocess.Popen(
                [word.replace("{port}", str(number)).replace("{keys}", str(log)) for word in command],
                cwd=place,
                env=environment,
                stdin=subprocess.DEVNULL if lines is None else subprocess.PIPE,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )

    with contextlib.ExitStack() as stack:
        near, far = (stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2))
        near.bind(("127.0.0.1", 0))
        programs = [start(server, port, "server.txt")]
        stack.callback(_end, programs)
        _wait_for(port, programs[0])
        programs.append(start(client, near.getsockname()[1], "client.txt"))
        _relay(near, far, ("127.0.0.1", port), programs[1], list(lines or ()), sent, loses, quiet)
    return sent, log.read_bytes() if log.exists() else b""


def _relay(
    near: socket.socket,
    far: socket.socket,
    server: tuple[str, int],
    client: subprocess.Popen[bytes],
    lines: list[bytes],
    sent: list[Sent],
    loses: Loses,
    quiet: float,
) -> None:
    caller: tuple[str, int] | None = None
    begun = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(near, selectors.EVENT_READ)
        selector.register(far, selectors.EVENT_READ)
        while time.monotonic() - begun < PATIENCE:
            ready = selector.select(PATIENCE if not sent else quiet)
            for key, _ in ready:
                of_client = key.fileobj is near
                data, source = (near if of_client else far).recvfrom(65535)
                if of_client:
                    caller = source
                at = int((time.monotonic() - begun) * 1000)
                sent.append((from_client if of_client else from_server)(data, at))
                if loses(len(sent), of_client):
                    continue
                if of_client:
                    far.sendto(data, server)
                elif caller is not None:
                    near.sendto(data, caller)
            if not ready and (client.poll() is not None or not _next_line(client, lines)):
                return


def _next_line(client: subprocess.Popen[bytes], lines: list[bytes]) -> bool:
    """Say the next line, or hang up; False where nothing is left to say."""
    if client.stdin is None or client.stdin.closed:
        return False
    with contextlib.suppress(BrokenPipeError):
        if lines:
            client.stdin.write(lines.pop(0) + b"\n")
            client.stdin.flush()
        else:
            client.stdin.close()
    return True


def _end(programs: Sequence[subprocess.Popen[bytes]]) -> None:
    for program in programs:
        program.kill()
        program.wait()
        if program.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                program.stdin.close()
