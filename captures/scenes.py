"""Every capture as a list of packets: addresses, ports, times, segments and what surrounds the handshake.

Knows how each recorded transcript is laid out on the wire; must not know how it was recorded or how the files
are written. The two scenarios place every frame by hand, because their frame numbers and segment sizes are the
point of them; ``ValueError`` where a transcript does not have the lengths that this needs. The other captures
let ``converse`` cut the flights into segments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from background import background
from handshakes import Transcript
from packets import MICROSECOND, MILLISECOND, Connection, Host, Packet, Side
from ssh_tunnels import refused_tunnel

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_LAB = "10.106.80"
_LAB_ROUTER = f"{_LAB}.1"


@dataclass(frozen=True, slots=True)
class Scene:
    """A capture: ``file`` as it is called when committed, what it ``proves``, and how its packets come about.

    ``transcript`` names the recording under ``handshakes/`` that ``packets`` is given.
    """

    file: str
    proves: str
    transcript: str
    packets: Callable[[Transcript], list[Packet]]
    nanoseconds: bool = False


def converse(
    connection: Connection,
    transcript: Transcript,
    ts: int,
    *,
    round_trip: int,
    mss: int,
    seen_by: Side = "client",
) -> int:
    """Lay a whole connection out as ``seen_by`` captures it: SYN to last ACK, flights cut at ``mss``.

    Every second segment is acknowledged, and the last of a flight only by the answer to it. The side that sent
    the last flight closes. Gives back a time after the last packet.
    """
    ts = connection.open(ts, round_trip, mss)
    far: Side = "server" if seen_by == "client" else "client"
    delays: dict[Side, int] = {seen_by: 180 * MICROSECOND, far: round_trip + 180 * MICROSECOND}
    for flight in transcript.flights:
        ts += delays[flight.sender]
        answerer: Side = "server" if flight.sender == "client" else "client"
        segments = _cut(flight.data, mss)
        for index, segment in enumerate(segments):
            last = index == len(segments) - 1
            connection.send(flight.sender, segment, ts, push=last)
            ts += 20 * MICROSECOND
            if index % 2 == 1 and not last:
                connection.ack(answerer, ts)
                ts += 20 * MICROSECOND
    closer = transcript.flights[-1].sender
    connection.finish(closer, ts + 300 * MICROSECOND, round_trip)
    return ts + 2 * round_trip


def _scenario1(transcript: Transcript) -> list[Packet]:
    edge = Host(f"{_LAB}.31", captures=True)
    webex = Host("163.129.37.32", ttl=47, via=_LAB_ROUTER)
    hello, answer, credentials, done, *rest = _handshake(transcript, 5)
    server_hello, certificate, key_exchange, request = _server_flight(answer)
    start = at("2026-03-24T11:55:20.900112")
    connection = Connection(edge, webex, 25003, 5061)

    def alternate(ts: int, *segments: bytes) -> None:
        for index, segment in enumerate(segments):
            connection.send(
                "server", segment, ts + index * 120 * MICROSECOND, push=index == len(segments) - 1
            )
            connection.ack("client", ts + index * 120 * MICROSECOND + 40 * MICROSECOND)

    connection.send("client", hello, start)
    connection.ack("server", start + 148 * MILLISECOND)
    alternate(start + 150 * MILLISECOND, server_hello)
    alternate(start + 151 * MILLISECOND, *_exactly(certificate, 1242, 1242, 1242, 1242, 312))
    alternate(start + 153 * MILLISECOND, key_exchange)
    alternate(start + 154 * MILLISECOND, request)
    # The capture sees the flight before the card cuts it (segmentation offload): one frame above the MTU.
    first, second = _exactly(credentials, 2484, 1104)
    connection.send("client", first, start + 161 * MILLISECOND, push=False)
    connection.send("client", second, start + 161 * MILLISECOND + 9 * MICROSECOND)
    connection.ack("server", start + 309 * MILLISECOND, short_of=len(second))
    connection.ack("server", start + 309 * MILLISECOND + 15 * MICROSECOND)
    connection.send("server", done, start + 312 * MILLISECOND)
    _aftermath(connection, rest, start + 312 * MILLISECOND, 300 * MICROSECOND, 149 * MILLISECOND)
    return [*background(edge, _LAB, start, 13698), *connection.packets]


def _scenario2(transcript: Transcript) -> list[Packet]:
    old = Host(f"{_LAB}.15")
    core = Host(f"{_LAB}.16", captures=True)
    hello, answer, credentials, done, *rest = _handshake(transcript, 5)
    start = at("2026-03-26T07:31:12.401877")
    connection = Connection(old, core, 25417, 5061)
    ts = connection.open(start, 60 * MICROSECOND, 1460)
    connection.send("client", hello, ts + 400 * MICROSECOND)
    connection.ack("server", ts + 430 * MICROSECOND)
    ts += 3 * MILLISECOND
    segments = _cut(answer, 1460)
    if len(segments) != 3:
        raise ValueError(f"the server's flight must take three segments, not {len(segments)}")
    for index, segment in enumerate(segments):
        connection.send("server", segment, ts + index * 400 * MICROSECOND, push=index == 2)
        connection.ack("client", ts + index * 400 * MICROSECOND + 250 * MICROSECOND)
    ts += 6 * MILLISECOND
    for segment in _cut(credentials, 1460):
        connection.send("client", segment, ts)
        ts += 10 * MICROSECOND
    connection.ack("server", ts + 40 * MICROSECOND)
    connection.send("server", done, ts + 2 * MILLISECOND)
    _aftermath(connection, rest, ts + 2 * MILLISECOND, 450 * MICROSECOND, 300 * MICROSECOND)
    return [*background(core, _LAB, start, 732), *connection.packets]


def _core_and_edge() -> tuple[Host, Host]:
    return Host(f"{_LAB}.16", captures=True), Host(f"{_LAB}.31")


def _test_case_1(transcript: Transcript) -> list[Packet]:
    core, edge = _core_and_edge()
    connection = Connection(core, edge, 25108, 7001)
    start = at("2026-03-27T09:12:01.123406")
    converse(connection, transcript, start, round_trip=500 * MICROSECOND, mss=1460)
    return connection.packets


def _test_case_2(transcript: Transcript) -> list[Packet]:
    core, edge = _core_and_edge()
    zone = Connection(core, edge, 25131, 7001)
    start = at("2026-03-27T09:40:37.507730")
    end = converse(zone, transcript, start, round_trip=500 * MICROSECOND, mss=1460)
    tunnel = Connection(core, edge, 30012, 2222)
    refused_tunnel(tunnel, end + 900 * MILLISECOND)
    return [*zone.packets, *tunnel.packets]


def _test_case_3(transcript: Transcript) -> list[Packet]:
    core, cucm = Host(f"{_LAB}.16", captures=True), Host(f"{_LAB}.38")
    connection = Connection(core, cucm, 41236, 6972)
    start = at("2026-03-27T10:05:44.018552")
    converse(connection, transcript, start, round_trip=400 * MICROSECOND, mss=1460)
    return connection.packets


def _plain(client_port: int, moment: str, mss: int = 1400) -> Callable[[Transcript], list[Packet]]:
    """A client and a server that no vendor's story is about, in the address blocks for documentation."""

    def packets(transcript: Transcript) -> list[Packet]:
        client = Host("192.0.2.10", captures=True)
        server = Host("198.51.100.20", ttl=57, via="192.0.2.1")
        connection = Connection(client, server, client_port, 8443)
        converse(connection, transcript, at(moment), round_trip=11 * MILLISECOND, mss=mss)
        return connection.packets

    return packets


def _aftermath(
    connection: Connection, flights: list[bytes], ts: int, client_delay: int, server_delay: int
) -> None:
    """Application data and farewells, client first, then the client closes."""
    side: Side = "client"
    for data in flights:
        ts += client_delay if side == "client" else server_delay
        connection.send(side, data, ts)
        side = "server" if side == "client" else "client"
    connection.ack(side, ts + 100 * MICROSECOND)
    connection.finish("client", ts + 200 * MICROSECOND, max(client_delay, server_delay))


def _handshake(transcript: Transcript, at_least: int) -> list[bytes]:
    """The flights' bytes, client first and then in turns; the first four are the TLS 1.2 handshake."""
    expected: list[Side] = ["client", "server"] * len(transcript.flights)
    if len(transcript.flights) < at_least or any(
        flight.sender != side for flight, side in zip(transcript.flights, expected, strict=False)
    ):
        raise ValueError("the transcript is not a handshake followed by application data")
    return [flight.data for flight in transcript.flights]


def _server_flight(data: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """ServerHello, Certificate, ServerKeyExchange, and CertificateRequest with ServerHelloDone: one record each."""
    records: list[bytes] = []
    while data:
        length = 5 + int.from_bytes(data[3:5], "big")
        records.append(data[:length])
        data = data[length:]
    types = [record[5] for record in records]
    if types != [2, 11, 12, 13, 14]:
        raise ValueError(f"unexpected messages in the server's flight: {types}")
    return records[0], records[1], records[2], records[3] + records[4]


def _exactly(data: bytes, *sizes: int) -> list[bytes]:
    if len(data) != sum(sizes):
        raise ValueError(f"{len(data)} bytes where the scenario has {sum(sizes)}")
    parts = []
    for size in sizes:
        parts.append(data[:size])
        data = data[size:]
    return parts


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def at(moment: str) -> int:
    """Nanoseconds since 1970 of a time in UTC, exactly."""
    since = datetime.fromisoformat(moment).replace(tzinfo=timezone.utc) - _EPOCH
    return since // timedelta(microseconds=1) * MICROSECOND


SCENES: tuple[Scene, ...] = (
    Scene(
        "scenario1.pcap.gz",
        "Edge as TLS client to a far end, mutual TLS 1.2, client leaf with both purposes from a private CA. "
        "ClientHello 13699, ServerHello 13701, server Certificate 13711 (13703, 5, 7, 9, 11), ServerKeyExchange "
        "13713, CertificateRequest 13715, client Certificate 13718 (13717 is one oversize frame of 2484 bytes), "
        "server CCS 13721. No SYN.",
        "scenario1",
        _scenario1,
    ),
    Scene(
        "scenario2.pcap.gz",
        "Core as TLS server of a neighbour zone, mutual TLS 1.2. ClientHello 736, ServerHello 738, server "
        "Certificate with ServerKeyExchange, CertificateRequest and ServerHelloDone 742, client Certificate 744 "
        "(leaf alone).",
        "scenario2",
        _scenario2,
    ),
    Scene(
        "test-case-1.pcap",
        "Condition 2, checking mode On: the Core's client-store leaf is serverAuth only, OpenSSL as Edge on 7001 "
        "refuses it with alert 43.",
        "test-case-1",
        _test_case_1,
    ),
    Scene(
        "test-case-2.pcap",
        "Condition 2, checking mode Off: the same leaf is accepted on 7001 (OpenSSL with `-purpose any`), and the "
        "SSH tunnel on 2222 fails to authenticate. One TLS flow, one flow that is not TLS.",
        "test-case-2",
        _test_case_2,
    ),
    Scene(
        "test-case-3.pcap",
        "Core as TLS client of the CUCM's HTTPS TFTP on 6972, presents its client-store leaf (both purposes, "
        "CA1: condition 2.1). No server name.",
        "test-case-3",
        _test_case_3,
    ),
    Scene(
        "no-eku.pcap",
        "A client leaf without Extended Key Usage; OpenSSL with its usual purpose check accepts it.",
        "no-eku",
        _plain(51820, "2026-04-01T08:00:00.250001"),
    ),
    Scene(
        "any-eku.pcap",
        "A client leaf with anyExtendedKeyUsage only; OpenSSL with its usual purpose check refuses it with alert 43.",
        "any-eku",
        _plain(51834, "2026-04-01T08:10:00.750013"),
    ),
    Scene(
        "wrong-eku-refused.pcap",
        "A client leaf with serverAuth only; OpenSSL with its usual purpose check refuses it with alert 43.",
        "wrong-eku-refused",
        _plain(51852, "2026-04-01T08:20:00.100200"),
    ),
    Scene(
        "declined.pcap",
        "A CertificateRequest answered by an empty Certificate; the server, for which it is optional, goes on. "
        "Small segments (536 bytes), so that messages span several.",
        "declined",
        _plain(51866, "2026-04-01T08:30:00.333333", mss=536),
    ),
    Scene(
        "tls13.pcap",
        "Mutual TLS 1.3: without the keys in `tls13.keys` every certificate is hidden. Nanosecond times.",
        "tls13",
        _plain(51880, "2026-04-01T08:40:00.000042"),
        nanoseconds=True,
    ),
)
"""Every capture, in the order of the README."""
