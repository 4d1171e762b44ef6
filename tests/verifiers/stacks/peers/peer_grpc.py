"""A TLS peer of grpcio. Arguments: ``server`` or ``client``, a directory, and a version, which gRPC leaves to the other.

A server demands a client certificate and prints its port. A client reads a port a line, connects to the server behind
it, and prints what came of it.
"""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc


def peer(part: str, directory: Path) -> None:
    roots = (directory / "roots.pem").read_bytes()
    if part == "client":
        for line in sys.stdin:
            print(call(roots, int(line)), flush=True)
        return
    server = grpc.server(ThreadPoolExecutor(1))
    own = ((directory / "own.key").read_bytes(), (directory / "own.pem").read_bytes())
    demanding = grpc.ssl_server_credentials([own], root_certificates=roots, require_client_auth=True)
    print(server.add_secure_port("127.0.0.1:0", demanding), flush=True)
    server.start()
    server.wait_for_termination()


def call(roots: bytes, port: int) -> str:
    options = [
        ("grpc.ssl_target_name_override", "leaf.example"),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    done = threading.Event()
    states = []

    def changed(state: grpc.ChannelConnectivity) -> None:
        states.append(state.name)
        if state in (grpc.ChannelConnectivity.READY, grpc.ChannelConnectivity.TRANSIENT_FAILURE):
            done.set()

    credentials = grpc.ssl_channel_credentials(roots)
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials, options) as channel:
        channel.subscribe(changed, try_to_connect=True)
        done.wait(20)
    return " ".join(states)


peer(sys.argv[1], Path(sys.argv[2]))
