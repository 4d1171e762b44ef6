"""Captures with many connections at once, made from a seed: ports used again, losses, repetitions, strays, no order.

Knows the recorded dialogues and how captures look; must not know who reads them.
"""

from __future__ import annotations

from random import Random

from tests import wire
from tests.tls import written

DIALOGUES = ("no-eku", "declined", "wrong-eku-refused", "scenario1", "tls13", "any-eku")
CLIENTS = ("192.0.2.10", "192.0.2.11", "2001:db8::10")
SERVERS = {"192.0.2.10": "198.51.100.20", "192.0.2.11": "198.51.100.20", "2001:db8::10": "2001:db8:1::20"}
PORTS = (51000, 51001, 51002, 51003)


def capture(seed: int, connections: int = 14, *, fragments: bool = False, one_client: bool = False) -> bytes:
    """A pcap, or by chance a pcapng; with ``fragments`` some datagrams come in two pieces, with ``one_client`` all
    connections are those of one host."""
    random = Random(seed)
    timed: list[wire.Frame] = []
    seconds = random.choice((5, 40, 300))
    for _ in range(connections):
        begin = wire.START + round(random.random() * seconds * wire.SECOND)
        timed += _connection(random, begin, one_client=one_client)
    for _ in range(connections):
        at = wire.START + round(random.random() * seconds * wire.SECOND)
        timed.append(wire.Frame(at, random.choice((_ARP, _DNS))))
    timed.sort(key=lambda frame: frame.ts_ns)
    if random.random() < 0.5:
        # Several queues of a card are not quite in the order of time.
        for at in range(0, len(timed) - 1, 7):
            timed[at], timed[at + 1] = timed[at + 1], timed[at]
    if fragments:
        timed = [piece for frame in timed for piece in _in_pieces(random, frame)]
    return wire.pcapng(timed) if random.random() < 0.3 else wire.pcap(timed)


def _connection(random: Random, begin: int, *, one_client: bool) -> list[wire.Frame]:
    client = CLIENTS[0] if one_client else random.choice(CLIENTS)
    server = SERVERS[client]
    isn = random.randrange(1 << 32), random.randrange(1 << 32)
    talk = wire.Talk((client, random.choice(PORTS)), (server, random.choice((443, 993))), isn).open()
    if random.random() < 0.2:
        talk.send(0, b"GET / HTTP/1.1\r\n\r\n").send(1, b"HTTP/1.1 200 OK\r\n\r\n")
    else:
        for side, data in written.recording(random.choice(DIALOGUES)):
            talk.send_in(side, data, random.choice((300, 1400)))
        for _ in range(random.choice((0, 0, 3, 60))):
            talk.send(random.randrange(2), b"\x17\x03\x03\x00\x20" + bytes(32))
    end = random.choice(("close", "close", "reset", "half", "none"))
    if end == "close":
        talk.close(random.randrange(2))
    elif end == "reset":
        talk.reset(random.randrange(2))
    elif end == "half":
        talk.send(1, b"", wire.FIN | wire.ACK)
    if random.random() < 0.3:
        # What comes behind the end: soon, or when it is long forgotten.
        talk.ack(random.randrange(2))
        talk.send(1, b"", wire.RST)
    step = random.choice((wire.MILLISECOND, 20 * wire.MILLISECOND, 2 * wire.SECOND))
    frames = talk.frames(start=begin, step=step)
    if random.random() < 0.2:
        frames = frames[random.randrange(min(8, len(frames) - 2)) :]
    if random.random() < 0.2:
        del frames[random.randrange(len(frames))]
    if random.random() < 0.3:
        again = random.choice(frames)
        frames.append(
            again._replace(ts_ns=again.ts_ns + random.choice((1, 3 * wire.SECOND, 70 * wire.SECOND)))
        )
    if random.random() < 0.2:
        frames[-1] = frames[-1]._replace(ts_ns=frames[-1].ts_ns + random.choice((3, 61, 130)) * wire.SECOND)
    if random.random() < 0.1:
        frames = [wire.truncated(frame, 90) for frame in frames]
    return frames


def _in_pieces(random: Random, frame: wire.Frame) -> list[wire.Frame]:
    packet = frame.data[14:]
    if packet[0] >> 4 != 4 or packet[9] != 6 or len(packet) < 600 or random.random() < 0.7:
        return [frame]
    payload = packet[20 : packet[2] << 8 | packet[3]]
    pieces = []
    for offset, more in ((0, True), (400, False)):
        part = payload[offset : 400 if more else None]
        field = (0x2000 if more else 0) | offset >> 3
        header = bytearray(packet[:20])
        header[2:4] = (20 + len(part)).to_bytes(2, "big")
        header[6:8] = field.to_bytes(2, "big")
        pieces.append(wire.Frame(frame.ts_ns, frame.data[:14] + bytes(header) + part))
    return pieces


_ARP = bytes(12) + b"\x08\x06" + bytes(46)
_DNS = wire.ethernet(
    wire.ip_packet("192.0.2.10", "192.0.2.1", 17, bytes.fromhex("c000003500100000") + bytes(8))
)
