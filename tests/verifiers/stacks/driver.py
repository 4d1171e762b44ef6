"""Starts a stack as server or as client, and brings it together with our side once for every chain.

Knows processes, ports and how a peer is spoken to: a server prints its port, a client reads a port a line and prints a
line for each; must not know what is expected. Out comes the whole run as one recording: a word for every chain, a
connection for each, told apart by the client's port, and their secrets.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Literal

from tests.verifiers.stacks.our_side import PATIENCE, Manner, OurSide, context_of
from tests.wire import MILLISECOND, SECOND, START, Frame, Talk

Part = Literal["server", "client"]
Version = Literal["1.2", "1.3"]

FIRST_PORT = 20_000


@dataclass(frozen=True)
class Recording:
    """What the stack answered by the name of a chain, in the order of their connections, what it said of that itself,
    every packet, and the key log."""

    words: Mapping[str, str]
    said: Mapping[str, str]
    frames: Sequence[Frame]
    key_log: bytes


@dataclass
class Recorder:
    """Speaks to a stack as its other side, connection after connection, or from several threads side by side. ``work``
    has the files of both."""

    work: Path
    version: Version
    manner: Manner
    words: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    _writing: Lock = field(default_factory=Lock)

    @property
    def _key_log(self) -> Path:
        return self.work / "secrets.txt"

    def call(self, name: str, identity: Path | None, port: int) -> None:
        """We are the client and present ``identity``; a chain that we cannot load is left out."""
        context = self._context(0, identity)
        if context is not None:
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as wire:
                self._speak(name, OurSide(wire, context, 0, self._talk(name), self.manner))

    def answer(self, name: str, identity: Path | None, caller: Caller) -> None:
        """We are the server and present ``identity`` to the stack that calls; a chain that we cannot load is left out."""
        context = self._context(1, identity)
        if context is None:
            return
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(PATIENCE)
            caller.call(listener.getsockname()[1])
            wire, _ = listener.accept()
            with wire:
                self._speak(name, OurSide(wire, context, 1, self._talk(name), self.manner))
        self.said[name] = caller.said()

    def recording(self) -> Recording:
        """All of it."""
        secrets = self._key_log.read_bytes() if self._key_log.exists() else b""
        return Recording(self.words, self.said, self.frames, secrets)

    def _context(self, side: int, identity: Path | None) -> ssl.SSLContext | None:
        try:
            context = context_of(side, self.version, identity, self._key_log)
        except ssl.SSLError:
            return None
        if self.manner.alpn:
            context.set_alpn_protocols(list(self.manner.alpn))
        return context

    def _talk(self, name: str) -> Talk:
        """The client's ports are in the order of the words."""
        with self._writing:
            port = FIRST_PORT + len(self.words)
            self.words[name] = "does not end"
        return Talk(client=("192.0.2.10", port)).open()

    def _speak(self, name: str, ours: OurSide) -> None:
        self.words[name] = ours.word()
        with self._writing:
            start = self.frames[-1].ts_ns + SECOND if self.frames else START
            self.frames += ours.talk.frames(start=start, step=MILLISECOND)


class Server:
    """A stack that serves until the block ends; ``port`` is where."""

    def __init__(self, command: Sequence[str], work: Path, port: int | None = None) -> None:
        """``port`` is given where the stack is told its port and does not print it."""
        self._port = port
        self._log = (work / "server.txt").open("w+")
        self._process = subprocess.Popen(
            command,
            cwd=work,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=self._log if port else subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )

    def __enter__(self) -> int:
        try:
            return self._wait() if self._port else self._read()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, 9)
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    def _read(self) -> int:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return int(line) if line.strip().isdigit() else self._failed()

    def _wait(self) -> int:
        assert self._port is not None
        deadline = time.monotonic() + PATIENCE
        while self._process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
                return self._port
            time.sleep(0.05)
        return self._failed()

    def _failed(self) -> int:
        self._log.seek(0)
        raise RuntimeError(f"the server does not come up: {self._log.read()[-2000:]}")


class Caller:
    """A stack that calls a port, as often as it is told to."""

    def __init__(self, command: Sequence[str], work: Path) -> None:
        self._command, self._work = command, work
        self._log = (work / "client.txt").open("a")
        self._process = self._started(command)

    def call(self, port: int) -> None:
        """Make it call. What it says of that is to be fetched before the next call."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{port}\n")
        self._process.stdin.flush()

    def said(self) -> str:
        """What the stack itself says of the last call."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def _started(self, command: Sequence[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=self._work,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )


_PORTS = range(20_000, 32_000)
"""Below those that the system gives away, so that nobody gets one between being found free and being served."""
_next = count(os.getpid() * 389)
"""Processes of one run begin far from each other."""


def free_port() -> int:
    """A port of the loopback that nobody has."""
    for _ in _PORTS:
        port = _PORTS[next(_next) % len(_PORTS)]
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("no port is free")
