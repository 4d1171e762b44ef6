"""Storages that the tests bring along: a web server and an object store, both on loopback."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """A web server with these answers; its address and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def web(own_captures: Path) -> Iterator[str]:
    """The URL under which a web server has the project's captures."""
    with serving(functools.partial(_Quiet, directory=str(own_captures))) as host:
        yield f"http://{host}"


@pytest.fixture(scope="session")
def bucket(own_captures: Path) -> Iterator[dict[str, object]]:
    """What s3fs needs to reach a made-up S3 whose bucket ``captures`` holds some of the project's captures."""
    moto_server = pytest.importorskip("moto.server", reason="needs moto, of the test extra")
    s3fs = pytest.importorskip("s3fs", reason="needs s3fs, of the test extra")
    server = moto_server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    storage: dict[str, object] = {"key": "k", "secret": "s", "endpoint_url": f"http://{host}:{port}"}
    system = s3fs.S3FileSystem(**storage)
    system.mkdir("captures")
    for name in ("declined.pcap", "no-eku.pcap", "scenario1.pcap.gz"):
        system.pipe(f"captures/2026/{name}", (own_captures / name).read_bytes())
    yield storage
    server.stop()
