"""A TLS client of s2n, as awscrt has it. Arguments: ``client``, a directory, and a version, which is left to the other.

Reads a port a line, connects to the server behind it, and prints what came of it.
"""

from __future__ import annotations

import sys
from concurrent.futures import TimeoutError
from pathlib import Path

from awscrt import http, io
from awscrt.exceptions import AwsCrtError

PATIENCE = 1.0
"""Seconds. Who refuses says nothing for up to half a minute (s2n calls it blinding)."""


def peer(directory: Path) -> None:
    group = io.EventLoopGroup(1)
    bootstrap = io.ClientBootstrap(group, io.DefaultHostResolver(group))
    options = io.TlsContextOptions()
    options.override_default_trust_store((directory / "roots.pem").read_bytes())
    context = io.ClientTlsContext(options)
    for line in sys.stdin:
        print(call(bootstrap, context, int(line)), flush=True)


def call(bootstrap: io.ClientBootstrap, context: io.ClientTlsContext, port: int) -> str:
    tls = context.new_connection_options()
    tls.set_server_name("leaf.example")
    try:
        connection = http.HttpClientConnection.new(
            "127.0.0.1", port, bootstrap, tls_connection_options=tls
        ).result(PATIENCE)
        request = http.HttpRequest("GET", "/", http.HttpHeaders([("host", "leaf.example")]))
        stream = connection.request(request)
        stream.activate()
        stream.completion_future.result(PATIENCE)
    except (AwsCrtError, TimeoutError) as error:
        return " ".join(str(error).split()) or "silent"
    return "closed"


peer(Path(sys.argv[2]))
