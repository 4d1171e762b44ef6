"""Two programs that speak over TCP on the loopback, with a tap between them.

Knows processes and sockets; must not know what a test expects. The tap ends both programs when they hang up or nothing
moves any more.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.carriers.udp_tap import QUIET
from tests.refusals.tap import relay
from tests.wire import Frame

PATIENCE = 20.0


def overhear(place: Path, server: Sequence[str], client: Sequence[str], quiet: float = QUIET) -> list[Frame]:
    """Run one conversation: its packets. In the commands ``{port}`` is the port to listen on or to connect to."""
    with contextlib.ExitStack() as stack:
        tap = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        tap.settimeout(PATIENCE)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        first = _start(stack, place, server, port, "server.txt")
        towards_server = stack.enter_context(_connected(port, first))
        _start(stack, place, client, tap.getsockname()[1], "client.txt")
        towards_client = stack.enter_context(tap.accept()[0])
        return relay(towards_client, towards_server, quiet).frames()


def _start(
    stack: contextlib.ExitStack, place: Path, command: Sequence[str], port: int, name: str
) -> subprocess.Popen[bytes]:
    with (place / name).open("wb") as sink:
        program = subprocess.Popen(
            [word.replace("{port}", str(port)) for word in command],
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    stack.callback(program.wait)
    stack.callback(program.kill)
    return program


def _connected(port: int, server: subprocess.Popen[bytes]) -> socket.socket:
    begun = time.monotonic()
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), PATIENCE)
        except ConnectionRefusedError:
            if server.poll() is not None or time.monotonic() - begun > PATIENCE:
                raise
            time.sleep(0.02)
