"""The SSH connections of captures: who is client, how far the clear part got, and the frames that show it.

Joins the first bytes of TCP connections with ``ssh``; must not know packets. Any port counts: SSH is known by its
banner. What nobody can see is said by ``ssh.CLIENT_CERTIFICATE_NOTE``.
"""

from __future__ import annotations

from tlseku._objects import frozen, short
from tlseku.capture import Source
from tlseku.flow import Endpoint
from tlseku.profiles.expressway.ssh.banner_and_host_key import BEGINS, SshOpening, read_ssh
from tlseku.profiles.expressway.ssh.stream_prefix import Beginning, Piece, TcpBeginning, first_bytes

TUNNEL_PORT = 2222
"""Where the Edge takes SSH tunnels (rule SV2)."""


@short
@frozen
class SshConnection:
    """One SSH connection. ``client`` opened it (``client_known`` is False if its SYN was not seen); ``start`` is its
    first packet, in nanoseconds since 1970-01-01 UTC. ``banner_frame`` shows the first banner, ``host_key_frame`` ends
    the message with the host key, ``None`` where there is none."""

    client: Endpoint
    server: Endpoint
    client_known: bool
    start: int
    opening: SshOpening
    banner_frame: Piece | None
    host_key_frame: Piece | None

    @property
    def is_tunnel(self) -> bool:
        """Whether it goes to the port of the tunnels."""
        return self.server.port == TUNNEL_PORT


def ssh_connections(*sources: Source, merge: bool = False) -> tuple[SshConnection, ...]:
    """The SSH connections of captures, in the order in which they begin; with ``merge`` all sources are one capture.

    Raises ``CaptureError`` for one that cannot be read at all.
    """
    found = first_bytes(*sources, begins=BEGINS, merge=merge)
    return tuple(one for one in map(_connection, found.connections) if one is not None)


def _connection(tcp: TcpBeginning) -> SshConnection | None:
    client, server = tcp.initiator, tcp.other
    by_client, by_server = tcp.by_initiator, tcp.by_other
    if not tcp.initiator_known and client.port == TUNNEL_PORT != server.port:
        # Nobody saw who began; SSH itself looks the same from both sides until the server shows its key.
        client, server, by_client, by_server = server, client, by_server, by_client
    opening = read_ssh(by_client.data, by_server.data)
    if opening is None:
        return None
    first = [piece for piece in (_first(by_client), _first(by_server)) if piece is not None]
    key = opening.host_key
    return SshConnection(
        client,
        server,
        tcp.initiator_known,
        tcp.start,
        opening,
        min(first, key=lambda piece: piece.ts, default=None),
        None if key is None else by_server.frame_of(key.end - 1),
    )


def _first(beginning: Beginning) -> Piece | None:
    return beginning.frame_of(0) if beginning.data.startswith(BEGINS) else None
