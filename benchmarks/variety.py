"""The kinds of flows of the diverse capture: what is drawn for each, and what then is said.

Knows TLS up to 1.2 as a course of flights, and the ways in which it ends; must not know packets. A ``Course`` has what
each side says in turn and, for each chain, where in it the Certificate lies, so that who knows which packets were
captured (``mishaps``) can say what can be seen.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import shapes
import written
from connection import CLIENT, SERVER
from skew import Deck, skewed

VERSIONS = {"TLS 1.2": 7, "TLS 1.1": 1, "TLS 1.0": 2}
_NUMBERS = {"TLS 1.0": written.TLS10, "TLS 1.1": written.TLS11, "TLS 1.2": written.TLS12}

PRELUDES: dict[str, tuple[int, tuple[tuple[int, bytes], ...]]] = {
    "": (443, ()),
    "smtp": (
        25,
        (
            (SERVER, b"220 mail.diverse.example ESMTP\r\n"),
            (CLIENT, b"EHLO c.diverse.example\r\n"),
            (SERVER, b"250-mail.diverse.example\r\n250 STARTTLS\r\n"),
            (CLIENT, b"STARTTLS\r\n"),
            (SERVER, b"220 Ready to start TLS\r\n"),
        ),
    ),
    "imap": (
        143,
        (
            (SERVER, b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"),
            (CLIENT, b"a1 STARTTLS\r\n"),
            (SERVER, b"a1 OK Begin TLS negotiation now\r\n"),
        ),
    ),
    "pop3": (110, ((SERVER, b"+OK ready\r\n"), (CLIENT, b"STLS\r\n"), (SERVER, b"+OK Begin TLS\r\n"))),
    "ftp": (
        21,
        ((SERVER, b"220 files\r\n"), (CLIENT, b"AUTH TLS\r\n"), (SERVER, b"234 Proceed\r\n")),
    ),
    "nntp": (119, ((SERVER, b"200 news\r\n"), (CLIENT, b"STARTTLS\r\n"), (SERVER, b"382 Continue\r\n"))),
    "ldap": (
        389,
        (
            (CLIENT, bytes.fromhex("301d02010177188016312e332e362e312e342e312e313436362e3230303337")),
            (SERVER, bytes.fromhex("300c02010178070a010004000400")),
        ),
    ),
    "postgresql": (5432, ((CLIENT, bytes.fromhex("0000000804d2162f")), (SERVER, b"S"))),
    "xmpp": (
        5222,
        (
            (CLIENT, b"<stream:stream to='x.example' xmlns='jabber:client' version='1.0'>"),
            (
                SERVER,
                b"<stream:stream id='1' version='1.0'><stream:features>"
                b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
            ),
            (CLIENT, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
            (SERVER, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        ),
    ),
    "http-connect": (
        3128,
        (
            (CLIENT, b"CONNECT s.diverse.example:443 HTTP/1.1\r\nHost: s.diverse.example:443\r\n\r\n"),
            (SERVER, b"HTTP/1.1 200 Connection established\r\n\r\n"),
        ),
    ),
}
"""What goes before TLS, with the port: STARTTLS in eight protocols, and a proxy."""

ENDS = {
    "completed": 24,
    "left open": 2,
    "reset after data": 2,
    "server refuses": 8,
    "client refuses": 3,
    "hello refused": 1,
    "server resets at the certificate": 1,
    "client resets at the certificate": 1,
    "server closes at the certificate": 1,
    "nobody answers the server": 1,
}
REFUSALS = (40, 42, 43, 44, 45, 46, 48, 49, 50, 51, 80)
"""Alerts with which a side refuses a certificate (RFC 5246 section 7.2.2)."""
HELLO_REFUSALS = (40, 70, 112)


@dataclass(frozen=True, slots=True)
class Shown:
    """A Certificate message: whose, in which turn, where it begins, and where each certificate in it ends."""

    side: int
    turn: int
    start: int
    digests: list[str]
    stops: list[int]


@dataclass(slots=True)
class Course:
    """What is said in turn, and how it ends: ``fin``, ``rst`` from ``leaves``, or neither."""

    kind: str
    port: int
    version: str
    turns: list[tuple[int, bytes]] = field(default_factory=list)
    chains: list[Shown] = field(default_factory=list)
    hello: int = 0
    answered: int | None = None
    requested: tuple[int, int, int] | None = None
    resumed: bool = False
    leaves: tuple[str, int] | None = ("fin", CLIENT)


class Variety:
    """Draws courses: every dimension by itself, so that hundreds of combinations come."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._decks = {
            "version": Deck(rng, VERSIONS),
            "prelude": Deck(rng, {"": 24, **dict.fromkeys([name for name in PRELUDES if name], 1)}),
            "exchange": Deck(rng, {"ECDHE": 6, "DHE": 1, "RSA": 3}),
            "packing": Deck(rng, {"apart": 4, "together": 4, "split": 1}),
            "server chain": Deck(rng, dict(zip(shapes.CHAINS, (2, 8, 4, 2, 1, 1, 1), strict=True))),
            "client chain": Deck(rng, dict(zip(shapes.CHAINS, (3, 8, 3, 1, 1, 1, 1), strict=True))),
            "asked": Deck(rng, {"no": 6, "0": 2, "1": 4, "3": 2, "25": 1}),
            "answer": Deck(rng, {"presents": 7, "declines": 1}),
            "end": Deck(rng, ENDS),
        }
        names = list(shapes.shapes())
        for role in ("server", "client"):
            self._decks[role] = Deck(rng, {name: 1 for name in names if name.startswith(role)})
        self._shown: dict[str, tuple[int, int]] = {}
        self._next = 0

    def courses(self) -> Iterator[Course]:
        """One after the other, without end."""
        while True:
            yield self._course()

    def _chain(self, role: str) -> tuple[str, list[bytes], int]:
        """A chain of which the leaf is shown in one to three flows: its shape, its certificates, the leaf's number."""
        leaf, order = self._decks[role].draw(), self._decks[f"{role} chain"].draw()
        number, left = self._shown.get(leaf, (0, 0))
        if not left:
            self._next += 1
            number, left = self._next, 1 + skewed(self._rng, 3, 2)
        self._shown[leaf] = number, left - 1
        return f"{leaf} ({order})", shapes.chain(leaf, number, order), number

    def _course(self) -> Course:
        draw = {
            name: deck.draw()
            for name, deck in self._decks.items()
            if not name.startswith(("server", "client"))
        }
        resumes = draw["end"] == "completed" and self._rng.random() < 0.15
        return _Writer(self._rng, draw).resumed() if resumes else self._full(draw)

    def _full(self, draw: dict[str, str]) -> Course:
        server = self._chain("server")
        answer = None
        if draw["asked"] != "no":
            answer = self._chain("client") if draw["answer"] == "presents" else ("nothing", [], 0)
        return _Writer(self._rng, draw).full(server, answer)


class _Writer:
    """Writes one course down."""

    def __init__(self, rng: random.Random, draw: dict[str, str]) -> None:
        self._rng = rng
        self._draw = draw
        self._number = _NUMBERS[draw["version"]]
        port, prelude = PRELUDES[draw["prelude"]]
        kind = ", ".join(filter(None, (draw["version"], draw["prelude"], draw["exchange"], draw["packing"])))
        self.course = Course(kind, port, draw["version"], list(prelude), hello=len(prelude))

    def full(
        self, server: tuple[str, list[bytes], int], answer: tuple[str, list[bytes], int] | None
    ) -> Course:
        """A handshake in which the server, and perhaps the client, shows its chain."""
        rng, course, number, end = self._rng, self.course, self._number, self._draw["end"]
        course.kind += f", {server[0]}, {'not asked' if answer is None else answer[0]}, {end}"
        host = f"s{server[2]:08d}.diverse.example" if rng.random() < 0.8 else None
        self._say(CLIENT, [written.client_hello(rng, number, host, rng.getrandbits(2), b"")])
        if end == "hello refused":
            return self._refused(SERVER, HELLO_REFUSALS)
        suite = written.SUITES[self._draw["exchange"]]
        course.answered = len(course.turns)
        said = [
            written.server_hello(rng, number, suite, rng.randbytes(32), rng.random() < 0.7),
            written.certificate(server[1]),
        ]
        if rng.random() < 0.15:
            status = b"\x01" + written.vector(rng.randbytes(1400), 3)
            said.append(written.message(written.CERTIFICATE_STATUS, status))
        if self._draw["exchange"] != "RSA":
            length = 329 if self._draw["exchange"] == "ECDHE" else 780
            said.append(written.message(written.SERVER_KEY_EXCHANGE, rng.randbytes(length)))
        if answer is not None:
            names = [
                written.distinguished_name(f"CA {rng.getrandbits(10)} diverse")
                for _ in range(int(self._draw["asked"]))
            ]
            said.append(written.certificate_request(number, names))
        said.append(written.message(written.SERVER_HELLO_DONE))
        self._say(SERVER, said)
        if end == "client refuses":
            return self._refused(CLIENT, REFUSALS)
        if end in ("client resets at the certificate", "nobody answers the server"):
            course.leaves = ("rst", CLIENT) if end.startswith("client") else None
            return course
        said = [] if answer is None else [written.certificate(answer[1])]
        said.append(written.message(written.CLIENT_KEY_EXCHANGE, rng.randbytes(66)))
        if answer is not None and answer[1]:
            said.append(written.message(written.CERTIFICATE_VERIFY, rng.randbytes(260)))
        self._say(CLIENT, said, written.finished(rng, number))
        if end == "server refuses":
            return self._refused(SERVER, REFUSALS)
        if end.startswith("server"):
            course.leaves = ("rst" if "resets" in end else "fin", SERVER)
            return course
        ticket = [written.message(written.NEW_TICKET, rng.randbytes(198))] if rng.random() < 0.3 else []
        self._say(SERVER, ticket, written.finished(rng, number))
        return self._used()

    def resumed(self) -> Course:
        """A session that goes on: no certificates (RFC 5246 section 7.3)."""
        rng, course, number = self._rng, self.course, self._number
        course.kind += ", resumed"
        course.resumed = True
        session = rng.randbytes(32)
        suite = written.SUITES[self._draw["exchange"]]
        self._say(CLIENT, [written.client_hello(rng, number, None, rng.getrandbits(2), session)])
        course.answered = len(course.turns)
        hello = written.server_hello(rng, number, suite, session, True)
        self._say(SERVER, [hello], written.finished(rng, number))
        course.turns.append((CLIENT, written.finished(rng, number)))
        return self._used()

    def _used(self) -> Course:
        """Some application data, and the end."""
        rng, course, number = self._rng, self.course, self._number
        course.turns.append((CLIENT, written.records(number, written.APPLICATION_DATA, rng.randbytes(300))))
        body = rng.randbytes(200 + skewed(rng, 12_000, 3))
        course.turns.append((SERVER, written.records(number, written.APPLICATION_DATA, body)))
        if self._draw["end"] == "completed":
            course.turns.append((CLIENT, written.encrypted_alert(rng, number)))
        elif self._draw["end"] == "reset after data":
            course.leaves = ("rst", CLIENT)
        else:
            course.leaves = None
        return course

    def _refused(self, side: int, alerts: tuple[int, ...]) -> Course:
        """A fatal alert in clear, and the end from the same side."""
        alert = alerts[int(self._rng.random() * len(alerts))]
        self.course.kind += f" with {alert}"
        self.course.turns.append((side, written.alert(self._number, alert)))
        self.course.leaves = ("fin", side)
        return self.course

    def _say(self, side: int, messages: list[bytes], after: bytes = b"") -> None:
        """One flight, and where the Certificate and the CertificateRequest lie in it."""
        course = self.course
        said = written.handshake(self._number, messages, self._draw["packing"])
        turn = len(course.turns)
        for index, one in enumerate(messages):
            if one[0] == written.CERTIFICATE:
                chain = _chain_in(one)
                stops = [self._end(messages, index, stop) for stop, _ in chain]
                digests = shapes.digests([der for _, der in chain])
                course.chains.append(Shown(side, turn, self._end(messages, index, 1) - 1, digests, stops))
            elif one[0] == written.CERTIFICATE_REQUEST:
                start, stop = (self._end(messages, index, at) for at in (1, len(one)))
                course.requested = turn, start - 1, stop
        course.turns.append((side, said + after))

    def _end(self, messages: list[bytes], index: int, length: int) -> int:
        """Where in the records of a flight the first ``length`` octets of a message end."""
        before = sum(map(len, messages[:index])) + length
        if self._draw["packing"] == "apart":
            return before + 5 * (index + 1)
        most = 500 if self._draw["packing"] == "split" else 16384
        return before + 5 * -(-before // most)


def _chain_in(message: bytes) -> list[tuple[int, bytes]]:
    """The certificates of a Certificate message that this module wrote, and where each ends in it."""
    found, at = [], 7
    while at < len(message):
        length = int.from_bytes(message[at : at + 3], "big")
        found.append((at + 3 + length, message[at + 3 : at + 3 + length]))
        at += 3 + length
    return found
