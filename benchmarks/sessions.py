"""What is said over one connection or between two UDP ports, each protocol a generator of timed records.

Knows the course of a TLS, HTTP, SSH, SMTP, DNS and media conversation; must not know how many of each there are. The
TLS ones also give the truth about themselves, in the order in which their flows begin.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from connection import CLIENT, SERVER, Connection, Disorder, Timed
from frames import UDP, Lane, other_frame
from hosts import Ends, Site
from mishaps import Mishap
from payload import Payload
from skew import skewed
from templates import Numbers, Template
from variety import Course, Shown

Truth = dict[str, object]

_RANGE = 1 << 18


@dataclass(frozen=True, slots=True)
class World:
    """What all sessions of a capture share."""

    rng: random.Random
    site: Site
    disorder: Disorder
    payload: Payload
    templates: dict[str, Template]

    def connect(self, server_port: int, ts: int, pace: int = 0) -> Connection:
        """A new connection at ``ts``."""
        return Connection(self.site.ends(server_port), ts, self.rng, self.disorder, pace)


def truth(ends: Ends, template: Template, numbers: Numbers) -> Truth:
    """What a perfect passive reader reports of a flow. ``requested`` null: encrypted, nobody can say."""
    client, server = ends.texts
    return {
        "client": {"ip": client, "port": ends.client_port},
        "server": {"ip": server, "port": ends.server_port},
        "version": template.version,
        "template": template.name,
        "resumed": template.resumed,
        "requested": template.requested,
        "presented": [
            {"role": "client" if side == CLIENT else "server", "sha256": digests}
            for side, digests in template.presented(numbers)
        ],
    }


def truth_of_course(connection: Connection, course: Course, mishap: Mishap) -> Truth:
    """The same of a flow of the diverse capture, as far as it was captured. ``template`` names its kind."""
    client, server = connection.ends.texts

    def seen(side: int, turn: int, start: int, stop: int) -> bool:
        return mishap.sees(side, turn, start, stop, connection.mss)

    answered = course.answered is not None and seen(SERVER, course.answered, 0, 90)
    requested: bool | None = None
    if course.requested is not None:
        # Behind a gap in the same record nobody can say where the next message begins.
        behind = mishap.lost is not None and mishap.lost[0] == course.requested[0]
        requested = None if behind or not seen(SERVER, *course.requested) else True
    elif course.answered is not None:
        requested = False if answered and mishap.lost is None and mishap.ends is None else None
    return {
        "client": {"ip": client, "port": connection.ends.client_port},
        "server": {"ip": server, "port": connection.ends.server_port},
        "version": course.version if answered else None,
        "template": ", ".join(filter(None, (course.kind, mishap.name))),
        "resumed": course.resumed,
        "requested": requested,
        "presented": [
            {"role": "client" if shown.side == CLIENT else "server", "sha256": whole}
            for shown in course.chains
            for whole in [_whole(shown, seen)]
            if whole or (not shown.digests and seen(shown.side, shown.turn, shown.start, shown.start + 7))
        ],
    }


def _whole(shown: Shown, seen: Callable[[int, int, int, int], bool]) -> list[str]:
    """Of a chain the certificates up to the first of which a part is missing."""
    return [
        digest
        for digest, stop in zip(shown.digests, shown.stops, strict=True)
        if seen(shown.side, shown.turn, shown.start, stop)
    ]


def tls(
    world: World,
    connection: Connection,
    template: Template,
    numbers: Numbers,
    body: int = 0,
    up: bool = False,
) -> Iterator[Timed]:
    """A TLS connection. ``body`` more bytes pass after the recorded answer, from the client if ``up``."""
    yield from connection.open()
    yield from encrypted(world, connection, template, numbers, body, up)


def encrypted(
    world: World,
    connection: Connection,
    template: Template,
    numbers: Numbers,
    body: int = 0,
    up: bool = False,
) -> Iterator[Timed]:
    """TLS over a connection that is open already, and the end of the connection."""
    flights = template.fill(world.rng, numbers)
    farewell = len(flights) - 2
    for index, (side, data) in enumerate(flights):
        if index == farewell and not template.refused:
            sender = CLIENT if up else SERVER
            for chunk in world.payload.records(world.rng, body):
                yield from connection.say(sender, chunk, acknowledged=False)
        connection.turn()
        # Half of the flights are acknowledged before the answer to them comes, the others by it.
        alone = index < farewell and world.rng.random() < 0.5
        yield from connection.say(side, data, acknowledged=alone)
    if template.refused:
        yield from connection.reset(SERVER)
    else:
        yield from connection.close(CLIENT)


def tls_twice(
    world: World, connection: Connection, both: Sequence[tuple[Template, Numbers]]
) -> Iterator[Timed]:
    """Two TLS connections one after the other between the very same ports."""
    for template, numbers in both:
        yield from tls(world, connection, template, numbers)
        connection.wait(65_000_000)


def smtp(world: World, connection: Connection, template: Template, numbers: Numbers) -> Iterator[Timed]:
    """Mail that turns to TLS with STARTTLS (RFC 3207)."""
    lines = (
        (SERVER, b"220 mail.bench.example ESMTP\r\n"),
        (CLIENT, b"EHLO client.bench.example\r\n"),
        (SERVER, b"250-mail.bench.example\r\n250-SIZE 10240000\r\n250 STARTTLS\r\n"),
        (CLIENT, b"STARTTLS\r\n"),
        (SERVER, b"220 2.0.0 Ready to start TLS\r\n"),
    )
    yield from connection.open()
    for side, line in lines:
        connection.turn()
        yield from connection.say(side, line)
    yield from encrypted(world, connection, template, numbers)


def http(world: World, connection: Connection, requests: int) -> Iterator[Timed]:
    """Plain HTTP/1.1, several requests over one connection."""
    rng = world.rng
    yield from connection.open()
    for index in range(requests):
        length = 200 + skewed(rng, 60_000, 4)
        connection.turn()
        path = world.payload.noise(rng, 8).hex().encode()
        ask = b"GET /%s/%d HTTP/1.1\r\nHost: intranet.bench.example\r\nAccept: */*\r\n\r\n" % (path, index)
        yield from connection.say(CLIENT, ask)
        connection.turn()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % length
        yield from connection.say(SERVER, head + world.payload.text(rng, length))
        connection.wait(int(200_000 * rng.random()))
    yield from connection.close(CLIENT)


def ssh(world: World, connection: Connection, exchanges: int) -> Iterator[Timed]:
    """Banners in clear, then small encrypted packets back and forth (RFC 4253)."""
    rng, payload = world.rng, world.payload
    yield from connection.open()
    for side in (SERVER, CLIENT):
        connection.turn()
        yield from connection.say(side, b"SSH-2.0-OpenSSH_9.2p1\r\n")
    reply = b"\x1f" + _strings(
        _HOST_KEY, payload.noise(rng, 32), _strings(b"ssh-ed25519", payload.noise(rng, 64))
    )
    for side, message in (
        (CLIENT, b"\x14" + payload.noise(rng, 16) + _SSH_METHODS),
        (SERVER, b"\x14" + payload.noise(rng, 16) + _SSH_METHODS),
        (CLIENT, b"\x1e" + _strings(payload.noise(rng, 32))),
        (SERVER, reply),
        (SERVER, b"\x15"),
        (CLIENT, b"\x15"),
    ):
        connection.turn()
        yield from connection.say(side, _ssh_packet(message))
    for _ in range(exchanges):
        connection.wait(int(300_000 * rng.random()))
        yield from connection.say(CLIENT, payload.noise(rng, 36 + 4 * rng.getrandbits(3)))
        connection.turn()
        yield from connection.say(SERVER, payload.noise(rng, 44 + 16 * rng.getrandbits(6)))
    yield from connection.close(CLIENT)


def _strings(*values: bytes) -> bytes:
    """Each with its length before it (RFC 4251 section 5)."""
    return b"".join(len(value).to_bytes(4, "big") + value for value in values)


def _ssh_packet(message: bytes) -> bytes:
    """The clear form of a packet: length, padding length, message, padding (RFC 4253 section 6)."""
    padding = 4 + -(len(message) + 9) % 8
    return (len(message) + padding + 1).to_bytes(4, "big") + bytes((padding,)) + message + bytes(padding)


_SSH_METHODS = _strings(
    b"curve25519-sha256",
    b"ssh-ed25519",
    *[b"chacha20-poly1305@openssh.com"] * 2,
    *[b"hmac-sha2-256"] * 2,
    *[b"none"] * 2,
    b"",
    b"",
) + bytes(5)
_HOST_KEY = _strings(b"ssh-ed25519", bytes(range(32)))


def copy(world: World, connection: Connection, total: int) -> Iterator[Timed]:
    """A long stream of text that is no protocol in particular, from the server."""
    yield from connection.open()
    connection.turn()
    yield from connection.say(CLIENT, b"RETR backup-%08x\r\n" % world.rng.getrandbits(32))
    connection.turn()
    yield from connection.say(SERVER, b"DATA %d\r\n" % total)
    for chunk in world.payload.stream(world.rng, total):
        yield from connection.say(SERVER, chunk, acknowledged=False)
    yield from connection.close(SERVER)


def download(world: World, connection: Connection, total: int) -> Iterator[Timed]:
    """One large object over plain HTTP, in ranges of 256 kB (RFC 9110 section 14), as mirrors are fetched from.

    In one piece it would be nothing but a test of how a reader keeps megabytes of one body together: tshark's time
    grows with the square of it.
    """
    yield from connection.open()
    for start in range(0, total, _RANGE):
        stop = min(start + _RANGE, total)
        connection.turn()
        ask = b"GET /image.iso HTTP/1.1\r\nHost: mirror.bench.example\r\nRange: bytes=%d-%d\r\n\r\n"
        yield from connection.say(CLIENT, ask % (start, stop - 1))
        connection.turn()
        head = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %d-%d/%d\r\nContent-Length: %d\r\n\r\n"
        yield from connection.say(SERVER, head % (start, stop - 1, total, stop - start), acknowledged=False)
        for chunk in world.payload.stream(world.rng, stop - start):
            yield from connection.say(SERVER, chunk, acknowledged=False)
    yield from connection.close(SERVER)


def dns(world: World, ts: int) -> Iterator[Timed]:
    """One question and its answer (RFC 1035)."""
    rng = world.rng
    here, there = _udp_lanes(world, 53)
    ident = rng.getrandbits(16).to_bytes(2, "big")
    label = world.payload.noise(rng, 5).hex().encode()
    question = bytes((len(label),)) + label + b"\x05bench\x07example\0\0\x01\0\x01"
    yield ts, here.datagram(ts, ident + b"\x01\0\0\x01\0\0\0\0\0\0" + question)
    ts += 300 + skewed(rng, 20_000, 2)
    answer = b"\xc0\x0c\0\x01\0\x01\0\0\x01\x2c\0\x04\x0a\xc8\0" + bytes((1 + rng.getrandbits(7),))
    yield ts, there.datagram(ts, ident + b"\x81\x80\0\x01\0\x01\0\0\0\0" + question + answer)


def media(world: World, ts: int, packets: int) -> Iterator[Timed]:
    """A G.711 call leg: RTP of 20 ms each way (RFC 3550)."""
    rng = world.rng
    lanes = _udp_lanes(world, 16384 + 2 * rng.getrandbits(12))
    sources = [rng.getrandbits(32), rng.getrandbits(32)]
    for index in range(packets // 2):
        for side in (CLIENT, SERVER):
            head = b"\x80\0" + (index & 0xFFFF).to_bytes(2, "big") + (index * 160).to_bytes(4, "big")
            head += sources[side].to_bytes(4, "big")
            yield ts, lanes[side].datagram(ts, head + world.payload.noise(rng, 160))
            ts += 10_000


def quic(world: World, ts: int, packets: int) -> Iterator[Timed]:
    """A QUIC connection past its handshake: short headers, mostly from the server (RFC 9000 section 17.3)."""
    rng = world.rng
    lanes = _udp_lanes(world, 443)
    for index in range(packets):
        side = CLIENT if index % 4 == 0 else SERVER
        length = 1251 if side == SERVER else 40
        yield ts, lanes[side].datagram(ts, b"\x47" + world.payload.noise(rng, length))
        ts += 60 + int(400 * rng.random())


def chatter(world: World, ts: int) -> Iterator[Timed]:
    """What is neither TCP nor UDP: an ARP question (RFC 826) and one frame of spanning tree (IEEE 802.1D)."""
    ends = world.site.ends(1)
    if len(ends.client) == 4:
        source = b"\x02\0" + ends.client
        body = b"\0\x01\x08\0\x06\x04\0\x01" + source + ends.client + bytes(6) + ends.server
        yield ts, other_frame(ts, b"\xff" * 6 + source + b"\x08\x06" + body)
        ts += 1000
    bridge = bytes.fromhex("0180c2000000020000000001002642420300000000008000020000000001")
    yield ts, other_frame(ts, bridge + bytes(22))


def _udp_lanes(world: World, port: int) -> tuple[Lane, Lane]:
    rng = world.rng
    return world.site.ends(port).lanes(UDP, (64, 60), (rng.getrandbits(16), rng.getrandbits(16)))
