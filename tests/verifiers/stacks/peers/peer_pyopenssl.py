"""A TLS peer of pyOpenSSL. Arguments: ``server`` or ``client``, a directory, ``1.2`` or ``1.3``.

A server demands a client certificate, prints its port and answers what it reads. A client reads a port a line, says a
line to the server behind it, and prints what came of it.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from OpenSSL import SSL


def peer(part: str, directory: Path, version: str) -> None:
    context = SSL.Context(SSL.TLS_SERVER_METHOD if part == "server" else SSL.TLS_CLIENT_METHOD)
    number = {"1.2": SSL.TLS1_2_VERSION, "1.3": SSL.TLS1_3_VERSION}[version]
    context.set_min_proto_version(number)
    context.set_max_proto_version(number)
    context.load_verify_locations(str(directory / "roots.pem"))
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
    if part == "client":
        for line in sys.stdin:
            print(call(context, int(line)), flush=True)
        return
    context.use_certificate_chain_file(str(directory / "own.pem"))
    context.use_privatekey_file(str(directory / "own.key"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            wire, _ = listener.accept()
            answer(SSL.Connection(context, wire), wire)


def answer(secured: SSL.Connection, wire: socket.socket) -> None:
    secured.set_accept_state()
    with wire:
        try:
            secured.do_handshake()
            secured.sendall(secured.recv(100))
            secured.shutdown()
        except SSL.Error:
            return


def call(context: SSL.Context, port: int) -> str:
    with socket.create_connection(("127.0.0.1", port)) as wire:
        secured = SSL.Connection(context, wire)
        secured.set_connect_state()
        try:
            secured.do_handshake()
            secured.sendall(b"GET / HTTP/1.0\r\n\r\n")
            secured.recv(100)
        except SSL.Error as error:
            return str(error).replace("\n", " ")
    return "closed"


peer(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
