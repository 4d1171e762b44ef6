"""The seven kinds of capture: how many sessions of which kind, and when each begins.

Knows the mix; must not know how a session runs or how a file is written. A scene gives ``Start``s in the order of
time. All counts grow with the size; times do too, so that as much is going on at once at any size.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

import sessions
from connection import Disorder, Timed
from frames import ACK, PSH, SYN
from hosts import Site, flood_ends
from mishaps import Mishaps, passing
from payload import Payload
from sessions import Truth, World
from skew import Deck, skewed
from templates import Numbers, load
from variety import Variety

EPOCH = 1_772_438_400_000_000
"""2026-03-02 08:00:00 UTC in microseconds."""

CLIENT_IDENTITIES = 800
SERVER_IDENTITIES = 150
"""Distinct leaf certificates where certificates repeat."""


class Start(NamedTuple):
    """A session: when it begins, its packets, and the truth of the TLS flows in it."""

    ts: int
    packets: Iterator[Timed]
    truth: tuple[Truth, ...] = ()


_MUTUAL = {
    "tls12-rsa-mutual": 24,
    "tls12-ecdsa-mutual": 6,
    "tls12-mixed-mutual": 4,
    "tls13-rsa-mutual": 3,
    "tls12-session": 1,
    "tls12-declined": 1,
    "tls12-refused": 1,
}

_ENTERPRISE = {
    "tls13-ecdsa": 8,
    "tls13-resumed": 6,
    "tls13-rsa-mutual": 2,
    "tls13-retry": 1,
    "tls12-rsa": 8,
    "tls12-ecdsa": 5,
    "tls12-ticket": 4,
    "tls12-session": 1,
    "tls12-rsa-mutual": 2,
    "tls12-mixed-mutual": 1,
    "tls12-declined": 1,
    "tls12-refused": 1,
}

_TLS13 = ("tls13-rsa-mutual", "tls13-ecdsa", "tls13-resumed", "tls13-retry")

_PORTS = {"443": 14, "8443": 2, "5061": 2, "636": 1, "993": 1}


def world(seed: int) -> World:
    """What a scene needs; everything in it depends on ``seed`` alone."""
    rng = random.Random(seed)
    return World(rng, Site(rng), Disorder(rng), Payload(rng), load())


def handshake(at: World, size: float, distinct: bool = False) -> Iterator[Start]:
    """Mutual TLS and little else: 20,000 flows at size 1, a hundred a second."""
    rng = at.rng
    deck, ports = Deck(rng, _MUTUAL), Deck(rng, _PORTS)
    for number, ts in enumerate(_spread(rng, _scaled(20_000, size), 10_000)):
        drawn = _identities(rng)
        template = at.templates[deck.draw()]
        numbers = Numbers(2 * number + 1, 2 * number + 2, authorities=True) if distinct else drawn
        connection = at.connect(int(ports.draw()), ts)
        body = int(2600 * rng.random())
        known = sessions.truth(connection.ends, template, numbers)
        yield Start(ts, sessions.tls(at, connection, template, numbers, body), (known,))


def distinct(at: World, size: float) -> Iterator[Start]:
    """The same flows packet by packet as ``handshake``, but no certificate is seen twice, CA certificates neither."""
    return handshake(at, size, distinct=True)


def mixed(at: World, size: float) -> Iterator[Start]:
    """An office: TLS 1.2 and 1.3, resumption, STARTTLS, port reuse, HTTP, DNS, SSH, copies, calls, QUIC."""
    span = int(240_000_000 * size)
    rng = at.rng
    deck, ports = Deck(rng, _ENTERPRISE), Deck(rng, _PORTS)
    long = max(2, round(40 * size))

    def web(ts: int) -> Start:
        template, numbers = at.templates[deck.draw()], _identities(rng)
        connection = at.connect(int(ports.draw()), ts)
        body = skewed(rng, 150_000, 6)
        known = sessions.truth(connection.ends, template, numbers)
        up = rng.random() < 0.15
        return Start(ts, sessions.tls(at, connection, template, numbers, body, up), (known,))

    def mail(ts: int) -> Start:
        template, numbers = at.templates["tls12-rsa"], _identities(rng)
        connection = at.connect(25, ts)
        known = sessions.truth(connection.ends, template, numbers)
        return Start(ts, sessions.smtp(at, connection, template, numbers), (known,))

    def reuse(ts: int) -> Start:
        connection = at.connect(443, ts)
        both = [(at.templates[deck.draw()], _identities(rng)) for _ in range(2)]
        known = tuple(sessions.truth(connection.ends, *one) for one in both)
        return Start(ts, sessions.tls_twice(at, connection, both), known)

    kinds: list[tuple[int, Callable[[int], Start]]] = [
        (_scaled(17_000, size), web),
        (_scaled(400, size), mail),
        (_scaled(200, size), reuse),
        (
            _scaled(6_000, size),
            lambda ts: Start(ts, sessions.http(at, at.connect(80, ts), 1 + rng.getrandbits(2))),
        ),
        (
            _scaled(400, size),
            lambda ts: Start(ts, sessions.ssh(at, at.connect(22, ts), 20 + rng.getrandbits(6))),
        ),
        (
            long,
            lambda ts: Start(
                ts, sessions.copy(at, at.connect(9000, ts, pace=1000), int(455_000_000 * size) // long)
            ),
        ),
        (_scaled(30_000, size), lambda ts: Start(ts, sessions.dns(at, ts))),
        (_scaled(30, size), lambda ts: Start(ts, sessions.media(at, ts, 4000))),
        (_scaled(600, size), lambda ts: Start(ts, sessions.quic(at, ts, 100 + rng.getrandbits(8)))),
        (_scaled(2_000, size), lambda ts: Start(ts, sessions.chatter(at, ts))),
    ]
    begins = [_begin(rng, number, span, make, order) for order, (number, make) in enumerate(kinds)]
    for ts, _, make in heapq.merge(*begins, key=lambda begin: begin[:2]):
        yield make(ts)


def bulk(at: World, size: float) -> Iterator[Start]:
    """Few flows with long bodies, a third of them TLS 1.2, a third TLS 1.3, a third in clear."""
    rng = at.rng
    flows = max(9, round(210 * size))
    body = int(1_890_000_000 * size) // flows
    for number, ts in enumerate(_spread(rng, flows, 200_000)):
        length = int(body * (0.8 + 0.4 * rng.random()))
        # A body passes in about 12 seconds, so that some sixty streams run at once.
        pace = max(1, 12_000_000 * 1460 // length)
        if number % 3 == 2:
            course = sessions.copy if number % 2 else sessions.download
            connection = at.connect(9000 if number % 2 else 80, ts, pace)
            yield Start(ts, course(at, connection, length))
            continue
        name = ("tls12-rsa-mutual", "tls13-ecdsa")[number % 3] if number % 4 else "tls12-ecdsa"
        template, numbers = at.templates[name], _identities(rng)
        connection = at.connect(443, ts, pace)
        known = sessions.truth(connection.ends, template, numbers)
        yield Start(ts, sessions.tls(at, connection, template, numbers, length, number % 5 == 0), (known,))


def diverse(at: World, size: float) -> Iterator[Start]:
    """Thousands of kinds of flows, one in four with something that the capture lacks; certificates in one to three."""
    rng = at.rng
    courses, mishaps = Variety(rng).courses(), Mishaps(rng)
    for ts in _spread(rng, _scaled(20_000, size), 10_000):
        if rng.random() < 0.15:
            template, numbers = at.templates[_TLS13[int(rng.random() * len(_TLS13))]], _identities(rng)
            connection = at.connect(443, ts)
            known = sessions.truth(connection.ends, template, numbers)
            yield Start(
                ts, sessions.tls(at, connection, template, numbers, int(2600 * rng.random())), (known,)
            )
            continue
        course = next(courses)
        connection = at.connect(course.port, ts)
        mishap = mishaps.of(course, connection.mss)
        known = sessions.truth_of_course(connection, course, mishap)
        yield Start(ts, passing(connection, course, mishap), (known,))


def syn_flood(at: World, size: float) -> Iterator[Start]:
    """A million SYNs from as many addresses, and nothing else."""
    for number, ts in enumerate(_spread(at.rng, _scaled(1_000_000, size), 20)):
        _, lane = flood_ends(number, 443)
        yield Start(ts, iter([(ts, lane.syn(ts, at.rng.getrandbits(32), 0, SYN, None))]))


def half_open(at: World, size: float) -> Iterator[Start]:
    """A million ClientHellos that nobody answers."""
    rng = at.rng
    template = at.templates["tls12-rsa"]
    for number, ts in enumerate(_spread(rng, _scaled(1_000_000, size), 20)):
        ends, lane = flood_ends(number, 443)
        hello = template.fill(rng, Numbers(0, number % 1000))[0][1]
        frame = lane.segment(ts, rng.getrandbits(32), rng.getrandbits(32), PSH | ACK, None, hello)
        client, server = ends.texts
        known: Truth = {
            "client": {"ip": client, "port": ends.client_port},
            "server": {"ip": server, "port": ends.server_port},
            "version": None,
            "template": None,
            "resumed": None,
            "requested": None,
            "presented": [],
        }
        yield Start(ts, iter([(ts, frame)]), (known,))


SCENES: dict[str, Callable[[World, float], Iterator[Start]]] = {
    "handshake": handshake,
    "mixed": mixed,
    "bulk": bulk,
    "diverse": diverse,
    "distinct": distinct,
    "syn-flood": syn_flood,
    "half-open": half_open,
}


def _identities(rng: random.Random) -> Numbers:
    # Squares make some certificates far commoner than others, as they are.
    return Numbers(skewed(rng, CLIENT_IDENTITIES, 2), skewed(rng, SERVER_IDENTITIES, 2))


def _scaled(number: int, size: float) -> int:
    return max(1, round(number * size))


def _spread(rng: random.Random, number: int, gap: int) -> Iterator[int]:
    """``number`` times in order, ``gap`` microseconds apart on the average."""
    for index in range(number):
        yield EPOCH + index * gap + int(rng.random() * gap)


def _begin(
    rng: random.Random, number: int, span: int, make: Callable[[int], Start], order: int
) -> Iterator[tuple[int, int, Callable[[int], Start]]]:
    for ts in _spread(rng, number, span // number):
        yield ts, order, make
