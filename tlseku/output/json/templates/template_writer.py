"""From what was said in a connection to its line of ``tlseku/flow/1``, by the conclusion of the first of its kind.

Knows what conclusions depend on (a flow's *kind*) and where the rest goes into the line; must not know how anything is
concluded. Each first flow of a kind is concluded in full, and the line made of it is held against that: where they
differ, all flows of that kind are concluded in full.

Limits: ``MAX_KINDS``; reaching it gives up the oldest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from librt.strings import BytesWriter

from tlseku._mypyc import mypyc_attr
from tlseku.flow import Flow
from tlseku.frames.reference import FRAME_MASK
from tlseku.handshake.facts import kind_name
from tlseku.handshake.outcome import LONG_SILENCE_NS
from tlseku.handshake.recorded_messages import RecordedMessages
from tlseku.handshake.vantage import Vantage, with_vantage
from tlseku.output.json.flow_json import flow_to_dict, to_json
from tlseku.output.json.templates.cached_chains import Cards, ChainCard, RequestCard
from tlseku.output.json.templates.cached_length_hints import Closer, Outlines, SealedRecords
from tlseku.output.json.templates.digits import write_frames, write_number
from tlseku.output.json.templates.direction_text import UNSEEN, seen_from
from tlseku.output.json.templates.ending_template import Ending, ending_of
from tlseku.output.json.templates.hello_facts import (
    EARLY_DATA,
    ClientFacts,
    HelloReader,
    ServerFacts,
    json_string,
)
from tlseku.output.json.templates.timestamp_writer import Moments
from tlseku.output.words.summary import verdicts_of
from tlseku.registry.addresses import address_text
from tlseku.registry.names import cipher_suite_name, version_name
from tlseku.registry.services import service_name
from tlseku.tls.handshake_types import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CLIENT_HELLO,
    HOLE,
    RECORD_ALERT,
    RECORD_APPLICATION_DATA,
    RECORD_CHANGE_CIPHER_SPEC,
    RECORD_ENCRYPTED_ALERT,
    RECORD_ENCRYPTED_HANDSHAKE,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
)
from tlseku.tls.hello import TLS13
from tlseku.tls.message import Message

if TYPE_CHECKING:
    from mypy_extensions import i64

# Kinds of flows whose conclusions are kept, some kilobytes each.
MAX_KINDS = 1024
# Texts of ports, addresses and cipher suites that are kept.
MAX_TEXTS = 4096

_SECOND: Final = 1_000_000_000
# The kinds of what is heard that are no handshake messages have numbers from here to 0.
_KINDS_BELOW_0: Final = 32

Kind = tuple[object, ...]


@mypyc_attr(acyclic=True)
class Brief:
    """``line`` is the line with its end, in ASCII, ``verdicts`` those of the chains, and ``hidden`` where something was
    not seen."""

    __slots__ = ("line", "verdicts")

    def __init__(self, line: bytes, verdicts: tuple[str, ...]) -> None:
        self.line = line
        self.verdicts = verdicts


class BriefWriter:
    """Writes lines. ``conclude`` concludes a connection in full; ``cards`` has the texts of chains and requests."""

    def __init__(self, conclude: Callable[[RecordedMessages], Flow], cards: Cards) -> None:
        self._conclude = conclude
        self._cards = cards
        self._name = ""
        self._file = b'""'
        self._hellos = HelloReader()
        self._moments = Moments()
        self._outlines = Outlines()
        self._endings: dict[Kind, Ending | None] = {}
        # The text between frame and time of a message, by kind and side.
        self._messages: list[bytes] = [b""] * (2 * (256 + _KINDS_BELOW_0))
        self._suites: dict[int, bytes] = {}
        self._services: dict[int, bytes] = {}
        self._addresses: dict[bytes, bytes] = {}
        # What is written: the line, its messages, and of these what the kind of a flow depends on.
        self._out = BytesWriter()
        self._messages_out = BytesWriter()
        self._codes_out = BytesWriter()

    def line(self, ended: Flow | RecordedMessages, vantage: Vantage) -> Brief:
        """The line of any flow that is over, briefly where that can be, as seen from ``vantage``."""
        if isinstance(ended, Flow):
            return self._in_full(with_vantage(ended, vantage))
        brief = self.write(ended, vantage)
        return self._in_full(with_vantage(self._conclude(ended), vantage)) if brief is None else brief

    def _in_full(self, flow: Flow) -> Brief:
        return Brief(f"{self._cards.texts.line(flow)}\n".encode("ascii"), tuple(verdicts_of(flow)))

    def write(self, recorded: RecordedMessages, vantage: Vantage) -> Brief | None:
        """The line of a flow that is over, as seen from ``vantage``; None if it has to be concluded in full."""
        connection = recorded.connection
        client: ClientFacts | None = None
        server: ServerFacts | None = None
        version: int = 0
        # Of everything heard, where somebody asks for them.
        frames: list[int] = []
        alerts: list[int] = []
        alert_words = b""
        server_card: ChainCard | None = None
        client_card: ChainCard | None = None
        chains: list[tuple[ChainCard, Message]] = []
        client_chain = request_body = b""
        request_frame: i64 = -1
        sealed: SealedRecords | None = None
        data_seen: i64 = 0
        # The sides whose flight in clear is over, and whether bytes were lost after that.
        flight_over: i64 = 0
        bytes_lost = False
        previous: i64 = -1
        moments = self._moments
        moments.odd = False
        messages = self._messages_out
        messages.truncate(0)
        codes = self._codes_out
        codes.truncate(0)
        for heard in recorded.messages:
            frame: i64 = heard.frame & FRAME_MASK
            side: i64 = heard.side
            kind: i64 = heard.kind
            body = heard.body
            ts_ns = heard.ts_ns
            if kind == HOLE and flight_over & (side + 1):
                # Behind the end of a side's clear flight it hides nothing.
                bytes_lost = True
                continue
            if kind <= HOLE or heard.cut is not None or frame < previous:
                # What is missing has its own consequences, and may have kept one side waiting.
                return None
            if kind < RECORD_ALERT and sealed is not None:
                if kind == RECORD_ENCRYPTED_HANDSHAKE:
                    return None
                sealed.add(side == 0, heard.length, frame)
            if kind == RECORD_APPLICATION_DATA:
                if data_seen & (side + 1):
                    continue
                data_seen |= side + 1
            # Side, sign of the kind, and whether it came with the one before; then the kind.
            code: int = side * 4
            if kind < 0:
                code += 2
            if frame == previous:
                code += 1
            codes.append(code)
            code = kind & 0xFF
            codes.append(code)
            previous = frame
            if kind == CERTIFICATE:
                if version >= TLS13:
                    return None
                card = self._cards.chain(side, body)
                if not card.calm or ts_ns < card.valid_from or ts_ns > card.valid_until:
                    return None
                if (server_card if side else client_card) is not None:
                    return None
                if side:
                    server_card = card
                else:
                    client_card, client_chain = card, body
                chains.append((card, heard))
            elif kind == CLIENT_HELLO:
                facts = self._hellos.client(body)
                if facts is None or side:
                    return None
                if client is None:
                    client = facts
            elif kind == SERVER_HELLO:
                server = self._hellos.server(body)
                if server is None or not side:
                    return None
                version = server.version
                sealed = SealedRecords() if version >= TLS13 else None
            elif kind == CERTIFICATE_REQUEST:
                if request_frame >= 0 or version >= TLS13 or not side or not version:
                    return None
                request_body, request_frame = body, frame
            elif kind in (RECORD_CHANGE_CIPHER_SPEC, SERVER_HELLO_DONE):
                flight_over |= side + 1
            elif kind == RECORD_ALERT:
                alert_words += body
                alerts.append(frame)
                alerts.append(ts_ns)
            elif kind == RECORD_ENCRYPTED_ALERT:
                alerts.append(frame)
                alerts.append(ts_ns)
            write_number(messages, frame)
            text = self._messages[(kind + _KINDS_BELOW_0) * 2 + side]
            if len(text) == 0:
                text = self._message(kind, side)
            messages.write(text)
            moments.write(messages, ts_ns, b'Z","frames":[')
            if heard.carried is None:
                write_number(messages, frame)
            else:
                write_frames(messages, heard.carried)
            messages.write(b'],"file":null,"decrypted":false},{"frame":')
        if client is None or (server is not None and server.retry):
            return None
        request: RequestCard | None = None
        matches: bytes | None = b"{}"
        if request_frame >= 0:
            request = self._cards.request(request_body, version)
            if request is None:
                return None
            if client_card is not None:
                matches = self._cards.matches(request, client_card, request_body, client_chain, version)
                if matches is None:
                    return None
        closed_by = connection.closed_by
        silent = connection.closed_ts - _last_of(recorded).ts_ns if closed_by >= 0 else 0
        ends = (connection.ends_at(0) >= 0) * 2 + (connection.ends_at(1) >= 0)
        outlined: tuple[object, ...] = ()
        if sealed is not None and server is not None:
            closer: Closer = None
            if closed_by >= 0:
                closer = "server" if closed_by else "client"
            elif ends or recorded.how in ("fin", "rst"):
                closer = "unknown"
            plain = not server.psk and not client.traits & EARLY_DATA
            frames = _frames_of(recorded)
            outlined = self._outlines.of(sealed, server.cipher_suite, plain, closer, frames)
        kind_of: Kind = (
            codes.getvalue(),
            alert_words,
            version,
            client.traits,
            server is not None and server.psk,
            server is not None and server.session_id == client.session_id and server.session_id != b"",
            outlined,
            recorded.how,
            closed_by,
            silent // _SECOND if silent >= LONG_SILENCE_NS else 0,
            ends,
            connection.begun_by_syn(0),
            connection.begun_by_syn(1),
            connection.payload_seen[1],
            bytes_lost,
            client_card is None or client_card.verdict == "declined",
            -1 if request is None else request.traits,
            0 if server_card is None else server_card.against_purpose,
            0 if client_card is None else client_card.against_purpose,
        )
        ending = self._endings.get(kind_of, _UNKNOWN)
        if ending is not None and ending.explains:
            # What is wrong with a chain is part of what is said.
            if ending.explains == "client":
                kind_of = (kind_of, 0 if client_card is None else client_card.against)
            else:
                kind_of = (kind_of, server_card, client.sni)
            ending = self._endings.get(kind_of, _UNKNOWN)
        if ending is None:
            return None
        if ending is _UNKNOWN:
            return self._first_of(
                kind_of, recorded, vantage, frames or _frames_of(recorded), len(alerts) >> 1
            )
        key = connection.key
        half = (len(key) - 4) >> 1
        source = self._addresses.get(key[:half]) or self._address(key[:half])
        target = self._addresses.get(key[half : 2 * half]) or self._address(key[half : 2 * half])
        seen = seen_from(vantage, source.decode("ascii"), target.decode("ascii")) if vantage else UNSEEN
        sent, received = seen.sent, seen.received
        source_port: i64 = key[-4] << 8 | key[-3]
        target_port: i64 = key[-2] << 8 | key[-1]
        if recorded.file != self._name:
            self._name, self._file = recorded.file, json_string(recorded.file).encode("ascii")
        out = self._out
        out.truncate(0)
        out.write(b'{"schema":"tlseku/flow/1","flow":')
        write_number(out, recorded.number)
        out.write(b',"file":')
        out.write(self._file)
        out.write(b',"start":"')
        moments.write(out, connection.first_ts, b'Z","end":"')
        moments.write(out, recorded.end_ts, b'Z","client":{"ip":"')
        out.write(source)
        out.write(b'","port":')
        write_number(out, source_port)
        out.write(b'},"server":{"ip":"')
        out.write(target)
        out.write(b'","port":')
        write_number(out, target_port)
        out.write(b'},"direction":"')
        out.write(sent)
        out.write(b'","vantage":[')
        out.write(seen.local)
        out.write(b'],"role_evidence":"client_hello","service":')
        out.write(self._services.get(target_port) or self._service(target_port))
        out.write(b',"version":')
        out.write(_VERSIONS.get(version, b"null"))
        out.write(b',"cipher":')
        if server is None:
            out.write(b"null")
        else:
            out.write(self._suites.get(server.cipher_suite) or self._suite(server.cipher_suite))
        out.write(b',"sni":')
        out.write(client.sni)
        out.write(b',"alpn":')
        out.write(b"null" if server is None else server.alpn)
        out.write(b',"alpn_offered":')
        out.write(client.alpn_offered)
        out.write(b',"resumed":')
        out.write(ending.resumed)
        out.write(b',"starttls":null,"presented":[')
        verdicts: tuple[str, ...] = ()
        for card, heard in chains:
            if verdicts:
                out.write(b",")
            card.write(out, received if heard.side else sent, heard.frame, heard.frames)
            verdicts = (*verdicts, card.verdict)
        if request is not None and matches is not None:
            out.write(b'],"requests":[')
            out.write(request.head)
            write_number(out, request_frame)
            out.write(request.rest)
            out.write(ending.answer)
            out.write(b'","matches":')
            out.write(matches)
            out.write(b'}],"messages":[{"frame":')
        else:
            out.write(b'],"requests":[],"messages":[{"frame":')
        messages.truncate(len(messages) - len(b',{"frame":'))
        out.write(messages.getvalue())
        out.write(b"],")
        if ending.rests_on and not frames:
            frames = _frames_of(recorded)
        ending.fill(out, alerts, frames, moments)
        if moments.odd:
            return None
        if ending.hidden:
            verdicts = (*verdicts, "hidden")
        return Brief(out.getvalue(), verdicts)

    def _first_of(
        self, kind_of: Kind, recorded: RecordedMessages, vantage: Vantage, frames: list[int], alerts: int
    ) -> Brief | None:
        """Conclude the first flow of a kind in full, and keep its ending for the others."""
        flow = with_vantage(self._conclude(recorded), vantage)
        said = flow_to_dict(flow)
        while len(self._endings) >= MAX_KINDS:
            del self._endings[next(iter(self._endings))]
        ending = ending_of(said, frames, alerts)
        self._endings[kind_of] = ending
        if ending is None:
            return None
        brief = self.write(recorded, vantage)
        if brief is None or brief.line != f"{to_json(said)}\n".encode("ascii"):
            self._endings[kind_of] = None
            return None
        return brief

    def _message(self, kind: i64, side: i64) -> bytes:
        role = "server" if side else "client"
        what = kind_name(kind)
        text = f',"role":"{role}","type":{json_string(what)},"time":"'.encode("ascii")
        self._messages[(kind + _KINDS_BELOW_0) * 2 + side] = text
        return text

    def _address(self, packed: bytes) -> bytes:
        if len(self._addresses) >= MAX_TEXTS:
            self._addresses.clear()
        if len(packed) == 4:
            written = BytesWriter()
            write_number(written, packed[0])
            for index in range(1, 4):
                written.write(b".")
                write_number(written, packed[index])
            text = written.getvalue()
        else:
            text = address_text(packed).encode("ascii")
        self._addresses[packed] = text
        return text

    def _suite(self, code: int) -> bytes:
        self._suites[code] = text = json_string(cipher_suite_name(code)).encode("ascii")
        return text

    def _service(self, port: int) -> bytes:
        name = service_name(port, None)
        if len(self._services) >= MAX_TEXTS:
            self._services.clear()
        self._services[port] = text = b"null" if name is None else json_string(name).encode("ascii")
        return text


_VERSIONS = {
    version: json_string(version_name(version)).encode("ascii")
    for version in (0x300, 0x301, 0x302, 0x303, 0x304)
}
_UNKNOWN = Ending("", (), {"requests": [], "resumed": None, "outcome": "", "hidden": []})


def _frames_of(recorded: RecordedMessages) -> list[int]:
    """The frames of everything that has a place among the messages of a line."""
    frames: list[int] = []
    data_seen: i64 = 0
    for heard in recorded.messages:
        if heard.kind == HOLE:
            continue
        if heard.kind == RECORD_APPLICATION_DATA:
            side: i64 = heard.side + 1
            if data_seen & side:
                continue
            data_seen |= side
        frames.append(heard.frame & FRAME_MASK)
    return frames


def _last_of(recorded: RecordedMessages) -> Message:
    """The last message that is no hole; there is one."""
    at = len(recorded.messages) - 1
    while recorded.messages[at].kind == HOLE:
        at -= 1
    return recorded.messages[at]
