"""Two TLS programs on the loopback, with a tap between them.

Knows processes and sockets; must not know what a test expects of the bytes. The tap notes who sent what; whenever
nothing moves for a moment, the next line of the script goes to one program's standard input.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.decryption.memory import Spoken

QUIET = 0.15
"""With no byte for this long, everything said has been answered. The loopback answers in milliseconds."""

PATIENCE = 20.0

Line = tuple[int, bytes]


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def overhear(
    place: Path, server: Sequence[str], client: Sequence[str], script: Sequence[Line] = (), name: str = "tap"
) -> Spoken:
    """Run one connection. In the commands, ``{port}`` is the port to listen on or to connect to. Both programs find the
    name of the key log in SSLKEYLOGFILE; the OpenSSL commands need ``-keylogfile`` besides. When the script is at its
    end, the client's input is closed, and a moment later its connection."""
    log = place / f"{name}.keys"
    log.unlink(missing_ok=True)
    environment = {**os.environ, "SSLKEYLOGFILE": str(log)}
    spoken = Spoken()
    port = free_port()

    def start(command: Sequence[str], number: int, output: str) -> subprocess.Popen[bytes]:
        with (place / f"{name}.{output}").open("wb") as sink:
            return subprocess.Popen(
                [word.replace("{port}", str(number)).replace("{keys}", str(log)) for word in command],
                cwd=place,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )

    with contextlib.ExitStack() as stack:
        tap = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        tap.settimeout(PATIENCE)
        programs = [start(server, port, "server")]
        stack.callback(_end, programs)
        towards_server = stack.enter_context(_connect(port, programs[0], place / f"{name}.server"))
        programs.insert(0, start(client, tap.getsockname()[1], "client"))
        towards_client = stack.enter_context(tap.accept()[0])
        _relay(towards_client, towards_server, programs, list(script), spoken)
    spoken.key_log = log.read_bytes() if log.exists() else b""
    spoken.refusal = (place / f"{name}.client").read_text(errors="replace")
    return spoken


def _connect(port: int, program: subprocess.Popen[bytes], output: Path) -> socket.socket:
    deadline = time.monotonic() + PATIENCE
    while program.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        time.sleep(0.02)
    raise RuntimeError(f"the server does not listen: {output.read_text(errors='replace')}")


def _relay(
    client: socket.socket,
    server: socket.socket,
    programs: list[subprocess.Popen[bytes]],
    script: list[Line],
    spoken: Spoken,
) -> None:
    deadline = time.monotonic() + PATIENCE
    hung_up = False
    with selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ, (0, client, server))
        selector.register(server, selectors.EVENT_READ, (1, server, client))
        while selector.get_map():
            if time.monotonic() > deadline:
                raise RuntimeError("the connection hangs")
            ready = selector.select(QUIET)
            if not ready:
                if script:
                    side, line = script.pop(0)
                    _say(programs[side], line)
                elif not hung_up:
                    hung_up = True
                    _hang_up(programs[0])
                else:
                    return
            for key, _ in ready:
                side, speaker, other = key.data
                try:
                    data = speaker.recv(65536)
                except ConnectionResetError:
                    data = b""
                if data:
                    spoken.turns.append((side, data))
                    with contextlib.suppress(OSError):
                        other.sendall(data)
                else:
                    selector.unregister(speaker)
                    with contextlib.suppress(OSError):
                        other.shutdown(socket.SHUT_WR)


def _say(program: subprocess.Popen[bytes], line: bytes) -> None:
    if program.stdin is not None:
        with contextlib.suppress(BrokenPipeError, ValueError):
            program.stdin.write(line)
            program.stdin.flush()


def _hang_up(program: subprocess.Popen[bytes]) -> None:
    if program.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            program.stdin.close()


def _end(programs: list[subprocess.Popen[bytes]]) -> None:
    for program in programs:
        with contextlib.suppress(BrokenPipeError):
            if program.stdin is not None:
                program.stdin.close()
        program.terminate()
        try:
            program.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
