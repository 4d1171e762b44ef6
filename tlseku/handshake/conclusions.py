"""From what was said in a recorded connection to its flow, by the conclusion of the first of its kind.

Knows what conclusions depend on (a flow's *kind*); must not know how anything is concluded. The first two flows of a
kind are concluded by themselves: most kinds of a capture with variety have no second. Of the second the conclusion is
kept, and the flow made of it is held against it: where they differ, all flows of that kind are concluded by themselves.

Limits: ``MAX_KINDS`` and ``MAX_ONCE``; reaching one gives up the oldest.
"""

from __future__ import annotations

from tlseku._build import mypyc_attr
from tlseku.flow import Flow
from tlseku.frames.arrivals import add_arrival, frame_at
from tlseku.frames.reference import FRAME_MASK
from tlseku.handshake.acceptance import may_judge_inside
from tlseku.handshake.before_close import BeforeClose
from tlseku.handshake.conclusion import Conclusion, FlowOfKind, conclusion_of
from tlseku.handshake.evaluation import Judge
from tlseku.handshake.flow_builder import build_flow
from tlseku.handshake.hello_facts import EARLY_DATA, ClientFacts, HelloReader
from tlseku.handshake.outcome import LONG_SILENCE_NS
from tlseku.handshake.recorded_messages import RecordedMessages
from tlseku.handshake.said_in_flow import Said
from tlseku.handshake.sealed_records import Closer, Outlines
from tlseku.handshake.shared_chains import SharedChains
from tlseku.handshake.vantage import Vantage, with_vantage
from tlseku.network.tcp.connection import Connection
from tlseku.registry.services import service_name

MAX_KINDS = 256
"""Kinds of flows whose conclusions are kept, some kilobytes each."""

MAX_ONCE = 8192
"""Kinds that were seen once, of which a number is remembered."""

_SECOND = 1_000_000_000
_NOWHERE = Vantage()

_Kind = tuple[object, ...]


@mypyc_attr(allow_interpreted_subclasses=True)
class Conclusions:
    """Concludes recorded connections; ``judge`` judges what is presented and asked in them."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._chains = SharedChains(judge)
        self._hellos = HelloReader()
        self._outlines = Outlines()
        # None where a kind has none of its own.
        self._kept: dict[_Kind, Conclusion | None] = {}
        # Hashes of kinds of which there was one flow: if two are equal, one of the kinds is concluded at its first.
        self._once: dict[int, None] = {}

    def flow(self, recorded: RecordedMessages, vantage: Vantage) -> Flow:
        """The flow of a connection that is over, as seen from ``vantage``."""
        view = self._by_kind(recorded)
        if view is None:
            return with_vantage(self.by_itself(recorded), vantage)
        return Flow.over(view.seen_from(vantage) if vantage else view, view.number)

    def by_itself(self, recorded: RecordedMessages) -> Flow:
        """The flow without looking at others, seen from nowhere."""
        return build_flow(recorded.message_log(), self._judge, lambda _: recorded.file)

    def _by_kind(self, recorded: RecordedMessages) -> FlowOfKind | None:
        """The flow by the conclusion of its kind; None if it has to be concluded by itself."""
        connection = recorded.connection
        said = Said(
            self._chains,
            self._hellos,
            BeforeClose(
                connection.closed_by, connection.closed_by_rst, connection.closed_frame, connection.closed_ts
            ),
        )
        client = said.client if said.read(recorded.messages) else None
        if client is None:
            return None
        kind = self._kind_of(said, client, recorded.how, connection)
        conclusion = self._kept.get(kind)
        is_explained = conclusion is not None and conclusion.explains != ""
        if conclusion is not None and is_explained:
            # What is wrong with a chain is part of what is said.
            kind = self._explained(kind, conclusion.explains, said, client)
            conclusion = self._kept.get(kind)
        if conclusion is not None:
            return _over(conclusion, said, client, recorded)
        if kind in self._kept or self._is_first_of(kind):
            return None
        view = self._second_of(kind, said, client, recorded)
        if view is not None and view.explains and not is_explained:
            self._keep(self._explained(kind, view.explains, said, client), self._kept[kind])
        return view

    def _is_first_of(self, kind: _Kind) -> bool:
        number = hash(kind)
        if number in self._once:
            del self._once[number]
            return False
        if len(self._once) >= MAX_ONCE:
            del self._once[next(iter(self._once))]
        self._once[number] = None
        return True

    def _second_of(
        self, kind: _Kind, said: Said, client: ClientFacts, recorded: RecordedMessages
    ) -> FlowOfKind | None:
        """Conclude a flow by itself, and keep that for all others of its kind."""
        flow = self.by_itself(recorded)
        conclusion = conclusion_of(flow, _frames_in(said.arrivals.getvalue()))
        view: FlowOfKind | None = None
        if conclusion is not None:
            view = _over(conclusion, said, client, recorded)
            if Flow.over(view, view.number) != flow:
                conclusion = view = None
        self._keep(kind, conclusion)
        return view

    def _keep(self, kind: _Kind, conclusion: Conclusion | None) -> None:
        if len(self._kept) >= MAX_KINDS:
            del self._kept[next(iter(self._kept))]
        self._kept[kind] = conclusion

    def _explained(self, kind: _Kind, whose: str, said: Said, client: ClientFacts) -> _Kind:
        """The kind together with what can be held against the chain that has a part in what is said."""
        if whose == "client":
            return kind, 0 if said.client_chain is None else self._chains.against(said.client_chain)
        return kind, said.server_chain, client.sni

    def _kind_of(self, said: Said, client: ClientFacts, how: str, connection: Connection) -> _Kind:
        server, request = said.server, said.request
        server_chain, client_chain = said.server_chain, said.client_chain
        ends = (connection.ends_at(0) >= 0) * 2 + (connection.ends_at(1) >= 0)
        silent = connection.closed_ts - said.last_ts if connection.closed_by >= 0 else 0
        return (
            said.codes.getvalue(),
            said.alert_words,
            said.version,
            client.traits,
            # What it offers is part of what is said only where the server has nothing else to answer.
            client.offered if server is None else None,
            server is not None and server.psk,
            server is not None and server.session_id == client.session_id and server.session_id != b"",
            self._outlined(said, client, how, connection, ends),
            how,
            connection.closed_by,
            connection.reset_by,
            said.before_close.kind(),
            silent // _SECOND if silent >= LONG_SILENCE_NS else 0,
            ends,
            connection.begun_by_syn(0),
            connection.begun_by_syn(1),
            connection.payload_seen[1],
            said.bytes_lost,
            may_judge_inside(service_name(connection.key[-2] << 8 | connection.key[-1], None), None),
            client_chain is None or client_chain.verdict == "declined",
            -1 if request is None else request.traits,
            # What a refusal means depends on whose it is.
            0 if request is None else request.tells,
            0 if server_chain is None else server_chain.against_purpose,
            0 if client_chain is None else client_chain.against_purpose,
        )

    def _outlined(
        self, said: Said, client: ClientFacts, how: str, connection: Connection, ends: int
    ) -> tuple[object, ...]:
        """What the lengths of encrypted records tell of TLS 1.3; frames that it rests on get places."""
        sealed, server = said.sealed, said.server
        if sealed is None or server is None:
            return ()
        closer: Closer = None
        if connection.closed_by >= 0:
            closer = "server" if connection.closed_by else "client"
        elif ends or how in ("fin", "rst"):
            closer = "unknown"
        plain = not server.psk and not client.traits & EARLY_DATA
        frames = _frames_in(said.arrivals.getvalue())
        listed = len(frames)
        outlined = self._outlines.of(sealed, server.cipher_suite, plain, closer, frames)
        for frame in frames[listed:]:
            add_arrival(said.arrivals, frame, 0)
        return (*outlined, sealed.shape(server.cipher_suite, said.before_close.frame & FRAME_MASK))


def _over(conclusion: Conclusion, said: Said, client: ClientFacts, recorded: RecordedMessages) -> FlowOfKind:
    connection = recorded.connection
    return FlowOfKind(
        conclusion,
        recorded.number,
        recorded.file,
        connection.first_ts,
        recorded.end_ts,
        connection.key,
        None if connection.tcp_stream < 0 else connection.tcp_stream,
        client,
        said.server,
        said.arrivals.getvalue(),
        said.carried,
        said.chains,
        said.places,
        said.request,
        said.request_place,
        {} if said.matches is None else said.matches,
        _NOWHERE,
    )


def _frames_in(arrivals: bytes) -> list[int]:
    return [frame_at(arrivals, at) for at in range(len(arrivals) >> 4)]
