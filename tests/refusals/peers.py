"""Real TLS servers of four libraries, started on a free port of the loopback.

Knows how to start each one with a server certificate and trusted roots in one directory; must not know what is sent to
it nor what it should answer. ``strict`` verifies client certificates as the library does by default, ``lax`` does not
look at their purpose, ``asking`` takes a client that has none. A server ends with its ``running`` block.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509 import load_pem_x509_certificate

from tests.builder import Built

Mode = Literal["strict", "lax", "asking"]
Version = Literal["1.2", "1.3"]

_HERE = Path(__file__).resolve().parent
_PATIENCE = 30.0
_PASSWORD = b"password"


class Peer(NamedTuple):
    """A library: the commands that its server needs, the modes that it has, and how it is started.

    ``start`` takes the directory, mode and version and gives back the process and its port.
    """

    commands: tuple[str, ...]
    modes: tuple[Mode, ...]
    start: Callable[[Path, Mode, Version], tuple[subprocess.Popen[str], int]]


def write_identity(directory: Path, server: Built, roots: tuple[Built, ...]) -> None:
    """Lay down what every server reads: ``server.pem``, ``server.key``, ``server.p12`` and ``roots.pem``."""
    (directory / "server.pem").write_bytes(server.pem)
    (directory / "server.key").write_bytes(server.key_pem)
    (directory / "roots.pem").write_bytes(b"".join(root.pem for root in roots))
    bundle = pkcs12.serialize_key_and_certificates(
        b"server",
        server.key,  # type: ignore[arg-type]
        load_pem_x509_certificate(server.pem),
        None,
        BestAvailableEncryption(_PASSWORD),
    )
    (directory / "server.p12").write_bytes(bundle)


@contextlib.contextmanager
def running(peer: Peer, directory: Path, mode: Mode, version: Version) -> Iterator[int]:
    """The port of a server that runs as long as the block."""
    process, port = peer.start(directory, mode, version)
    try:
        yield port
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _openssl(directory: Path, mode: Mode, version: Version) -> tuple[subprocess.Popen[str], int]:
    port = _free_port()
    demand = {
        "strict": ("-Verify", "3", "-verify_return_error"),
        "lax": ("-Verify", "3", "-verify_return_error", "-purpose", "any"),
        "asking": ("-verify", "3", "-verify_return_error"),
    }[mode]
    command = ["openssl", "s_server", "-quiet", "-rev", "-accept", f"127.0.0.1:{port}"]
    command += ["-cert", "server.pem", "-key", "server.key", "-CAfile", "roots.pem", *demand]
    command.append({"1.2": "-tls1_2", "1.3": "-tls1_3"}[version])
    return _started(command, directory, port)


def _go(directory: Path, mode: Mode, version: Version) -> tuple[subprocess.Popen[str], int]:
    program = directory / "goserver"
    if not program.exists():
        offline = {"GOFLAGS": "", "GOPROXY": "off", "GO111MODULE": "off", "GOPATH": str(directory / "go")}
        environment = {"GOCACHE": str(directory / "cache"), **os.environ, **offline}
        build = ["go", "build", "-o", str(program), str(_HERE / "server.go")]
        subprocess.run(build, check=True, env=environment, capture_output=True)
    return _telling_its_port([str(program), str(directory), mode, version])


def _java(directory: Path, mode: Mode, version: Version) -> tuple[subprocess.Popen[str], int]:
    if not (directory / "Serve.class").exists():
        subprocess.run(["javac", "-d", str(directory), str(_HERE / "Serve.java")], check=True)
    command = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", str(directory)]
    return _telling_its_port([*command, "Serve", str(directory), mode, version])


def _nss(directory: Path, mode: Mode, version: Version) -> tuple[subprocess.Popen[str], int]:
    store = directory / "nss"
    if not store.exists():
        store.mkdir()
        at = ["-d", f"sql:{store}"]
        subprocess.run(["certutil", "-N", *at, "--empty-password"], check=True, capture_output=True)
        secret = _PASSWORD.decode()
        put = ["pk12util", *at, "-i", str(directory / "server.p12"), "-W", secret, "-K", ""]
        subprocess.run(put, check=True, capture_output=True)
        for number, pem in enumerate(_blocks((directory / "roots.pem").read_bytes())):
            file = directory / f"root{number}.pem"
            file.write_bytes(pem)
            trust = ["certutil", "-A", *at, "-n", f"root{number}", "-t", "CT,,", "-a", "-i", str(file)]
            subprocess.run(trust, check=True, capture_output=True)
    port = _free_port()
    asking = {"strict": ["-r", "-r"], "asking": ["-r"]}[mode]
    span = {"1.2": "tls1.2:tls1.2", "1.3": "tls1.3:tls1.3"}[version]
    command = ["selfserv", "-d", f"sql:{store}", "-p", str(port), "-w", "", "-e", "server", "-V", span]
    return _started([*command, *asking, "-L", "600"], directory, port)


def _blocks(pem: bytes) -> list[bytes]:
    end = b"-----END CERTIFICATE-----\n"
    return [block + end for block in pem.split(end) if block.strip()]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _started(command: list[str], directory: Path, port: int) -> tuple[subprocess.Popen[str], int]:
    with (directory / "server.txt").open("a") as sink:
        process = subprocess.Popen(
            command, cwd=directory, text=True, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
        )
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return process, port
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise RuntimeError(f"{command[0]} does not listen: {(directory / 'server.txt').read_text()}")


def _telling_its_port(command: list[str]) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


PEERS: Mapping[str, Peer] = {
    "openssl": Peer(("openssl",), ("strict", "lax", "asking"), _openssl),
    "go": Peer(("go",), ("strict", "lax", "asking"), _go),
    "java": Peer(("java", "javac"), ("strict", "lax", "asking"), _java),
    "nss": Peer(("selfserv", "certutil", "pk12util"), ("strict", "asking"), _nss),
}
"""The servers by name. selfserv cannot be told to leave the purpose alone, so that it has no ``lax``."""
