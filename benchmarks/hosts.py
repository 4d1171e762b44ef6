"""Who talks to whom: addresses, hardware addresses, VLANs, and ports that no two live connections share.

Knows how a site is laid out; must not know what is said. Every fifth pair of hosts speaks IPv6, one flow in eight
carries one VLAN tag and one in fifty two. Addresses are private (RFC 1918) or for documentation (RFC 3849).
"""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass

from frames import TCP, Lane, ethernet

CLIENTS = 4000
SERVERS = 300

_FIRST_PORT = 32768
_PORTS = 28232
"""Linux's range of ephemeral ports."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ends of a conversation, addresses as packed bytes, and the link that it was captured on."""

    client: bytes
    client_port: int
    server: bytes
    server_port: int
    vlans: tuple[int, ...]

    @property
    def texts(self) -> tuple[str, str]:
        """Both addresses as people write them."""
        return _text(self.client), _text(self.server)

    def lanes(self, protocol: int, ttls: tuple[int, int], ip_ids: tuple[int, int]) -> tuple[Lane, Lane]:
        """Client to server and back."""
        version = 4 if len(self.client) == 4 else 6
        here, there = _hardware(self.client), _hardware(self.server)
        out, back = (self.client_port, self.server_port), (self.server_port, self.client_port)
        return (
            Lane(
                ethernet(here, there, self.vlans, version),
                self.client,
                self.server,
                out,
                protocol,
                ttls[0],
                ip_ids[0],
            ),
            Lane(
                ethernet(there, here, self.vlans, version),
                self.server,
                self.client,
                back,
                protocol,
                ttls[1],
                ip_ids[1],
            ),
        )


class Site:
    """Hands out ends. A client's ports count upwards and come round after 28,232 flows, as a kernel's do."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._ports: dict[tuple[int, bool], int] = {}

    def ends(self, server_port: int) -> Ends:
        """A client, its next port, and some server."""
        rng = self._rng
        client, server = int(rng.random() * CLIENTS), int(rng.random() * SERVERS)
        v6 = rng.random() < 0.2
        used = self._ports.get((client, v6), client * 7)
        self._ports[client, v6] = used + 1
        port = _FIRST_PORT + used % _PORTS
        return Ends(_client(client, v6), port, _server(server, v6), server_port, self.vlans())

    def vlans(self) -> tuple[int, ...]:
        """No tag, one or two."""
        draw = self._rng.random()
        if draw < 0.125:
            return (100 + int(draw * 400),)
        if draw < 0.145:
            return (2000, 100 + int(draw * 400))
        return ()


def _client(index: int, v6: bool) -> bytes:
    if v6:
        return bytes.fromhex("20010db800100000") + (0x0200_0000_0000_0000 + index * 977).to_bytes(8, "big")
    return bytes((10, 20 + index // 1000, index % 1000 // 250, 1 + index % 250))


def _server(index: int, v6: bool) -> bytes:
    if v6:
        return bytes.fromhex("20010db800200000") + (index + 1).to_bytes(8, "big")
    return bytes((10, 200, index // 250, 1 + index % 250))


def _hardware(address: bytes) -> bytes:
    return b"\x02" + address[-5:].rjust(5, b"\0")


def _text(address: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)


def flood_ends(number: int, server_port: int) -> tuple[Ends, Lane]:
    """The ``number``-th sender of a flood, each from an address of its own, and its lane to the one server."""
    # An odd factor walks through all 2^24 addresses of 10.0.0.0/8 without meeting one twice.
    source = bytes((10,)) + (number * 0x9E3779 & 0xFFFFFF).to_bytes(3, "big")
    ends = Ends(source, 1024 + number % 64000, bytes((192, 0, 2, 10)), server_port, ())
    lane, _ = ends.lanes(TCP, (57, 64), (number & 0xFFFF, 0))
    return ends, lane
