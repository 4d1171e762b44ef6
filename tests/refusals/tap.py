"""A TLS client that talks to a server through a tap, and what the tap heard as packets.

Knows Python's ``ssl`` for the client and how bytes become segments (``tests.wire``); must not know what either side is
meant to do. Out come frames of one TCP connection with SYN and FIN, every flight a segment, in the order in which the
bytes passed the tap. The server's FIN or RST and the client's are in them as they came.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
from pathlib import Path

from tests.wire import ACK, FIN, Frame, Talk

_PATIENCE = 20.0
_SEGMENT = 1400


def recorded(port: int, identity: Path | None, version: str) -> list[Frame]:
    """Shake hands with the server on ``port``, presenting ``identity`` (PEM: leaf, issuers, key) if there is one,
    send a line and read the answer; what passed the tap."""
    with socket.create_server(("127.0.0.1", 0)) as tap:
        tap.settimeout(_PATIENCE)
        client = threading.Thread(target=_speak, args=(tap.getsockname()[1], identity, version))
        client.start()
        try:
            towards_client, _ = tap.accept()
            with towards_client, socket.create_connection(("127.0.0.1", port), _PATIENCE) as towards_server:
                talk = relay(towards_client, towards_server)
        finally:
            client.join()
    return talk.frames()


def _speak(port: int, identity: Path | None, version: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    agreed = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
    context.minimum_version = context.maximum_version = agreed
    if identity is not None:
        context.load_cert_chain(identity)
    try:
        with (
            socket.create_connection(("127.0.0.1", port), _PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname="server.example") as secured,
        ):
            # In TLS 1.3 a client is done before the server has judged it: what it reads tells.
            secured.sendall(b"GET / HTTP/1.0\r\n\r\n")
            secured.recv(100)
    except OSError:
        # Refused, which is what most of these tests are about.
        return


def relay(client: socket.socket, server: socket.socket, quiet: float | None = None) -> Talk:
    """Hand on what both say until they hang up, or say nothing for ``quiet`` seconds; what passed."""
    talk = Talk().open()
    with selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ, (0, server))
        selector.register(server, selectors.EVENT_READ, (1, client))
        while selector.get_map():
            ready = selector.select(_PATIENCE if quiet is None else quiet)
            if not ready:
                if quiet is not None:
                    return talk
                raise TimeoutError("the connection hangs")
            for key, _ in ready:
                side, other = key.data
                assert isinstance(key.fileobj, socket.socket)
                try:
                    data = key.fileobj.recv(65536)
                except ConnectionResetError:
                    talk.reset(side)
                    return talk
                if not data:
                    selector.unregister(key.fileobj)
                    talk.send(side, b"", FIN | ACK)
                    talk.next_seq[side] += 1
                    _half_close(other)
                    continue
                talk.send_in(side, data, _SEGMENT)
                try:
                    other.sendall(data)
                except OSError:
                    # It has hung up; what it said before is still to be read.
                    selector.unregister(key.fileobj)
    return talk


def _half_close(side: socket.socket) -> None:
    try:
        side.shutdown(socket.SHUT_WR)
    except OSError:
        # It has hung up already, which is what this was going to tell it.
        return
