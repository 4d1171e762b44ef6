"""Whole TLS 1.2 and 1.3 connections with real encryption, packet by packet, that end in any way.

Knows the messages of a handshake, their protection (``tests.decryption.sealing``) and TCP (``tests.wire``); must not
know what is made of them. Secrets, randoms and certificates are fixed, so that each connection is the same every time.
"""

from __future__ import annotations

from tests import wire
from tests.decryption.sealing import Sealer
from tests.tls import written
from tests.tls.written import CCS, handshake, message, record
from tlseku import Analyzer
from tlseku.decryption.cipher_parameters import TLS12, TLS13, suite_of
from tlseku.decryption.key_schedule import Keys, key_block, traffic_keys
from tlseku.events import FlowEnded
from tlseku.flow import Flow

C, S = 0, 1
CR, SR, MASTER = b"\x11" * 32, b"\x22" * 32, b"m" * 48
LEAF = written.chain_of("scenario2", 0)[0]
SUITES = {TLS12: 0xC02F, TLS13: 0x1301}
LABELS = (
    (b"CLIENT_HANDSHAKE_TRAFFIC_SECRET", b"SERVER_HANDSHAKE_TRAFFIC_SECRET"),
    (b"CLIENT_TRAFFIC_SECRET_0", b"SERVER_TRAFFIC_SECRET_0"),
)
SECRETS = ((b"c" * 32, b"s" * 32), (b"C" * 32, b"S" * 32))
REQUEST13 = message(13, b"\0" + written.extensions(written.extension(13, b"\0\x02\x04\x03")))


class Connection:
    """Both ends. Each method says one thing and returns the connection; ``flow`` reads what was said."""

    def __init__(self, version: int, *, port: int = 8443, source_port: int = 51000) -> None:
        self.version = version
        self.talk = wire.Talk((wire.CLIENT[0], source_port), (wire.SERVER[0], port)).open()
        self._sealers = [self._sealer(0, side) for side in (C, S)]
        self._waits = 0
        self._delays: dict[int, int] = {}

    def _sealer(self, epoch: int, side: int) -> Sealer:
        suite = suite_of(SUITES[self.version], self.version)
        assert suite is not None
        keys: Keys
        if self.version == TLS13:
            keys = traffic_keys(SECRETS[epoch][side], suite)
        else:
            keys = key_block(MASTER, CR, SR, suite, TLS12)[side]
        return Sealer(suite, keys, self.version)

    def sealed(self, side: int, kind: int, content: bytes, padding: int = 0) -> bytes:
        """An encrypted record."""
        outer = 23 if self.version == TLS13 else kind
        return record(outer, self._sealers[side].seal(kind, content, padding))

    def send(self, side: int, *records: bytes) -> Connection:
        """One segment."""
        self.talk.send(side, b"".join(records))
        return self

    # The handshake.

    def hello(self) -> Connection:
        """The ClientHello."""
        exts = (written.TLS13_OFFERED,) if self.version == TLS13 else (written.alpn(b"h2"),)
        return self.send(C, written.client_hello(*exts, random=CR))

    def flight(self, *, request: bool = True, tickets: int = 0) -> Connection:
        """The server's flight; with ``tickets`` it sends NewSessionTicket at once, as Go does (TLS 1.3)."""
        suite = SUITES[self.version]
        if self.version == TLS12:
            asked = (message(13, written.request_body()),) if request else ()
            return self.send(
                S,
                written.server_hello(random=SR, suite=suite),
                written.certificate(LEAF),
                handshake(written.SERVER_KEY_EXCHANGE, *asked, written.SERVER_HELLO_DONE),
            )
        hello = written.server_hello(written.TLS13_CHOSEN, random=SR, suite=suite)
        said = [message(8, b"\0\0"), *((REQUEST13,) if request else ())]
        said += [message(11, written.certificate13_body(LEAF)), message(15, b"v" * 72)]
        flight = [self.sealed(S, 22, b"".join(said)), self.sealed(S, 22, message(20, b"f" * 32))]
        self._sealers[S] = self._sealer(1, S)
        late = [self.ticket_record() for _ in range(tickets)]
        return self.send(S, hello, CCS, *flight, *late)

    def answer(self, *chain: bytes, certificate: bool = True, data: bool = False) -> Connection:
        """The client's last flight with a chain, which may be empty; without ``certificate`` there is no such message,
        with ``data`` application data goes along."""
        shown = (message(11, written.certificate_body(*chain)),) if certificate else ()
        proof = (message(15, b"\x08\x04" + written.vector(2, b"v" * 72)),) if chain else ()
        if self.version == TLS12:
            done = self.sealed(C, 22, message(20, b"f" * 12))
            more = [self.sealed(C, 23, b"some early data of a client")] if data else []
            return self.send(C, handshake(*shown, written.CLIENT_KEY_EXCHANGE, *proof), CCS, done, *more)
        shown = (message(11, written.certificate13_body(*chain)),) if certificate else ()
        said = [self.sealed(C, 22, each) for each in (*shown, *proof, message(20, b"f" * 32))]
        self._sealers[C] = self._sealer(1, C)
        if data:
            said.append(self.sealed(C, 23, b"some early data of a client"))
        return self.send(C, CCS, *said)

    def finish(self) -> Connection:
        """The server's Finished of TLS 1.2, or two tickets of TLS 1.3."""
        if self.version == TLS12:
            return self.send(S, CCS, self.sealed(S, 22, message(20, b"f" * 12)))
        return self.send(S, self.ticket_record(), self.ticket_record())

    def ticket_record(self) -> bytes:
        """A NewSessionTicket."""
        return self.sealed(
            S, 22, message(4, b"\0\0\x1c\x20" + b"a" * 4 + b"\x01n" + b"\0\xa0" + b"t" * 160 + b"\0\0")
        )

    def ask_again(self) -> Connection:
        """A request after the handshake of TLS 1.3 (RFC 8446 section 4.6.2)."""
        asked = message(13, b"\x01r" + written.extensions(written.extension(13, b"\0\x02\x04\x03")))
        return self.send(S, self.sealed(S, 22, asked))

    def answer_again(self, *chain: bytes) -> Connection:
        """The answer to that."""
        shown = message(11, written.certificate13_body(*chain, context=b"r"))
        proof = (message(15, b"\x08\x04" + written.vector(2, b"v" * 72)),) if chain else ()
        said = (shown, *proof, message(20, b"f" * 32))
        return self.send(C, *(self.sealed(C, 22, each) for each in said))

    def update(self, side: int) -> Connection:
        """A KeyUpdate; the sender's keys stay as they are, so that nothing may follow it."""
        return self.send(side, self.sealed(side, 22, message(24, b"\0")))

    # What comes after it.

    def data(self, side: int, content: bytes = b"some forty bytes of application data, or so") -> Connection:
        """Application data."""
        return self.send(side, self.sealed(side, 23, content))

    def alert(self, side: int, level: int, code: int) -> Connection:
        """An alert under protection."""
        return self.send(side, self.sealed(side, 21, bytes((level, code))))

    def clear_alert(self, side: int, level: int, code: int) -> Connection:
        """An alert in clear."""
        return self.send(side, written.alert(level, code))

    def fin(self, side: int) -> Connection:
        """FIN of one side."""
        self.talk.send(side, b"", wire.FIN | wire.ACK)
        self.talk.next_seq[side] += 1
        return self

    def rst(self, side: int) -> Connection:
        """RST of one side."""
        self.talk.reset(side)
        return self

    def wait(self, seconds: int) -> Connection:
        """Nothing is said for so long."""
        self._delays[len(self.talk.packets)] = seconds * wire.SECOND
        return self

    # What is made of it.

    @property
    def key_log(self) -> bytes:
        """The session's secrets."""
        if self.version == TLS12:
            lines = [(b"CLIENT_RANDOM", MASTER)]
        else:
            lines = [
                (label, secret)
                for labels, secrets in zip(LABELS, SECRETS, strict=True)
                for label, secret in zip(labels, secrets, strict=True)
            ]
        return b"".join(
            b"%s %s %s\n" % (label, CR.hex().encode(), secret.hex().encode()) for label, secret in lines
        )

    def frames(self, *, without: int | None = None, start: int = wire.START) -> list[wire.Frame]:
        """The capture from ``start`` on; ``without`` leaves all packets of one side out."""
        delay, found = 0, []
        for index, frame in enumerate(self.talk.frames(start=start)):
            delay += self._delays.get(index, 0)
            found.append(frame._replace(ts_ns=frame.ts_ns + delay))
        if without is None:
            return found
        source = wire.packed(self.talk.ends[without][0])
        return [frame for frame in found if frame.data[26:30] != source]

    def flow(self, keys: bool, *, without: int | None = None) -> Flow:
        """The only flow in the capture, read with its secrets or without."""
        analyzer = Analyzer(only_ends=True)
        if keys:
            assert analyzer.add_secrets(self.key_log) == []
        events = [
            event
            for frame in self.frames(without=without)
            for event in analyzer.feed(frame.ts_ns, 1, frame.data, frame.original_length)
        ]
        (flow,) = [event.flow for event in (*events, *analyzer.close()) if isinstance(event, FlowEnded)]
        return flow


def opened(version: int, *chain: bytes, request: bool = True, port: int = 8443) -> Connection:
    """A connection up to the client's last flight, which answers a request if there is one."""
    return Connection(version, port=port).hello().flight(request=request).answer(*chain, certificate=request)
