"""From a transcript to its line of ``tlseku/flow/1``, by the conclusion of the first flow of the same kind.

Knows what conclusions depend on (a flow's *kind*) and where the rest goes into the line; must not know how anything is
concluded. Each first flow of a kind is concluded in full, and the line made of it is held against that: where they
differ, all flows of that kind are concluded in full.

Limits: ``MAX_KINDS``; reaching it gives up the oldest.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address
from typing import Final, Literal

from tlseku.brief.cards import Cards, ChainCard, RequestCard
from tlseku.brief.ending import Ending, ending_of
from tlseku.brief.hello import EARLY_DATA, ClientFacts, HelloReader, ServerFacts, json_string
from tlseku.conclude import LONG_SILENCE_NS
from tlseku.flow import Flow
from tlseku.names import cipher_suite_name, version_name
from tlseku.report.flow_json import flow_to_dict, to_json
from tlseku.report.moments import rfc3339
from tlseku.report.summary import verdicts_of
from tlseku.service import service_name
from tlseku.tls.direction import (
    HEARD_ALERT,
    HEARD_APPLICATION_DATA,
    HEARD_ENCRYPTED_ALERT,
    HEARD_ENCRYPTED_HANDSHAKE,
)
from tlseku.tls.hello import TLS13
from tlseku.tls13_outline import Sealed, outline
from tlseku.transcript import Transcript
from tlseku.vantage import Vantage, with_vantage

# Kinds of flows whose conclusions are kept, some kilobytes each.
MAX_KINDS = 1024
# Texts of ports, addresses and cipher suites that are kept.
MAX_TEXTS = 4096

_FRAME_MASK: Final = (1 << 40) - 1
_SECOND: Final = 1_000_000_000
_CLIENT_HELLO: Final = 1
_SERVER_HELLO: Final = 2
_CERTIFICATE: Final = 11
_CERTIFICATE_REQUEST: Final = 13
_UNSEEN = ("unknown", "unknown", "")

Kind = tuple[object, ...]


class Brief:
    """``text`` is the line without its end, ``verdicts`` those of the chains, and ``hidden`` where something was not
    seen."""

    __slots__ = ("text", "verdicts")

    def __init__(self, text: str, verdicts: list[str]) -> None:
        self.text = text
        self.verdicts = verdicts


def brief_of(flow: Flow) -> Brief:
    """The same of a flow."""
    return Brief(to_json(flow_to_dict(flow)), verdicts_of(flow))


class BriefWriter:
    """Writes lines. ``conclude`` concludes a transcript in full; ``cards`` has the texts of chains and requests."""

    def __init__(self, conclude: Callable[[Transcript], Flow], cards: Cards) -> None:
        self._conclude = conclude
        self._cards = cards
        self._name = ""
        self._file = '""'
        self._hellos = HelloReader()
        self._endings: dict[Kind, Ending | None] = {}
        # Whether a time has no text.
        self._is_odd = False
        self._second = -1
        self._second_text = ""
        self._suites: dict[int, str] = {}
        self._services: dict[int, str] = {}
        self._addresses: dict[bytes, str] = {}

    def line(self, ended: Flow | Transcript, vantage: Vantage) -> Brief:
        """The line of any flow that is over, briefly where that can be, as seen from ``vantage``."""
        if isinstance(ended, Flow):
            return brief_of(with_vantage(ended, vantage))
        brief = self.write(ended, vantage)
        return brief_of(with_vantage(self._conclude(ended), vantage)) if brief is None else brief

    def write(self, transcript: Transcript, vantage: Vantage) -> Brief | None:
        """The line of a flow that is over, as seen from ``vantage``; None if it has to be concluded in full."""
        connection = transcript.connection
        client: ClientFacts | None = None
        server: ServerFacts | None = None
        version: int = 0
        codes: list[int] = []
        frames: list[int] = []
        listed: list[object] = []
        alerts: list[int] = []
        alert_words: list[bytes] = []
        chains: list[tuple[int, ChainCard, str]] = []
        client_chain = b""
        client_card: ChainCard | None = None
        request_body = b""
        request_frame: int = -1
        sealed: list[Sealed] = []
        data_seen = [False, False]
        previous: int = -1
        self._is_odd = False
        if transcript.file != self._name:
            self._name, self._file = transcript.file, json_string(transcript.file)
        for reference, side, kind, carried, ts_ns, body, length in transcript.heard:
            frame = reference & _FRAME_MASK
            if kind < HEARD_ALERT and version >= TLS13:
                if kind == HEARD_ENCRYPTED_HANDSHAKE:
                    return None
                sealed.append(Sealed(side == 0, length, frame))
            if kind == HEARD_APPLICATION_DATA:
                if data_seen[side]:
                    continue
                data_seen[side] = True
            codes.append((kind + 32) * 4 + side * 2 + (frame == previous))
            previous = frame
            frames.append(frame)
            numbers = (
                str(carried[0] & _FRAME_MASK)
                if len(carried) == 1
                else ",".join([str(each & _FRAME_MASK) for each in sorted(set(carried))])
            )
            if kind == _CERTIFICATE:
                if version >= TLS13 or (side == 0 and client_card is not None):
                    return None
                card = self._cards.chain(side, body)
                if not card.calm or ts_ns < card.valid_from or ts_ns > card.valid_until:
                    return None
                chains.append((side, card, f'","frame":{frame},"frames":[{numbers}]'))
                if side == 0:
                    client_chain, client_card = body, card
            elif kind == _CLIENT_HELLO:
                facts = self._hellos.client(body)
                if facts is None or side:
                    return None
                if client is None:
                    client = facts
            elif kind == _SERVER_HELLO:
                server = self._hellos.server(body)
                if server is None or not side:
                    return None
                version = server.version
                sealed = []
            elif kind == _CERTIFICATE_REQUEST:
                if request_frame >= 0 or version >= TLS13 or not side or not version:
                    return None
                request_body, request_frame = body, frame
            elif kind == HEARD_ALERT:
                alerts.append(len(listed) // 3)
                alert_words.append(body)
            elif kind == HEARD_ENCRYPTED_ALERT:
                alerts.append(len(listed) // 3)
            listed.append(frame)
            listed.append(self._time(ts_ns))
            listed.append(numbers)
        if client is None or (server is not None and server.retry):
            return None
        request: RequestCard | None = None
        matches: str | None = "{}"
        if request_frame >= 0:
            request = self._cards.request(request_body, version)
            if request is None:
                return None
            if client_card is not None:
                matches = self._cards.matches(request, client_card, request_body, client_chain, version)
                if matches is None:
                    return None
        silent = connection.closed_ts - transcript.heard[-1][4] if connection.closed_by >= 0 else 0
        outlined: tuple[object, ...] = ()
        if version >= TLS13 and server is not None:
            outlined = _outline_of(sealed, server, client, transcript, frames)
        kind_of: Kind = (
            tuple(codes),
            tuple(alert_words),
            version,
            client.traits,
            server is not None and server.psk,
            server is not None and server.session_id == client.session_id and server.session_id != b"",
            outlined,
            transcript.how,
            connection.closed_by,
            silent // _SECOND if silent >= LONG_SILENCE_NS else 0,
            connection.ends_at(0) >= 0,
            connection.ends_at(1) >= 0,
            connection.begun_by_syn(0),
            connection.begun_by_syn(1),
            connection.payload_seen[1],
            client_card is None or client_card.verdict == "declined",
            -1 if request is None else request.traits,
        )
        ending = self._endings.get(kind_of, _UNKNOWN)
        if ending is None or (ending.explains and chains):
            return None
        if ending is _UNKNOWN:
            return self._first_of(kind_of, transcript, vantage, frames, alerts)
        key = connection.key
        half = (len(key) - 4) >> 1
        ends = self._address(key[:half]), self._address(key[half : 2 * half])
        directions = _UNSEEN if not vantage else _directions(vantage, ends)
        presented = ",".join(
            [
                f"{card.head}{directions[side]}{where}{card.leaf}{card.issuers}{card.rest}"
                for side, card, where in chains
            ]
        )
        requests = ""
        if request is not None:
            requests = f'{request.head}{request_frame}{request.rest}{ending.answer}","matches":{matches}}}'
        port = (key[-2] << 8) | key[-1]
        suite = alpn = "null"
        if server is not None:
            suite = self._suites.get(server.cipher_suite) or self._suite(server.cipher_suite)
            alpn = server.alpn
        text = (
            f'{{"schema":"tlseku/flow/1","flow":{transcript.number},"file":{self._file},'
            f'"start":"{self._time(connection.first_ts)}","end":"{self._time(transcript.end_ts)}",'
            f'"client":{{"ip":"{ends[0]}","port":{(key[-4] << 8) | key[-3]}}},'
            f'"server":{{"ip":"{ends[1]}","port":{port}}},'
            f'"direction":"{directions[0]}","vantage":[{directions[2]}],"role_evidence":"client_hello",'
            f'"service":{self._services.get(port) or self._service(port)},'
            f'"version":{_VERSIONS.get(version, "null")},'
            f'"cipher":{suite},"sni":{client.sni},"alpn":{alpn},'
            f'"alpn_offered":{client.alpn_offered},"resumed":{ending.resumed},"starttls":null,'
            f'"presented":[{presented}],"requests":[{requests}],{ending.fill(listed, frames)}'
        )
        if self._is_odd:
            return None
        verdicts = [card.verdict for _, card, _ in chains]
        if ending.hidden:
            verdicts.append("hidden")
        return Brief(text, verdicts)

    def _first_of(
        self,
        kind_of: Kind,
        transcript: Transcript,
        vantage: Vantage,
        frames: list[int],
        alerts: list[int],
    ) -> Brief | None:
        """Conclude the first flow of a kind in full, and keep its ending for the others."""
        flow = with_vantage(self._conclude(transcript), vantage)
        said = flow_to_dict(flow)
        if len(self._endings) >= MAX_KINDS:
            del self._endings[next(iter(self._endings))]
        ending = ending_of(said, frames, alerts)
        self._endings[kind_of] = ending
        if ending is None or (ending.explains and flow.presented):
            return None
        brief = self.write(transcript, vantage)
        if brief is None or brief.text != to_json(said):
            self._endings[kind_of] = None
            return None
        return brief

    def _address(self, packed: bytes) -> str:
        text = self._addresses.get(packed)
        if text is None:
            if len(packed) == 4:
                text = f"{packed[0]}.{packed[1]}.{packed[2]}.{packed[3]}"
            else:
                text = str(IPv6Address(packed))
            if len(self._addresses) >= MAX_TEXTS:
                self._addresses.clear()
            self._addresses[packed] = text
        return text

    def _suite(self, code: int) -> str:
        self._suites[code] = text = json_string(cipher_suite_name(code))
        return text

    def _service(self, port: int) -> str:
        name = service_name(port, None)
        if len(self._services) >= MAX_TEXTS:
            self._services.clear()
        self._services[port] = text = "null" if name is None else json_string(name)
        return text

    def _time(self, ns: int) -> str:
        second = ns // _SECOND
        if second != self._second:
            text = rfc3339(second * _SECOND)
            if text is None:
                self._is_odd = True
                return ""
            self._second, self._second_text = second, text[:-7]
        fraction = ns - second * _SECOND
        if fraction % 1000:
            return f"{self._second_text}{str(_SECOND + fraction)[1:]}Z"
        return f"{self._second_text}{str(1_000_000 + fraction // 1000)[1:]}Z"


_VERSIONS = {version: json_string(version_name(version)) for version in (0x300, 0x301, 0x302, 0x303, 0x304)}
_UNKNOWN = Ending("", (), (), {"requests": [], "resumed": None, "outcome": "", "hidden": []})


def _outline_of(
    sealed: list[Sealed],
    server: ServerFacts,
    client: ClientFacts,
    transcript: Transcript,
    frames: list[int],
) -> tuple[object, ...]:
    """What the lengths of encrypted records make of a TLS 1.3 flow, as ``conclude`` asks for it. The frames of hints go
    to the end of ``frames``; where each equals one before, the kind says so."""
    connection = transcript.connection
    closed_by: Literal["client", "server", "unknown"] | None = None
    if connection.closed_by >= 0:
        closed_by = "server" if connection.closed_by else "client"
    elif transcript.how in ("fin", "rst") or connection.ends_at(0) >= 0 or connection.ends_at(1) >= 0:
        closed_by = "unknown"
    plain = not server.psk and not client.traits & EARLY_DATA
    seen = outline(sealed, server.cipher_suite, may_hint_at_certificate=plain, closed_by=closed_by)
    said: list[object] = [seen.outcome, seen.basis]
    for hint in seen.hints:
        said.append(hint.text)
        for frame in hint.frames:
            said.append(frames.index(frame) if frame in frames else -1)
            frames.append(frame)
    return tuple(said)


def _directions(vantage: Vantage, ends: tuple[str, str]) -> tuple[str, str, str]:
    """What the client sends, what the server sends, and the vantage hosts as JSON."""
    local = ",".join(json_string(ip) for ip in sorted(set(ends)) if vantage.is_local(ip))
    return vantage.direction(*ends), vantage.direction(ends[1], ends[0]), local
